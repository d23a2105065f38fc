"""What a GAN is asked for: designs and recipes from options, and options that cannot be had."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab._random import Key
from trimtab.codec.codec import fit_codec
from trimtab.compat.fair_transformer import get_protected_distribution, get_target_distribution
from trimtab.errors import ColumnError, InputError, PlanError, RefusedError
from trimtab.model.coded import Coded
from trimtab.model.gan.conditional import ConditionalDesign
from trimtab.model.gan.fair import FairDesign
from trimtab.model.gan.gan import Design
from trimtab.model.gan.options import FairGanOptions, GanOptions
from trimtab.model.gan.plain import PlainDesign
from trimtab.model.gan.recipe import Recipe, recipe_of
from trimtab.model.gan.settings import design_of
from trimtab.model.grid.table import fit_grids
from trimtab.model.neural.encoding import arranged
from trimtab.plan.balance.counts import counts_rows
from trimtab.synthesis.choose import model_names, options_of
from trimtab.synthesis.settings import settings_of
from trimtab.table.prepare import prepare
from trimtab.table.table import Table

ROWS = 400
GANS, MODELS = ("gan", "cgan", "fair-gan"), model_names()


@cache
def people() -> pa.Table:
    """Groups with gaps, a number of a few values, one of many, an outcome, a constant, names."""
    g = Key(71).generator()
    race = np.array(["green", "blue", "red"])[g.choice(3, ROWS, p=[0.5, 0.3, 0.2])]
    sex = np.where((race != "red") & (g.random(ROWS) < 0.4), "m", "f")  # no red men
    return pa.table(
        {
            "race": pa.array(race.tolist(), mask=g.random(ROWS) < 0.1),
            "sex": sex.tolist(),
            "dose": g.choice([0.5, 1.0, 2.5], ROWS),
            "age": g.normal(40, 9, ROWS),
            "income": np.where(g.random(ROWS) < 0.3, "high", "low").tolist(),
            "land": ["NO"] * ROWS,
            "person": [f"P{k:06d}" for k in range(ROWS)],
        }
    )


def asked(
    model: str = "fair-gan",
    table: pa.Table | None = None,
    *,
    outcome: Any = "income",
    first: tuple[str, ...] = (),
    min_count: int = 5,
    drop: tuple[str, ...] = (),
    **gan_options: Any,
) -> tuple[Design, Recipe, Table]:
    """The design and the recipe for options, as `learn` makes them."""
    made = prepare(people() if table is None else table, outcome=outcome, drop=drop)
    for name in {"protected_shares", "target_shares"} & gan_options.keys():
        of = gan_options["protected"] if name == "protected_shares" else (outcome,)
        gan_options[name] = counts_rows(gan_options[name], of)
    options = options_of(model, gan_options)
    assert isinstance(options, GanOptions)
    return (*design_of(model, Coded(made, min_count), first, options), made)


def fair(**gan_options: Any) -> FairDesign:
    design = asked("fair-gan", **{"protected": ("race",), **gan_options})[0]
    assert isinstance(design, FairDesign)
    return design


# --- designs --------------------------------------------------------------------------------------


def test_the_tutorials_gan_knows_nothing_of_columns() -> None:
    assert asked("gan")[:2] == (PlainDesign(), recipe_of("gan"))


def test_a_conditional_gan_is_given_labels_one_by_one_or_columns_together() -> None:
    design, recipe, _ = asked("cgan")
    assert design == ConditionalDesign(("race", "sex", "income"), together=False)
    assert recipe == recipe_of("cgan")
    design, _, _ = asked("cgan", first=("age", "race"))
    assert design == ConditionalDesign(("age", "race"), together=True)
    only = people().select(["age", "dose"])
    assert asked("cgan", only, outcome=None)[0] == ConditionalDesign((), together=False)


def labels_of(design: FairDesign, table: Table, names: tuple[str, ...]) -> dict[Any, float]:
    """The shares of a design by the values of the table, found by its own rows."""
    codec = fit_codec(table, 5)
    codes = codec.encode(table)
    seen = arranged(fit_grids(codes, codec, None))
    shares = design.group_shares if names == design.protected else design.class_shares
    cells = design.groups if names == design.protected else [(k,) for k in range(len(shares))]
    found = {}
    for cell, share in zip(cells, shares, strict=True):
        nothing = np.zeros(1)
        decoded = [
            codec.columns[n].decode(seen[n].decode(np.array([k]), nothing, nothing, nothing))[0]
            for n, k in zip(names, cell, strict=True)
        ]
        found[tuple(v.as_py() for v in decoded)] = share
    return found


def counted(*names: str) -> dict[Any, float]:
    """The share of each combination of values in the table."""
    rows = list(zip(*(people().column(n).to_pylist() for n in names), strict=True))
    return {cell: rows.count(cell) / ROWS for cell in set(rows)}


@pytest.mark.parametrize("protected", [("race",), ("sex",), ("race", "sex"), ("dose",)])
def test_groups_are_those_of_the_table_with_its_shares(protected: tuple[str, ...]) -> None:
    design, _, table = asked("fair-gan", protected=protected)
    assert isinstance(design, FairDesign) and design.protected == protected
    assert design.target == "income"
    found = labels_of(design, table, protected)
    wanted = counted(*protected)
    assert found.keys() == wanted.keys() and (None,) in counted("race")
    assert ("red", "m") not in found, "what was never seen is no group"
    assert found == pytest.approx(wanted)
    assert labels_of(design, table, ("income",)) == pytest.approx(counted("income"))


def test_equal_shares_are_over_what_was_seen() -> None:
    design, _, table = asked(
        "fair-gan", protected=("race", "sex"), protected_shares="equal", target_shares="equal"
    )
    assert isinstance(design, FairDesign)
    found = labels_of(design, table, ("race", "sex"))
    assert found == pytest.approx(dict.fromkeys(counted("race", "sex"), 1 / len(found)))
    assert labels_of(design, table, ("income",)) == {("low",): 0.5, ("high",): 0.5}


def test_classes_that_no_row_holds_get_no_equal_share() -> None:
    """Of a part of the rows, whose grids are those of all."""
    made = prepare(people(), outcome="income")
    low = np.flatnonzero(np.array(people().column("income").to_pylist()) == "low")
    for shares in (None, "equal"):
        options = FairGanOptions(protected=("sex",), target_shares=shares)
        design, _ = design_of("fair-gan", Coded(made, 5).part(low), (), options)
        assert isinstance(design, FairDesign)
        assert labels_of(design, made, ("income",)) == {("low",): 1.0, ("high",): 0.0}


@pytest.mark.parametrize(
    ("names", "to", "wanted"),
    [
        ("race", {"red": 0.5, "blue": 0.3, "green": 0.2}, {"red": 0.5, "blue": 0.3, "green": 0.2}),
        ("race", {"red": 0.25, "blue": 0.75}, {"red": 0.25, "blue": 0.75}),
        ("race", {"red": 3, "blue": 1}, {"red": 0.75, "blue": 0.25}),
        ("race", {"red": 1}, {"red": 1.0}),
        ("race", {None: 0.5, "red": 0.5}, {None: 0.5, "red": 0.5}),
        ("dose", {0.5: 0.1, 2.5: 0.9}, {0.5: 0.1, 2.5: 0.9}),
        ("dose", {"0.5": 0.1, "2.5": 0.9}, {0.5: 0.1, 2.5: 0.9}),
        ("race,sex", {("red", "f"): 1, ("blue", "m"): 1}, {("red", "f"): 0.5, ("blue", "m"): 0.5}),
    ],
)  # fmt: skip
def test_shares_are_those_asked_for(
    names: str, to: dict[Any, float], wanted: dict[Any, float]
) -> None:
    protected = tuple(names.split(","))
    design, _, table = asked("fair-gan", protected=protected, protected_shares=to)
    assert isinstance(design, FairDesign)
    found = labels_of(design, table, protected)
    assert found.keys() == counted(*protected).keys(), "groups without a share are still groups"
    said = {c if isinstance(c, tuple) else (c,): share for c, share in wanted.items()}
    assert {c: s for c, s in found.items() if s} == pytest.approx(said)


def test_a_table_or_a_file_of_shares_says_the_same(tmp_path: Any) -> None:
    shares = pa.table({"race": ["red", "blue"], "share": [0.4, 0.6]})
    place = tmp_path / "shares.csv"
    place.write_text("race,share\nred,0.4\nblue,0.6\n")
    found = {fair(protected_shares=to).group_shares for to in (shares, place, str(place))}
    assert len(found) == 1 and max(found.pop()) == pytest.approx(0.6)


def test_the_shares_of_the_fair_transformer_are_those_of_the_table() -> None:
    p_z = get_protected_distribution(people(), "race")
    p_y = get_target_distribution(people(), "income")
    asked_for, left_out = fair(protected_shares=p_z, target_shares=p_y), fair()
    assert asked_for.group_shares == pytest.approx(left_out.group_shares)
    assert asked_for.class_shares == pytest.approx(left_out.class_shares)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 50), min_size=3, max_size=3).filter(any))
def test_shares_of_any_counts_sum_to_one(counts: list[int]) -> None:
    """A file's demand on shares, so that every model that is made can be saved."""
    to = dict(zip(("red", "green", "blue"), counts, strict=True))
    design = fair(protected_shares=to)
    assert sum(design.group_shares) == pytest.approx(1, abs=1e-9)
    assert all(share >= 0 for share in design.group_shares)


