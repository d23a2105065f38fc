"""The target of a prediction: a number, or the classes that the real table has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Bool, Float, Int
from trimtab.errors import ColumnError
from trimtab.measure.compare.comparison import Comparison
from trimtab.predict.sample import Feature, Sample

MAX_CLASSES = 20  # the rarest of more are one class together
OTHERS = "(all others)"
_FEW_VALUES = 10  # a number with more distinct values is predicted as a number
UNKNOWN = -1  # the code of a class that is missing, or that the real table does not have


class OneValueError(ColumnError):
    """A target that the real table has one value of, or none."""


@dataclass(frozen=True)
class Target:
    """A column to predict.

    classes    their texts: labels the most frequent in the real table first, numbers ascending;
               () for a target that is predicted as a number
    values     the values (codes of labels) that stand for a class, ascending
    codes      the class of each of them, same shape
    rest       the class of values that the real table does not have; UNKNOWN if there is none
    positive   the class that a target of two classes is about; None for others
    notes      which values were put together
    """

    feature: Feature
    classes: tuple[str, ...]
    values: NDArray[Any]
    codes: Int
    positive: int | None
    rest: int = UNKNOWN
    notes: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether it is predicted as a number."""
        return not self.classes

    def of(self, sample: Sample) -> Int | Float:
        """Classes as codes, UNKNOWN for missing and unknown ones; or numbers, nan for missing."""
        raw = sample.values[self.feature.name]
        if self.is_number:
            return raw
        place = np.minimum(np.searchsorted(self.values, raw), len(self.values) - 1)
        codes = np.where(self.values[place] == raw, self.codes[place], self.rest)
        return np.where(sample.missing(self.feature), UNKNOWN, codes).astype(np.int64)

    def known(self, sample: Sample) -> Bool:
        """Where the target is a number or a class of the real table, shape (rows,)."""
        truth = self.of(sample)
        return ~np.isnan(truth) if self.is_number else truth != UNKNOWN

    def shares(self, codes: Int) -> Float:
        """Shares of the classes, shape (classes,); none for a number."""
        counts = np.bincount(codes, minlength=len(self.classes))[: len(self.classes)]
        return counts / max(1, counts.sum())


def target_of(comparison: Comparison, name: str, positive: str | None = None) -> Target:
    """The target as the real table has it.

    A label has the real table's classes, at most 20 of them; a number with more than 10 distinct
    values is a number. Of two classes the positive one is the rarer, unless `positive` names it;
    a target of more classes becomes two where it does: that one, and all others.
    Raises OneValueError for a target that the real table has one value of, and ColumnError for an
    unknown column and a `positive` that is no class of it.
    """
    feature = comparison[name]
    real = comparison.real
    values, counts = np.unique(real.values[name][~real.missing(feature)], return_counts=True)
    if len(values) < 2:
        only = _text(feature, values[0]) if len(values) else "nothing"
        raise OneValueError(
            f"target {name!r}: the real table holds only {only} there, so nothing can be learned: "
            "expected a column with at least two values."
        )
    if feature.is_number and len(values) > _FEW_VALUES:
        if positive is not None:
            raise ColumnError(
                f"positive = {positive!r}: {name!r} is a number with {len(values):,} distinct "
                "values and has no classes: leave positive out, or make it a label in the schema."
            )
        return Target(feature, (), np.zeros(0), np.zeros(0, np.int64), None)
    texts = [_text(feature, v) for v in values]
    if positive is not None and positive not in texts:
        listing = ", ".join(texts[:MAX_CLASSES]) + (", ..." if len(texts) > MAX_CLASSES else "")
        raise ColumnError(
            f"positive = {positive!r}: {name!r} has no such class in the real table: expected one "
            f"of {listing}."
        )
    if len(values) == 2:
        chosen = texts.index(positive) if positive is not None else int(counts[1] <= counts[0])
        return Target(feature, tuple(texts), values, np.arange(2), chosen)
    if positive is not None:
        codes = np.array([int(t == positive) for t in texts], np.int64)
        note = f"{name} has {len(texts)} classes: {positive!r} is predicted against all others."
        return Target(feature, (f"not {positive}", positive), values, codes, 1, 0, (note,))
    return _many(feature, values, counts, texts)


def _many(feature: Feature, values: NDArray[Any], counts: Int, texts: list[str]) -> Target:
    """A target of more than two classes; the rarest of very many are put together."""
    codes = np.arange(len(values))
    if len(values) <= MAX_CLASSES:
        return Target(feature, tuple(texts), values, codes, None)
    largest = np.sort(np.argsort(-counts, kind="stable")[: MAX_CLASSES - 1])
    codes = np.full(len(values), len(largest))
    codes[largest] = np.arange(len(largest))
    note = (
        f"{feature.name} has {len(values):,} classes: all but the {len(largest)} most frequent are "
        f"predicted as one, {OTHERS}."
    )
    classes = (*(texts[k] for k in largest), OTHERS)
    return Target(feature, classes, values, codes, None, len(largest), (note,))


def _text(feature: Feature, value: Any) -> str:
    if not feature.is_number:
        return feature.labels[int(value)]
    if feature.moment:
        return str(np.datetime64(round(value * 1e6), "us").astype("datetime64[s]"))
    return np.format_float_positional(value, trim="-")
