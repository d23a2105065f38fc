"""What folds say together: means, paired differences, and what can be concluded from them.

Folds share training rows, so their figures are no independent draws and the plain interval is too
narrow. Nadeau and Bengio (2003, section 3) widen it by the share of test to training rows.
Several arms are compared with one: p values are Holm's (1979), and each interval is of the level at
which his procedure tests that arm (Serlin 1993), so that intervals and p values say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np
from pydantic import ConfigDict
from scipy import stats

from trimtab._arrays import Float
from trimtab._named import Named

LEVEL = 0.95
_MIN_FOLDS = 2  # folds, for a spread


class Effect(StrEnum):
    """What a difference comes to."""

    HELPS = "helps"
    HARMS = "harms"
    SAME = "no difference"
    UNSURE = "no difference shown"

    @classmethod
    def _missing_(cls, value: object) -> Effect | None:
        # What proofs of versions 1 and 2 call it.
        return cls.UNSURE if value == "not shown" else None


class Mean(Named):
    """The mean of a figure over folds, with its corrected 95 % interval if there is one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    low: float | None = None
    high: float | None = None
    folds: int = 0


class Difference(Named):
    """A mean paired difference to doing nothing, counted so that above 0 is better.

    low, high   its interval, of `level`
    p, holm     two-sided, by itself and corrected for the number of arms (Holm 1979)
    level       .95 or more: that at which Holm's procedure tests it, so that the interval excludes
                0 where `holm` is below .05 and nowhere else. None in proofs of versions 1 and 2,
                whose intervals are of .95 and not corrected
    effect      SAME where the interval lies within the margin that does not matter; else HELPS or
                HARMS where it excludes 0; else UNSURE
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float
    high: float
    margin: float
    p: float
    holm: float
    level: float | None = None
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
    raw: dict[str, tuple[float, float, int]] = {}
    ps: dict[str, float] = {}
    for name, figures in paired.items():
        known = np.array([f for f in figures if np.isfinite(f)])
        if len(known) < _MIN_FOLDS:
            continue
        at, error = float(known.mean()), _error(known, test_share)
        raw[name] = at, error, len(known) - 1
        if error > 0:
            ps[name] = float(2 * stats.t.sf(abs(at) / error, len(known) - 1))
        else:
            ps[name] = 1.0 if at == 0 else 0.0
    corrected, sizes = holm(ps), holm_sizes(ps)
    found = {}
    for name, (at, error, freedom) in raw.items():
        reach = float(stats.t.isf(sizes[name] / 2, freedom)) * error
        found[name] = Difference(
            value=at,
            low=at - reach,
            high=at + reach,
            margin=margin,
            p=ps[name],
            holm=corrected[name],
            level=1 - sizes[name],
            effect=_effect(at - reach, at + reach, margin),
        )
    return found


def holm(ps: dict[str, float]) -> dict[str, float]:
    """Holm's step-down correction (Holm 1979)."""
    corrected, least = {}, 0.0
    for place, name in enumerate(sorted(ps, key=lambda n: ps[n])):
        least = max(least, min(1.0, (len(ps) - place) * ps[name]))
        corrected[name] = least
    return corrected


def holm_sizes(ps: dict[str, float]) -> dict[str, float]:
    """The size at which Holm's procedure tests each p: .05 by how many are left to be decided.

    At the first that is not below its size the procedure ends, and the rest is tested at that size.
    """
    sizes, size, ended = {}, 1 - LEVEL, False
    for place, name in enumerate(sorted(ps, key=lambda n: ps[n])):
        if not ended:
            size = (1 - LEVEL) / (len(ps) - place)
            ended = ps[name] >= size
        sizes[name] = size
    return sizes


def _effect(low: float, high: float, margin: float) -> Effect:
    # Within the margin first: a difference that is sure but does not matter is none.
    if -margin <= low and high <= margin:
        return Effect.SAME
    if low > 0:
        return Effect.HELPS
    return Effect.HARMS if high < 0 else Effect.UNSURE
