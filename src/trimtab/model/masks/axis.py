"""A column of a joint table in cells: its tokens, cut where rules tell classes apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.model.grid.distribution import PiecewiseDistributions, normalised, of_tokens
from trimtab.model.grid.grid import Grid
from trimtab.model.grid.intervals import Allowed, decode_allowed, shares_of
from trimtab.model.grid.sets import common
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.masks import Masks
from trimtab.model.masks.pieces import by_class

MAX_CUT = 100_000  # cells of a joint table


@dataclass(frozen=True, eq=False)
class Axis:
    """The cells of a column: of a number that has classes, the part of a token's draws in a class;
    else the tokens.
    """

    grid: Grid
    classes: Classes | None = None

    @property
    def cut(self) -> bool:
        """Whether tokens are cut."""
        return self.classes is not None and self.classes.is_number

    @property
    def size(self) -> int:
        """How many cells."""
        return len(self.tokens)

    @cached_property
    def _cells(self) -> tuple[Int, Int]:
        if self.classes is None or not self.cut:
            every = np.arange(len(self.grid.sizes))
            return every, every
        klass, token = np.nonzero(self.classes.token_shares)
        order = np.lexsort((klass, token))
        return token[order], klass[order]

    @property
    def tokens(self) -> Int:
        """[C] the token of each cell."""
        return self._cells[0]

    @property
    def of_classes(self) -> Int:
        """[C] the class of each cell."""
        return self._cells[1]

    @cached_property
    def shares(self) -> Float:
        """[C] which share of its token's draws a cell is."""
        if self.classes is None or not self.cut:
            return np.ones(self.size)
        return self.classes.token_shares[self.of_classes, self.tokens]

    def of(self, codes: Int) -> Int:
        """The cell of each code; of one that is never drawn, that of its token nearest to it."""
        tokens = self.grid.tokens(self.grid.encode(codes))
        if not self.cut:
            return tokens
        assert self.classes is not None
        wanted = self.classes.of(codes)
        first = np.searchsorted(self.tokens, tokens, "left")
        last = np.searchsorted(self.tokens, tokens, "right") - 1
        span = self.classes.size
        at = np.searchsorted(self.tokens * span + self.of_classes, tokens * span + wanted)
        return at.clip(first, last)

    def shares_of(self, allowed: Allowed) -> Float:
        """[C] which share of each cell's draws is in a set."""
        if not self.cut:
            return shares_of(self.grid, allowed)
        out = np.zeros(self.size)
        for klass, cells in self._by_class():
            inside = shares_of(self.grid, common(self._codes_of(klass), allowed))
            out[cells] = inside[self.tokens[cells]] / self.shares[cells]
        return np.minimum(out, 1.0)

    def decode(self, cells: Int, place: Float, grain: Float, allowed: Allowed | None = None) -> Int:
        """A code in each cell (and in a set), from uniforms `place` and `grain`."""
        tokens = self.tokens[cells]
        if not self.cut:
            if allowed is None:
                return self.grid.decode(tokens, place, grain)
            return decode_allowed(self.grid, allowed, tokens, place, grain)
        codes = np.zeros(len(cells), np.int64)
        of_classes = self.of_classes[cells]
        for klass in np.unique(of_classes).tolist():
            at = np.flatnonzero(of_classes == klass)
            inside = self._codes_of(klass)
            inside = inside if allowed is None else common(inside, allowed)
            codes[at] = decode_allowed(self.grid, inside, tokens[at], place[at], grain[at])
        return codes

    def distributions(self, masses: Float) -> PiecewiseDistributions:
        """The distributions of the column whose cells have these probabilities, [rows, C]."""
        tokens = np.zeros((len(masses), len(self.grid.sizes)))
        np.add.at(tokens.T, self.tokens, masses.T)
        if not self.cut:
            return of_tokens(self.grid, tokens)
        assert self.classes is not None
        even = of_tokens(self.grid, np.ones((1, tokens.shape[1])) / tokens.shape[1])
        pieces = by_class(self.classes, even)
        cell = self.of(pieces.first)
        within = pieces.mass[0] / np.bincount(cell, pieces.mass[0], minlength=self.size)[cell]
        mass = masses[:, cell] * within
        missing = masses[:, 0] if self.grid.nullable else np.zeros(len(masses))
        return normalised(pieces.first, pieces.last, mass, missing, pieces.unit)

    def _codes_of(self, klass: int) -> Allowed:
        assert self.classes is not None
        only = np.zeros(self.classes.size, bool)
        only[klass] = True
        return self.classes.allowed(only)

    def _by_class(self) -> list[tuple[int, Int]]:
        return [(k, np.flatnonzero(self.of_classes == k)) for k in np.unique(self.of_classes)]


def axes_of(
    names: Sequence[str], grids: Mapping[str, Grid], masks: Masks | None
) -> dict[str, Axis]:
    """The axes of the joint table of some leading columns: cut where masks tell them apart."""
    left = None if masks is None else masks.of_block(names)
    if masks is None or left is None:
        return {n: Axis(grids[n]) for n in names}
    return {n: Axis(grids[n], masks.classes[n] if n in left.columns else None) for n in names}
