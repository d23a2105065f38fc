"""What a row's past tells: features of the rows before it, for learning and for drawing alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.model.grid.grid import Grid, LabelGrid
from trimtab.model.trees.persons.features import Told

_NO_ROW = -2.0  # the element of a row that is not there
_MAX_TOKENS = 64  # of a label whose most frequent one is told
_SHRUNK = 2.0  # rows that a mean is shrunk by, towards none


@dataclass
class _Column:
    """What is known of one column of each person."""

    grid: Grid
    last: Int
    run: Int
    first: Float
    total: Float
    seen: Int
    habit: Float
    tokens: Int | None


@dataclass
class History:
    """What persons have had so far. Changes as rows are told.

    grids  of the columns that are followed
    """

    grids: Mapping[str, Grid]
    persons: int
    _columns: dict[str, _Column] = field(init=False)

    def __post_init__(self) -> None:
        self._columns = {n: self._blank(grid) for n, grid in self.grids.items()}

    def _blank(self, grid: Grid) -> _Column:
        n = self.persons
        few = isinstance(grid, LabelGrid) and len(grid.sizes) <= _MAX_TOKENS
        tokens = np.zeros((n, len(grid.sizes)), np.int64) if few else None
        none, zero = np.full(n, int(_NO_ROW)), np.zeros(n)
        whole = np.zeros(n, np.int64)
        return _Column(grid, none, whole, zero, zero.copy(), whole.copy(), zero.copy(), tokens)

    def part(self, persons: Int) -> History:
        """The past of some persons, as often as they are named."""
        chosen = History(self.grids, len(persons))
        chosen._columns = {n: _of_persons(c, persons) for n, c in self._columns.items()}
        return chosen

    @property
    def width(self) -> int:
        """How many features there are."""
        return self.features(np.zeros(0, np.int64))[0].shape[1]

    def features(self, persons: Int) -> Told:
        """Features and normal scores of some persons' past, [persons, features] each."""
        parts: list[tuple[Float, Float]] = []
        for column in self._columns.values():
            parts += self._of_column(column, persons)
        return (
            np.stack([f for f, _ in parts], axis=1).astype(np.float32),
            np.stack([s for _, s in parts], axis=1),
        )

    def _of_column(self, column: _Column, persons: Int) -> list[tuple[Float, Float]]:
        last, seen = column.last[persons], column.seen[persons]
        score = np.where(last >= 0, column.grid.scores(last.clip(0)), 0.0)
        run = column.run[persons].astype(float)
        told = [(last.astype(float), score), (run, np.zeros(len(run)))]
        if isinstance(column.grid, LabelGrid):
            if column.tokens is not None:
                counts = column.tokens[persons]
                often = np.where(counts.any(axis=1), counts.argmax(axis=1), _NO_ROW)
                told.append((often.astype(float), np.zeros(len(run))))
            return told
        mean = column.total[persons] / (seen + _SHRUNK)
        habit = column.habit[persons] / (seen + _SHRUNK)
        first = column.first[persons]
        return [*told, (mean, mean), (habit, habit), (first, first)]

    def tell(
        self, persons: Int, elements: Mapping[str, Int], residuals: Mapping[str, Float]
    ) -> None:
        """Add a row of some persons: the elements of its columns, and how far numbers were off."""
        for name, column in self._columns.items():
            mine, last = elements[name], column.last[persons]
            column.run[persons] = np.where(mine == last, column.run[persons] + 1, 0)
            column.last[persons] = mine
            if isinstance(column.grid, LabelGrid):
                if column.tokens is not None:
                    column.tokens[persons, column.grid.tokens(mine)] += 1
                continue
            known = mine >= 0
            score = np.where(known, column.grid.scores(mine.clip(0)), 0.0)
            column.first[persons] = np.where(
                known & (column.seen[persons] == 0), score, column.first[persons]
            )
            column.total[persons] += score
            column.habit[persons] += np.where(known, residuals.get(name, 0.0), 0.0)
            column.seen[persons] += known


def _of_persons(column: _Column, persons: Int) -> _Column:
    own: dict[str, Any] = {f.name: getattr(column, f.name) for f in fields(column)}
    for name, values in own.items():
        own[name] = values[persons] if isinstance(values, np.ndarray) else values
    return _Column(**own)
