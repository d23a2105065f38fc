"""The names that the package exports, and that importing it stays cheap."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import trimtab
from trimtab import datasets
from trimtab.model.trees.kernel.library import usual_kernel

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


# What only fitting, judging, showing or other libraries' tables need.
NOT_TO_DRAW = (
    *("sklearn", "scipy.stats", "scipy.optimize", "scipy.linalg", "scipy.spatial", "pandas"),
    *("polars", "narwhals", "altair", "vl_convert", "jax", "imblearn", "fairlearn"),
    *("pyarrow.parquet", "pyarrow.dataset", "pyarrow.feather"),
    *("rich.progress", "trimtab.measure", "trimtab.study", "trimtab.predict", "trimtab.report"),
    *("trimtab.verbs.fit", "trimtab.plan.balance", "trimtab.plan.json"),
)
# XGBoost is what draws where no kernel was built.
NOT_TO_DRAW += ("xgboost",) if usual_kernel() is not None else ()
# Libraries that import some of these where they are installed do without them where they are not.
REFUSING = f"""
import sys
class Refusal:
    def find_spec(self, name, path=None, target=None):
        if name in {NOT_TO_DRAW!r}:
            raise ModuleNotFoundError(f"nobody needs {{name}} to draw", name=name)
sys.meta_path.insert(0, Refusal())
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of a table with numbers, labels, dates and gaps."""
    place = tmp_path_factory.mktemp("made") / "visits.trimtab"
    trimtab.fit(datasets.visits(300), model="trees").save(place)
    return place


def test_drawing_needs_none_of_what_learning_and_judging_need(model: Path) -> None:
    place = model.with_name("rows.csv")
    words = f"{model.as_posix()!r}, '-n', '5', '-o', {place.as_posix()!r}"
    loaded = modules_after(
        f"{REFUSING}\nsys.argv = ['trimtab', 'sample', {words}]\n"
        "import trimtab.cli\ntry: trimtab.cli.main()\nexcept SystemExit as end: assert not end.code"
    )
    assert {"numpy", "pyarrow", "trimtab"} <= loaded
    assert not loaded & {name for name in NOT_TO_DRAW if "." not in name}
    drawn = trimtab.read(place)
    assert drawn.rows == 5
    again = f"{REFUSING}\nimport trimtab\nt = trimtab.load({model.as_posix()!r}).sample(5)"
    assert "sklearn" not in modules_after(f"{again}\nassert t.num_rows == 5")
