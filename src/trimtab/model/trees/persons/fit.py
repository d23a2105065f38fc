"""Learning the rows of persons: what each column is given the past, and whether it stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab._run import Progress
from trimtab.codec.codec import Codec
from trimtab.codec.domain import MISSING
from trimtab.codec.identifier import IdentifierCodec
from trimtab.codec.label import LabelCodec
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.trees.conditional import Conditional, fit_conditional
from trimtab.model.trees.fit import recipe_of
from trimtab.model.trees.joining import joined
from trimtab.model.trees.location import Location, fit_location
from trimtab.model.trees.parents import best_parents
from trimtab.model.trees.persons.chain import NOT_MOVED, RowChain, RowColumn, end_of
from trimtab.model.trees.persons.counting import By, Counting
from trimtab.model.trees.persons.features import (
    Told,
    of_column,
    of_persons,
    of_turns,
    side_by_side,
)
from trimtab.model.trees.persons.history import past_of_rows
from trimtab.model.trees.persons.understanding import Understanding

_LOCATED = 20  # elements of a number from which on persons have habits in it
_STAYS = 0.02  # of the rows: a column that is as before more rarely is drawn anew each time


def fit_rows(
    known: Understanding,
    grids: Mapping[str, Grid],
    codec: Codec,
    bounds: tuple[str, ...],
    key: Key,
    progress: Progress,
) -> RowChain:
    """Learn the rows of persons.

    grids   how the codes of all columns are cut
    bounds  constants that moments never pass
    """
    lesson = _Lesson(known, grids, codec, bounds, key)
    columns = {}
    progress("learning rows", 0, len(known.counting))
    for j, name in enumerate(known.counting):
        columns[name] = lesson.column(name)
        progress("learning rows", j + 1, len(known.counting))
    constants = {n: grids[n] for n in known.constants}
    return RowChain(constants, _quick(columns), known.moment, bounds)


def _quick(columns: Mapping[str, RowColumn]) -> dict[str, RowColumn]:
    """The columns with one booster for several: each turn of a draw asks all of them."""
    parts: dict[tuple[str, str], Conditional | Location] = {}
    for name, column in columns.items():
        of_column = {"change": column.change, "stay": column.stay, "habit": column.location}
        parts |= {(name, kind): part for kind, part in of_column.items() if part is not None}
    ready = dict(zip(parts, joined(list(parts.values())), strict=True))
    found = {}
    for name, column in columns.items():
        change, stay, habit = (ready.get((name, kind)) for kind in ("change", "stay", "habit"))
        assert isinstance(change, Conditional)
        assert not isinstance(stay, Location) and not isinstance(habit, Conditional)
        found[name] = replace(column, change=change, stay=stay, location=habit)
    return found


@dataclass(frozen=True, eq=False)
class _Lesson:
    """Rows of persons that are learned, and all that is told of them."""

    known: Understanding
    grids: Mapping[str, Grid]
    codec: Codec
    bounds: tuple[str, ...]
    key: Key

    @property
    def counting(self) -> Mapping[str, Counting]:
        """How the columns of rows are counted."""
        return self.known.counting

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
            if counting.waves is None and not isinstance(column, LabelCodec):
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

    def _upto(self, name: str) -> list[Told]:
        """What is told of rows by the columns before one."""
        names = list(self.counting)
        return [self.own[n] for n in names[: names.index(name)]]

    @cached_property
    def habits(self) -> dict[str, tuple[Location, Float]]:
        """Of numbers, what is expected by all but the past, and how far rows lie beyond."""
        return {
            n: self._habit(n)
            for n, counting in self.counting.items()
            if counting.by is not By.BEFORE and _is_located(self.grids[n])
        }

    def _habit(self, name: str) -> tuple[Location, Float]:
        grid, key = self.grids[name], self.key.child(name, "habit")
        assert isinstance(grid, NumberGrid)
        at = np.flatnonzero(self.elements[name] >= 0)
        features, scores = side_by_side([self.present, *self._upto(name)])
        recipe = recipe_of(len(at), self.known.rows.person[at], self.codec.min_count, key)
        elements = self.elements[name][at]
        target = grid.scores(elements, key.child("jitter").uniforms(0, len(at)))
        location, held_out = fit_location(
            features[at], scores[at], target, recipe.location_folds, recipe.location
        )
        residual = np.zeros(self.known.rows.rows)
        residual[at] = grid.scores(elements) - held_out
        return location, residual

    @cached_property
    def past(self) -> Told:
        """What is told of each row by the rows before it."""
        grids = {n: self.grids[n] for n in self.counting}
        residuals = {n: residual for n, (_, residual) in self.habits.items()}
        return past_of_rows(grids, self.known.rows, self.elements, residuals)

    def column(self, name: str) -> RowColumn:
        """Learn one column."""
        counting, drawn = self.counting[name], self.drawn(name)
        told = side_by_side([self.present, self.past, *self._upto(name)])
        stay, may = None, drawn & (self.before[name] != MISSING)
        if counting.by is By.ITSELF and may.any() and self.stayed[name][may].mean() > _STAYS:
            flags = self.stayed[name].astype(np.int64)
            stay = self._learned(fit_label_grid(flags[may], 2), flags, may, told, name, "stay")
            drawn = drawn & ~self.stayed[name]
        change = self._learned(self.step_grids[name], self.steps[name], drawn, told, name, "change")
        habit = self.habits.get(name)
        location = None if habit is None else habit[0]
        least = 0
        if counting.by is By.BEFORE and drawn.any():
            least = int(self.steps[name][drawn].min() >= 1)
        return RowColumn(counting, self.grids[name], change, stay, location, least)

    def _learned(
        self, grid: Grid, codes: Int, rows: Bool, told: Told, name: str, part: str
    ) -> Conditional:
        """What codes are in some of the rows."""
        at, key = np.flatnonzero(rows), self.key.child(name, part)
        recipe = recipe_of(len(at), self.known.rows.person[at], self.codec.min_count, key)
        features, elements = told[0][at], grid.encode(codes[at])
        return fit_conditional(
            best_parents(features, elements, key.child("parents")),
            grid,
            elements,
            features,
            told[1][at],
            recipe,
            key.child("jitter").uniforms(0, len(at)),
        )


def _is_located(grid: Grid) -> bool:
    return isinstance(grid, NumberGrid) and len(grid.low) > _LOCATED
