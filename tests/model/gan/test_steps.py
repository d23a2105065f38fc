"""Steps of training on an objective so small that they can be taken by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.model.gan.small_gans import KEY
from trimtab.model.gan.layout import Weight, Weights

pytest.importorskip("jax", reason="GANs need the extra `deep`")

import jax
import jax.numpy as jnp
from jax import Array

from trimtab.model.gan import steps

STEPS, MEMORY = 60, 0.8
RATES = np.linspace(0.01, 0.05, STEPS).astype(np.float32)
BATCHES = KEY.child("batches").generator().standard_normal((STEPS, 2)).astype(np.float32)


@dataclass(frozen=True)
class Tug:
    """The critic pulls to where the generator is, and the generator away from the critic."""

    decay: float = 0.9
    noisy: bool = False

    @property
    def generator(self) -> Weights:
        return (Weight("place", (2,), 1.0),)

    @property
    def critic(self) -> Weights:
        return (Weight("place", (2,), 1.0),)

    def critic_loss(
        self, critic: Any, generator: Any, tables: Any, batch: Any, key: Array
    ) -> tuple[Array, Array]:
        moved = jax.random.normal(key, (2,)) if self.noisy else batch
        gap = critic["place"] - generator["place"] - moved
        return (gap**2).sum(), (gap > 0).mean()

    def generator_loss(
        self, generator: Any, critic: Any, tables: Any, batch: Any, key: Array
    ) -> Array:
        return (generator["place"] * critic["place"] * tables).sum()


def walked(objective: Tug, *parts: int) -> tuple[steps.State, np.ndarray]:
    """The state after some steps, so many at a time, and the losses."""
    state, losses, at = steps.begin(objective, KEY), [], 0
    for count in parts:
        mine = slice(at, at + count)
        state, lost = steps.advance(
            objective,
            state,
            jnp.float32(2.0),
            jnp.asarray(BATCHES[mine]),
            jnp.asarray(RATES[mine]),
            jnp.float32(MEMORY),
            jax.random.key(4),
        )
        losses.append(np.stack(lost, axis=1))
        at += count
    return state, np.concatenate(losses)


class Adam:
    """Kingma and Ba 2015, algorithm 1, with beta 1 = 0.5."""

    def __init__(self, decay: float) -> None:
        self.decay, self.steps = decay, 0
        self.first, self.second = np.zeros(2), np.zeros(2)

    def change(self, slope: np.ndarray) -> np.ndarray:
        self.steps += 1
        self.first = 0.5 * self.first + 0.5 * slope
        self.second = self.decay * self.second + (1 - self.decay) * slope**2
        first = self.first / (1 - 0.5**self.steps)
        second = self.second / (1 - self.decay**self.steps)
        return first / (np.sqrt(second) + 1e-8)


@pytest.mark.parametrize("decay", [0.9, 0.999])
def test_the_critic_moves_first_then_the_generator_then_its_average(decay: float) -> None:
    begun = steps.begin(Tug(decay), KEY)
    generator, critic = (np.array(w, float) for w in (begun.generator, begun.critic))
    np.testing.assert_array_equal(begun.average, generator.astype(np.float32))
    average, losses = generator.copy(), []
    mine, theirs = Adam(decay), Adam(decay)
    for step in range(STEPS):
        gap = critic - generator - BATCHES[step]
        critic_loss, right = (gap**2).sum(), (gap > 0).mean()
        critic = critic - RATES[step] * theirs.change(2 * gap)
        losses.append((critic_loss, 2.0 * (generator * critic).sum(), right))
        generator = generator - RATES[step] * mine.change(2.0 * critic)
        kept = min(MEMORY, (1 + step) / (10 + step))
        average = kept * average + (1 - kept) * generator
    state, lost = walked(Tug(decay), STEPS)
    np.testing.assert_allclose(lost, losses, rtol=1e-3, atol=1e-4)
    for found, wanted in (
        (state.generator, generator),
        (state.average, average),
        (state.critic, critic),
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-4)
    assert int(state.step) == STEPS


def test_it_does_not_matter_how_many_steps_are_taken_at_a_time() -> None:
    objective = Tug(noisy=True)
    whole, parts = walked(objective, STEPS), walked(objective, 20, 20, 20)
    for one, other in zip(jax.tree.leaves(whole), jax.tree.leaves(parts), strict=True):
        np.testing.assert_array_equal(one, other)


def test_every_step_has_its_own_noise() -> None:
    """The critic's loss of steps that do not move is that of the noise alone."""
    state = steps.begin(Tug(noisy=True), KEY)
    still = jnp.zeros(STEPS)
    _, watched = steps.advance(
        Tug(noisy=True),
        state,
        jnp.float32(2.0),
        jnp.asarray(BATCHES),
        still,
        jnp.float32(MEMORY),
        jax.random.key(4),
    )
    assert len(np.unique(np.asarray(watched.critic))) == STEPS
