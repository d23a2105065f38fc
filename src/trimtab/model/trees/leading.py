"""The leading block of a chain with what masks leave of it: filled, told, and conditioned on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.codec.domain import Codes
from trimtab.errors import RefusedError
from trimtab.model.grid.distribution import PiecewiseDistributions
from trimtab.model.grid.grid import Grid
from trimtab.model.interface import FIRST_SET, GIVEN, PRESENT, Condition, Request, Stream
from trimtab.model.masks.axis import Axis, axes_of
from trimtab.model.masks.masks import Masks
from trimtab.model.trees.block import Block


@dataclass(frozen=True, eq=False)
class Lead:
    """A block over the cells of its columns.

    axes  of the columns
    held  the joint table of cells that masks leave
    free  the same without masks, for rows of which what is given breaks a rule
    """

    axes: Mapping[str, Axis]
    held: Block
    free: Block

    def fill(self, request: Request, stream_of: Callable[[str], Stream]) -> dict[str, Int]:
        """The codes of the block's columns: what is given, and draws of the rest."""
        if not self.axes:
            return {}
        known, shares = {}, {}
        for name, axis in self.axes.items():
            condition = request.conditions.get(name)
            if condition is not None:
                known[name], shares[name] = _asked(axis, condition)
        uniforms = stream_of("\x00block")("cell")
        cells = self.held.draw(request.rows, known, shares, uniforms, self.free)
        codes = {}
        for name, axis in self.axes.items():
            stream, mine = stream_of(name), cells[name]
            place, grain = stream("place"), stream("grain")
            codes[name] = axis.decode(mine, place, grain)
            if name not in request.conditions:
                continue
            condition = request.conditions[name]
            for i, allowed in enumerate(condition.sets):
                at = np.flatnonzero(condition.state == FIRST_SET + i)
                codes[name][at] = axis.decode(mine[at], place[at], grain[at], allowed)
            codes[name] = np.where(condition.state == GIVEN, condition.value, codes[name])
        return codes

    def conditional(self, given: Codes, column: str) -> PiecewiseDistributions:
        """How a column is distributed given others of the block."""
        known = {n: self.axes[n].of(given[n]) for n in given.columns if n in self.axes}
        try:
            masses = self.held.tokens_given(given.rows, known, column)
        except RefusedError:  # what is given breaks a rule: the rest is as it would be without
            masses = self.free.tokens_given(given.rows, known, column)
        return self.axes[column].distributions(masses)

    def log_prob(self, codes: Codes) -> Float:
        """Log probability of the cells of each row, each with the share of its token that it is;
        what codes are inside their tokens is not in it."""
        cells = {n: axis.of(codes[n]) for n, axis in self.axes.items()}
        with np.errstate(divide="ignore"):
            total = np.log(self.held.weights[tuple(cells.values())])
        for name, axis in self.axes.items():
            total = total - np.log(axis.shares[cells[name]])
        return np.asarray(total)


def lead_of(block: Block, grids: Mapping[str, Grid], masks: Masks | None) -> Lead:
    """A block held to what masks say of its columns alone."""
    axes = axes_of(block.columns, grids, masks)
    left = None if masks is None else masks.of_block(block.columns)
    if left is None:
        return Lead(axes, block, block)
    cells = block.weights[np.ix_(*(axis.tokens for axis in axes.values()))]
    cells = cells * reduce(np.multiply.outer, [axis.shares for axis in axes.values()])
    allowed = left.allowed[np.ix_(*(axes[n].of_classes for n in left.columns))]
    shape = [axis.size if n in left.columns else 1 for n, axis in axes.items()]
    free, kept = Block(block.columns, cells), cells * allowed.reshape(shape)
    total = kept.sum()
    return Lead(axes, Block(block.columns, kept / total) if total > 0 else free, free)


def _asked(
    axis: Axis, condition: Condition
) -> tuple[tuple[Int, Int], tuple[Int, tuple[Float, ...]]]:
    """What `Block.draw` has to know of a column: cells by value, and shares of cells by set."""
    mask = condition.state == GIVEN
    cells = np.zeros(len(mask), np.int64)
    cells[mask] = axis.of(condition.value[mask])
    index = np.maximum(condition.state - FIRST_SET, -1)
    index[condition.state == PRESENT] = len(condition.sets)  # one set more: all but missing
    present = np.ones(axis.size)
    present[: int(axis.grid.nullable)] = 0.0
    return (mask, cells), (index, (*(axis.shares_of(s) for s in condition.sets), present))
