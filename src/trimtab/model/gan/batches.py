"""What each step of training is given: which real rows, and which of their cells are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.model.gan import conditional_jax, fair_jax
from trimtab.model.gan.conditional import ConditionalDesign
from trimtab.model.gan.fair import FairDesign
from trimtab.model.neural.encoding import Cells, ColumnEncoding

_NOTHING = 0.25  # of rows are given nothing
_ANOTHER = 0.5  # chance that another column is given too, where several can be


class BatchSampler(Protocol):
    """Samples what steps of training are given."""

    def sample(self, first: int, steps: int, batch: int) -> Any:
        """What steps first, first + 1, ... are given: arrays [steps, batch, ...]."""
        ...


@dataclass(frozen=True)
class ConditionalBatchSampler:
    """Training by sampling: see `conditional`. `rows` are those to train on."""

    design: ConditionalDesign
    encodings: Mapping[str, ColumnEncoding]
    cells: Cells
    rows: Int
    key: Key

    def sample(self, first: int, steps: int, batch: int) -> conditional_jax.Batch:
        """What steps first, first + 1, ... are given."""
        generator = self.key.child("deal", first).generator()
        size = steps * batch
        known = np.zeros((size, len(self.encodings)), np.float32)
        rows = self.rows[generator.integers(len(self.rows), size=size)]
        if self.design.columns:
            column = generator.integers(len(self.design.columns), size=size)
            given = generator.random(size) >= _NOTHING
            another = generator.random((size, len(self.encodings))) < _ANOTHER
            uniforms = generator.random((size, 2))
            for k, name in enumerate(self.design.columns):
                j = list(self.encodings).index(name)
                mine = np.flatnonzero(given & (column == k))
                rows[mine] = self._levelled(name, *uniforms[mine].T)
                known[mine, j] = 1
                if self.design.together:
                    known[given & (column != k) & another[:, j], j] = 1

        real = _taken(self.cells, rows)
        return conditional_jax.Batch(*_by_step((*real, known), steps))

    def _levelled(self, name: str, value: Float, which: Float) -> Int:
        """Rows such that an outcome of a column comes up by the logarithm of its rows."""
        order, ends, upto = self._sorted[name]
        outcome = np.searchsorted(upto, value * upto[-1], "right").clip(0, len(ends) - 2)
        start, size = ends[outcome], np.diff(ends)[outcome]
        return order[start + (which * size).astype(np.int64)]

    @cached_property
    def _sorted(self) -> dict[str, tuple[Int, Int, Float]]:
        """The rows in the order of each given column's outcomes, where each begins, and weights."""
        sorted_rows = {}
        for name in self.design.columns:
            outcome = self.cells.outcome[list(self.encodings).index(name), self.rows]
            order = np.argsort(outcome, kind="stable")
            counts = np.unique(outcome, return_counts=True)[1]
            ends = np.concatenate([[0], np.cumsum(counts)])
            sorted_rows[name] = (self.rows[order], ends, np.cumsum(np.log1p(counts)))
        return sorted_rows


@dataclass(frozen=True)
class FairBatchSampler:
    """Real rows, and groups and classes to be fair to: all groups alike, classes by their share."""

    design: FairDesign
    encodings: Mapping[str, ColumnEncoding]
    cells: Cells
    rows: Int
    key: Key

    def sample(self, first: int, steps: int, batch: int) -> fair_jax.Batch:
        """What steps first, first + 1, ... are given."""
        generator = self.key.child("deal", first).generator()
        size = steps * batch
        rows = self.rows[generator.integers(len(self.rows), size=size)]
        group = generator.integers(len(self.design.groups), size=size)
        shares = np.array(self.design.class_shares)
        target = generator.choice(len(shares), size=size, p=shares / shares.sum())
        given = np.full((size, len(self.encodings)), -1, np.int32)
        names = list(self.encodings)
        for j, name in enumerate(self.design.protected):
            given[:, names.index(name)] = np.array([g[j] for g in self.design.groups])[group]
        given[:, names.index(self.design.target)] = target

        real = _taken(self.cells, rows)
        labels = (group.astype(np.int32), target.astype(np.int32))
        return fair_jax.Batch(*_by_step((*real, given, *labels), steps))


def _taken(cells: Cells, rows: Int) -> tuple[Any, Any]:
    """Outcomes and places of some rows, [rows, columns]."""
    return cells.outcome[:, rows].T, cells.place[:, rows].T


def _by_step(parts: tuple[Any, ...], steps: int) -> list[Any]:
    """Arrays of the rows of all steps as arrays with an axis of steps in front."""
    return [np.ascontiguousarray(p).reshape(steps, -1, *p.shape[1:]) for p in parts]
