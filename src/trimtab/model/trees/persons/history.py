"""What a row's past tells: features of the rows before it, for learning and for drawing alike.

Drawing follows persons row by row (`History`). Learning has all rows, and tells all of them at once
(`past_of_rows`), however many a person has; the features are the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.model.grid.grid import Grid, LabelGrid
from trimtab.model.trees.persons.features import Told
from trimtab.model.trees.persons.rows import PersonRows

_NO_ROW = -2  # the element of a row that is not there
_MAX_TOKENS = 64  # of a label whose most frequent one is told
_SHRUNK = 2.0  # rows that a mean is shrunk by, towards none
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
        shrunk = self.seen[rows] + _SHRUNK
        mean, habit, first = self.total[rows] / shrunk, self.habit[rows] / shrunk, self.first[rows]
        return [*told, (mean, mean), (habit, habit), (first, first)]


def _few(grid: Grid) -> bool:
    """Whether a column's most frequent token is told."""
    return isinstance(grid, LabelGrid) and len(grid.sizes) <= _MAX_TOKENS


def _blank(grid: Grid, rows: int) -> _Column:
    """What is known before first rows: nothing."""
    none, whole = np.full(rows, _NO_ROW), np.zeros(rows, np.int64)
    often = none.copy() if _few(grid) else None
    first, total, habit = (np.zeros(rows) for _ in range(3))
    return _Column(grid, none, whole, often, first, total, habit, whole.copy())


def _exact(values: Float) -> Float:
    """Values so coarse that their sums are exact."""
    return np.round(values * _FINEST) / _FINEST


def _scores(grid: Grid, elements: Int) -> Float:
    """The normal scores of a number's elements that are summed, 0 for missing."""
    return _exact(np.where(elements >= 0, grid.scores(elements.clip(0)), 0.0))


def _side_by_side(columns: list[tuple[Float, Float]]) -> Told:
    return (
        np.stack([features for features, _ in columns], axis=1).astype(np.float32),
        np.stack([scores for _, scores in columns], axis=1),
    )


def width_of_past(grids: Mapping[str, Grid]) -> int:
    """How many features the past of these columns has."""
    return History(grids, 0).features(np.zeros(0, np.int64))[0].shape[1]


@dataclass
class History:
    """What persons have had so far. Changes as rows are told.

    grids  of the columns that are followed
    """

    grids: Mapping[str, Grid]
    persons: int
    _columns: dict[str, _Column] = field(init=False)
    _tokens: dict[str, Int] = field(init=False)  # how often each person had each, [persons, T]

    def __post_init__(self) -> None:
        self._columns = {n: _blank(grid, self.persons) for n, grid in self.grids.items()}
        self._tokens = {
            n: np.zeros((self.persons, len(grid.sizes)), np.int64)
            for n, grid in self.grids.items()
            if _few(grid)
        }

    def features(self, persons: Int) -> Told:
        """Features and normal scores of some persons' past, [persons, features] each."""
        return _side_by_side([t for c in self._columns.values() for t in c.features(persons)])

    def tell(
        self, persons: Int, elements: Mapping[str, Int], residuals: Mapping[str, Float]
    ) -> None:
        """Add a row of some persons: the elements of its columns, and how far numbers were off."""
        for name, column in self._columns.items():
            mine, last = elements[name], column.last[persons]
            column.run[persons] = np.where(mine == last, column.run[persons] + 1, 0)
            column.last[persons] = mine
            if isinstance(column.grid, LabelGrid):
                self._count(name, column, persons, column.grid.tokens(mine))
                continue
            known = mine >= 0
            score = _scores(column.grid, mine)
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
) -> Told:
    """Features and normal scores of each row's past, [rows, features] each: what a `History` tells
    that is told the rows one after the other."""
    every, told = np.arange(rows.rows), []
    for name, grid in grids.items():
        column = _before_rows(grid, rows, elements[name], residuals.get(name))
        told += column.features(every)
    return _side_by_side(told)


def _before_rows(grid: Grid, rows: PersonRows, elements: Int, residual: Float | None) -> _Column:
    """What is known of one column before each row."""
    found, again = _blank(grid, rows.rows), rows.turn > 0
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
    known, score = elements >= 0, _scores(grid, elements)
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
