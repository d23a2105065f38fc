"""The chain of boosted trees: each column given those before it, the leading block enumerated.

The default model. Columns are drawn in a fixed order; the first of them form a block whose joint
table is enumerated, so that any part of it can be given. What lies behind the block can be given
only together with everything before it: anything else would need Bayes' rule over columns too many
to enumerate, and is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab._visible import visible
from trimtab.codec.domain import Codes
from trimtab.model.grid.distribution import PiecewiseDistributions, joined
from trimtab.model.grid.grid import Grid
from trimtab.model.interface import GIVEN, Condition, Request, Stream, stream_of_rows
from trimtab.model.masks.held import held, log_held
from trimtab.model.masks.left import Left
from trimtab.model.masks.masks import Masks
from trimtab.model.masks.pieces import averaged, masked
from trimtab.model.trees.block import Block
from trimtab.model.trees.chain_rows import ChainRows, View
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.distribution import Inputs
from trimtab.model.trees.given import GivenBefore
from trimtab.model.trees.leading import Lead, lead_of

_REMEDY = "To complete rows from the table itself, use `complete()`. "
_DRAWS = 2_000  # of columns in between, over which a distribution is averaged
_DRAWS_KEY = Key(0).child("pieces")


@dataclass(frozen=True)
class Trees:
    """`grids` of all columns in drawing order, the `block`, and `conditionals` of the other
    columns; `masks` of what rows may be, if there are any."""

    grids: Mapping[str, Grid]
    block: Block
    conditionals: Mapping[str, Conditional]
    masks: Masks | None = None

    def __repr__(self) -> str:
        return visible(f"Trees({', '.join(self.columns)})")

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns, in drawing order."""
        return tuple(self.grids)

    @property
    def maskable(self) -> tuple[str, ...]:
        """The columns that masks can hold."""
        return self.columns

    def masked(self, masks: Masks | None) -> Trees:
        """The chain that draws only what masks allow."""
        return replace(self, masks=masks)

    @cached_property
    def lead(self) -> Lead:
        """The block with what masks leave of it."""
        return lead_of(self.block, self.grids, self.masks)

    @property
    def block_columns(self) -> tuple[str, ...]:
        """The leading columns of which any part can be given."""
        return self.block.columns

    @property
    def conditions(self) -> str:
        """What can be given, in words."""
        if not self.block.columns:
            return "Nothing can be given when sampling."
        return f"Any part of these can be given when sampling: {', '.join(self.block.columns)}."

    def refusal(self, given: frozenset[str], sets: frozenset[str]) -> str | None:
        """Why these columns cannot be conditioned on exactly; None if they can.

        Sets and ranges count as one: behind the block, all columns before must be given by value.
        """
        later = self.columns[len(self.block.columns) :]
        before = {n: self.columns[: self.columns.index(n)] for n in later}
        behind = [n for n in later if n in sets and not given.issuperset(before[n])]
        beyond = [n for n in later if n in given]
        if beyond:
            behind += beyond if not given.issuperset(before[beyond[-1]]) else []
        if not behind:
            return None
        names = [*behind, *(n for n in self.columns if n in (given | sets) - set(behind))]
        return (
            f"this model cannot condition exactly on {', '.join(behind)}: it draws "
            f"{', '.join(self.block.columns) or 'no column'} first, and only those (in any "
            f"combination) can be given. {'' if sets else _REMEDY}Fit it again with "
            f"`first={names!r}`."
        )

    def fill(self, request: Request, start: int, key: Key) -> Codes:
        """Fill the holes of rows at start, start + 1, ... of the whole; see `Filler.fill`."""
        rows = request.rows

        def stream_of(name: str) -> Stream:
            return lambda purpose: key.child(name, purpose).uniforms(start, start + rows)

        codes = self.lead.fill(request, stream_of)
        known = ChainRows.empty(self._views, rows)
        for j, name in enumerate(self.columns):
            if name in self.conditionals:
                condition = request.conditions.get(name, Condition.holes(rows))
                codes[name] = self._fill_column(name, condition, codes, known, stream_of(name))
            if j + 1 < len(self.columns):
                known.put(j, codes[name])
        return Codes(codes, rows)

    @cached_property
    def _views(self) -> tuple[View, ...]:
        return tuple(View.of(grid) for grid in self.grids.values())

    def _fill_column(
        self,
        name: str,
        condition: Condition,
        codes: Mapping[str, Int],
        known: ChainRows,
        stream: Stream,
    ) -> Int:
        """The codes of a column behind the block; `known` are all columns before."""
        rows = np.flatnonzero(condition.state != GIVEN)
        filled = condition.value.copy()
        if not len(rows):
            return filled
        some = None
        if len(rows) < len(filled):
            some, condition = rows, condition.of_rows(rows)
            codes = {n: c[rows] for n, c in codes.items()}
        of_rows = stream if some is None else stream_of_rows(stream, some)
        conditional = self.conditionals[name]
        own = GivenBefore(conditional, known.parents(conditional.parents, some))
        drawn = own.free(condition, of_rows)
        if self.masks is not None and self.masks.hold(name):
            left = Left.of(self.masks, name, codes, len(rows))
            drawn = held(left, own, condition, drawn, of_rows)
        filled[rows] = drawn
        return filled

    def _known(self, codes: Codes, columns: Sequence[str]) -> tuple[ChainRows, dict[str, Int]]:
        """Rows of which the first columns are given, and the elements of these."""
        known = ChainRows.empty(self._views, codes.rows)
        return known, {name: known.put(j, codes[name]) for j, name in enumerate(columns)}

    def conditional(self, given: Codes, column: str) -> PiecewiseDistributions:
        """How a column is distributed given cells of each row; see `ConditionalModel.conditional`.

        Exact inside the block, and where all columns before are given; else the exact conditional,
        averaged over draws of those that are not.
        """
        if column in self.block.columns:
            return self.lead.conditional(given, column)
        before = self.columns[: self.columns.index(column)]
        conditional = self.conditionals[column]

        def inputs(codes: Codes) -> tuple[Inputs, ...]:
            return conditional.inputs(self._known(codes, before)[0].parents(conditional.parents))

        if given.columns.keys() >= set(before):
            return self._masked(column, given, conditional.conditional(inputs(given)))
        # What is drawn in between is the same for all rows, so that they can be compared.
        parts = []
        for row in range(given.rows):
            state = np.full(_DRAWS, GIVEN)
            conditions = {
                n: Condition(np.full(_DRAWS, c[row]), state) for n, c in given.columns.items()
            }
            drawn = self.fill(Request(_DRAWS, conditions), 0, _DRAWS_KEY)
            if self.masks is not None and self.masks.hold(column):
                single = self._masked(column, drawn, conditional.conditional(inputs(drawn)))
                parts.append(averaged(single))
            else:
                parts.append(conditional.conditional(inputs(drawn), _DRAWS))
        return replace(joined(parts), draws=_DRAWS)

    def _masked(
        self, column: str, given: Codes, distributions: PiecewiseDistributions
    ) -> PiecewiseDistributions:
        """The distributions of a column with what masks leave of it."""
        if self.masks is None or not self.masks.hold(column):
            return distributions
        return masked(Left.of(self.masks, column, given.columns, given.rows), distributions)

    def log_prob(self, codes: Codes) -> Float:
        """Log probability mass of each row on the codec's grid, shape (rows,)."""
        known, elements = self._known(codes, self.columns)
        total = np.zeros(codes.rows)
        if self.block.columns:
            total += self.lead.log_prob(codes)
        for name in self.columns:
            if name in self.conditionals:
                conditional = self.conditionals[name]
                own = GivenBefore(conditional, known.parents(conditional.parents))
                logs = own.log_prob(codes[name], elements[name])
                if self.masks is not None and self.masks.hold(name):
                    left = Left.of(self.masks, name, codes.columns, codes.rows)
                    logs = log_held(left, own, codes[name], logs)
                total += logs
            else:
                total += self.grids[name].log_mass(codes[name], elements[name])
        return total
