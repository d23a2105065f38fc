"""A network on the device: its layout, its weights, and what drawing reads for every row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from trimtab.model.fields import Cells, Field
from trimtab.model.network import drawing, layers, steps
from trimtab.model.network.gaussian import Gaussian, Traits
from trimtab.model.network.linear import Linear
from trimtab.model.network.network import Network, Shape
from trimtab.model.training.device import prepare_device

_IMPOSSIBLE = -1e9


@dataclass(frozen=True)
class Compiled:
    """`names` in the order of the arrays; the rest as `layers` and `drawing` take it."""

    names: tuple[str, ...]
    layout: layers.Layout
    alphabet: layers.Alphabet
    flat: Array
    weights: layers.Weights
    tables: drawing.Tables
    linear: Linear


def layout_of(fields: Mapping[str, Field], shape: Shape) -> layers.Layout:
    """The layout of arranged fields."""
    return layers.Layout(
        tuple(f.slots for f in fields.values()),
        sum(f.continuous for f in fields.values()),
        shape.width,
        shape.shared,
        shape.own,
        shape.components,
    )


def alphabet_of(fields: Mapping[str, Field], layout: layers.Layout) -> layers.Alphabet:
    """What is known beforehand of arranged fields."""
    prior, places, valued = [], [], []
    for field, size in zip(fields.values(), layout.sizes, strict=True):
        logs = np.full(size, _IMPOSSIBLE, np.float32)
        shares = np.log(field.rows / field.rows.sum())
        logs[: field.outcomes] = shares[:-1]
        if field.continuous:
            logs[-1] = shares[-1]
        at, known = np.zeros(size, np.float32), np.zeros(size, np.float32)
        if field.ordered:
            at[: field.outcomes] = field.outcome_places
            known[int(field.nullable) : field.outcomes] = 1
        prior.append(logs)
        places.append(at)
        valued.append(known)

    def bundled(columns: list[NDArray[np.float32]]) -> tuple[Array, ...]:
        return tuple(jnp.asarray(np.stack(columns[a:b])) for a, b, _ in layout.bundles)

    ordered = jnp.asarray([f.ordered for f in fields.values()], jnp.float32)
    return layers.Alphabet(bundled(prior), bundled(places), bundled(valued), ordered)


def linear_of(traits: Traits, gaussian: Gaussian, layout: layers.Layout) -> Linear:
    """The linear part of a network."""
    count = np.bincount(traits.column, minlength=layout.columns)
    first = np.cumsum(count) - count
    step = np.arange(max(count.max(), 1))
    last = np.maximum(count - 1, 0)[:, None]
    steps = (first[:, None] + np.minimum(step, last)).clip(max=max(count.sum() - 1, 0))
    return Linear(
        jnp.asarray(traits.column),
        jnp.asarray(traits.shown),
        jnp.asarray(traits.known),
        jnp.asarray(traits.slot),
        jnp.asarray(gaussian.middle),
        jnp.asarray(gaussian.spread),
        jnp.asarray(gaussian.correlation),
        jnp.asarray(first[layout.first_scaled :], jnp.int32),
        jnp.asarray(steps, jnp.int32),
        jnp.asarray(step < count[:, None]),
    )


def compile_network(network: Network) -> Compiled:
    """The network on the device."""
    prepare_device()
    layout = layout_of(network.fields, network.shape)
    alphabet = alphabet_of(network.fields, layout)
    flat = jax.device_put(network.weights)
    weights = steps.unpacked(layout, flat)
    made = drawing.tables(layout, weights, alphabet)
    linear = linear_of(network.traits, network.gaussian, layout)
    return Compiled(tuple(network.fields), layout, alphabet, flat, weights, made, linear)


def batch_of(made: Compiled, cells: Cells, inside: slice) -> layers.Batch:
    """Some rows of cells, on the device."""
    first = made.layout.first_scaled
    return layers.Batch(
        *(jnp.asarray(part[:, inside]) for part in cells[:2]),
        *(jnp.asarray(part[first:, inside]) for part in cells[2:]),
    )
