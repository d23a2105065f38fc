"""The learners of a proof: three of our own by short names, or any classifier of scikit-learn."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sklearn.base import clone

from trimtab._arrays import Float
from trimtab._random import Key
from trimtab.errors import InputError
from trimtab.predict.encoding import Indicators
from trimtab.predict.learners import fitted
from trimtab.predict.prediction import BOOSTING, FOREST, LOGISTIC
from trimtab.predict.sample import Feature, Sample
from trimtab.study.question import Training, UnableError

SHORT = {"lr": LOGISTIC, "rf": FOREST, "gbm": BOOSTING}
Rank = Callable[[Sample], Float]  # the probability of the positive class, shape (rows,)


class Learner(Protocol):
    """What is trained."""

    @property
    def name(self) -> str:
        """How people call it."""
        ...

    @property
    def described(self) -> str:
        """All that its results hang on."""
        ...

    def trained(self, features: Sequence[Feature], rows: Training, key: Key) -> Rank:
        """Train, and tell the probability of the positive class. Raises UnableError, as what
        it gives back may.
        """
        ...


@dataclass(frozen=True)
class Named:
    """One of the learners that tables are judged by; its settings are fixed."""

    name: str

    @property
    def described(self) -> str:
        """See Learner."""
        return self.name

    def trained(self, features: Sequence[Feature], rows: Training, key: Key) -> Rank:
        """See Learner."""
        model = fitted(
            self.name,
            features,
            rows.sample,
            rows.is_positive.astype(np.int64),
            2,
            key=key,
            weights=rows.weights,
        )
        return lambda sample: model.probability(sample)[:, 1]


@dataclass(frozen=True)
class Estimator:
    """A classifier of scikit-learn's kind, cloned for each training.

    It sees standardised numbers, a mark for a missing one, and a column for each frequent label.
    """

    name: str
    estimator: Any

    @property
    def described(self) -> str:
        """Its kind and all its settings: the repr of an estimator leaves out what is long."""
        settings = sorted(self.estimator.get_params().items())
        return f"{self.name}: {type(self.estimator).__qualname__} {settings}"

    def trained(self, features: Sequence[Feature], rows: Training, key: Key) -> Rank:
        """See Learner. UnableError: weights of rows, and a classifier that takes none."""
        if rows.is_positive.all() or not rows.is_positive.any():
            always = float(rows.is_positive.all())  # as our own learners do: many refuse one class
            return lambda sample: np.full(sample.rows, always)
        classifier = clone(self.estimator)
        draw = key.child(self.name).generator()
        names = sorted(n for n in classifier.get_params() if n.split("__")[-1] == "random_state")
        classifier.set_params(**{name: int(draw.integers(2**31)) for name in names})
        weights = {}
        if rows.weights is not None:
            if "sample_weight" not in inspect.signature(classifier.fit).parameters:
                raise UnableError(f"{self.name} takes no weights of rows")
            weights = {"sample_weight": rows.weights}
        encoding = Indicators.learned(features, rows.sample)
        classifier.fit(encoding.dense(rows.sample), rows.is_positive.astype(np.int64), **weights)
        at = list(classifier.classes_).index(1)

        def rank(sample: Sample) -> Float:
            probability = np.asarray(classifier.predict_proba(encoding.dense(sample)))[:, at]
            if not np.isfinite(probability).all():
                raise UnableError(f"{self.name} states no probability of some rows")
            return probability

        return rank


def learners_of(asked: str | Sequence[str] | Mapping[str, Any]) -> tuple[Learner, ...]:
    """The learners that a caller names: "lr", "rf", "gbm", or {name: classifier}.

    Raises InputError for what is neither.
    """
    if isinstance(asked, Mapping):
        learners: list[Learner] = []
        for name, estimator in asked.items():
            needed = ("fit", "predict_proba", "get_params", "set_params")
            if isinstance(estimator, type) or not all(hasattr(estimator, n) for n in needed):
                raise InputError(
                    f"learner {name!r} is {estimator!r}: expected a classifier of scikit-learn's "
                    "kind (an object, not its class) with fit and predict_proba."
                )
            learners.append(Estimator(str(name), estimator))
        return _some(tuple(learners), asked)
    names = (asked,) if isinstance(asked, str) or not isinstance(asked, Sequence) else tuple(asked)
    for name in names:
        if not isinstance(name, str) or name not in SHORT:
            raise InputError(
                f"learner = {name!r}: expected some of {', '.join(SHORT)}, or in Python "
                "{name: classifier}."
            )
    return _some(tuple(Named(SHORT[n]) for n in dict.fromkeys(names)), asked)


def _some(learners: tuple[Learner, ...], asked: Any) -> tuple[Learner, ...]:
    if not learners:
        raise InputError(f"learner = {asked!r}: expected at least one of {', '.join(SHORT)}.")
    return learners
