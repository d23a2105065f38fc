"""Filling gaps: what comes back as it was, what is drawn, and what may be pooled.

The chain of trees stands in for a model of arbitrary holes where only the handling of tables is
tested: with its refusals off it conditions on what comes before, which is all these tests need.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import trimtab
from trimtab._random import Key
from trimtab.codec.domain import MISSING
from trimtab.errors import ColumnError, InputError, PlanError, RefusedError, TableError
from trimtab.model.network import fit as network_fit
from trimtab.model.network.network import Network
from trimtab.model.network.recipe import Recipe
from trimtab.model.network.shape import Shape
from trimtab.model.neural import extras
from trimtab.model.trees.chained.chained import Chained
from trimtab.model.trees.kind import TREES
from trimtab.model.trees.trees import Trees
from trimtab.synthesis import choose, learn
from trimtab.synthesis.choose import Choice
from trimtab.synthesis.notes import of_comparison
from trimtab.synthesis.settings import settings_of
from trimtab.verbs import impute
from trimtab.verbs.impute import Imputed

KEY = Key(21).child("imputation")


def table(rows: int = 300, key: Key = KEY) -> pd.DataFrame:
    """Numbers, labels, a flag, days, an identifier, texts; gaps in most; an index of its own."""
    g = key.generator()
    x = np.round(g.normal(50, 10, rows), 1)
    made = pd.DataFrame(
        {
            "id": [f"P{i:05d}" for i in range(rows)],
            "x": x,
            "y": np.round(2 * x + g.normal(0, 4, rows), 1),
            "city": g.choice(["Oslo", "Lyon", "Bari"], rows).astype(object),
            "member": pd.array(g.random(rows) < 0.4, dtype="boolean"),
            "visits": pd.array(g.integers(0, 40, rows), dtype="Int64"),
            "day": pd.Timestamp("2022-01-01") + pd.to_timedelta(g.integers(0, 500, rows), "D"),
            "note": [f"said {i} about {i * 7 % 100} and the rest of it" for i in range(rows)],
        },
        index=[f"row {i}" for i in range(rows)],
    )
    for name in made.columns[2:]:
        made.loc[g.random(rows) < 0.2, name] = None
    return made


@pytest.fixture
def any_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trees, "refusal", lambda *_: None)
    monkeypatch.setattr(learn, "choose", lambda *_: Choice((TREES,), "a stand-in"))


@pytest.fixture
def no_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impute, "learn", lambda *_, **__: pytest.fail("a model was learned"))


FILLED = ("y", "city", "member", "visits", "day")


def as_filled(made: Any, given: pd.DataFrame, names: tuple[str, ...] = FILLED) -> bool:
    """Whether a pandas table is the given one with the gaps of these columns filled."""
    rest = [n for n in given.columns if n not in names]
    pd.testing.assert_frame_equal(made[rest], given[rest])
    assert list(made.columns) == list(given.columns) and made.index.equals(given.index)
    assert made.dtypes.to_dict() == given.dtypes.to_dict()
    for name in names:
        seen = given[name].notna()
        pd.testing.assert_series_equal(made[name][seen], given[name][seen])
    return not made[list(names)].isna().any().any()


@pytest.mark.usefixtures("any_hole")
def test_pandas_comes_back_with_its_gaps_filled() -> None:
    given = table()
    before = given.copy()
    made = trimtab.impute(given, multiple=2)
    pd.testing.assert_frame_equal(given, before)
    assert len(made.tables) == 2 and made.proper
    assert all(as_filled(one, given) for one in made.tables)
    assert made.filled == {n: int(given[n].isna().sum()) for n in FILLED}
    pd.testing.assert_frame_equal(made.table, made.tables[0])
    assert any("Gaps stay in note: free text" in w for w in made.warnings)
    assert "cells filled" in made._repr_html_()


@pytest.mark.usefixtures("any_hole")
def test_other_libraries_and_files(tmp_path: Path) -> None:
    given = table(120).drop(columns="note")
    arrow = pa.Table.from_pandas(given, preserve_index=False)
    made = trimtab.impute(arrow).table
    assert isinstance(made, pa.Table) and made.schema.equals(arrow.schema)
    polars = pl.from_pandas(given)
    filled = trimtab.impute(polars).table
    assert isinstance(filled, pl.DataFrame) and filled.schema == polars.schema
    assert filled.null_count().sum_horizontal().item() == 0
    trimtab.write(trimtab.read(given), tmp_path / "t.csv")
    from_file = trimtab.impute(tmp_path / "t.csv").table
    assert isinstance(from_file, pa.Table) and from_file["city"].null_count == 0
    assert from_file["x"].to_pylist() == given["x"].tolist()


@pytest.mark.usefixtures("any_hole")
def test_the_seed_and_the_number_of_the_table_decide() -> None:
    given = table(150)
    made = trimtab.impute(given, multiple=2, seed=4)
    again, other = (trimtab.impute(given, multiple=2, seed=s) for s in (4, 5))
    for one, same in zip(made.tables, again.tables, strict=True):
        pd.testing.assert_frame_equal(one, same)
    first = made.tables[0]
    assert not first.equals(made.tables[1]) and not first.equals(other.tables[0])


def test_draws_keep_what_means_would_lose() -> None:
    """Spread, and what binds the filled column to others; without means of rows like it."""
    g = KEY.child("draws").generator()
    x = g.normal(size=3000)
    y = 0.8 * x + 0.6 * g.normal(size=3000)
    gone = g.random(3000) < 0.3
    given = pd.DataFrame({"x": x.round(3), "y": np.where(gone, np.nan, y.round(3))})
    made = trimtab.impute(given, model="trees").table
    drawn, true = made["y"][gone], y[gone]
    # Standard deviations of 900 values vary by 2.4 %; a model that is not the truth gets 6 % more.
    assert abs(drawn.std() / true.std() - 1) < 0.15
    assert np.corrcoef(drawn, x[gone])[0, 1] == pytest.approx(0.8, abs=0.06)
    # The regression alone, which an imputation by means gives, has a spread of .8.
    assert drawn.std() > 0.9


# --- what is not filled ---------------------------------------------------------------------------


@pytest.mark.usefixtures("no_fit")
def test_nothing_missing_needs_no_model() -> None:
    given = table()[["id", "x", "note"]]
    for many in (1, 3):
        made = trimtab.impute(given, multiple=many)
        assert len(made.tables) == many
        assert all(one.equals(given) for one in made.tables)
        assert made.filled == {} and "nothing to fill" in made.warnings[-1]


@pytest.mark.usefixtures("any_hole")
def test_gaps_that_stay_are_told() -> None:
    given = table(150).drop(columns="note")
    given["empty"] = np.nan
    given["left"] = given["y"]
    given["few"] = [1.5, 2.5, *[None] * 148]
    given["visit"] = [f"V{i:06d}" if i % 5 else None for i in range(150)]
    schema = trimtab.read(given).schema.change("visit", kind="identifier")
    made = trimtab.impute(given, schema=schema, drop="left", min_count=5)
    assert as_filled(made.table, given)
    told = " ".join(made.warnings)
    for reason in (
        "Gaps stay in empty: there is no value to learn from.",
        "Gaps stay in left: left out.",
        "Gaps stay in visit: identifiers are nothing that other columns tell.",
        "Gaps stay in few: too few rows share values",
    ):
        assert reason in told, told
    assert set(made.filled) == set(FILLED)


def test_a_table_of_gaps_alone_is_refused() -> None:
    with pytest.raises(RefusedError, match="no value in a, b: nothing can be learned"):
        trimtab.impute(pd.DataFrame({"a": [np.nan] * 30, "b": [None] * 30}))


@pytest.mark.usefixtures("any_hole")
def test_rows_of_gaps_alone_are_drawn() -> None:
    given = table().drop(columns=["id", "note"])
    given.iloc[10:20] = None
    assert as_filled(trimtab.impute(given).table, given, tuple(given.columns))


@pytest.mark.usefixtures("any_hole")
def test_rare_labels_are_filled_by_name() -> None:
    """A draw of the labels that were pooled is one of them, and never the name of the pool."""
    g = KEY.child("rare").generator()
    rare = [f"rare {i}" for i in range(40)]
    labels = g.choice(["common", *rare], 400, p=[0.4, *[0.6 / 40] * 40]).astype(object)
    labels[:200][g.random(200) < 0.5] = None
    given = pd.DataFrame({"x": g.random(400).round(2), "label": labels})
    made = trimtab.impute(given, min_count=20).table["label"]
    drawn = made[given["label"].isna()]
    assert set(drawn) <= {"common", *rare} and len(set(drawn)) > 10


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"multiple": 0}, InputError, "multiple = 0"),
        ({"multiple": 1.5}, InputError, "multiple = 1.5"),
        ({"seed": -1}, InputError, "seed = -1"),
        ({"drop": "Y"}, ColumnError, "drop: there is no column 'Y'"),
        ({"model": "forest"}, InputError, "model = 'forest'"),
        ({"min_count": -1, "model": "trees"}, InputError, "min_count = -1"),
    ],
    ids=str,
)
def test_bad_arguments(asked: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        trimtab.impute(table(60), **asked)


@pytest.mark.usefixtures("any_hole")
def test_too_few_rows_are_refused() -> None:
    with pytest.raises(RefusedError, match="the table has 4 rows"):
        trimtab.impute(table(60).head(4).assign(gap=[1.0, None, 2.0, 3.0]))
    few = pd.DataFrame({"a": [1.0, 2.0, None, 2.0], "b": ["u", "v", "u", "v"]})
    assert trimtab.impute(few, min_count=0, multiple=3).table.notna().all().all()


def test_a_chain_fills_gaps_that_nest_and_refuses_others() -> None:
    """Gaps of one column, or of columns where those of one lie within those of the other."""
    given = table().drop(columns=["id", "note", "city", "member", "day"])
    given["y"] = given["y"].where(given["visits"].notna(), None)
    assert as_filled(trimtab.impute(given, model="trees").table, given, ("y", "visits"))
    crossed = table().drop(columns=["id", "note"])
    with pytest.raises(RefusedError, match="Or fit it with `model='network'`"):
        trimtab.impute(crossed, model="trees")


# --- several tables -------------------------------------------------------------------------------


@pytest.mark.usefixtures("any_hole")
def test_labels_that_a_bootstrap_sample_lacks() -> None:
    """The codec is that of all rows, so a value that one row holds has a code in every refit."""
    given = table(60).drop(columns=["id", "note"])
    given.iloc[3, given.columns.get_loc("city")] = "Graz"
    given.iloc[3, given.columns.get_loc("x")] = 500.0
    given.iloc[3, given.columns.get_loc("y")] = None
    made = trimtab.impute(given, multiple=8, min_count=0)
    assert all(as_filled(one, given) for one in made.tables)


def test_samples_are_of_persons_and_one_row_counts_once() -> None:
    units = np.array([0, 0, 0, 1, 2, 2])
    for seed in range(30):
        rows = impute._redrawn(units, Key(seed))
        times = np.bincount(rows, minlength=6)
        assert times[0] == times[1] == times[2] and times[4] == times[5]
        assert times[0] + times[3] + times[4] == 3
    given = trimtab.read(pa.table({"x": [float(i * i % 997) + 0.5 for i in range(100)]}))
    drawn = np.repeat(np.arange(20), 5)
    settings = settings_of("trees", 5, 31)
    found = learn.learn(given, settings, rows=drawn).learned.model.grids["x"]
    # As a table of its own these would be 20 values of five rows each, which might show.
    alone = trimtab.read(given.data.take(pa.array(drawn)))
    assert learn.learn(alone, settings).learned.model.grids["x"].atom.all()
    whole = learn.learn(given, settings).learned.model.grids["x"]
    assert not found.atom.any() and np.array_equal(found.low, whole.low)


@pytest.fixture(scope="module")
def several() -> Imputed:
    g = KEY.child("several").generator()
    x = g.normal(10, 2, 400).round(2)
    given = pd.DataFrame({"x": x, "y": (x + g.normal(0, 1, 400)).round(2), "k": ["u", "v"] * 200})
    given.loc[g.random(400) < 0.4, "y"] = np.nan
    return trimtab.impute(given, model="trees", multiple=4)


def test_pooled_means_and_shares(several: Imputed) -> None:
    made = {p.name: p for p in several.pooled}
    assert list(made) == ["mean of x", "mean of y", "share of k = u", "share of k = v"]
    x, y = several.table["x"], made["mean of y"]
    assert made["mean of x"].value == pytest.approx(x.mean())
    assert made["mean of x"].error == pytest.approx(x.std() / 20)
    assert made["share of k = u"].error == pytest.approx(np.sqrt(0.25 / 399))
    assert made["mean of x"].missing_information == 0 < y.missing_information < 0.8


@pytest.mark.parametrize(
    "estimate",
    [
        lambda t: (t["y"].mean(), t["y"].var() / 400),
        lambda t: ([t["y"].mean()], np.array([t["y"].var() / 400])),
        lambda t: ({"y": t["y"].mean()}, {"y": t["y"].var() / 400}),
        lambda t: (t[["y"]].mean(), t[["y"]].var() / 400),
    ],
    ids=["numbers", "arrays", "mappings", "series"],
)
def test_pooling_an_analysis(several: Imputed, estimate: Callable[[Any], Any]) -> None:
    (made,) = several.pool(estimate)
    (wanted,) = [p for p in several.pooled if p.name == "mean of y"]
    assert made.name in ("0", "y")
    for field in ("value", "error", "low", "high", "degrees", "missing_information"):
        assert getattr(made, field) == pytest.approx(getattr(wanted, field))
    assert several.pool(estimate, degrees=5)[0].degrees < 5


@pytest.mark.parametrize(
    ("estimate", "message"),
    [
        (lambda t: t["y"].mean(), "expected \\(estimates, variances\\)"),
        (lambda t: ([1, 2], [1]), "of one length"),
        (lambda t: ({"a": 1}, {"b": 1}), "the same names"),
        (lambda t: ("one", "two"), "numbers or arrays"),
        (lambda t: (1.0, -1.0), "no variance below 0"),
        (lambda t: ({str(t["y"].sum()): 1.0}, {str(t["y"].sum()): 1.0}), "the same figures"),
    ],
    ids=range(6),
)
def test_what_is_no_analysis(
    several: Imputed, estimate: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        several.pool(estimate)


def test_persons_are_what_was_sampled() -> None:
    """Rows of one person tell less than as many rows of different persons."""
    g = KEY.child("persons").generator()
    person = np.repeat(np.arange(60), 5)
    own = g.normal(0, 3, 60)[person]
    y = (own + g.normal(0, 1, 300)).round(2)
    given = pd.DataFrame({"patient_id": [f"p{p}" for p in person], "y": y, "x": own.round(1)})
    given.loc[g.random(300) < 0.2, "y"] = np.nan
    asked: dict[str, Any] = {"model": "trees", "multiple": 3, "min_count": 2}
    found = trimtab.read(given).schema
    assert found.entity is not None
    wide, narrow = (
        next(p for p in trimtab.impute(given, schema=schema, **asked).pooled if "y" in p.name)
        for schema in (found, found.change("patient_id", kind="label"))
    )
    # Of nine tenths of the variance between persons, five rows each: about 2.1 times the error.
    assert 1.6 < np.sqrt(wide.within / narrow.within) < 2.6
    assert wide.degrees < 60


# --- from a synthesizer ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def learned() -> trimtab.Synthesizer:
    given = table().drop(columns=["id", "note", "member", "day"]).dropna()
    return trimtab.fit(given, first=["x", "visits", "city"], outcome="y")


@pytest.fixture
def rows() -> pd.DataFrame:
    """Other rows of the same columns, of which only y has gaps."""
    fresh = table(80, KEY.child("others")).drop(columns=["id", "note", "member", "day"])
    return fresh.dropna(subset=["city", "visits"])


def test_filling_from_a_synthesizer(learned: trimtab.Synthesizer, rows: pd.DataFrame) -> None:
    made = trimtab.impute(rows, synthesizer=learned, multiple=3)
    assert all(as_filled(one, rows, ("y",)) for one in made.tables)
    assert not made.tables[0].equals(made.tables[1]) and not made.proper
    assert any("draws of one fitted model" in w for w in made.warnings)
    for ask in (lambda: made.pooled, lambda: made.pool(lambda t: (1.0, 1.0))):
        with pytest.raises(RefusedError, match=r"one fitted model.*too short.*model of its own"):
            ask()
    alone = trimtab.impute(rows, synthesizer=learned)
    assert alone.table.equals(made.tables[0])
    with pytest.raises(RefusedError, match=r"one filled table.*multiple=10"):
        _ = alone.pooled


def test_the_same_model_fills_the_same() -> None:
    """What is filled while learning is what the saved model would fill."""
    given = table()[["x", "y"]]
    made = trimtab.impute(given, model="trees", seed=3)
    again = trimtab.impute(given, synthesizer=trimtab.fit(given, outcome="y", seed=3), seed=3)
    assert made.table.equals(again.table)


def test_columns_and_values_that_the_model_does_not_know(
    learned: trimtab.Synthesizer, rows: pd.DataFrame
) -> None:
    with pytest.raises(ColumnError, match=r"no column 'town'.*Leave it out with drop"):
        trimtab.impute(rows.rename(columns={"city": "town"}), synthesizer=learned)
    more = rows.assign(extra=[1.5] * (len(rows) - 1) + [None])
    made = trimtab.impute(more, synthesizer=learned, drop="extra")
    assert as_filled(made.table, more, ("y",))
    assert "Gaps stay in extra: left out." in made.warnings


@pytest.mark.usefixtures("any_hole")
def test_a_label_never_seen_stays_and_tells_nothing(
    learned: trimtab.Synthesizer, rows: pd.DataFrame
) -> None:
    strange = rows.assign(city=["Rome", *rows["city"].iloc[1:]])
    made = trimtab.impute(strange, synthesizer=learned)
    assert as_filled(made.table, strange, ("y",))
    assert any("never saw city = Rome" in w for w in made.warnings)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": "red"}, TableError, "'x' is a number.*'red'"),
        ({"visits": 1.5}, PlanError, "visits: .*expected int64"),
    ],
    ids=str,
)
def test_values_of_another_type(
    learned: trimtab.Synthesizer,
    rows: pd.DataFrame,
    change: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        trimtab.impute(rows.assign(**change), synthesizer=learned)


def test_learning_and_a_synthesizer_exclude_each_other(
    learned: trimtab.Synthesizer, rows: pd.DataFrame
) -> None:
    for more in ({"model": "trees"}, {"outcome": "y"}, {"schema": learned.schema}):
        with pytest.raises(InputError, match="has learned already"):
            trimtab.impute(rows, synthesizer=learned, **more)


def test_what_is_learned_keeps_the_order_of_the_columns() -> None:
    given = trimtab.read(table(100)[["y", "x"]])
    made = impute.learn_to_fill(given, settings_of("trees", 5, 31))
    assert made.schema.names == ("y", "x") and made.learned.model.columns == ("x", "y")


def test_several_tables_of_passes_say_what_they_do_to_slopes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the network, where intervals are wanted; with it, the network is taken."""
    gone = KEY.child("gone").generator().random((300, 3)) < 0.2
    given = table()[["x", "y", "visits"]].astype(float).mask(gone)
    assert choose.freest(exact=True) == "network" and choose.freest() == "chained"
    monkeypatch.setattr(extras, "NEEDS", ("no_such_module",))
    assert choose.freest(exact=True) == "chained"
    made = trimtab.impute(given, multiple=2)
    assert any("passes of trees flatten them" in note for note in made.warnings)
    assert not made.table.isna().any().any()
    assert not any("flatten" in note for note in trimtab.impute(given).warnings)


