"""How the learning rate runs: up, level, and for most models down to nothing.

The rate is level until the held-out figure stops improving, or until what is left of the steps (or
of the time) is just enough to cool down. Then it falls in a straight line to zero, because the best
weights at a high rate are worse than those that were cooled (Hu et al. 2024, section 4.2). A
schedule that is cut short is therefore still a whole schedule. A GAN is not cooled: its two sides
must keep step, and it ends with its best state.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from trimtab._arrays import Single

_SLACK = 1e-3  # of the best figure: what a state that was cooled further may lose and still be kept


@dataclass(frozen=True)
class RateSchedule:
    """Where a training stands.

    steps     planned, of which the first `warm` raise the rate
    peak      the level rate
    least_gain  by how much a held-out figure must improve to count
    cooling   the share of all steps in which the rate falls
    patience  validations without a gain until it does
    done      steps taken
    cooled_at the step from which the rate falls; None while it is level
    best, best_at, stale  the best held-out figure, the step of it, validations since then
    """

    steps: int
    warm: int
    peak: float
    least_gain: float = 0.0
    cooling: float = 0.4
    patience: int = 5
    done: int = 0
    cooled_at: int | None = None
    best: float = -np.inf
    best_at: int = 0
    stale: int = 0

    @property
    def end(self) -> int:
        """The last step, as far as is known now."""
        if self.cooled_at is None:
            return self.steps
        fall = round(self.cooled_at * self.cooling / (1 - self.cooling))
        return min(self.steps, self.cooled_at + max(fall, int(self.cooling > 0)))

    @property
    def finished(self) -> bool:
        """Whether the schedule is over."""
        return self.done >= self.end

    def rates(self, count: int) -> Single:
        """The learning rates of the next `count` steps; 0 after the end."""
        step = np.arange(self.done, self.done + count)
        rising = (step + 1) / max(self.warm, 1)
        start = self.steps * (1 - self.cooling) if self.cooled_at is None else self.cooled_at
        falling = (self.end - step) / max(self.end - start, 1)
        return (self.peak * np.minimum(1.0, np.minimum(rising, falling)).clip(0)).astype(np.float32)

    def walked(self, count: int) -> RateSchedule:
        """The schedule after `count` more steps."""
        schedule = replace(self, done=self.done + count)
        if self.cooled_at is None and schedule.done >= self.steps * (1 - self.cooling):
            schedule = replace(schedule, cooled_at=round(self.steps * (1 - self.cooling)))
        return schedule

    def validated(self, figure: float) -> RateSchedule:
        """The schedule after a held-out figure (higher is better)."""
        gained = figure > self.best + self.least_gain
        schedule = replace(self, stale=0 if gained else self.stale + 1)
        return replace(schedule, best=figure, best_at=self.done) if figure > self.best else schedule

    def keeps(self, figure: float) -> bool:
        """Whether a state with that held-out figure is kept instead of the one before.

        Of the states on the way down the coolest is kept unless it does worse by more than a
        little: weights at a high rate make poorer draws than their held-out figure tells.
        """
        slack = 0.0 if self.cooled_at is None else _SLACK * abs(self.best)
        return figure > self.best - slack

    @property
    def stuck(self) -> bool:
        """Whether a level rate gains nothing any more: go back to the best state, and cool."""
        return self.cooled_at is None and self.stale >= self.patience

    def cooled(self) -> RateSchedule:
        """The schedule that cools down from here on."""
        if self.cooled_at is not None:
            return self
        return replace(self, cooled_at=max(self.done, 1), stale=0)

    def back(self) -> RateSchedule:
        """The schedule that returns to its best step, and cools down from there."""
        return replace(self, done=self.best_at).cooled()

    def must_cool(self, spent: float, allowed: float) -> bool:
        """Whether a budget of time asks to cool now."""
        return self.cooled_at is None and spent >= allowed * (1 - self.cooling)
