"""Margins of the kernel: XGBoost's, bit by bit."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.model.trees.kernel.grown import (
    FEATURES,
    coded,
    compiled,
    features_of,
    grown,
    margins_of,
    random_trees,
    valued,
)
from trimtab._random import Key
from trimtab.model.trees.booster_arrays import LEAF, MISSING_RIGHT, BoosterArrays
from trimtab.model.trees.boosters import booster_of
from trimtab.model.trees.kernel.forest import compile_forest
from trimtab.model.trees.kernel.library import Coded, Kernel

law = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
some_rows = st.sampled_from([0, 1, 31, 32, 33, 63, 64, 65, 255, 256, 257, 1000])


@law
@given(
    outputs=st.sampled_from([1, 1, 2, 3, 4, 5, 8, 10, 13, 16, 18, 23, 26, 32]),
    depth=st.integers(1, 6),
    rounds=st.sampled_from([1, 2, 7]),
    rows=some_rows,
    seed=st.integers(0, 3),
)
def test_of_boosters_as_conditionals_have_them(
    built: Kernel, outputs: int, depth: int, rounds: int, rows: int, seed: int
) -> None:
    booster, features = grown(outputs, depth, rounds, seed), features_of(rows, seed + 100)
    margins = built.margins(compiled(booster), valued(features))
    assert margins.shape == (rows, outputs)
    assert margins.tobytes() == margins_of(booster, features).tobytes()


@law
@given(
    outputs=st.sampled_from([1, 2, 7, 30, 32, 33, 64, 100, 256]),
    trees=st.integers(1, 13),
    depth=st.integers(0, 6),
    rows=some_rows,
    seed=st.integers(0, 2**32),
)
def test_of_trees_of_any_shape(
    built: Kernel, outputs: int, trees: int, depth: int, rows: int, seed: int
) -> None:
    """Of values that are thresholds and far from them, told as they are and by codes."""
    made = random_trees(outputs, trees, depth, Key(seed))
    features = Key(seed, ("rows",)).generator().integers(-140, 140, (rows, FEATURES))
    features = features.astype(np.float32)
    expected = margins_of(booster_of(made), features)
    margins = built.margins(compile_forest(made), valued(features))
    assert margins.tobytes() == expected.tobytes()
    codes = coded(features.clip(-1))
    margins = built.margins(compile_forest(made, codes.sizes), codes)
    assert margins.tobytes() == margins_of(booster_of(made), features.clip(-1)).tobytes()


@law
@given(
    outputs=st.sampled_from([1, 10]),
    rows=st.integers(0, 700),
    at=st.lists(st.integers(0, 700), max_size=4),
    seed=st.integers(0, 2**32),
)
def test_in_any_batches_and_of_any_rows(
    built: Kernel, outputs: int, rows: int, at: list[int], seed: int
) -> None:
    booster, features = grown(outputs, 6, 7, 0), features_of(rows, seed)
    forest = compiled(booster)
    whole = built.margins(forest, valued(features))
    ends = [0, *sorted(min(a, rows) for a in at), rows]
    parts = [built.margins(forest, valued(features[a:b])) for a, b in pairwise(ends)]
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    if rows:
        some = Key(seed, ("some",)).generator().integers(0, rows, rows)
        assert built.margins(forest, valued(features), some).tobytes() == whole[some].tobytes()


@law
@given(
    values=arrays(np.float32, st.integers(0, 100), elements=st.floats(width=32)),
    cuts=st.lists(
        st.floats(width=32, allow_nan=False, allow_infinity=False),
        min_size=1,
        max_size=255,
        unique=True,
    ),
)
def test_rows_go_by_how_many_cuts_are_not_above(
    built: Kernel, values: np.ndarray[tuple[int], np.dtype[np.float32]], cuts: list[float]
) -> None:
    """A stump for each cut, which counts where a value is not below it."""
    rising = np.sort(np.array(cuts, np.float32))
    stumps = BoosterArrays(
        outputs=np.array([1], np.int32),
        features=np.array([1], np.int32),
        trees=np.array([len(cuts)], np.int32),
        nodes=np.full(len(cuts), 3, np.int32),
        kind=np.tile(np.array([MISSING_RIGHT, LEAF, LEAF], np.uint8), len(cuts)),
        feature=np.zeros(len(cuts), np.uint16),
        threshold=rising[::-1].copy(),
        leaf=np.tile(np.array([0, 1], np.float32), len(cuts)),
    )
    with np.errstate(over="ignore"):
        below = np.nextafter(rising, np.float32(-np.inf))
    every = np.concatenate([values[~np.isnan(values)], rising, below])
    margins = built.margins(compile_forest(stumps), valued(every[:, None]))
    assert margins[:, 0].tolist() == np.searchsorted(rising, every, "right").tolist()


@pytest.mark.parametrize("outputs", [1, 5])
@pytest.mark.parametrize("told", ["codes", "values"])
def test_columns_stand_anywhere(built: Kernel, outputs: int, told: str) -> None:
    """Features among other columns, in any order, and the last one by itself."""
    g = Key(5, ("places",)).generator()
    made = random_trees(outputs, 9, 5, Key(6))
    features = g.integers(-1, 90, (300, FEATURES)).astype(np.float32)
    whole = margins_of(booster_of(made), features)
    order = g.permutation(FEATURES + 2)
    columns = np.full((300, FEATURES + 2), 95, np.float32)
    columns[:, order[:FEATURES]] = features
    last, some = order[FEATURES - 1], g.integers(0, 300, 70)
    columns[:, last] = -1
    own = coded(columns) if told == "codes" else valued(columns)
    sizes = None
    if isinstance(own, Coded):
        sizes = np.append(own.sizes[order[: FEATURES - 1]], 0)
    forest = compile_forest(made, sizes)
    rows = replace(own, places=order[: FEATURES - 1])
    margins = built.margins(forest, rows, some, features[some, -1])
    assert margins.tobytes() == whole[some].tobytes()
    margins = built.margins(forest, rows, last=np.ascontiguousarray(features[:, -1]))
    assert margins.tobytes() == whole.tobytes()


def test_what_c_must_not_see(built: Kernel) -> None:
    forest, features = compiled(grown(3, 3, 2, 0)), features_of(40, 0)
    rows = valued(features)
    with pytest.raises(ValueError, match="5 features, not 6"):
        built.margins(forest, valued(features[:, :-1]))
    for places in ([*range(5), 6], [*range(5), -1]):
        with pytest.raises(ValueError, match="in none of the columns"):
            replace(rows, places=np.array(places))
    with pytest.raises(ValueError, match="places: expected int64"):
        replace(rows, places=np.arange(6, dtype=np.int32))
    with pytest.raises(ValueError, match="last: expected float32"):
        built.margins(forest, rows, last=features[:-1, 0])
    data = rows.data
    for unfit in (data.astype(np.int64), data.T.copy().T, data[0], data[:, ::2]):
        with pytest.raises(ValueError, match="each column's side by side"):
            replace(rows, data=unfit)
    for some in ([0, 40], [-1]):
        with pytest.raises(ValueError, match="a row is none of 0 to 39"):
            built.margins(forest, rows, np.array(some))
    for some in (np.array([0], np.int32), np.arange(40)[::2], np.zeros((1, 1), np.int64)):
        with pytest.raises(ValueError, match="some: expected int64"):
            built.margins(forest, rows, some)


def test_codes_that_a_forest_does_not_know(built: Kernel) -> None:
    made = random_trees(2, 5, 4, Key(7))
    codes = coded(np.floor(np.abs(features_of(40, 0)) * 9))
    for sizes in (None, codes.sizes - 1):
        with pytest.raises(ValueError, match="codes that the forest does not know"):
            built.margins(compile_forest(made, sizes), codes)
    with pytest.raises(ValueError, match="sizes: expected int64"):
        replace(codes, sizes=codes.sizes[:-1])
