"""The network in JAX: one small net per column over a running sum of embeddings.

Autoregressive in any order: a row's columns are seen one after the other, what a column has shown
is added to a sum, and each column's net turns the sum of what came before it into the distribution
of its outcome, and of its place on the scale as a mixture of logistics whose mass on an interval is
exact (Salimans et al. 2017, section 2.1). The first blocks of the nets share their matrices, so
that what one column learns of the sum serves the others; the last are each column's own. Training
draws a fresh order for a few rows at a time, so that each column is learned given every subset of
the others (Uria et al. 2014).

Columns stand in the order of `Layout`, column axis first in every array, and are bundled by the
padded size of their alphabets, so that the number of operations does not grow with their number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.special import ndtri

from trimtab._arrays import Single
from trimtab._random import Key
from trimtab.model.network.linear import Lines
from trimtab.model.neural.encoding import FEATURES, UNITS, WAVES, bundled

Weights = Mapping[str, Array]

SMOOTH = ("smooth.in", "smooth.shift", "smooth.out")  # the weights of `embed_places`
_SHARPEST, _WIDEST = -7.0, 3.0  # log scale of a logistic, in normal scores
_MIN_VARIANCE = 1e-6
_TRUST = 3.0  # in the lines at the start, as the logit of a share


@dataclass(frozen=True)
class Layout:
    """The static shape of a network: what a compiled program depends on.

    sizes      padded number of outcomes of each column, ascending among the columns without a
               scale and then among those with one; the last slot says "on the scale"
    scaled     how many of the last columns have a scale
    width      of the running sum and of the columns' nets
    shared     residual blocks whose matrices all columns share
    own        residual blocks after these, of each column alone
    components of each mixture
    """

    sizes: tuple[int, ...]
    scaled: int
    width: int
    shared: int
    own: int
    components: int

    @property
    def blocks(self) -> int:
        """How many residual blocks a column passes through."""
        return self.shared + self.own

    @property
    def columns(self) -> int:
        """How many columns."""
        return len(self.sizes)

    @property
    def first_scaled(self) -> int:
        """The first column with a scale."""
        return len(self.sizes) - self.scaled

    @cached_property
    def bundles(self) -> tuple[tuple[int, int, int], ...]:
        """(first column, end, padded size) of the columns that are computed together."""
        return bundled(self.sizes, self.first_scaled)


class Batch(NamedTuple):
    """Cells of some rows: see `encoding.Cells`; places of columns without a scale are left out of
    `below` and `above`.

    outcome [columns, rows], place [columns, rows], below, above [scaled, rows]
    """

    outcome: Array
    place: Array
    below: Array
    above: Array


class Alphabet(NamedTuple):
    """What is known beforehand of each bundle's outcomes.

    prior   [columns, size] log shares, very low where there is no such outcome
    places  [columns, size] the outcomes' places on the scale
    valued  [columns, size] 1.0 where an outcome has a place
    ordered [columns] 1.0 where the values of a column have places
    """

    prior: tuple[Array, ...]
    places: tuple[Array, ...]
    valued: tuple[Array, ...]
    ordered: Array

    def basis(self, bundle: int) -> Array:
        """Smooth features of the outcomes of a bundle, [columns, size, FEATURES]."""
        return features(self.places[bundle]) * self.valued[bundle][:, :, None]


class Heads(NamedTuple):
    """The distribution of every column for each row.

    logits  one array a bundle, [columns, rows, size]
    mixture [scaled, rows, 3, components]: logits, means, log scales
    """

    logits: tuple[Array, ...]
    mixture: Array


def features(place: Array) -> Array:
    """Smooth features of places on the scale, [..., FEATURES]."""
    rank = jax.scipy.stats.norm.cdf(place)
    waves = rank[..., None] * (math.pi * jnp.arange(1, WAVES + 1))
    straight = jnp.stack([2 * rank - 1, jnp.clip(place, -4, 4) / 2], axis=-1)
    return jnp.concatenate([straight, jnp.sin(waves), jnp.cos(waves)], axis=-1)


def shapes(layout: Layout) -> Iterator[tuple[str, tuple[int, ...], float]]:
    """(name, shape, standard deviation at the start) of every array of weights."""
    h, n = layout.width, layout.columns
    for k, (a, b, size) in enumerate(layout.bundles):
        yield f"embed.{k}", (b - a, size, h), 1.0
        yield f"head.{k}", (b - a, h, size), 0.1 / math.sqrt(h)
        yield f"bias.{k}", (b - a, 1, size), 0.0
    yield "smooth.in", (n, FEATURES, UNITS), 1 / math.sqrt(FEATURES)
    yield "smooth.shift", (n, 1, UNITS), 0.3
    yield "smooth.out", (n, UNITS, h), 1 / math.sqrt(UNITS)
    yield "head.smooth", (n, h, FEATURES), 0.1 / math.sqrt(h)
    yield "start", (n, 1, h), 0.1
    for b in range(layout.blocks):
        owners = 1 if b < layout.shared else n
        yield f"gain.{b}", (n, 1, h), 0.0
        yield f"in.{b}", (owners, h, h), 1 / math.sqrt(h)
        yield f"shift.{b}", (n, 1, h), 0.0
        yield f"out.{b}", (owners, h, h), 1 / math.sqrt(h)
    yield "gain.head", (n, 1, h), 0.0
    if layout.scaled:
        size = 3 * layout.components + 1
        yield "mixture", (layout.scaled, h, size), 0.1 / math.sqrt(h)
        yield "mixture.bias", (layout.scaled, 1, size), 0.0


def initial(layout: Layout, key: Key) -> dict[str, Array]:
    """Weights to start from."""
    weights: dict[str, Single] = {}
    for name, shape, deviation in shapes(layout):
        noise = key.child(name).generator().standard_normal(shape, np.float32)
        weights[name] = noise * np.float32(deviation)
    if layout.scaled:
        count = layout.components
        means = ndtri((np.arange(count) + 0.5) / count)
        start = np.r_[np.zeros(count), means, np.full(count, -1.0), _TRUST].astype(np.float32)
        weights["mixture.bias"] = np.broadcast_to(start, weights["mixture.bias"].shape)
    return {name: jnp.asarray(values) for name, values in weights.items()}


def embed_places(weights: Weights, alphabet: Alphabet, place: Array, columns: slice) -> Array:
    """What places on the scales of some columns add to the running sum, [columns, rows, width].

    A small net of smooth features (Gorishniy et al. 2022, section 3); nothing for labels.
    """
    units = jnp.einsum("nbf,nfk->nbk", features(place), weights["smooth.in"][columns])
    units = jax.nn.relu(units + weights["smooth.shift"][columns])
    units = jnp.einsum("nbk,nkh->nbh", units, weights["smooth.out"][columns])
    return units * alphabet.ordered[columns, None, None]


def embed(layout: Layout, weights: Weights, alphabet: Alphabet, batch: Batch) -> Array:
    """What each cell adds to the running sum, [columns, rows, width]."""
    embedded = embed_places(weights, alphabet, batch.place, slice(0, layout.columns))
    parts = []
    for k, (a, b, size) in enumerate(layout.bundles):
        chosen = jax.nn.one_hot(batch.outcome[a:b], size, dtype=embedded.dtype)
        parts.append(jnp.einsum("nbs,nsh->nbh", chosen, weights[f"embed.{k}"]))
    return embedded + jnp.concatenate(parts)


def running_sums(embedded: Array, ranks: Array) -> Array:
    """For each column, the sum of what comes before it, [columns, rows, width].

    `ranks` [orders, columns] places the columns in each of some orders, which share the rows.
    """
    n, rows, h = embedded.shape
    before = (ranks[:, None, :] < ranks[:, :, None]).astype(embedded.dtype)
    grouped = embedded.reshape(n, len(ranks), rows // len(ranks) * h)
    return jnp.einsum("gji,igx->jgx", before, grouped).reshape(n, rows, h)


def _normal(x: Array, gain: Array) -> Array:
    variance = jnp.mean(jnp.square(x), axis=-1, keepdims=True)
    return x * jax.lax.rsqrt(variance + _MIN_VARIANCE) * (1 + gain)


def _linear(x: Array, matrix: Array) -> Array:
    """Each column times its own matrix, or all columns times one."""
    if len(matrix) == 1:
        return jnp.einsum("nbh,hk->nbk", x, matrix[0])
    return jnp.einsum("nbh,nhk->nbk", x, matrix)


def hidden(layout: Layout, weights: Weights, sums: Array, drop: Array | None = None) -> Array:
    """Each column's own net over the sum of what came before it, [columns, rows, width].

    `drop` [blocks, 1, rows, width] multiplies what each block adds.
    """
    x = sums + weights["start"]
    for b in range(layout.blocks):
        y = _normal(x, weights[f"gain.{b}"])
        y = _linear(y, weights[f"in.{b}"]) + weights[f"shift.{b}"]
        y = jax.nn.silu(y)
        if drop is not None:
            y = y * drop[b]
        x = x + _linear(y, weights[f"out.{b}"])
    return _normal(x, weights["gain.head"])


def hidden_of(layout: Layout, weights: Weights, column: Array, sums: Array) -> Array:
    """The same for one column, [rows, width]."""
    own = {name: weights[name][column][None] for name in ("start", "gain.head")}
    for b in range(layout.blocks):
        own |= {name: weights[name][column][None] for name in (f"gain.{b}", f"shift.{b}")}
        owner = 0 if b < layout.shared else column
        own |= {name: weights[name][owner][None] for name in (f"in.{b}", f"out.{b}")}
    return hidden(layout, own, sums[None])[0]


def heads(
    layout: Layout, weights: Weights, alphabet: Alphabet, activations: Array, line: Lines
) -> Heads:
    """The distributions that the nets' activations stand for, mixtures about the lines."""
    logits = []
    for k, (a, b, _) in enumerate(layout.bundles):
        smooth = jnp.einsum("nhf,nsf->nhs", weights["head.smooth"][a:b], alphabet.basis(k))
        outputs = jnp.einsum("nbh,nhs->nbs", activations[a:b], weights[f"head.{k}"] + smooth)
        logits.append(outputs + weights[f"bias.{k}"] + alphabet.prior[k][:, None, :])
    rows = activations.shape[1]
    if not layout.scaled:
        return Heads(tuple(logits), jnp.zeros((0, rows, 3, layout.components)))
    outputs = jnp.einsum("nbh,nhm->nbm", activations[layout.first_scaled :], weights["mixture"])
    raw = outputs + weights["mixture.bias"]
    return Heads(tuple(logits), mixture(layout, raw, line.mean, line.deviation))


