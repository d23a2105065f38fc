"""Rates of rows, and how many times as high a synthetic rate is as a real one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool, Float
from trimtab.measure.chance.intervals import Z, clustered, wilson
from trimtab.predict.sample import Sample


@dataclass(frozen=True)
class Rate:
    """A rate of rows and its standard error. `rows` is how many it rests on, were it 0."""

    value: float
    error: float
    rows: float

    @property
    def events(self) -> float:
        """So many events, each a row of its own, have the relative error of the rate."""
        if self.value <= 0:
            return 0.0
        # Rows that are all alike do not say how far others might differ.
        return (self.value / self.error) ** 2 if self.error > 0 else self.value * self.rows

    @property
    def exposure(self) -> float:
        """The rows that those events are of."""
        return self.events / self.value if self.events else self.rows


@dataclass(frozen=True)
class Ratio:
    """A synthetic rate over a real one.

    interval   95 %, for rows of both tables drawn again
    noise      how far above 1 chance alone brings it once in forty times, and below it as often
    """

    value: float
    interval: tuple[float, float]
    noise: float


def rate(hits: Float | Bool, sample: Sample) -> Rate:
    """The weighted mean of counts of rows, shape (rows,), by persons if the table says whose."""
    person = np.arange(sample.rows)
    if sample.people is not None:
        _, person = np.unique(sample.people, return_inverse=True)
    sums = (
        np.bincount(person, w).astype(np.float64) for w in (sample.weights * hits, sample.weights)
    )
    return Rate(*clustered(*sums), sample.effective_rows)


def ratio(synthetic: Rate, real: Rate) -> Ratio:
    """How many times as high a synthetic rate is as a real one that is above 0.

    Given the events of both tables, those that are synthetic are binomial (Przyborowski and
    Wilenski 1940, Biometrika 31, 313-323); Wilson's interval of that share gives one of the ratio.
    """
    events = synthetic.events + real.events
    parts = wilson(synthetic.events, events)
    scale = real.exposure / synthetic.exposure
    low, high = (float(p / max(1 - p, 1e-12) * scale) for p in parts)
    # What the synthetic rate rests on if it is as the real one.
    chance = (1 + scale) / real.events if real.events else 0.0
    return Ratio(synthetic.value / real.value, (low, high), 1 + Z * float(np.sqrt(chance)))
