"""A chain of trees as a small structure and named arrays, and back.

The structure says which columns there are, in which order, and what belongs to each; the numbers
are in the arrays. All are checked against each other before XGBoost sees the first of them.
"""

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
from trimtab.model.trees.block import Block
from trimtab.model.trees.chain_rows import codes_of
from trimtab.model.trees.checks import check_block, check_masks
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.conditional_store import (
    Asked,
    StoredConditional,
    parts_of,
    stored_parts,
)
from trimtab.model.trees.trees import Trees


class StoredTrees(Stored):
    """A chain: the first `block` of its columns in the block."""

    kind: Literal["trees"] = "trees"
    block: int = Field(ge=0)
    conditionals: list[StoredConditional]
    masks: StoredMasks | None = None


def stored_trees(trees: Trees) -> tuple[StoredTrees, dict[str, NDArray[Any]]]:
    """The structure and the arrays of a chain, grids apart."""
    parts = {
        f"conditional.{i}": trees.conditionals[name]
        for i, name in enumerate(trees.columns)
        if name in trees.conditionals
    }
    structures, arrays = stored_parts(parts, "booster")
    arrays["block.weights"] = trees.block.weights
    masks = None
    if trees.masks is not None:
        masks, own = stored_masks(trees.masks, trees.columns)
        arrays |= own
    stored = StoredTrees(
        block=len(trees.block.columns),
        conditionals=[s for s in structures.values() if isinstance(s, StoredConditional)],
        masks=masks,
    )
    return stored, {name: np.asarray(values, order="C") for name, values in arrays.items()}


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
    sizes = np.array([codes_of(grids[n]) for n in names], np.int64)
    later = list(enumerate(names[stored.block :], stored.block))
    asked = {
        f"conditional.{j}": Asked(j, grids[name], part, sizes)
        for (j, name), part in zip(later, stored.conditionals, strict=True)
    }
    parts = parts_of(asked, shelf, "booster")
    conditionals = {name: parts[f"conditional.{j}"] for j, name in later}
    masks = None if stored.masks is None else masks_of(stored.masks, grids, shelf)
    if masks is not None:
        check_masks(masks, grids, stored.block)
    known = {n: c for n, c in conditionals.items() if isinstance(c, Conditional)}
    return Trees(grids, block, known, masks)
