"""Persons with their rows as a small structure and named arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from trimtab._arrays import Int
from trimtab.codec.domain import LARGEST
from trimtab.model.grid.checks import demand, demand_integers
from trimtab.model.grid.grid import Grid, LabelGrid, NumberGrid
from trimtab.model.grid.store import Shelf, Stored, StoredGrid, grid_arrays, stored_grid
from trimtab.model.masks.store import StoredMasks, masks_of, stored_masks
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.conditional_store import (
    Asked,
    Part,
    StoredConditional,
    StoredLocation,
    StoredPart,
    parts_of,
    stored_parts,
)
from trimtab.model.trees.persons.chain import RowChain
from trimtab.model.trees.persons.columns import RowColumn
from trimtab.model.trees.persons.counting import By, Counting
from trimtab.model.trees.persons.features import ROW_FEATURES, TURN_FEATURES
from trimtab.model.trees.persons.history import KIND_FEATURES, width_of_past
from trimtab.model.trees.persons.model import Persons
from trimtab.model.trees.persons.people import COUNT, Distance, People
from trimtab.model.trees.persons.shrinkage import Shrinkage
from trimtab.model.trees.persons.standing import Kinds
from trimtab.model.trees.store import StoredTrees, stored_trees, trees_of

_MAX_ROWS = 10**7  # of a person
_PARTS = ("change", "stay", "habit")


class StoredDistance(Stored):
    """A column of persons that is known by its distance from their first moment."""

    name: str
    sign: Literal[-1, 1]
    ends: list[int] = Field(min_length=2, max_length=2)


class StoredKinds(Stored):
    """The kinds of a number; which of them a token of the label has, and their cuts, are arrays."""

    label: str
    grids: list[StoredGrid] = Field(min_length=1)


class StoredColumn(Stored):
    """A column of rows. Its waves and the cut of its steps are arrays."""

    name: str
    by: By = Field(strict=False)
    waves: bool
    steps: StoredGrid
    change: StoredConditional
    stay: StoredConditional | None
    stay_grid: StoredGrid | None
    location: StoredLocation | None
    least: int = Field(ge=0, le=1)
    kinds: StoredKinds | None = None
    shrunk: list[float] | None = Field(default=None, min_length=3, max_length=3)


class StoredPersons(Stored):
    """Persons, and their rows."""

    kind: Literal["persons"] = "persons"
    people: StoredTrees
    grids_of_people: list[StoredGrid]
    distances: list[StoredDistance]
    moment: str | None
    most: int = Field(ge=1, le=_MAX_ROWS)
    constants: list[str]
    columns: list[StoredColumn]
    bounds: list[str]
    kept: list[str]
    masks: StoredMasks | None = None


def stored_persons(model: Persons) -> tuple[StoredPersons, dict[str, NDArray[Any]]]:
    """The structure and the arrays of a model, grids of the columns' codes apart."""
    chain = model.people.chain
    people, own = stored_trees(chain)
    arrays: dict[str, NDArray[Any]] = {f"people.{n}": a for n, a in own.items()}
    for i, grid in enumerate(chain.grids.values()):
        arrays |= grid_arrays(f"people.grid.{i}", grid)
    parts: dict[str, Part] = {}
    for i, column in enumerate(model.rows.columns.values()):
        at = f"row.{i}"
        arrays |= grid_arrays(f"{at}.steps", column.change.grid)
        if column.counting.waves is not None:
            arrays[f"{at}.waves"] = column.counting.waves
        if column.kinds is not None:
            arrays[f"{at}.kinds"] = column.kinds.of_token
            for k, grid in enumerate(column.kinds.grids):
                arrays |= grid_arrays(f"{at}.kind.{k}", grid)
        parts[f"{at}.change"] = column.change
        if column.stay is not None:
            arrays |= grid_arrays(f"{at}.flags", column.stay.grid)
            parts[f"{at}.stay"] = column.stay
        if column.habit:
            parts[f"{at}.habit"] = column.habit
    structures, more = stored_parts(parts, "row.booster")
    arrays |= more
    told = [
        _column(name, column, {k: structures.get(f"row.{i}.{k}") for k in _PARTS})
        for i, (name, column) in enumerate(model.rows.columns.items())
    ]
    masks = None
    if model.masks is not None:
        masks, own = stored_masks(model.masks, model.columns)
        arrays |= own
    structure = StoredPersons(
        people=people,
        grids_of_people=[stored_grid(n, g) for n, g in chain.grids.items()],
        distances=[
            StoredDistance(name=n, sign=1 if d.sign > 0 else -1, ends=[*d.ends])
            for n, d in model.people.distances.items()
        ],
        moment=model.people.moment,
        most=model.people.most,
        constants=list(model.rows.constants),
        columns=told,
        bounds=list(model.rows.bounds),
        kept=sorted(model.kept),
        masks=masks,
    )
    return structure, {n: np.asarray(a, order="C") for n, a in arrays.items()}


