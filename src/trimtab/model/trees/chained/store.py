"""Passes of trees as a small structure and named arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from trimtab.model.grid.checks import demand
from trimtab.model.grid.grid import Grid
from trimtab.model.grid.store import Shelf, Stored
from trimtab.model.masks.store import StoredMasks, masks_of, stored_masks
from trimtab.model.trees.chain_rows import codes_of
from trimtab.model.trees.chained.chained import Chained
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.conditional_store import (
    Asked,
    StoredConditional,
    parts_of,
    stored_parts,
)
from trimtab.model.trees.store import StoredTrees, stored_trees, trees_of

_MAX_PASSES = 1_000


class StoredChained(Stored):
    """Passes of trees: `columns` are the positions of those that are drawn anew."""

    kind: Literal["chained"] = "chained"
    first: StoredTrees
    columns: list[int]
    conditionals: list[StoredConditional]
    passes: int = Field(ge=0, le=_MAX_PASSES)
    masks: StoredMasks | None = None


def stored_chained(model: Chained) -> tuple[StoredChained, dict[str, NDArray[Any]]]:
    """The structure and the arrays of a model, grids apart."""
    first, arrays = stored_trees(model.first)
    places = {model.columns.index(name): c for name, c in model.conditionals.items()}
    parts = {f"pass.{place}": conditional for place, conditional in places.items()}
    structures, own = stored_parts(parts, "passes")
    arrays |= own
    masks = None
    if model.masks is not None:
        masks, of_masks = stored_masks(model.masks, model.columns)
        arrays |= of_masks
    stored = StoredChained(
        first=first,
        columns=list(places),
        conditionals=[s for s in structures.values() if isinstance(s, StoredConditional)],
        passes=model.passes,
        masks=masks,
    )
    return stored, {name: np.asarray(values, order="C") for name, values in arrays.items()}


def chained_of(stored: StoredChained, grids: Mapping[str, Grid], shelf: Shelf) -> Chained:
    """The model, with its grids in drawing order.

    Raises BundleError where structure and arrays contradict each other.
    """
    names = list(grids)
    demand(stored.first.masks is None, "the chain before the passes is held to masks")
    places = np.array([-1, *stored.columns, len(names)])
    ascending = bool((np.diff(places) > 0).all())
    demand(ascending, "the columns of the passes do not ascend")
    demand(
        len(stored.columns) == len(stored.conditionals),
        "not every column of the passes has a conditional",
    )
    first = trees_of(stored.first, grids, shelf)
    sizes = np.array([codes_of(grids[n]) for n in names], np.int64)
    asked = {
        f"pass.{place}": Asked(len(names), grids[names[place]], part, sizes)
        for place, part in zip(stored.columns, stored.conditionals, strict=True)
    }
    parts = parts_of(asked, shelf, "passes")
    conditionals = {}
    for place in stored.columns:
        part = parts[f"pass.{place}"]
        assert isinstance(part, Conditional)
        demand(place not in part.parents, f"pass.{place} is given its own column")
        conditionals[names[place]] = part
    masks = None if stored.masks is None else masks_of(stored.masks, grids, shelf)
    return Chained(first, conditionals, stored.passes, masks)
