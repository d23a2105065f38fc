"""What a proof is about: real rows, and which of them belong to the class to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from trimtab.measure.side import Feature, Float, Int, Side

Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class Question:
    """All real rows.

    target     the name of the column to be told, and `positive` the text of the class it is about
    features   what it is told from
    side       the rows; its `people` belong together in all splits
    hit        which rows are of the positive class, shape (rows,)
    protected  groups of the rows: column -> texts, shape (rows,)
    """

    target: str
    positive: str
    features: tuple[Feature, ...]
    side: Side
    hit: Bool
    protected: Mapping[str, NDArray[np.object_]]

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.hit)

    def part(self, positions: Int) -> Part:
        """Some of the rows, to learn from or to test on."""
        return Part(self, positions)

    def permuted(self, generator: np.random.Generator) -> Question:
        """The same rows with the classes shuffled: nothing can be told from anything."""
        return replace(self, hit=generator.permutation(self.hit))


@dataclass(frozen=True)
class Part:
    """Rows of a question by position: all that an arm may look at."""

    question: Question
    positions: Int

    @property
    def features(self) -> tuple[Feature, ...]:
        """As in Question."""
        return self.question.features

    @cached_property
    def side(self) -> Side:
        """The rows."""
        return self.question.side.take(self.positions)

    @cached_property
    def hit(self) -> Bool:
        """Which rows are of the positive class, shape (rows,)."""
        return self.question.hit[self.positions]

    @property
    def share(self) -> float:
        """The share of the positive class."""
        return float(self.hit.mean())

    @cached_property
    def rarer(self) -> bool:
        """Whether the positive class is the one with fewer rows."""
        return bool(2 * self.hit.sum() <= len(self.hit))

    @property
    def minority(self) -> Bool:
        """Which rows are of the class with fewer rows, shape (rows,)."""
        return self.hit if self.rarer else ~self.hit

    def wanting(self, ratio: float) -> int:
        """How many rows of the smaller class to add, for `ratio` rows of it to one of the other."""
        few = int(self.minority.sum())
        return max(0, round(ratio * (len(self.hit) - few)) - few)

    def at(self, chosen: Int) -> Part:
        """Some of these rows, by place among them."""
        return Part(self.question, self.positions[chosen])


@dataclass(frozen=True)
class Training:
    """Rows that a learner is trained on.

    side      the real rows first, then `added` ones
    hit       which are of the positive class, shape (rows,)
    weights   of the rows; None where they count alike
    """

    side: Side
    hit: Bool
    weights: Float | None = None
    added: int = 0

    @property
    def share(self) -> float:
        """The weighted share of the positive class: what a learner takes for its frequency."""
        return float(np.average(self.hit, weights=self.weights))

    @property
    def new(self) -> Side:
        """The added rows."""
        return self.side.take(np.arange(len(self.hit) - self.added, len(self.hit)))
