"""Fidelity within groups: by hand, honest about chance and about the worst of many."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measure.made_tables import compared, real_table, shuffled, simulated, split, taken
from trimtab._random import Key
from trimtab.errors import ColumnError
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.fidelity.as_planned import achieved
from trimtab.measure.fidelity.group_fidelity import MIN_ROWS, group_fidelity
from trimtab.measure.score import Exhibit, Findings, Score, Verdict

KEY = Key(0)


def worst(found: Findings) -> Score:
    (one,) = [s for s in found.scores if s.measure == "worst_group_distance"]
    return one


def by_group(found: Findings) -> dict[str, Score]:
    return {s.within: s for s in found.scores if s.measure == "group_distance"}


def exhibit(found: Findings, name: str) -> Exhibit:
    (one,) = [e for e in found.exhibits if e.name == name and "real" in e.rests_on]
    return one


def grouped(rows: dict[str, int], seed: int, shift: dict[str, float] | None = None) -> Any:
    """A table of groups, whose number and label are shifted in some of them."""
    draw = Key(seed).child("grouped").generator()
    table: dict[str, list[Any]] = {"g": [], "x": [], "y": [], "h": []}
    for name, count in rows.items():
        by = (shift or {}).get(name, 0.0)
        table["g"] += [name] * count
        table["x"] += [*(draw.normal(size=count) + by)]
        table["y"] += [*draw.exponential(size=count)]
        table["h"] += [str(v) for v in np.where(draw.random(count) < 0.3 + by / 10, "p", "q")]
    return table


def test_distances_by_hand() -> None:
    real = {
        "g": ["a"] * 40 + ["b"] * 60,
        "x": [0.0] * 20 + [1.0] * 20 + [0.0] * 60,
        "h": ["p"] * 30 + ["q"] * 10 + ["p"] * 60,
    }
    synthetic = {
        "g": ["a"] * 50 + ["b"] * 30,
        "x": [0.0] * 10 + [1.0] * 35 + [None] * 5 + [1.0] * 15 + [0.0] * 15,
        "h": ["p"] * 20 + ["q"] * 25 + ["r"] * 5 + ["p"] * 30,
    }
    found = group_fidelity(compared(real, synthetic), ["g"], KEY)
    scores = by_group(found)
    # In a, 0 falls from .5 to .2 of the rows; p from .75 to .4. In b, 0 falls from 1 to .5.
    assert scores["g = a"].value == pytest.approx((0.3 + 0.35) / 2, abs=1e-6)
    assert scores["g = b"].value == pytest.approx((0.5 + 0.0) / 2, abs=1e-6)
    assert scores["g = a"].n == 90 and scores["g = a"].about == ("g",)
    assert worst(found).headline and not any(s.headline for s in scores.values())
    shown = exhibit(found, "group likeness")
    assert shown.about == ("g",)
    assert shown.columns["group"] == ["g = b", "g = a"]
    assert shown.columns["rows_real"] == [60, 40]
    assert shown.columns["rows_synthetic"] == [30, 50]
    assert shown.columns["value"] == pytest.approx([0.25, 0.325], abs=1e-6)
    for low, high, value in zip(*(shown.columns[c] for c in ("low", "high", "value")), strict=True):
        assert 0 <= low <= value <= high


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_numbers_are_compared_as_cumulative_shares(seed: int) -> None:
    """With few values each is a cell, and the distance is that of Kolmogorov and Smirnov."""
    draw = Key(seed).child("steps").generator()
    real, synthetic = (
        {"g": ["a"] * 80, "x": [*draw.binomial(6, p, 80).astype(float)]} for p in (0.3, 0.5)
    )
    found = by_group(group_fidelity(compared(real, synthetic), ["g"], KEY))["g = a"]
    points = np.arange(7)
    shares = [[np.mean(np.array(t["x"]) <= p) for p in points] for t in (real, synthetic)]
    assert found.value == pytest.approx(np.abs(np.subtract(*shares)).max(), abs=1e-6)


def test_weights_of_real_rows_count() -> None:
    real = {"g": ["a"] * 60, "h": ["p"] * 30 + ["q"] * 30}
    synthetic = {"g": ["a"] * 60, "h": ["p"] * 45 + ["q"] * 15}
    weights = np.array([3.0] * 30 + [1.0] * 30)
    even = by_group(group_fidelity(compared(real, synthetic), ["g"], KEY))["g = a"]
    assert even.value == pytest.approx(0.25, abs=1e-6)
    matched = by_group(group_fidelity(compared(real, synthetic, weights=weights), ["g"], KEY))[
        "g = a"
    ]
    assert matched.value == pytest.approx(0.0, abs=1e-6)


def halves(table: Any, seed: int) -> Comparison:
    order = Key(seed).child("halves").generator().permutation(len(next(iter(table.values()))))
    cut = len(order) // 2
    return compared(taken(table, order[:cut]), taken(table, order[cut:]))


def test_groups_of_halves_are_like_chance_and_intervals_honest() -> None:
    table = grouped({"a": 900, "b": 300, "c": 140}, seed=1)
    reached, beyond, worse, worst_reached = [], [], [], []
    for seed in range(80):
        found = group_fidelity(halves(table, seed), ["g"], Key(seed))
        for score in by_group(found).values():
            assert score.interval is not None and score.ceiling is not None
            assert score.value is not None and score.noise is not None
            reached.append(score.interval[0] <= score.ceiling <= score.interval[1])
            beyond.append(score.value > score.noise)
        one = worst(found)
        assert one.interval is not None and one.ceiling is not None
        assert one.value is not None and one.noise is not None
        worse.append(one.value > one.noise)
        worst_reached.append(one.interval[0] <= one.ceiling)
    assert 0.92 <= np.mean(reached) <= 1.0
    assert np.mean(beyond) <= 0.09
    # The worst of three groups is not told more often than any one of them would be.
    assert np.mean(worse) <= 0.12
    assert np.mean(worst_reached) >= 0.95


def test_intervals_cover_the_distance_of_tables_that_differ() -> None:
    """What tables of these sizes have on average is learned from many of them."""
    pairs = [
        group_fidelity(
            compared(grouped({"a": 150}, 2 * seed), grouped({"a": 220}, 2 * seed + 1, {"a": 0.5})),
            ["g"],
            Key(seed),
        )
        for seed in range(100)
    ]
    scores = [by_group(found)["g = a"] for found in pairs]
    mean = float(np.mean([s.value for s in scores if s.value is not None]))
    covered = [s.interval[0] <= mean <= s.interval[1] for s in scores if s.interval]
    assert 0.9 <= np.mean(covered) <= 0.99
    assert mean > 0.09


def test_the_worst_group_is_named_though_others_are_noisier() -> None:
    sizes = {f"small{k}": 45 for k in range(12)} | {"large": 1500, "bad": 400}
    real, synthetic = grouped(sizes, 1), grouped(sizes, 2, {"bad": 0.8})
    found = group_fidelity(compared(real, synthetic), ["g"], KEY)
    one = worst(found)
    assert one.within == "g = bad" and one.verdict is not Verdict.GOOD
    assert "the worst of 14 groups, judged at the level 0.05 / 14" in one.because
    assert "for all 14 groups at once" in one.covers
    own = by_group(found)["g = bad"]
    assert one.value == own.value
    # The correction for the worst of many makes it wider, and harder to condemn.
    assert one.noise is not None and own.noise is not None and one.noise > own.noise
    assert one.interval is not None and own.interval is not None
    assert one.interval[1] - one.interval[0] > own.interval[1] - own.interval[0]
    good = group_fidelity(compared(real, grouped(sizes, 3)), ["g"], KEY)
    assert worst(good).verdict is Verdict.GOOD


def test_shuffled_groups_are_told() -> None:
    """Columns that are right on the whole, but no longer belong to their groups."""
    sizes = {"a": 400, "b": 400, "c": 400}
    apart = {"a": 0.0, "b": 1.5, "c": 3.0}
    real, fresh = grouped(sizes, 1, apart), grouped(sizes, 2, apart)
    assert worst(group_fidelity(compared(real, fresh), ["g"], KEY)).verdict is Verdict.GOOD
    mixed = {**shuffled(fresh), "g": fresh["g"]}
    assert worst(group_fidelity(compared(real, mixed), ["g"], KEY)).verdict is Verdict.POOR


def test_small_groups_are_named_and_not_judged() -> None:
    sizes = {"a": 100, "b": MIN_ROWS, "c": MIN_ROWS - 1, **{f"d{k}": 3 for k in range(9)}}
    found = group_fidelity(compared(grouped(sizes, 1), grouped(sizes, 2)), ["g"], KEY)
    known = {name: s.verdict is not Verdict.UNKNOWN for name, s in by_group(found).items()}
    assert len(known) == 12 and {name for name, it in known.items() if it} == {"g = a", "g = b"}
    assert by_group(found)["g = c"].because.startswith("it has 29 real and 29 synthetic rows")
    (note,) = found.notes
    assert f"fewer than {MIN_ROWS} rows in either table: g = c (29 real, 29 synthetic)" in note
    assert note.endswith("; and 5 more.")
    assert len(exhibit(found, "groups").columns["group"]) == 12


def test_at_most_two_hundred_groups_are_judged() -> None:
    sizes = {f"s{k:03d}": 30 + k for k in range(205)}
    table = grouped(sizes, 1)
    small = {name: table[name] for name in ("g", "h")}
    found = group_fidelity(compared(small, small), ["g"], KEY)
    assert len(by_group(found)) == 200
    assert "g = s004" not in by_group(found) and "g = s005" in by_group(found)
    assert found.notes == (
        "Likeness is judged in the 200 largest groups of g only: 5 more have 30 rows in both "
        "tables.",
    )


def test_groups_that_cannot_be_judged() -> None:
    tiny = grouped({"a": 10}, 1)
    one = worst(group_fidelity(compared(tiny, tiny), ["g"], KEY))
    assert one.verdict is Verdict.UNKNOWN and one.headline
    assert one.because == "no group has at least 30 rows in both tables"
    alone = {"g": ["a"] * 50}
    one = worst(group_fidelity(compared(alone, alone), ["g"], KEY))
    assert one.because == "no column is left to compare besides those that make the groups"
    with pytest.raises(ColumnError, match="there is no column 'nothing'"):
        group_fidelity(compared(alone, alone), ["nothing"], KEY)


def test_columns_that_are_all_missing_in_a_group() -> None:
    table = grouped({"a": 60, "b": 60}, 1)
    gone = {**table, "x": [None] * 60 + table["x"][60:], "h": [None] * 60 + table["h"][60:]}
    scores = by_group(group_fidelity(compared(table, gone), ["g"], KEY))
    assert scores["g = a"].value == pytest.approx(2 / 3, abs=1e-6)
    assert scores["g = b"].value == pytest.approx(0.0, abs=1e-6)
    empty = {"g": ["a"] * 40, "x": [None] * 40}
    assert by_group(group_fidelity(compared(empty, empty), ["g"], KEY))["g = a"].value == 0.0


def test_one_group_needs_no_correction() -> None:
    table = grouped({"a": 100}, 1)
    found = worst(group_fidelity(compared(table, grouped({"a": 100}, 2)), ["g"], KEY))
    assert "worst of" not in found.because and "at once" not in found.covers


def test_the_same_key_gives_the_same_scores() -> None:
    comparison = compared(simulated(400), simulated(400, seed=1))
    assert group_fidelity(comparison, ["flag"], KEY) == group_fidelity(comparison, ["flag"], KEY)


def test_several_columns_and_numbers_make_groups() -> None:
    comparison = compared(simulated(1500), simulated(1500, seed=1))
    found = group_fidelity(comparison, ["flag", "size"], KEY)
    assert all(n.startswith("flag = ") and ", size = " in n for n in by_group(found))
    assert worst(found).about == ("flag", "size")


# Plans.


@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 4), max_size=4),
    st.lists(st.sampled_from("abc"), min_size=1, max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_planned_rows_by_hand(planned: dict[str, int], rows: list[str]) -> None:
    table = {"g": rows, "x": [0.0] * len(rows)}
    plan = {f"g = {name}": count for name, count in planned.items()}
    found = achieved(compared({"g": ["a", "b", "c"], "x": [0.0] * 3}, table), ["g"], plan)
    (score,) = found.scores
    if not planned:
        assert score.because == "the plan has no groups"
        return
    have = Counter(rows)
    cells = [n for n in {*planned, *rows} if planned.get(n) or have[n]]
    met = [n for n in cells if planned.get(n, 0) == have[n]]
    assert score.value == pytest.approx(len(met) / len(cells)) and score.n == len(cells)
    assert (score.verdict is Verdict.GOOD) == (len(met) == len(cells))
    assert score.because.count(f"{len(met)} of {len(cells)} groups are as planned") == 1
    shown = exhibit(found, "groups")
    assert shown.within == "planned"
    lines = dict(zip(shown.columns["group"], shown.columns["planned"], strict=True))
    assert {n: c for n, c in lines.items() if c is not None} == plan


def test_the_group_furthest_from_the_plan_is_named() -> None:
    table = {"g": ["a"] * 5 + ["b"] * 9, "x": [0.0] * 14}
    found = achieved(compared(table, table), ["g"], {"g = a": 5, "g = b": 3, "g = c": 2})
    (score,) = found.scores
    assert score.value == pytest.approx(1 / 3) and score.verdict is Verdict.POOR
    assert "g = b has 9 rows where 3 were planned" in score.because
    shown = exhibit(found, "groups").columns
    assert shown == {
        "group": ["g = b", "g = a", "g = c"],
        "real": [9, 5, 0],
        "synthetic": [9, 5, 0],
        "planned": [3, 5, 2],
    }


def test_a_plan_of_no_rows_cannot_be_judged() -> None:
    table = {"g": ["a"], "x": [0.0]}
    comparison = compared(table, table)
    (score,) = achieved(comparison, ["g"], {}).scores
    assert score.because == "the plan has no groups"


def test_groups_are_shown_with_what_was_planned() -> None:
    table = grouped({"a": 40, "b": 40}, 1)
    found = group_fidelity(compared(table, table), ["g"], KEY, {"g = a": 40, "g = z": 7})
    shown = exhibit(found, "groups").columns
    assert shown["group"] == ["g = a", "g = b", "g = z"]
    assert shown["planned"] == [40, None, 7]
    assert shown["synthetic"] == [40, 40, 0]
    assert exhibit(group_fidelity(compared(table, table), ["g"], KEY), "groups").columns[
        "planned"
    ] == [
        None,
        None,
    ]


def test_halves_of_a_real_table_are_good() -> None:
    found = group_fidelity(split(real_table("compas"), 1), ["race", "sex"], KEY)
    assert worst(found).verdict is Verdict.GOOD
    assert len(by_group(found)) >= 5


def test_counts_of_the_synthetic_table_alone_tell_nothing_of_the_real_one() -> None:
    synthetic = grouped({"a": 60, "b": 40}, seed=2)
    alone = [
        [e for e in group_fidelity(compared(grouped(real, 1), synthetic), ["g"], KEY).exhibits
         if e.name == "groups" and e.rests_on == ("synthetic",)]
        for real in ({"a": 50, "b": 50}, {"a": 90, "b": 35, "c": 44})
    ]  # fmt: skip
    assert alone[0] == alone[1]
    assert sorted(alone[0][0].columns["synthetic"]) == [40, 60]
    assert "real" not in alone[0][0].columns
