"""How outliers, rare labels and noise of the smaller class fare when rows are added to it.

Paper after paper fears that balancing loses the unusual cases, or makes cases that never
were. Measured here, for each arm, beside real rows of the same class that no arm has seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import ConfigDict
from sklearn.neighbors import NearestNeighbors

from trimtab._arrays import Float
from trimtab._named import Named
from trimtab._random import Key
from trimtab.predict.encoding import Indicators
from trimtab.predict.sample import MISSING, Feature, Sample
from trimtab.study.question import Part, Training

TAIL = 0.05  # of the rows of the class, at either end of a number
_RARE = 0.05  # of the rows of the class: a label that fewer hold is rare
_NEIGHBOURS = 5
_MAX_ROWS = 1000  # rows that neighbours are sought for


class Counts(Named):
    """Rates over rows: `hits` of `chances`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hits: float = 0.0
    chances: float = 0.0

    def __add__(self, other: Counts) -> Counts:
        return Counts(hits=self.hits + other.hits, chances=self.chances + other.chances)

    @property
    def rate(self) -> float | None:
        """The rate; None where there is no chance."""
        return self.hits / self.chances if self.chances else None


class Tail(Named):
    """Added rows, and unseen real rows of the same class (the test rows), in three looks.

    extreme   values beyond the outer 5 % of the class's training rows, over the ends of all numbers
    rare      labels that fewer than 5 % of the class's training rows hold
    amid      rows most of whose nearest training rows are of the other class: what a learner cannot
              tell from it. More than real rows is noise
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    extreme: Counts
    rare: Counts
    amid: Counts
    real_extreme: Counts
    real_rare: Counts
    real_amid: Counts

    def __add__(self, other: Tail) -> Tail:
        mine, theirs = dict(self), dict(other)
        return Tail(**{name: mine[name] + theirs[name] for name in mine})


def tails_of(rows: Training, train: Part, test: Part, key: Key) -> Tail:
    """The three looks at the added rows, and at real rows of the test part."""
    minority = train.sample.take(train.minority)
    real = test.sample.take(test.minority if test.rarer == train.rarer else ~test.minority)
    new = rows.new
    around = _Surroundings(train, key)
    return Tail(
        extreme=_extreme(train.features, minority, new),
        rare=_rare(train.features, minority, new),
        amid=around.amid(new),
        real_extreme=_extreme(train.features, minority, real),
        real_rare=_rare(train.features, minority, real),
        real_amid=around.amid(real),
    )


def _extreme(features: Sequence[Feature], minority: Sample, sample: Sample) -> Counts:
    counts = Counts()
    for feature in features:
        if not feature.is_number:
            continue
        known = minority.values[feature.name][~np.isnan(minority.values[feature.name])]
        if not len(known):
            continue
        low, high = np.quantile(known, [TAIL, 1 - TAIL])
        values = sample.values[feature.name]
        values = values[~np.isnan(values)]
        # A value that many rows share is no tail.
        ends = [(known < low).any(), (known > high).any()]
        beyond = ends[0] * (values < low).sum() + ends[1] * (values > high).sum()
        counts += Counts(hits=float(beyond), chances=float(sum(ends) * len(values)))
    return counts


def _rare(features: Sequence[Feature], minority: Sample, sample: Sample) -> Counts:
    counts = Counts()
    for feature in features:
        if feature.is_number:
            continue
        codes = minority.values[feature.name]
        size = len(feature.labels) + 1
        share = np.bincount(codes - MISSING, minlength=size) / max(len(codes), 1)
        rare = (share > 0) & (share < _RARE)
        if rare.any():
            hits = rare[(sample.values[feature.name] - MISSING).clip(0, size - 1)].sum()
            counts += Counts(hits=float(hits), chances=float(sample.rows))
    return counts


class _Surroundings:
    """Tells rows most of whose nearest training rows are of the larger class.

    As many rows of either class are drawn to be neighbours, so that it is about where rows lie and
    not about how frequent the classes are.
    """

    def __init__(self, train: Part, key: Key) -> None:
        few, many = np.flatnonzero(train.minority), np.flatnonzero(~train.minority)
        generator = key.generator()
        size = min(len(few), len(many), _MAX_ROWS)
        chosen = np.concatenate([generator.choice(c, size, replace=False) for c in (few, many)])
        sample = train.sample.take(chosen)
        self._encoding = Indicators.learned(train.features, train.sample)
        self._other = np.arange(2 * size) >= size
        self._index = NearestNeighbors(n_neighbors=min(_NEIGHBOURS, 2 * size))
        self._index.fit(self._matrix(sample))
        self._generator = generator

    def amid(self, sample: Sample) -> Counts:
        """How many of some rows."""
        if not sample.rows:
            return Counts()
        if sample.rows > _MAX_ROWS:
            sample = sample.take(self._generator.choice(sample.rows, _MAX_ROWS, replace=False))
        near = self._index.kneighbors(self._matrix(sample), return_distance=False)
        return Counts(
            hits=float((self._other[near].mean(axis=1) > 0.5).sum()), chances=float(sample.rows)
        )

    def _matrix(self, sample: Sample) -> Float:
        return self._encoding.dense(sample)
