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

if TYPE_CHECKING:
    from trimtab import datasets as datasets
    from trimtab import errors as errors
    from trimtab.completion import Completed as Completed
    from trimtab.completion import complete as complete
    from trimtab.distribution import CellDistribution as CellDistribution
    from trimtab.evaluation import evaluate as evaluate
    from trimtab.imputation import Imputed as Imputed
    from trimtab.imputation import impute as impute
    from trimtab.measure.scorecard import Scorecard as Scorecard
    from trimtab.plan.plan import Plan as Plan
    from trimtab.plan.ranges import Range as Range
    from trimtab.proof.proof import Proof as Proof
    from trimtab.proving import prove as prove
    from trimtab.synthesizer import Synthesizer as Synthesizer
    from trimtab.synthesizer import load as load
    from trimtab.table.files import read as read
    from trimtab.table.files import write as write
    from trimtab.table.schema import Column as Column
    from trimtab.table.schema import Kind as Kind
    from trimtab.table.schema import Role as Role
    from trimtab.table.schema import Schema as Schema
    from trimtab.table.table import Table as Table
    from trimtab.table.toml import read_schema as read_schema
    from trimtab.table.toml import write_schema as write_schema
    from trimtab.workflow import Balanced as Balanced
    from trimtab.workflow import balance as balance
    from trimtab.workflow import fit as fit
    from trimtab.workflow import plan_balance as plan_balance
    from trimtab.workflow import write_report as write_report

_HOMES = {
    "Balanced": "workflow",
    "CellDistribution": "distribution",
    "Column": "table.schema",
    "Completed": "completion",
    "Imputed": "imputation",
    "Kind": "table.schema",
    "Plan": "plan.plan",
    "Proof": "proof.proof",
    "Range": "plan.ranges",
    "Role": "table.schema",
    "Schema": "table.schema",
    "Scorecard": "measure.scorecard",
    "Synthesizer": "synthesizer",
    "Table": "table.table",
    "balance": "workflow",
    "complete": "completion",
    "datasets": "",
    "errors": "",
    "evaluate": "evaluation",
    "fit": "workflow",
    "impute": "imputation",
    "load": "synthesizer",
    "plan_balance": "workflow",
    "prove": "proving",
    "read": "table.files",
    "read_schema": "table.toml",
    "write": "table.files",
    "write_report": "workflow",
    "write_schema": "table.toml",
}

__all__ = [
    "Balanced",
    "CellDistribution",
    "Column",
    "Completed",
    "Imputed",
    "Kind",
    "Plan",
    "Proof",
    "Range",
    "Role",
    "Schema",
    "Scorecard",
    "Synthesizer",
    "Table",
    "balance",
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
