"""A Gaussian of what the columns show: the linear part of a table, learned in closed form.

Each number shows its place on its scale, each label which of its commoner tokens it is. From their
means and covariances follows, for any cells that are seen, the exact conditional mean and deviation
of every place not seen: the network learns how the truth departs from these lines, so that what it
forgets on purpose draws it towards them and not towards independence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Bool, Float, Int, Single
from trimtab._random import Key
from trimtab.model.neural.encoding import Cells, ColumnEncoding

_MAX_TOKENS = 4  # of a label that are traits, the commonest one apart
_MAX_TRAITS = 256  # labels have fewer, or none, where there would be more: time grows like a cube
_MIN_SHARE = 0.01  # of the rows: a rarer token is none
_HEAVY_SHARE = 0.1  # an outcome with more rows says nothing of the order of a scale
_RIDGE = 1e-3  # of the variance of each trait is its own: columns may follow from others
_MIN_SPREAD = 1e-6
_MAX_ROWS = 20_000  # that are looked at
_ROUNDS = 20  # of completing them, where something is missing


@dataclass(frozen=True)
class Traits:
    """What each of `d` traits is: of column `column`, told by the outcome or the place.

    column [d]
    shown  [d, largest size] the value by outcome
    known  [d, largest size] whether an outcome has a value
    slot   [d] the outcome that says "on the scale", whose value is the place; -1 for none
    """

    column: NDArray[np.int32]
    shown: Single
    known: Bool
    slot: NDArray[np.int32]

    def of(self, outcome: NDArray[np.int32], place: Single) -> tuple[Float, Bool]:
        """The values of cells [columns, rows] and whether they have one, [rows, d]."""
        outcome = outcome[self.column]
        every = np.arange(len(self.column))[:, None]
        on_scale = outcome == self.slot[:, None]
        values = np.where(on_scale, place[self.column], self.shown[every, outcome])
        return values.T.astype(np.float64), self.known[every, outcome].T


@dataclass(frozen=True)
class Gaussian:
    """Means and deviations [d] of traits, and their correlations [d, d]."""

    middle: Single
    spread: Single
    correlation: Single


def traits_of(encodings: Mapping[str, ColumnEncoding]) -> Traits:
    """The traits of arranged encodings."""
    most = max(encoding.slots for encoding in encodings.values())
    numbers = sum(encoding.ordered for encoding in encodings.values())
    room = max(_MAX_TRAITS - numbers, 0) // max(len(encodings) - numbers, 1)
    column, shown, known, slots = [], [], [], []
    for j, encoding in enumerate(encodings.values()):
        for values, has, slot in _traits(encoding, min(room, _MAX_TOKENS)):
            column.append(j)
            slots.append(slot)
            shown.append(np.r_[values, np.zeros(most - len(values))])
            known.append(np.r_[has, np.zeros(most - len(has), bool)])
    shape = (len(column), most)
    return Traits(
        np.array(column, np.int32),
        np.array(shown, np.float32).reshape(shape),
        np.array(known, bool).reshape(shape),
        np.array(slots, np.int32),
    )


def _traits(encoding: ColumnEncoding, tokens: int) -> list[tuple[Float, Bool, int]]:
    """(values, whether there are any, slot) of each trait; a label has at most `tokens`."""
    size = encoding.slots
    rows = np.r_[encoding.rows[:-1], np.zeros(size - encoding.outcomes)]
    has = np.arange(size) >= int(encoding.nullable)
    if encoding.ordered:
        values = np.zeros(size)
        values[: encoding.outcomes] = encoding.outcome_places
        if encoding.continuous:
            has &= rows <= _HEAVY_SHARE * encoding.rows.sum()
        return [(values, has, size - 1 if encoding.continuous else -1)]
    common = np.argsort(-np.where(has, rows, 0), kind="stable")[1 : tokens + 1]
    common = common[rows[common] >= _MIN_SHARE * rows.sum()]
    return [((np.arange(size) == token).astype(float), has, -1) for token in common]


def fit_gaussian(traits: Traits, cells: Cells, rows: Int, key: Key) -> Gaussian:
    """The Gaussian of some rows, or of a sample of very many.

    Correlations are shrunk a little, so that they can be inverted although columns may follow from
    each other.
    """
    g = key.generator()
    sample = g.permutation(rows)[:_MAX_ROWS]
    values, known = traits.of(cells.outcome[:, sample], cells.place[:, sample])
    known_rows = np.maximum(known.sum(axis=0), 1)
    middle = np.where(known, values, 0).sum(axis=0) / known_rows
    spread = np.sqrt(np.where(known, (values - middle) ** 2, 0).sum(axis=0) / known_rows)
    spread = np.where(spread > _MIN_SPREAD, spread, 1.0)
    scores = np.where(known, (values - middle) / spread, 0.0)
    if known.all():
        mean, covariance = np.zeros(len(middle)), scores.T @ scores / len(scores)
    else:
        mean, covariance = _completed(scores, known, g)
    deviation = np.sqrt(np.diag(covariance).clip(_MIN_SPREAD))
    correlation = covariance / np.outer(deviation, deviation)
    correlation = (1 - _RIDGE) * correlation + _RIDGE * np.eye(len(middle))
    return Gaussian(
        (middle + spread * mean).astype(np.float32),
        (spread * deviation).astype(np.float32),
        correlation.astype(np.float32),
    )


def _completed(scores: Float, known: Bool, g: np.random.Generator) -> tuple[Float, Float]:
    """Mean and covariance of scores of which some are missing, by the others of their row.

    Data augmentation (Schafer 1997, section 5.4) with parameters as they are likeliest: missing
    scores are drawn given the rest of their row, column by column and round by round; what the
    later rounds show is averaged.
    """
    filled = np.where(known, scores, g.standard_normal(scores.shape))
    gaps = [np.flatnonzero(~column) for column in known.T]
    means, covariances = [], []
    for _ in range(_ROUNDS):
        mean, covariance = (
            filled.mean(axis=0),
            np.cov(filled.T, bias=True).reshape(2 * filled.shape[1:]),
        )
        means.append(mean)
        covariances.append(covariance)
        precision = np.linalg.inv(covariance + _RIDGE * np.eye(len(mean)))
        for j in range(len(gaps)):
            rows = gaps[j]
            if len(rows):
                tilt = (filled[rows] - mean) @ precision[j] / precision[j, j]
                noise = g.standard_normal(len(rows)) / np.sqrt(precision[j, j])
                filled[rows, j] += noise - tilt
    later = slice(_ROUNDS // 2, None)
    return np.mean(means[later], axis=0), np.mean(covariances[later], axis=0)
