"""Filling holes and computing likelihoods with a network, block by block of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Bool, Float, Int, Single
from trimtab._random import Key
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.grid.intervals import Intervals
from trimtab.model.interface import FIRST_SET, PRESENT, Request
from trimtab.model.masks.any_order import AnyOrder
from trimtab.model.network import linear, program, steps
from trimtab.model.network.compiled import Compiled, batch_of
from trimtab.model.network.conditional import ranges_drawn, ranks_of
from trimtab.model.network.first import first_drawn, log_first
from trimtab.model.network.shape import BLOCK_ROWS, given_in
from trimtab.model.neural.encoding import Cells, stacked

_BARRED = np.float32(-1e9)
_ORDER_KEY = Key(0).child("orders of a likelihood")


@dataclass(frozen=True)
class _Span:
    """Rows of whole blocks, in layout order; rows beyond the request are all holes.

    known  [columns, rows] what is given
    mask   [columns, rows] which row of `barred` says what may not be drawn
    first  [rows] the column that has a set, which is drawn before the others; -1 for none
    wanted [columns, rows] what is to be drawn: the holes of the request
    in_request  [rows] which rows are the request's
    """

    cells: Cells
    known: Bool
    mask: NDArray[np.int32]
    barred: Single
    first: Int
    wanted: Bool
    in_request: Bool


def fill(network: Compiled, held: AnyOrder | None, request: Request, start: int, key: Key) -> Codes:
    """Fill the holes of rows at start, start + 1, ... of the whole.

    held  what masks allow, if there are any

    A row is drawn in its place in its block of the whole, so that it does not depend on the batch.
    """
    if not request.rows:
        return Codes({name: np.zeros(0, np.int64) for name in network.columns}, 0)
    low = start // BLOCK_ROWS * BLOCK_ROWS
    high = -(-(start + request.rows) // BLOCK_ROWS) * BLOCK_ROWS
    inside = slice(start - low, start - low + request.rows)
    places: dict[str, tuple[Int, Single]] = {}
    if held is None:
        request, places = ranges_drawn(network, request, start, key)
    else:
        request = first_drawn(network, held, request, start, key)
    span = _span(network, request, start - low, high - low)
    for name, (rows, drawn_places) in places.items():
        span.cells.place[network.names.index(name), inside][rows] = drawn_places
    outcome, place = _drawn_cells(network, span, low, key)
    codes = {}
    for j, (name, encoding) in enumerate(network.encodings.items()):
        given = given_in(request, name)
        column = np.full(request.rows, MISSING, np.int64)
        if given.any():
            column[given] = request.conditions[name].value[given]
        holes = np.flatnonzero(~given)
        if len(holes):
            drawn = outcome[j, inside][holes].astype(np.int64)
            if encoding.continuous:
                drawn = np.where(drawn == encoding.slots - 1, encoding.outcomes, drawn)
            where = place[j, inside][holes].astype(np.float64)
            share, grain = (
                key.child(name, purpose).uniforms(start, start + request.rows)[holes]
                for purpose in ("share", "grain")
            )
            column[holes] = encoding.decode(drawn, where, share, grain)
        codes[name] = column
    return Codes({name: codes[name] for name in network.columns}, request.rows)


def _span(network: Compiled, request: Request, before: int, rows: int) -> _Span:
    """The request inside its blocks; `before` of their rows come before the request's."""
    columns, inside = len(network.columns), slice(before, before + request.rows)
    values = {}
    known = np.zeros((columns, rows), bool)
    wanted = np.zeros((columns, rows), bool)
    mask = np.zeros((columns, rows), np.int32)
    masks = _Masks(max(encoding.slots for encoding in network.encodings.values()))
    first = np.full(rows, -1, np.int64)
    in_request = np.zeros(rows, bool)
    in_request[inside] = True
    for j, (name, encoding) in enumerate(network.encodings.items()):
        given = given_in(request, name)
        known[j, inside], wanted[j, inside] = given, ~given
        codes = np.full(rows, MISSING, np.int64)
        condition = request.conditions.get(name)
        if condition is not None:
            codes[inside] = np.where(given, condition.value, MISSING)
            state = condition.state
            if encoding.nullable and (state == PRESENT).any():
                mask[j, inside][state == PRESENT] = masks.barring([0])
            for i, allowed in enumerate(condition.sets):
                chosen = state == FIRST_SET + i
                if chosen.any():
                    assert not isinstance(allowed, Intervals), "ranges have been drawn by now"
                    mask[j, inside][chosen] = masks.allowing(encoding.encode(allowed).outcome)
                    first[inside][chosen] = j
        values[name] = codes
    return _Span(
        stacked(network.encodings, values), known, mask, masks.table(), first, wanted, in_request
    )