def _column(name: str, column: RowColumn, parts: Mapping[str, StoredPart | None]) -> StoredColumn:
    change, stay, habit = (parts[k] for k in _PARTS)
    assert isinstance(change, StoredConditional)
    assert not isinstance(stay, StoredLocation) and not isinstance(habit, StoredConditional)
    kinds = None
    if column.kinds is not None:
        cuts = [stored_grid(name, grid) for grid in column.kinds.grids]
        kinds = StoredKinds(label=column.kinds.label, grids=cuts)
    return StoredColumn(
        name=name,
        by=column.counting.by,
        waves=column.counting.waves is not None,
        steps=stored_grid(name, column.change.grid),
        change=change,
        stay=stay,
        stay_grid=None if column.stay is None else stored_grid(name, column.stay.grid),
        location=habit,
        least=column.least,
        kinds=kinds,
        shrunk=None if column.shrunk is None else list(astuple(column.shrunk)),
    )


def persons_of(stored: StoredPersons, grids: Mapping[str, Grid], shelf: Shelf) -> Persons:
    """The model. Raises BundleError where structure and arrays contradict each other."""
    people = _people(stored, grids, shelf)
    names = [column.name for column in stored.columns]
    sound = sorted([*stored.constants, *names]) == sorted(grids)
    demand(sound, "the columns of persons and of their rows are not those that it has")
    demand(stored.moment is None or names[:1] == [stored.moment], "moments do not come first")
    constants = {n: grids[n] for n in stored.constants}
    demand(set(stored.bounds) <= set(constants), "moments are bounded by what persons do not have")
    columns = _columns(stored, constants, grids, shelf)
    rows = RowChain(constants, columns, stored.moment, tuple(stored.bounds))
    model = Persons(dict(grids), people, rows, frozenset(stored.kept))
    if stored.masks is None:
        return model
    masks = masks_of(stored.masks, {n: grids[n] for n in model.columns}, shelf)
    held = {r.last for r in masks.restrictions} | {r.target for r in masks.relations}
    demand(held <= {*model.maskable}, "masks hold columns that they cannot hold")
    return model.masked(masks)


def _people(stored: StoredPersons, grids: Mapping[str, Grid], shelf: Shelf) -> People:
    names = [grid.name for grid in stored.grids_of_people]
    firsts = {c.name for c in stored.columns if c.by is By.BEFORE}
    sound = sorted(names) == sorted({*stored.constants, *firsts, COUNT})
    demand(sound and len(set(names)) == len(names), "persons have other columns than it says")
    own = {
        grid.name: shelf.grid(f"people.grid.{i}", grid.kind, grid.missing_rows)
        for i, grid in enumerate(stored.grids_of_people)
    }
    for name, grid in own.items():
        if name in grids and name not in firsts:
            alike = type(grid) is type(grids[name])
            alike &= isinstance(grid, NumberGrid) or len(grid.rows) == len(grids[name].rows)
            demand(alike, f"{name!r} is another one of persons than of rows")
    demand(isinstance(own[COUNT], NumberGrid), "how many rows persons have is no number")
    part = Shelf({n[7:]: shelf.take(n) for n in list(shelf.arrays) if n.startswith("people.")})
    chain = trees_of(stored.people, own, part)
    part.check_empty()
    distances = {d.name: Distance(d.sign, (d.ends[0], d.ends[1])) for d in stored.distances}
    for name, distance in distances.items():
        sound = name in stored.constants and isinstance(own[name], NumberGrid)
        sound &= stored.moment is not None and isinstance(grids[name], NumberGrid)
        least, most = distance.ends
        demand(sound and -LARGEST < least <= most < LARGEST, f"{name!r} lies nowhere")
    return People(chain, distances, stored.moment, stored.most)


