"""Small tables and networks, some with weights at random and some trained, for several tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from itertools import product
from typing import Any

import jax
import numpy as np
import pyarrow as pa

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.codec.codec import Codec, fit_codec
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.grid.grid import Grid, LabelGrid
from trimtab.model.grid.table import fit_grids
from trimtab.model.network import layers, steps
from trimtab.model.network.compiled import layout_of
from trimtab.model.network.fit import fit_network
from trimtab.model.network.gaussian import Gaussian, traits_of
from trimtab.model.network.linear import lines_of_rows
from trimtab.model.network.network import Network
from trimtab.model.network.recipe import Recipe
from trimtab.model.network.shape import Shape
from trimtab.model.neural.encoding import ColumnEncoding, arranged, stacked
from trimtab.table.files import read

KEY = Key(31)
SHAPE = Shape(width=16, shared=1, own=1, components=3)
RECIPE = Recipe(SHAPE, batch=64, epochs=4, rate=1e-2, dropout=0.1, decay=0.01, memory=0.98, warm=20)


def coded(table: pa.Table, min_count: int = 5) -> tuple[Codes, Codec]:
    """The codes of a table."""
    made = read(table)
    codec = fit_codec(made, min_count)
    return codec.encode(made), codec


# Three labels: P(a), P(b | a), P(c | a, b). "?" stands for missing.
VALUES = (("x", "y", "?"), ("u", "v", "w", "z", "?"), ("no", "yes"))


@cache
def truth() -> Float:
    """The joint of the three labels, [3, 5, 2]: all cells possible, and none independent."""
    g = KEY.child("truth").generator()
    a = np.array([0.5, 0.3, 0.2])
    b = g.dirichlet(np.full(5, 1.5), 3)
    c = g.beta(0.8, 0.8, (3, 5)).clip(0.05, 0.95)
    joint = a[:, None, None] * b[:, :, None] * np.stack([1 - c, c], axis=2)
    return joint.clip(2e-3) / joint.clip(2e-3).sum()


def three_labels(rows: int, seed: int = 0) -> pa.Table:
    """Rows drawn from `truth`."""
    joint = truth()
    chosen = KEY.child("rows", seed).generator().choice(joint.size, rows, p=joint.ravel())
    columns = {}
    for name, values, at in zip("abc", VALUES, np.unravel_index(chosen, joint.shape), strict=True):
        cells = np.array(values, object)[at]
        columns[name] = pa.array([None if v == "?" else v for v in cells])
    return pa.table(columns)


def visits(rows: int = 1500) -> pa.Table:
    """Numbers, one of them with a spike, a label and a flag; gaps. Few columns compile fast."""
    g = KEY.child("visits").generator()
    age = g.integers(18, 90, rows)
    cost = np.round(np.where(g.random(rows) < 0.3, 0.0, g.gamma(2.0, 100.0, rows) + 40 * age), 2)
    city = np.array(["Oslo", "Graz", "Bari", "Lyon"])[(age // 20 + g.integers(0, 2, rows)) % 4]
    return pa.table(
        {
            "age": pa.array(age),
            "cost": pa.array(cost, mask=g.random(rows) < 0.1),
            "city": pa.array(city.tolist(), mask=g.random(rows) < 0.1),
            "smokes": pa.array(g.random(rows) < age / 120),
        }
    )


def every_kind(rows: int = 400) -> pa.Table:
    """A column of every kind: those of `visits`, moments, and a constant."""
    g = KEY.child("every kind").generator()
    day = np.datetime64("2020-01-01") + g.integers(0, 900, rows).astype("timedelta64[D]")
    days = pa.array(day, mask=g.random(rows) < 0.1)
    constant = pa.array(["NO"] * rows)
    return visits(rows).append_column("day", days).append_column("country", constant)


def at_random(codes: Codes, codec: Codec, seed: int = 0, shape: Shape = SHAPE) -> Network:
    """A network that learned nothing, but in which every column depends on all others."""
    grids = fit_grids(codes, codec, None)
    weights = layers.initial(layout_of(arranged(grids), shape), KEY.child("weights", seed))
    heads = {n: w * 10 for n, w in weights.items() if n.startswith("head") or n == "mixture"}
    flat = np.asarray(steps.begin(weights | heads).weights)
    return Network(grids, shape, any_gaussian(grids, seed), flat)


def any_gaussian(grids: Mapping[str, Grid], seed: int = 0) -> Gaussian:
    """A Gaussian that no rows are like: every trait depends on all others."""
    count = len(traits_of(arranged(grids)).column)
    g = KEY.child("gaussian", seed).generator()
    mixed = g.normal(size=(count, 2 * count))
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    correlation = (mixed @ mixed.T).astype(np.float32)
    np.fill_diagonal(correlation, 1)
    middle, spread = g.normal(0, 0.3, count), g.uniform(0.5, 1.5, count)
    return Gaussian(middle.astype(np.float32), spread.astype(np.float32), correlation)


@cache
def random_labels() -> Network:
    """A network of three labels, with weights at random."""
    return at_random(*coded(three_labels(2000)))


@cache
def random_visits() -> Network:
    """A network of `visits`, with weights at random."""
    return at_random(*coded(visits()))


def trained(table: pa.Table, **changes: Any) -> Network:
    """A network trained on a table for a second or two."""
    codes, codec = coded(table)
    return fit_network(codes, codec, None, KEY, recipe=replace(RECIPE, **changes))[0]


def domain(network: Network) -> Codes:
    """All rows that a network of labels can draw, the last column (in layout order) fastest."""
    rows = np.array(list(product(*map(every_element, network.encodings.values()))), np.int64)
    return Codes({n: rows[:, j] for j, n in enumerate(network.encodings)}, len(rows))


def every_element(encoding: ColumnEncoding) -> Int:
    """A code for each outcome of a column and for each of its intervals."""
    if isinstance(encoding.grid, LabelGrid):
        codes = np.arange(len(encoding.grid.token))
    else:
        codes = encoding.grid.low.copy()
        for e in np.flatnonzero(encoding.grid.atom == 0):  # atoms may lie in an interval
            inside = np.arange(encoding.grid.low[e], encoding.grid.high[e])
            codes[e] = inside[encoding.grid.encode(inside) == e][0]
    return np.r_[np.full(int(encoding.nullable), MISSING), codes]


@partial(jax.jit, static_argnames=("layout",))
def _log_prob(layout: Any, weights: Any, alphabet: Any, linear: Any, batch: Any, ranks: Any) -> Any:
    line = lines_of_rows(linear, batch.outcome, batch.place, ranks)
    return steps.log_prob(layout, weights, alphabet, line, batch, ranks)


_ROWS_AT_ONCE = 256  # one compiled program for all


def log_probs(network: Network, codes: Codes, order: Any) -> Float:
    """Log probability of each cell given those before it in `order`, [columns, rows]."""
    made, first = network.compiled, network.compiled.layout.first_scaled
    ranks, parts = np.argsort(order)[None], []
    for start in range(0, codes.rows, _ROWS_AT_ONCE):
        rows = np.arange(start, start + _ROWS_AT_ONCE).clip(max=codes.rows - 1)
        cells = stacked(network.encodings, codes.take(rows).columns)
        batch = layers.Batch(cells.outcome, cells.place, cells.below[first:], cells.above[first:])
        parts.append(_log_prob(made.layout, made.weights, made.alphabet, made.linear, batch, ranks))
    return np.concatenate(parts, axis=1)[:, : codes.rows].astype(float)


def conditionals(network: Network, order: Any) -> Float:
    """What the network says of every cell of `domain` given the columns before it in `order`.

    [columns, size of column 0, size of column 1, ...], columns in layout order.
    """
    sizes = [encoding.outcomes for encoding in network.encodings.values()]
    return np.exp(log_probs(network, domain(network), order)).reshape(len(sizes), *sizes)
