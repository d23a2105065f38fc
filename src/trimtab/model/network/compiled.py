"""A network on the device: its layout, its weights, and what drawing reads for every row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from trimtab._arrays import Single
from trimtab.model.network import layers, program, steps
from trimtab.model.network.gaussian import Gaussian, Traits
from trimtab.model.network.linear import Linear
from trimtab.model.network.shape import Shape
from trimtab.model.neural.device import prepare_device
from trimtab.model.neural.encoding import Cells, ColumnEncoding

_IMPOSSIBLE = -1e9


@dataclass(frozen=True)
class Compiled:
    """A network on the device.

    columns    as the table has them
    encodings  what the network sees of each column, in the order of its arrays
    """

    columns: tuple[str, ...]
    encodings: Mapping[str, ColumnEncoding]
    layout: layers.Layout
    alphabet: layers.Alphabet
    flat: Array
    weights: layers.Weights
    tables: program.Tables
    linear: Linear

    @property
    def names(self) -> tuple[str, ...]:
        """The columns in the order of the arrays."""
        return tuple(self.encodings)


def layout_of(encodings: Mapping[str, ColumnEncoding], shape: Shape) -> layers.Layout:
    """The layout of arranged encodings."""
    return layers.Layout(
        tuple(encoding.slots for encoding in encodings.values()),
        sum(encoding.continuous for encoding in encodings.values()),
        shape.width,
        shape.shared,
        shape.own,
        shape.components,
    )


def alphabet_of(encodings: Mapping[str, ColumnEncoding], layout: layers.Layout) -> layers.Alphabet:
    """What is known beforehand of arranged encodings."""
    prior, places, valued = [], [], []
    for encoding, size in zip(encodings.values(), layout.sizes, strict=True):
        logs = np.full(size, _IMPOSSIBLE, np.float32)
        shares = np.log(encoding.rows / encoding.rows.sum())
        logs[: encoding.outcomes] = shares[:-1]
        if encoding.continuous:
            logs[-1] = shares[-1]
        at, known = np.zeros(size, np.float32), np.zeros(size, np.float32)
        if encoding.ordered:
            at[: encoding.outcomes] = encoding.outcome_places
            known[int(encoding.nullable) : encoding.outcomes] = 1
        prior.append(logs)
        places.append(at)
        valued.append(known)

    def bundled(columns: list[Single]) -> tuple[Array, ...]:
        return tuple(jnp.asarray(np.stack(columns[a:b])) for a, b, _ in layout.bundles)

    ordered = jnp.asarray([encoding.ordered for encoding in encodings.values()], jnp.float32)
    return layers.Alphabet(bundled(prior), bundled(places), bundled(valued), ordered)


def linear_of(traits: Traits, gaussian: Gaussian, layout: layers.Layout) -> Linear:
    """The linear part of a network."""
    count = np.bincount(traits.column, minlength=layout.columns)
    first = np.cumsum(count) - count
    step = np.arange(max(count.max(), 1))
    last = np.maximum(count - 1, 0)[:, None]
    of_column = (first[:, None] + np.minimum(step, last)).clip(max=max(count.sum() - 1, 0))
    return Linear(
        jnp.asarray(traits.column),
        jnp.asarray(traits.shown),
        jnp.asarray(traits.known),
        jnp.asarray(traits.slot),
        jnp.asarray(gaussian.middle),
        jnp.asarray(gaussian.spread),
        jnp.asarray(gaussian.correlation),
        jnp.asarray(first[layout.first_scaled :], jnp.int32),
        jnp.asarray(of_column, jnp.int32),
        jnp.asarray(step < count[:, None]),
    )


def compile_network(
    columns: tuple[str, ...],
    encodings: Mapping[str, ColumnEncoding],
    traits: Traits,
    shape: Shape,
    gaussian: Gaussian,
    weights: Single,
) -> Compiled:
    """A network on the device; the parts as in `Network`."""
    prepare_device()
    layout = layout_of(encodings, shape)
    alphabet = alphabet_of(encodings, layout)
    flat = jax.device_put(weights)
    unpacked = steps.unpacked(layout, flat)
    tables = program.tables(layout, unpacked, alphabet)
    linear = linear_of(traits, gaussian, layout)
    return Compiled(columns, encodings, layout, alphabet, flat, unpacked, tables, linear)


def batch_of(network: Compiled, cells: Cells, inside: slice) -> layers.Batch:
    """Some rows of cells, on the device."""
    first = network.layout.first_scaled
    return layers.Batch(
        *(jnp.asarray(part[:, inside]) for part in cells[:2]),
        *(jnp.asarray(part[first:, inside]) for part in cells[2:]),
    )
