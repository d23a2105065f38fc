"""Steps of training, in JAX: gradients, Adam, a moving average of the weights, held-out scores."""

from __future__ import annotations

import math
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array

from trimtab.model.network.layers import (
    Alphabet,
    Batch,
    Layout,
    Weights,
    embed,
    heads,
    hidden,
    log_masses,
    running_sums,
    shapes,
)
from trimtab.model.network.linear import Linear, Lines, lines_of_rows, places

ROWS_PER_ORDER = 8  # rows of a batch that share an order
_ADAM = optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam(b1=0.9, b2=0.99))


class State(NamedTuple):
    """Everything that training changes. `average` is the moving average of `weights`."""

    weights: Array
    average: Array
    moments: optax.OptState
    step: Array


class Habits(NamedTuple):
    """How much is dropped, decayed and averaged: numbers, so that changing one compiles nothing."""

    dropout: Array
    decay: Array
    memory: Array


def begin(weights: Weights) -> State:
    """The state before the first step."""
    flat = _flat(weights)
    return State(flat, flat + 0, _ADAM.init(flat), jnp.zeros((), jnp.int32))


def _flat(weights: Weights) -> Array:
    """All weights in one vector, so that an optimiser is a few operations and not hundreds."""
    return jnp.concatenate([jnp.ravel(w) for _, w in sorted(weights.items())])


def unpack(layout: Layout, flat: Array) -> dict[str, Array]:
    """The named arrays of a vector of weights."""
    named, at = {}, 0
    for name, shape, _ in sorted(shapes(layout)):
        size = math.prod(shape)
        named[name] = flat[at : at + size].reshape(shape)
        at += size
    return named


def log_prob(
    layout: Layout,
    weights: Weights,
    alphabet: Alphabet,
    line: Lines,
    batch: Batch,
    ranks: Array,
    drop: Array | None = None,
) -> Array:
    """Log probability of every cell given those before it, [columns, rows]."""
    sums = running_sums(embed(layout, weights, alphabet, batch), ranks)
    distributions = heads(layout, weights, alphabet, hidden(layout, weights, sums, drop), line)
    return log_masses(layout, distributions, batch)


def random_ranks(key: Array, orders: int, columns: int) -> Array:
    """Places of the columns in random orders, [orders, columns]."""
    return places(jax.random.uniform(key, (orders, columns)))


@partial(jax.jit, static_argnames=("layout",), donate_argnames=("state",))
def advance(
    layout: Layout,
    state: State,
    alphabet: Alphabet,
    linear: Linear,
    batches: Batch,
    rates: Array,
    habits: Habits,
    key: Array,
) -> tuple[State, Array]:
    """Take one step for each of some batches; (the new state, the mean loss of each).

    batches  arrays of `Batch` with one more axis in front
    rates    [steps] learning rates
    """

    def loss(weights: Weights, line: Lines, batch: Batch, ranks: Array, drop: Array) -> Array:
        logs = log_prob(layout, weights, alphabet, line, batch, ranks, drop)
        return -jnp.mean(jnp.sum(logs, axis=0))

    def step(state: State, item: tuple[Batch, Array]) -> tuple[State, Array]:
        batch, rate = item
        rows = batch.outcome.shape[1]
        order, coin = jax.random.split(jax.random.fold_in(key, state.step))
        ranks = random_ranks(order, rows // ROWS_PER_ORDER, layout.columns)
        line = lines_of_rows(linear, batch.outcome, batch.place, ranks)
        shape = (layout.blocks, 1, rows, layout.width)
        drop = jax.random.bernoulli(coin, 1 - habits.dropout, shape) / (1 - habits.dropout)
        lost, slope = jax.value_and_grad(loss)(
            unpack(layout, state.weights), line, batch, ranks, drop
        )
        change, moments = _ADAM.update(_flat(slope), state.moments)
        weights = state.weights - rate * (change + habits.decay * state.weights)
        memory = jnp.minimum(habits.memory, (1.0 + state.step) / (10.0 + state.step))
        average = state.average + (1 - memory) * (weights - state.average)
        return State(weights, average, moments, state.step + 1), lost

    return jax.lax.scan(step, state, (batches, rates))


@partial(jax.jit, static_argnames=("layout",))
def unpacked(layout: Layout, flat: Array) -> dict[str, Array]:
    """`unpack` as one program."""
    return unpack(layout, flat)


@partial(jax.jit, static_argnames=("layout",))
def log_cells(
    layout: Layout, weights: Array, alphabet: Alphabet, linear: Linear, batch: Batch, ranks: Array
) -> Array:
    """Log probability of each cell of a batch given those before it, [columns, rows]."""
    line = lines_of_rows(linear, batch.outcome, batch.place, ranks)
    return log_prob(layout, unpack(layout, weights), alphabet, line, batch, ranks)


@partial(jax.jit, static_argnames=("layout",))
def held_out(
    layout: Layout, weights: Array, alphabet: Alphabet, linear: Linear, batch: Batch, ranks: Array
) -> Array:
    """Log probability of each row of a batch, [rows]."""
    return jnp.sum(log_cells(layout, weights, alphabet, linear, batch, ranks), axis=0)
