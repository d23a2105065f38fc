"""Law 10 by masks: no drawn row breaks a rule that its model is held to by them, in any verb.

Of the rules that forbid something without deciding a column. Rows are judged one by one, by what
the made table is known to keep, and not by the code that keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.laws.masked_tables import COUNTIES, RULES, breaches, frame, schema
from trimtab._random import Key
from trimtab.model.network import fit as network_fit
from trimtab.model.network.recipe import Recipe
from trimtab.model.network.shape import Shape
from trimtab.table.prepare import prepare
from trimtab.table.rules.rule import Source

TINY = Recipe(Shape(16, 1, 0, 3), 64, 30, 1e-2, 0.0, 0.0, 0.98, 20)
# What a network is not held to: numbers that are equal or add up in some rows, and dates too far
# apart to be drawn as distances.
UNHELD = ("born <= visit <= gone", "same = first where ill = 'yes'", RULES[12])


@pytest.fixture
def network() -> Iterator[None]:
    """Networks that are learned in seconds."""
    pytest.importorskip("jax", reason="networks need the extra `deep`")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(network_fit, "recipe_for", lambda rows: TINY)
        yield


@pytest.fixture(scope="module")
def made() -> trimtab.Synthesizer:
    return trimtab.fit(frame(), schema=schema(), model="trees", first=["area"])


@pytest.fixture(scope="module")
def free() -> trimtab.Synthesizer:
    return trimtab.fit(frame(), rules=False, model="trees")


def test_the_real_rows_keep_them_and_free_draws_do_not(free: trimtab.Synthesizer) -> None:
    """That the check can fail, of all but the rules that single columns keep by themselves."""
    assert breaches(frame()) == {}
    broken = breaches(free.sample(3000, seed=1))
    single = {"part multiple of 5", "grade in ('A', 'B', 'C')", "rate >= 2"}
    assert set(broken) == set(RULES) - single


def test_samples_keep_them(made: trimtab.Synthesizer) -> None:
    assert breaches(made.sample(20_000, seed=1)) == {}
    notes = [n for n in made.provenance.warnings if "may break" in n]
    assert [n.split(": ")[1] for n in notes] == ["part multiple of 5."]  # of which no class tells


def test_rows_do_not_hang_on_how_many_are_drawn(made: trimtab.Synthesizer) -> None:
    many = made.sample(20_000, seed=3)
    pd.testing.assert_frame_equal(made.sample(1000, seed=3), many.head(1000))


@pytest.mark.stress
def test_cells_are_told_given_numbers_that_masks_cut() -> None:
    """How many rows are like one with such an amount is told by what masks leave of it."""
    made = trimtab.fit(frame(), schema=schema(), model="trees", first=["test", "amount"])
    told = made.conditional({"amount": 80.0}, "test")
    assert told.values["pulse"] > 0.9 and told.values["sleep"] == 0
    near = (frame()["amount"].rank(pct=True) - 0.4).abs() < 0.5
    assert 1 < told.support < near.sum()


def test_a_saved_model_draws_the_same(made: trimtab.Synthesizer, tmp_path: Path) -> None:
    place = tmp_path / "m.trimtab"
    made.save(place)
    again = trimtab.load(place)
    pd.testing.assert_frame_equal(again.sample(2000, seed=4), made.sample(2000, seed=4))


def test_conditions_keep_them(made: trimtab.Synthesizer) -> None:
    for area in ("p", "q", "r"):
        drawn = made.sample(500, where={"area": area}, seed=1)
        assert (drawn["area"] == area).all() and breaches(drawn) == {}


@pytest.mark.parametrize("by", [["area"], ["ill", "grade"]])
def test_balanced_tables_keep_them(by: list[str]) -> None:
    balanced = trimtab.balance(frame(), by, schema=schema(), model="trees", rows=1200)
    assert breaches(balanced.table) == {}


@pytest.mark.stress
def test_completed_rows_keep_them() -> None:
    given = frame(200, seed=9)[["area", "ill", "born", "first", "net", "grade"]]
    completed = trimtab.complete(frame(), given, schema=schema(), model="trees")
    assert breaches(completed.table) == {}
    pd.testing.assert_frame_equal(completed.table[["area", "net"]], given[["area", "net"]])


@pytest.mark.stress
def test_filled_gaps_keep_them() -> None:
    """Of columns that have no value in all rows: `impute` fills what may be missing, too."""
    whole = frame()
    often = [n for n in whole if whole[n].isna().any()]
    data = whole.drop(columns=often)
    steps = (["zip", "amount"], ["visit", "most"], ["same", "mm"], ["total"])
    for i, names in enumerate(steps):
        data.loc[: 40 * (i + 1), names] = np.nan
    rules = [r for r in RULES if not any(n in r for n in often)]
    ruled = schema(data, (*rules, "born <= visit"))
    imputed = trimtab.impute(data, schema=ruled, model="trees")
    filled = imputed.table
    assert [n.split(": ")[1] for n in imputed.warnings if "may break" in n] == [
        "part multiple of 5."
    ]
    assert filled.notna().all(axis=None)
    for name in data:
        there = data[name].notna()
        assert (filled[name][there] == data[name][there]).all()
    rest = whole[often].assign(gone=pd.NaT, cause=whole["cause"])
    assert breaches(pd.concat([filled, rest], axis=1)) == {}


def test_found_rules_are_kept() -> None:
    """Those that are found in the table by itself, of which the hand knows some."""
    found = trimtab.fit(frame(), model="trees")
    kept = {r.text for r in found.schema.rules or () if r.kept and r.source is Source.FOUND}
    known = kept & set(RULES)
    assert len(known) >= 5, kept
    assert not known & set(breaches(found.sample(8000, seed=2)))


def test_orders_that_meet_in_a_column_leave_room_for_it() -> None:
    """b is drawn after a and c, of which no rule alone tells."""
    g, rows = Key(3).child("orders").generator(), 1000
    a = g.integers(0, 300, rows)
    b = a + g.integers(0, 200, rows)
    data = pd.DataFrame({"a": a, "c": b + g.integers(0, 200, rows), "b": b})
    ruled = prepare(data).schema.add_rule("a <= b").add_rule("b <= c")
    drawn = trimtab.fit(data, schema=ruled, model="trees").sample(5000, seed=2)
    assert all(x <= y <= z for x, y, z in zip(drawn["a"], drawn["b"], drawn["c"], strict=True))


@pytest.mark.stress
@pytest.mark.usefixtures("network")
def test_networks_keep_them_too(tmp_path: Path) -> None:
    made = trimtab.fit(frame(), schema=schema(), model="network")
    drawn = made.sample(4000, seed=1)
    assert set(breaches(drawn)) == set(UNHELD)
    (note,) = [n for n in made.provenance.warnings if "may break" in n]
    assert all(rule in note for rule in ("part multiple of 5", *UNHELD[:2])) and "1 more" in note
    made.save(tmp_path / "m.trimtab")
    again = trimtab.load(tmp_path / "m.trimtab")
    pd.testing.assert_frame_equal(again.sample(500, seed=1), drawn.head(500))
    for area in ("p", "q"):
        asked = made.sample(300, where={"area": area}, seed=1)
        assert (asked["area"] == area).all() and not set(breaches(asked)) - set(UNHELD)


@pytest.mark.stress
@pytest.mark.usefixtures("network")
def test_networks_keep_them_in_rows_that_are_balanced_and_completed() -> None:
    balanced = trimtab.balance(frame(), ["ill", "grade"], schema=schema(), model="network")
    assert not set(breaches(balanced.table)) - set(UNHELD)
    given = frame(200, seed=9)[["zip", "ill", "mm", "grade", "test", "south"]]
    completed = trimtab.complete(frame(), given, schema=schema(), model="network").table
    assert not set(breaches(completed)) - set(UNHELD)
    pd.testing.assert_frame_equal(completed[["zip", "test"]], given[["zip", "test"]])


@pytest.mark.stress
@pytest.mark.usefixtures("network")
def test_a_network_that_is_chosen_keeps_orders_of_numbers() -> None:
    """Where any cell may be given, "auto" comes to the network, which draws them as distances."""
    data = frame()[["least", "most", "area", "zip", "rate", "net"]]
    ruled = schema(data, ("area, zip occur together", "least < most"))
    given = data.head(90).copy()
    gaps = (["zip", "most", "rate"], ["area", "least", "most"], ["least", "most", "net"])
    for i, names in enumerate(gaps):
        given.loc[30 * i : 30 * i + 29, names] = None
    made = trimtab.complete(data, given, schema=ruled)
    assert "network" in made.synthesizer.provenance.model
    whole = made.table
    assert (whole["least"] < whole["most"]).all() and whole.notna().all(axis=None)
    pairs = {(a, str(z)) for a, z in zip(whole["area"], whole["zip"], strict=True)}
    assert pairs <= {(a, z) for a, zips in COUNTIES.items() for z in zips}


LEADING: dict[tuple[str, ...], dict[str, Any]] = {
    ("test", "amount"): {"amount": trimtab.Range(40, 60)},
    ("dose", "grade"): {"grade": "B"},
    ("rate",): {"rate": trimtab.Range(5, 10)},
}


@pytest.mark.stress
@pytest.mark.parametrize("first", LEADING)
def test_numbers_that_lead_keep_them(first: tuple[str, ...]) -> None:
    """Of a chain that enumerates a number, by its parts that rules tell apart."""
    made = trimtab.fit(frame(), schema=schema(), model="trees", first=[*first])
    assert breaches(made.sample(8000, seed=1)) == {}
    (note,) = [n for n in made.provenance.warnings if "may break" in n]
    assert note.split(": ")[1] == "part multiple of 5."
    assert breaches(made.sample(500, where=LEADING[first], seed=2)) == {}


def test_gans_draw_columns_that_hang_together_as_one() -> None:
    """They cannot be held to the rest, and say so."""
    pytest.importorskip("jax", reason="a GAN needs the extra `deep`")
    recipe = {"noise": 8, "hidden": "16-32", "steps": 60, "every": 30, "batch": 64, "rate": 1e-3}
    made = trimtab.fit(frame(), schema=schema(), model="gan", recipe=recipe)
    groups = {RULES[3], RULES[4], RULES[5]}
    assert set(made.provenance.groups.values()) == groups
    broken = set(breaches(made.sample(3000, seed=1)))
    assert not broken & {*groups, "least < most", "rate >= 2", "grade in ('A', 'B', 'C')"}
    assert broken and broken <= set(made.provenance.unheld)
    (note,) = [n for n in made.provenance.warnings if "may break" in n]
    assert "Only models that draw one column after another" in note