def test_a_column_that_is_protected_twice_is_protected_once() -> None:
    assert fair(protected=("race", "race")) == fair()


# --- options that cannot be had -------------------------------------------------------------------


@pytest.mark.parametrize("model", [m for m in MODELS if m != "fair-gan"])
@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"protected": ("race",)}, "protected is for"),
        ({"protected_shares": "equal"}, "protected_shares is for"),
        ({"target_shares": "equal"}, "target_shares is for"),
    ],
)
def test_only_a_fair_gan_is_fair(model: str, options: dict[str, Any], name: str) -> None:
    with pytest.raises(InputError, match=f"{name} the model fair-gan, not for {model}: leave it"):
        settings_of(model, 5, 0, options=options)
    settings_of("fair-gan", 5, 0, options={"protected": ("race",), **options})


def test_a_fair_gan_needs_what_to_be_fair_to() -> None:
    for options in ({}, {"protected_shares": "equal"}):
        with pytest.raises(InputError, match=r"needs the columns .*`protected='race'`"):
            options_of("fair-gan", options)


def test_only_gans_have_a_recipe() -> None:
    for model in MODELS:
        if model in GANS:
            fair_to = {"protected": ("race",)} if model == "fair-gan" else {}
            options_of(model, {"recipe": {"steps": 1}, **fair_to})
            continue
        with pytest.raises(InputError, match=f"recipe is for .*gan, cgan, fair-gan.* {model}"):
            options_of(model, {"recipe": {"steps": 1}})


