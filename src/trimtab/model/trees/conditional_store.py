"""Conditionals and locations as small structures and named arrays, and back.

Their boosters are packed together, in the order of the parts: which forest each belongs to follows
from the structure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

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
from trimtab.model.trees.conditional import Conditional, Distribution
from trimtab.model.trees.location import Location
from trimtab.model.trees.partition import Partition

_MAX_MEMBERS = 1000  # boosters in a boosting

Part = Conditional | Location


class StoredConditional(Stored):
    """How many boosters each boosting of a column has, and which parts the column has.

    `classes` counts group by group; `location` and `residual` are None where there is none.
    """

    group: int = Field(ge=0, le=_MAX_MEMBERS)
    classes: list[int]
    location: int | None = Field(ge=0, le=_MAX_MEMBERS)
    residual: bool


class StoredLocation(Stored):
    """How many boosters a location by itself has."""

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


def _structure(part: Part) -> StoredPart:
    if isinstance(part, Location):
        return StoredLocation(members=len(part.boosting.members))
    location = part.location
    return StoredConditional(
        group=len(part.distribution.group.members),
        classes=[len(boosting.members) for boosting in part.distribution.classes],
        location=None if location is None else len(location.boosting.members),
        residual=part.residual is not None,
    )


def _arrays(at: str, part: Part) -> dict[str, NDArray[Any]]:
    if isinstance(part, Location):
        return {f"{at}.location": part.weights}
    cut = part.distribution.partition
    arrays: dict[str, NDArray[Any]] = {f"{at}.{f.name}": getattr(cut, f.name) for f in fields(cut)}
    arrays[f"{at}.parents"] = part.parents
    if part.location is not None:
        arrays[f"{at}.location"] = part.location.weights
    if part.residual is not None:
        arrays |= grid_arrays(f"{at}.residual", part.residual)
    return arrays


def _members(part: Part) -> Iterator[xgb.Booster]:
    """All boosters of a part, in the order of the file."""
    if isinstance(part, Location):
        yield from part.boosting.members
        return
    if part.location is not None:
        yield from part.location.boosting.members
    yield from part.distribution.group.members
    for boosting in part.distribution.classes:
        yield from boosting.members


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
    """A location with its boosters still to be filled in."""

    weights: Float
    members: int

    def outlines(self) -> Iterator[tuple[int, int]]:
        """(outputs, features) of each booster, in the order of the file."""
        yield from [(1, self.weights.shape[1] - 1)] * self.members

    def filled(self, boosters: Iterator[xgb.Booster]) -> Location:
        """The location, with the next boosters."""
        return Location(self.weights, _next(1, self.members, boosters))


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
        location = None if self.location is None else self.location.filled(boosters)
        group = _next(self.partition.groups, self.stored.group, boosters)
        classes = tuple(
            _next(int(outputs), count, boosters)
            for outputs, count in zip(self.partition.classes, self.stored.classes, strict=True)
        )
        distribution = Distribution(self.partition, group, classes)
        return Conditional(self.parents, self.grid, distribution, location, self.residual)


def _next(outputs: int, count: int, boosters: Iterator[xgb.Booster]) -> Boosting:
    return Boosting(outputs, tuple(next(boosters) for _ in range(count)))


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
