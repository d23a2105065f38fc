"""Steps of training a GAN, in JAX: the critic, then the generator, then its moving average."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array

from trimtab._random import Key
from trimtab.model.gan.nets import initial, unpack
from trimtab.model.gan.objective import Objective

_MOMENTUM = 0.5  # Adam's beta 1: more of it lets the two sides circle (Radford et al. 2016)


class State(NamedTuple):
    """Everything that training changes. `average` is the moving average of the generator."""

    generator: Array
    average: Array
    critic: Array
    generator_moments: optax.OptState
    critic_moments: optax.OptState
    step: Array


class Watched(NamedTuple):
    """What is watched of steps: what the two sides minimise, and how often the critic is right."""

    critic: Array
    generator: Array
    right: Array


def begin(objective: Objective, key: Key) -> State:
    """The state before the first step."""
    generator = initial(objective.generator, key.child("generator"))
    critic = initial(objective.critic, key.child("judges"))
    adam = _adam(objective)
    return State(
        generator,
        generator + 0,
        critic,
        adam.init(generator),
        adam.init(critic),
        jnp.zeros((), jnp.int32),
    )


def _adam(objective: Objective) -> optax.GradientTransformation:
    return optax.scale_by_adam(b1=_MOMENTUM, b2=objective.decay)


@partial(jax.jit, static_argnames=("objective",), donate_argnames=("state",))
def advance(
    objective: Objective,
    state: State,
    tables: Any,
    batches: Any,
    rates: Array,
    memory: Array,
    key: Array,
) -> tuple[State, Watched]:
    """Take one step for each of some batches; (the new state, what is watched of each step).

    batches  what each step is given, with one more axis in front
    rates    [steps] learning rates
    memory   of the moving average
    """
    adam = _adam(objective)

    def step(state: State, item: tuple[Any, Array]) -> tuple[State, Watched]:
        batch, rate = item
        first, second = jax.random.split(jax.random.fold_in(key, state.step))

        def against(critic: Array) -> tuple[Array, Array]:
            named_critic = unpack(objective.critic, critic)
            named_generator = unpack(objective.generator, state.generator)
            return objective.critic_loss(named_critic, named_generator, tables, batch, first)

        (loss, right), slope = jax.value_and_grad(against, has_aux=True)(state.critic)
        change, critic_moments = adam.update(slope, state.critic_moments)
        critic = state.critic - rate * change

        def pleasing(generator: Array) -> Array:
            named_critic = unpack(objective.critic, critic)
            named_generator = unpack(objective.generator, generator)
            return objective.generator_loss(named_generator, named_critic, tables, batch, second)

        its_loss, slope = jax.value_and_grad(pleasing)(state.generator)
        change, generator_moments = adam.update(slope, state.generator_moments)
        generator = state.generator - rate * change
        decay = jnp.minimum(memory, (1.0 + state.step) / (10.0 + state.step))
        average = state.average + (1 - decay) * (generator - state.average)
        moved = State(generator, average, critic, generator_moments, critic_moments, state.step + 1)
        return moved, Watched(loss, its_loss, right)

    return jax.lax.scan(step, state, (batches, rates))
