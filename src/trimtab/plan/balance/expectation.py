"""How many rows of a cell are to be expected, and so whether an empty one is suspicious."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from trimtab._arrays import Float
from trimtab.plan.balance.observed import Observed

_ALL_PARTS = 6  # with more columns, only single values and pairs are looked at


@dataclass(frozen=True)
class Expectation:
    """`rows` to be expected of a cell, and the positions of the values that this is about."""

    rows: float
    part: tuple[int, ...]


def expectations(real: Observed, cells: Sequence[tuple[Any, ...]]) -> list[Expectation]:
    """What to expect of each cell if its values met by chance.

    Of a cell that is seen: split its values into two parts in every way; were the parts independent
    of each other, rows(one) * rows(other) / rows(all) would hold both; the least of these. In an
    empty cell look for the smallest parts that never occur (a pair, if it is one), and take
    the one of which most is expected: a cell is suspicious only if no part of it explains that it
    is empty. Persons are counted where there are any, each of whom has a row at least.
    """
    columns = range(len(real.values))
    few = len(real.values) <= _ALL_PARTS
    parts = [p for n in columns for p in combinations(columns, n + 1) if few or n < 2]
    counts = {p: _part_counts(real, p, cells) for p in parts}
    whole = max(real.count(()).get((), 0), 1)
    by_chance = {p: _by_chance(p, counts, whole) for p in parts}
    every = tuple(columns)
    product = np.prod([counts[(k,)] for k in columns], axis=0) / float(whole) ** (len(every) - 1)
    best = by_chance.get(every, product).copy()
    about = np.full(len(cells), -1)
    observed = np.array([c in real.rows for c in cells], bool)
    largest = np.where(observed, np.inf, -1.0)
    for k, part in enumerate(parts):
        if len(part) < 2:
            continue
        smaller = [counts[tuple(q for q in part if q != p)] > 0 for p in part]
        empty = (counts[part] == 0) & np.logical_and.reduce(smaller) & ~observed
        more = empty & (by_chance[part] > largest)
        largest[more] = best[more] = by_chance[part][more]
        about[more] = k
    return [
        Expectation(float(r), parts[a] if a >= 0 else every)
        for r, a in zip(best, about.tolist(), strict=True)
    ]


def _part_counts(real: Observed, part: tuple[int, ...], cells: Sequence[tuple[Any, ...]]) -> Float:
    counts = real.count(part)
    return np.array([counts.get(tuple(c[k] for k in part), 0) for c in cells], float)


def _by_chance(part: tuple[int, ...], counts: dict[tuple[int, ...], Float], whole: int) -> Float:
    """The least that independence of two parts of a part leads to expect."""
    if len(part) == 1:
        return counts[part]
    least = np.full_like(counts[part], np.inf)
    for size in range(1, len(part) // 2 + 1):
        for one in combinations(part, size):
            other = tuple(k for k in part if k not in one)
            least = np.minimum(least, counts[one] * counts[other] / whole)
    return least