def _columns(
    stored: StoredPersons, constants: Mapping[str, Grid], grids: Mapping[str, Grid], shelf: Shelf
) -> dict[str, RowColumn]:
    asked: dict[str, Asked] = {}
    countings, several = [], []
    present = len(constants) + TURN_FEATURES
    past = width_of_past({c.name: grids[c.name] for c in stored.columns})
    for i, column in enumerate(stored.columns):
        at, own = f"row.{i}", ROW_FEATURES * i
        grid = grids[column.name]
        steps = shelf.grid(f"{at}.steps", column.steps.kind, column.steps.missing_rows)
        number = isinstance(steps, NumberGrid)
        demand(column.by is By.ITSELF or number, f"{column.name!r} cannot be counted")
        if column.by is By.ITSELF:
            alike = len(steps.sizes) == len(grid.sizes) and type(steps) is type(grid)
            demand(alike, f"the steps of {column.name!r} are not its codes")
        waves = _waves(shelf.take(f"{at}.waves"), column) if column.waves else None
        countings.append(Counting(column.by, waves))
        before = {c.name: grids[c.name] for c in stored.columns[:i]}
        kinds = _kinds(column, at, before, grid, shelf)
        several.append(kinds)
        more = KIND_FEATURES if kinds is not None else 0
        asked[f"{at}.change"] = Asked(present + past + own + more, steps, column.change)
        demand((column.stay is None) == (column.stay_grid is None), f"{at} stays as nothing")
        if column.stay is not None and column.stay_grid is not None:
            flags = shelf.grid(f"{at}.flags", "label", column.stay_grid.missing_rows)
            demand(len(flags.sizes) == 2, f"{column.name!r} stays in more ways than two")
            asked[f"{at}.stay"] = Asked(present + past + own + more, flags, column.stay)
        if column.location is not None:
            asked[f"{at}.habit"] = Asked(present + own, grid, column.location)
    parts = parts_of(asked, shelf, "row.booster")
    columns = {}
    for i, column in enumerate(stored.columns):
        change, stay, habit = (parts.get(f"row.{i}.{k}") for k in _PARTS)
        assert isinstance(change, Conditional)
        assert not isinstance(stay, tuple) and not isinstance(habit, Conditional)
        own_grid = grids[column.name]
        shrunk = _shrunk(column)
        columns[column.name] = RowColumn(
            countings[i], own_grid, change, stay, habit or (), column.least, several[i], shrunk
        )
    return columns


def _kinds(
    column: StoredColumn, at: str, before: Mapping[str, Grid], grid: Grid, shelf: Shelf
) -> Kinds | None:
    """The kinds of a number, which a column before it tells."""
    demand((column.by is By.KIND) == (column.kinds is not None), f"{at} is counted by no kinds")
    if column.kinds is None:
        return None
    label = before.get(column.kinds.label)
    demand(isinstance(label, LabelGrid), f"no label before {column.name!r} tells its kinds")
    demand(isinstance(grid, NumberGrid), f"{column.name!r} has kinds but is no number")
    demand(column.location is not None, f"{column.name!r} has kinds but no location")
    assert isinstance(label, LabelGrid)
    of_token = shelf.take(f"{at}.kinds")
    demand_integers(of_token, len(label.sizes), 0, len(column.kinds.grids) - 1, f"{at}.kinds")
    found = []
    for k, one in enumerate(column.kinds.grids):
        own = shelf.grid(f"{at}.kind.{k}", one.kind, one.missing_rows)
        demand(isinstance(own, NumberGrid) and len(own.sizes) > 0, f"{at}.kind.{k} is no number")
        assert isinstance(own, NumberGrid)
        demand(len(own.low) > 0, f"{at}.kind.{k} has no values")
        found.append(own)
    return Kinds(column.kinds.label, of_token, tuple(found))


def _shrunk(column: StoredColumn) -> Shrinkage | None:
    if column.shrunk is None:
        return None
    sound = all(0 < rows < LARGEST for rows in column.shrunk)
    demand(sound, f"the means of {column.name!r} are shrunk by no rows")
    return Shrinkage(*column.shrunk)


def _waves(codes: Int, column: StoredColumn) -> Int:
    demand(codes.ndim == 1 and len(codes) > 0, f"the waves of {column.name!r} are no list")
    demand_integers(codes, len(codes), -LARGEST, LARGEST, "waves")
    demand(bool(np.all(np.diff(codes) > 0)), f"the waves of {column.name!r} do not ascend")
    return codes
