"""Number and label grids: tokens, draws, granularity, and what a draw may depend on."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.model.grid.codes import GRAINS, KEY, heaped, heavy, quick, redraw, same, uniforms
from trimtab._arrays import Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid import fit
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid

columns = st.one_of(
    st.lists(st.integers(-50, 50), max_size=120),
    st.lists(st.integers(-(2**61), 2**61), max_size=120),
    st.lists(st.sampled_from([0, 7, 99999, 10, 20, -3]), max_size=120),
).flatmap(lambda v: st.tuples(st.just(v), st.integers(0, 30)))


@quick
@given(columns, st.sampled_from([0, 1, 2, 5, 20]), st.sampled_from([(), GRAINS]))
def test_any_column(drawn: tuple[list[int], int], least: int, grains: tuple[int, ...]) -> None:
    """What holds of every grid, however few the rows and however odd the values."""
    values, missing = drawn
    codes = np.array([*values, *[MISSING] * missing, MISSING], np.int64)
    grid = fit_number_grid(codes, least, grains)
    elements = grid.encode(codes)
    tokens = grid.tokens(elements)
    assert ((elements < 0) == (codes == MISSING)).all() or not len(grid.low)
    assert grid.sizes.sum() == len(codes) if len(grid.low) else grid.missing_rows == len(codes)
    assert (np.bincount(tokens, minlength=len(grid.sizes)) >= 0).all()
    assert (grid.rows >= max(least, 1)).all() and (grid.low < grid.high).all()
    assert (np.diff(grid.low) >= 0).all() and (np.diff(grid.token) >= 0).all()
    assert np.allclose(grid.level_shares.sum(axis=1), 1)
    assert np.isfinite(grid.token_features).all() and np.isfinite(grid.token_scores).all()
    assert np.isfinite(grid.scores(elements)).all()
    assert (grid.log_mass(codes, elements) <= 1e-9).all()
    back = redraw(grid, codes)
    assert ((back == MISSING) == (tokens == 0)).all()
    # A draw is of its token again, or has landed on an atom that its range surrounds.
    again = grid.encode(back)
    on_atom = np.isin(back, grid.low[grid.atom > 0])
    assert ((grid.tokens(again) == tokens) | on_atom).all()


@pytest.mark.parametrize(
    ("values", "tokens"),
    [
        ([7] * 50, 1),
        ([7] * 50 + [9] * 50, 2),
        ([7] * 50 + [9] * 2, 1),  # too few nines: they count as sevens
        ([1, 2, 3, 4], 1),  # fewer rows than K: all count as missing
        ([MISSING] * 30, 1),
        ([7] * 50 + [MISSING], 2),
        ([7, 7, MISSING], 1),
    ],
)
def test_degenerate(values: list[int], tokens: int) -> None:
    codes = np.array(values, np.int64)
    grid = fit_number_grid(codes, 5, GRAINS)
    assert len(grid.sizes) == tokens
    shown = set(redraw(grid, codes).tolist())
    assert shown <= {v for v in values if values.count(v) >= 5} | {MISSING}
    elements = grid.encode(codes)
    assert len(grid.scores(elements)) == len(grid.log_mass(codes, elements)) == len(codes)


def test_ten_thousand_distinct() -> None:
    codes = np.arange(10_000) * 3
    grid = fit_number_grid(codes, 5, GRAINS)
    assert not grid.atom.any() and 16 <= len(grid.sizes) <= 140
    back = redraw(grid, codes)
    # Both are uniform; elements hold under 1 % of the rows, so the distribution stays within that.
    assert stats.ks_2samp(codes, back).statistic < 0.01 + 1.63 / np.sqrt(10_000)
    order = [grid.tokens(grid.encode(np.sort(codes)))[i] for i in range(0, 10_000, 100)]
    assert order == sorted(order)


def test_few_values_keep_a_token_each() -> None:
    codes = np.repeat(np.arange(100), 7)
    grid = fit_number_grid(codes, 5)
    assert grid.atom.all() and (redraw(grid, codes) == codes).all()


def test_without_intervals_a_value_counts_as_the_nearest_atom() -> None:
    grid = fit_number_grid(np.repeat([10, 20, 90], 9), 5)
    assert grid.low[grid.encode(np.array([-5, 14, 16, 54, 56, 200]))].tolist() == [
        10, 10, 20, 20, 90, 90,
    ]  # fmt: skip


# --- value protection -----------------------------------------------------------------------------


@pytest.mark.parametrize("least", [5, 20])
@pytest.mark.parametrize("kind", ["heavy", "heaped"])
def test_every_element_is_held_by_enough_rows(kind: str, least: int) -> None:
    codes = {"heavy": heavy, "heaped": heaped}[kind]()
    grid = fit_number_grid(codes, least, GRAINS)
    assert len(grid.low) > 50
    held = np.searchsorted(np.sort(codes), np.stack([grid.low, grid.high]))
    assert (
        held[1] - held[0] >= least
    ).all()  # rows that truly lie there, not moved in from outside
    assert (np.bincount(grid.encode(codes)) == grid.rows).all() and grid.rows.sum() == len(codes)


def test_every_element_is_held_by_enough_persons() -> None:
    """A person with a hundred rows of one value holds it once."""
    codes, g = heavy(), KEY.child("persons").generator()
    who = g.integers(0, 600, len(codes))
    codes = np.concatenate([codes, np.full(100, 123_456_789)])
    who = np.concatenate([who, np.full(100, 700)])
    for persons, atom in ((None, True), (who, False)):
        grid = fit_number_grid(codes, 5, persons=persons)
        assert (123_456_789 in grid.low[grid.atom > 0]) is atom
    for low, high in zip(grid.low, grid.high, strict=True):
        assert len(np.unique(who[(codes >= low) & (codes < high)])) >= 5


@pytest.mark.parametrize("least", [5, 20])
def test_no_draw_lies_beyond_where_enough_rows_are(least: int) -> None:
    codes = heavy()
    ordered = np.sort(codes)
    grid = fit_number_grid(codes, least, GRAINS)
    back = redraw(grid, codes, times=20)
    assert back.min() >= ordered[least - 1] and back.max() <= ordered[-least]
    ends = np.array([-1e9, -9.0, 9.0, 1e9])
    wide = grid.from_scores(ends, uniforms(4))
    assert wide.min() >= ordered[least - 1] and wide.max() <= ordered[-least]
    # Without protection the largest values do appear: the check above can fail.
    assert fit_number_grid(codes, 0).high.max() > ordered[-1]


@quick
@given(st.sets(st.integers(-(10**6), 10**6), min_size=10, max_size=80), st.integers(2, 5))
def test_no_draw_lies_beyond_in_small_tables(values: set[int], least: int) -> None:
    codes = np.array(sorted(values))
    grid = fit_number_grid(codes, least)
    back = redraw(grid, codes, times=10)
    assert back.min() >= codes[least - 1] and back.max() <= codes[-least]


@pytest.mark.parametrize("least", [5, 20])
def test_extremes_may_be_anything(least: int) -> None:
    """The K - 1 rows at either end can be moved outwards at will: nothing at all changes."""
    codes = heavy()
    order = np.argsort(codes)
    grid = fit_number_grid(codes, least, GRAINS)
    moved = codes.copy()
    moved[order[-(least - 1) :]] = codes.max() * np.arange(2, least + 1)
    moved[order[: least - 1]] -= np.arange(1, least) * 977
    assert same(fit_number_grid(moved, least, GRAINS), grid)
    moved[order[-least]] = codes.max() * 7  # one row more, and the end does move
    assert not same(fit_number_grid(moved, least, GRAINS), grid)


def test_one_row_in_the_middle_hardly_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moving one row a little leaves the knots where they are, but for a rare rounding boundary."""
    codes = heavy(2000) * 100
    rows = KEY.child("rows").generator().choice(len(codes), 150, replace=False)

    def changed() -> int:
        grid, count = fit_number_grid(codes, 5), 0
        for row in rows:
            moved = codes.copy()
            moved[row] += 3
            other = fit_number_grid(moved, 5)
            count += not (
                np.array_equal(grid.low, other.low) and np.array_equal(grid.high, other.high)
            )
        return count

    # A knot is rounded in steps of a fifth or more of its distance to the next, thousands of codes:
    # a move by three crosses a boundary once in hundreds of rows.
    assert changed() <= 2
    monkeypatch.setattr(fit, "_snap", lambda knots: knots)
    assert changed() >= 15  # every fifth row or so stands at a knot: unrounded, they would show


