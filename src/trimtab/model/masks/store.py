"""Masks as a small structure and named arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Int
from trimtab.codec.domain import LARGEST, MISSING
from trimtab.model.grid.checks import demand, demand_floats, demand_integers
from trimtab.model.grid.grid import Grid, LabelGrid, NumberGrid
from trimtab.model.grid.store import Shelf, Stored
from trimtab.model.masks.any_order import joint
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.masks import Masks
from trimtab.model.masks.relation import Relation
from trimtab.model.masks.restriction import MAX_CELLS, Restriction


class StoredClasses(Stored):
    """A column by its place in the chain; its bounds are an array. `pooled` is a code, or None."""

    column: int
    pooled: int | None


class StoredRestriction(Stored):
    """Columns by their places; which of their classes stand together is an array."""

    columns: list[int]
    rule: str = ""


class StoredRelation(Stored):
    """A relation; its factors are an array, and so is the table of its conditions."""

    target: int
    others: list[int]
    constant: float
    above: bool
    below: bool
    slack: float
    where: list[int] | None


class StoredMasks(Stored):
    """What a chain is held to."""

    classes: list[StoredClasses]
    restrictions: list[StoredRestriction]
    relations: list[StoredRelation]


def stored_masks(masks: Masks, names: Sequence[str]) -> tuple[StoredMasks, dict[str, NDArray[Any]]]:
    """The structure and the arrays of masks; `names` are the columns in drawing order."""
    place = {name: i for i, name in enumerate(names)}
    arrays: dict[str, NDArray[Any]] = {}
    classes, relations = [], []
    for name, each in masks.classes.items():
        pooled = None if each.pooled == MISSING else each.pooled
        classes.append(StoredClasses(column=place[name], pooled=pooled))
        arrays[f"mask.bounds.{place[name]}"] = each.bounds
    for i, restriction in enumerate(masks.restrictions):
        arrays[f"mask.restriction.{i}"] = restriction.allowed
    for i, relation in enumerate(masks.relations):
        arrays[f"mask.factors.{i}"] = relation.factors
        where = relation.where
        if where is not None:
            arrays[f"mask.where.{i}"] = where.allowed
        relations.append(
            StoredRelation(
                target=place[relation.target],
                others=[place[n] for n in relation.others],
                constant=relation.constant,
                above=relation.above,
                below=relation.below,
                slack=relation.slack,
                where=None if where is None else [place[n] for n in where.columns],
            )
        )
    restrictions = [
        StoredRestriction(columns=[place[n] for n in r.columns], rule=r.rule)
        for r in masks.restrictions
    ]
    return StoredMasks(classes=classes, restrictions=restrictions, relations=relations), arrays


def masks_of(stored: StoredMasks, grids: Mapping[str, Grid], shelf: Shelf) -> Masks:
    """The masks. Raises BundleError where structure and arrays contradict each other."""
    names = list(grids)

    def named(columns: Sequence[int], *, ascending: bool = True) -> tuple[str, ...]:
        sound = all(0 <= c < len(names) for c in columns) and len(set(columns)) == len(columns)
        sound &= not ascending or list(columns) == sorted(columns)
        demand(sound and len(columns) > 0, "a mask is about columns that are none, or out of order")
        return tuple(names[c] for c in columns)

    classes = {}
    for each in stored.classes:
        (name,) = named([each.column])
        demand(name not in classes, "a mask has two sets of classes of a column")
        bounds = shelf.take(f"mask.bounds.{each.column}")
        classes[name] = _classes(grids[name], bounds, each.pooled)

    def table(columns: tuple[str, ...], at: str, rule: str = "") -> Restriction:
        demand(all(n in classes for n in columns), f"{at} is about columns without classes")
        allowed = shelf.take(at)
        shape = tuple(classes[n].size for n in columns)
        sound = allowed.dtype == np.bool_ and allowed.shape == shape and allowed.size <= MAX_CELLS
        demand(sound, f"{at} is no table of its columns' classes")
        return Restriction(columns, allowed, rule)

    restrictions = tuple(
        table(named(r.columns), f"mask.restriction.{i}", r.rule)
        for i, r in enumerate(stored.restrictions)
    )
    relations = []
    for i, each_relation in enumerate(stored.relations):
        (target,) = named([each_relation.target])
        others = named(each_relation.others, ascending=False) if each_relation.others else ()
        where = None
        if each_relation.where is not None:
            where = table(named(each_relation.where), f"mask.where.{i}")
        factors = shelf.take(f"mask.factors.{i}")
        demand_floats(factors, (len(others),), f"mask.factors.{i}")
        before = (*each_relation.others, *(each_relation.where or ()))
        sound = all(c < each_relation.target for c in before)
        sound &= all(isinstance(grids[n], NumberGrid) and n in classes for n in (target, *others))
        sound &= bool(np.isfinite([each_relation.constant, each_relation.slack]).all())
        demand(sound, f"mask.factors.{i} is of a relation that cannot be")
        relations.append(
            Relation(
                target,
                others,
                factors,
                each_relation.constant,
                each_relation.above,
                each_relation.below,
                each_relation.slack,
                where,
            )
        )
    return Masks(classes, restrictions, tuple(relations))


def any_order_masks(
    stored: StoredMasks, grids: Mapping[str, Grid], shelf: Shelf, maskable: Sequence[str]
) -> Masks:
    """The masks of a model that is held to tables in any order.

    maskable  the columns that it can be held by

    Raises BundleError as `masks_of` does, and for what it cannot be held to.
    """
    masks = masks_of(stored, grids, shelf)
    sound = not masks.relations and joint(masks.restrictions, list(grids)) is not None
    sound &= {*masks.classes} <= {*maskable}
    demand(sound, "the masks of a model are no tables that it can be held to")
    return masks


def _classes(grid: Grid, bounds: Int, pooled: int | None) -> Classes:
    demand(bounds.ndim == 1, "the bounds of a mask are no list")
    demand_integers(bounds, len(bounds), -LARGEST, LARGEST, "mask.bounds")
    ascending = bool(np.all(np.diff(bounds) > 0))
    demand(ascending and (isinstance(grid, NumberGrid) or not len(bounds)), "mask.bounds is unfit")
    if pooled is None:
        return Classes(grid, bounds)
    sound = isinstance(grid, LabelGrid) and 0 <= pooled < len(grid.token)
    demand(sound, "a mask pools labels under one that there is not")
    return Classes(grid, bounds, pooled)