class _Masks:
    """Rows of barred outcomes, each made once; row 0 bars nothing."""

    def __init__(self, size: int) -> None:
        self._rows: dict[bytes, int] = {}
        self._masks = [np.zeros(size, np.float32)]

    def barring(self, outcomes: list[int]) -> int:
        row = np.zeros_like(self._masks[0])
        row[outcomes] = _BARRED
        return self._number(row)

    def allowing(self, outcomes: NDArray[np.int32]) -> int:
        row = np.full_like(self._masks[0], _BARRED)
        row[outcomes] = 0
        return self._number(row)

    def _number(self, row: Single) -> int:
        if row.tobytes() not in self._rows:
            self._rows[row.tobytes()] = len(self._masks)
            self._masks.append(row)
        return self._rows[row.tobytes()]

    def table(self) -> Single:
        """All rows, padded to a few sizes; none at all where nothing is barred."""
        if len(self._masks) == 1:
            return np.zeros((0, len(self._masks[0])), np.float32)
        rows = 1 << (len(self._masks) - 1).bit_length()
        padded = np.zeros((rows, len(self._masks[0])), np.float32)
        padded[: len(self._masks)] = self._masks
        return padded


def _drawn_cells(
    network: Compiled, span: _Span, low: int, key: Key
) -> tuple[NDArray[np.int32], Single]:
    """Outcomes and places of every cell; `low` is the first row's number in the whole."""
    columns, rows = span.known.shape
    orders = _orders(key, low // BLOCK_ROWS, rows // BLOCK_ROWS, columns)
    uniforms = _uniforms(network, key, low, low + rows)
    parts = []
    for at in range(rows // BLOCK_ROWS):
        inside = slice(at * BLOCK_ROWS, (at + 1) * BLOCK_ROWS)
        parts.append(_block(network, span, inside, orders[at], uniforms))
    outcomes, places = zip(*(merged(passes) for passes in parts), strict=True)
    return np.concatenate(outcomes, axis=1), np.concatenate(places, axis=1)


def _block(
    network: Compiled,
    span: _Span,
    inside: slice,
    order: NDArray[np.int32],
    uniforms: tuple[Single, Single, Single],
) -> list[tuple[Bool, object, object]]:
    """Start drawing a block: one pass for the rows without a set, one for each column with sets.

    What comes back is still being computed, so that the next block can be prepared.
    """
    cells = batch_of(network, span.cells, inside)
    draws = program.Draws(*(jnp.asarray(u[:, inside]) for u in uniforms))
    passes = []
    for first in np.unique(span.first[inside]).tolist():
        chosen = span.first[inside] == first
        holes = (span.wanted[:, inside] & chosen).any(axis=1)
        if not holes.any():
            continue
        lead = order if first < 0 else np.r_[first, order[order != first]].astype(np.int32)
        drawn = lead[holes[lead]]  # columns that are given in all rows change nothing
        padded = np.r_[drawn, np.zeros(len(order) - len(drawn), np.int32)].astype(np.int32)
        known = span.known[:, inside]
        ranks = ranks_of(lead, known, chosen & span.in_request[inside])
        outcome, place = program.draw(
            network.layout,
            network.weights,
            network.alphabet,
            network.tables,
            network.linear,
            cells,
            program.Holes(
                jnp.asarray(known),
                jnp.asarray(padded),
                jnp.int32(len(drawn)),
                jnp.asarray(span.barred),
                jnp.asarray(span.mask[:, inside]),
                *linear.seen(network.linear, cells.outcome, cells.place, known, ranks),
            ),
            draws,
        )
        passes.append((chosen, outcome, place))
    if not passes:
        passes.append((np.ones(BLOCK_ROWS, bool), cells.outcome, cells.place))
    return passes


def merged(
    passes: list[tuple[Bool, object, object]],
) -> tuple[NDArray[np.int32], Single]:
    """The rows of each pass in one block."""
    if len(passes) == 1:
        return np.asarray(passes[0][1]), np.asarray(passes[0][2])
    outcome, place = np.array(passes[0][1]), np.array(passes[0][2])
    for chosen, outcomes, places in passes[1:]:
        outcome[:, chosen] = np.asarray(outcomes)[:, chosen]
        place[:, chosen] = np.asarray(places)[:, chosen]
    return outcome, place


def _orders(key: Key, first: int, blocks: int, columns: int) -> NDArray[np.int32]:
    """A random order of the columns for each block, [blocks, columns]."""
    noise = key.child("order").uniforms(first * columns, (first + blocks) * columns)
    return np.argsort(noise.reshape(blocks, columns), axis=1).astype(np.int32)


def _uniforms(network: Compiled, key: Key, low: int, high: int) -> tuple[Single, Single, Single]:
    """Uniforms of rows low..high-1, as `program.Draws` takes them."""
    scaled = network.names[network.layout.first_scaled :]

    def stream(names: tuple[str, ...], purpose: str) -> Single:
        uniforms = [key.child(n, purpose).uniforms(low, high) for n in names]
        return np.array(uniforms, np.float32).reshape(len(names), high - low)

    return stream(network.names, "outcome"), stream(scaled, "component"), stream(scaled, "place")


def log_prob(network: Compiled, held: AnyOrder | None, codes: Codes, orders: int) -> Float:
    """The mean over `orders` orders of the log probability mass of each row, shape (rows,)."""
    logs = {n: encoding.log_inside(codes[n]) for n, encoding in network.encodings.items()}
    first = [] if held is None else [network.names.index(n) for n in held.columns]
    ranks = _ranks(orders, first, len(network.columns))
    for inside, cells in _padded(network, codes):
        batch = batch_of(network, cells, slice(None))
        parts = [
            steps.log_cells(
                network.layout, network.flat, network.alphabet, network.linear, batch, r[None]
            )
            for r in ranks
        ]
        mean = np.stack(parts).mean(axis=0, dtype=float)[:, : inside.stop - inside.start]
        for name, of_column in zip(network.names, mean, strict=True):
            logs[name][inside] += of_column
    total = np.zeros(codes.rows) if held is None else log_first(network, held, codes, logs)
    for j, name in enumerate(network.names):
        total += 0.0 if j in first else logs[name]
    return total


def _ranks(orders: int, first: list[int], columns: int) -> NDArray[np.int32]:
    """The places of the columns in some orders, some columns first in all of them."""
    ranks = np.argsort(_orders(_ORDER_KEY, 0, orders, columns), axis=1)
    ranks[:, first] = np.arange(len(first)) - len(first)
    return np.argsort(np.argsort(ranks, axis=1), axis=1).astype(np.int32)


def _padded(network: Compiled, codes: Codes) -> Iterator[tuple[slice, Cells]]:
    """The rows block by block, the last one padded with its first row."""
    for start in range(0, codes.rows, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, codes.rows)
        rows = np.r_[start:stop, np.full(BLOCK_ROWS - (stop - start), start)]
        yield slice(start, stop), stacked(network.encodings, _taken(codes.columns, rows))


def _taken(columns: Mapping[str, Int], rows: Int) -> dict[str, Int]:
    return {name: codes[rows] for name, codes in columns.items()}