def mixture_of(
    layout: Layout,
    weights: Weights,
    scaled: Array,
    activations: Array,
    mean: Array,
    deviation: Array,
) -> Array:
    """The mixture of one column with a scale about its line, [rows, 3, components]."""
    raw = activations @ weights["mixture"][scaled] + weights["mixture.bias"][scaled]
    return mixture(layout, raw, mean, deviation)


def mixture(layout: Layout, raw: Array, mean: Array, deviation: Array) -> Array:
    """Logits, means and log scales of what a net said.

    Its last output says how far to trust the line: means are told from it in units of its
    deviation, or, where it misleads, from the middle of the scale.
    """
    trust = jax.nn.sigmoid(raw[..., -1:])
    parts = raw[..., :-1].reshape(*raw.shape[:-1], 3, layout.components)
    units = trust * jnp.log(deviation)[..., None]
    means = trust * mean[..., None] + jnp.exp(units) * parts[..., 1, :]
    scales = jnp.clip(parts[..., 2, :] + units, _SHARPEST, _WIDEST)
    return jnp.stack([parts[..., 0, :], means, scales], axis=-2)


def log_masses(layout: Layout, distributions: Heads, batch: Batch) -> Array:
    """Log probability of each cell: of its outcome, or of its interval, [columns, rows]."""
    parts = []
    for k, (a, b, size) in enumerate(layout.bundles):
        logs = jax.nn.log_softmax(distributions.logits[k], axis=-1)
        chosen = jax.nn.one_hot(batch.outcome[a:b], size, dtype=logs.dtype)
        parts.append(jnp.sum(logs * chosen, axis=-1))
    if not layout.scaled:
        return jnp.concatenate(parts)
    inside = _log_interval(distributions.mixture, batch.below, batch.above)
    c = layout.first_scaled
    slots = jnp.array([size - 1 for size in layout.sizes[c:]])[:, None]
    on_scale = batch.outcome[c:] == slots
    logs = jnp.concatenate(parts)
    return logs.at[c:].add(jnp.where(on_scale, inside, 0.0))


def _log_interval(mixture: Array, below: Array, above: Array) -> Array:
    """Log of the mass that mixtures of logistics put on intervals, [columns, rows].

    sigma(b) - sigma(a) = sigma(b) sigma(-a) (1 - exp(a - b)), which never cancels.
    """
    shares = jax.nn.log_softmax(mixture[:, :, 0], axis=-1)
    means = mixture[:, :, 1]
    sharp = jnp.exp(-mixture[:, :, 2])
    a, b = (below[..., None] - means) * sharp, (above[..., None] - means) * sharp
    gap = jnp.maximum((above - below)[..., None] * sharp, 1e-7)
    logs = -jax.nn.softplus(-b) - jax.nn.softplus(a) + jnp.log(-jnp.expm1(-gap))
    return jax.scipy.special.logsumexp(shares + logs, axis=-1)
