"""Persons by themselves: what each has once, how its rows begin, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab._run import Progress
from trimtab.codec.codec import Codec
from trimtab.codec.datetime import DatetimeCodec
from trimtab.codec.domain import MISSING, Codes, beyond
from trimtab.codec.number import NumberCodec
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.grid.grid import Grid, LabelGrid
from trimtab.model.grid.table import fit_grids
from trimtab.model.interface import Request
from trimtab.model.masks.masks import Masks
from trimtab.model.trees.fit import Order, fit_trees
from trimtab.model.trees.persons.understanding import Understanding
from trimtab.model.trees.trees import Trees

COUNT = "\x00rows"  # no column is called so
SPREAD = 1000  # codes to a row: counts are spread evenly between a number and the next


@dataclass(frozen=True)
class Distance:
    """A column of persons that is known by how far it lies from their first moment.

    sign  -1 where it comes before that (a date of birth), 1 where after (an end of follow-up)
    ends  between which it is drawn
    """

    sign: int
    ends: tuple[int, int]

    def of(self, codes: Int, first: Int) -> Int:
        """How far codes lie from the first moment; below 0 on the other side."""
        return beyond(codes, first, self.sign)

    def codes(self, distance: Int, first: Int) -> Int:
        """The codes that lie so far, between the ends, and never on the other side."""
        known = distance != MISSING
        codes = (first + self.sign * np.where(known, distance, 0)).clip(*self.ends)
        codes = np.minimum(codes, first) if self.sign < 0 else np.maximum(codes, first)
        return np.where(known, codes, MISSING)


@dataclass(frozen=True, eq=False)
class People:
    """A chain of persons.

    chain      of what they have once, in codes of its own: COUNT, `distances`, and columns as they
               are
    distances  columns that are known by their distances from the first moment
    moment     the column of moments, of which persons have the first; None where there is none
    most       rows that a person has at most
    """

    chain: Trees
    distances: Mapping[str, Distance]
    moment: str | None
    most: int

    def fill(self, request: Request, start: int, key: Key) -> tuple[dict[str, Int], Int]:
        """What persons start, start + 1, ... have once, and how many rows each has."""
        drawn = dict(self.chain.fill(request, start, key).columns)
        counts = (drawn.pop(COUNT) // SPREAD).clip(1, self.most)
        for name, distance in self.distances.items():
            assert self.moment is not None
            drawn[name] = distance.codes(drawn[name], drawn[self.moment])
        return drawn, counts

    def held_to(self, masks: Masks) -> People:
        """The persons to whom masks leave rows."""
        own = masks.among([n for n in self.chain.columns if n not in (COUNT, *self.distances)])
        return self if own is None else replace(self, chain=self.chain.masked(own))


def fit_people(
    known: Understanding,
    codec: Codec,
    grids_of_rows: Mapping[str, Grid],
    bounds: tuple[str, ...],
    first: tuple[str, ...],
    key: Key,
    progress: Progress,
) -> People:
    """Learn persons.

    bounds  columns that moments never pass
    first   columns to lead their chain
    """
    rows = known.rows
    own = _own(known)
    distances = distances_of(known, codec, bounds)
    least = codec.min_count
    plain = {n: c for n, c in own.items() if n not in distances}
    grids: dict[str, Grid] = fit_grids(Codes(plain, rows.persons), codec, None)
    for name in known.constants:  # masks tell labels by the tokens that they have in rows
        grid = grids_of_rows[name]
        if isinstance(grid, LabelGrid):
            grids[name] = fit_label_grid(own[name], len(grid.token), np.argsort(grid.token))
    # Of labels that are counted, values that nobody begins with stay away.
    for name in known.totals:
        grids[name] = fit_number_grid(own[name], least)
    codes = dict(own)
    for name, distance in distances.items():
        assert known.moment is not None
        codes[name] = distance.of(own[name], own[known.moment])
        column = codec.columns[name]
        assert isinstance(column, NumberCodec | DatetimeCodec)
        grids[name] = fit_number_grid(codes[name], least, column.grains)
    spread = key.child("count").uniforms(0, rows.persons)
    codes[COUNT] = rows.counts * SPREAD + (spread * SPREAD).astype(np.int64)
    grids[COUNT] = fit_number_grid(codes[COUNT], least)
    grids = {COUNT: grids.pop(COUNT), **grids}
    codes = {n: codes[n] for n in grids}
    order = Order(tuple(n for n in first if n in plain and n != known.moment))
    chain = fit_trees(Codes(codes, rows.persons), codec, order, None, key, progress, grids)
    return People(chain, distances, known.moment, int(rows.counts.max()))


def _own(known: Understanding) -> dict[str, Int]:
    """What persons have once, and the first value of what is counted from the row before."""
    rows = known.rows
    return {n: rows.codes[n][rows.starts] for n in (*known.totals, *known.constants)}


def distances_of(
    known: Understanding, codec: Codec, bounds: tuple[str, ...]
) -> dict[str, Distance]:
    """The bounds, and dates of persons that never come after their first moment."""
    if known.moment is None:
        return {}
    own, dated, found = _own(known), codec.columns[known.moment], {}
    for name in known.constants:
        column = codec.columns[name]
        if name not in bounds and not (
            isinstance(column, DatetimeCodec)
            and isinstance(dated, DatetimeCodec)
            and column.unit == dated.unit
        ):
            continue
        ends = fit_number_grid(own[name], codec.min_count)
        if not len(ends.low):
            continue
        distance = Distance(1 if name in bounds else -1, ends.reach)
        steps = distance.of(own[name], own[known.moment])
        if (steps[steps != MISSING] >= 0).all():
            found[name] = distance
    return found