def test_what_is_an_option_of_no_model() -> None:
    with pytest.raises(InputError, match="depth is an option of no kind of model"):
        options_of("gan", {"depth": 3})


def table_with(**columns: list[Any]) -> pa.Table:
    found = people()
    for name, values in columns.items():
        found = found.set_column(found.column_names.index(name), name, pa.array(values))
    return found


ONE_ROW = ["green"] * (ROWS - 1) + ["odd"]
REFUSALS: dict[str, tuple[dict[str, Any], type[Exception], tuple[str, ...]]] = {
    "an unknown column": ({"protected": ("rase",)}, ColumnError, ("'rase'", "Did you mean 'race'")),
    "the outcome itself": (
        {"protected": ("race", "income")}, ColumnError, ("'income' is the outcome", "`outcome")
    ),
    "an identifier": ({"protected": ("person",)}, ColumnError, ("'person' is left out",)),
    "a column left out": (
        {"protected": ("race",), "drop": ("race",)}, ColumnError, ("'race' is left out",)
    ),
    "no outcome": ({"outcome": ()}, InputError, ("one outcome column", "none", "`outcome")),
    "two outcomes": (
        {"outcome": ("income", "sex")}, InputError, ("several (sex, income)", "`outcome")
    ),
    "a number of many values": (
        {"protected": ("age",)}, ColumnError, ("protected: 'age' is a number", "expected a label")
    ),
    "an outcome of many values": (
        {"outcome": "age"}, ColumnError, ("the outcome: 'age' is a number", "expected a label")
    ),
    "one group": (
        {"protected": ("land",)}, RefusedError, ("protected: every row has the same 'land'",)
    ),
    "one class": (
        {"outcome": "land"}, RefusedError, ("the outcome: every row has the same 'land'",)
    ),
    "a group of one row that is pooled": (
        {"table": table_with(race=ONE_ROW)}, RefusedError, ("a class of 'race' has 1 row",)
    ),
    "a group of one row": (
        {"table": table_with(race=ONE_ROW), "min_count": 0},
        RefusedError,
        ("protected: a class of 'race' has 1 row", "at least 2 rows", "`min_count`"),
    ),
    "a class of one row": (
        {"table": table_with(income=ONE_ROW), "min_count": 0},
        RefusedError,
        ("the outcome: a class of 'income' has 1 row", "`min_count`"),
    ),
    "shares that do not sum to 1": (
        {"protected_shares": {"red": 0.5, "blue": 0.4}}, PlanError, ("sum to 0.9", "sum to 1")
    ),
    "classes that do not sum to 1": (
        {"target_shares": {"high": 0.5, "low": 0.6}}, PlanError, ("sum to 1.1",)
    ),
    "a negative count": ({"protected_shares": {"red": -1, "blue": 2}}, PlanError, ("-1",)),
    "a negative share": ({"protected_shares": {"red": -0.5, "blue": 1.5}}, PlanError, ("0 and 1",)),
    "shares that are no numbers": ({"protected_shares": {"red": "many"}}, PlanError, ("many",)),
    "no shares": ({"protected_shares": {}}, PlanError, ("{}",)),
    "nothing of anything": (
        {"protected_shares": {"red": 0, "blue": 0}}, InputError, ("nothing is asked of any race",)
    ),
    "an unknown value": (
        {"protected_shares": {"pink": 1}}, PlanError, ("'pink'", "expected one of green, blue, red")
    ),
    "an unknown class": (
        {"target_shares": {"rich": 1}}, PlanError, ("'rich'", "expected one of low, high")
    ),
    "a combination that was never seen": (
        {"protected": ("race", "sex"), "protected_shares": {("red", "m"): 1}},
        RefusedError,
        ("no row has race = red, sex = m", "that the table holds"),
    ),
    "cells of another size": (
        {"protected_shares": {("red", "m"): 1}}, InputError, ("('red', 'm')", "each of race")
    ),
    "a table of other columns": (
        {"protected_shares": pa.table({"sex": ["f"], "share": [1.0]})}, ColumnError, ("'race'",)
    ),
    "a table without numbers": (
        {"protected_shares": pa.table({"race": ["red"]})}, PlanError, ("'count' or 'share'",)
    ),
    "a value twice": (
        {"protected_shares": pa.table({"race": ["red", "red"], "share": [0.5, 0.5]})},
        PlanError,
        ("twice",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("gan_options", "error", "says"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_fair_is_refused(
    gan_options: dict[str, Any], error: type[Exception], says: tuple[str, ...]
) -> None:
    with pytest.raises(error) as caught:
        fair(**gan_options)
    assert type(caught.value) is error
    assert all(part in str(caught.value) for part in says), str(caught.value)
