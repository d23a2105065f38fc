"""Probabilities calibrated after balancing, and their calibration error.

Balancing tells a learner that the smaller class is more frequent than it is. Where a learner's
probabilities are well specified, that multiplies its odds by a constant, which is known and can be
taken back (Saerens et al. 2002, section 2). Platt's and isotonic calibration learn the map instead,
here from rows that were not resampled and that the learner did not see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from pydantic import ConfigDict
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from trimtab._arrays import Bool, Float
from trimtab._named import Named

RAW, PRIOR, PLATT, ISOTONIC = "raw", "prior", "platt", "isotonic"
FORMS = (RAW, PRIOR, PLATT, ISOTONIC)
# Probabilities nearer to 0 or 1 count as this near, so that a logarithm is finite.
_MIN_PROBABILITY = 1e-6
_FLAT = 1e6  # inverse strength of regularisation: next to none
EDGES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

Map = Callable[[Float], Float]


class Bins(Named):
    """Rows by stated probability, between neighbouring EDGES.

    rows, stated, hits   of each bin: how many rows, the sum of their probabilities, and how many of
                         them are of the positive class
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: tuple[int, ...]
    stated: tuple[float, ...]
    hits: tuple[int, ...]

    def __add__(self, other: Bins) -> Bins:
        return Bins(
            rows=tuple(a + b for a, b in zip(self.rows, other.rows, strict=True)),
            stated=tuple(a + b for a, b in zip(self.stated, other.stated, strict=True)),
            hits=tuple(a + b for a, b in zip(self.hits, other.hits, strict=True)),
        )


def binned(probability: Float, positive: Bool) -> Bins:
    """How often what is stated comes true."""
    place = (np.searchsorted(EDGES, probability, "right") - 1).clip(0, len(EDGES) - 2)
    size = len(EDGES) - 1
    return Bins(
        rows=tuple(np.bincount(place, minlength=size).tolist()),
        stated=tuple(np.bincount(place, probability, size).tolist()),
        hits=tuple(np.bincount(place, positive, size).astype(int).tolist()),
    )


def prior_shift(trained: float, real: float) -> Map:
    """The map of probabilities learned at one share of the positive class to those at another."""
    if not (0 < trained < 1 and 0 < real < 1) or np.isclose(trained, real):
        return lambda p: p
    moved = float(logit(real) - logit(trained))
    return lambda p: np.asarray(expit(_logits(p) + moved))


def platt(probability: Float, positive: Bool) -> Map:
    """A logistic map of log odds (Platt 1999), learned from rows that were not trained on."""
    if positive.all() or not positive.any():
        return lambda p: p
    regression = LogisticRegression(C=_FLAT).fit(_logits(probability)[:, None], positive)
    return lambda p: np.asarray(regression.predict_proba(_logits(p)[:, None])[:, 1])


def isotonic(probability: Float, positive: Bool) -> Map:
    """A rising map (Zadrozny and Elkan 2002), learned from rows that were not trained on."""
    regression = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(
        probability, positive
    )
    return lambda p: np.asarray(regression.predict(p))


@dataclass(frozen=True)
class CalibrationError:
    """The calibration error of probabilities, by several measures.

    brier      mean squared error
    log_loss   mean surprise, in nats
    slope      of the logistic regression of the truth on the stated log odds: 1 is right, below it
               the probabilities are too extreme; nan where all rows are of one class
    ratio      mean stated probability by the share that came true; nan where none did
    """

    brier: float
    log_loss: float
    slope: float
    ratio: float


def calibration_error(probability: Float, positive: Bool) -> CalibrationError:
    """The calibration error of the probabilities of some rows."""
    safe = probability.clip(_MIN_PROBABILITY, 1 - _MIN_PROBABILITY)
    surprise = -np.log(np.where(positive, safe, 1 - safe))
    slope = np.nan
    logits = _logits(probability)
    if positive.any() and not positive.all() and np.ptp(logits) > 0:
        slope = float(LogisticRegression(C=_FLAT).fit(logits[:, None], positive).coef_[0, 0])
    return CalibrationError(
        brier=float(np.mean(np.square(probability - positive))),
        log_loss=float(surprise.mean()),
        slope=slope,
        ratio=float(probability.mean() / positive.mean()) if positive.any() else np.nan,
    )


def _logits(probability: Float) -> Float:
    return np.asarray(logit(probability.clip(_MIN_PROBABILITY, 1 - _MIN_PROBABILITY)))
