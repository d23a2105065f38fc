"""Persons with all their rows: a chain of persons, and one of the rows that each of them has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab._visible import visible
from trimtab.codec.domain import Codes
from trimtab.errors import RefusedError
from trimtab.model.grid.distribution import PiecewiseDistributions
from trimtab.model.grid.grid import Grid
from trimtab.model.interface import Request, Trouble
from trimtab.model.masks.masks import Masks
from trimtab.model.trees.persons.chain import RowChain
from trimtab.model.trees.persons.counting import By
from trimtab.model.trees.persons.filling import filled_rows
from trimtab.model.trees.persons.given import GivenRows
from trimtab.model.trees.persons.people import People
from trimtab.model.trees.persons.troubles import out_of_order, several_values


@dataclass(frozen=True, eq=False)
class Persons:
    """`grids` of all columns; `people` draws what persons have once, `rows` their rows.

    kept   rules that it keeps by how it draws moments
    masks  of what rows may be, if there are any
    """

    grids: Mapping[str, Grid]
    people: People
    rows: RowChain
    kept: frozenset[str] = frozenset()
    masks: Masks | None = None

    def __repr__(self) -> str:
        return visible(f"Persons({', '.join(self.columns)})")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it knows: those of persons, and those of rows, in drawing order."""
        return (*self.rows.constants, *self.rows.columns)

    @property
    def block_columns(self) -> tuple[str, ...]:
        """None: combinations of what persons have are enumerated by their own chain."""
        return ()

    @property
    def maskable(self) -> tuple[str, ...]:
        """The columns that masks can hold: as they are counted, or among those of their kind."""
        constants = [n for n in self.rows.constants if n not in self.people.distances]
        ways = (By.ITSELF, By.KIND)
        itself = [n for n, c in self.rows.columns.items() if c.counting.by in ways]
        return (*constants, *itself)

    def masked(self, masks: Masks | None) -> Persons:
        """The model that draws only what masks allow."""
        return replace(self, masks=masks)

    @cached_property
    def held_people(self) -> People:
        """Persons, held to what leaves them rows that may be."""
        return self.people if self.masks is None else self.people.held_to(self.masks)

    @property
    def conditions(self) -> str:
        """What can be given, in words."""
        block = self.people.chain.block.columns
        named = [n for n in block if n in self.rows.constants]
        rows = "Rows to complete may give any cells."
        if not named:
            return f"Nothing can be given of persons when sampling. {rows}"
        listed = ", ".join(named)
        return f"Any part of these can be given of persons when sampling: {listed}. {rows}"

    def refusal(self, given: frozenset[str], sets: frozenset[str]) -> str | None:
        """Why these columns cannot be conditioned on; None if they can."""
        asked = given | sets
        of_rows = [n for n in self.rows.columns if n in asked]
        if of_rows:
            return (
                f"{', '.join(of_rows)} differ between the rows of a person, and this model draws "
                "persons with all their rows: ask for what a person has once, or fit another model."
            )
        dated = [n for n in self.people.distances if n in asked]
        if dated:
            return (
                f"{', '.join(dated)} are drawn by how far they lie from the first row, and cannot "
                "be given."
            )
        return self.people.chain.refusal(given, sets)

    def conditional(self, given: Codes, column: str) -> PiecewiseDistributions:
        """How a column that persons have once is distributed among them, given others of these.

        Raises RefusedError for other columns.
        """
        if column not in self.rows.constants or column in self.people.distances:
            how = "is drawn by how far it lies from the first row"
            if column in self.rows.columns:
                how = "differs between the rows of a person"
            raise RefusedError(
                f"{column} {how}, so that its distribution hangs on these: draw persons and look "
                'at theirs, or fit again row by row (`model="trees"`).'
            )
        return self.held_people.chain.conditional(given, column)

    def fill(self, request: Request, start: int, key: Key) -> Codes:
        """Refused: see `fill_persons` and `fill_rows`."""
        raise RefusedError("this model draws persons with all their rows, and no single rows.")

    def fill_persons(self, request: Request, start: int, key: Key) -> tuple[dict[str, Int], Int]:
        """What persons start, start + 1, ... of the whole have once, and how many rows each has.

        Person i depends on the key, on i and on what is asked of it, and on nothing else.
        """
        persons, counts = self.held_people.fill(request, start, key)
        return persons, np.minimum(counts, self.rows.room(persons, len(counts)))

    def fill_rows(self, persons: Mapping[str, Int], counts: Int, start: int, key: Key) -> Codes:
        """The codes of all rows of these persons, person by person; some may have none."""
        drawn = self.rows.fill(persons, counts, start, key, self.masks)
        who = np.repeat(np.arange(len(counts)), counts)
        codes = {n: persons[n][who] for n in self.rows.constants} | drawn
        return Codes({n: codes[n] for n in self.grids}, len(who))

    def fill_given(
        self, request: Request, persons: Int, start: int, key: Key, *, whole: bool
    ) -> Codes:
        """See `PersonModel.fill_given`."""
        given = GivenRows.of(self.rows, request, persons, whole=whole)
        drawn = filled_rows(self.held_people, self.masks, given, start, key, whole=whole)
        codes = {n: np.empty(request.rows, np.int64) for n in self.grids}
        for name, column in codes.items():
            column[given.place] = drawn[name]
        return Codes(codes, request.rows)

    def trouble(self, request: Request, persons: Int) -> Trouble | None:
        """See `PersonModel.trouble`."""
        given = GivenRows.of(self.rows, request, persons)
        several = several_values(given, dict(request.conditions), persons)
        return several or out_of_order(given, self.people)