def test_what_is_told_of_comparisons_for_several_tables() -> None:
    network, chained = (SimpleNamespace(model=m, choice="why") for m in ("network", "chained"))
    (one,) = of_comparison([network])
    (same,) = of_comparison([network, network])
    (mixed,) = of_comparison([chained, network, network])
    assert one == "Filled by the model network: why."
    assert same == "All tables are filled by the model network; first: why."
    assert mixed.endswith("the likelier filled it: network for 2, chained for 1.")


def scattered(rows: int = 200) -> pd.DataFrame:
    gone = KEY.child("gone").generator().random((rows, 3)) < 0.2
    return table(rows)[["x", "y", "visits"]].astype(float).mask(gone)


def test_the_best_of_one_where_nothing_else_fills_scattered_gaps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extras, "NEEDS", ("no_such_module",))
    made = trimtab.impute(scattered(), model="best")
    assert not made.table.isna().any().any()
    (said,) = [note for note in made.warnings if note.startswith("Filled by the model chained: ")]
    assert "nothing to compare it with: the network needs no_such_module" in said


@pytest.mark.parametrize("winner", ["chained", "network"])
def test_the_likelier_fills_scattered_gaps(winner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compared by cells of rows that neither learned from, each given the others of its row."""
    recipe = Recipe(Shape(16, 1, 0, 3), 64, 5, 1e-2, 0.0, 0.0, 0.98, 20)
    monkeypatch.setattr(network_fit, "recipe_for", lambda rows: recipe)
    seen: dict[str, set[tuple[str, int]]] = {}
    for model in (Chained, Network):
        name, plain = model.__name__.lower(), model.log_cell

        def log_cell(
            self: Any, codes: Any, column: str, key: Key, name: str = name, plain: Any = plain
        ) -> Any:
            seen.setdefault(name, set()).add((column, codes.rows))
            assert (codes[column] != MISSING).all()
            return plain(self, codes, column, key) + 100 * (name == winner)

        monkeypatch.setattr(model, "log_cell", log_cell)
    given = scattered()
    made = trimtab.impute(given, model="best")
    assert not made.table.isna().any().any()
    assert seen["chained"] == seen["network"] and {c for c, _ in seen["network"]} == {*given}
    (said,) = [note for note in made.warnings if note.startswith("Filled by")]
    assert f"the model {winner}" in said
    assert "holds the cells of one, each given the others, likelier than" in said
