"""Sets of codes: of labels, and intervals of numbers."""

from __future__ import annotations

import numpy as np

from trimtab._arrays import Bool, Int
from trimtab.codec.domain import LARGEST, MISSING
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.intervals import Allowed, Intervals, shares_of


def everything(grid: Grid) -> Allowed:
    """All codes of a column."""
    if isinstance(grid, NumberGrid):
        return Intervals(np.array([1 - LARGEST]), np.array([LARGEST - 1]), missing=True)
    return codes_of_tokens(grid)


def codes_of_tokens(grid: Grid) -> Int:
    """A code of each token; of a label all codes, missing first if it ever is."""
    tokens = np.arange(len(grid.sizes))
    return grid.decode(tokens, np.zeros(len(tokens)), np.zeros(len(tokens)))


def without(grid: Grid, code: int) -> Allowed:
    """All codes of a column but one."""
    every = everything(grid)
    if not isinstance(every, Intervals):
        return every[every != code]
    low, high = np.array([1 - LARGEST, code + 1]), np.array([code - 1, LARGEST - 1])
    return Intervals(low, high, missing=True)


def one_of(code: int, *, label: bool) -> Allowed:
    """The set of one code."""
    codes = np.array([code], np.int64)
    if label:
        return codes
    none = codes[:0]
    return Intervals(none, none, True) if code == MISSING else Intervals(codes, codes)


def among(codes: Int, allowed: Allowed) -> Bool:
    """Which codes are in a set."""
    if not isinstance(allowed, Intervals):
        return np.isin(codes, allowed)
    inside = np.zeros(len(codes), bool)
    for low, high in zip(allowed.low, allowed.high, strict=True):
        inside |= (codes >= low) & (codes <= high)
    return np.where(codes == MISSING, allowed.missing, inside)


def common(one: Allowed, other: Allowed) -> Allowed:
    """What is in both of two sets."""
    if not isinstance(one, Intervals) or not isinstance(other, Intervals):
        assert not isinstance(one, Intervals) and not isinstance(other, Intervals)
        return np.intersect1d(one, other)
    low = np.maximum(one.low[:, None], other.low[None]).ravel()
    high = np.minimum(one.high[:, None], other.high[None]).ravel()
    filled = low <= high
    order = np.argsort(low[filled], kind="stable")
    missing = one.missing and other.missing
    return Intervals(low[filled][order], high[filled][order], missing)


def present(allowed: Allowed) -> Allowed:
    """A set without missing."""
    if isinstance(allowed, Intervals):
        return Intervals(allowed.low, allowed.high)
    return allowed[allowed != MISSING]


def is_empty(allowed: Allowed) -> bool:
    """Whether nothing is in a set."""
    if isinstance(allowed, Intervals):
        return not len(allowed.low) and not allowed.missing
    return not len(allowed)


def only(allowed: Allowed) -> int | None:
    """The one code of a set; None where it has several."""
    if not isinstance(allowed, Intervals):
        return int(allowed[0]) if len(allowed) == 1 else None
    if allowed.missing:
        return None if len(allowed.low) else int(MISSING)
    single = len(allowed.low) == 1 and allowed.low[0] == allowed.high[0]
    return int(allowed.low[0]) if single else None


def leaves_any(grid: Grid, allowed: Allowed) -> bool:
    """Whether any draw of a column is in a set."""
    return not is_empty(allowed) and bool(shares_of(grid, allowed).any())
