"""Rows as the nets of a GAN make and see them, in JAX: chosen outcomes and places on the scale.

What a generator makes must have a slope, so an outcome is chosen by the largest of noisy logits,
and its slope is that of a soft choice (Jang et al. 2017, straight-through Gumbel softmax). Logits
lie about the log shares of the training rows, and places about normal scores, so that a net that
has learned nothing draws every column rightly by itself. The atoms of a number are outcomes, as its
missing values are: modes of their own; what is left has one mode on the scale.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from trimtab._arrays import Int
from trimtab.model.gan.layout import WAVES, Layout
from trimtab.model.neural.encoding import ColumnEncoding

_IMPOSSIBLE = -1e9
_FARTHEST = 4.0  # normal scores beyond this look all the same to a critic
_SOFTNESS = 0.3  # of the choice that lends its slope
_RARE = 0.01  # share from which on rarer outcomes count no more
_LOGITS, _MEANS = 3.0, 3.0  # how much a unit of the net's outputs is


class Tables(NamedTuple):
    """What is known beforehand of every slot, each of shape (slots,).

    prior    log shares, very low where there is no such outcome
    places   of atoms on the scale
    missing  1.0 where the slot is the missing value of its column
    """

    prior: Array
    places: Array
    missing: Array


class Rows(NamedTuple):
    """Rows: `chosen` [rows, slots] is 1.0 at each column's outcome, `place` [rows, scaled] where
    on the scale a value lies, as far as its outcome says that it does.
    """

    chosen: Array
    place: Array


def tables_of(encodings: Mapping[str, ColumnEncoding], layout: Layout) -> Tables:
    """The tables of arranged encodings."""
    prior = np.full(layout.slots, _IMPOSSIBLE, np.float32)
    places, missing = np.zeros_like(prior), np.zeros_like(prior)
    for j, encoding in enumerate(encodings.values()):
        first, end = layout.starts[j], layout.starts[j + 1]
        shares = np.log(encoding.rows / encoding.rows.sum())
        prior[first : first + encoding.outcomes] = shares[:-1]
        if encoding.continuous:
            prior[end - 1] = shares[-1]
        places[first : first + encoding.outcomes] = encoding.outcome_places
        missing[first] = encoding.nullable
    return Tables(jnp.asarray(prior), jnp.asarray(places), jnp.asarray(missing))


def real(layout: Layout, outcome: Array, place: Array) -> Rows:
    """Rows of outcomes and places, both [rows, columns]; an outcome of -1 chooses nothing."""
    chosen = [
        jax.nn.one_hot(outcome[:, a:b], size).reshape(len(outcome), -1)
        for a, b, size in layout.bundles
    ]
    return Rows(jnp.concatenate(chosen, axis=1), place[:, layout.first_scaled :])


def seen(layout: Layout, tables: Tables, rows: Rows) -> Array:
    """What a critic sees of rows, [rows, layout.seen]: slots, places of ordered columns, waves."""
    places = jnp.concatenate(
        [part.sum(axis=-1) for part in _parts(layout, rows.chosen * tables.places)], axis=1
    )
    last = jnp.array([end - 1 for end in layout.starts[layout.first_scaled + 1 :]], int)
    on_scale = rows.place * rows.chosen[:, last]
    places = places.at[:, layout.first_scaled :].add(on_scale)
    places = places[:, np.flatnonzero(layout.ordered)]
    return jnp.concatenate([rows.chosen, _with_waves(places).reshape(len(places), -1)], axis=1)


def _with_waves(places: Array) -> Array:
    """Places and their waves, [..., 1 + WAVES].

    Cosines of a rank are a basis of densities: the mean product of those of two columns says how
    they hang together, whatever the form. A critic sees fine steps in them that it would not learn
    from a place alone.
    """
    step = jnp.arange(1, WAVES + 1)
    rank = jax.scipy.stats.norm.cdf(places)[..., None]
    waves = jnp.cos(math.pi * step * rank) * math.sqrt(2) / step
    near = jnp.clip(places, -_FARTHEST, _FARTHEST)[..., None]
    return jnp.concatenate([near, waves], axis=-1)


def made(
    layout: Layout,
    tables: Tables,
    outcomes: Array,
    places: Array,
    own: Array,
    noise: Array,
) -> Rows:
    """Rows that a net makes.

    outcomes  [rows, slots], places [rows, scaled, 2]  the net's outputs
    own       [rows, scaled] normal numbers: where on its scale a row lies, as far as the net leaves
              it open
    noise     [rows, slots] Gumbel numbers; very low where an outcome is barred
    """
    noisy = _LOGITS * outcomes + tables.prior + noise
    chosen = []
    for part in _parts(layout, noisy):
        soft = jax.nn.softmax(part / _SOFTNESS, axis=-1)
        hard = jax.nn.one_hot(part.argmax(axis=-1), part.shape[-1])
        chosen.append((hard + soft - jax.lax.stop_gradient(soft)).reshape(len(part), -1))
    mean, log_spread = places[..., 0], places[..., 1]
    return Rows(jnp.concatenate(chosen, axis=1), _MEANS * mean + own * jnp.exp(log_spread))


def outcome_of(layout: Layout, rows: Rows) -> Array:
    """The outcome of each column, [rows, columns]."""
    return jnp.concatenate([part.argmax(axis=-1) for part in _parts(layout, rows.chosen)], axis=1)


def spread_over(layout: Layout, columns: Array) -> Array:
    """A number of each column, [rows, columns], at each of its slots."""
    repeated = [
        jnp.repeat(columns[:, a:b], size, axis=1, total_repeat_length=(b - a) * size)
        for a, b, size in layout.bundles
    ]
    return jnp.concatenate(repeated, axis=1)


def clamped(layout: Layout, rows: Rows, known: Array, given: Rows) -> Rows:
    """Rows with given cells where `known` [rows, columns] is 1.0."""
    over, scaled = spread_over(layout, known), known[:, layout.first_scaled :]
    return Rows(
        over * given.chosen + (1 - over) * rows.chosen,
        scaled * given.place + (1 - scaled) * rows.place,
    )


def rarity(layout: Layout, tables: Tables) -> Array:
    """How much each of the numbers that a critic sees counts in `nets.moments_loss`, [seen].

    About one over the standard deviation of a slot, so that rare outcomes count as common ones do.
    """
    share = jnp.exp(tables.prior)
    slots = jnp.where(tables.prior > _IMPOSSIBLE / 2, 1 / jnp.sqrt(share + _RARE), 0.0)
    return jnp.concatenate([slots, jnp.ones(layout.seen - layout.slots)])


def _parts(layout: Layout, slots: Array) -> list[Array]:
    """The slots of each bundle, [rows, columns, size]."""
    return [
        slots[:, layout.starts[a] : layout.starts[b]].reshape(len(slots), b - a, size)
        for a, b, size in layout.bundles
    ]


def index_of(numbers: tuple[int, ...]) -> Int:
    """Positions as an array, which may be empty."""
    return np.array(numbers, np.int64)
