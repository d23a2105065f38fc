"""Rows that match a real row: every count against brute force."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measure.made_tables import Columns, compared, simulated
from trimtab._random import Key
from trimtab.measure.compare.embedding import Ranks
from trimtab.measure.privacy.matching import REACH, Matcher
from trimtab.predict.sample import Feature, Sample

KEY = Key(1)
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.sampled_from("ab")),
        st.sampled_from("xyz"),
        st.one_of(st.none(), st.sampled_from([0.0, 1.0, 1.5])),
        st.integers(0, 3),  # the person
    ),
    min_size=1,
    max_size=14,
)
Rows = list[tuple[str | None, str, float | None, int]]


def columns(rows: Rows) -> dict[str, list[Any]]:
    return {"g": [r[0] for r in rows], "h": [r[1] for r in rows], "x": [r[2] for r in rows]}


def alike(one: tuple[Any, ...], other: tuple[Any, ...]) -> int:
    return sum(a == b for a, b in zip(one[:3], other[:3], strict=True))


@given(ROWS, ROWS, st.booleans())
@settings(max_examples=120, deadline=None)
def test_equal_rows_and_those_equal_but_for_one_column(
    real: Rows, synthetic: Rows, owned: bool
) -> None:
    comparison = compared(columns(real), columns(synthetic))
    sample = comparison.real
    if owned:
        sample = replace(sample, people=np.array([r[3] for r in real]))
    matcher = Matcher.of(comparison.features, sample, KEY)
    most = [max(alike(row, other) for other in real) for row in synthetic]
    assert matcher.equal(comparison.synthetic).tolist() == [m == 3 for m in most]
    assert matcher.equal_but_one(comparison.synthetic).tolist() == [m >= 2 for m in most]
    # A small shift of 14 rows' ranks is none.
    assert matcher.shifted(comparison.synthetic).tolist() == [m == 3 for m in most]

    for least, among in (
        (3, matcher.equal_among()),
        (2, matcher.equal_but_one_among()),
        (3, matcher.shifted_among()),
    ):
        hit, alone = [], []
        for k, row in enumerate(real):
            rest = [other for j, other in enumerate(real) if j != k and alike(row, other) >= least]
            strange = [other for other in rest if not owned or other[3] != row[3]]
            hit.append(bool(strange))
            alone.append(bool(strange) and len(rest) == 1)
        assert among.hit.tolist() == hit
        assert among.alone.tolist() == alone


def near(features: tuple[Feature, ...], real: Sample, sample: Sample) -> np.ndarray[Any, Any]:
    """Which rows of a sample match which real rows but for shifted numbers, by comparing all."""
    same = np.ones((sample.rows, real.rows), bool)
    for feature in features:
        mine, theirs = sample.values[feature.name], real.values[feature.name]
        if feature.is_number:
            ranks = Ranks.of(theirs)
            apart = np.abs(ranks(mine)[:, None] - ranks(theirs)[None, :])
            same &= (apart <= REACH + 1e-9) | (np.isnan(mine)[:, None] & np.isnan(theirs)[None, :])
        else:
            same &= mine[:, None] == theirs[None, :]
    return same


@pytest.mark.parametrize("kept", [("size", "flag"), ("steps", "spiked", "some"), ("size", "steps")])
def test_shifted_numbers(kept: tuple[str, ...]) -> None:
    def part(seed: int) -> Columns:
        return {n: v for n, v in simulated(400, seed).items() if n in kept}

    comparison = compared(part(1), part(2))
    people = Key(3).generator().integers(0, 60, 400)
    real = replace(comparison.real, people=people)
    matcher = Matcher.of(comparison.features, real, KEY)
    every = near(comparison.features, real, comparison.synthetic)
    assert 20 < every.any(axis=1).sum() < 400
    assert matcher.shifted(comparison.synthetic).tolist() == every.any(axis=1).tolist()
    every = near(comparison.features, real, real)
    strange = every & (people[:, None] != people[None, :])
    found = matcher.shifted_among()
    assert found.hit.tolist() == strange.any(axis=1).tolist()
    np.fill_diagonal(every, False)
    assert found.alone.tolist() == (strange.any(axis=1) & (every.sum(axis=1) == 1)).tolist()


def test_the_neighbours_of_a_person_with_many_rows_are_looked_through() -> None:
    """The nearest fifty rows are the same person's; another's row lies behind them."""
    x = [*np.linspace(0, 0.004, 50), 0.0045, *np.linspace(10, 11, 9950)]
    labels = ["a"] * 51 + ["b"] * 9950
    comparison = compared({"x": x, "g": labels}, {"x": [0.0], "g": ["a"]})
    people = np.append(np.zeros(50, np.int64), np.arange(1, 9952))
    matcher = Matcher.of(comparison.features, replace(comparison.real, people=people), KEY)
    assert matcher.shifted_among().hit[:51].all()
    alone = np.append(np.zeros(51, np.int64), np.arange(1, 9951))
    matcher = Matcher.of(comparison.features, replace(comparison.real, people=alone), KEY)
    assert not matcher.shifted_among().hit[:51].any()


def test_what_is_equal() -> None:
    real = compared({"x": [0.0, None, 2.0], "g": ["a", "b", None]}, {"x": [1.0], "g": ["a"]})
    synthetic = compared(
        {"x": [0.0, None, 2.0], "g": ["a", "b", None]},
        {"x": [-0.0, float("nan"), 2.0, 2.0], "g": ["a", "b", None, "a"]},
    ).synthetic
    matcher = Matcher.of(real.features, real.real, KEY)
    assert matcher.equal(synthetic).tolist() == [True, True, True, False]


def test_equal_hashes_are_checked_on_the_values(monkeypatch: pytest.MonkeyPatch) -> None:
    def constant(values: Any, key: Key) -> Any:
        return np.zeros(len(values), np.uint64)

    comparison = compared({"g": ["a", "a"], "h": ["x", "x"]}, {"g": ["b", "a"], "h": ["x", "x"]})
    monkeypatch.setattr("trimtab.measure.privacy.matching._mixed", constant)
    matcher = Matcher.of(comparison.features, comparison.real, KEY)
    assert matcher.equal(comparison.synthetic).tolist() == [False, True]
    assert matcher.equal_but_one(comparison.synthetic).tolist() == [True, True]


def test_all_rows_of_a_large_table_are_searched() -> None:
    """One planted row in 200,000 is found, and found near."""
    draw = Key(4).generator()
    real, other = (
        {"x": [*draw.normal(size=200_000)], "y": [*draw.normal(size=200_000)]} for _ in range(2)
    )
    comparison = compared(real, other)
    comparison.synthetic.values["x"][123] = comparison.real.values["x"][199_999]
    comparison.synthetic.values["y"][123] = comparison.real.values["y"][199_999]
    matcher = Matcher.of(comparison.features, comparison.real, KEY)
    assert np.flatnonzero(matcher.equal(comparison.synthetic)).tolist() == [123]
    assert matcher.shifted(comparison.synthetic)[123]
