"""Grids as small structures and named arrays, and back; what every kind of stored model shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from trimtab.errors import BundleError
from trimtab.model.grid.checks import MAX_ROWS, check_grid, demand
from trimtab.model.grid.grid import Grid, LabelGrid, NumberGrid


class Stored(BaseModel):
    """A part of a structure: frozen, and exactly as it was written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class StoredGrid(Stored):
    """A grid; its arrays are grid.I.* where I is its place in the model."""

    name: str
    kind: Literal["number", "label"]
    missing_rows: int = Field(ge=0, le=MAX_ROWS)


def stored_grid(name: str, grid: Grid) -> StoredGrid:
    """The structure of a grid."""
    kind: Literal["number", "label"] = "number" if isinstance(grid, NumberGrid) else "label"
    return StoredGrid(name=name, kind=kind, missing_rows=grid.missing_rows)


def grid_arrays(at: str, grid: Grid) -> dict[str, NDArray[Any]]:
    """The arrays of a grid."""
    return {f"{at}.{part}": getattr(grid, part) for part in _grid_parts(grid)}


class StoredGrids(BaseModel):
    """What every stored model begins with: its grids, in the order it draws its columns."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    kind: str
    grids: list[StoredGrid]


def stored_grids(grids: Mapping[str, Grid]) -> tuple[list[StoredGrid], dict[str, NDArray[Any]]]:
    """The structures and the arrays of all grids."""
    arrays: dict[str, NDArray[Any]] = {}
    for i, grid in enumerate(grids.values()):
        arrays |= grid_arrays(f"grid.{i}", grid)
    return [stored_grid(name, grid) for name, grid in grids.items()], arrays


def _grid_parts(grid: Grid | type[Grid]) -> Iterator[str]:
    return (f.name for f in fields(grid) if f.name != "missing_rows")


@dataclass
class Shelf:
    """Arrays by name, each taken once; what is left at the end is not known."""

    arrays: dict[str, NDArray[Any]]

    def check_empty(self) -> None:
        """Raise BundleError if an array was not taken."""
        if self.arrays:
            raise BundleError(f"the array {min(self.arrays)} is unknown")

    def grids(self, stored: Sequence[StoredGrid]) -> dict[str, Grid]:
        """The grids of all columns, whose arrays are grid.I.*."""
        names = [g.name for g in stored]
        demand(len(set(names)) == len(names), "a column stands twice in the model")
        return {
            g.name: self.grid(f"grid.{i}", g.kind, g.missing_rows) for i, g in enumerate(stored)
        }

    def take(self, name: str) -> NDArray[Any]:
        """One array. Raises BundleError where it is missing."""
        if name not in self.arrays:
            raise BundleError(f"the array {name} is missing")
        return self.arrays.pop(name)

    def grid(self, at: str, kind: Literal["number", "label"], missing_rows: int) -> Grid:
        """One grid, checked."""
        type_: type[Grid] = NumberGrid if kind == "number" else LabelGrid
        parts = {part: self.take(f"{at}.{part}") for part in _grid_parts(type_)}
        grid = type_(**parts, missing_rows=missing_rows)
        check_grid(grid, at)
        return grid
