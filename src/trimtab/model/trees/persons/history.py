"""What a row's past tells: features of the rows before it, for learning and for drawing alike.

Drawing follows persons row by row (`History`). Learning has all rows, and tells all of them at once
(`past_of_rows`), however many a person has; the features are the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.model.grid.grid import Grid, LabelGrid
from trimtab.model.trees.persons.features import Told
from trimtab.model.trees.persons.rows import PersonRows
from trimtab.model.trees.persons.shrinkage import Shrinkage

_NO_ROW = -2  # the element of a row that is not there
_NO_STANDING = -9.0  # of a value that is not there
KIND_FEATURES = 3  # of a number of several kinds
_MAX_TOKENS = 64  # of a label whose most frequent one is told
_USUAL = Shrinkage()
_FINEST = 2.0**24  # sums of multiples of 1 / this are exact, in whatever order they are made


@dataclass
class _Column:
    """What is known of one column before some rows.

    last   its element in the row before
    run    how many rows before that one had the same
    often  of a label, the most frequent token, the least of several; None where there are many
    first  of a number, the score of the first value
    total  the sum of its scores
    habit  the sum of its residuals
    seen   how many values these are of
    """

    grid: Grid
    shrunk: Shrinkage
    last: Int
    run: Int
    often: Int | None
    first: Float
    total: Float
    habit: Float
    seen: Int

    def features(self, rows: Int) -> list[tuple[Float, Float]]:
        """Features and normal scores of some rows."""
        last = self.last[rows]
        score = np.where(last >= 0, self.grid.scores(last.clip(0)), 0.0)
        run, none = self.run[rows].astype(float), np.zeros(len(rows))
        told = [(last.astype(float), score), (run, none)]
        if isinstance(self.grid, LabelGrid):
            often = [] if self.often is None else [(self.often[rows].astype(float), none)]
            return [*told, *often]
        mean = self.total[rows] / (self.seen[rows] + self.shrunk.mean)
        habit = self.habit[rows] / (self.seen[rows] + self.shrunk.habit)
        first = self.first[rows]
        return [*told, (mean, mean), (habit, habit), (first, first)]


def _few(grid: Grid) -> bool:
    """Whether a column's most frequent token is told."""
    return isinstance(grid, LabelGrid) and len(grid.sizes) <= _MAX_TOKENS


def _blank(grid: Grid, shrunk: Shrinkage, rows: int) -> _Column:
    """What is known before first rows: nothing."""
    none, whole = np.full(rows, _NO_ROW), np.zeros(rows, np.int64)
    often = none.copy() if _few(grid) else None
    first, total, habit = (np.zeros(rows) for _ in range(3))
    return _Column(grid, shrunk, none, whole, often, first, total, habit, whole.copy())


def _exact(values: Float) -> Float:
    """Values so coarse that their sums are exact."""
    return np.round(values * _FINEST) / _FINEST


def _scores(grid: Grid, elements: Int, standing: Standing | None) -> Float:
    """The normal scores of a number's elements that are summed, 0 for missing; in their kinds, if
    there are several."""
    scores = grid.scores(elements.clip(0)) if standing is None else standing.scores
    return _exact(np.where(elements >= 0, scores, 0.0))


def _no_kind(shape: tuple[int, ...]) -> _Kind:
    """Nothing is known of any kind."""
    return _Kind(np.zeros(shape), np.zeros(shape), np.zeros(shape, np.int64))


def _side_by_side(columns: list[tuple[Float, Float]]) -> Told:
    return (
        np.stack([features for features, _ in columns], axis=1).astype(np.float32),
        np.stack([scores for _, scores in columns], axis=1),
    )


def width_of_past(grids: Mapping[str, Grid]) -> int:
    """How many features the past of these columns has."""
    return History(grids, 0).features(np.zeros(0, np.int64))[0].shape[1]


@dataclass(frozen=True, eq=False)
class Standing:
    """Where the numbers of some rows stand among those of their kinds.

    kind    of each row
    scores  normal scores in these
    """

    kind: Int
    scores: Float


