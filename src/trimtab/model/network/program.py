"""Drawing the holes of a block of rows, column after column, in one compiled program."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from trimtab.model.network.layers import (
    SMOOTH,
    Alphabet,
    Batch,
    Layout,
    Weights,
    embed,
    embed_places,
    hidden_of,
    mixture_of,
)
from trimtab.model.network.linear import Factors, Linear, line_of, tell_drawn


class Tables(NamedTuple):
    """What drawing reads for every row: each bundle's embeddings and head with smooth parts in.

    embedded [columns, size, width], head [columns, width, size], bias [columns, 1, size]
    """

    embedded: tuple[Array, ...]
    head: tuple[Array, ...]
    bias: tuple[Array, ...]


class Draws(NamedTuple):
    """Uniforms for each cell, [columns, rows]; of the last two, columns with a scale only."""

    outcome: Array
    component: Array
    place: Array


_NEVER = -1e9  # a logit
_State = tuple[Array, Array, Array, Array]  # outcomes, places, sums, innovations


@partial(jax.jit, static_argnames=("layout",))
def tables(layout: Layout, weights: Weights, alphabet: Alphabet) -> Tables:
    """The tables of some weights."""
    embedded, head, bias = [], [], []
    for k, (a, b, _) in enumerate(layout.bundles):
        smooth = embed_places(weights, alphabet, alphabet.places[k], slice(a, b))
        if a >= layout.first_scaled:  # the last slot says "on the scale", not where
            smooth = smooth.at[:, -1].set(0.0)
        embedded.append(weights[f"embed.{k}"] + smooth)
        tied = jnp.einsum("nhf,nsf->nhs", weights["head.smooth"][a:b], alphabet.basis(k))
        head.append(weights[f"head.{k}"] + tied)
        bias.append(weights[f"bias.{k}"] + alphabet.prior[k][:, None, :])
    return Tables(tuple(embedded), tuple(head), tuple(bias))


class Holes(NamedTuple):
    """What is known of the rows of a block, and what is drawn in which order.

    known   [columns, rows] whether a cell is given; the others are drawn
    order   [columns] of which the first `drawn` are drawn, one after the other
    barred  [masks, largest size] 0 for allowed outcomes, very low for others
    which   [columns, rows] the mask of each cell; no masks at all where `barred` is empty
    factors  of orders in which known columns come first: one of all rows, or one of each
    innovations  [orders, d, rows of each] told by the known cells
    """

    known: Array
    order: Array
    drawn: Array
    barred: Array
    which: Array
    factors: Factors
    innovations: Array


@partial(jax.jit, static_argnames=("layout",))
def column_given(
    layout: Layout,
    weights: Weights,
    alphabet: Alphabet,
    tables: Tables,
    linear: Linear,
    given: Batch,
    known: Array,
    factors: Factors,
    innovations: Array,
    column: Array,
) -> tuple[Array, Array]:
    """The distribution of one column for each row, given its known cells: logits [rows, largest
    size], very low beyond its own, and the mixture [rows, 3, components], if it has a scale.

    known, factors, innovations  as in `Holes`
    """
    sums = jnp.sum(embed(layout, weights, alphabet, given) * known[:, :, None], axis=0)
    activations = hidden_of(layout, weights, column, sums)
    largest = max(layout.sizes)

    def of_bundle(k: int, column: Array) -> Array:
        first, _, size = layout.bundles[k]
        logits = _logits(tables, k, column - first, activations)
        return jnp.pad(logits, ((0, 0), (0, largest - size)), constant_values=_NEVER)

    branches = [partial(of_bundle, k) for k in range(len(layout.bundles))]
    logits = jax.lax.switch(_bundle_of(layout)[column], branches, column)
    if not layout.scaled:
        return logits, jnp.zeros((len(logits), 3, layout.components))
    s = jnp.maximum(column - layout.first_scaled, 0)
    line = line_of(linear, factors, innovations, linear.target[s])
    return logits, mixture_of(layout, weights, s, activations, *line)


def _bundle_of(layout: Layout) -> Array:
    """The bundle that each column is in."""
    return jnp.array([k for k, (a, b, _) in enumerate(layout.bundles) for _ in range(b - a)])


def _logits(tables: Tables, bundle: int, at: Array, activations: Array) -> Array:
    """The logits of the column that stands there in a bundle, [rows, size]."""
    return activations @ tables.head[bundle][at] + tables.bias[bundle][at]


@partial(jax.jit, static_argnames=("layout",))
def draw(
    layout: Layout,
    weights: Weights,
    alphabet: Alphabet,
    tables: Tables,
    linear: Linear,
    given: Batch,
    holes: Holes,
    draws: Draws,
) -> tuple[Array, Array]:
    """Outcomes and places of every cell, [columns, rows]; known cells as given."""
    bundle = _bundle_of(layout)

    def step(at: Array, state: _State) -> _State:
        outcome, place, sums, innovations = state
        c = holes.order[at]
        activations = hidden_of(layout, weights, c, sums)
        branches = [
            partial(_choose, layout, tables, holes.barred, k) for k in range(len(layout.bundles))
        ]
        drawn, added = jax.lax.switch(
            bundle[c], branches, c, activations, draws.outcome[c], holes.which[c]
        )
        where = jnp.zeros(drawn.shape, place.dtype)
        if layout.scaled:
            where, added = jax.lax.cond(
                c >= layout.first_scaled,
                partial(
                    _place, layout, weights, alphabet, draws, linear, holes.factors, innovations
                ),
                lambda c, activations, drawn, added: (where, added),
                *(c, activations, drawn, added),
            )
        fill = ~holes.known[c]
        outcome = outcome.at[c].set(jnp.where(fill, drawn, outcome[c]))
        place = place.at[c].set(jnp.where(fill, where, place[c]))
        if layout.scaled:
            innovations = tell_drawn(linear, holes.factors, innovations, c, (drawn, where), fill)
        return outcome, place, sums + added * fill[:, None], innovations

    def see(known: Array) -> Array:
        cells = embed(layout, weights, alphabet, given) * known[:, :, None]
        return jnp.sum(cells, axis=0)

    def see_nothing(known: Array) -> Array:
        return jnp.zeros((known.shape[1], layout.width), given.place.dtype)

    embedding = jax.lax.cond(jnp.any(holes.known), see, see_nothing, holes.known)
    start = (given.outcome, given.place, embedding, holes.innovations)
    outcome, place, *_ = jax.lax.fori_loop(0, holes.drawn, step, start)
    return outcome, place


def _choose(
    layout: Layout,
    tables: Tables,
    barred: Array,
    bundle: int,
    column: Array,
    activations: Array,
    uniforms: Array,
    mask: Array,
) -> tuple[Array, Array]:
    """An outcome for each row of one column of a bundle, and what it adds to the sum."""
    first, _, size = layout.bundles[bundle]
    i = column - first
    logits = _logits(tables, bundle, i, activations)
    if barred.shape[0]:
        logits = logits + barred[mask, :size]
    shares = jnp.exp(logits - jnp.max(logits, axis=1, keepdims=True))
    upto = _running_totals(shares)
    drawn = jnp.sum(upto <= uniforms[:, None] * upto[:, -1:], axis=1)
    drawn = jnp.minimum(drawn, size - 1)
    share = jnp.take_along_axis(shares, drawn[:, None], axis=1)[:, 0]
    likeliest = jnp.argmax(shares, axis=1)  # rounding must never draw what has no share
    drawn = jnp.where(share > 0, drawn, likeliest).astype(jnp.int32)
    return drawn, tables.embedded[bundle][i][drawn]


def _running_totals(shares: Array) -> Array:
    """Cumulative sums of each row: a product with a triangle of ones, faster than a scan."""
    size = shares.shape[1]
    return shares @ jnp.triu(jnp.ones((size, size), shares.dtype))


def _place(
    layout: Layout,
    weights: Weights,
    alphabet: Alphabet,
    draws: Draws,
    linear: Linear,
    factors: Factors,
    innovations: Array,
    column: Array,
    activations: Array,
    drawn: Array,
    added: Array,
) -> tuple[Array, Array]:
    """A place on the scale for each row whose outcome says so, and what it adds to the sum."""
    s = column - layout.first_scaled
    mean, deviation = line_of(linear, factors, innovations, linear.target[s])
    mixture = mixture_of(layout, weights, s, activations, mean, deviation)
    where = _from_mixture(mixture, draws.component[s], draws.place[s])
    chosen = drawn == jnp.array(layout.sizes)[column] - 1
    own = {name: weights[name][column][None] for name in SMOOTH}
    ordered = alphabet._replace(ordered=alphabet.ordered[column][None])
    smooth = embed_places(own, ordered, where[None], slice(0, 1))[0]
    return jnp.where(chosen, where, 0.0), added + smooth * chosen[:, None]


def _from_mixture(mixture: Array, component: Array, share: Array) -> Array:
    """One place a row from mixtures of logistics, [rows, 3, components]."""
    upto = _running_totals(jax.nn.softmax(mixture[:, 0], axis=-1))
    chosen = jnp.sum(upto <= component[:, None] * upto[:, -1:], axis=1, keepdims=True)
    chosen = jnp.minimum(chosen, mixture.shape[-1] - 1)
    mean = jnp.take_along_axis(mixture[:, 1], chosen, axis=1)[:, 0]
    scale = jnp.exp(jnp.take_along_axis(mixture[:, 2], chosen, axis=1)[:, 0])
    share = jnp.clip(share, 1e-7, 1 - 1e-7)
    return mean + scale * (jnp.log(share) - jnp.log1p(-share))
