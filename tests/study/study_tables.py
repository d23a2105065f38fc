"""Small questions of a proof, made without a table, and studies that are quick to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.predict.sample import MISSING, Feature, Form, Sample
from trimtab.study.balancing.arms.arm import Arm, extended
from trimtab.study.balancing.arms.untouched import Untouched
from trimtab.study.balancing.protocol import Protocol, Study
from trimtab.study.learners import Learner, Named
from trimtab.study.question import Part, Question, Training

LR = Named("logistic regression")
FEATURES = (
    Feature("size", Form.NUMBER),
    Feature("gappy", Form.NUMBER),
    Feature("place", Form.LABEL, ("a", "b", "c"), 3),
)


def question(
    rows: int = 160,
    positives: int = 40,
    seed: int = 0,
    people: Int | None = None,
    protected: Mapping[str, Sequence[str]] | None = None,
) -> Question:
    """Rows whose class says something of two columns; one has gaps, and one is a label."""
    draw = Key(seed).child("question").generator()
    hit = draw.permutation(np.arange(rows) < positives)
    place = np.where(draw.random(rows) < 0.1, MISSING, draw.integers(0, 3, rows))
    values = {
        "size": draw.normal(size=rows) + 1.2 * hit,
        "gappy": np.where(draw.random(rows) < 0.2, np.nan, draw.normal(size=rows)),
        "place": np.where(hit & (draw.random(rows) < 0.4), 2, place).astype(np.int64),
    }
    groups = {name: np.array(texts, dtype=object) for name, texts in (protected or {}).items()}
    sample = Sample("real", values, np.ones(rows), people)
    return Question("y", "yes", FEATURES, sample, hit, groups)


def poisoned(whole: Question, kept: NDArray[Any]) -> Question:
    """The same rows, of which all but some are nonsense and of the other class."""
    other = np.ones(whole.rows, bool)
    other[kept] = False
    values = {
        "size": np.where(other, 1e6, whole.sample.values["size"]),
        "gappy": np.where(other, -1e6, whole.sample.values["gappy"]),
        "place": np.where(other, 0, whole.sample.values["place"]),
    }
    return replace(
        whole,
        sample=replace(whole.sample, values=values),
        is_positive=np.where(other, ~whole.is_positive, whole.is_positive),
    )


def study(
    of: Question,
    arms: Sequence[Arm] = (Untouched(),),
    learners: Sequence[Learner] = (LR,),
    **protocol: Any,
) -> Study:
    """A study with few folds."""
    settings = {"folds": 3, "repeats": 1, "inner": 2, "sizes": (), "curve_folds": 0} | protocol
    return Study(of, tuple(arms), tuple(learners), Protocol(**settings), Key(7).child("prove"))


@dataclass(frozen=True)
class Leaking:
    """An arm that adds rows of the whole table: copies of rows that are tested among them."""

    name: str = "leaking"
    adds: bool = True

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        whole = part.question
        few = np.flatnonzero(whole.is_positive == part.rarer)
        return extended(part, whole.sample.take(key.generator().choice(few, part.wanting(ratio))))


def same(one: Sample, other: Sample) -> bool:
    """Whether two samples hold the same rows in the same order."""
    return list(one.values) == list(other.values) and all(
        np.array_equal(v, other.values[n], equal_nan=v.dtype == float)
        for n, v in one.values.items()
    )


def probabilities(rows: int, seed: int, ties: int = 0) -> tuple[Float, NDArray[np.bool_]]:
    """Probabilities that are right, and what came true; of so many distinct values, if said."""
    draw = Key(seed).child("probabilities").generator()
    stated = draw.beta(1, 4, rows)
    if ties:
        stated = np.round(stated * ties) / ties
    return stated, draw.random(rows) < stated
