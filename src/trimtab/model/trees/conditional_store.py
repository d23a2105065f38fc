"""Conditionals and locations as small structures and named arrays, and back.

Their boosters are packed together, in the order of the parts: which forest each belongs to follows
from the structure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from trimtab._arrays import Float, Int
from trimtab.model.grid.checks import demand
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.store import Shelf, Stored, grid_arrays
from trimtab.model.trees.booster_arrays import BoosterArrays, apart, check, joined
from trimtab.model.trees.boosting import Boosting
from trimtab.model.trees.checks import (
    check_parents,
    check_partition,
    check_residual,
    check_weights,
)
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.distribution import Ensembles
from trimtab.model.trees.location import Location
from trimtab.model.trees.partition import Partition

_MAX_MEMBERS = 1000  # boosters in a boosting

Part = Conditional | tuple[Location, ...]


class StoredConditional(Stored):
    """How many boosters each boosting of a column has, and which parts the column has.

    `classes` counts group by group; `location` and `residual` are None where there is none.
    """

    group: int = Field(ge=0, le=_MAX_MEMBERS)
    classes: list[int]
    location: int | None = Field(ge=0, le=_MAX_MEMBERS)
    residual: bool


class StoredLocation(Stored):
    """How many boosters locations by themselves have."""

    members: int = Field(ge=0, le=_MAX_MEMBERS)


StoredPart = StoredConditional | StoredLocation


def stored_parts(
    parts: Mapping[str, Part], boosters: str
) -> tuple[dict[str, StoredPart], dict[str, NDArray[Any]]]:
    """The structure of each part, and the arrays of all: those of a part begin with its name, those
    of all boosters with `boosters`."""
    structures: dict[str, StoredPart] = {}
    arrays: dict[str, NDArray[Any]] = {}
    trees: list[BoosterArrays] = []
    for at, part in parts.items():
        structures[at] = _structure(part)
        arrays |= _arrays(at, part)
        trees += _trees(part)
    packed = joined(trees)
    arrays |= {f"{boosters}.{f.name}": getattr(packed, f.name) for f in fields(BoosterArrays)}
    return structures, arrays


def _structure(part: Part) -> StoredPart:
    if not isinstance(part, Conditional):
        return StoredLocation(members=_count(at.boosting for at in part))
    located = _count(at.boosting for at in part.locations)
    return StoredConditional(
        group=_count(part.ensembles.groups),
        classes=[_count(classes) for classes in part.ensembles.classes],
        location=located if part.locations else None,
        residual=part.residual is not None,
    )


def _count(boostings: Iterable[Boosting]) -> int:
    return sum(boosting.trees is not None for boosting in boostings)


def _arrays(at: str, part: Part) -> dict[str, NDArray[Any]]:
    if not isinstance(part, Conditional):
        return {f"{at}.location": np.stack([one.weights for one in part])}
    cut = part.ensembles.partition
    arrays: dict[str, NDArray[Any]] = {f"{at}.{f.name}": getattr(cut, f.name) for f in fields(cut)}
    arrays[f"{at}.parents"] = part.parents
    if part.locations:
        arrays[f"{at}.location"] = np.stack([one.weights for one in part.locations])
    if part.residual is not None:
        arrays |= grid_arrays(f"{at}.residual", part.residual)
    return arrays


def _trees(part: Part) -> Iterator[BoosterArrays]:
    """Those of all boosters of a part, in the order of the file."""
    own = part.boostings() if isinstance(part, Conditional) else (at.boosting for at in part)
    yield from (boosting.trees for boosting in own if boosting.trees is not None)


@dataclass(frozen=True)
class Asked:
    """A part that is to be restored.

    before  how many columns it may look at
    grid    of the column that it is about
    sizes   how many codes the columns before are told by, if they are those of a chain
    """

    before: int
    grid: Grid
    stored: StoredPart
    sizes: Int | None = None


def parts_of(asked: Mapping[str, Asked], shelf: Shelf, boosters: str) -> dict[str, Part]:
    """The parts, by their names. Raises BundleError where structure and arrays contradict each
    other, before XGBoost sees any of them."""
    plans = {at: _unfilled(shelf, at, one) for at, one in asked.items()}
    packed = BoosterArrays(
        **{f.name: shelf.take(f"{boosters}.{f.name}") for f in fields(BoosterArrays)}
    )
    _check_outlines(packed, (outline for plan in plans.values() for outline in plan.outlines()))
    check(packed)
    trees = apart(packed)
    return {at: plan.filled(trees) for at, plan in plans.items()}


@dataclass(frozen=True)
class _UnfilledLocation:
    """Locations with their boosters still to be filled in."""

    weights: Float
    members: int
    sizes: Int | None

    def outlines(self) -> Iterator[tuple[int, int]]:
        """(outputs, features) of each booster, in the order of the file."""
        yield from [(1, self.weights.shape[1] - 1)] * self.members

    def filled(self, trees: Iterator[BoosterArrays]) -> tuple[Location, ...]:
        """The locations, with the next trees.

        Those of files of before may have other numbers of boosters than of regressions, which were
        averaged: the average stands beside each.
        """
        own = _next(1, self.members, trees, self.sizes)
        weights = self.weights
        if len(own) == 1 and self.members == 0:
            own *= len(weights)
        if len(own) != len(weights):
            weights = np.broadcast_to(weights.mean(axis=0), (len(own), weights.shape[1]))
        return tuple(Location(w, boosting) for w, boosting in zip(weights, own, strict=True))


@dataclass(frozen=True)
class _Unfilled:
    """A column's conditional with its boosters still to be filled in."""

    grid: Grid
    partition: Partition
    location: _UnfilledLocation | None
    residual: NumberGrid | None
    stored: StoredConditional
    parents: Int
    sizes: Int | None

    def outlines(self) -> Iterator[tuple[int, int]]:
        """(outputs, features) of each booster, in the order of the file."""
        features = len(self.parents) + (self.location is not None)
        if self.location is not None:
            yield from self.location.outlines()
        yield from [(self.partition.groups, features)] * self.stored.group
        for outputs, count in zip(self.partition.classes, self.stored.classes, strict=True):
            yield from [(int(outputs), features)] * count

    def filled(self, trees: Iterator[BoosterArrays]) -> Conditional:
        """The conditional, with the next trees."""
        locations = () if self.location is None else self.location.filled(trees)
        sizes = self.sizes
        if sizes is not None and locations:
            sizes = np.append(sizes, 0)
        groups = _next(self.partition.groups, self.stored.group, trees, sizes)
        classes = tuple(
            _next(int(outputs), count, trees, sizes)
            for outputs, count in zip(self.partition.classes, self.stored.classes, strict=True)
        )
        ensembles = Ensembles(self.partition, groups, classes)
        return Conditional(self.parents, self.grid, ensembles, locations, self.residual)