@dataclass
class _Kind:
    """What is known of a number before some rows, of the kind of each.

    last   its standing in the last row with a value
    habit  the sum of its residuals
    seen   how many values these are of
    """

    last: Float
    habit: Float
    seen: Int

    def told(self, shrunk: Shrinkage) -> Told:
        """Features and normal scores."""
        habit = self.habit / (self.seen + shrunk.kind)
        last = np.where(self.seen > 0, self.last, _NO_STANDING)
        score = np.where(self.seen > 0, self.last, 0.0)
        seen = self.seen.astype(float)
        return _side_by_side([(last, score), (habit, habit), (seen, np.zeros(len(seen)))])


@dataclass
class History:
    """What persons have had so far. Changes as rows are told.

    grids  of the columns that are followed
    kinds  how many kinds those numbers have that are of several
    shrunk  how far the means of numbers are
    """

    grids: Mapping[str, Grid]
    persons: int
    kinds: Mapping[str, int] = field(default_factory=dict)
    shrunk: Mapping[str, Shrinkage] = field(default_factory=dict)
    _columns: dict[str, _Column] = field(init=False)
    _tokens: dict[str, Int] = field(init=False)  # how often each person had each, [persons, T]
    _kinds: dict[str, _Kind] = field(init=False)  # [persons, kinds]

    def __post_init__(self) -> None:
        self._columns = {
            n: _blank(grid, self.shrunk.get(n, _USUAL), self.persons)
            for n, grid in self.grids.items()
        }
        self._tokens = {
            n: np.zeros((self.persons, len(grid.sizes)), np.int64)
            for n, grid in self.grids.items()
            if _few(grid)
        }
        self._kinds = {n: _no_kind((self.persons, many)) for n, many in self.kinds.items()}

    def part(self, persons: Int) -> History:
        """The past of some persons, as often as they are named."""
        chosen = History(self.grids, len(persons), self.kinds, self.shrunk)
        chosen._columns = {n: _of_persons(c, persons) for n, c in self._columns.items()}
        chosen._tokens = {n: counts[persons] for n, counts in self._tokens.items()}
        chosen._kinds = {n: _of_persons(k, persons) for n, k in self._kinds.items()}
        return chosen

    def features(self, persons: Int) -> Told:
        """Features and normal scores of some persons' past, [persons, features] each."""
        return _side_by_side([t for c in self._columns.values() for t in c.features(persons)])

    def of_kind(self, name: str, persons: Int, kind: Int) -> Told:
        """Features and normal scores of what persons have had of a kind of number, each of one."""
        own, at = self._kinds[name], (persons, kind)
        return _Kind(own.last[at], own.habit[at], own.seen[at]).told(self.shrunk.get(name, _USUAL))

    def tell(
        self,
        persons: Int,
        elements: Mapping[str, Int],
        residuals: Mapping[str, Float],
        standings: Mapping[str, Standing],
    ) -> None:
        """Add a row of some persons: the elements of its columns, how far numbers were off, and
        where those of several kinds stand in theirs."""
        for name, column in self._columns.items():
            mine, last = elements[name], column.last[persons]
            column.run[persons] = np.where(mine == last, column.run[persons] + 1, 0)
            column.last[persons] = mine
            if isinstance(column.grid, LabelGrid):
                self._count(name, column, persons, column.grid.tokens(mine))
                continue
            known = mine >= 0
            standing = standings.get(name)
            score = _scores(column.grid, mine, standing)
            if standing is not None:
                at = (persons[known], standing.kind[known])
                of_kind = self._kinds[name]
                of_kind.last[at] = score[known]
                of_kind.habit[at] += _exact(residuals[name][known])
                of_kind.seen[at] += 1
            begins = known & (column.seen[persons] == 0)
            column.first[persons] = np.where(begins, score, column.first[persons])
            column.total[persons] += score
            if name in residuals:
                column.habit[persons] += np.where(known, _exact(residuals[name]), 0.0)
            column.seen[persons] += known

    def _count(self, name: str, column: _Column, persons: Int, tokens: Int) -> None:
        if column.often is None:
            return
        counts, often = self._tokens[name], column.often[persons]
        counts[persons, tokens] += 1
        now, most = counts[persons, tokens], counts[persons, often.clip(0)]
        more = (often == _NO_ROW) | (now > most) | ((now == most) & (tokens < often))
        column.often[persons] = np.where(more, tokens, often)


