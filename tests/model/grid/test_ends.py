"""The ends of what is drawn of a number, and the intervals of columns of few rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from tests.model.grid.codes import GRAINS, KEY, quick, redraw, same
from trimtab._arrays import Int
from trimtab.model.grid.fit import fit_number_grid
from trimtab.model.grid.grid import NumberGrid


def visits(people: int = 150, rows: int = 8) -> tuple[Int, Int]:
    """Days of visits, ordered by day as such tables are, and who came: late days are no person's
    first."""
    g = KEY.child("visits").generator()
    many = g.poisson(rows, people) + 1
    who = np.repeat(np.arange(people), many)
    day = 14_000 + g.integers(0, 2000, people)[who] + g.exponential(500, len(who)).astype(np.int64)
    order = np.argsort(day, kind="stable")
    return day[order], who[order]


def beyond(grid: NumberGrid, codes: Int, who: Int) -> tuple[int, int]:
    """How many persons have a value below and above all that can be drawn."""
    low, high = reach(grid)
    return len(np.unique(who[codes < low])), len(np.unique(who[codes > high]))


@st.composite
def held(draw: st.DrawFn) -> tuple[Int, Int, int]:
    """Values, who holds each, and K: persons of one row and of many, far apart and tied."""
    least = draw(st.integers(2, 6))
    people = draw(st.integers(2 * least, 40))
    values, who = [], []
    for person in range(people):
        middle = draw(st.integers(-3000, 3000))
        many = draw(st.sampled_from([1, 1, 2, 5, 40]))
        spread = draw(st.sampled_from([0, 3, 1000]))
        values += [middle + (i * 7919) % (2 * spread + 1) - spread for i in range(many)]
        who += [person] * many
    order = np.argsort(draw(st.sampled_from([1, -1])) * np.array(values), kind="stable")
    return np.array(values)[order], np.array(who)[order], least


@quick
@given(held(), st.sampled_from([(), GRAINS]))
def test_no_person_stands_alone_at_an_end(
    drawn: tuple[Int, Int, int], grains: tuple[int, ...]
) -> None:
    """At least K persons have a value at either end of what is drawn, or beyond it."""
    codes, who, least = drawn
    grid = fit_number_grid(codes, least, grains, who)
    alone = ~np.isin(codes, grid.low[grid.atom > 0])
    lows = np.sort([codes[alone & (who == p)].min() for p in np.unique(who[alone])])
    highs = np.sort([codes[alone & (who == p)].max() for p in np.unique(who[alone])])
    assume(len(lows) >= 2 * least and lows[least - 1] < highs[-least])
    for code in redraw(grid, codes, times=3):
        assert len(np.unique(who[codes <= code])) >= least
        assert len(np.unique(who[codes >= code])) >= least
    for low, high in zip(grid.low[grid.atom > 0], grid.high[grid.atom > 0], strict=True):
        assert len(np.unique(who[(codes >= low) & (codes < high)])) >= least


@pytest.mark.parametrize("least", [2, 5, 20])
def test_ends_are_reached_as_far_as_persons_allow(least: int) -> None:
    codes, who = visits()
    grid = fit_number_grid(codes, least, persons=who)
    # K - 1 persons have to be left beyond an end, and rounding leaves about one in seven more.
    assert all(least - 1 <= many <= 1.3 * least + 1 for many in beyond(grid, codes, who))
    for low, high in zip(grid.low, grid.high, strict=True):
        assert len(np.unique(who[(codes >= low) & (codes < high)])) >= least
    # Two-sided: one row of each person, the first, ends far earlier.
    first = codes[np.unique(who, return_index=True)[1]]
    short = fit_number_grid(first, least)
    assert beyond(short, codes, who)[1] > 5 * least
    # And the days are drawn about as often as they are real, up to where they lie in an interval.
    off = grid.rows.max() / len(codes)
    assert stats.ks_2samp(codes, redraw(grid, codes, times=5)).statistic < off / 2 + 0.02
    assert stats.ks_2samp(codes, redraw(short, codes, times=5)).statistic > off / 2 + 0.02


def test_what_few_persons_hold_at_an_end_may_be_anything() -> None:
    """All that the K - 1 persons farthest out have beyond the end can be moved at will."""
    codes, who = visits()
    least, farthest = 5, who[np.argmax(codes)]
    codes = np.concatenate([codes, codes.max() + np.arange(30)])
    who = np.concatenate([who, np.full(30, farthest)])
    grid = fit_number_grid(codes, least, persons=who)
    last = np.sort([codes[who == p].max() for p in range(who.max() + 1)])[-least]
    outer = codes > last
    assert outer.sum() >= 30 and len(np.unique(who[outer])) == least - 1
    moved = codes.copy()
    moved[outer] = codes.max() * np.arange(2, outer.sum() + 2)
    assert same(fit_number_grid(moved, least, persons=who), grid)
    moved[np.flatnonzero(codes == last)[0]] = codes.max() * 900  # one person more: the end moves
    assert not same(fit_number_grid(moved, least, persons=who), grid)


def test_one_person_with_many_rows_makes_no_end() -> None:
    """Five hundred rows of one person, all beyond the others, are one person beyond."""
    codes, who = visits()
    far = codes.max() + 1000 + np.arange(500)
    grid = fit_number_grid(
        np.concatenate([codes, far]), 5, persons=np.concatenate([who, np.full(500, who.max() + 1)])
    )
    assert grid.high.max() <= codes.max()
    # As rows that stand for themselves they are reached: the check above can fail.
    assert fit_number_grid(np.concatenate([codes, far]), 5).high.max() > codes.max() + 1000


def test_ties_at_the_ends_are_reached() -> None:
    """A value that many persons share is an end itself, however far out it lies."""
    codes, who = visits()
    everyone = np.arange(40)
    tied = np.concatenate([codes, np.full(40, 1000), np.full(40, 99_999)])
    persons = np.concatenate([who, everyone, everyone])
    grid = fit_number_grid(tied, 5, persons=persons)
    assert (grid.low.min(), grid.high.max() - 1) == (1000, 99_999)
    back = redraw(grid, tied)
    assert (back[tied == 99_999] == 99_999).all() and (back[tied == 1000] == 1000).all()
    # Shared by four persons, it is not.
    few = np.concatenate([codes, np.full(4, 99_999)])
    assert fit_number_grid(few, 5, persons=np.concatenate([who, np.arange(4)])).high.max() < 99_999


@pytest.mark.parametrize("step", [1, 30, 365])
@pytest.mark.parametrize("unit", [1, 86_400 * 10**6])
def test_dates_reach_their_ends_at_any_resolution(step: int, unit: int) -> None:
    """Days, months and years, as days and as microseconds: what is recorded coarsely stays so."""
    codes, who = visits()
    codes = codes // step * step * unit
    grains = () if unit == 1 else (10**6, 60 * 10**6, 3600 * 10**6, 86_400 * 10**6)
    grid = fit_number_grid(codes, 5, grains, who)
    assert max(beyond(grid, codes, who)) <= 7
    assert (redraw(grid, codes) % unit == 0).all()


@quick
@given(held(), st.sampled_from([0, 1]), st.booleans(), st.sampled_from([(), GRAINS]))
def test_without_protection_the_ends_are_the_real_ones(
    drawn: tuple[Int, Int, int], least: int, of_persons: bool, grains: tuple[int, ...]
) -> None:
    codes, who, _ = drawn
    grid = fit_number_grid(codes, least, grains, who if of_persons else None)
    assert reach(grid) == (codes.min(), codes.max())


def reach(grid: NumberGrid) -> tuple[int, int]:
    """The least and the greatest code that is drawn."""
    last = np.where(grid.atom > 0, grid.low, grid.high - grid.levels[0])
    return int(grid.low.min()), int(last.max())


@pytest.mark.parametrize("of_persons", [False, True])
def test_many_days_reach_their_ends_without_protection(of_persons: bool) -> None:
    codes, who = visits()
    grid = fit_number_grid(codes, 0, persons=who if of_persons else None)
    assert (grid.atom == 0).sum() > 50 and reach(grid) == (codes.min(), codes.max())


def least_held(grid: NumberGrid, codes: Int, who: Int) -> int:
    """How many are in the interval of the fewest; of values that are no atoms."""
    alone = ~np.isin(codes, grid.low[grid.atom > 0])
    inside = [
        alone & (codes >= low) & (codes < high)
        for low, high, atom in zip(grid.low, grid.high, grid.atom, strict=True)
        if not atom
    ]
    return min((len(np.unique(who[i])) for i in inside), default=len(who))


@pytest.mark.parametrize("of_persons", [False, True])
def test_four_times_as_many_fill_every_interval(of_persons: bool) -> None:
    """As is promised; of half as many the same check fails, nearly always."""
    draw = KEY.child("few").generator()
    short = 0
    for case in range(600):
        least = (2, 3, 5, 20)[case % 4]
        for times in (4, 2):
            people = times * least + int(draw.integers(0, 3))
            rows = draw.choice([1, 2, 7], people) if of_persons else np.ones(people, np.int64)
            who = np.repeat(np.arange(people), rows)
            kinds = (
                draw.integers(-3000, 3000, len(who)),
                np.round(np.exp(draw.normal(8, 2, len(who)))),
                np.cumsum(10 ** draw.integers(0, 4, len(who))),
            )
            codes = np.asarray(kinds[case % 3], np.int64)
            grid = fit_number_grid(codes, least, GRAINS, who if of_persons else None)
            atoms = grid.low[grid.atom > 0]
            others = len(np.unique(who[~np.isin(codes, atoms)]))
            if times == 4 and others >= 4 * least:
                assert least_held(grid, codes, who) >= least
            short += times == 2 and least_held(grid, codes, who) < least
    assert short > (100 if of_persons else 300)


def test_nobody_may_be_where_two_are_apart() -> None:
    grid = fit_number_grid(np.array([-1234, 1234]), 2)
    assert (grid.low.tolist(), grid.high.tolist()) == ([-1000], [1001])
