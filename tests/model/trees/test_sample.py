"""Where features are cut, and columns that another one decides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab._random import Key
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.trees.chain_rows import View, codes_of
from trimtab.model.trees.fit import recipe_of
from trimtab.model.trees.fit_conditional import fit_conditional
from trimtab.model.trees.given import GivenBefore
from trimtab.model.trees.sample import BINS, Sample, cuts_of_grid, cuts_of_values

KEY = Key(22)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.integers(0, 10_000), min_size=1, max_size=900))
def test_bins_are_even_but_for_values_that_stand_alone(rows: list[int]) -> None:
    values = np.repeat(np.arange(len(rows), dtype=float), np.minimum(rows, 40))
    if not len(values):
        return
    distinct, held = np.unique(values, return_counts=True)
    cuts = cuts_of_values(values)
    assert len(cuts) < BINS and (np.diff(cuts) > 0).all() and np.isin(cuts, distinct).all()
    inside = np.searchsorted(cuts, distinct, "right")
    if len(distinct) <= BINS:
        assert len(np.unique(inside)) == len(distinct)
        return
    several = np.bincount(inside) > 1
    share = np.bincount(inside, held)[several]
    assert share.max() <= 2 * len(values) / BINS + held.max()


def test_a_value_of_many_rows_takes_one_bin() -> None:
    """Not the share of the bins that it has of the rows: the others are told as finely as ever."""
    g = KEY.child("atoms").generator()
    values = np.where(g.random(20_000) < 0.6, 0.0, g.normal(0, 1, 20_000))
    cuts = cuts_of_values(values)
    assert len(cuts) > BINS - 10
    assert 0.0 in cuts and cuts[np.searchsorted(cuts, 0.0) + 1] > 0


def test_grids_are_cut_between_elements() -> None:
    g = KEY.child("grids").generator()
    label = fit_label_grid(g.integers(0, 30, 500), 30)
    assert cuts_of_grid(label).tolist() == [*range(1, 30)]
    codes = np.round(g.normal(0, 1000, 9000)).astype(np.int64)
    grid = fit_number_grid(codes, 5)
    cuts = cuts_of_grid(grid)
    assert len(grid.low) > BINS > len(cuts) > BINS - 30
    rows = np.bincount(np.searchsorted(cuts, np.arange(len(grid.low)), "right"), grid.rows)
    assert rows.max() < 3 * rows.mean()


@settings(max_examples=60, deadline=None)
@given(sizes=st.lists(st.integers(0, 255), min_size=1, max_size=4), bins=st.integers(2, 256))
def test_coarser_bins_are_some_of_the_finer_ones(sizes: list[int], bins: int) -> None:
    cuts = [np.arange(size, dtype=np.float32) for size in sizes]
    for finer, coarser in zip(cuts, Sample(np.zeros((1, 1)), None, cuts).cut(bins), strict=True):
        assert len(coarser) < bins and np.isin(coarser, finer).all()
        assert len(coarser) == len(finer) or len(coarser) + 1 > bins / 2
        assert (np.diff(coarser) == np.diff(coarser)[:1]).all()


def sample_of(columns: list[np.ndarray]) -> Sample:
    features = np.stack(columns, axis=1).astype(np.float32)
    sizes = np.array([int(column.max()) + 2 for column in columns])
    return Sample(features, None, None, sizes)


def test_what_decides_a_column_is_found() -> None:
    g = KEY.child("decided").generator()
    a, b = g.integers(0, 5, 900), g.integers(-1, 40, 900)
    of_b = (b + 1) % 7
    sample = sample_of([a, b])
    assert sample.decider(of_b) == 1
    wrong = of_b.copy()
    wrong[17] = (wrong[17] + 1) % 7
    assert sample.decider(wrong) is None
    assert sample.decider(np.zeros(900, np.int64)) is None
    assert sample.decider(np.zeros(0, np.int64)) is None
    assert sample_of([a, b]).part(np.arange(300)).decider(of_b[:300]) is None  # by chance, perhaps
    assert sample_of([a, b * 3]).decider(of_b) is None  # too many codes for a tree
    assert Sample(sample.features).decider(of_b) is None


@pytest.mark.parametrize("rows", [3_000, 15_000])
def test_a_decided_column_is_drawn_as_it_is(rows: int) -> None:
    """By a few trees, also where a value is rare: wrong in one or two of a thousand rows."""
    g = KEY.child("drawn", rows).generator()
    a = np.minimum(g.geometric(0.25, rows) - 1, 20)
    b = (a * 7) % 11
    columns = {"a": a, "noise": g.integers(0, 9, rows)}
    grids = [fit_label_grid(c, int(c.max()) + 1) for c in columns.values()]
    features = np.stack([*columns.values()], axis=1).astype(np.float32)
    grid = fit_label_grid(b, 11)
    scores = np.zeros(features.shape)
    recipe = recipe_of(rows, None, 0, KEY)
    views = [View.of(own) for own in grids]
    assert [view.codes for view in views] == [codes_of(own) for own in grids]
    told = np.arange(2), grid, grid.encode(b), features, scores, recipe, np.zeros(rows)
    conditional = fit_conditional(*told, views=views)
    assert conditional.parents.tolist() == [0]
    assert all(b.trees is None or int(b.trees.trees[0]) <= 16 for b in conditional.boostings())
    own = GivenBefore.of(conditional, features, scores)
    right = np.exp(own.log_prob(b, grid.encode(b)))
    assert right.mean() > 0.998
    assert right[np.bincount(a)[a] >= 20].min() > 0.9
