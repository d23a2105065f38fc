"""Shares beside a baseline that is itself estimated from rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool
from trimtab.measure.chance.intervals import Z_ONE_SIDED, Z, clustered, wilson
from trimtab.predict.sample import Sample


@dataclass(frozen=True)
class Share:
    """A share, and how many independent rows would tell it as well."""

    value: float
    rows: float

    @classmethod
    def of(cls, hit: Bool, sample: Sample, alone: Bool | None = None) -> Share:
        """The share of a sample's rows that are hit; the rows of one person hang together.

        `alone` marks rows that match one other row of their own sample and no more: as such matches
        come and go in pairs, their number varies twice as much (Esty 1983, on the variance of
        Good's coverage).
        """
        lines = np.arange(sample.rows) if sample.people is None else sample.people
        _, lines = np.unique(lines, return_inverse=True)
        counts = np.bincount(lines, sample.weights).astype(np.float64)
        hits = np.bincount(lines, sample.weights * hit).astype(np.float64)
        value, error = clustered(hits, counts)
        total = float(counts.sum())
        variance = error**2
        if alone is not None:
            variance += float(np.square(sample.weights[alone]).sum()) / total**2
        if 0.0 < value < 1.0 and variance > 0:
            return cls(value, value * (1 - value) / variance)
        worth = total**2 / float(np.square(counts).sum())
        return cls(value, worth if alone is None else worth / 2)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share alone."""
        return wilson(self.value * self.rows, self.rows)


@dataclass(frozen=True)
class AgainstBaseline:
    """A share seen beside its baseline.

    interval    of the share; it reaches the baseline where the interval of their difference
                reaches 0 (Newcombe 1998, method 10)
    low, high   what a share of the same source would fall below, or exceed, once in twenty
    """

    interval: tuple[float, float]
    low: float
    high: float


def against_baseline(share: Share, baseline: Share) -> AgainstBaseline:
    """How far chance in both moves a share from its baseline."""
    (low, high), (least, most) = share.interval, baseline.interval
    interval = (
        max(0.0, share.value - float(np.hypot(share.value - low, most - baseline.value))),
        min(1.0, share.value + float(np.hypot(high - share.value, baseline.value - least))),
    )
    ends = [
        baseline.value + sign * _one_sided(baseline, abs(end - baseline.value), sign, share.rows)
        for sign, end in ((-1, least), (1, most))
    ]
    return AgainstBaseline(interval, max(0.0, ends[0]), min(1.0, ends[1]))


def _one_sided(baseline: Share, reach: float, sign: int, rows: float) -> float:
    """How far a share of so many rows strays, where the baseline is as uncertain as it is."""
    reach *= Z_ONE_SIDED / Z
    likely = min(1.0, max(0.0, baseline.value + sign * reach))
    return float(np.hypot(reach, Z_ONE_SIDED * np.sqrt(likely * (1 - likely) / rows)))
