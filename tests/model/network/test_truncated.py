"""A range of a number, drawn by the network as the first column of a row: the law of its ordinary
draws that fell inside, in blocks where that column is drawn first anyway.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.model.network.small_networks import KEY, at_random, coded, visits
from trimtab._arrays import Int
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.grid.intervals import Intervals
from trimtab.model.interface import FIRST_SET, GIVEN, Condition, Request
from trimtab.model.network.network import Network
from trimtab.model.network.sampler import _orders
from trimtab.model.network.shape import BLOCK_ROWS

BLOCKS = 40
ROWS = BLOCKS * BLOCK_ROWS
MIN_P = 1e-4  # of a chi-square test with a fixed key
FAR = 2**62 - 1


@cache
def network() -> Network:
    """A network of `visits`, with weights at random."""
    return at_random(*coded(visits()), seed=3)


def asked(rows: int, *intervals: Intervals, state: Any = FIRST_SET) -> Condition:
    return Condition(np.full(rows, MISSING), np.broadcast_to(state, rows).copy(), intervals)


def interval(low: int, high: int, missing: bool = False) -> Intervals:
    return Intervals(np.array([low]), np.array([high]), missing)


def drawn(conditions: dict[str, Condition], rows: int = ROWS) -> Codes:
    return network().fill(Request(rows, conditions), 0, KEY.child("ranges"))


@cache
def unconditional() -> Codes:
    return drawn({})


def first_blocks(name: str) -> np.ndarray:
    """The rows of the blocks that draw a column first."""
    made = network().compiled
    orders = _orders(KEY.child("ranges"), 0, BLOCKS, len(made.names))
    return np.repeat(orders[:, 0] == made.names.index(name), BLOCK_ROWS)


def p_value(found: Int, filtered: Int) -> float:
    """Of the chi-square test that two samples of codes come from one law."""
    values = np.unique(np.quantile(filtered, np.linspace(0, 1, 15)).astype(np.int64))
    table = [
        np.bincount(np.searchsorted(values, x, "right"), minlength=len(values) + 1)
        for x in (found, filtered)
    ]
    kept = np.array(table)[:, np.sum(table, axis=0) >= 10]
    return 1.0 if kept.shape[1] < 2 else float(stats.chi2_contingency(kept).pvalue)


@pytest.mark.parametrize("name", ["age", "cost"])
def test_draws_are_those_that_fall_inside(name: str) -> None:
    rows, free = first_blocks(name), unconditional()
    known = free[name][rows & (free[name] != MISSING)]
    low, middle, high = np.quantile(known, (0.25, 0.4, 0.8)).astype(np.int64)
    assert low < middle < high
    inside = rows & (free[name] >= low) & (free[name] <= high)  # missing is below all
    found = drawn({name: asked(ROWS, interval(low, high))})
    assert found[name].min() >= low and found[name].max() <= high
    assert inside.sum() > 1000
    for column in found.columns:
        assert p_value(found[column][rows], free[column][inside]) > MIN_P, column
    # Two-sided: another range does not pass.
    wrong = drawn({name: asked(ROWS, interval(middle, high))})
    assert p_value(wrong[name][rows], free[name][inside]) < MIN_P


def test_a_range_that_holds_all_is_no_condition() -> None:
    rows = first_blocks("cost")
    free, found = unconditional(), drawn({"cost": asked(ROWS, interval(-FAR, FAR, missing=True))})
    for column in found.columns:
        assert p_value(found[column][rows], free[column][rows]) > MIN_P, column
    assert (found["cost"] == MISSING).any()
    present = drawn({"cost": asked(600, interval(-FAR, FAR))}, 600)
    assert not (present["cost"] == MISSING).any()


def test_rows_do_not_depend_on_the_batch() -> None:
    """Ranges, values and holes by turns, in parts that begin inside a block."""
    rows = 2 * BLOCK_ROWS + 100
    state = np.resize([FIRST_SET, 0, GIVEN, FIRST_SET + 1], rows)
    known = np.resize([GIVEN, 0], rows)
    age = Condition(np.full(rows, 40), state, (interval(20, 29), interval(60, FAR)))
    conditions = {"age": age, "city": Condition(np.full(rows, 1), known)}
    request, made = Request(rows, conditions), network()
    whole = made.fill(request, 0, KEY)
    assert ((whole["age"] >= 20) & (whole["age"] < 30))[state == FIRST_SET].all()
    assert (whole["age"][state == FIRST_SET + 1] >= 60).all()
    assert (whole["age"][state == GIVEN] == 40).all() and (whole["city"][::2] == 1).all()
    for start, stop in ((0, 7), (7, 700), (700, rows)):
        part = made.fill(request.part(start, stop), start, KEY)
        for name in made.columns:
            assert (part[name] == whole[name][start:stop]).all(), name


def test_ranges_of_two_columns_at_once_are_refused() -> None:
    reason = network().refusal(frozenset(), frozenset({"age", "cost"}))
    assert reason is not None and "sets or ranges of several columns at once (age, cost)" in reason
    assert network().refusal(frozenset({"cost"}), frozenset({"age"})) is None