def past_of_rows(
    grids: Mapping[str, Grid],
    rows: PersonRows,
    elements: Mapping[str, Int],
    residuals: Mapping[str, Float],
    standings: Mapping[str, Standing],
    shrunk: Mapping[str, Shrinkage],
) -> Told:
    """Features and normal scores of each row's past, [rows, features] each: what a `History` tells
    that is told the rows one after the other."""
    every, told = np.arange(rows.rows), []
    for name, grid in grids.items():
        blank = _blank(grid, shrunk.get(name, _USUAL), rows.rows)
        more = residuals.get(name), standings.get(name)
        told += _before_rows(blank, rows, elements[name], *more).features(every)
    return _side_by_side(told)


def past_of_kinds(
    rows: PersonRows, standing: Standing, residual: Float, known: Bool, shrunk: Shrinkage
) -> Told:
    """Features and normal scores of what each row's person has had of its kind of number before:
    what `History.of_kind` tells.

    known  rows in which the number has a value
    """
    order = np.lexsort((standing.kind, rows.person))  # stable: rows of one kind stay in order
    who, what, there = rows.person[order], standing.kind[order], known[order]
    begins = np.r_[True, (who[1:] != who[:-1]) | (what[1:] != what[:-1])]
    every = np.arange(rows.rows)
    start = np.maximum.accumulate(np.where(begins, every, 0))

    def sums(values: Float) -> Float:
        upto = np.cumsum(values) - values
        return np.asarray(upto - upto[start])

    values = _exact(standing.scores[order])
    latest = np.r_[-1, np.maximum.accumulate(np.where(there, every, -1))[:-1]]
    found = _no_kind((rows.rows,))
    found.last[order] = np.where(latest >= start, values[latest.clip(0)], 0.0)
    found.habit[order] = sums(np.where(there, _exact(residual[order]), 0.0))
    found.seen[order] = sums(there.astype(float)).astype(np.int64)
    return found.told(shrunk)


def _before_rows(
    found: _Column,
    rows: PersonRows,
    elements: Int,
    residual: Float | None,
    standing: Standing | None,
) -> _Column:
    """What is known of one column before each row, where nothing was so far."""
    grid, again = found.grid, rows.turn > 0
    before = np.flatnonzero(again) - 1  # the rows before those that are not first ones
    found.last[again] = elements[before]
    every = np.arange(rows.rows)
    changed = ~again | (elements != np.r_[_NO_ROW, elements[:-1]])
    run = every - np.maximum.accumulate(np.where(changed, every, 0))
    found.run[again] = run[before]
    if isinstance(grid, LabelGrid):
        if found.often is not None:
            found.often[again] = _most_frequent(rows, grid.tokens(elements))[before]
        return found
    known, score = elements >= 0, _scores(grid, elements, standing)
    found.total, found.seen = _sums(rows, score), _sums(rows, known.astype(float)).astype(np.int64)
    if residual is not None:
        found.habit = _sums(rows, np.where(known, _exact(residual), 0.0))
    begins = np.minimum.reduceat(np.where(known, every, rows.rows), rows.starts)[rows.person]
    there = found.seen > 0
    found.first[there] = score[begins[there]]
    return found


def _sums(rows: PersonRows, values: Float) -> Float:
    """The sums of a person's values before each row."""
    upto = np.cumsum(values) - values
    return np.asarray(upto - upto[rows.starts][rows.person])


def _most_frequent(rows: PersonRows, tokens: Int) -> Int:
    """The most frequent token of a person up to each row, the least of several.

    Counts only grow, so that it is the token of the row whose own count, of its token up to it, is
    largest so far.
    """
    order = np.lexsort((np.arange(rows.rows), tokens, rows.person))
    who, what = rows.person[order], tokens[order]
    begins = np.r_[True, (who[1:] != who[:-1]) | (what[1:] != what[:-1])]
    place = np.arange(rows.rows)
    count = np.empty(rows.rows, np.int64)
    count[order] = place - np.maximum.accumulate(np.where(begins, place, 0)) + 1
    size = int(tokens.max(initial=0)) + 1
    rank = count * size + (size - 1 - tokens)
    apart = rows.person * (int(rank.max(initial=0)) + 1)
    most = np.maximum.accumulate(apart + rank) - apart
    return np.asarray(size - 1 - most % size)


_Known = TypeVar("_Known", _Column, _Kind)


def _of_persons(known: _Known, persons: Int) -> _Known:
    own = {f.name: getattr(known, f.name) for f in fields(known)}
    changed: dict[str, Any] = {n: v[persons] for n, v in own.items() if isinstance(v, np.ndarray)}
    return replace(known, **changed)
