"""The names that the package exports, and that importing it stays cheap."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

import trimtab

HEAVY = ("numpy", "scipy", "pyarrow", "pandas", "polars", "xgboost", "narwhals", "pydantic", "rich")


def modules_after(code: str) -> set[str]:
    """The top-level modules in memory after some code has run in a fresh interpreter."""
    told = "import sys; print(sorted({m.partition('.')[0] for m in sys.modules}))"
    ran = subprocess.run(
        [sys.executable, "-c", f"{code}\n{told}"], capture_output=True, text=True, check=True
    )
    return set(ast.literal_eval(ran.stdout.splitlines()[-1]))


def test_all_is_sorted_and_resolves() -> None:
    assert trimtab.__all__ == sorted(trimtab.__all__)
    assert len(set(trimtab.__all__)) == len(trimtab.__all__)
    for name in trimtab.__all__:
        assert getattr(trimtab, name).__doc__, name
    assert set(dir(trimtab)) >= {*trimtab.__all__, "__version__"}
    assert trimtab._HOMES.keys() == set(trimtab.__all__)


def test_the_names_are_these() -> None:
    assert trimtab.__all__ == [
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
        "Rule",
        "Run",
        "Schema",
        "Scorecard",
        "Stop",
        "Synthesizer",
        "Table",
        "balance",
        "carry_out",
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


def test_a_name_that_is_not_there() -> None:
    assert not hasattr(trimtab, "nope")
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = trimtab.nope
    with pytest.raises(ImportError):
        exec("from trimtab import nope")


def test_the_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import version

    assert trimtab.__version__ == version("trimtab")


def test_importing_imports_nothing_heavy() -> None:
    assert not modules_after("import trimtab") & set(HEAVY)


def test_the_command_line_starts_without_the_engine() -> None:
    loaded = modules_after("import trimtab.cli")
    assert not loaded & (set(HEAVY) - {"rich"})


def test_reading_and_planning_need_neither_the_engine_nor_dataframes() -> None:
    loaded = modules_after("import trimtab; trimtab.read; trimtab.Plan; trimtab.datasets")
    assert "pyarrow" in loaded
    assert not loaded & {"xgboost", "pandas", "polars"}
