"""Triples of columns: counted by hand on small tables, chosen at random on wide ones."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measure.made_tables import compared, simulated, split, taken
from trimtab._random import Key
from trimtab.measure.fidelity.pairs import pairs
from trimtab.measure.fidelity.triples import _triple, triples
from trimtab.measure.score import Findings, Score, Verdict

KEY = Key(1)
LABELS = st.one_of(st.none(), st.sampled_from("abc"))
ROWS = st.lists(st.tuples(LABELS, LABELS, LABELS, LABELS), min_size=1, max_size=15)


def judged(real: Any, synthetic: Any, most: int = 200, **more: Any) -> Findings:
    return triples(compared(real, synthetic, **more), KEY, most)


def mean_of(found: Findings) -> Score:
    (one,) = [s for s in found.scores if s.measure == "mean_triple_error"]
    return one


@given(ROWS, ROWS)
@settings(max_examples=40, deadline=None)
def test_small_tables_by_hand(real: list[Any], synthetic: list[Any]) -> None:
    real = [*real, ("a",) * 4]
    tables = [{n: [r[k] for r in rows] for k, n in enumerate("wxyz")} for rows in (real, synthetic)]
    found = judged(*tables)
    errors = {}
    for three in combinations(range(4), 3):
        one, other = (
            Counter(tuple(r[k] for k in three) for r in rows) for rows in (real, synthetic)
        )
        errors[tuple("wxyz"[k] for k in three)] = (
            sum(abs(one[c] / len(real) - other[c] / len(synthetic)) for c in set(one) | set(other))
            / 2
        )
    assert mean_of(found).value == pytest.approx(np.mean(list(errors.values())))
    shown = {s.about: s.value for s in found.scores if s.measure == "triple_difference"}
    assert shown == pytest.approx(errors)


def test_numbers_are_cut_in_fifths_and_rare_labels_are_one() -> None:
    draw = Key(2).generator()
    x = draw.normal(size=1000)
    many = [f"m{k}" for k in np.minimum(draw.geometric(0.15, 1000), 40)]
    real = {"x": [*x], "many": many, "k": [*np.where(x > 0, 1.0, np.nan)]}
    order = draw.permutation(1000)
    synthetic = {"x": [*x[order]], "many": [many[k] for k in order], "k": [1.0, np.nan] * 500}
    edges = np.quantile(x, [0.2, 0.4, 0.6, 0.8], method="inverted_cdf")
    nine = {label for label, _ in Counter(many).most_common(9)}

    def cells(table: dict[str, list[Any]]) -> Counter[Any]:
        return Counter(
            (int(np.searchsorted(edges, a, side="right")), b if b in nine else "", np.isnan(c))
            for a, b, c in zip(table["x"], table["many"], table["k"], strict=True)
        )

    one, other = cells(real), cells(synthetic)
    expected = sum(abs(one[c] - other[c]) for c in set(one) | set(other)) / 2000
    assert mean_of(judged(real, synthetic)).value == pytest.approx(expected)


@given(st.lists(st.integers(1, 4), min_size=30, max_size=30))
@settings(max_examples=10, deadline=None)
def test_a_row_of_weight_two_is_two_rows(weights: list[int]) -> None:
    names = ("size", "steps", "flag", "some")
    real, synthetic = ({n: t[n] for n in names} for t in (simulated(30), simulated(40, 1, 0.5)))
    repeated = taken(real, np.repeat(np.arange(30), weights))
    weighted = judged(real, synthetic, weights=np.array(weights, float))
    assert mean_of(weighted).value == pytest.approx(
        mean_of(judged(repeated, synthetic)).value, abs=1e-9
    )


def test_laws() -> None:
    one, other = simulated(150), simulated(200, 50, 0.4)
    found = judged(one, other)
    order = Key(3).generator().permutation(200)
    again = judged(one, taken(other, order))
    assert mean_of(again).value == pytest.approx(mean_of(found).value, abs=1e-12)
    assert not any(s.headline for s in found.scores)
    assert len(found.scores) == 11
    assert found.notes == ()
    assert all(s.value == pytest.approx(0, abs=1e-12) for s in judged(one, one).scores)


def test_what_only_three_columns_tell_together() -> None:
    draw = Key(2).generator()
    a, b, c = draw.integers(0, 2, (3, 2000))
    words = [[f"v{k}" for k in column] for column in (a, b, a ^ b, c)]
    real = dict(zip("abc", words[:3], strict=True))
    unrelated = dict(zip("abc", [words[0], words[1], words[3]], strict=True))
    (mean, *_) = pairs(compared(real, unrelated), KEY).scores
    assert mean.verdict is Verdict.GOOD
    assert mean_of(judged(real, unrelated)).verdict is Verdict.POOR


def test_intervals_hold_the_ceiling_between_halves() -> None:
    table = compared(simulated(600), simulated(10))
    held: dict[str, list[bool]] = {}
    beyond = []
    for seed in range(60):
        found = triples(split(table, seed), Key(seed))
        for s in found.scores:
            assert s.interval is not None
            assert s.ceiling is not None
            held.setdefault(s.measure, []).append(s.interval[0] <= s.ceiling <= s.interval[1])
        worst = found.scores[1]
        assert worst.value is not None
        assert worst.noise is not None
        beyond.append(worst.value > worst.noise)
    for name, hits in held.items():
        assert 0.88 <= np.mean(hits) <= 1, name  # three standard errors of 60 splits
    # The worst of twenty triples is beyond its noise no more often than any one would be.
    assert np.mean(beyond) <= 0.13


def test_intervals_cover_where_tables_differ() -> None:
    names = ("size", "steps", "flag", "some")
    tables = [
        [{n: t[n] for n in names} for t in (simulated(300, k), simulated(300, 1000 + k, 0.5))]
        for k in range(60)
    ]
    scores = [mean_of(judged(*pair)) for pair in tables]
    truth = np.mean([s.value for s in scores if s.value is not None])
    hits = [s.interval[0] <= truth <= s.interval[1] for s in scores if s.interval]
    assert np.mean(hits) >= 0.86


def test_of_many_triples_some_are_chosen_at_random() -> None:
    names = [f"c{k}" for k in range(12)]
    draw = Key(2).generator()
    real, synthetic = (
        {n: [f"v{k}" for k in draw.integers(0, 2, 40)] for n in names} for _ in range(2)
    )
    found = judged(real, synthetic, most=30)
    assert found.notes == ("Of 220 triples of columns, 30 chosen at random were judged.",)
    assert found.scores == judged(real, synthetic, most=30).scores
    other = triples(compared(real, synthetic), Key(9), 30)
    assert mean_of(other).value != mean_of(found).value
    assert judged(real, synthetic, most=220).notes == ()


@given(st.integers(3, 9))
def test_every_triple_has_its_place(columns: int) -> None:
    every = list(combinations(range(columns), 3))
    assert [_triple(k, columns) for k in range(len(every))] == every


def test_too_few_columns() -> None:
    (only,) = judged({"x": [1.0, 2.0], "y": ["a", "b"]}, {"x": [1.0, 3.0], "y": ["a", "a"]}).scores
    assert only.because == "there are only 2 columns, so there is no triple"


def test_columns_without_a_value_and_one_row() -> None:
    real = {"x": [None], "y": [1.0], "z": ["a"]}
    synthetic = {"x": [2.0], "y": [1.0], "z": ["a"]}
    assert mean_of(judged(real, synthetic)).value == 1
    assert mean_of(judged(real, real)).value == 0
