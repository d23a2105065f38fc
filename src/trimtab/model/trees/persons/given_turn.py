"""A row of each person of which some cells are given: drawn, and weighed by these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.grid.intervals import Intervals
from trimtab.model.interface import (
    FIRST_SET,
    GIVEN,
    HOLE,
    PRESENT,
    Condition,
    Stream,
    stream_of_rows,
)
from trimtab.model.masks.held import held
from trimtab.model.masks.left import Left
from trimtab.model.masks.relation import FARTHEST
from trimtab.model.trees.given import GivenBefore
from trimtab.model.trees.persons.chain import Drawn, Turn
from trimtab.model.trees.persons.columns import RowColumn
from trimtab.model.trees.persons.counting import By
from trimtab.model.trees.persons.features import Told
from trimtab.model.trees.persons.held import OfKinds
from trimtab.model.trees.persons.mixture import Mixture
from trimtab.model.trees.persons.particles import LEAST_LOG
from trimtab.model.trees.persons.ranges import within
from trimtab.model.trees.persons.standing import Kinds

_LEAST = 1e-12  # of probabilities


@dataclass(frozen=True, eq=False)
class TurnBefore(Turn):
    """Rows that are drawn before others that are given.

    upto  the last code that these leave a column that is counted from the row before, [rows]
    """

    upto: Mapping[str, Int]

    def part(self, rows: Int) -> TurnBefore:
        """Some of the rows."""
        return TurnBefore(
            self.chain,
            self.turn,
            self.who[rows],
            {n: c[rows] for n, c in self.persons.items()},
            self.counts[rows],
            {n: c[rows] for n, c in self.before.items()},
            lambda name, purpose: self.uniforms(name, purpose)[rows],
            self.masks,
            {n: c[rows] for n, c in self.upto.items()},
        )

    def ends(self, name: str) -> Int:
        """See `Turn.ends`; those whose rows have come to the last code that is ever drawn go on, as
        far as nothing else bounds them."""
        end, column = super().ends(name), self.chain.columns[name]
        if column.counting.waves is not None or not isinstance(column.grid, NumberGrid):
            return end
        bounds = self.chain.bounds if name == self.chain.moment else ()
        limits = [self.persons[n] for n in bounds]
        far = [np.where(limit == MISSING, FARTHEST, limit) for limit in limits]
        open_ = np.minimum.reduce([np.full(len(end), FARTHEST), *far])
        later = self.counts - self.turn
        room = column.counting.steps(end, self.before[name])
        return np.where(room < np.maximum(column.least * later, 1), open_, end)

    def _limits(self, name: str, column: RowColumn, base: Int) -> tuple[Int, Int]:
        low, high = super()._limits(name, column, base)
        upto = self.upto[name]
        steps = column.counting.steps(np.where(upto == FARTHEST, base, upto), base)
        return low, np.where(upto == FARTHEST, high, np.minimum(high, steps))


@dataclass(frozen=True, eq=False)
class GivenTurn(TurnBefore):
    """The rows of candidates, of which some cells are given.

    conditions  what is given of their columns
    several     whether a candidate's person has others: where not, weights say nothing, [rows]
    logs        their log weights; what the cells add is added to them
    """

    conditions: Mapping[str, Condition]
    several: Bool
    logs: Float

    def cells(self, name: str, column: RowColumn, told: Told, drawn: Drawn) -> tuple[Int, Int]:
        """See `Turn.cells`."""
        condition = self._condition(name, column)
        mine, moved = condition.value.copy(), np.zeros(len(self.who), np.int64)
        state, nullable = condition.state, column.change.grid.nullable
        given = state == GIVEN
        asked = (state >= FIRST_SET) | ((state == PRESENT) & nullable)
        if column.counting.by is By.BEFORE:
            asked &= False
        free = np.flatnonzero(~given & ~asked)
        if len(free):
            part, own = (told[0][free], told[1][free]), drawn.of_rows(free)
            mine[free], moved[free] = self._drawn_before(name, column, part, own, free)
        rows = np.flatnonzero(asked)
        if len(rows):
            mine[rows] = self._asked(name, column, told, drawn, rows, condition.of_rows(rows))
        clamped = np.flatnonzero(given | asked)
        if len(clamped):
            moved[clamped] = self._moved(name, column, drawn, mine, clamped)
        weighed = np.flatnonzero(given & self.several)
        if len(weighed):
            part = told[0][weighed], told[1][weighed]
            logs = self._log_prob(name, column, part, drawn, mine, weighed)
            self.logs[weighed] += np.maximum(logs, LEAST_LOG)
        return mine, moved

    def _condition(self, name: str, column: RowColumn) -> Condition:
        """What is asked of a column: of one that never falls, what lies between two rows."""
        condition = self.conditions[name]
        if column.counting.by is not By.ITSELF or name not in self.upto:
            return condition
        before = self.before[name]
        low = np.where((before == MISSING) | (condition.state == HOLE), -FARTHEST, before)
        high = np.where(condition.state == HOLE, FARTHEST, self.upto[name])
        return within(column.grid, condition, low, np.maximum(low, high))

    def _base(self, name: str, column: RowColumn, codes: Mapping[str, Int]) -> Int:
        """What a column's codes are counted from."""
        moment = self.chain.moment
        at_moment = column.counting.by is By.MOMENT and moment is not None
        return codes[moment] if at_moment and moment else self.before[name]

    def _moved(self, name: str, column: RowColumn, drawn: Drawn, mine: Int, rows: Int) -> Int:
        before = self.before[name][rows]
        if column.counting.by is By.ITSELF:
            if column.stay is None:
                return np.zeros(len(rows), np.int64)
            return ((mine[rows] == before) & (before != MISSING)).astype(np.int64)
        if column.kinds is not None:
            tokens, middle = drawn.elements[column.kinds.label][rows], np.full(len(rows), 0.5)
            return column.change.grid.encode(column.kinds.steps(mine[rows], tokens, middle))
        base = self._base(name, column, drawn.codes)[rows]
        return column.change.grid.encode(column.counting.steps(mine[rows], base))

    def _drawn_before(
        self, name: str, column: RowColumn, told: Told, drawn: Drawn, rows: Int
    ) -> tuple[Int, Int]:
        """The codes of rows of which nothing is given, but maybe of later ones."""
        part = self.part(rows)
        mine, moved = part.cells(name, column, told, drawn)
        if column.counting.by is not By.BEFORE:
            return mine, moved
        base, upto = part.before[name], part.upto[name]
        mine = np.maximum(np.minimum(mine, upto), base)
        moved = column.change.grid.encode(column.counting.steps(mine, base))
        at = np.flatnonzero((upto < FARTHEST) & self.several[rows])
        if len(at):
            own = GivenBefore.of(column.change, told[0][at], told[1][at])
            some = part.part(at)
            low, high = Turn._limits(some, name, column, base[at])
            share = _share(own, low, some._limits(name, column, base[at])[1])
            self.logs[rows[at]] += np.maximum(share - _share(own, low, high), LEAST_LOG)
        return mine, moved

    def _asked(
        self,
        name: str,
        column: RowColumn,
        told: Told,
        drawn: Drawn,
        rows: Int,
        condition: Condition,
    ) -> Int:
        """The codes of rows that ask for a value, or for one of a set."""
        part = told[0][rows], told[1][rows]
        stream = stream_of_rows(self._stream(name), rows)
        if column.kinds is not None:
            of_kinds = self._of_kinds(column.kinds, column, part, drawn, rows)
            codes, logs = _of_some(of_kinds, condition, stream)
            self.logs[rows] += logs
            left = self._left(name, drawn.codes, rows)
            return codes if left is None else of_kinds.held(left, codes, stream)
        if column.counting.by is By.MOMENT:
            base = self._base(name, column, drawn.codes)[rows]
            change = GivenBefore.of(column.change, *part)
            steps, logs = _from_moment(change, condition, base, stream)
            self.logs[rows] += logs
            return column.counting.codes(steps, base)
        mixture = Mixture.of(column.change, column.stay, part, self.before[name][rows])
        codes = np.zeros(len(rows), np.int64)
        there = np.flatnonzero(condition.state == PRESENT)
        if len(there):
            codes[there] = mixture.part(there).draw_present(stream_of_rows(stream, there))
        some = np.flatnonzero(condition.state >= FIRST_SET)
        if len(some):
            which, own_mixture = condition.state[some] - FIRST_SET, mixture.part(some)
            codes[some] = own_mixture.draw(condition.sets, which, stream_of_rows(stream, some))
            mass = own_mixture.mass(condition.sets, which)
            self.logs[rows[some]] += np.log(np.maximum(mass, _LEAST))
        left = self._left(name, drawn.codes, rows)
        return codes if left is None else held(left, mixture.change, condition, codes, stream)

    def _of_kinds(
        self, kinds: Kinds, column: RowColumn, told: Told, drawn: Drawn, rows: Int
    ) -> OfKinds:
        """How a number of several kinds is distributed in some rows."""
        given = GivenBefore.of(column.change, *told)
        return OfKinds(given, kinds, drawn.elements[kinds.label][rows])

    def _left(self, name: str, codes: Mapping[str, Int], rows: Int) -> Left | None:
        """What masks leave of a column; None where they do not hold it."""
        if self.masks is None or not self.masks.hold(name):
            return None
        known = {n: c[rows] for n, c in {**self.persons, **codes}.items()}
        return Left.of(self.masks, name, known, len(rows))

    def _log_prob(
        self,
        name: str,
        column: RowColumn,
        told: Told,
        drawn: Drawn,
        mine: Int,
        rows: Int,
    ) -> Float:
        """How probable given codes are."""
        before, values = self.before[name][rows], mine[rows]
        if column.kinds is not None:
            left = self._left(name, drawn.codes, rows)
            logs = self._of_kinds(column.kinds, column, told, drawn, rows).log_prob(values)
            return logs if left is None else np.where(left.allows(values), logs, LEAST_LOG)
        if column.counting.by is By.ITSELF:
            mixture = Mixture.of(column.change, column.stay, told, before)
            left = self._left(name, drawn.codes, rows)
            return mixture.log_prob(values) if left is None else mixture.log_prob_held(left, values)
        base = self._base(name, column, drawn.codes)[rows]
        steps = column.counting.steps(values, base)
        own = GivenBefore.of(column.change, *told)
        logs = own.log_prob(steps, own.grid.encode(steps))
        if column.counting.by is By.BEFORE:
            low, high = Turn._limits(self.part(rows), name, column, base)
            logs = np.where(steps > np.maximum(low, high), LEAST_LOG, logs - _share(own, low, high))
            logs = np.where(steps < low, LEAST_LOG, logs)
        return logs


