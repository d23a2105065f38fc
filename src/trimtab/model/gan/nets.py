"""Parts of nets, in JAX, on named weights: dense layers, attention, and losses against critics."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
from jax import Array

from trimtab._random import Key
from trimtab.model.gan.layout import Weights

Named = Mapping[str, Array]

_LEAK = 0.2  # of a critic's units
_PENALTY = 10.0  # of a slope of a critic that is not 1 (Gulrajani et al. 2017)


def initial(weights: Weights, key: Key) -> Array:
    """Weights before the first step, in one vector."""
    generator = key.generator()
    parts = [weight.scale * generator.standard_normal(weight.shape) for weight in weights]
    return jnp.concatenate([jnp.ravel(jnp.asarray(part, jnp.float32)) for part in parts])


def unpack(weights: Weights, flat: Array) -> dict[str, Array]:
    """The named arrays of a vector of weights."""
    named, at = {}, 0
    for weight in weights:
        size = math.prod(weight.shape)
        named[weight.name] = flat[at : at + size].reshape(weight.shape)
        at += size
    return named


def apply(named: Named, layer: str, x: Array) -> Array:
    """A dense layer, [..., inputs] -> [..., outputs]."""
    return x @ named[f"{layer}.w"] + named[f"{layer}.b"]


def normed(x: Array) -> Array:
    """The numbers of each row at a mean square of 1."""
    return x * jax.lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + 1e-6)


def judged(named: Named, net: str, x: Array) -> Array:
    """What a critic says of each row of what it sees, [rows, outputs]."""
    x = jax.nn.leaky_relu(apply(named, f"{net}in", x), _LEAK)
    x = x + jax.nn.leaky_relu(apply(named, f"{net}block", normed(x)), _LEAK)
    return apply(named, f"{net}out", x)


def attended(named: Named, layer: str, heads: int, tokens: Array) -> Array:
    """Tokens [rows, tokens, width] after multi-head self-attention and mixing of each.

    Vaswani et al. 2017, section 3.2.2, normed before each part.
    """
    rows, count, width = tokens.shape
    parts = apply(named, f"attention{layer}.all", normed(tokens))
    query, key, value = jnp.split(parts.reshape(rows, count, heads, -1), 3, axis=-1)
    weights = jax.nn.softmax(
        jnp.einsum("rqhd,rkhd->rhqk", query, key) / math.sqrt(width // heads), axis=-1
    )
    context = jnp.einsum("rhqk,rkhd->rqhd", weights, value).reshape(rows, count, width)
    tokens = tokens + apply(named, f"attention{layer}.out", context)
    inner = jax.nn.silu(apply(named, f"mixing{layer}.in", normed(tokens)))
    return tokens + apply(named, f"mixing{layer}.out", inner)


def packed(x: Array, pack: int) -> Array:
    """Rows side by side, [rows / pack, pack * numbers]."""
    return x.reshape(len(x) // pack, -1)


def moments_loss(real: Array, fake: Array) -> Array:
    """How far the second moments of rows are apart: an unbiased estimate of the squared distance.

    Second moments of outcomes are the shares of all pairs of them, so this tells a generator in
    every step which pairs come up too often or too seldom, where a critic tells only of single
    rows. `real` and `fake` are [rows, numbers], an even number of rows.
    """
    (f1, f2), (r1, r2) = _halves(fake), _halves(real)
    # The product of two matrices of moments, without the matrices: rows are few, numbers many.
    return _alike(f1, f2) - _alike(f1, r2) - _alike(r1, f2) + _alike(r1, r2)


def _alike(x: Array, y: Array) -> Array:
    """The sum over all pairs of numbers of the product of their second moments in x and in y."""
    return ((x @ y.T) ** 2).mean()


def dependence_loss(group: Array, x: Array) -> Array:
    """How far the means of rows of different groups are apart: an unbiased estimate of the mean
    squared distance of a group's mean to that of all.

    `group` [rows, groups] is 1.0 at each row's, and all groups are as frequent; `x` is
    [rows, numbers].
    """
    (g1, g2), (x1, x2) = _halves(group - 1 / group.shape[1]), _halves(x)
    one, other = (g.T @ part / len(part) for g, part in ((g1, x1), (g2, x2)))
    return group.shape[1] * (one * other).sum()


def _halves(x: Array) -> Array:
    """[2, rows / 2, numbers]. The product of two halves' estimates does not count their noise."""
    return x.reshape(2, len(x) // 2, -1)


def realism_loss(
    critic: Callable[[Array], Array], real: Array, fake: Array, key: Array
) -> tuple[Array, Array]:
    """What a critic of realism minimises: Wasserstein with a penalty on its slope. And how often it
    is right: in which share of pairs of a real and a made row it takes the real one for more real.

    Gulrajani et al. 2017, algorithm 1. `real` and `fake` are what it sees, [rows, numbers].
    """
    mix = jax.random.uniform(key, (len(real), 1))
    between = mix * real + (1 - mix) * fake
    slope = jax.grad(lambda x: critic(x).sum())(between)
    length = jnp.sqrt((slope**2).sum(axis=-1) + 1e-9)
    made, true = critic(fake), critic(real)
    loss = made.mean() - true.mean() + _PENALTY * ((length - 1) ** 2).mean()
    return loss, (true.reshape(-1, 1) > made.reshape(1, -1)).mean()
