"""Something tiny that is trained without any library, for tests of the training loop."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from trimtab._random import Key
from trimtab._run import Run
from trimtab.model.neural.checkpoint import Stage
from trimtab.model.neural.loop import Trained, Validation, train
from trimtab.model.neural.rate_schedule import RateSchedule

KEY = Key(77)
STEPS, AT_ONCE, VALIDATIONS = 400, 5, 20
EVERY = STEPS // VALIDATIONS
SCHEDULE = RateSchedule(STEPS, 20, 0.01)

State = tuple[np.ndarray, np.ndarray]  # a place, and how fast it moves


@dataclass
class Walker:
    """Noisy steps towards a target. `happens` is called with the step before each advance."""

    happens: Callable[[int], None] = lambda done: None
    figure: Callable[[int, float], float] = lambda done, figure: figure
    fingerprint: str = "walker"
    steps_at_once: int = AT_ONCE
    advances: list[int] = field(default_factory=list)
    seen: list[tuple[int, float, State]] = field(default_factory=list)

    def start(self) -> State:
        return np.full(3, 4.0), np.zeros(3)

    def advance(self, state: State, done: int, rates: np.ndarray) -> tuple[State, np.ndarray]:
        self.happens(done)
        self.advances.append(done)
        place, speed = state
        losses = []
        for step, rate in enumerate(rates, start=done):
            noise = KEY.child(step).generator().normal(0, 2, 3)
            speed = 0.5 * speed - rate * (place + noise)
            place = place + speed
            losses.append(float((place**2).sum()))
        return (place, speed), np.array(losses)

    def told(self, losses: np.ndarray) -> str:
        return f"loss {losses[-1]:.3f}"

    def validate(self, state: State) -> Validation:
        done = self.advances[-1] + AT_ONCE
        figure = self.figure(done, -float((state[0] ** 2).sum()))
        self.seen.append((done, figure, state))
        return Validation(figure, f"figure {figure:.3f}", {"place": state[0].copy()})

    def arrays(self, state: State) -> Mapping[str, np.ndarray]:
        return {"place": state[0], "speed": state[1]}

    def restored(self, arrays: Mapping[str, np.ndarray]) -> State:
        return arrays["place"], arrays["speed"]


def run(
    walker: Walker,
    how: Run | None = None,
    schedule: RateSchedule = SCHEDULE,
) -> Trained:
    return train(walker, walker.start(), schedule, how or Run(), VALIDATIONS, "walking")


def same(one: Trained, other: Trained) -> bool:
    return (
        one.schedule == other.schedule
        and all(np.array_equal(one.best[n], other.best[n]) for n in one.best)
        and same_stages(one.stages, other.stages)
    )


def same_stages(one: tuple[Stage, ...], other: tuple[Stage, ...]) -> bool:
    return len(one) == len(other) and all(
        (a.step, a.figure) == (b.step, b.figure)
        and np.array_equal(a.sample["place"], b.sample["place"])
        for a, b in zip(one, other, strict=True)
    )


def at(step: int, what: Callable[[], None]) -> Callable[[int], None]:
    """Do something once, before the advance from that step."""
    left = [what]

    def happens(done: int) -> None:
        if done >= step and left:
            left.pop()()

    return happens


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def raises(error: BaseException) -> Callable[[], None]:
    def raised() -> None:
        raise error

    return raised
