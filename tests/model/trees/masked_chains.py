"""Small chains held to masks, and the distribution that each is to have, by enumeration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa

from tests.model.trees.test_trees import Fitted, learn, letters
from trimtab._arrays import Float
from trimtab._random import Key
from trimtab.codec.codec import fit_codec
from trimtab.codec.domain import MISSING, Codes
from trimtab.codec.label import LabelCodec
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.grid.table import fit_grids
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.masks import Masks
from trimtab.model.masks.relation import Relation
from trimtab.model.masks.restriction import Restriction, looking_ahead
from trimtab.model.trees.fit import Order, fit_trees
from trimtab.model.trees.trees import Trees
from trimtab.table.files import read

_NONE = 1e-6  # of the probability
Keeps = Callable[[Mapping[str, int]], bool]  # of a row's codes


@dataclass(frozen=True)
class Held:
    """A chain with masks, and what they are to say of whole rows."""

    fitted: Fitted
    masks: Masks
    keeps: Keeps

    @cached_property
    def model(self) -> Trees:
        return self.fitted.model.masked(self.masks)

    @cached_property
    def values(self) -> dict[str, list[int]]:
        """All codes that each column may have, in drawing order."""
        found = {}
        for name, grid in self.model.grids.items():
            if isinstance(grid, NumberGrid):
                codes = sorted(
                    {c for a, b in zip(grid.low, grid.high, strict=True) for c in range(a, b)}
                )
            else:
                codes = list(range(len(grid.rows)))
            found[name] = [*codes, *([MISSING] if grid.nullable else [])]
        return found

    @cached_property
    def domain(self) -> Codes:
        """Every row there can be."""
        rows = np.array(list(product(*self.values.values())), np.int64)
        return Codes({n: rows[:, j] for j, n in enumerate(self.values)}, len(rows))

    @cached_property
    def free(self) -> Float:
        """The probability of each row without masks."""
        return np.exp(self.fitted.model.log_prob(self.domain))

    @cached_property
    def kept(self) -> Float:
        """Which rows of the domain keep the rules, 0 or 1."""
        names = list(self.values)
        rows = zip(*(self.domain[n].tolist() for n in names), strict=True)
        return np.array([self.keeps(dict(zip(names, row, strict=True))) for row in rows], float)

    def apart(self, name: str) -> np.ndarray:
        """Which of a column's codes are no values that are told: missing, and pooled."""
        codec = self.fitted.codec.columns[name]
        pooled = [len(codec.values)] if isinstance(codec, LabelCodec) and codec.marker else []
        return np.isin(self.values[name], [MISSING, *pooled])

    def _counts(self, name: str) -> Float:
        """How many rows have each of a column's codes, as its grid tells."""
        grid, codes = self.model.grids[name], np.array(self.values[name])
        elements = grid.encode(codes)
        tokens = grid.tokens(elements)
        return grid.sizes[tokens] * np.exp(grid.log_mass(codes, elements))

    @cached_property
    def expected(self) -> Float:
        """The probability that each row is to have: step by step, what can be completed, values
        among values."""
        shape = [len(v) for v in self.values.values()]
        free, alive = self.free.reshape(shape), (self.kept > 0).reshape(shape)
        block = len(self.model.block_columns)
        behind = tuple(range(block, len(shape)))
        out = free.sum(axis=behind) * alive.any(axis=behind)
        out = out / out.sum()
        for j, name in list(enumerate(self.values))[block:]:
            later = tuple(range(j + 1, len(shape)))
            mass, left = free.sum(axis=later), alive.any(axis=later)
            mass = mass / mass.sum(axis=-1, keepdims=True)
            apart = self.apart(name)
            cut = mass * left
            whole = [(mass * (apart == k)).sum(axis=-1) for k in (False, True)]
            some = [(left & (apart == k)).any(axis=-1) for k in (False, True)]
            lifted = np.zeros_like(cut)
            for k in (0, 1):
                mine = cut * (apart == bool(k))
                # Where the residual around x leaves nothing, values count as in all rows.
                none = (mine.sum(axis=-1) < _NONE)[..., None]
                mine = np.where(none, left * (apart == bool(k)) * self._counts(name), mine)
                wanted = np.where(some[1 - k], whole[k], whole[0] + whole[1])
                total = mine.sum(axis=-1)
                share = np.where(some[k], wanted / np.where(total > 0, total, 1), 0)
                lifted = lifted + mine * share[..., None]
            out = out[..., None] * lifted
        return np.asarray(out.reshape(-1))


def _classes(fitted: Fitted, bounds: Mapping[str, Sequence[int]]) -> dict[str, Classes]:
    found = {}
    for name, grid in fitted.model.grids.items():
        codec = fitted.codec.columns[name]
        pooled = int(MISSING)
        if isinstance(codec, LabelCodec) and codec.marker is not None:
            pooled = len(codec.values)
        found[name] = Classes(grid, np.array(bounds.get(name, ()), np.int64), pooled)
    return found


