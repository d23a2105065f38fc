"""The linear part in JAX: what a Gaussian expects of a column given those before it in an order.

A column tells what its traits are beyond what was expected of them (their innovations); what is
expected of later traits is linear in that. One block Cholesky factor an order holds all these
slopes. A cell that is not seen tells nothing; one without a value (a missing number) counts as the
mean, so that lines do not depend on the order of what is seen.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from trimtab._arrays import Bool


class Linear(NamedTuple):
    """See `gaussian.Traits` and `gaussian.Gaussian`; `target` [scaled] is the trait of each scale.

    steps   [columns, most traits of a column] the traits of each column, the last one repeated
    inside  [columns, most traits] 1 where a trait stands, 0 where it is repeated
    """

    column: Array
    shown: Array
    known: Array
    slot: Array
    middle: Array
    spread: Array
    correlation: Array
    target: Array
    steps: Array
    inside: Array


class Lines(NamedTuple):
    """Mean and deviation of each place on a scale, [scaled, rows]."""

    mean: Array
    deviation: Array


class Factors(NamedTuple):
    """For each of some orders of the columns, which share the rows of a batch.

    order     [orders, columns] the columns, first to last
    slopes    [orders, d, d] of what is expected of each trait in what those before it tell
    deviation [orders, d] of each trait about that
    """

    order: Array
    slopes: Array
    deviation: Array


def factors(linear: Linear, ranks: Array) -> Factors:
    """The factors of orders, given as places of the columns, [orders, columns]."""
    d = len(linear.column)
    place, _, lower = _sorted(linear, ranks)
    every = jnp.arange(len(ranks))[:, None, None]
    lower = lower[every, place[:, :, None], place[:, None, :]]  # in the traits' own order again
    own = jnp.where(linear.column[:, None] == linear.column, lower, 0.0)
    slopes = jax.scipy.linalg.solve_triangular(
        own, lower.swapaxes(1, 2), trans=1, lower=True
    ).swapaxes(1, 2)
    deviation = jnp.diagonal(lower, axis1=1, axis2=2)
    return Factors(_inverse(places(ranks)), slopes - jnp.eye(d), deviation)


def _sorted(linear: Linear, ranks: Array) -> tuple[Array, Array, Array]:
    """The place of each trait in each order, the trait at each place, and the Cholesky factor of
    the traits so sorted.
    """
    d = len(linear.column)
    place = places(ranks[:, linear.column] * d + jnp.arange(d))
    order = _inverse(place)
    correlation = linear.correlation[order[:, :, None], order[:, None, :]]
    return place, order, jnp.linalg.cholesky(correlation)


def places(keys: Array) -> Array:
    """How many of a row's keys come before each one, by counting: a sort compiles for longer."""
    one, other = keys[:, :, None], keys[:, None, :]
    earlier = jnp.tril(jnp.ones((keys.shape[1],) * 2, bool), -1)
    return jnp.sum((other < one) | ((other == one) & earlier), axis=2)


def _inverse(place: Array) -> Array:
    """What stands at each place."""
    at = jnp.arange(place.shape[1])
    return jnp.argmax(place[:, None, :] == at[:, None], axis=2)


def scores(linear: Linear, outcome: Array, place: Array) -> Array:
    """The traits of cells, standardised, [d, rows]; 0 where a cell has no value to show."""
    return _standard(linear, slice(None), outcome[linear.column], place[linear.column])


def _standard(linear: Linear, traits: Array | slice, outcome: Array, place: Array) -> Array:
    by_outcome = jnp.take_along_axis(linear.shown[traits], outcome, axis=1)
    value = jnp.where(outcome == linear.slot[traits, None], place, by_outcome)
    z = (value - linear.middle[traits, None]) / linear.spread[traits, None]
    return jnp.where(jnp.take_along_axis(linear.known[traits], outcome, axis=1), z, 0.0)


def tell(
    linear: Linear, order_factors: Factors, innovations: Array, column: Array, z: Array, seen: Array
) -> Array:
    """What is told, [orders, d, rows of each], once a column of each order is seen too.

    column [orders]; z [orders, most traits, rows of each] its traits; seen [orders, 1, rows of
    each] in which rows it is seen
    """
    traits = linear.steps[column]
    slopes = jnp.take_along_axis(order_factors.slopes, traits[:, :, None], axis=1)
    beyond = z - jnp.einsum("gtk,gkr->gtr", slopes, innovations)
    beyond = jnp.where(seen & linear.inside[column][:, :, None], beyond, 0.0)
    where = jax.nn.one_hot(traits, order_factors.slopes.shape[1], dtype=innovations.dtype)
    return innovations + jnp.einsum("gtk,gtr->gkr", where, beyond)


