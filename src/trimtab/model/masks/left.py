"""What masks leave each row of a column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab._arrays import Bool, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.grid.intervals import Allowed, Intervals
from trimtab.model.grid.sets import leaves_any
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.masks import Masks
from trimtab.model.masks.relation import FARTHEST


@dataclass(frozen=True, eq=False)
class Case:
    """Rows to which the same is left.

    pattern  which of the classes
    ranged   whether a range of a number is part of it
    """

    classes: Classes
    pattern: Bool
    rows: Int
    ranged: bool

    def of_kind(self, *, apart: bool) -> Allowed:
        """The codes of one kind: of values, or missing and pooled."""
        return self.classes.allowed(self.pattern & (self.classes.apart == apart))

    @cached_property
    def everything(self) -> bool:
        """Whether nothing is forbidden that is drawn."""
        return not self.ranged and bool((self.pattern | ~self.classes.possible).all())

    @cached_property
    def has(self) -> tuple[bool, bool]:
        """Whether anything of a kind is left: of values, and of missing and pooled."""
        values = self.point is not None or leaves_any(self.classes.grid, self.of_kind(apart=False))
        return values, leaves_any(self.classes.grid, self.of_kind(apart=True))

    @cached_property
    def point(self) -> int | None:
        """The one value that is drawn: the only one in a range, or, of a range that no draw lands
        in, the one that is nearest to those that are drawn."""
        if not self.ranged:
            return None
        inside, grid = self.of_kind(apart=False), self.classes.grid
        assert isinstance(inside, Intervals) and isinstance(grid, NumberGrid)
        if not len(inside.low):
            return None
        if len(inside.low) == 1 and inside.low[0] == inside.high[0]:
            return int(inside.low[0])
        if not len(grid.low) or leaves_any(grid, inside):
            return None
        least, most = grid.reach
        near = np.where(inside.high < least, inside.high, np.maximum(inside.low, least))
        far = np.maximum(least - near, near - most).clip(0)
        return int(near[np.argmin(far)])


@dataclass(frozen=True, eq=False)
class Left:
    """What masks leave each row of a column.

    sets       distinct sets of classes, [sets, classes]
    of_row     which of them a row has, [rows]
    low, high  the least and the greatest code that a number may have, [rows]
    """

    classes: Classes
    sets: Bool
    of_row: Int
    low: Int
    high: Int

    @classmethod
    def of(cls, masks: Masks, name: str, codes: Mapping[str, Int], rows: int) -> Left:
        """What the columns before leave a column."""
        sets, of_row = masks.patterns(name, codes, rows)
        return cls(masks.classes[name], sets, of_row, *masks.ends(name, codes, rows))

    @property
    def ranged(self) -> Bool:
        """The rows of which a range is part, shape (rows,)."""
        return (self.low > -FARTHEST) | (self.high < FARTHEST)

    def part(self, rows: Int) -> Left:
        """Some of the rows."""
        return replace(self, of_row=self.of_row[rows], low=self.low[rows], high=self.high[rows])

    def allows(self, codes: Int) -> Bool:
        """Whether each row's code is allowed, shape (rows,)."""
        inside = (codes == MISSING) | ((codes >= self.low) & (codes <= self.high))
        return np.asarray(self.sets[self.of_row, self.classes.of(codes)] & inside)

    def apart(self, codes: Int) -> Bool:
        """Whether each code is missing or pooled, shape (rows,)."""
        return self.classes.apart[self.classes.of(codes)]

    def cases(self) -> list[Case]:
        """The distinct cases among the rows."""
        if not len(self.of_row):
            return []
        order = np.lexsort((self.high, self.low, self.of_row))
        keys = np.stack([self.of_row, self.low, self.high], axis=1)[order]
        begins = np.flatnonzero(np.r_[True, (keys[1:] != keys[:-1]).any(axis=1)])
        found = []
        for begin, rows in zip(begins, np.split(order, begins[1:]), strict=True):
            s, low, high = keys[begin].tolist()
            classes, pattern = self.classes, self.sets[s]
            ranged = low > -FARTHEST or high < FARTHEST
            if ranged:
                classes, pattern = classes.within(pattern, low, high)
            found.append(Case(classes, pattern, rows, ranged))
        return found
