"""Conditionals and locations as small structures and named arrays, and back.

Their boosters are packed together, in the order of the parts: which forest each belongs to follows
from the structure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray
from pydantic import Field

from trimtab._arrays import Float, Int
from trimtab.model.grid.checks import demand
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.store import Shelf, Stored, grid_arrays
from trimtab.model.trees.booster_arrays import BoosterArrays, arrays_of, boosters_of
from trimtab.model.trees.boosting import Boosting
from trimtab.model.trees.checks import (
    check_parents,
    check_partition,
    check_residual,
    check_weights,
)
from trimtab.model.trees.conditional import Conditional, conditional_of
from trimtab.model.trees.distribution import members_of
from trimtab.model.trees.location import Location
from trimtab.model.trees.partition import Partition

_MAX_MEMBERS = 1000  # boosters in a boosting

_T = TypeVar("_T")
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
    members: list[xgb.Booster] = []
    for at, part in parts.items():
        structures[at] = _structure(part)
        arrays |= _arrays(at, part)
        members += _members(part)
    packed = arrays_of(members)
    arrays |= {f"{boosters}.{f.name}": getattr(packed, f.name) for f in fields(BoosterArrays)}
    return structures, arrays


@dataclass(frozen=True)
class _Parts:
    """What the members of a conditional have between them, each once.

    classes  of each group
    """

    locations: tuple[Location, ...]
    groups: tuple[Boosting, ...]
    classes: tuple[tuple[Boosting, ...], ...]

    @classmethod
    def of(cls, conditional: Conditional) -> _Parts:
        """Those of a conditional: members share what there are fewer of."""
        members = conditional.members
        several = zip(*(m.distribution.classes for m in members), strict=True)
        return cls(
            _distinct(m.location for m in members if m.location is not None),
            _distinct(m.distribution.group for m in members),
            tuple(_distinct(classes) for classes in several),
        )

    def boosters(self) -> Iterator[xgb.Booster]:
        """All boosters, in the order of the file."""
        yield from _boosters(at.boosting for at in self.locations)
        yield from _boosters(self.groups)
        for classes in self.classes:
            yield from _boosters(classes)


def _distinct(things: Iterable[_T]) -> tuple[_T, ...]:
    return tuple({id(thing): thing for thing in things}.values())


def _boosters(boostings: Iterable[Boosting]) -> list[xgb.Booster]:
    return [b.booster for b in boostings if b.booster is not None]


def _structure(part: Part) -> StoredPart:
    if not isinstance(part, Conditional):
        return StoredLocation(members=len(_boosters(at.boosting for at in part)))
    parts = _Parts.of(part)
    located = len(_boosters(at.boosting for at in parts.locations))
    return StoredConditional(
        group=len(_boosters(parts.groups)),
        classes=[len(_boosters(classes)) for classes in parts.classes],
        location=located if parts.locations else None,
        residual=part.located,
    )


def _arrays(at: str, part: Part) -> dict[str, NDArray[Any]]:
    if not isinstance(part, Conditional):
        return {f"{at}.location": np.stack([one.weights for one in part])}
    member, locations = part.members[0], _Parts.of(part).locations
    cut = member.distribution.partition
    arrays: dict[str, NDArray[Any]] = {f"{at}.{f.name}": getattr(cut, f.name) for f in fields(cut)}
    arrays[f"{at}.parents"] = part.parents
    if locations:
        arrays[f"{at}.location"] = np.stack([one.weights for one in locations])
    if member.residual is not None:
        arrays |= grid_arrays(f"{at}.residual", member.residual)
    return arrays


def _members(part: Part) -> Iterator[xgb.Booster]:
    """All boosters of a part, in the order of the file."""
    if isinstance(part, Conditional):
        yield from _Parts.of(part).boosters()
    else:
        yield from _boosters(at.boosting for at in part)


@dataclass(frozen=True)
class Asked:
    """A part that is to be restored.

    before  how many columns it may look at
    grid    of the column that it is about
    """

    before: int
    grid: Grid
    stored: StoredPart


def parts_of(asked: Mapping[str, Asked], shelf: Shelf, boosters: str) -> dict[str, Part]:
    """The parts, by their names. Raises BundleError where structure and arrays contradict each
    other, before XGBoost sees any of them."""
    plans = {at: _unfilled(shelf, at, one) for at, one in asked.items()}
    packed = BoosterArrays(
        **{f.name: shelf.take(f"{boosters}.{f.name}") for f in fields(BoosterArrays)}
    )
    _check_outlines(packed, (outline for plan in plans.values() for outline in plan.outlines()))
    members = iter(boosters_of(packed))
    return {at: plan.filled(members) for at, plan in plans.items()}


@dataclass(frozen=True)
class _UnfilledLocation:
    """Locations with their boosters still to be filled in."""

    weights: Float
    members: int

    def outlines(self) -> Iterator[tuple[int, int]]:
        """(outputs, features) of each booster, in the order of the file."""
        yield from [(1, self.weights.shape[1] - 1)] * self.members

    def filled(self, boosters: Iterator[xgb.Booster]) -> tuple[Location, ...]:
        """The locations, with the next boosters.

        Those of files of before may have other numbers of boosters than of regressions, which were
        averaged: the average stands beside each.
        """
        own = _next(1, self.members, boosters)
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

    def outlines(self) -> Iterator[tuple[int, int]]:
        """(outputs, features) of each booster, in the order of the file."""
        features = len(self.parents) + (self.location is not None)
        if self.location is not None:
            yield from self.location.outlines()
        yield from [(self.partition.groups, features)] * self.stored.group
        for outputs, count in zip(self.partition.classes, self.stored.classes, strict=True):
            yield from [(int(outputs), features)] * count

    def filled(self, boosters: Iterator[xgb.Booster]) -> Conditional:
        """The conditional, with the next boosters."""
        locations = () if self.location is None else self.location.filled(boosters)
        groups = _next(self.partition.groups, self.stored.group, boosters)
        classes = [
            _next(int(outputs), count, boosters)
            for outputs, count in zip(self.partition.classes, self.stored.classes, strict=True)
        ]
        distributions = members_of(self.partition, groups, classes)
        return conditional_of(self.parents, self.grid, distributions, locations, self.residual)


def _next(outputs: int, count: int, boosters: Iterator[xgb.Booster]) -> tuple[Boosting, ...]:
    """So many members, or one that says nothing."""
    members = tuple(Boosting(outputs, next(boosters)) for _ in range(count))
    return members or (Boosting(outputs),)


def _unfilled(shelf: Shelf, at: str, asked: Asked) -> _Unfilled | _UnfilledLocation:
    if isinstance(asked.stored, StoredLocation):
        return _location(shelf, at, asked.before, asked.stored.members, asked.grid)
    stored, grid = asked.stored, asked.grid
    partition = Partition(**{f.name: shelf.take(f"{at}.{f.name}") for f in fields(Partition)})
    parents = shelf.take(f"{at}.parents")
    check_parents(parents, asked.before, at)
    location = None
    if stored.location is not None:
        location = _location(shelf, at, len(parents), stored.location, grid)
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
    return _Unfilled(grid, partition, location, residual, stored, parents)


def _location(shelf: Shelf, at: str, width: int, members: int, grid: Grid) -> _UnfilledLocation:
    demand(isinstance(grid, NumberGrid), f"{at} has a location but its column is no number")
    weights = shelf.take(f"{at}.location")
    check_weights(weights, width, at)
    return _UnfilledLocation(weights, members)


def _check_outlines(packed: BoosterArrays, outlines: Iterable[tuple[int, int]]) -> None:
    """Every booster has the outputs and features that its place in the chain asks for."""
    wanted = np.array(list(outlines), np.int64).reshape(-1, 2)
    for j, name in enumerate(("outputs", "features")):
        demand(
            np.array_equal(getattr(packed, name), wanted[:, j]),
            f"the boosters' {name} do not match their places in the chain",
        )
