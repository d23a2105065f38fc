"""How far the estimates of two tables agree: what is measured, and the figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from trimtab._arrays import Bool, Float, Int
from trimtab.measure.chance.intervals import Z
from trimtab.measure.score import Direction, Measure, Section, Split, Topic

SAME = Measure(
    name="same_conclusions",
    section=Section.USEFULNESS,
    topic=Topic.CONCLUSIONS,
    split=Split.ANALYSIS,
    title="Same conclusions",
    meaning=(
        "Of the effects and differences that either table shows (significant at 5 %), the share "
        "that both show with the same sign: of a regression of the target on all other columns, "
        "of means of numbers in groups, and of rates of the target in groups, each kind counting "
        "alike. As many rows of each table are used. Even real rows do not repeat all of what "
        "other real rows show: compare with what they get."
    ),
    direction=Direction.HIGHER,
    ideal=1.0,
    tolerance=0.1,
    alarm=0.25,
    source="after Karr et al. 2006, The American Statistician 60(3)",
)
OVERLAP = Measure(
    name="interval_overlap",
    section=Section.USEFULNESS,
    topic=Topic.CONCLUSIONS,
    split=Split.ANALYSIS,
    title="Overlap of intervals",
    meaning=(
        "How far the 95 % intervals of the same estimate from both tables overlap: the mean of "
        "the shares of each that lie in the other, over all estimates; 0 where they are apart. "
        "Two samples of real rows get about 0.7."
    ),
    direction=Direction.HIGHER,
    ideal=1.0,
    tolerance=0.05,
    alarm=0.12,
    source="Karr et al. 2006, The American Statistician 60(3), section 4",
)
DIFFERENCE = Measure(
    name="estimate_difference",
    section=Section.USEFULNESS,
    topic=Topic.CONCLUSIONS,
    split=Split.ANALYSIS,
    title="Difference of estimates",
    meaning=(
        "How far the estimates from both tables are apart, in standard errors of those from real "
        "rows: the mean over all estimates. One that the other table cannot tell counts as that of "
        "rows in which there is no effect. Two samples of real rows get about 1.1."
    ),
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.4,
    alarm=1.0,
    source="Snoke et al. 2018, Journal of the Royal Statistical Society A 181(3)",
)
MEASURES = (SAME, OVERLAP, DIFFERENCE)


@dataclass(frozen=True)
class Pair:
    """Estimates of two tables and their errors, shape (..., terms); nan where there is none."""

    real: Float
    real_errors: Float
    other: Float
    other_errors: Float

    def figure(self, measure: Measure, kinds: Int) -> Float:
        """A measure, as the mean over the kinds of analyses, for each draw: shape (...)."""
        by_kind = [_OF[measure.name](self, kinds == kind) for kind in np.unique(kinds)]
        stacked = np.stack(by_kind)
        known = ~np.isnan(stacked)
        total = np.where(known, stacked, 0.0).sum(axis=0)
        with np.errstate(invalid="ignore"):
            return np.asarray(total / known.sum(axis=0))


def shown(values: Float, errors: Float) -> Int:
    """What an estimate shows: 1 or -1 where it is significant, else 0."""
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(values) > Z * errors, np.sign(values), 0).astype(np.int64)


def overlaps(pair: Pair) -> Float:
    """The overlap of each two intervals, in [0, 1]; 0 where one is not known."""
    reach, other_reach = Z * pair.real_errors, Z * pair.other_errors
    both = np.minimum(pair.real + reach, pair.other + other_reach)
    both = both - np.maximum(pair.real - reach, pair.other - other_reach)
    both = np.maximum(0.0, both)
    return np.nan_to_num((both / (2 * reach) + both / (2 * other_reach)) / 2)


def _same(pair: Pair, chosen: Bool) -> Float:
    real = shown(pair.real, pair.real_errors)[..., chosen]
    other = shown(pair.other, pair.other_errors)[..., chosen]
    either = (real != 0) | (other != 0)
    with np.errstate(invalid="ignore"):
        return np.asarray(((real == other) & either).sum(axis=-1) / either.sum(axis=-1))


def _overlap(pair: Pair, chosen: Bool) -> Float:
    return np.asarray(overlaps(pair)[..., chosen].mean(axis=-1))


def _difference(pair: Pair, chosen: Bool) -> Float:
    apart = np.abs(pair.other - pair.real) / pair.real_errors
    apart = np.where(np.isnan(pair.other), _untold(pair.real / pair.real_errors), apart)
    apart = apart[..., chosen]
    known = ~np.isnan(apart)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, apart, 0.0).sum(axis=-1) / known.sum(axis=-1))


def _untold(real: Float) -> Float:
    """How far estimates, in their errors, are on average from those of as many rows without effect.

    The mean of a folded normal distribution (Leone, Nelson and Nottingham 1961, Technometrics
    3(4)). It is never below an estimate of 0, and of effects that are none it is what other real
    rows get, so that a table wins nothing by leaving out what it cannot tell.
    """
    return np.asarray(np.sqrt(2 / np.pi) * np.exp(-(real**2) / 2) + real * (1 - 2 * ndtr(-real)))


_OF = {SAME.name: _same, OVERLAP.name: _overlap, DIFFERENCE.name: _difference}