def test_a_middle_value_is_not_drawn() -> None:
    """Nine distinct rows and K = 5: one row is fifth from either end, and must not show."""
    codes = np.array([3, 1415, 9265, 35_897, 93_238, 462_643, 3_832_795, 28_841_971, 69_399_375])
    for rows in (codes, np.concatenate([codes, [93_238] * 3])):  # with and without ties
        grid = fit_number_grid(rows, 5)
        back = redraw(grid, rows, times=200)
        assert len(np.unique(back)) > 50 and np.mean(back == 93_238) < 0.01


def test_real_values_are_no_likelier_than_their_neighbours() -> None:
    """Draws hit real values of a unique-valued column as often as those values plus one."""
    codes = np.unique(heavy(1500) // 40)
    grid = fit_number_grid(codes, 5)
    back = redraw(grid, codes, times=10)

    def more(back: Int) -> float:
        """How many standard deviations more often real values appear than those plus one."""
        hits, beside = np.isin(back, codes).sum(), np.isin(back, codes + 1).sum()
        return float((hits - beside) / np.sqrt(hits + beside))

    assert abs(more(back)) < 4  # two Poisson counts of equal mean
    kept = fit_number_grid(codes, 0)  # without protection real values are likelier
    assert more(redraw(kept, codes, times=10)) > 8


# --- what is kept ---------------------------------------------------------------------------------


def test_heaping_is_kept() -> None:
    codes = heaped()
    grid = fit_number_grid(codes, 5, GRAINS)
    assert {1, 10, 100} <= set(grid.levels.tolist())
    back = redraw(grid, codes)
    flat = redraw(fit_number_grid(codes, 5), codes)
    for step in (10, 100, 1000):
        real, drawn, lost = (np.mean(c % step == 0) for c in (codes, back, flat))
        # Shares are kept by range. At n = 20,000 chance makes .014 (four standard deviations of a
        # difference); ranges that mix round and other amounts, and atoms inside them, .03 more.
        assert abs(drawn - real) < 0.044, step
        assert step == 1000 or real - lost > 0.044, step  # thousands are mostly atoms


def test_a_column_in_tens_stays_in_tens() -> None:
    codes = np.round(heavy() / 1000).astype(np.int64) * 10
    grid = fit_number_grid(codes, 5, GRAINS)
    assert grid.levels.tolist() == [10]
    assert (redraw(grid, codes, times=5) % 10 == 0).all()


def test_spikes_keep_their_share() -> None:
    codes = heaped()
    back = redraw(fit_number_grid(codes, 5, GRAINS), codes)
    for spike in (0, 99999):
        assert (back[codes == spike] == spike).all()
        assert np.mean(back[codes != spike] == spike) < 0.001


def test_missing_keeps_its_share() -> None:
    codes = heaped(2000)
    codes[::3] = MISSING
    grid = fit_number_grid(codes, 5)
    assert grid.nullable and grid.missing_rows == 667
    assert ((redraw(grid, codes) == MISSING) == (codes == MISSING)).all()


def test_distribution_is_kept() -> None:
    for codes in (heavy(), heaped()):
        grid = fit_number_grid(codes, 5, GRAINS)
        back = redraw(grid, codes)
        # Inside an element a draw is free: the share of the largest interval may be off. Chance
        # adds less than usual (1.63 / sqrt(n) at the 1 % level), because the tokens are given.
        off = grid.rows[grid.atom == 0].max() / len(codes)
        assert stats.ks_2samp(codes, back).statistic < off + 0.01
        # Two-sided: with one token for all, the same test fails.
        pooled = np.full(len(codes), np.bincount(grid.tokens(grid.encode(codes))).argmax())
        alone = grid.decode(pooled, uniforms(len(codes)), uniforms(len(codes)))
        assert stats.ks_2samp(codes, alone).statistic > off + 0.01


# --- scores and mass ------------------------------------------------------------------------------


@pytest.mark.parametrize("least", [0, 5])
@pytest.mark.parametrize("kind", ["heavy", "heaped"])
def test_normal_scores(kind: str, least: int) -> None:
    codes = np.sort({"heavy": heavy, "heaped": heaped}[kind]())
    grid = fit_number_grid(codes, least, GRAINS)
    every = np.arange(len(grid.low))
    assert (np.diff(grid.scores(every)) > 0).all() and (grid.scores(every - 1)[0] == 0).all()
    # A score leads back to its element; without rounding to a granularity it must stay there, or
    # land on an atom that its interval holds.
    fine = dataclasses.replace(grid, levels=np.array([1]))
    for jitter in (None, np.full(len(every), 0.01), np.full(len(every), 0.99)):
        back = fine.from_scores(grid.scores(every, jitter), uniforms(len(every)))
        assert ((grid.low <= back) & (back < grid.high)).all()
    # Spread inside their elements, rows have standard normal scores, as ranks do.
    jittered = grid.scores(grid.encode(codes), uniforms(len(codes)))
    assert stats.kstest(jittered, "norm").statistic < 1.63 / np.sqrt(len(codes))


def test_spans_tile_the_scores() -> None:
    grid = fit_number_grid(np.arange(0, 900, 3), 5)
    every = np.arange(grid.low.min(), grid.high.max())
    low, high = grid.score_span(every, grid.encode(every))
    assert low[0] == -np.inf and high[-1] == np.inf
    assert np.allclose(low[1:], high[:-1]) and (low < high).all()


@pytest.mark.parametrize(
    "codes",
    [
        np.repeat([1, 2, 5, 9], [5, 6, 7, 8]),
        np.concatenate([np.arange(0, 400, 3), np.full(60, 30), np.full(40, MISSING)]),
        heaped(600) // 20,
    ],
)
@pytest.mark.parametrize("grains", [(), GRAINS])
def test_mass_sums_to_one(codes: Int, grains: tuple[int, ...]) -> None:
    """Over every code that can be drawn, token by token."""
    grid = fit_number_grid(codes, 5, grains)
    every = np.arange(grid.low.min(), grid.high.max())
    elements = grid.encode(every)
    drawable = (grid.low[elements] <= every) & (every < grid.high[elements])
    every, elements = every[drawable], elements[drawable]
    share = grid.sizes[grid.tokens(elements)] / grid.sizes.sum()
    total = (np.exp(grid.log_mass(every, elements)) * share).sum()
    total += grid.missing_rows / grid.sizes.sum()
    # An atom's code is counted as the atom only, and rounding at the ends of a range is not
    # accounted for: a few codes of each range.
    assert total == pytest.approx(1, abs=0.03)


def test_below_is_a_distribution_function() -> None:
    grid = fit_number_grid(heavy(), 5)
    shares = np.tile(grid.sizes / grid.sizes.sum(), (200, 1))
    at = np.linspace(grid.low[0] - 10.0, grid.high.max() + 10.0, 200)
    upto = grid.below(at, shares)
    assert upto[0] == 0 and upto[-1] == pytest.approx(1) and (np.diff(upto) >= 0).all()
    middle = np.full((1, len(grid.sizes)), 1.0) * shares[:1]
    knot = grid.low[len(grid.low) // 2]
    exact = grid.rows[: len(grid.low) // 2].sum() / grid.rows.sum()
    assert grid.below(np.array([float(knot)]), middle) == pytest.approx(exact)


# --- labels ---------------------------------------------------------------------------------------


@quick
@given(st.lists(st.integers(-1, 5)), st.permutations(range(6)))
def test_label_grids(values: list[int], order: list[int]) -> None:
    codes = np.array([MISSING if v < 0 else v for v in values], np.int64)
    grid = fit_label_grid(codes, 6, np.array(order))
    tokens = grid.tokens(grid.encode(codes))
    assert np.array_equal(grid.decode(tokens, tokens, tokens), codes)
    assert grid.nullable == (-1 in values)
    assert np.array_equal(np.bincount(tokens, minlength=len(grid.sizes)), grid.sizes)
    assert grid.sizes.sum() == len(codes) and not grid.ordered
    ranked = grid.tokens(grid.encode(np.array(order)))
    assert (np.diff(ranked) == 1).all()  # the given order of codes is the order of tokens
    if len(codes):
        assert (np.diff(grid.token_scores) >= 0).all()
        assert (grid.log_mass(codes, tokens) == 0).all()
