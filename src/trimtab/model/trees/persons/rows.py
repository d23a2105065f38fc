"""The rows of persons in order, in codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Bool, Int


@dataclass(frozen=True, eq=False)
class PersonRows:
    """Rows that stand person by person, each person's in order.

    codes   of the rows' columns, [rows] each
    counts  how many rows each person has, [persons]
    """

    codes: Mapping[str, Int]
    counts: Int

    @property
    def persons(self) -> int:
        """How many persons."""
        return len(self.counts)

    @property
    def rows(self) -> int:
        """How many rows."""
        return int(self.counts.sum())

    @cached_property
    def starts(self) -> Int:
        """The place of each person's first row."""
        return np.cumsum(self.counts) - self.counts

    @cached_property
    def person(self) -> Int:
        """The person of each row."""
        return np.repeat(np.arange(self.persons), self.counts)

    @cached_property
    def turn(self) -> Int:
        """How many rows of its person come before each row."""
        return np.arange(self.rows) - self.starts[self.person]

    def changes(self, name: str) -> Bool:
        """Which persons have more than one code in a column, shape (persons,)."""
        codes = self.codes[name]
        least = np.minimum.reduceat(codes, self.starts)
        return np.asarray(least != np.maximum.reduceat(codes, self.starts))


def in_order(codes: Mapping[str, Int], persons: Int, order: Int) -> PersonRows:
    """Rows person by person, in each by what `order` says and else as they stand."""
    place = np.lexsort((np.arange(len(persons)), order, persons))
    counts = np.unique(persons, return_counts=True)[1]
    return PersonRows({n: c[place] for n, c in codes.items()}, counts)
