"""Tables of which classes of some columns stand together, and those that look ahead.

Looking ahead makes drawing free of dead ends: from the last column to the first, what the
restrictions that end in a column leave to the columns before it is a restriction of its own
(adaptive consistency, Dechter and Pearl 1987, Artificial Intelligence 34, 1-38).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool

MAX_CELLS = 2**20  # of a table


@dataclass(frozen=True, eq=False)
class Restriction:
    """Which classes of some columns stand together: one axis a column, in drawing order.

    rule  that says so; none where it only looks ahead
    """

    columns: tuple[str, ...]
    allowed: Bool
    rule: str = ""

    @property
    def last(self) -> str:
        """The column that is drawn last."""
        return self.columns[-1]


def ordered(restriction: Restriction, order: Sequence[str]) -> Restriction:
    """The same with its columns in drawing order."""
    place = {name: i for i, name in enumerate(order)}
    axes = sorted(range(len(restriction.columns)), key=lambda i: place[restriction.columns[i]])
    columns = tuple(restriction.columns[i] for i in axes)
    allowed = np.ascontiguousarray(restriction.allowed.transpose(axes))
    return Restriction(columns, allowed, restriction.rule)


def looking_ahead(
    restrictions: Sequence[Restriction], order: Sequence[str], possible: Mapping[str, Bool]
) -> tuple[Restriction, ...] | None:
    """The restrictions with those that they put on earlier columns; None where that takes too much.

    possible  which classes of a column any draw lands in
    """
    place = {name: i for i, name in enumerate(order)}
    pool = [ordered(r, order) for r in restrictions]
    done: list[Restriction] = []
    for name in reversed(order):
        ending = [r for r in pool if r.last == name]
        if not ending:
            continue
        pool = [r for r in pool if r.last != name]
        done += ending
        before = sorted({n for r in ending for n in r.columns[:-1]}, key=lambda n: place[n])
        sizes = {n: s for r in ending for n, s in zip(r.columns, r.allowed.shape, strict=True)}
        if np.prod([float(sizes[n]) for n in (*before, name)]) > MAX_CELLS:
            return None
        if not before:
            continue
        together = joined(ending, (*before, name), sizes)
        left = np.asarray((together & possible[name]).any(axis=-1))
        if not left.all():
            pool.append(Restriction(tuple(before), left))
    return tuple(done)


def joined(
    restrictions: Sequence[Restriction], columns: Sequence[str], sizes: Mapping[str, int]
) -> Bool:
    """What all restrictions allow of some columns, one axis a column."""
    allowed = np.ones([sizes[n] for n in columns], bool)
    for restriction in restrictions:
        axes = [columns.index(n) for n in restriction.columns]
        shape = [1] * len(columns)
        for axis, size in zip(axes, restriction.allowed.shape, strict=True):
            shape[axis] = size
        # Both are in drawing order, so that no axes have to change places.
        allowed &= restriction.allowed.reshape(shape)
    return allowed
