"""What neural models see of a column: outcomes, a scale, and the way back to codes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from tests.model.network.small_networks import KEY, coded, every_kind
from trimtab._arrays import Int
from trimtab._random import Key
from trimtab.codec.domain import MISSING
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.table import fit_grids
from trimtab.model.neural.encoding import FARTHEST, ColumnEncoding, arranged, stacked

GRAINS = tuple(10**k for k in range(1, 16))
quick = settings(max_examples=80, deadline=None, derandomize=True)

numbers = st.one_of(
    st.lists(st.integers(-50, 50), max_size=120),
    st.lists(st.integers(-(2**61), 2**61), max_size=120),
    st.lists(st.sampled_from([0, 7, 99999, 10, 20, -3]), max_size=120),
    st.integers(-5, 5).map(lambda constant: [constant] * 30),
    st.integers(0, 2**32).map(lambda seed: many(seed).tolist()),
).flatmap(lambda values: st.tuples(st.just(values), st.integers(0, 30)))
least = st.sampled_from([0, 1, 5])


def many(seed: int) -> Int:
    """A column with a spike at 0 and hundreds of other values: it has atoms and intervals."""
    g = KEY.child("many", seed).generator()
    return np.where(g.random(600) < 0.2, 0, np.round(g.gamma(2, 300, 600))).astype(np.int64)


def number_encoding(
    values: list[int], missing: int, min_count: int, grains: tuple[int, ...]
) -> ColumnEncoding:
    codes = np.array([*values, *[MISSING] * missing, MISSING], np.int64)
    return ColumnEncoding(fit_number_grid(codes, min_count, grains))


def number_of(encoding: ColumnEncoding) -> NumberGrid:
    assert isinstance(encoding.grid, NumberGrid)
    return encoding.grid


def range_of(grid: NumberGrid, elements: Int) -> tuple[Int, Int]:
    """The ends of the range (the token) of each element: coarse values may leave an interval."""
    same = grid.token == grid.token[elements][:, None]
    low = np.where(same, grid.low, np.iinfo(np.int64).max).min(axis=1, initial=2**62)
    return low, np.where(same, grid.high, MISSING).max(axis=1, initial=-(2**62))


def uniforms(rows: int, name: str) -> np.ndarray:
    return KEY.child(name).uniforms(0, rows)


def back(encoding: ColumnEncoding, codes: Int) -> Int:
    """Codes drawn from the cells of codes, each anywhere in its interval."""
    cells, rows = encoding.encode(codes), len(codes)
    place = cells.place.astype(float)
    return encoding.decode(
        cells.outcome.astype(np.int64), place, uniforms(rows, "s"), uniforms(rows, "g")
    )


@quick
@given(st.lists(st.integers(-1, 6), min_size=1, max_size=60), st.permutations(range(7)))
def test_labels_come_back(values: list[int], order: list[int]) -> None:
    codes = np.where(np.array(values) < 0, MISSING, values)
    encoding = ColumnEncoding(fit_label_grid(codes, 7, np.array(order)))
    cells = encoding.encode(codes)
    np.testing.assert_array_equal(back(encoding, codes), codes)
    assert (
        encoding.outcomes == 7 + encoding.nullable and encoding.nullable == (codes == MISSING).any()
    )
    assert not encoding.continuous and not encoding.ordered
    assert ((cells.outcome == 0) == (codes == MISSING)).all() or not encoding.nullable
    counts = np.bincount(cells.outcome, minlength=encoding.outcomes)
    np.testing.assert_array_equal(encoding.rows[:-1], np.maximum(counts, 0.5))
    assert not cells.place.any() and not encoding.outcome_places.any()
    assert not encoding.log_inside(codes).any()


@quick
@given(numbers, least, st.sampled_from([(), GRAINS]))
def test_numbers_come_back_to_where_they_were(
    drawn: tuple[list[int], int], min_count: int, grains: tuple[int, ...]
) -> None:
    encoding = number_encoding(*drawn, min_count, grains)
    grid = number_of(encoding)
    codes = np.array([*drawn[0], MISSING, MISSING], np.int64)
    elements = grid.encode(codes)
    cells, found = encoding.encode(codes), back(encoding, codes)
    atom = (elements >= 0) & (np.append(grid.atom, 0)[elements] > 0)
    np.testing.assert_array_equal(found[elements < 0], MISSING)
    np.testing.assert_array_equal(found[atom], grid.low[elements[atom]])
    inside = elements[(elements >= 0) & ~atom]
    value = found[(elements >= 0) & ~atom]
    low, high = range_of(grid, inside) if grains else (grid.low[inside], grid.high[inside])
    assert ((low <= value) & (value < high)).all()
    assert ((cells.outcome >= 0) & (cells.outcome <= encoding.outcomes)).all()
    on_scale = cells.outcome == encoding.outcomes
    np.testing.assert_array_equal(
        on_scale, (elements >= 0) & ~np.append(encoding.apart, 0)[elements]
    )
    assert encoding.continuous == bool((~encoding.apart).any())
    assert (grid.atom[encoding.apart] > 0).all()
    assert encoding.rows.sum() >= grid.rows.sum() + grid.missing_rows
    assert not encoding.log_inside(codes)[~on_scale].any()


def test_light_atoms_in_step_with_their_neighbours_lie_on_the_scale() -> None:
    g = Key(5).child("atoms").generator()
    ages = np.round(g.normal(50, 8, 1000)).astype(np.int64)
    spiky = np.concatenate([ages, np.full(80, 50_000)])  # held by fewer than 100, yet it stands out
    encoding = ColumnEncoding(fit_number_grid(spiky, 5))
    grid = number_of(encoding)
    # At the very ends of the ages a value may stand out, too: next to it there is nearly nothing.
    assert 50_000 in grid.low[encoding.apart] and encoding.apart.sum() < 5 and encoding.continuous
    heavy = ColumnEncoding(fit_number_grid(np.repeat(ages, 40), 5))  # plenty of rows for each age
    assert heavy.apart.sum() > 25
    few = ColumnEncoding(fit_number_grid(g.integers(0, 12, 500), 5))
    assert few.apart.all() and not few.continuous


@quick
@given(numbers, least)
def test_intervals_tile_the_scale(drawn: tuple[list[int], int], min_count: int) -> None:
    encoding = number_encoding(*drawn, min_count, ())
    grid = number_of(encoding)
    intervals = np.flatnonzero(~encoding.apart)  # and the light atoms among them
    if not len(intervals):
        assert not encoding.continuous
        return
    at = encoding.encode(grid.low[intervals])
    below, above = (np.asarray(ends, float)[intervals] for ends in encoding._ends)
    assert (below[0], above[-1]) == (-FARTHEST, FARTHEST)
    np.testing.assert_array_equal(above[:-1], below[1:])
    assert (below < above).all()
    # Under the standard normal each interval has its share of the rows: the scale is that of ranks.
    np.testing.assert_allclose(
        ndtr(above) - ndtr(below), grid.rows[intervals] / grid.rows[intervals].sum(), atol=1e-6
    )
    middle = encoding._places[intervals]
    assert ((below <= middle) & (middle <= above)).all()
    np.testing.assert_array_equal(encoding.element(middle.astype(float)), intervals)
    shared = grid.encode(grid.low[intervals]) == intervals  # the others begin at an atom
    assert (at.outcome[shared] == encoding.outcomes).all()
    np.testing.assert_array_equal(at.below[shared], below[shared])
    np.testing.assert_array_equal(at.above[shared], above[shared])


@quick
@given(numbers, least, st.lists(st.floats(-60, 60), min_size=1, max_size=50))
def test_any_place_is_drawn_inside_its_interval(
    drawn: tuple[list[int], int], min_count: int, places: list[float]
) -> None:
    encoding = number_encoding(*drawn, min_count, ())
    if not encoding.continuous:
        return
    grid, place = number_of(encoding), np.array(places)
    element = encoding.element(place)
    below, above = (ends[element].astype(float) for ends in encoding._ends)
    reachable = place.clip(-FARTHEST, FARTHEST)
    assert ((below - 1e-5 <= reachable) & (reachable <= above + 1e-5)).all()
    outcome = np.full(len(place), encoding.outcomes)
    rows = len(place)
    for share in (np.zeros(rows), np.full(rows, 1 - 2**-53), uniforms(rows, "inside")):
        code = encoding.decode(outcome, place, share, share)
        assert ((grid.low[element] <= code) & (code < grid.high[element])).all()


@pytest.mark.parametrize("min_count", [0, 5])
@pytest.mark.parametrize("grains", [(), GRAINS])
def test_the_codes_of_an_interval_share_its_mass(min_count: int, grains: tuple[int, ...]) -> None:
    """The sum over codes is 1, but for the codes of atoms that lie in an interval, and for coarse
    values that lie at the ends of a range."""
    encoding = number_encoding(many(0).tolist(), 20, min_count, grains)
    grid = number_of(encoding)
    assert encoding.continuous and encoding.outcomes > 1
    atoms, sums = grid.low[grid.atom > 0], []
    for e in np.flatnonzero(grid.atom == 0):
        codes = np.setdiff1d(np.arange(grid.low[e], grid.high[e]), atoms)
        np.testing.assert_array_equal(grid.encode(codes), e)
        kept = np.exp(encoding.log_inside(codes))
        if not grains:
            np.testing.assert_allclose(kept, 1 / (grid.high[e] - grid.low[e]))
        sums.append(kept.sum())
    assert np.average(sums, weights=grid.rows[grid.atom == 0]) == pytest.approx(1, abs=0.1)


def test_atoms_stand_on_the_scale_in_their_order() -> None:
    encoding = number_encoding(many(0).tolist(), 20, 5, ())
    at = encoding.outcome_places
    assert at[0] == 0 and encoding.nullable
    assert (np.diff(at[1:]) >= 0).all()
    assert len(at) == encoding.outcomes


@pytest.mark.parametrize("rows", [1, 40])
def test_a_column_without_values_has_one_outcome(rows: int) -> None:
    encoding = number_encoding([], rows, 5, ())
    codes = np.array([MISSING, 3, -7])
    cells = encoding.encode(codes)
    assert (encoding.outcomes, encoding.continuous, encoding.nullable) == (1, False, True)
    assert not cells.outcome.any() and not cells.place.any()
    np.testing.assert_array_equal(back(encoding, codes), MISSING)
    assert not encoding.log_inside(codes).any()
    assert encoding.slots == 1


@pytest.mark.parametrize("min_count", [0, 5])
def test_whole_tables(min_count: int) -> None:
    """Labels, flags, numbers, moments and constants: what was encoded is what is decoded."""
    codes, codec = coded(every_kind(), min_count)
    grids = fit_grids(codes, codec, None)
    encodings = arranged(grids)
    sizes = [encoding.slots for encoding in encodings.values()]
    scaled = [encoding.continuous for encoding in encodings.values()]
    assert scaled == sorted(scaled) and sum(scaled) >= 2
    for kind in (False, True):
        of_kind = [n for n, c in zip(sizes, scaled, strict=True) if c is kind]
        assert of_kind == sorted(of_kind)
    cells = stacked(encodings, codes.columns)
    for j, (name, encoding) in enumerate(encodings.items()):
        assert (cells.outcome[j] < sizes[j]).all(), name
        found = back(encoding, codes[name])
        np.testing.assert_array_equal(found == MISSING, codes[name] == MISSING, name)
        if encoding.continuous:
            known = codes[name] != MISSING
            low, high = range_of(number_of(encoding), encoding.grid.encode(codes[name][known]))
            assert ((low <= found[known]) & (found[known] < high)).all(), name
        else:
            np.testing.assert_array_equal(found, codes[name], name)


@quick
@given(st.integers(0, 50), st.sampled_from([0, 5]))
def test_where_in_its_interval_a_value_lies_is_never_seen(seed: int, min_count: int) -> None:
    """Value protection: cells, and so all that is learned, are the same for all of an interval."""
    codes = many(seed)
    grid: Grid = fit_number_grid(codes, min_count)
    encoding = ColumnEncoding(grid)
    moved = within(encoding, codes, seed)
    assert (moved != codes).mean() > 0.2
    for one, other in zip(encoding.encode(codes), encoding.encode(moved), strict=True):
        np.testing.assert_array_equal(one, other)
    elsewhere = np.roll(codes, 1)
    assert (encoding.encode(codes).place != encoding.encode(elsewhere).place).any()


def within(encoding: ColumnEncoding, codes: Int, seed: int) -> Int:
    """Other codes of the same elements."""
    grid = number_of(encoding)
    share = KEY.child("within", seed).uniforms(0, len(codes))
    elements = grid.encode(codes)
    moved = grid.inside(elements, share, np.zeros(len(codes)))
    return np.where(grid.encode(moved) == elements, moved, codes)
