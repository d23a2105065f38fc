"""What a proof is about: real rows, and which of them belong to the class to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab.errors import ColumnError, unknown_column
from trimtab.measure.compare.comparison import Comparison, compare
from trimtab.measure.compare.target import Target, target_of
from trimtab.predict.classification import ranking
from trimtab.predict.sample import Feature, Sample
from trimtab.table.schema import Schema
from trimtab.table.table import Table

MAX_ROWS = 30_000  # of a larger table so many are drawn at random
_ANSWERS_ALL = 0.995  # AUC of one feature by itself, from which on it may know the answer


class UnableError(Exception):
    """An arm or a learner cannot be carried out on some rows; the text says why."""


@dataclass(frozen=True)
class Question:
    """All real rows.

    target       the name of the column to be told, and `positive` the text of the class it is
                 about
    features     what it is told from
    sample       the rows; its `people` belong together in all splits
    is_positive  which rows are of the positive class, shape (rows,)
    protected    groups of the rows: column -> texts, shape (rows,)
    """

    target: str
    positive: str
    features: tuple[Feature, ...]
    sample: Sample
    is_positive: Bool
    protected: Mapping[str, NDArray[np.object_]]

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.is_positive)

    def part(self, positions: Int) -> Part:
        """Some of the rows, to learn from or to test on."""
        return Part(self, positions)

    def permuted(self, generator: np.random.Generator) -> Question:
        """The same rows with the classes shuffled: nothing can be told from anything."""
        return replace(self, is_positive=generator.permutation(self.is_positive))


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
    def sample(self) -> Sample:
        """The rows."""
        return self.question.sample.take(self.positions)

    @cached_property
    def is_positive(self) -> Bool:
        """Which rows are of the positive class, shape (rows,)."""
        return self.question.is_positive[self.positions]

    @property
    def share(self) -> float:
        """The share of the positive class."""
        return float(self.is_positive.mean())

    @cached_property
    def rarer(self) -> bool:
        """Whether the positive class is the one with fewer rows."""
        return bool(2 * self.is_positive.sum() <= len(self.is_positive))

    @property
    def minority(self) -> Bool:
        """Which rows are of the class with fewer rows, shape (rows,)."""
        return self.is_positive if self.rarer else ~self.is_positive

    def wanting(self, ratio: float) -> int:
        """How many rows of the smaller class to add, for `ratio` rows of it to one of the other."""
        few = int(self.minority.sum())
        return max(0, round(ratio * (len(self.is_positive) - few)) - few)

    def at(self, chosen: Int) -> Part:
        """Some of these rows, by place among them."""
        return Part(self.question, self.positions[chosen])


@dataclass(frozen=True)
class Training:
    """Rows that a learner is trained on.

    sample       real rows first, then `added` ones
    is_positive  which are of the positive class, shape (rows,)
    weights      of the rows; None where they count alike
    """

    sample: Sample
    is_positive: Bool
    weights: Float | None = None
    added: int = 0

    @property
    def share(self) -> float:
        """The weighted share of the positive class: what a learner takes for its frequency."""
        return float(np.average(self.is_positive, weights=self.weights))

    @property
    def new(self) -> Sample:
        """The added rows."""
        return self.sample.take(
            np.arange(len(self.is_positive) - self.added, len(self.is_positive))
        )


def question_of(
    table: Table, target: str, positive: str | None, protected: tuple[str, ...], key: Key
) -> tuple[Question, Table, tuple[str, ...]]:
    """What the proof is about, the features of the same rows as a table, and notes."""
    for name, where in ((target, "target"), *((p, "protected") for p in protected)):
        if name not in table.schema:
            raise unknown_column(name, table.schema.names, where)
        if name == target and where == "protected":
            raise ColumnError(f"protected: {name!r} is the target: name other columns.")
    comparison = compare(table, table)
    wanted = target_of(comparison, target, positive)
    if wanted.is_number:
        raise ColumnError(
            f"target {target!r} is a number with many values: expected a column of classes. Make "
            "it one, such as whether it is above some value."
        )
    if wanted.positive is None:
        raise ColumnError(
            f"target {target!r} has {len(wanted.classes)} classes: name the one that the proof is "
            f"about with `positive`, against the rest: {', '.join(wanted.classes)}."
        )
    chosen, notes = _rows(comparison, wanted, key)
    is_positive = (wanted.of(comparison.real) == wanted.positive)[chosen]
    features = tuple(f for f in comparison.features if f.name != target)
    if not features:
        raise ColumnError(f"target {target!r}: there is no other column to tell it from.")
    data = table.data.take(pa.array(chosen))
    names = [f.name for f in features]
    entity = table.schema.entity
    columns = [*names, *([entity.name] if entity is not None else [])]
    rest = Table(
        Schema(locked=True, columns=tuple(table.schema[n] for n in columns)),
        data.select(columns).combine_chunks(),
        table.origin,
    )
    # Labels are coded by how frequent they are in these rows, as those of rows drawn later will be.
    used = compare(rest, rest)
    question = Question(
        target=target,
        positive=wanted.classes[wanted.positive],
        features=used.features,
        sample=used.real,
        is_positive=is_positive,
        protected={p: _texts(data.column(p)) for p in protected},
    )
    return question, rest, (*comparison.notes, *wanted.notes, *notes, *_knowing(question))


def _rows(comparison: Comparison, wanted: Target, key: Key) -> tuple[Int, tuple[str, ...]]:
    """The rows that are used: those with a known class, and not too many."""
    known = np.flatnonzero(wanted.known(comparison.real))
    notes = []
    if len(known) < comparison.real.rows:
        notes.append(
            f"{comparison.real.rows - len(known):,} rows without a known {wanted.feature.name} are "
            "left out."
        )
    if len(known) > MAX_ROWS:
        notes.append(f"{MAX_ROWS:,} of {len(known):,} rows were drawn at random for the proof.")
        known = np.sort(key.child("rows").generator().choice(known, MAX_ROWS, replace=False))
    return known, tuple(notes)


def _texts(column: pa.ChunkedArray) -> NDArray[np.object_]:
    texts = pc.fill_null(pc.cast(column, pa.string()), "(missing)")
    return np.asarray(texts.to_pylist(), dtype=object)


def _knowing(question: Question) -> tuple[str, ...]:
    """Notes on features that tell the class almost by themselves: they may know the answer."""
    notes = []
    for feature in question.features:
        values = question.sample.values[feature.name]
        if feature.is_number:
            known = values[~np.isnan(values)]
            score = np.nan_to_num(values, nan=np.median(known) if len(known) else 0.0)
        else:
            size = len(feature.labels) + 1
            positives = np.bincount(values + 1, question.is_positive, size)
            rows = np.bincount(values + 1, minlength=size)
            if (rows > 0).sum() > len(values) / 10:
                continue  # shares of so few rows a label say nothing
            score = (positives / np.maximum(rows, 1))[values + 1]
        auc = float(ranking(score, question.is_positive, np.ones((1, len(values))))[0][0])
        if max(auc, 1 - auc) > _ANSWERS_ALL:
            notes.append(
                f"{feature.name} alone ranks the rows almost without error (AUC "
                f"{max(auc, 1 - auc):.3f}): if it is known only after {question.target} is, leave "
                "it out with `drop`."
            )
    return tuple(notes)
