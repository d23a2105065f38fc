"""Pairs that were asked for: points are rows, shares are shares, and wrong names are refused."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.measure.made_tables import compared, simulated
from trimtab import Scorecard, evaluate
from trimtab._random import Key
from trimtab.errors import ColumnError, InputError
from trimtab.measure import judge
from trimtab.measure.compare.weighting import weighted
from trimtab.measure.fidelity.shown_pairs import MAX_POINTS, shown_pairs
from trimtab.measure.score import Exhibit
from trimtab.measure.scorecard import Settings
from trimtab.request.evaluate import Evaluate

KEY = Key(3)
REAL, SYNTHETIC = simulated(900), simulated(700, 1)


def shown(x: str, y: str, group: str | None = None, **tables: Any) -> Exhibit:
    comparison = compared(tables.get("real", REAL), tables.get("synthetic", SYNTHETIC))
    (exhibit,) = shown_pairs(comparison, [(x, y)], group, KEY).exhibits
    return exhibit


def of(exhibit: Exhibit, side: str, *names: str) -> list[tuple[Any, ...]]:
    chosen = zip(exhibit.columns["side"], *(exhibit.columns[n] for n in names), strict=True)
    return [cells for s, *cells in chosen if s == side]


@pytest.mark.parametrize("side", ["real", "synthetic"])
def test_points_are_rows_of_their_table(side: str) -> None:
    exhibit = shown("size", "spiked", "flag")
    points = of(exhibit, side, "x_value", "y_value", "group")
    table = REAL if side == "real" else SYNTHETIC
    rows = Counter(zip(table["size"], table["spiked"], table["flag"], strict=True))
    assert len(points) == MAX_POINTS
    assert all(rows[tuple(p)] >= times for p, times in Counter(map(tuple, points)).items())
    assert exhibit.rests_on == ("real", "synthetic")
    assert exhibit.about == ("size", "spiked", "flag")


def test_labels_stand_beside_numbers() -> None:
    exhibit = shown("some", "size")
    rows = set(zip((s or "(missing)" for s in REAL["some"]), REAL["size"], strict=True))
    points = of(exhibit, "real", "x_value", "y_value")
    assert {tuple(p) for p in points} <= rows
    order = dict(of(exhibit, "real", "x_value", "x_order"))
    assert order["(missing)"] == max(order.values())
    assert "group" not in exhibit.columns


def test_shares_of_two_labels_are_those_of_all_rows() -> None:
    exhibit = shown("some", "flag")
    for side, table in (("real", REAL), ("synthetic", SYNTHETIC)):
        frame = pd.DataFrame({n: table[n] for n in ("some", "flag")}).fillna("(missing)")
        expected = frame.value_counts(normalize=True)
        found = {(a, b): s for a, b, s in of(exhibit, side, "x_value", "y_value", "share")}
        assert sum(found.values()) == pytest.approx(1)
        for cell, share in found.items():
            assert share == pytest.approx(expected.get(cell, 0.0)), cell


def test_numbers_of_few_values_are_words_in_their_order() -> None:
    real = {"doors": [4.0, 2.0, 2.0, 10.0] * 20, "kind": ["a", "b"] * 40}
    exhibit = shown("doors", "kind", real=real, synthetic=real)
    order = dict(of(exhibit, "real", "x_value", "x_order"))
    assert sorted(order, key=lambda w: order[w]) == ["2", "4", "10"]


def test_groups_beyond_eight_are_taken_together_and_said() -> None:
    real = {"x": [*np.arange(990.0)], "y": [*np.arange(990.0) ** 0.5]}
    real["g"] = [f"g{k % 99 % (k % 20 + 1)}" for k in range(990)]  # type: ignore[list-item]
    exhibit = shown("x", "y", "g", real=real, synthetic=real)
    groups = {g for (g,) in of(exhibit, "real", "group")}
    every = Counter(map(str, real["g"]))
    assert len({*exhibit.columns["group"]}) == 8
    kept = {name for name, _ in every.most_common(7)}
    assert groups - {"(others)"} <= kept
    assert f"{len(every) - 7} values of g are taken together as (others)" in exhibit.title
    orders = dict(of(exhibit, "real", "group", "group_order"))
    assert max(orders, key=lambda g: orders[g]) == "(others)"


def test_a_number_to_group_by_is_cut_into_quarters() -> None:
    exhibit = shown("size", "spiked", "size")
    whole = np.array(REAL["size"])
    for value, group in of(exhibit, "real", "x_value", "group"):
        low, high = [-np.inf, np.inf]
        words = group.split()
        if words[0] == "below":
            high = float(words[1])
        elif words[-1] == "more":
            low = float(words[0])
        else:
            low, high = float(words[0]), float(words[-1])
        # Edges are written to a few digits.
        assert low - 1e-4 <= value <= high + 1e-4
        assert 0.2 < np.mean((whole >= low) & (whole < high)) < 0.3


def test_weighted_rows_are_drawn_by_their_weights() -> None:
    """Of the real rows a tenth is "yes"; of the synthetic half: so is half of the real points."""
    real, synthetic = simulated(3000), simulated(700, 1)
    real["flag"] = ["yes" if k % 10 == 0 else "no" for k in range(3000)]
    synthetic["flag"] = ["yes", "no"] * 350
    comparison = weighted(compared(real, synthetic), ["flag"])
    (exhibit,) = shown_pairs(comparison, [("size", "steps")], "flag", KEY).exhibits
    share = np.mean([g == "yes" for (g,) in of(exhibit, "real", "group")])
    assert share == pytest.approx(0.5, abs=0.08)
    assert exhibit.weighted == ("real",)
    assert exhibit.columns["side"].count("real") == MAX_POINTS
    assert exhibit.title.startswith("400 draws by weight from 3,000 real rows and 400 of 700 syn")


def test_rows_that_stand_for_many_are_drawn_often() -> None:
    """One real row of a group that is half of the synthetic table: half of the points are it."""
    real = {"x": [*np.arange(800.0)], "y": [*np.arange(800.0)], "g": ["a"] * 799 + ["b"]}
    synthetic = {"x": [*np.arange(800.0)], "y": [*np.arange(800.0)], "g": ["a", "b"] * 400}
    comparison = weighted(compared(real, synthetic), ["g"])
    (exhibit,) = shown_pairs(comparison, [("x", "y")], "g", KEY).exhibits
    points = [x for x, g in of(exhibit, "real", "x_value", "group") if g == "b"]
    assert set(points) == {799.0}
    assert len(points) == pytest.approx(MAX_POINTS / 2, abs=1)


def test_rows_without_a_number_are_no_points() -> None:
    exhibit = shown("size", "spiked")
    assert all(v is not None for v in exhibit.columns["y_value"])
    none = {"size": [1.0] * 20, "spiked": [*np.arange(19.0), None]}
    real = {"size": [None] * 20, "spiked": [*np.arange(20.0)]}
    comparison = compared({**real, "size": [*np.arange(20.0)]}, none)
    empty = compared(real, none)
    assert shown_pairs(comparison, [("size", "spiked")], None, KEY).exhibits
    made = shown_pairs(empty, [("size", "spiked")], None, KEY).exhibits
    # A column that is missing throughout is a word: all of its rows are at "(missing)".
    assert {v for e in made for v in e.columns["x_value"]} <= {"(missing)", "1"}


def test_the_same_seed_shows_the_same_rows() -> None:
    assert shown("size", "steps", "some") == shown("size", "steps", "some")


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (("a", "b"), (("a", "b"),)),
        ([("a", "b"), ["c", "d"]], (("a", "b"), ("c", "d"))),
        (["a", "b", "c", "d"], (("a", "b"), ("c", "d"))),
        ([], ()),
        ([("a", "b"), ("a", "b")], (("a", "b"),)),
    ],
)
def test_what_a_request_takes_for_pairs(given: Any, made: Any) -> None:
    request = Evaluate(show=given)
    assert request.show == made
    assert Evaluate.from_dict(json.loads(request.to_json())) == request


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"show": "a"}, "expected two names of columns"),
        ({"show": ["a", "b", "c"]}, "expected two names of columns"),
        ({"show": [("a", "b", "c")]}, "expected two names of columns"),
        ({"show": [("a", 1)]}, "expected two names of columns"),
        ({"show": 3}, "expected two names of columns"),
        ({"show": ("a", "a")}, "'a' is paired with itself"),
        ({"group": "a"}, "group = 'a': it colours the pairs of columns in `show`"),
    ],
)
def test_what_is_no_pair_is_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Evaluate(**asked)


@pytest.fixture
def visits(tmp_path: Path) -> Path:
    """Rows with an identifier, free text, and what can be compared."""
    draw = KEY.generator()
    frame = pd.DataFrame({"patient_id": [f"P{k:05d}" for k in range(200)]})
    frame["price"] = draw.normal(100, 10, 200).round(2)
    frame["rooms"] = draw.integers(1, 5, 200)
    frame["style"] = draw.choice(["flat", "house"], 200)
    frame.to_csv(tmp_path / "table.csv", index=False)
    return tmp_path / "table.csv"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"show": ("prize", "rooms")}, "show.*no column 'prize'.*Did you mean 'price'"),
        ({"show": ("price", "rooms"), "group": "stile"}, "group.*no column 'stile'.*'style'"),
        ({"show": ("price", "patient_id")}, "show: 'patient_id' is not compared: it is an iden"),
        ({"show": ("price", "rooms"), "group": "patient_id"}, "group: 'patient_id' is not comp"),
        ({"show": ("price", "rooms"), "drop": "rooms"}, "left out on request"),
    ],
)
def test_columns_that_cannot_be_shown_are_refused_with_the_reason(
    asked: dict[str, Any], message: str, visits: Path
) -> None:
    with pytest.raises(ColumnError, match=message):
        evaluate(visits, visits, **asked)


def test_a_scorecard_holds_what_was_asked_and_is_read_without_it(visits: Path) -> None:
    card = evaluate(visits, visits, show=("price", "rooms"), group="style", sections=["copies"])
    assert card.settings.show == (("price", "rooms"),)
    assert card.exhibit("shown pair", "price", "rooms", "style") is not None
    assert Scorecard.parse(card.to_json()) == card
    before = json.loads(card.to_json())
    del before["settings"]["show"], before["settings"]["group"]
    old = Scorecard.parse(json.dumps(before))
    assert (old.settings.show, old.settings.group) == ((), None)


def test_nothing_is_shown_unasked() -> None:
    card = judge.evaluate(compared(REAL, SYNTHETIC), Settings(sections=()))
    assert not [e for e in card.exhibits if e.name == "shown pair"]
