"""What folds say together: means, paired differences, and what can be concluded from them.

Folds share training rows, so their figures are no independent draws and the plain interval is too
narrow. Nadeau and Bengio (2003, section 3) widen it by the share of test to training rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy import stats

from trimtab._arrays import Float

LEVEL = 0.95
_MIN_FOLDS = 2  # folds, for a spread


class Effect(StrEnum):
    """What a difference comes to."""

    HELPS = "helps"
    HARMS = "harms"
    SAME = "no difference"
    UNSURE = "not shown"


class Mean(BaseModel):
    """The mean of a figure over folds, with its corrected 95 % interval if there is one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    low: float | None = None
    high: float | None = None
    folds: int = 0


class Difference(BaseModel):
    """A mean paired difference to doing nothing, counted so that above 0 is better.

    p, holm   two-sided, by itself and corrected for the number of arms (Holm 1979)
    effect    HELPS or HARMS where the Holm-corrected p is below .05; SAME where the 95 % interval
              lies within the margin that does not matter; else UNSURE
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float
    high: float
    margin: float
    p: float
    holm: float
    effect: Effect


def mean(figures: Sequence[float], test_share: float) -> Mean:
    """The mean of a figure; folds where it is nan are left out.

    test_share   test rows / training rows
    """
    known = np.array([f for f in figures if np.isfinite(f)])
    if not len(known):
        return Mean(value=None)
    if len(known) < _MIN_FOLDS:
        return Mean(value=float(known.mean()), folds=len(known))
    reach = float(stats.t.ppf((1 + LEVEL) / 2, len(known) - 1)) * _error(known, test_share)
    at = float(known.mean())
    return Mean(value=at, low=at - reach, high=at + reach, folds=len(known))


def _error(figures: Float, test_share: float) -> float:
    """The corrected standard error of a mean over folds."""
    return float(np.sqrt((1 / len(figures) + test_share) * figures.var(ddof=1)))


def differences(
    paired: Mapping[str, Sequence[float]], test_share: float, margin: float
) -> dict[str, Difference]:
    """Differences of several arms, of which each has one figure a fold; nan ones are left out.

    margin   the size of a difference that does not matter
    """
    raw = {}
    for name, figures in paired.items():
        known = np.array([f for f in figures if np.isfinite(f)])
        if len(known) < _MIN_FOLDS:
            continue
        at, error = float(known.mean()), _error(known, test_share)
        freedom = len(known) - 1
        if error > 0:
            p = float(2 * stats.t.sf(abs(at) / error, freedom))
        else:
            p = 1.0 if at == 0 else 0.0
        reach = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * error
        raw[name] = (at, at - reach, at + reach, p)
    corrected = holm({name: p for name, (*_, p) in raw.items()})
    return {
        name: Difference(
            value=at,
            low=low,
            high=high,
            margin=margin,
            p=p,
            holm=corrected[name],
            effect=_effect(at, low, high, corrected[name], margin),
        )
        for name, (at, low, high, p) in raw.items()
    }


def holm(ps: dict[str, float]) -> dict[str, float]:
    """Holm's step-down correction (Holm 1979)."""
    corrected, least = {}, 0.0
    for place, name in enumerate(sorted(ps, key=lambda n: ps[n])):
        least = max(least, min(1.0, (len(ps) - place) * ps[name]))
        corrected[name] = least
    return corrected


def _effect(at: float, low: float, high: float, p: float, margin: float) -> Effect:
    # Within the margin first: a difference that is sure but does not matter is none.
    if -margin <= low and high <= margin:
        return Effect.SAME
    if p < 1 - LEVEL:
        return Effect.HELPS if at > 0 else Effect.HARMS
    return Effect.UNSURE
