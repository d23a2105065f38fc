"""Which persons to take so that their rows come to just so many.

Persons are taken as they come until few rows are left. Of these the number of rows of each further
person is drawn from what such persons have, given that the rest can still be made of whole persons:
with h[r] = sum over n of p(n) h[r - n] and h[0] = 1, it is n with a weight of p(n) h[left - n].
So rows per person stay what they are, but for the last few.
"""

from __future__ import annotations

from collections import defaultdict, deque

import numpy as np

from trimtab._arrays import Bool, Float, Int

_LAST = 3  # times the most rows of a person: what is left for the last ones
_LONGEST = 50_000  # rows that are looked ahead


def chosen(counts: Int, wanted: int, uniforms: Float) -> Bool | None:
    """Which persons to take, shape (persons,); None where no choice of these comes to it.

    counts    rows of each person, in the order in which they come, above 0
    wanted    rows, no more than all of them have
    uniforms  a uniform for each further person, as many as there are persons
    """
    if wanted % int(np.gcd.reduce(counts)):
        return None
    sums = np.concatenate([[0], np.cumsum(counts)])
    most = int(counts.max(initial=1))
    taken = int(np.searchsorted(sums, wanted - _LAST * most, "right")) - 1
    ways = np.ones(1)
    for first in range(max(taken, 0), -1, -1):
        left = wanted - int(sums[first])
        if left > _LONGEST:
            return None
        if left >= len(ways):
            ways = _ways(counts, 2 * left)
        last = _last(counts, first, left, ways, uniforms) if ways[left] > 0 else None
        if last is not None:
            return last
    return None


def neighbours(counts: Int, wanted: int) -> tuple[int, int]:
    """The next numbers of rows below and above that whole persons like these come to."""
    most = int(counts.max(initial=1))
    far = min(wanted, _LONGEST)
    ways = _ways(counts, far + most) > 0
    shift = wanted - far  # beyond what is looked at, it is much the same again and again
    below = np.flatnonzero(ways[: far + 1])
    above = np.flatnonzero(ways[far:])
    return int(below[-1]) + shift, int(above[0]) + far + shift


def _shares(counts: Int) -> tuple[Int, Float]:
    """How many rows persons have, and the share of the persons that have so many."""
    sizes, held = np.unique(counts, return_counts=True)
    return sizes, held / held.sum()


def _ways(counts: Int, most: int) -> Float:
    """How probable it is that the rows of persons, one after the other, come to 0, 1, ..., `most`
    at some time, shape (most + 1,)."""
    sizes, shares = _shares(counts)
    ways = np.zeros(most + 1)
    ways[0] = 1.0
    for rows in range(1, most + 1):
        near = sizes <= rows
        ways[rows] = shares[near] @ ways[rows - sizes[near]]
    return ways


def _last(counts: Int, first: int, left: int, ways: Float, uniforms: Float) -> Bool | None:
    """The first persons and those after them whose rows come to what is left; None where these have
    not so many rows each."""
    sizes, shares = _shares(counts)
    waiting: dict[int, deque[int]] = defaultdict(deque)
    for at, rows in enumerate(counts[first:].tolist(), first):
        waiting[rows].append(at)
    taken = np.arange(len(counts)) < first
    for uniform in uniforms:
        if left == 0:
            break
        may = sizes <= left
        weights = np.cumsum(shares[may] * ways[left - sizes[may]])  # above 0, as ways[left] is
        rows = int(sizes[may][np.searchsorted(weights, uniform * weights[-1], "right")])
        if not waiting[rows]:
            return None
        taken[waiting[rows].popleft()] = True
        left -= rows
    return taken if left == 0 else None