def _next(
    outputs: int, count: int, trees: Iterator[BoosterArrays], sizes: Int | None
) -> tuple[Boosting, ...]:
    """So many members, or one that says nothing."""
    members = tuple(Boosting(outputs, next(trees), sizes) for _ in range(count))
    return members or (Boosting(outputs),)


def _unfilled(shelf: Shelf, at: str, asked: Asked) -> _Unfilled | _UnfilledLocation:
    if isinstance(asked.stored, StoredLocation):
        return _location(shelf, at, asked.before, asked.stored.members, asked.grid, None)
    stored, grid = asked.stored, asked.grid
    partition = Partition(**{f.name: shelf.take(f"{at}.{f.name}") for f in fields(Partition)})
    parents = shelf.take(f"{at}.parents")
    check_parents(parents, asked.before, at)
    sizes = None if asked.sizes is None else asked.sizes[parents]
    location = None
    if stored.location is not None:
        location = _location(shelf, at, len(parents), stored.location, grid, sizes)
    residual = None
    if stored.residual:
        demand(location is not None, f"{at} has a residual without a location")
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
    return _Unfilled(grid, partition, location, residual, stored, parents, sizes)


def _location(
    shelf: Shelf, at: str, width: int, members: int, grid: Grid, sizes: Int | None
) -> _UnfilledLocation:
    demand(isinstance(grid, NumberGrid), f"{at} has a location but its column is no number")
    weights = shelf.take(f"{at}.location")
    check_weights(weights, width, at)
    return _UnfilledLocation(weights, members, sizes)


def _check_outlines(packed: BoosterArrays, outlines: Iterable[tuple[int, int]]) -> None:
    """Every booster has the outputs and features that its place in the chain asks for."""
    wanted = np.array(list(outlines), np.int64).reshape(-1, 2)
    for j, name in enumerate(("outputs", "features")):
        demand(
            np.array_equal(getattr(packed, name), wanted[:, j]),
            f"the boosters' {name} do not match their places in the chain",
        )
