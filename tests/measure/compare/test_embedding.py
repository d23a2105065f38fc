"""Rows as points: distances that mean what they say, and neighbours that are the nearest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import rankdata

from tests.measure.made_tables import compared, simulated
from trimtab._random import Key
from trimtab.measure.compare.embedding import MAX_DIMENSIONS, Ranks, embed, nearest

NUMBERS = st.lists(st.one_of(st.none(), st.integers(-3, 3).map(float)), min_size=1, max_size=20)
LABELS = st.one_of(st.none(), st.sampled_from("abcd"))


@given(NUMBERS)
@settings(max_examples=60, deadline=None)
def test_ranks_are_mid_ranks(values: list[float | None]) -> None:
    array = np.array(values, float)
    known = array[~np.isnan(array)]
    ranks = Ranks.of(array)(array)
    assert np.isnan(ranks).tolist() == [v is None for v in values]
    expected = (rankdata(known) - 0.5) / max(1, len(known))
    np.testing.assert_allclose(ranks[~np.isnan(array)], expected)


def test_a_small_change_of_a_frequent_value_stays_small() -> None:
    ranks = Ranks.of(np.array([0.0] * 90 + [100.0] * 10))
    near, far = ranks(np.array([0.001, 99.0]))
    assert near - ranks(np.zeros(1))[0] < 1e-5
    assert ranks(np.array([100.0]))[0] - far < 0.01


def test_values_beyond_the_reference_lie_outside() -> None:
    ranks = Ranks.of(np.array([10.0, 20.0, 30.0, 30.0]))
    np.testing.assert_allclose(ranks(np.array([30.2, 40.0, 1e9])), [0.76, 1.25, 1.75])
    np.testing.assert_allclose(ranks(np.array([9.0, -1e9])), [0.075, -0.875])
    constant = Ranks.of(np.array([5.0, 5.0]))
    np.testing.assert_allclose(constant(np.array([5.0, 5.01, 9.0])), [0.5, 0.502, 1.3])
    np.testing.assert_allclose(Ranks.of(np.zeros(2))(np.array([0.0, 0.5])), [0.5, 1.0])


def test_ranks_of_nothing() -> None:
    ranks = Ranks.of(np.array([np.nan]))
    assert ranks(np.array([1.0, np.nan])).tolist() == pytest.approx([0.5, np.nan], nan_ok=True)


def row_distance(one: dict[str, Any], other: dict[str, Any], values: list[float]) -> float:
    """The squared distance as the documentation says it, between rows of x (number) and g."""

    def rank(value: float) -> float:
        below, equal = sum(v < value for v in values), sum(v == value for v in values)
        return (below + equal / 2) / len(values)

    a, b = one["x"], other["x"]
    if a is None or b is None:
        known = [v for v in (a, b) if v is not None]
        numbers = 0.75 + (rank(known[0]) - 0.5) ** 2 if known else 0.0
    else:
        numbers = (rank(a) - rank(b)) ** 2
    return numbers + (one["g"] != other["g"])


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(0, 4).map(float)), LABELS),
        min_size=2,
        max_size=12,
    )
)
@settings(max_examples=60, deadline=None)
def test_distances_are_as_said(rows: list[tuple[float | None, str | None]]) -> None:
    table = {"x": [x for x, _ in rows] + [2.0], "g": [g for _, g in rows] + ["a"]}
    comparison = compared(table, table)
    points = embed(comparison.features, comparison.real).points(comparison.real)
    assert points.dtype == np.float32
    found = cdist(points, points, "sqeuclidean")
    values = [v for v in table["x"] if v is not None]
    lines = [{"x": x, "g": g} for x, g in zip(table["x"], table["g"], strict=True)]
    expected = [[row_distance(a, b, values) for b in lines] for a in lines]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_few_dimensions_for_many_labels() -> None:
    draw = Key(1).generator()
    wide = {f"g{k}": [f"v{v}" for v in draw.integers(0, 500, 2000)] for k in range(12)}
    wide |= {f"x{k}": [*draw.normal(size=2000)] for k in range(10)}
    comparison = compared(wide, wide)
    embedding = embed(comparison.features, comparison.real)
    assert embedding.dimensions <= MAX_DIMENSIONS
    points = embedding.points(comparison.real)
    assert points.shape == (2000, embedding.dimensions)
    used = np.square(points).sum(axis=1)
    assert used.min() >= 12 * 0.5 - 1e-5, "each label has a dimension"
    one = compared({"g": wide["g0"]}, {"g": wide["g0"]})
    slots = embed(one.features, one.real).slots["g"]
    assert len(set(slots[:75])) == 75 and len(set(slots)) == 100
    assert set(slots[75:-1]).isdisjoint(slots[:75]) and (slots[-1] == slots).sum() == 1


def test_labels_that_only_another_table_has() -> None:
    comparison = compared({"g": ["a", "b"]}, {"g": ["c", None]})
    embedding = embed(comparison.features, comparison.real)
    apart = cdist(embedding.points(comparison.real), embedding.points(comparison.synthetic)) ** 2
    np.testing.assert_allclose(apart, 1.0, atol=1e-6)


def test_neighbours_are_the_nearest() -> None:
    one, other = simulated(300, 1), simulated(80, 2)
    comparison = compared(one, other)
    embedding = embed(comparison.features, comparison.real)
    points, queries = embedding.points(comparison.real), embedding.points(comparison.synthetic)
    distances, rows = nearest(points, queries, 3)
    every = cdist(queries, points)
    np.testing.assert_allclose(distances, np.sort(every, axis=1)[:, :3], atol=1e-6)
    np.testing.assert_allclose(
        np.take_along_axis(every, rows, axis=1), np.sort(every, axis=1)[:, :3], atol=1e-6
    )
