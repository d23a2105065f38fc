"""Rows drawn again: how often each row counts in each bootstrap sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab._arrays import Float
from trimtab._random import Key
from trimtab.predict.sample import Sample

DRAWS = 200


def redrawn_rows(sample: Sample, key: Key, draws: int = DRAWS) -> Float:
    """How often each row counts, shape (1 + draws, rows): once each, then in each sample.

    Persons are drawn with all their rows, where the table says which rows are whose (Davison and
    Hinkley 1997, section 3.8).
    """
    generator = key.generator()
    units = sample.rows
    owners = np.arange(sample.rows)
    if sample.people is not None:
        persons, owners = np.unique(sample.people, return_inverse=True)
        units = len(persons)
    counts = np.ones((1 + draws, sample.rows))
    for draw in range(1, 1 + draws):
        counts[draw] = np.bincount(generator.integers(units, size=units), minlength=units)[owners]
    return counts


def percentiles(drawn: Float) -> tuple[float, float] | None:
    """The 95 % interval of a figure drawn again, or None where it was never defined."""
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def jackknife_variance(left_out: Sequence[float]) -> float:
    """The variance of a figure over training rows, from the figures without each of some groups.

    Shao and Tu 1995, chapter 2: (groups - 1) / groups times the sum of squared deviations. 0
    where fewer than two groups give a figure.
    """
    known = np.array([figure for figure in left_out if np.isfinite(figure)])
    if len(known) < 2:
        return 0.0
    return float((len(known) - 1) * known.var())
