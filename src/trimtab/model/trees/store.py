"""A chain of trees as a small structure and named arrays, and back.

The structure says which columns there are, in which order, and what belongs to each; the numbers
are in the arrays. All are checked against each other before XGBoost sees the first of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray
from pydantic import Field

from trimtab._arrays import Float, Int
from trimtab.model.grid.checks import demand
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.store import Shelf, Stored, grid_arrays
from trimtab.model.masks.store import StoredMasks, masks_of, stored_masks
from trimtab.model.trees.block import Block
from trimtab.model.trees.booster_arrays import BoosterArrays, arrays_of, boosters_of
from trimtab.model.trees.boosting import Boosting
from trimtab.model.trees.checks import (
    check_block,
    check_masks,
    check_parents,
    check_partition,
    check_residual,
    check_weights,
)
from trimtab.model.trees.conditional import Conditional, Distribution
from trimtab.model.trees.location import Location
from trimtab.model.trees.partition import Partition
from trimtab.model.trees.trees import Trees

_MAX_MEMBERS = 1000  # boosters in a boosting


class StoredConditional(Stored):
    """How many boosters each boosting of a column has, and which parts the column has.

    `classes` counts group by group; `location` and `residual` are None where there is none.
    """

    group: int = Field(ge=0, le=_MAX_MEMBERS)
    classes: list[int]
    location: int | None = Field(ge=0, le=_MAX_MEMBERS)
    residual: bool


class StoredTrees(Stored):
    """A chain: the first `block` of its columns in the block."""

    kind: Literal["trees"] = "trees"
    block: int = Field(ge=0)
    conditionals: list[StoredConditional]
    masks: StoredMasks | None = None


def stored_trees(trees: Trees) -> tuple[StoredTrees, dict[str, NDArray[Any]]]:
    """The structure and the arrays of a chain, grids apart."""
    arrays: dict[str, NDArray[Any]] = {"block.weights": trees.block.weights}
    conditionals, boosters = [], []
    for i, name in enumerate(trees.columns):
        if name not in trees.conditionals:
            continue
        conditional = trees.conditionals[name]
        conditionals.append(_stored_conditional(conditional))
        arrays |= _conditional_arrays(f"conditional.{i}", conditional)
        boosters += list(_members(conditional))
    masks = None
    if trees.masks is not None:
        masks, own = stored_masks(trees.masks, trees.columns)
        arrays |= own
    block = len(trees.block.columns)
    stored = StoredTrees(block=block, conditionals=conditionals, masks=masks)
    packed = arrays_of(boosters)
    arrays |= {f"booster.{f.name}": getattr(packed, f.name) for f in fields(BoosterArrays)}
    return stored, {name: np.asarray(values, order="C") for name, values in arrays.items()}


def _stored_conditional(conditional: Conditional) -> StoredConditional:
    return StoredConditional(
        group=len(conditional.distribution.group.members),
        classes=[len(boosting.members) for boosting in conditional.distribution.classes],
        location=None
        if conditional.location is None
        else len(conditional.location.boosting.members),
        residual=conditional.residual is not None,
    )


def _conditional_arrays(at: str, conditional: Conditional) -> dict[str, NDArray[Any]]:
    part = conditional.distribution.partition
    arrays: dict[str, NDArray[Any]] = {
        f"{at}.{f.name}": getattr(part, f.name) for f in fields(part)
    }
    arrays[f"{at}.parents"] = conditional.parents
    if conditional.location is not None:
        arrays[f"{at}.location"] = conditional.location.weights
    if conditional.residual is not None:
        arrays |= grid_arrays(f"{at}.residual", conditional.residual)
    return arrays


def _members(conditional: Conditional) -> Iterator[xgb.Booster]:
    """All boosters of a column, in the order of the file."""
    if conditional.location is not None:
        yield from conditional.location.boosting.members
    yield from conditional.distribution.group.members
    for boosting in conditional.distribution.classes:
        yield from boosting.members


@dataclass(frozen=True)
class _Unfilled:
    """A column's conditional with its boosters still to be filled in."""

    grid: Grid
    partition: Partition
    weights: Float | None
    residual: NumberGrid | None
    stored: StoredConditional
    parents: Int

    def outlines(self) -> Iterator[tuple[int, int]]:
        """(outputs, features) of each booster, in the order of the file."""
        parents = len(self.parents)
        features = parents + (self.weights is not None)
        if self.weights is not None:
            yield from [(1, parents)] * (self.stored.location or 0)
        yield from [(self.partition.groups, features)] * self.stored.group
        for outputs, count in zip(self.partition.classes, self.stored.classes, strict=True):
            yield from [(int(outputs), features)] * count

    def filled(self, boosters: Iterator[xgb.Booster]) -> Conditional:
        """The conditional, with the next boosters."""
        location = None
        if self.weights is not None:
            trees = _next(1, self.stored.location or 0, boosters)
            location = Location(self.weights, trees)
        group = _next(self.partition.groups, self.stored.group, boosters)
        classes = tuple(
            _next(int(outputs), count, boosters)
            for outputs, count in zip(self.partition.classes, self.stored.classes, strict=True)
        )
        distribution = Distribution(self.partition, group, classes)
        return Conditional(self.parents, self.grid, distribution, location, self.residual)


