"""What a network draws before all other columns of a row, one column after the other.

These are the column of which a set or range is asked, and the columns that masks hold: what is left
to each is known once those before it are drawn. All others follow in any order, as they do without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab.codec.domain import Codes
from trimtab.model.grid.distribution import PiecewiseDistributions
from trimtab.model.interface import FIRST_SET, GIVEN, Condition, Request, stream_of_rows
from trimtab.model.masks.any_order import AnyOrder
from trimtab.model.masks.held import held, log_held
from trimtab.model.masks.left import Left
from trimtab.model.masks.pieces import masked
from trimtab.model.network.compiled import Compiled
from trimtab.model.network.conditional import heads_of
from trimtab.model.network.one_column import OneColumn
from trimtab.model.network.shape import BLOCK_ROWS


def first_drawn(
    network: Compiled, masks: AnyOrder, request: Request, start: int, key: Key
) -> Request:
    """The request with codes where it asks for a set or range, and in all columns that masks hold.

    start  the number of the request's first row in the whole
    """
    conditions = dict(request.conditions)
    for name in masks.columns:
        conditions.setdefault(name, Condition.holes(request.rows))
    drawing = _Drawing(network, masks, conditions, start, key)
    for name in list(request.conditions):
        drawing.draw(name, np.flatnonzero(conditions[name].state >= FIRST_SET))
    for name in masks.columns:
        drawing.draw(name, np.flatnonzero(conditions[name].state != GIVEN))
    return Request(request.rows, conditions)


@dataclass(frozen=True)
class _Drawing:
    """Rows of which one column after the other is drawn; `conditions` say what they have so far."""

    network: Compiled
    masks: AnyOrder
    conditions: dict[str, Condition]
    start: int
    key: Key

    def draw(self, name: str, rows: Int) -> None:
        """Draw a column in some rows, given all that they have."""
        if not len(rows):
            return
        before, condition = self.conditions[name], self.conditions[name].of_rows(rows)
        total = len(before.state)
        request = Request(total, self.conditions)
        heads = heads_of(self.network, request, name, rows, self.start % BLOCK_ROWS)
        own = OneColumn(self.network.encodings[name], *heads)

        def stream(purpose: str) -> Float:
            uniforms = self.key.child(name, f"first {purpose}")
            return uniforms.uniforms(self.start, self.start + total)[rows]

        codes = own.free(condition, stream)
        given = {n: self.conditions[n].of_rows(rows) for n in self.masks.columns if n != name}
        known = {n: (c.value, c.state == GIVEN) for n, c in given.items()}
        for some, left in _left(self.masks, name, known, len(rows)):
            of_some, mine = stream_of_rows(stream, some), condition.of_rows(some)
            codes[some] = held(left, own.part(some), mine, codes[some], of_some)
        value, state = before.value.copy(), before.state.copy()
        value[rows], state[rows] = codes, GIVEN
        self.conditions[name] = Condition(value, state, before.sets)


def _left(
    masks: AnyOrder, name: str, known: Mapping[str, tuple[Int, Bool]], rows: int
) -> Iterator[tuple[Int, Left]]:
    """Rows that know the same of the columns that hang together with one, and what is left to it;
    none to whom all is left."""
    if name not in masks.tables:
        return
    others = [n for n in masks.tables[name].columns if n != name and n in known]
    which = np.stack([*(known[n][1] for n in others), np.ones(rows, bool)], axis=1)
    patterns, place = np.unique(which, axis=0, return_inverse=True)
    for i, pattern in enumerate(patterns):
        before = [n for n, has in zip(others, pattern[:-1].tolist(), strict=True) if has]
        mine = masks.after(name, before)
        if mine is not None:
            some = np.flatnonzero(place.reshape(-1) == i)
            codes = {n: known[n][0][some] for n in before}
            yield some, Left.of(mine, name, codes, len(some))


def log_first(network: Compiled, masks: AnyOrder, codes: Codes, logs: Mapping[str, Float]) -> Float:
    """The log probability of what rows hold in the columns that masks hold, shape (rows,), from
    what each has without masks, given those before it."""
    total = np.zeros(codes.rows)
    known: dict[str, tuple[Int, Bool]] = {}
    given = np.full(codes.rows, GIVEN)
    for name in masks.columns:
        total += logs[name]
        for rows, left in _left(masks, name, known, codes.rows):
            conditions = {n: Condition(value, given) for n, (value, _) in known.items()}
            heads = heads_of(network, Request(codes.rows, conditions), name, rows, 0)
            own = OneColumn(network.encodings[name], *heads)
            mine = logs[name][rows]
            total[rows] += log_held(left, own, codes[name][rows], mine) - mine
        known[name] = codes[name], np.ones(codes.rows, bool)
    return total


def held_conditional(
    masks: AnyOrder, given: Codes, column: str, distributions: PiecewiseDistributions
) -> PiecewiseDistributions:
    """The distributions of a column given some cells, with what masks leave of them."""
    every = np.ones(given.rows, bool)
    known = {n: (given[n], every) for n in given.columns if n in masks.columns}
    for _, left in _left(masks, column, known, given.rows):
        return masked(left, distributions)
    return distributions
