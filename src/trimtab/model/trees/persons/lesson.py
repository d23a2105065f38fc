"""Rows of persons that are learned: as they are counted, and what is told of each by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Bool, Int
from trimtab._random import Key
from trimtab.codec.codec import Codec
from trimtab.codec.datetime import DatetimeCodec
from trimtab.codec.domain import MISSING
from trimtab.codec.identifier import IdentifierCodec
from trimtab.codec.label import LabelCodec
from trimtab.codec.number import NumberCodec
from trimtab.model.grid.fit import fit_number_grid
from trimtab.model.grid.grid import Grid, LabelGrid, NumberGrid
from trimtab.model.trees.persons.chain import NOT_MOVED, end_of
from trimtab.model.trees.persons.counting import By, Counting
from trimtab.model.trees.persons.features import (
    Told,
    of_column,
    of_persons,
    of_turns,
    side_by_side,
)
from trimtab.model.trees.persons.history import Standing
from trimtab.model.trees.persons.standing import Kinds, kinds_of
from trimtab.model.trees.persons.understanding import Understanding

_LOCATED = 20  # elements of a number from which on persons have habits in it


@dataclass(frozen=True, eq=False)
class Lesson:
    """Rows of persons, as they are counted, and what is told of each by itself.

    grids   how the codes of all columns are cut
    bounds  constants that moments never pass
    plain   columns that are not counted among those of their kind
    """

    known: Understanding
    grids: Mapping[str, Grid]
    codec: Codec
    bounds: tuple[str, ...]
    plain: frozenset[str]
    key: Key

    @cached_property
    def counting(self) -> Mapping[str, Counting]:
        """How the columns of rows are counted."""
        return {**self.known.counting, **{n: Counting(By.KIND) for n in self.kinds}}

    @cached_property
    def kinds(self) -> dict[str, Kinds]:
        """The kinds of those numbers that are of several, told by a column before."""
        rows, least = self.known.rows, self.codec.min_count
        found: dict[str, Kinds] = {}
        labels: dict[str, tuple[LabelGrid, Int]] = {}
        for name, counting in self.known.counting.items():
            grid, column = self.grids[name], self.codec.columns[name]
            if isinstance(grid, LabelGrid):
                labels[name] = grid, grid.encode(rows.codes[name])
            elif counting.by is By.ITSELF and name not in self.plain and is_located(grid):
                grains = column.grains if isinstance(column, NumberCodec | DatetimeCodec) else ()
                own = kinds_of(rows.codes[name], grid, labels, rows, least, grains)
                found |= {} if own is None else {name: own}
        return found

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """Where numbers of several kinds stand among those of their own."""
        rows, found = self.known.rows, {}
        for name, kinds in self.kinds.items():
            tokens = self.elements[kinds.label]
            scores = kinds.scores(rows.codes[name], tokens)
            found[name] = Standing(kinds.of_token[tokens], scores)
        return found

    @cached_property
    def before(self) -> dict[str, Int]:
        """The codes of the row before; missing at first rows."""
        rows, found = self.known.rows, {}
        for name in self.counting:
            found[name] = np.r_[MISSING, rows.codes[name][:-1]]
            found[name][rows.starts] = MISSING
        return found

    @cached_property
    def steps(self) -> dict[str, Int]:
        """The codes as they are counted."""
        rows, found = self.known.rows, {}
        for name, counting in self.counting.items():
            base = self.before[name]
            if counting.by is By.MOMENT:
                assert self.known.moment is not None
                base = rows.codes[self.known.moment]
            if counting.by is By.KIND:
                kinds, key = self.kinds[name], self.key.child(name, "standing")
                tokens, jitter = self.elements[kinds.label], key.uniforms(0, rows.rows)
                found[name] = kinds.steps(rows.codes[name], tokens, jitter)
            else:
                found[name] = counting.steps(rows.codes[name], base)
        return found

    def drawn(self, name: str) -> Bool:
        """The rows in which a column is drawn: what is counted from before is not in first ones."""
        first = self.known.rows.turn == 0
        return ~first if self.counting[name].by is By.BEFORE else np.ones(len(first), bool)

    @cached_property
    def stayed(self) -> dict[str, Bool]:
        """Where a column has the value of the row before."""
        codes = self.known.rows.codes
        return {n: (codes[n] == b) & (b != MISSING) for n, b in self.before.items()}

    @cached_property
    def step_grids(self) -> dict[str, Grid]:
        """How the codes are cut as they are counted."""
        rows, found = self.known.rows, {}
        for name, counting in self.counting.items():
            at = np.flatnonzero(self.drawn(name))
            column = self.codec.columns[name]
            assert not isinstance(column, IdentifierCodec)
            if counting.by is By.ITSELF:
                found[name] = self.grids[name]
                continue
            grains: tuple[int, ...] = ()
            fine = counting.waves is None and counting.by is not By.KIND
            if fine and not isinstance(column, LabelCodec):
                grains = column.grains
            least, who = self.codec.min_count, rows.person[at]
            found[name] = fit_number_grid(self.steps[name][at], least, grains, who)
        return found

    @cached_property
    def elements(self) -> dict[str, Int]:
        """The elements of the columns' codes."""
        return {n: self.grids[n].encode(self.known.rows.codes[n]) for n in self.counting}

    @cached_property
    def present(self) -> Told:
        """What is told of each row by its person and its turn."""
        rows, moment = self.known.rows, self.known.moment
        firsts = {n: rows.codes[n][rows.starts] for n in self.known.constants}
        grids = {n: self.grids[n] for n in self.known.constants}
        features, scores = of_persons(grids, firsts, rows.persons)
        began, end = np.zeros(rows.persons, np.int64), np.full(rows.persons, MISSING)
        now = np.full(rows.rows, MISSING)
        if moment is not None:
            began, now = rows.codes[moment][rows.starts], self.before[moment]
            end = end_of(self.grids[moment], self.bounds, firsts, rows.persons)
        own = rows.person
        turns = of_turns(rows.turn, rows.counts[own], now, began[own], end[own])
        return side_by_side([(features[rows.person], scores[rows.person]), turns])

    @cached_property
    def own(self) -> dict[str, Told]:
        """What is told of each row by each of its columns."""
        found = {}
        for name, counting in self.counting.items():
            moved = self.stayed[name].astype(np.int64)
            if counting.by is not By.ITSELF:
                steps = self.step_grids[name].encode(self.steps[name])
                moved = np.where(self.drawn(name), steps, NOT_MOVED)
            scores = self.grids[name].scores(self.elements[name])
            found[name] = of_column(self.elements[name], scores, moved)
        return found

    def upto(self, name: str) -> list[Told]:
        """What is told of rows by the columns before one."""
        names = list(self.counting)
        return [self.own[n] for n in names[: names.index(name)]]


def is_located(grid: Grid) -> bool:
    """Whether it is told how far a number lies from where it is expected."""
    return isinstance(grid, NumberGrid) and len(grid.low) > _LOCATED
