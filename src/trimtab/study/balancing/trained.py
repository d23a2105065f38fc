"""The rows that learners were trained on in each arm: how many of each class and group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from trimtab._arrays import Bool, Float
from trimtab._named import Named
from trimtab.study.question import Part, Training

_NEW = "(new)"  # a label that no real row has


class TrainingRows(Named):
    """Rows of one class or group, by weight where an arm weights them (the mean weight is 1).

    column, value     the target and a class, or a protected column and a group
    larger, smaller   real rows of the class with more and with fewer rows
    added             rows that the arm made
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    value: str
    larger: float = 0.0
    smaller: float = 0.0
    added: float = 0.0

    @property
    def rows(self) -> float:
        """All of them."""
        return self.larger + self.smaller + self.added


def counted(training: Training, part: Part) -> tuple[TrainingRows, ...]:
    """The rows of a training by class, then by group of each protected column of labels.

    Groups of a protected number are not counted: added rows have numbers of their own.
    """
    rows = len(training.is_positive)
    weights = np.ones(rows) if training.weights is None else training.weights
    added = np.arange(rows) >= rows - training.added
    smaller = training.is_positive == part.rarer
    kinds = {"larger": ~added & ~smaller, "smaller": ~added & smaller, "added": added}
    target, positive = part.question.target, part.question.positive
    classes = np.where(training.is_positive, f"{target} = {positive}", f"{target} ≠ {positive}")
    found = list(_by_value(target, classes.astype(object), kinds, weights))
    for column in part.question.protected:
        texts = _groups(column, training, part)
        if texts is not None:
            found += _by_value(column, texts, kinds, weights)
    return tuple(found)


def _by_value(
    column: str, values: NDArray[np.object_], kinds: dict[str, Bool], weights: Float
) -> Iterator[TrainingRows]:
    for value in sorted(set(values)):
        mine = values == value
        sums = {kind: float(weights[mine & of].sum()) for kind, of in kinds.items()}
        yield TrainingRows(column=column, value=value, **sums)


def _groups(column: str, training: Training, part: Part) -> NDArray[np.object_] | None:
    """The group of each row; None for a column that is no label, or that learners do not see."""
    question = part.question
    if not any(f.name == column and not f.is_number for f in part.features):
        return None
    codes, first = np.unique(question.sample.values[column], return_index=True)
    names = dict(zip(codes.tolist(), question.protected[column][first], strict=True))
    held = training.sample.values[column].tolist()
    return np.array([names.get(code, _NEW) for code in held], dtype=object)


def averaged(counts: Sequence[tuple[TrainingRows, ...]]) -> tuple[TrainingRows, ...]:
    """The mean over trainings; a class or group that one lacks has 0 rows in it."""
    sums: dict[tuple[str, str], list[TrainingRows]] = {}
    for one in counts:
        for rows in one:
            sums.setdefault((rows.column, rows.value), []).append(rows)
    columns = dict.fromkeys(column for column, _ in sums)
    return tuple(
        TrainingRows(
            column=column,
            value=value,
            **{
                kind: sum(getattr(r, kind) for r in sums[column, value]) / len(counts)
                for kind in ("larger", "smaller", "added")
            },
        )
        for column in columns
        for value in sorted(v for c, v in sums if c == column)
    )
