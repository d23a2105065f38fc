"""trimtab makes tables level: it learns a table, and writes another one that is balanced or safer
to share, and says how good it is.

    import trimtab
    result = trimtab.balance(df, by=["sex", "race"])
    result.table

Names are resolved on first use, so that importing the package stays fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from trimtab._shown import drawn_by

if TYPE_CHECKING:
    from trimtab import datasets as datasets
    from trimtab import errors as errors
    from trimtab._run import Run as Run
    from trimtab._run import Stop as Stop
    from trimtab.client.client import Client as Client
    from trimtab.measure.scorecard import Scorecard as Scorecard
    from trimtab.plan.plan import Plan as Plan
    from trimtab.plan.ranges import Range as Range
    from trimtab.study.balancing.result import Proof as Proof
    from trimtab.synthesis.conditional import CellDistribution as CellDistribution
    from trimtab.synthesis.synthesizer import Synthesizer as Synthesizer
    from trimtab.synthesis.synthesizer import load as load
    from trimtab.table.files import read as read
    from trimtab.table.rules.rule import Rule as Rule
    from trimtab.table.schema import Column as Column
    from trimtab.table.schema import Kind as Kind
    from trimtab.table.schema import Role as Role
    from trimtab.table.schema import Schema as Schema
    from trimtab.table.table import Table as Table
    from trimtab.table.toml import read_schema as read_schema
    from trimtab.table.toml import write_schema as write_schema
    from trimtab.table.writing import write as write
    from trimtab.verbs.balance import Balanced as Balanced
    from trimtab.verbs.balance import balance as balance
    from trimtab.verbs.balance import plan_balance as plan_balance
    from trimtab.verbs.carry_out import carry_out as carry_out
    from trimtab.verbs.charts import charts as charts
    from trimtab.verbs.complete import Completed as Completed
    from trimtab.verbs.complete import complete as complete
    from trimtab.verbs.evaluate import evaluate as evaluate
    from trimtab.verbs.fit import fit
    from trimtab.verbs.impute import Imputed as Imputed
    from trimtab.verbs.impute import impute as impute
    from trimtab.verbs.prove import prove as prove
    from trimtab.verbs.report import write_report

_HOMES = {
    "Balanced": "verbs.balance",
    "CellDistribution": "synthesis.conditional",
    "Client": "client.client",
    "Column": "table.schema",
    "Completed": "verbs.complete",
    "Imputed": "verbs.impute",
    "Kind": "table.schema",
    "Plan": "plan.plan",
    "Proof": "study.balancing.result",
    "Range": "plan.ranges",
    "Role": "table.schema",
    "Rule": "table.rules.rule",
    "Run": "_run",
    "Schema": "table.schema",
    "Scorecard": "measure.scorecard",
    "Stop": "_run",
    "Synthesizer": "synthesis.synthesizer",
    "Table": "table.table",
    "balance": "verbs.balance",
    "carry_out": "verbs.carry_out",
    "charts": "verbs.charts",
    "complete": "verbs.complete",
    "datasets": "",
    "errors": "",
    "evaluate": "verbs.evaluate",
    "fit": "verbs.fit",
    "impute": "verbs.impute",
    "load": "synthesis.synthesizer",
    "plan_balance": "verbs.balance",
    "prove": "verbs.prove",
    "read": "table.files",
    "read_schema": "table.toml",
    "write": "table.writing",
    "write_report": "verbs.report",
    "write_schema": "table.toml",
}

__all__ = [
    "Balanced",
    "CellDistribution",
    "Client",
    "Column",
    "Completed",
    "Imputed",
    "Kind",
    "Plan",
    "Proof",
    "Range",
    "Role",
    "Rule",
    "Run",
    "Schema",
    "Scorecard",
    "Stop",
    "Synthesizer",
    "Table",
    "balance",
    "carry_out",
    "charts",
    "complete",
    "datasets",
    "errors",
    "evaluate",
    "fit",
    "impute",
    "load",
    "plan_balance",
    "prove",
    "read",
    "read_schema",
    "write",
    "write_report",
    "write_schema",
]


drawn_by(lambda: import_module("trimtab.verbs.charts"))


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version("trimtab")
    if name not in _HOMES:
        raise AttributeError(f"module 'trimtab' has no attribute {name!r}")
    home = _HOMES[name]
    if not home:
        return import_module(f"trimtab.{name}")
    return getattr(import_module(f"trimtab.{home}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
