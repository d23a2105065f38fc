"""The rows of persons: each column of a row given its person, the rows before it, and the columns
of the row before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.codec.domain import MISSING
from trimtab.model.grid.grid import Grid, LabelGrid, NumberGrid
from trimtab.model.grid.sets import without
from trimtab.model.interface import Condition, Stream, stream_of_rows
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.held import held
from trimtab.model.masks.left import Left
from trimtab.model.masks.masks import Masks
from trimtab.model.masks.relation import FARTHEST
from trimtab.model.trees.boosting import draw
from trimtab.model.trees.columns import Columns
from trimtab.model.trees.given import GivenBefore
from trimtab.model.trees.location import expected
from trimtab.model.trees.persons.columns import RowColumn
from trimtab.model.trees.persons.counting import By
from trimtab.model.trees.persons.features import (
    Told,
    of_column,
    of_persons,
    of_turns,
    side_by_side,
)
from trimtab.model.trees.persons.held import OfKinds
from trimtab.model.trees.persons.history import History, Standing

NOT_MOVED = -2  # of a person's first row


@dataclass(frozen=True, eq=False)
class RowChain:
    """Draws the rows of persons.

    constants  grids of the columns that a person has once
    columns    of the rows, in drawing order; the moment is the first, if there is one
    moment     the column that rows are ordered by
    bounds     constants that moments never pass
    """

    constants: Mapping[str, Grid]
    columns: Mapping[str, RowColumn]
    moment: str | None
    bounds: tuple[str, ...] = ()

    def ends(self, name: str, persons: Mapping[str, Int], many: int) -> Int:
        """The last code that a moment or total of each person may have."""
        bounds = self.bounds if name == self.moment else ()
        return end_of(self.columns[name].grid, bounds, persons, many)

    def room(self, persons: Mapping[str, Int], many: int) -> Int:
        """How many rows each person may have at most, as each takes a step."""
        room = np.full(many, FARTHEST)
        for name, column in self.columns.items():
            if column.least:
                end = self.ends(name, persons, many)
                steps = column.counting.steps(end, persons[name])
                room = np.minimum(room, steps // column.least + 1)
        return np.maximum(room, 1)

    def fill(
        self,
        persons: Mapping[str, Int],
        counts: Int,
        start: int,
        key: Key,
        masks: Masks | None = None,
    ) -> dict[str, Int]:
        """The codes of all rows of persons who stand at start, start + 1, ... of the whole, person
        by person.

        persons  what each has once, and the first value of each column that is counted from the
                 row before
        masks    what rows may be, if there are any
        """
        many, rows = len(counts), int(counts.sum())
        starts = np.cumsum(counts) - counts
        out = {n: np.full(rows, MISSING, np.int64) for n in self.columns}
        history = self.history(many)
        fixed = of_persons(self.constants, persons, many)
        nothing = np.full(many, MISSING, np.int64)
        for turn in range(int(counts.max(initial=0))):
            who = np.flatnonzero(counts > turn)
            at = starts[who] + turn
            before = {n: out[n][at - 1] if turn else nothing[who] for n in self.columns}
            mine = {n: c[who] for n, c in persons.items()}
            own = fixed[0][who], fixed[1][who]
            present = self.present(own, mine, turn, counts[who], before)

            def uniforms(name: str, purpose: str, turn: int = turn, who: Int = who) -> Float:
                first, last = int(who[0]), int(who[-1])
                of_all = key.child(name, purpose, turn).uniforms(start + first, start + last + 1)
                return of_all[who - first]

            turned = Turn(self, turn, who, mine, counts[who], before, uniforms, masks)
            drawn = turned.filled(present, history)
            for name, codes in drawn.codes.items():
                out[name][at] = codes
            history.tell(who, drawn.elements, drawn.residuals, drawn.standings)
        return out

    def history(self, persons: int) -> History:
        """Of persons who have no row yet."""
        several = {n: len(c.kinds.grids) for n, c in self.columns.items() if c.kinds is not None}
        shrunk = {n: c.shrunk for n, c in self.columns.items() if c.shrunk is not None}
        return History({n: c.grid for n, c in self.columns.items()}, persons, several, shrunk)

    def present(
        self,
        own: Told,
        persons: Mapping[str, Int],
        turn: int,
        counts: Int,
        before: Mapping[str, Int],
    ) -> Told:
        """What is told of rows by their persons and their turn.

        own     by what persons have once
        before  the codes of the rows before; not looked at in first rows
        """
        nothing = np.full(len(counts), MISSING, np.int64)
        began, now, end = np.zeros(len(counts), np.int64), nothing, nothing
        if self.moment is not None:
            began, now = persons[self.moment], before[self.moment] if turn else nothing
            end = end_of(self.columns[self.moment].grid, self.bounds, persons, len(counts))
        told = of_turns(np.full(len(counts), turn), counts, now, began, end)
        return side_by_side([own, told])


def end_of(grid: Grid, bounds: tuple[str, ...], persons: Mapping[str, Int], many: int) -> Int:
    """The last code that each person may have: that is drawn at all, and that passes no bound."""
    last = grid.reach[1] if isinstance(grid, NumberGrid) else len(grid.rows) - 1
    end = np.full(many, last)
    for bound in bounds:
        limit = persons[bound]
        end = np.where(limit == MISSING, end, np.minimum(end, limit))
    return end


@dataclass(frozen=True, eq=False)
class Drawn:
    """What of rows has been drawn, by columns.

    own        what is told of the rows by these
    elements   of the codes
    residuals  how far numbers lie beyond what was expected of all but their past
    standings  of numbers that are counted among those of their kind
    """

    own: list[Told] = field(default_factory=list)
    codes: dict[str, Int] = field(default_factory=dict)
    elements: dict[str, Int] = field(default_factory=dict)
    residuals: dict[str, Float] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)

    def of_rows(self, rows: Int) -> Drawn:
        """The codes of some rows, and their elements."""
        codes, elements = ({n: c[rows] for n, c in m.items()} for m in (self.codes, self.elements))
        return Drawn(codes=codes, elements=elements)


@dataclass(frozen=True, eq=False)
class Turn:
    """Rows that are the same in number of their persons, which are drawn side by side."""

    chain: RowChain
    turn: int
    who: Int
    persons: Mapping[str, Int]
    counts: Int
    before: Mapping[str, Int]
    uniforms: Callable[[str, str], Float]
    masks: Masks | None

    def filled(self, present: Told, history: History) -> Drawn:
        """The rows' columns, one after the other."""
        drawn, past = Drawn(), history.features(self.who)
        for name, column in self.chain.columns.items():
            if column.counting.by is By.BEFORE and self.turn == 0:
                mine, moved = self.persons[name], np.full(len(self.who), NOT_MOVED)
            else:
                of_kind = []
                if column.kinds is not None:
                    kind = column.kinds.of_token[drawn.elements[column.kinds.label]]
                    of_kind = [history.of_kind(name, self.who, kind)]
                told = side_by_side([present, past, *drawn.own, *of_kind])
                mine, moved = self.cells(name, column, told, drawn)
            self._add(name, column, mine, moved, present, drawn)
        return drawn

    def cells(self, name: str, column: RowColumn, told: Told, drawn: Drawn) -> tuple[Int, Int]:
        """The codes of a column, and whether they are as before, or how far they have moved.

        told   by all that comes before it
        drawn  the rows' columns before it
        """
        mine, moved = self._drawn(name, column, told, drawn)
        return self._held(name, column, told, drawn, mine), moved

    def _add(
        self, name: str, column: RowColumn, mine: Int, moved: Int, present: Told, drawn: Drawn
    ) -> None:
        """Add a column to what has been drawn."""
        drawn.codes[name], elements = mine, column.grid.encode(mine)
        scores = column.grid.scores(elements)
        now = scores
        if column.kinds is not None:
            tokens = drawn.elements[column.kinds.label]
            now = column.kinds.scores(mine, tokens)
            drawn.standings[name] = Standing(column.kinds.of_token[tokens], now)
        if column.habit:
            told = side_by_side([present, *drawn.own])
            drawn.residuals[name] = now - expected(column.habit, Columns.of(*told))
        drawn.elements[name] = elements
        drawn.own.append(of_column(elements, scores, moved))

    def _drawn(self, name: str, column: RowColumn, told: Told, drawn: Drawn) -> tuple[Int, Int]:
        """The codes of a column, and whether they are as before, or how far they have moved."""
        before, stream = self.before[name], self._stream(name)
        stayed = np.zeros(len(before), bool)
        if column.stay is not None:
            own = GivenBefore.of(column.stay, *told)
            stays = own.free(Condition.holes(len(before)), self._stream(name, "stay"))
            stayed = (stays == 1) & (before != MISSING)
        mine, moved = before.copy(), stayed.astype(np.int64)
        rows = np.flatnonzero(~stayed)
        if not len(rows):
            return mine, moved
        of_rows = stream_of_rows(stream, rows)
        moment = self.chain.moment
        base = drawn.codes[moment] if column.counting.by is By.MOMENT and moment else before
        given = GivenBefore.of(column.change, told[0][rows], told[1][rows])
        hole = Condition.holes(len(rows))
        steps = given.free(hole, of_rows)
        if column.counting.by is By.BEFORE:
            low, high = self._limits(name, column, base)
            left = Left(
                Classes(column.change.grid, np.zeros(0, np.int64)),
                np.ones((1, 2), bool),
                np.zeros(len(rows), np.int64),
                low[rows],
                np.maximum(high, low)[rows],
            )
            steps = np.clip(held(left, given, hole, steps, of_rows), low[rows], None)
            steps = np.minimum(steps, np.maximum(high, low)[rows])
        elif column.stay is not None:
            steps = _unlike(given, steps, before[rows], of_rows)
        if column.kinds is not None:
            tokens = drawn.elements[column.kinds.label][rows]
            mine[rows] = column.kinds.codes(steps, tokens, of_rows("kind"))
        else:
            mine[rows] = column.counting.codes(steps, base[rows])
        if column.counting.by is By.BEFORE:
            mine = np.minimum(mine, self.ends(name))
        if column.counting.by is not By.ITSELF:
            moved[rows] = column.change.grid.encode(steps)
        return mine, moved

    def _held(self, name: str, column: RowColumn, told: Told, drawn: Drawn, mine: Int) -> Int:
        """The codes of a column, drawn anew where masks do not leave them to the row."""
        if self.masks is None or not self.masks.hold(name):
            return mine
        left = Left.of(self.masks, name, {**self.persons, **drawn.codes}, len(mine))
        rows = np.flatnonzero(~left.allows(mine))
        if not len(rows):
            return mine
        stream, hole = stream_of_rows(self._stream(name, "held"), rows), Condition.holes(len(rows))
        given = GivenBefore.of(column.change, told[0][rows], told[1][rows])
        mine, left = mine.copy(), left.part(rows)
        if column.kinds is None:
            mine[rows] = held(left, given, hole, mine[rows], stream)
        else:
            of_kinds = OfKinds(given, column.kinds, drawn.elements[column.kinds.label][rows])
            mine[rows] = of_kinds.held(left, mine[rows], stream)
        return mine

    def ends(self, name: str) -> Int:
        """The last code that a moment or total of each row may have."""
        return self.chain.ends(name, self.persons, len(self.who))

    def _limits(self, name: str, column: RowColumn, base: Int) -> tuple[Int, Int]:
        """How far a moment or total may move: at least, and so that it and the rows after it stay
        before what bounds them."""
        end = self.ends(name)
        later = self.counts - 1 - self.turn
        room = column.counting.steps(end, base) - column.least * later
        return np.full(len(base), column.least), np.clip(room, -FARTHEST, FARTHEST)

    def _stream(self, name: str, part: str = "") -> Stream:
        return lambda purpose: self.uniforms(name, f"{part} {purpose}".strip())


def _unlike(given: GivenBefore, drawn: Int, before: Int, stream: Stream) -> Int:
    """The codes of rows that do not stay: where one came out as before, another one."""
    rows = np.flatnonzero((drawn == before) & (before != MISSING))
    if not len(rows):
        return drawn
    again, own, out = given.part(rows), stream_of_rows(stream, rows, "unlike"), drawn.copy()
    if isinstance(given.grid, LabelGrid):
        logs = again.log_probs()
        logs[np.arange(len(rows)), given.grid.encode(before[rows])] = -np.inf
        tokens = draw(logs, own("group"))
        out[rows] = given.grid.decode(tokens, own("place"), own("grain"))
        return out
    same, which = np.unique(before[rows], return_inverse=True)
    others = [without(given.grid, int(code)) for code in same]
    out[rows] = again.draw(others, which.reshape(-1), own)
    return out