def held(
    fitted: Fitted,
    tables: Sequence[tuple[tuple[str, ...], Callable[..., bool]]],
    bounds: Mapping[str, Sequence[int]] | None = None,
    relations: Sequence[Relation] = (),
    also: Keeps = lambda row: True,
) -> Held:
    """A chain held to tables, each told as a function of the codes of its columns.

    also  what the relations say of a row
    """
    classes = _classes(fitted, bounds or {})
    made = []
    for names, function in tables:
        examples = [classes[n].examples.tolist() for n in names]
        allowed = np.array([function(*cell) for cell in product(*examples)], bool)
        made.append(Restriction(names, allowed.reshape([len(e) for e in examples])))
    possible = {n: c.possible for n, c in classes.items()}
    ahead = looking_ahead(made, fitted.model.columns, possible)
    assert ahead is not None

    def keeps(row: Mapping[str, int]) -> bool:
        return also(row) and all(f(*(row[n] for n in names)) for names, f in tables)

    return Held(fitted, Masks(classes, ahead, tuple(relations)), keeps)


def labels(seed: int = 1) -> Fitted:
    """Labels with gaps and with a pooled one, in the block (a, b) and behind it (y, z)."""
    g, n = Key(seed).child("labels").generator(), 1500
    a = g.integers(0, 3, n)
    b = (a + (g.random(n) < 0.4)) % 3
    y = (a + b + g.integers(0, 2, n)) % 4
    z = (y + g.integers(0, 2, n)) % 4
    rare = g.random(n) < 0.1
    texts = [f"r{i}" if r else v for i, (r, v) in enumerate(zip(rare, letters(y), strict=True))]
    gone = g.random(n) < 0.1
    columns = {
        "a": letters(a, g.random(n) < 0.1),
        "b": letters(b),
        "y": [None if m else t for m, t in zip(gone, texts, strict=True)],
        "z": letters(z, g.random(n) < 0.2),
    }
    return learn(columns, min_count=5, outcomes=("y", "z"))


def numbers(form: str = "atoms", seed: int = 1, first: tuple[str, ...] = ()) -> Fitted:
    """A label in the block, and numbers behind it, y with gaps: `atoms`, each value of which has
    a token; `wide`, with intervals; `residual`, of which the residual around x is drawn."""
    g, n = Key(seed).child("numbers").generator(), 1600
    k = g.integers(0, 2, n)
    if form == "atoms":
        x = np.where(g.random(n) < 0.4, 5, g.integers(0, 12, n))
        y = x + g.integers(0, 8, n) + 2 * k
    elif form == "wide":
        x = g.integers(0, 6, n)
        y = np.where(g.random(n) < 0.2, 77, 7 * x + g.integers(-40, 140, n))
    else:
        x = g.integers(0, 30, n)
        y = x + g.integers(0, 4, n) + 2 * k
    columns: dict[str, Any] = {
        "k": letters(k),
        "x": pa.array(x, mask=g.random(n) < (0.1 if form == "atoms" else 0.0)),
        "y": pa.array(y, mask=g.random(n) < 0.1 + 0.2 * k),
    }
    return _wide(columns, first) if form == "wide" else learn(columns, first=first)


def _wide(columns: Mapping[str, Any], first: tuple[str, ...]) -> Fitted:
    """With y in intervals of ten codes, and an atom that no interval covers: of others, and of
    granularities, masses are told up to what rounding draws beside them."""
    table = read(pa.table({n: pa.array(v) for n, v in columns.items()}))
    codec = fit_codec(table, 0)
    codes = codec.encode(table)
    own = codes["y"][codes["y"] != MISSING]
    edges = np.array(sorted({*range(own.min() // 10 * 10, own.max() + 11, 10), 77, 78}))
    rows = np.histogram(own, edges)[0]
    grid = NumberGrid(
        edges[:-1],
        edges[1:],
        np.maximum(rows, 1),
        np.arange(1, len(edges)),
        (edges[:-1] == 77).astype(np.int64),
        np.ones(1, np.int64),
        np.ones((len(edges), 1)),
        int((codes["y"] == MISSING).sum()),
    )
    grids = {**fit_grids(codes, codec, None), "y": grid}
    return Fitted(fit_trees(codes, codec, Order(first), None, Key(3), grids=grids), codec, codes)


def at_most(target: str, other: str, *, above: bool, strict: bool = False) -> Relation:
    """That the target lies above another column, or below it."""
    slack = -1e-6 if strict else 1e-6
    return Relation(target, (other,), np.ones(1), 0.0, above, not above, slack)


def order(fitted: Fitted, lower: str, upper: str) -> list[Relation]:
    """`lower <= upper`, with room for the one that is drawn later."""
    names = fitted.model.columns
    earlier, later = sorted((lower, upper), key=names.index)
    grid = fitted.model.grids[later]
    assert isinstance(grid, NumberGrid)
    least, most = grid.reach
    above = later == upper
    end = float(most if above else least)
    room = Relation(earlier, (), np.zeros(0), end, not above, above, 1e-6)
    return [at_most(later, earlier, above=above), room]


def code(fitted: Fitted, name: str, text: str) -> int:
    """The code of a label."""
    codec = fitted.codec.columns[name]
    assert isinstance(codec, LabelCodec)
    return codec.code_of(text)
