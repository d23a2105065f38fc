"""Gaps filled in passes: each column given all others, by turns.

Chained equations (van Buuren & Groothuis-Oudshoorn 2011, *Journal of Statistical Software* 45/3)
with boosted trees. A chain of trees fills the gaps first, from the left, and so given only a part
of what each row holds. Then each column is drawn anew given all others, and that several times: a
Gibbs sampler of conditionals that were learned one by one, and so near a joint distribution, but
exactly given nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab._visible import visible
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.grid.grid import Grid, has_values
from trimtab.model.interface import GIVEN, HOLE, PRESENT, Condition, Request, stream_of_rows
from trimtab.model.masks.any_order import AnyOrder
from trimtab.model.masks.held import held
from trimtab.model.masks.left import Left
from trimtab.model.masks.masks import Masks
from trimtab.model.trees.chain_rows import ChainRows, View
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.given import GivenBefore
from trimtab.model.trees.trees import Trees

_FILLINGS = 20  # of a row's other gaps, over which the probability of a cell is averaged
PASSES = 10  # where columns hang together closely, five come only half of the way


@dataclass(frozen=True)
class Chained:
    """Passes of trees.

    first         fills gaps before the passes
    conditionals  of the columns that are drawn anew, each given all others
    passes        how many there are
    masks         of what rows may be, if there are any: restrictions that do not look ahead, and no
                  relations
    """

    first: Trees
    conditionals: Mapping[str, Conditional]
    passes: int = PASSES
    masks: Masks | None = None

    def __repr__(self) -> str:
        return visible(f"Chained({', '.join(self.columns)})")

    @property
    def grids(self) -> Mapping[str, Grid]:
        """Those of all columns."""
        return self.first.grids

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, in the order in which they are drawn."""
        return self.first.columns

    @property
    def maskable(self) -> tuple[str, ...]:
        """The columns that masks can hold."""
        return tuple(self.conditionals)

    def masked(self, masks: Masks | None) -> Chained:
        """The passes that draw only what masks allow."""
        return replace(self, masks=masks)

    @property
    def conditions(self) -> str:
        """What can be given, in words."""
        return "It fills the gaps of rows, near what their other cells say; nothing else is given."

    def refusal(self, given: frozenset[str], sets: frozenset[str]) -> str | None:
        """Why columns cannot be conditioned on exactly; None where there are none."""
        if not given | sets:
            return None
        return (
            "passes of trees fill gaps near what the other cells say, and condition exactly on "
            f"nothing, such as {', '.join(n for n in self.columns if n in given | sets)}."
        )

    def fill(self, request: Request, start: int, key: Key) -> Codes:
        """Fill the holes of rows at start, start + 1, ... of the whole; see `Filler.fill`."""
        codes = dict(self.first.fill(request, start, key.child("first")).columns)
        return self.passed(Codes(codes, request.rows), request, start, key)

    def passed(self, filled: Codes, request: Request, start: int, key: Key) -> Codes:
        """Rows that were filled, after all passes. What came out missing stays so."""
        codes, rows = dict(filled.columns), request.rows
        known = ChainRows.empty(self._views, rows)
        for place, name in enumerate(self.columns):
            known.put(place, codes[name])
        for turn in range(self.passes):
            for place, name in enumerate(self.columns):
                condition = request.conditions.get(name, Condition.holes(rows))
                again = np.flatnonzero((condition.state != GIVEN) & (codes[name] != MISSING))
                if name not in self.conditionals or not len(again):
                    continue
                own = key.child(f"pass {turn}", name)
                codes[name] = codes[name].copy()
                codes[name][again] = self._drawn(
                    name, condition.of_rows(again), codes, known, again, start, own
                )
                known.put(place, codes[name])
        return Codes(codes, rows)

    def log_cell(self, codes: Codes, column: str, key: Key) -> Float:
        """See `CellLikelihood.log_cell`; the mean over some fillings of the row's other gaps."""
        others = [codes[n] == MISSING for n in self.columns if n != column]
        times = np.where(np.any(others, axis=0), _FILLINGS, 1)
        rows = np.repeat(np.arange(codes.rows), times)
        asked = codes.take(rows)
        gaps = {n: gaps_filled(self.grids[n], asked[n]) for n in self.columns}
        gaps[column] = Condition(asked[column], np.full(len(rows), PRESENT))
        filled = self.fill(Request(len(rows), gaps), 0, key)
        known = ChainRows.empty(self._views, len(rows))
        for place, name in enumerate(self.columns):
            known.put(place, filled[name])
        own = self.conditionals[column]
        given = GivenBefore(own, known.parents(own.parents))
        logs = given.log_prob(asked[column], own.grid.encode(asked[column]))
        if own.nullable:
            logs -= np.log1p(-np.exp(own.log_missing(given.inputs)))
        return np.logaddexp.reduceat(logs, np.cumsum(times) - times) - np.log(times)

    @cached_property
    def _views(self) -> tuple[View, ...]:
        return tuple(View.of(grid) for grid in self.grids.values())

    @cached_property
    def _held(self) -> AnyOrder | None:
        return None if self.masks is None else AnyOrder(self.masks, self.columns)

    def _drawn(
        self,
        name: str,
        condition: Condition,
        codes: Mapping[str, Int],
        known: ChainRows,
        rows: Int,
        start: int,
        key: Key,
    ) -> Int:
        """The codes of a column in some rows, given all others."""
        stream = stream_of_rows(
            lambda purpose: key.child(purpose).uniforms(start, start + len(codes[name])), rows
        )
        # What the column is given was learned of rows with a value.
        state = np.where(condition.state == HOLE, PRESENT, condition.state)
        condition = replace(condition, state=state)
        conditional = self.conditionals[name]
        own = GivenBefore(conditional, known.parents(conditional.parents, rows))
        drawn = own.free(condition, stream)
        others = [n for n in self.columns if n != name]
        masks = None
        if self._held is not None and name in self._held.columns:
            masks = self._held.after(name, others)
        if masks is None:
            return drawn
        left = Left.of(masks, name, {n: codes[n][rows] for n in others}, len(rows))
        return held(left, own, condition, drawn, stream)


def gaps_filled(grid: Grid, codes: Int) -> Condition:
    """What a column has is given; its gaps are to be filled by values, where it has any."""
    empty = PRESENT if has_values(grid) else HOLE
    return Condition(codes, np.where(codes == MISSING, empty, GIVEN))
