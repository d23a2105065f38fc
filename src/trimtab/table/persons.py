"""Whose the rows of a table are, and the rows of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from trimtab._arrays import Bool, Int
from trimtab.table.table import Table


def persons(table: Table) -> Int | None:
    """A number for each row's person, None where the table has no entity column.

    A row without an entity is a person of its own.
    """
    column = table.schema.entity
    if column is None:
        return None
    return numbered(table.column(column.name))


def numbered(ids: pa.Array) -> Int:
    """A number for the person of each id; a missing one is that of a person of its own."""
    who = codes_of(ids)
    alone = who < 0
    who[alone] = who.max(initial=0) + 1 + np.arange(alone.sum())
    return who


def codes_of(values: pa.Array) -> Int:
    """A number for each distinct value, and -1 for missing."""
    indices = values.dictionary_encode().indices.fill_null(-1)
    return indices.to_numpy(zero_copy_only=False).astype(np.int64)


def holders(codes: Int, who: Int | None, size: int) -> Int:
    """How many rows, or persons, hold each of the codes 0..size-1; negative codes do not count.

    who  a number from 0 of each row's person; None where rows count
    """
    known = codes >= 0
    held = codes[known]
    if who is not None and len(held):  # a code of several rows of a person counts once
        many = int(who.max()) + 1
        held = np.unique(held * many + who[known]) // many
    return np.bincount(held, minlength=size)


@dataclass(frozen=True, eq=False)
class Grouped:
    """The rows of a table by their persons.

    who    a number for each row's person, shape (rows,)
    """

    who: Int

    @cached_property
    def place(self) -> Int:
        """The rows person by person, each person's as they stand in the table."""
        return np.argsort(self.who, kind="stable")

    @cached_property
    def starts(self) -> Int:
        """Where in `place` each person begins."""
        own = self.who[self.place]
        return np.flatnonzero(np.r_[True, own[1:] != own[:-1]])

    @cached_property
    def counts(self) -> Int:
        """How many rows each person has."""
        return np.diff(np.r_[self.starts, len(self.who)])

    @property
    def together(self) -> bool:
        """Whether the rows of each person stand together."""
        return int((np.diff(self.who) != 0).sum()) == len(self.starts) - 1

    def changes(self, codes: Int) -> Bool:
        """Which persons have more than one code, shape (persons,)."""
        ordered = codes[self.place]
        low = np.minimum.reduceat(ordered, self.starts)
        return np.asarray(low != np.maximum.reduceat(ordered, self.starts))

    def agree(self, codes: Int) -> bool:
        """Whether all rows of each person have one code."""
        one = np.empty(self.who.max(initial=-1) + 1, codes.dtype)
        one[self.who] = codes  # of several, that of any
        return bool((one[self.who] == codes).all())

    def rises(self, codes: Int) -> bool:
        """Whether no row of a person has less than the one before it."""
        again = np.ones(len(codes), bool)
        again[self.starts] = False
        steps = np.diff(codes[self.place], prepend=0)
        return bool((steps[again] >= 0).all())

    def tells_apart(self, codes: Int) -> bool:
        """Whether no two rows of a person share a code, which is -1 or above."""
        pairs = self.who * (codes.max() + 2) + codes + 1
        return len(np.unique(pairs)) == len(pairs)