def _of_some(own: OfKinds, condition: Condition, stream: Stream) -> tuple[Int, Float]:
    """The codes of numbers of several kinds of which a value is asked, or one of some ranges, and
    the log probability of what is asked."""
    codes, logs = np.zeros(len(condition.state), np.int64), np.zeros(len(condition.state))
    there = np.flatnonzero(condition.state == PRESENT)
    if len(there):
        codes[there] = own.part(there).draw_present(stream_of_rows(stream, there))
    for i, allowed in enumerate(condition.sets):
        rows = np.flatnonzero(condition.state == FIRST_SET + i)
        if len(rows):
            assert isinstance(allowed, Intervals), "numbers are no labels"
            part = stream_of_rows(stream, rows)
            codes[rows], logs[rows] = own.part(rows).draw_within(allowed, part)
    return codes, logs


def _from_moment(
    change: GivenBefore, condition: Condition, base: Int, stream: Stream
) -> tuple[Int, Float]:
    """How far dates lie from moments of which a value is asked, or one between some, and the log
    probability of what is asked."""
    steps, logs = np.zeros(len(base), np.int64), np.zeros(len(base))
    there = np.flatnonzero(condition.state == PRESENT)
    if len(there):
        part = stream_of_rows(stream, there)
        steps[there] = change.part(there).free(condition.of_rows(there), part)
    some = np.flatnonzero(condition.state >= FIRST_SET)
    if len(some):
        pairs = np.stack([condition.state[some] - FIRST_SET, base[some]])
        distinct, which = np.unique(pairs, axis=1, return_inverse=True)
        sets = []
        for i, moment in distinct.T.tolist():
            allowed = condition.sets[i]
            assert isinstance(allowed, Intervals), "dates are no labels"
            ends = allowed.low - moment, allowed.high - moment
            sets.append(Intervals(*ends, allowed.missing))
        own, which = change.part(some), which.reshape(-1)
        steps[some] = own.draw(sets, which, stream_of_rows(stream, some))
        logs[some] = np.log(np.maximum(own.share(sets, which), _LEAST))
    return steps, logs


def _share(own: GivenBefore, low: Int, high: Int) -> Float:
    """The log probability that a step lies between, where not all do."""
    grid, out = own.grid, np.zeros(own.rows)
    assert isinstance(grid, NumberGrid)
    if not len(grid.low):
        return out
    least, most = grid.reach
    rows = np.flatnonzero((low > least) | (high < most))
    if len(rows):
        ends = np.stack([low[rows], np.maximum(low, high)[rows]])
        pairs, which = np.unique(ends, axis=1, return_inverse=True)
        sets = [Intervals(np.array([a]), np.array([b])) for a, b in pairs.T.tolist()]
        share = own.part(rows).share(sets, which.reshape(-1))
        out[rows] = np.log(np.maximum(share, _LEAST))
    return out
