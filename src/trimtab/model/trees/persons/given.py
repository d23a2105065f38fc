"""Rows of persons of which some cells are given, in their order, and what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Bool, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.grid.sets import common
from trimtab.model.interface import FIRST_SET, GIVEN, HOLE, PRESENT, Condition, Request
from trimtab.model.masks.relation import FARTHEST
from trimtab.model.trees.persons.chain import RowChain
from trimtab.model.trees.persons.columns import RowColumn
from trimtab.model.trees.persons.counting import By

_RISES = (
    20  # times that a column has to rise, and never falls: half of all changes would, by chance
)
_LAST = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class GivenRows:
    """What is given of persons and their rows, person by person and in order.

    chain      of the rows
    counts     how many rows of each person there are, [persons]
    once       what is given of what persons have once, [persons]
    conditions what is given of the rows' columns, [rows]
    place      where each row stood among those that were given
    rising     columns that the chain draws as they are and that never fall in what is given: gaps
               between two values of them are filled between these
    """

    chain: RowChain
    counts: Int
    once: Mapping[str, Condition]
    conditions: Mapping[str, Condition]
    place: Int
    rising: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, chain: RowChain, request: Request, persons: Int, *, whole: bool = False
    ) -> GivenRows:
        """From rows as they stand; `persons` numbers from 0 whose each is.

        whole  whether these are all rows of all persons, so that they tell what never falls

        They are put in order by the moment, those of one moment by what only grows; rows whose
        moment is not given come last; and else as they stand.
        """
        asked = {
            n: request.conditions.get(n, Condition.holes(request.rows))
            for n in (*chain.constants, *chain.columns)
        }
        order = [persons]
        for name, column in chain.columns.items():
            if column.counting.by is By.BEFORE:
                condition = asked[name]
                known = (condition.state == GIVEN) & (condition.value != MISSING)
                order.append(np.where(known, condition.value, _LAST))
        place = np.lexsort((np.arange(request.rows), *order[::-1]))
        counts = np.bincount(persons)
        starts = np.cumsum(counts) - counts
        asked = {n: c.of_rows(place) for n, c in asked.items()}
        who = persons[place]
        once = {n: _of_person(asked[n], who, starts) for n in chain.constants}
        own = {n: asked[n] for n in chain.columns}
        ordered = whole and chain.moment is not None
        rising = [n for n, c in own.items() if ordered and _rises(chain.columns[n], c, who)]
        return cls(chain, counts, once, own, place, frozenset(rising))

    @property
    def persons(self) -> int:
        """How many persons."""
        return len(self.counts)

    @cached_property
    def starts(self) -> Int:
        """The place of each person's first row."""
        return np.cumsum(self.counts) - self.counts

    @cached_property
    def person(self) -> Int:
        """The person of each row."""
        return np.repeat(np.arange(self.persons), self.counts)

    def part(self, start: int, stop: int) -> GivenRows:
        """Persons start..stop-1, and their rows."""
        first = int(self.counts[:start].sum())
        last = first + int(self.counts[start:stop].sum())
        return GivenRows(
            self.chain,
            self.counts[start:stop],
            {n: c.part(start, stop) for n, c in self.once.items()},
            {n: c.part(first, last) for n, c in self.conditions.items()},
            self.place[first:last],
            self.rising,
        )

    @cached_property
    def holes(self) -> Bool:
        """The rows of which a cell is to be drawn."""
        states = [c.state != GIVEN for c in self.conditions.values()]
        return np.asarray(np.logical_or.reduce(states))

    @cached_property
    def last_hole(self) -> Int:
        """The turn of each person's last row of which a cell is to be drawn; -1 where none is."""
        turn = np.arange(len(self.person)) - self.starts[self.person]
        return np.maximum.reduceat(np.where(self.holes, turn, -1), self.starts)

    @cached_property
    def unknown(self) -> Bool:
        """The persons of whom anything is to be drawn that they have once."""
        states = [c.state != GIVEN for c in self.once.values()]
        return np.asarray(np.logical_or.reduce([np.zeros(self.persons, bool), *states]))

    @cached_property
    def begins(self) -> Mapping[str, Condition]:
        """What is given of the first rows' columns that are counted from the row before."""
        return {
            n: self.conditions[n].of_rows(self.starts)
            for n, column in self.chain.columns.items()
            if column.counting.by is By.BEFORE
        }

    @cached_property
    def ends(self) -> Mapping[str, Int]:
        """Of columns that never fall, the last code with which a row leaves its person what is
        given later, [rows]; FARTHEST where nothing is."""
        found = {}
        for name, column in self.chain.columns.items():
            if column.counting.by is By.BEFORE or name in self.rising:
                found[name] = self._ends(column, self.conditions[name])
        return found

    def _ends(self, column: RowColumn, condition: Condition) -> Int:
        value = np.where(condition.state == GIVEN, condition.value, MISSING)
        end, after = np.full(len(self.person), FARTHEST), np.full(self.persons, FARTHEST)
        turn = np.arange(len(self.person)) - self.starts[self.person]
        for now in range(int(self.counts.max(initial=0)) - 1, -1, -1):
            at = np.flatnonzero(turn == now)
            who = self.person[at]
            end[at] = after[who]
            own = np.where(value[at] == MISSING, after[who], value[at])
            if column.least:
                known = own != FARTHEST
                back = np.full(len(at), -column.least)
                own = np.where(known, column.counting.codes(back, np.where(known, own, 0)), own)
            after[who] = own
        return end


def _of_person(asked: Condition, who: Int, starts: Int) -> Condition:
    """What rows say of a column that persons have once: a value of any of them, a set, or that it
    is to be filled; and only where none says any of these that it is missing."""
    value = np.full(len(starts), MISSING)
    state = np.full(len(starts), HOLE, np.int64)
    sets = list(asked.sets)
    told = (asked.state == GIVEN) & (asked.value == MISSING)
    state[who[told]] = GIVEN
    state[who[asked.state == PRESENT]] = PRESENT
    for row in np.flatnonzero(asked.state >= FIRST_SET).tolist():
        mine, allowed = int(who[row]), asked.sets[asked.state[row] - FIRST_SET]
        if state[mine] >= FIRST_SET:
            allowed = common(allowed, sets[state[mine] - FIRST_SET])
        state[mine] = FIRST_SET + len(sets)
        sets.append(allowed)
    known = np.flatnonzero((asked.state == GIVEN) & (asked.value != MISSING))[::-1]
    value[who[known]], state[who[known]] = asked.value[known], GIVEN  # the first one stays
    return Condition(value, state, tuple(sets))


def _rises(column: RowColumn, condition: Condition, who: Int) -> bool:
    """Whether a number that is drawn as it is never falls from one given value to the next of its
    person, and that is no chance."""
    if column.counting.by is not By.ITSELF or not isinstance(column.grid, NumberGrid):
        return False
    rows = np.flatnonzero((condition.state == GIVEN) & (condition.value != MISSING))
    steps = np.diff(condition.value[rows])[who[rows][1:] == who[rows][:-1]]
    return bool((steps >= 0).all() and (steps > 0).sum() >= _RISES)
