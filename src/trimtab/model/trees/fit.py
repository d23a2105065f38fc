"""Learning a chain of boosted trees."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab._cores import usable_cores
from trimtab._executor import Threads
from trimtab._random import Key
from trimtab._run import Progress, silent
from trimtab.codec.codec import Codec
from trimtab.codec.domain import Codes
from trimtab.model.grid.grid import Grid, LabelGrid
from trimtab.model.grid.table import encode_all, fit_grids
from trimtab.model.trees.block import MAX_CELLS
from trimtab.model.trees.chain_rows import View
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.fit_block import fit_block
from trimtab.model.trees.fit_boosting import Fold, Growth
from trimtab.model.trees.fit_conditional import Recipe, fit_conditional
from trimtab.model.trees.parents import choose_parents
from trimtab.model.trees.trees import Trees

_SMALL_ROWS = 10_000  # below this there is a member a fold, and trees are kept shallow
_HELD_OUT_SHARE, _MAX_HELD_OUT = 0.1, 50_000
_FOLDS = 3
_LOW_CARDINALITY = 16  # labels with at most this many tokens may join the block
_LARGE = (
    Growth(eta=0.3, depth=5, rounds=120, bins=128),
    Growth(eta=0.3, depth=3, rounds=60, bins=128),
)
_SMALL = (
    Growth(eta=0.2, depth=4, rounds=200, bins=128),
    Growth(eta=0.3, depth=2, rounds=60, bins=128),
)
_OUTCOME = Growth(eta=0.3, depth=4, rounds=300, bins=128)
_LOCATION = Growth(eta=0.1, depth=6, rounds=200, min_child_weight=5.0)
# With many rows larger steps do, and save half the trees: (from, to, step at the end).
_LOCATION_STEPS = (10_000, 22_000, 0.4)


@dataclass(frozen=True)
class Order:
    """What the caller wants of the chain: columns to lead it, and outcomes to end it, in order.

    row_weights  of shape (rows,), hang on the values of `first` alone: rows of combinations that
                 will be drawn more often than they are seen count for more. All other columns are
                 learned given `first`, so that what they tend to with many rows stays the same. How
                 frequent the combinations themselves are is learned unweighted
    """

    first: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    row_weights: Float | None = None


def fit_trees(
    codes: Codes,
    codec: Codec,
    order: Order,
    persons: Int | None,
    key: Key,
    progress: Progress = silent,
    grids: Mapping[str, Grid] | None = None,
) -> Trees:
    """Learn the chain. `persons` groups the rows that must not be split between training and
    stopping; `grids` are fitted to the codes if there are none."""
    progress("cutting columns", 0, 1)
    grids = fit_grids(codes, codec, persons) if grids is None else grids
    names = _order(grids, order)
    block_names = _block_names(grids, names, order)
    grids = {n: grids[n] for n in names}
    usual = _recipe(codes.rows, persons, codec.min_count, key, outcome=False)
    outcome = _recipe(codes.rows, persons, codec.min_count, key, outcome=True)
    features, scores, elements = encode_all(grids, codes)
    if order.row_weights is not None:
        usual = replace(usual, weights=order.row_weights)
        outcome = replace(outcome, weights=order.row_weights)
    leading = 0 if order.row_weights is None else len(order.first)
    parents = choose_parents(features, key.child("parents"), leading)
    views = [View.of(grid) for grid in grids.values()]
    progress("learning columns", 0, len(names))
    block = fit_block(block_names, grids, elements, usual, len(order.first))
    done = len(block_names)
    progress("learning columns", done, len(names))

    def fit_one(j: int) -> Conditional:
        name = names[j]
        return fit_conditional(
            parents[j],
            grids[name],
            elements[name],
            features,
            scores,
            outcome if name in order.outcomes else usual,
            key.child("jitter", name).uniforms(0, codes.rows),
            views=views,
        )

    conditionals = {}
    later = range(len(block_names), len(names))
    with Threads(workers()).pool(tasks=len(later)) as pool:
        jobs = {j: pool.submit(fit_one, j) for j in reversed(later)}  # the longest first
        for j in later:
            conditionals[names[j]] = jobs[j].result()
            done += 1
            progress("learning columns", done, len(names))
    return Trees(grids, block, conditionals)


def workers() -> int:
    """How many columns are learned at once: OMP_NUM_THREADS if set, else the usable cores."""
    threads = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, int(threads)) if threads.isdigit() else usable_cores()


def _order(grids: Mapping[str, Grid], order: Order) -> tuple[str, ...]:
    outcomes = [n for n in order.outcomes if n in grids and n not in order.first]
    middle = [n for n in grids if n not in order.first and n not in outcomes]
    small = sorted((n for n in middle if _low(grids[n])), key=lambda n: len(grids[n].sizes))
    cells = _cells(grids, order.first)
    joined = []
    for name in small:
        cells *= len(grids[name].sizes)
        if cells > MAX_CELLS:
            break
        joined.append(name)
    lead = [n for n in middle if n in joined]
    rest = [n for n in middle if n not in joined]
    return (*order.first, *lead, *rest, *outcomes)


def _block_names(grids: Mapping[str, Grid], names: Sequence[str], order: Order) -> tuple[str, ...]:
    """The longest start of the chain whose joint table is small and that is asked for or low."""
    block: list[str] = []
    for name in names:
        wanted = name in order.first or (_low(grids[name]) and name not in order.outcomes)
        if not wanted or _cells(grids, (*block, name)) > MAX_CELLS:
            break
        block.append(name)
    return tuple(block)


def _low(grid: Grid) -> bool:
    """Whether a column is a label of low cardinality, which may join the block unasked."""
    return isinstance(grid, LabelGrid) and len(grid.sizes) <= _LOW_CARDINALITY


def _cells(grids: Mapping[str, Grid], names: Collection[str]) -> int:
    cells = 1
    for name in names:
        cells *= len(grids[name].sizes)
    return cells


def recipe_of(rows: int, persons: Int | None, min_count: int, key: Key) -> Recipe:
    """How columns are learned of so many rows, those of one person on one side of each split."""
    return _recipe(rows, persons, min_count, key, outcome=False)


def _recipe(rows: int, persons: Int | None, min_count: int, key: Key, *, outcome: bool) -> Recipe:
    who = np.arange(rows) if persons is None else np.unique(persons, return_inverse=True)[1]
    people = int(who.max(initial=-1)) + 1
    shuffled = key.child("folds").generator().permutation(people)
    place = np.empty(people, np.int64)
    place[shuffled] = np.arange(people)
    place = place[who]
    thirds = tuple(_fold(place * _FOLDS // max(people, 1) == k) for k in range(_FOLDS))
    share = min(_HELD_OUT_SHARE, _MAX_HELD_OUT / max(rows, 1))
    single = (_fold(place < max(1, round(people * share))),)
    few = rows < _SMALL_ROWS
    group, klass = _SMALL if few else _LARGE
    location = _faster(_LOCATION, rows, _LOCATION_STEPS)
    if outcome and not few:
        group = _OUTCOME
    folds = thirds if few or outcome else single
    return Recipe(group, klass, location, folds, thirds, min_count)


def _faster(growth: Growth, rows: int, steps: tuple[int, int, float]) -> Growth:
    """The same growth with a step that rises as the rows do."""
    few, many, eta = steps
    share = np.clip((rows - few) / (many - few), 0, 1)
    return replace(growth, eta=float(growth.eta + share * (eta - growth.eta)))


def _fold(stop: Bool) -> Fold:
    return np.flatnonzero(~stop), np.flatnonzero(stop)