def told_by(
    linear: Linear, order_factors: Factors, z: Array, seen: Array, upto: Array | int
) -> Array:
    """What the first `upto` columns of each order tell, [orders, d, rows of each].

    z [d, rows]; seen [columns, rows]
    """
    z, seen = (_by_order(x, len(order_factors.order)) for x in (z, seen))

    def step(at: Array, innovations: Array) -> Array:
        column = order_factors.order[:, at]
        own = jnp.take_along_axis(z, linear.steps[column][:, :, None], axis=1)
        which = jnp.take_along_axis(seen, column[:, None, None], axis=1)
        return tell(linear, order_factors, innovations, column, own, which)

    return jax.lax.fori_loop(0, upto, step, jnp.zeros_like(z))


def _by_order(x: Array, orders: int) -> Array:
    """[k, rows] as [orders, k, rows of each]."""
    return x.reshape(len(x), orders, -1).swapaxes(0, 1)


def _no_lines(outcome: Array) -> Lines:
    nothing = jnp.zeros((0, outcome.shape[1]))
    return Lines(nothing, nothing)


def _on_scales(linear: Linear, mean: Array, deviation: Array) -> Lines:
    """Means and deviations [orders, scaled, rows of each] in the units of the scales."""

    def flat(x: Array) -> Array:
        return jnp.broadcast_to(x, mean.shape).swapaxes(0, 1).reshape(len(linear.target), -1)

    middle, spread = linear.middle[linear.target, None], linear.spread[linear.target, None]
    return Lines(middle + spread * flat(mean), spread * flat(deviation))


def lines_of_rows(linear: Linear, outcome: Array, place: Array, ranks: Array) -> Lines:
    """The same where every cell is seen in its turn: no column has to wait for those before it.

    With z = L e in the order, the mean of a trait is z less what its own e adds.
    """
    if not len(linear.target):
        return _no_lines(outcome)
    at, order, lower = _sorted(linear, ranks)
    z = _by_order(scores(linear, outcome, place), len(ranks))
    e = jax.scipy.linalg.solve_triangular(
        lower, jnp.take_along_axis(z, order[:, :, None], axis=1), lower=True
    )
    at = at[:, linear.target]
    deviation = jnp.take_along_axis(jnp.diagonal(lower, axis1=1, axis2=2), at, axis=1)[:, :, None]
    own = jnp.take_along_axis(e, at[:, :, None], axis=1)
    return _on_scales(linear, z[:, linear.target] - deviation * own, deviation)


def seen(
    linear: Linear, outcome: Array, place: Array, known: Bool, ranks: NDArray[np.int32]
) -> tuple[Factors, Array]:
    """The factors of orders, and what is told by the known cells, which come first in them."""
    order_factors = _factors(linear, ranks)
    if len(linear.column) and known.any():
        return order_factors, _innovations(linear, order_factors, outcome, place, known)
    shape = len(ranks), len(linear.column), known.shape[1] // len(ranks)
    return order_factors, jnp.zeros(shape, place.dtype)


_factors = jax.jit(factors)


@jax.jit
def _innovations(
    linear: Linear, order_factors: Factors, outcome: Array, place: Array, known: Array
) -> Array:
    most = jnp.max(jnp.sum(known, axis=0))
    return told_by(linear, order_factors, scores(linear, outcome, place), known, most)


def line_of(
    linear: Linear, order_factors: Factors, innovations: Array, trait: Array
) -> tuple[Array, Array]:
    """Mean and deviation of one trait on its scale given what is told, [rows] each."""
    mean = jnp.einsum("gk,gkr->gr", order_factors.slopes[:, trait], innovations)
    deviation = jnp.broadcast_to(order_factors.deviation[:, trait, None], mean.shape)
    middle, spread = linear.middle[trait], linear.spread[trait]
    return middle + spread * mean.reshape(-1), spread * deviation.reshape(-1)


def tell_drawn(
    linear: Linear,
    order_factors: Factors,
    innovations: Array,
    column: Array,
    cells: tuple[Array, Array],
    fill: Array,
) -> Array:
    """What is told once one column is drawn in the rows to `fill`, as (outcomes, places) [rows]."""
    traits, orders = linear.steps[column], len(order_factors.order)
    outcome, place = (jnp.broadcast_to(x, (len(traits), *x.shape)) for x in cells)
    z = _by_order(_standard(linear, traits, outcome, place), orders)
    columns = jnp.broadcast_to(column, orders)
    return tell(linear, order_factors, innovations, columns, z, _by_order(fill[None], orders))
