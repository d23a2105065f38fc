"""Columns as single numbers: what goes onto a scale comes back from the same step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.preprocessing import PowerTransformer

from tests.model.gan.small_gans import KEY, coded
from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.gan.scaling import OrdinalScaler
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.grid.grid import NumberGrid

quick = settings(max_examples=40, deadline=None, derandomize=True)
FINEST = 0.0  # the first share of granularities is that of the finest

numbers = st.lists(
    st.one_of(st.just(MISSING), st.integers(-3, 3), st.integers(-400, 4000)),
    min_size=1,
    max_size=120,
).map(lambda codes: np.array(codes, np.int64))
labels = st.lists(st.integers(-1, 5), min_size=1, max_size=60).map(
    lambda codes: np.where(np.array(codes) < 0, MISSING, codes).astype(np.int64)
)
columns = st.one_of(
    st.tuples(labels, st.permutations(range(6))).map(
        lambda made: (made[0], OrdinalScaler(fit_label_grid(made[0], 6, np.array(made[1])), 7))
    ),
    st.tuples(numbers, st.sampled_from([1, 3, 5]), st.sampled_from([1, 2, 7, 20])).map(
        lambda made: (made[0], OrdinalScaler(fit_number_grid(made[0], made[1]), made[2]))
    ),
)


def uniforms(name: str, rows: int) -> Float:
    return KEY.child("ladders", name).uniforms(0, rows)


def decoded(scaler: OrdinalScaler, heights: Float, present: bool = False) -> Int:
    """Codes from heights, at the finest granularity."""
    n = len(heights)
    which, share = uniforms("which", n), uniforms("share", n)
    return scaler.decode(heights, present, which, share, np.full(n, FINEST))


def steps_of(scaler: OrdinalScaler, codes: Int) -> Int:
    """The step of each code, written anew: MISSING is -1, a label its code, a number its bin."""
    grid = scaler.grid
    if not isinstance(grid, NumberGrid):
        return np.where(codes == MISSING, -1, codes)
    found = []
    middles = np.maximum.accumulate((grid.low + grid.high - 1) / 2)
    edges = np.linspace(middles[0], middles[-1], scaler.bins + 1) if len(middles) else None
    for code in codes:
        element = int(grid.encode(np.array([code]))[0])
        if code == MISSING or edges is None or element < 0:
            found.append(-1)
        elif middles[0] == middles[-1]:
            found.append(0)
        else:
            inside = np.searchsorted(edges, middles[element] + 1e-9, "right") - 1
            found.append(min(int(inside), scaler.bins - 1))
    return np.array(found)


def can_be(scaler: OrdinalScaler, code: int, step: int) -> bool:
    """Whether a code lies in an element of that step (atoms may lie inside of intervals)."""
    grid = scaler.grid
    if code == MISSING or not isinstance(grid, NumberGrid):
        return bool(steps_of(scaler, np.array([code]))[0] == step)
    around = np.flatnonzero((grid.low <= code) & (code < grid.high))
    middles = grid.low[around]  # any code that leads to the element will do
    atoms = grid.atom[around] > 0
    own = [steps_of(scaler, np.array([m]))[0] for m in middles[atoms]]
    for e in around[~atoms]:
        codes = np.arange(grid.low[e], grid.high[e])
        inside = codes[grid.encode(codes) == e]
        own += [steps_of(scaler, inside[:1])[0]] if len(inside) else []
    return step in own


@quick
@given(columns)
def test_what_is_encoded_comes_back_from_the_same_step(made: tuple[Int, OrdinalScaler]) -> None:
    codes, scaler = made
    back = decoded(scaler, scaler.encode(codes))
    wanted = steps_of(scaler, codes)
    if isinstance(scaler.grid, NumberGrid):
        assert all(can_be(scaler, int(c), int(s)) for c, s in zip(back, wanted, strict=True))
    else:
        np.testing.assert_array_equal(back, codes)
    np.testing.assert_array_equal(back == MISSING, wanted == -1)


@quick
@given(columns)
def test_heights_are_those_of_the_peer_and_lie_about_a_standard_normal(
    made: tuple[Int, OrdinalScaler],
) -> None:
    """scikit-learn's transformer of the training rows' steps, which shares no code with it."""
    codes, scaler = made
    heights, steps = scaler.encode(codes), steps_of(scaler, codes)
    order = np.argsort(steps, kind="stable")
    assert (np.diff(heights[order]) >= 0).all()
    assert len(np.unique(heights)) == len(np.unique(steps)), "every step has its own height"
    if len(np.unique(steps)) < 2:
        assert not heights.any()
        return
    assert heights.mean() == pytest.approx(0, abs=1e-6)
    assert heights.std() == pytest.approx(1, abs=1e-6)
    counted = (steps + scaler.grid.nullable).astype(float)[:, None]
    np.testing.assert_allclose(heights, PowerTransformer().fit_transform(counted)[:, 0], atol=1e-6)


@quick
@given(columns, st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_any_height_is_decoded_to_what_training_rows_have(
    made: tuple[Int, OrdinalScaler], heights: list[float]
) -> None:
    codes, scaler = made
    at = np.array(heights)
    held = set(steps_of(scaler, codes).tolist())
    free, filled = decoded(scaler, at), decoded(scaler, at, present=True)
    for code in free:
        assert any(can_be(scaler, int(code), s) for s in held)
    if held - {-1}:
        assert (filled != MISSING).all()
        np.testing.assert_array_equal(filled[free != MISSING], free[free != MISSING])
        lowest = min(held - {-1})
        assert all(can_be(scaler, int(c), lowest) for c in filled[free == MISSING])
    else:
        assert (filled == MISSING).all()


@quick
@given(columns, st.data())
def test_the_nearest_step_is_taken(made: tuple[Int, OrdinalScaler], data: st.DataObject) -> None:
    codes, scaler = made
    own = scaler.encode(codes)
    at = np.array(data.draw(st.lists(st.floats(-3, 3), min_size=1, max_size=20)))
    found = decoded(scaler, at)
    for height, code in zip(at, found, strict=True):
        near = np.abs(own - height) <= np.abs(own - height).min() + 1e-9
        assert any(can_be(scaler, int(code), s) for s in set(steps_of(scaler, codes[near])))


def test_a_single_row_can_ask_for_a_value_while_others_do_not() -> None:
    codes = np.r_[np.full(20, MISSING), np.arange(40)]
    scaler = OrdinalScaler(fit_number_grid(codes, 2), 5)
    present = np.arange(10) % 2 == 0
    low = np.full(10, -9.0)
    zeros = np.zeros(10)
    found = scaler.decode(low, present, zeros, zeros, zeros)
    np.testing.assert_array_equal(found == MISSING, ~present)


def test_values_of_a_bin_come_as_often_as_training_rows_have_them() -> None:
    """Evenly spread uniforms give each element its rows, but for rounding."""
    g = KEY.child("bin").generator()
    codes = np.round(g.gamma(2.0, 300.0, 3000)).astype(np.int64)
    grid = fit_number_grid(codes, 5)
    scaler = OrdinalScaler(grid, 4)
    elements, steps = grid.encode(codes), steps_of(scaler, codes)
    n = 20_000
    which = (np.arange(n) + 0.5) / n
    for step in np.unique(steps):
        height = scaler.encode(codes[steps == step][:1])
        half, zeros = np.full(n, 0.5), np.zeros(n)
        drawn = scaler.decode(np.full(n, height[0]), False, which, half, zeros)
        mine = np.bincount(elements[steps == step], minlength=len(grid.low))
        expected = n * mine / mine.sum()
        # A middle may be an atom's: what counts is which interval or atom it was drawn from.
        into = np.bincount(grid.encode(drawn), minlength=len(grid.low))
        assert np.abs(into - expected).max() <= 2
        assert np.abs(into - n / (mine > 0).sum()).max() > 20, "not all alike"


def test_the_granularity_is_drawn() -> None:
    """Half of the values are multiples of 100, and of what comes back about half are again."""
    g = KEY.child("grain").generator()
    codes = g.integers(0, 100_000, 4000)
    codes = np.where(g.random(4000) < 0.5, (codes + 50) // 100 * 100, codes)
    scaler = OrdinalScaler(fit_number_grid(codes, 5, grains=(100,)), 20)
    which, share, grain = (uniforms(n, 4000) for n in ("which", "share", "grain"))
    heights = scaler.encode(codes)
    round_ = scaler.decode(heights, False, which, share, grain) % 100 == 0
    assert stats.binomtest(int(round_.sum()), 4000, (codes % 100 == 0).mean()).pvalue > 1e-4
    fine = scaler.decode(heights, False, which, share, np.zeros(4000)) % 100 == 0
    assert fine.mean() < 0.1


def test_a_rare_exact_number_never_shows() -> None:
    """Neither far outside nor among the others; a value that many rows have does."""
    g = KEY.child("rare").generator()
    common, inside, outside = 5_000_000, 7_654_321, 999_999_937
    codes = np.r_[
        g.integers(1_000_000, 9_000_000, 2000), np.full(80, common), [inside, outside, -outside]
    ]
    scaler = OrdinalScaler(fit_number_grid(codes, 5), 20)
    n = 40_000
    heights = np.linspace(-4, 4, n)
    which, share, grain = (uniforms(x, n) for x in ("which", "share", "grain"))
    drawn = scaler.decode(heights, False, which, share, grain)
    assert drawn.min() > 0 and drawn.max() < 10_000_000
    assert (drawn == inside).sum() <= 1, "no oftener than any other number"
    assert (drawn == common).sum() > 100


def test_where_in_its_interval_a_value_lies_is_not_seen() -> None:
    codes = coded()[0]["cost"]
    grid = coded()[2]["cost"]
    scaler = OrdinalScaler(grid, 20)
    elements = grid.encode(codes)
    known = np.flatnonzero(elements >= 0)
    moved = codes.copy()
    moved[known] = grid.inside(elements[known], uniforms("moved", len(known)), np.zeros(len(known)))
    same = grid.encode(moved) == elements
    assert (moved != codes)[same].mean() > 0.5
    np.testing.assert_array_equal(scaler.encode(moved)[same], scaler.encode(codes)[same])
    assert len(np.unique(scaler.encode(codes))) > 10  # two-sided: bins tell values apart


@pytest.mark.parametrize("gaps", [0, 5])
@pytest.mark.parametrize("value", [0, -7, 12345])
def test_a_constant_column(value: int, gaps: int) -> None:
    codes = np.r_[np.full(gaps, MISSING), np.full(30, value)]
    for grid in (fit_number_grid(codes, 5), fit_label_grid(np.where(codes == value, 0, codes), 1)):
        scaler = OrdinalScaler(grid, 20)
        mine = np.where(codes == MISSING, MISSING, value if isinstance(grid, NumberGrid) else 0)
        np.testing.assert_array_equal(decoded(scaler, scaler.encode(mine)), mine)
        far = decoded(scaler, np.array([-1e9, 1e9]), present=True)
        assert set(far.tolist()) == {mine[-1]}
        assert (len(np.unique(scaler.encode(mine))) == 2) is (gaps > 0)


@pytest.mark.parametrize("few", [0, 3])
def test_a_column_without_values(few: int) -> None:
    """All missing, or too few values to keep any: there is nothing else to draw."""
    codes = np.r_[np.full(30, MISSING), 1000 * np.arange(few)]
    scaler = OrdinalScaler(fit_number_grid(codes, 5), 20)
    assert not scaler.encode(codes).any()
    for present in (False, True):
        assert (decoded(scaler, np.array([-3.0, 0.0, 3.0]), present) == MISSING).all()


def test_steps_of_very_unequal_rows() -> None:
    """One row of a hundred thousand on a step of its own: finite heights, and it comes back."""
    for rare in (0, 5):
        codes = np.r_[np.full(100_000, 5 - rare), [rare]].astype(np.int64)
        scaler = OrdinalScaler(fit_label_grid(codes, 6), 20)
        heights = scaler.encode(codes[-2:])
        assert np.isfinite(heights).all() and heights[0] != heights[1]
        np.testing.assert_array_equal(decoded(scaler, heights), codes[-2:])