def _next(outputs: int, count: int, boosters: Iterator[xgb.Booster]) -> Boosting:
    return Boosting(outputs, tuple(next(boosters) for _ in range(count)))


def trees_of(stored: StoredTrees, grids: Mapping[str, Grid], shelf: Shelf) -> Trees:
    """The chain, with its grids in drawing order.

    Raises BundleError where structure and arrays contradict each other.
    """
    names = list(grids)
    demand(
        stored.block + len(stored.conditionals) == len(names),
        "not every column of the chain is in its block or has a conditional",
    )
    weights = shelf.take("block.weights")
    check_block(weights, [len(grids[n].sizes) for n in names[: stored.block]])
    block = Block(tuple(names[: stored.block]), weights)
    later = enumerate(names[stored.block :], stored.block)
    plans = [
        _unfilled(shelf, j, grids[name], part)
        for (j, name), part in zip(later, stored.conditionals, strict=True)
    ]
    packed = BoosterArrays(
        **{f.name: shelf.take(f"booster.{f.name}") for f in fields(BoosterArrays)}
    )
    _check_outlines(packed, (outline for plan in plans for outline in plan.outlines()))
    boosters = iter(boosters_of(packed))
    conditionals = [plan.filled(boosters) for plan in plans]
    masks = None if stored.masks is None else masks_of(stored.masks, grids, shelf)
    if masks is not None:
        check_masks(masks, grids, stored.block)
    return Trees(grids, block, dict(zip(names[stored.block :], conditionals, strict=True)), masks)


def _unfilled(shelf: Shelf, j: int, grid: Grid, stored: StoredConditional) -> _Unfilled:
    at = f"conditional.{j}"
    partition = Partition(**{f.name: shelf.take(f"{at}.{f.name}") for f in fields(Partition)})
    parents = shelf.take(f"{at}.parents")
    check_parents(parents, j, at)
    weights = None
    if stored.location is not None:
        demand(isinstance(grid, NumberGrid), f"{at} has a location but its column is no number")
        weights = shelf.take(f"{at}.location")
        check_weights(weights, len(parents), at)
    residual = None
    if stored.residual:
        demand(weights is not None, f"{at} has a residual without a location")
        residual_grid = shelf.grid(f"{at}.residual", "number", grid.missing_rows)
        assert isinstance(residual_grid, NumberGrid) and isinstance(grid, NumberGrid)
        check_residual(grid, at)
        residual = residual_grid
    check_partition(partition, len((residual or grid).sizes), at)
    counts = stored.classes
    demand(len(counts) == partition.groups, f"{at} does not have a forest for each group")
    groups = [(partition.groups, stored.group), *zip(partition.classes, counts, strict=True)]
    demand(
        all(0 <= c <= _MAX_MEMBERS and (outputs > 1 or c == 0) for outputs, c in groups),
        f"{at} has an impossible forest",
    )
    return _Unfilled(grid, partition, weights, residual, stored, parents)


def _check_outlines(packed: BoosterArrays, outlines: Iterable[tuple[int, int]]) -> None:
    """Every booster has the outputs and features that its place in the chain asks for."""
    wanted = np.array(list(outlines), np.int64).reshape(-1, 2)
    for j, name in enumerate(("outputs", "features")):
        demand(
            np.array_equal(getattr(packed, name), wanted[:, j]),
            f"the boosters' {name} do not match their places in the chain",
        )
