"""How a proof is run: which arms, learners and folds, and what is chosen inside each fold.

The protocol is nested: whatever looks at the classes of rows (filling gaps, learning a generator,
adding rows, choosing a threshold, a ratio or a calibration) sees the training part of an outer fold
alone, and choices are made on inner folds, whose test rows are never resampled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from trimtab._random import Key
from trimtab._validate import whole
from trimtab.errors import InputError
from trimtab.predict.threshold import Cost
from trimtab.study.balancing.arms.arm import Arm
from trimtab.study.folds import Split, splits
from trimtab.study.learners import Learner
from trimtab.study.question import Question

SIZES = (10, 20, 50, 100)
_THOROUGH_ROWS = 2_000  # a smaller table is split 10 x 10 times, a larger one 5 x 5 times


@dataclass(frozen=True)
class Protocol:
    """How much is done.

    folds, repeats  outer folds: each row is tested `repeats` times
    inner           inner folds, on which thresholds, ratios and calibrations are chosen
    ratios          rows of the smaller class to one of the other; of several the best by average
                    precision on inner folds is taken, in each outer fold by itself
    sizes           rows of the smaller class that the learning curve leaves
    curve_folds     outer folds that the learning curve is drawn from
    cost            of wrong calls, if any is said
    """

    folds: int = 5
    repeats: int = 2
    inner: int = 3
    ratios: tuple[float, ...] = (1.0,)
    sizes: tuple[int, ...] = SIZES
    curve_folds: int = 5
    cost: Cost | None = None


def thorough(rows: int, cost: Cost | None) -> Protocol:
    """The whole protocol: for a weekend, or for a paper."""
    folds = 10 if rows < _THOROUGH_ROWS else 5
    return Protocol(folds, folds, 5, (0.25, 0.5, 1.0), SIZES, 2 * folds, cost)


def asked_folds(text: str) -> tuple[int, int]:
    """Outer folds and how often they are repeated, from "5x2". Raises InputError."""
    parts = str(text).lower().split("x")
    if len(parts) != 2 or not all(p.strip().isdigit() for p in parts):
        raise InputError(f"folds = {text!r}: expected outer folds x repeats, such as '5x2'.")
    folds, repeats = (int(p) for p in parts)
    if folds < 2 or repeats < 1:
        raise InputError(f"folds = {text!r}: expected at least 2 folds and 1 repeat: '2x1'.")
    return folds, repeats


def asked_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Rows that a learning curve leaves, ascending. Raises InputError."""
    return tuple(sorted({whole(2, sizes=size) for size in sizes}))


@dataclass(frozen=True)
class Study:
    """All that a fold needs. Handed to every process, so it holds data and no state."""

    question: Question
    arms: tuple[Arm, ...]
    learners: tuple[Learner, ...]
    protocol: Protocol
    key: Key

    def outer(self) -> Iterator[Split]:
        """The outer folds, in order."""
        whole = self.question.part(np.arange(self.question.rows))
        yield from splits(whole, self.protocol.folds, self.protocol.repeats, self.key.child("fold"))

    def split(self, number: int) -> Split:
        """One outer fold, counted from 0."""
        return next(islice(self.outer(), number, None))
