"""A table as models see it: made once, part by part when it is first asked for, and handed on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from trimtab._arrays import Int
from trimtab.codec.codec import Codec, fit_codec
from trimtab.codec.domain import Codes
from trimtab.errors import InputError
from trimtab.model.grid.grid import Grid
from trimtab.model.grid.table import fit_grids
from trimtab.table.panel import order_of
from trimtab.table.persons import persons
from trimtab.table.table import Table


@dataclass(frozen=True, eq=False)
class Coded:
    """A prepared table, or some of its rows, in codes.

    table      the whole table
    min_count  how many rows (persons) must share a label or number for it to show
    public     columns whose labels may all show
    rows       positions of the rows that this is of, some of them several times; None for all
    whole      the table that this is a part of
    apart      columns that are computed from others, and that no model learns
    recoded    columns that models learn by other codes: these, of all rows, and how they are cut

    What values there are, which are rare, and how columns are cut is told by the whole table:
    models of its parts agree on what they are models of, and compile the same programs.
    """

    table: Table
    min_count: int
    public: tuple[str, ...] = ()
    rows: Int | None = None
    whole: Coded | None = None
    apart: frozenset[str] = frozenset()
    recoded: Mapping[str, tuple[Int, Grid]] = field(default_factory=dict)

    @cached_property
    def codec(self) -> Codec:
        """How values become codes. Raises InputError where no column is left to learn."""
        if self.whole is not None:
            return self.whole.codec.without(self.apart)
        codec = fit_codec(self.table, self.min_count, self.public)
        if not codec.modelled:
            raise InputError(
                "every column is left out or an identifier: there is nothing to learn. Change "
                "kinds or roles in the schema (trimtab inspect DATA -o schema.toml)."
            )
        return codec

    @cached_property
    def codes(self) -> Codes:
        """The rows in codes."""
        if self.whole is None:
            return self.codec.encode(self.table)
        codes = self.whole.codes if self.rows is None else self.whole.codes.take(self.rows)
        kept = {n: c for n, c in codes.columns.items() if n not in self.apart}
        return Codes(kept | {n: own for n, (own, _) in self.recoded.items()}, codes.rows)

    @cached_property
    def grids(self) -> Mapping[str, Grid]:
        """How each column is cut."""
        if self.whole is None:
            return fit_grids(self.codes, self.codec, self.persons)
        grids = {n: g for n, g in self.whole.grids.items() if n not in self.apart}
        return grids | {n: grid for n, (_, grid) in self.recoded.items()}

    @cached_property
    def persons(self) -> Int | None:
        """A number for each row's person; None where every row stands for one of its own."""
        if self.whole is None:
            return persons(self.table)
        who = self.whole.persons
        if self.rows is None:
            return who
        if who is None and len(np.unique(self.rows)) < len(self.rows):
            # A row drawn twice is still one row: its copies stay on one side of a split.
            who = np.arange(self.whole.codes.rows)
        return None if who is None else who[self.rows]

    @cached_property
    def people(self) -> int:
        """How many persons the rows are of; how many rows, where each stands for one."""
        who = self.persons
        if who is not None:
            return len(np.unique(who))
        return self.table.rows if self.whole is None else self.codes.rows

    @cached_property
    def order(self) -> Int | None:
        """Ranks of the column that orders the rows of persons; None where the schema has none.

        Raises InputError where it cannot order them.
        """
        if self.whole is None:
            return order_of(self.table)
        ranks = self.whole.order
        return ranks if ranks is None or self.rows is None else ranks[self.rows]

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """How many tokens each column has."""
        return {name: len(grid.sizes) for name, grid in self.grids.items()}

    def part(self, rows: Int) -> Coded:
        """Some of the rows, by their positions."""
        return Coded(self.table, self.min_count, self.public, rows, self)

    def learned_as(self, apart: Collection[str], recoded: Mapping[str, tuple[Int, Grid]]) -> Coded:
        """The same rows without some columns, and some others by other codes."""
        if not apart and not recoded:
            return self
        names = frozenset(apart)
        return Coded(self.table, self.min_count, self.public, None, self, names, recoded)
