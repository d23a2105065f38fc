"""The leading block against brute force: every subset of its columns, by value and by set, where a
set may allow a share of a token's draws only."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from trimtab._random import Key
from trimtab.errors import RefusedError
from trimtab.model.trees.block import Block

NAMES, SIZES = ("a", "b", "c"), (3, 2, 4)
ROWS = 4000
KEY = Key(11)
# 27 tests share a fixed key: one in ten thousand of true tables is below this, of wrong ones all.
MIN_P = 1e-4
HOLE, VALUE, SET = range(3)
CHOSEN = (1, 1, 2)  # the given values
# The share of each token's draws that a set allows: all, none, or some.
SETS = (np.array([1, 0, 1.0]), np.array([0.25, 1]), np.array([0, 0.1, 1, 0.7]))


def joint() -> np.ndarray:
    """A table of dependent columns with some impossible cells."""
    weights = KEY.child("weights").generator().gamma(0.7, size=SIZES)
    weights[0, 1, :2] = weights[2, 0, 3] = 0
    return weights / weights.sum()


def draw(block: Block, kinds: tuple[int, ...], rows: int = ROWS) -> np.ndarray:
    known = {
        n: (np.full(rows, k == VALUE), np.full(rows, v))
        for n, k, v in zip(NAMES, kinds, CHOSEN, strict=True)
    }
    allowed = {
        n: (np.full(rows, 0 if k == SET else -1), (s,))
        for n, k, s in zip(NAMES, kinds, SETS, strict=True)
    }
    drawn = block.draw(rows, known, allowed, KEY.child("draw", *kinds).uniforms(0, rows))
    return np.stack([drawn[n] for n in NAMES], axis=1)


def enumerated(weights: np.ndarray, kinds: tuple[int, ...]) -> np.ndarray:
    """The conditional table, cell by cell."""
    out = np.zeros(SIZES)
    for cell in product(*map(range, SIZES)):
        share = [
            1.0 if k == HOLE else float(t == v) if k == VALUE else s[t]
            for k, t, v, s in zip(kinds, cell, CHOSEN, SETS, strict=True)
        ]
        out[cell] = weights[cell] * np.prod(share)
    return out / out.sum()


def p_value(cells: np.ndarray, expected: np.ndarray) -> float:
    """Of the chi-square test that the cells were drawn from the expected table."""
    found = np.zeros(SIZES)
    np.add.at(found, tuple(cells.T), 1)
    possible = expected > 0
    if found[~possible].any():
        return 0.0
    if possible.sum() == 1:
        return 1.0
    return float(stats.chisquare(found[possible], len(cells) * expected[possible]).pvalue)


@pytest.mark.parametrize("kinds", list(product((HOLE, VALUE, SET), repeat=3)))
def test_every_subset_by_value_and_by_set(kinds: tuple[int, ...]) -> None:
    weights = joint()
    cells = draw(Block(NAMES, weights), kinds)
    assert p_value(cells, enumerated(weights, kinds)) > MIN_P
    # Two-sided: the same draws do not fit what ignores the dependence of the columns.
    sums = [weights.sum(axis=tuple(j for j in range(3) if j != i)) for i in range(3)]
    independent = np.einsum("i,j,k->ijk", *sums)
    if kinds.count(HOLE) + kinds.count(SET) > 1:
        assert p_value(cells, enumerated(independent, kinds)) < 1e-9


def test_rows_of_different_patterns_do_not_disturb_each_other() -> None:
    """A row is drawn alike among rows with other values, sets and holes, and alone."""
    block = Block(NAMES, joint())
    g = KEY.child("mixed").generator()
    rows = 500
    known = {n: (g.random(rows) < 0.3, g.integers(0, 2, rows)) for n in NAMES}
    allowed = {
        n: (g.integers(-1, 2, rows), (1.0 * (np.arange(s) < 2), 0.5 * (np.arange(s) > 0)))
        for n, s in zip(NAMES, SIZES, strict=True)
    }
    # The impossible cells of the table are kept away from: they are tested below.
    block = Block(NAMES, np.where(block.weights > 0, block.weights, 0.01))
    uniforms = KEY.child("mixed").uniforms(0, rows)
    whole = block.draw(rows, known, allowed, uniforms)
    for r in range(0, rows, 7):
        one = block.draw(
            1,
            {n: (m[r : r + 1], t[r : r + 1]) for n, (m, t) in known.items()},
            {n: (i[r : r + 1], s) for n, (i, s) in allowed.items()},
            uniforms[r : r + 1],
        )
        assert all(one[n][0] == whole[n][r] for n in NAMES)
    for n in NAMES:
        mask, tokens = known[n]
        index, sets = allowed[n]
        assert (whole[n][mask] == tokens[mask]).all()
        for i, s in enumerate(sets):
            assert (s[whole[n][~mask & (index == i)]] > 0).all()


def test_the_ends_of_the_uniforms_never_draw_an_impossible_cell() -> None:
    weights = joint()
    weights[0, 0, 0] = weights[2, 1, 3] = 0  # the first and the last cell
    ends = np.array([0.0, 2.0**-53, 1 - 2.0**-53])
    drawn = Block(NAMES, weights).draw(3, {}, {}, ends)
    assert (weights[tuple(drawn[n] for n in NAMES)] > 0).all()
    for a in range(3):
        given = {"a": (np.full(3, True), np.full(3, a))}
        drawn = Block(NAMES, weights).draw(3, given, {}, ends)
        assert (drawn["a"] == a).all()
        assert (weights[tuple(drawn[n] for n in NAMES)] > 0).all()


def test_nothing_left_to_draw_is_refused() -> None:
    weights = joint()
    weights[1] = 0
    block, two = Block(NAMES, weights), np.full(2, 0)
    with pytest.raises(RefusedError, match="no combination"):
        block.draw(2, {"a": (two == 0, two + 1)}, {}, two + 0.5)
    with pytest.raises(RefusedError, match="no combination"):
        block.draw(2, {}, {"a": (two, (np.array([0, 1.0, 0]),))}, two + 0.5)
    block.draw(2, {"a": (two == 0, two + 2)}, {}, two + 0.5)


def test_a_block_of_one_column() -> None:
    drawn = Block(("a",), np.array([0.25, 0.75])).draw(4, {}, {}, np.array([0, 0.2, 0.3, 0.9]))
    assert drawn["a"].tolist() == [0, 0, 1, 1]
