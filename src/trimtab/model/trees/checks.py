"""What must hold of the parts of a chain that were read from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.model.grid.checks import (
    MAX_FOLDS,
    MAX_ROWS,
    SUM_SLACK,
    demand,
    demand_few,
    demand_floats,
    demand_integers,
)
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.masks.axis import MAX_CUT, axes_of
from trimtab.model.masks.masks import Masks
from trimtab.model.trees.partition import MAX_CLASSES, Partition


def check_residual(grid: NumberGrid, at: str) -> None:
    """A number whose residual is drawn: it has values."""
    demand(len(grid.low) > 0, f"{at} has a residual but no values")


def check_partition(part: Partition, tokens: int, at: str) -> None:
    """Groups ascend from 0 without a gap, and so do the classes inside each group."""
    demand_integers(part.group, tokens, 0, tokens - 1, f"{at}.group")
    demand_integers(part.klass, tokens, 0, MAX_CLASSES, f"{at}.klass")
    demand_integers(part.sizes, tokens, 0, MAX_ROWS, f"{at}.sizes")
    demand_few(part.sizes, at)
    group_step, class_step = np.diff(part.group), np.diff(part.klass)
    opens = group_step == 1
    ascending = np.all((group_step == 0) | opens) and part.group[0] == 0
    demand(bool(ascending), f"the groups of {at} do not ascend one by one")
    inside = np.all((class_step[~opens] == 0) | (class_step[~opens] == 1))
    starts = part.klass[0] == 0 and np.all(part.klass[1:][opens] == 0)
    demand(bool(inside and starts), f"the classes of {at} do not ascend one by one")


def check_block(weights: Float, shape: Sequence[int]) -> None:
    """The joint table of the leading block."""
    demand_floats(weights, tuple(shape), "block.weights")
    fair = np.all(weights >= 0) and abs(weights.sum() - 1) < SUM_SLACK
    demand(bool(fair), "block.weights are no probabilities: expected none below 0, and a sum of 1")


def check_parents(parents: Int, before: int, at: str) -> None:
    """Positions of columns before this one, ascending."""
    demand(parents.ndim == 1 and len(parents) <= before, f"{at}.parents is no list of columns")
    demand_integers(parents, len(parents), 0, max(before - 1, 0), f"{at}.parents")
    demand(bool(np.all(np.diff(parents) > 0)), f"{at}.parents do not ascend")


def check_weights(weights: Float | Int, parents: int, at: str) -> None:
    """The ridge regressions of a location, [folds, parents + 1]."""
    demand(weights.ndim == 2, f"{at}.location is no table")
    demand(1 <= len(weights) <= MAX_FOLDS, f"{at}.location has {len(weights)} folds")
    demand_floats(np.asarray(weights), (len(weights), parents + 1), f"{at}.location")


def check_masks(masks: Masks, grids: Mapping[str, Grid], block: int) -> None:
    """The first `block` columns are enumerated: no range says what one of them may be, and their
    cells, as masks cut them, are not too many."""
    lead = list(grids)[:block]
    targets = [r.target for r in masks.relations if r.target in lead]
    demand(not targets, "a mask is about a number that is enumerated")
    cells = prod(axis.size for axis in axes_of(lead, grids, masks).values())
    demand(cells <= MAX_CUT, "the masks cut a block into too many cells")
