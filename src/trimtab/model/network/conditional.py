"""How a network says that a column is distributed, given cells of a row, and draws from that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri, softmax

from trimtab._arrays import Bool, Float, Int, Single
from trimtab._random import Key
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.grid.distribution import (
    PiecewiseDistributions,
    joined,
    of_elements,
    of_tokens,
)
from trimtab.model.grid.grid import LabelGrid, NumberGrid
from trimtab.model.grid.intervals import Intervals, truncated
from trimtab.model.interface import FIRST_SET, GIVEN, Request
from trimtab.model.network import linear, program
from trimtab.model.network.compiled import Compiled, batch_of
from trimtab.model.network.shape import BLOCK_ROWS, given_in
from trimtab.model.network.truncated import Uniforms, draw_within
from trimtab.model.neural.encoding import Cells, stacked

_PURPOSES = Uniforms._fields  # the streams that a column's draws take


def ranges_drawn(
    network: Compiled, request: Request, start: int, key: Key
) -> tuple[Request, dict[str, tuple[Int, Single]]]:
    """The request with codes drawn where it asks for a range, as the first column of a row, and
    (rows, places on the scale) of these.
    """
    conditions = dict(request.conditions)
    places: dict[str, tuple[Int, Single]] = {}
    for name, condition in request.conditions.items():
        value, state = condition.value.copy(), condition.state.copy()
        for i, intervals in enumerate(condition.sets):
            rows = np.flatnonzero(condition.state == FIRST_SET + i)
            if not isinstance(intervals, Intervals) or not len(rows):
                continue
            outcomes, mixture = heads_of(network, request, name, rows, start % BLOCK_ROWS)
            uniforms = Uniforms(
                *(key.child(name, p).uniforms(start, start + request.rows)[rows] for p in _PURPOSES)
            )
            encoding = network.encodings[name]
            assert isinstance(encoding.grid, NumberGrid)
            inside = truncated(encoding.grid, intervals)
            value[rows], where = draw_within(encoding, inside, outcomes, mixture, uniforms)
            state[rows] = GIVEN
            before = places.get(name, (rows[:0], where[:0].astype(np.float32)))
            places[name] = (
                np.concatenate([before[0], rows]),
                np.concatenate([before[1], where.astype(np.float32)]),
            )
        conditions[name] = replace(condition, value=value, state=state)
    return Request(request.rows, conditions), places


def heads_of(
    network: Compiled, request: Request, name: str, rows: Int, before: int
) -> tuple[Float, Float]:
    """Probabilities of outcomes [rows, slots] and the mixture [rows, 3, components] of a column in
    some rows, given what they give.

    Computed for whole blocks, so that a row does not depend on the batch; `before` of the rows of
    the first one come before the request's.
    """
    names = list(network.encodings)
    j = names.index(name)
    known = np.stack([given_in(request, n) for n in names])[:, rows]
    block, at = np.divmod(rows + before, BLOCK_ROWS)
    logits, mixtures = [], []
    for b in np.unique(block).tolist():
        chosen = np.flatnonzero(block == b)
        inside = np.zeros((len(names), BLOCK_ROWS), bool)
        inside[:, at[chosen]] = known[:, chosen]
        codes = {n: np.full(BLOCK_ROWS, MISSING, np.int64) for n in names}
        for n, given in zip(names, known, strict=True):
            some = chosen[given[chosen]]
            if len(some):
                codes[n][at[some]] = request.conditions[n].value[rows[some]]
        asked = np.isin(np.arange(BLOCK_ROWS), at[chosen])
        whole, mixture = _of_column(network, stacked(network.encodings, codes), inside, j, asked)
        logits.append(whole[at[chosen]])
        mixtures.append(mixture[at[chosen]])
    return softmax(np.concatenate(logits), axis=1), np.concatenate(mixtures)


def _of_column(
    network: Compiled, cells: Cells, known: Bool, j: int, asked: Bool
) -> tuple[Float, Float]:
    """Logits [rows, slots] and mixture [rows, 3, components] of one column, in doubles, given the
    known ones of some cells; `asked` says which rows count."""
    batch = batch_of(network, cells, slice(None))
    lead = np.r_[j, np.delete(np.arange(len(known)), j)]
    logits, mixture = program.column_given(
        network.layout,
        network.weights,
        network.alphabet,
        network.tables,
        network.linear,
        batch,
        known,
        *linear.seen(
            network.linear, batch.outcome, batch.place, known, ranks_of(lead, known, asked)
        ),
        np.int32(j),
    )
    slots = network.layout.sizes[j]
    return np.asarray(logits, np.float64)[:, :slots], np.asarray(mixture, np.float64)


def conditional(
    network: Compiled, given: Codes, column: str, *, seen_missing: bool = True
) -> PiecewiseDistributions:
    """How a column is distributed given any cells of each row; `seen_missing` says whether those
    that are missing are seen to be so, or are gaps.
    """
    if given.rows == 1:  # the program for a single row is small, and compiled at once
        return _conditional(network, given, column, seen_missing)
    parts = []
    for start in range(0, given.rows, BLOCK_ROWS):
        rows = np.arange(start, min(start + BLOCK_ROWS, given.rows))
        whole = given.take(np.resize(rows, BLOCK_ROWS))
        block = _conditional(network, whole, column, seen_missing)
        part = replace(block, mass=block.mass[: len(rows)], missing=block.missing[: len(rows)])
        parts.append(part)
    return joined(parts)


def log_cell(network: Compiled, codes: Codes, column: str) -> Float:
    """The log probability mass of each row's code of a column; see `CellLikelihood.log_cell`."""
    encoding = network.encodings[column]
    given = codes.without([column])
    found = conditional(network, given, column, seen_missing=False)
    piece = encoding.grid.encode(codes[column])
    if isinstance(encoding.grid, LabelGrid):
        piece = codes[column]
    with np.errstate(divide="ignore"):  # what no row of the training held
        logs = np.log(found.mass[np.arange(codes.rows), piece] / (1 - found.missing))
    return logs + encoding.log_inside(codes[column])


def _conditional(
    network: Compiled, given: Codes, column: str, seen_missing: bool
) -> PiecewiseDistributions:
    encoding, names, rows = network.encodings[column], network.names, given.rows
    codes = {n: given.columns.get(n, np.full(rows, MISSING)) for n in names}
    known = np.array([[n in given.columns] * rows for n in names])
    if not seen_missing:
        known &= np.array([codes[n] != MISSING for n in names])
    cells, asked = stacked(network.encodings, codes), np.ones(rows, bool)
    logits, mixture = _of_column(network, cells, known, names.index(column), asked)
    outcomes = softmax(logits, axis=1)
    if isinstance(encoding.grid, LabelGrid):
        return of_tokens(encoding.grid, outcomes[:, : encoding.outcomes])
    mass = np.zeros((rows, len(encoding.grid.low)))
    mass[:, encoding.apart] = outcomes[:, int(encoding.nullable) : encoding.outcomes]
    if encoding.continuous:
        on_scale = [_on_scale(encoding.grid.rows[~encoding.apart], row) for row in mixture]
        mass[:, ~encoding.apart] = outcomes[:, -1:] * np.stack(on_scale)
    missing = outcomes[:, 0] if encoding.nullable else np.zeros(rows)
    return of_elements(encoding.grid, mass, missing)


def _on_scale(rows: Int, mixture: Float) -> Float:
    """The mass of a mixture of logistics, [3, components], on pieces of the scale that hold so many
    rows; they sum to 1.
    """
    ends = ndtri(np.concatenate([[0], np.cumsum(rows)]) / rows.sum())
    logits, means, scales = mixture
    upto = expit((ends[:, None] - means) * np.exp(-scales)) @ softmax(logits)
    return np.diff(upto)


def ranks_of(order: NDArray[np.integer[Any]], known: Bool, asked: Bool) -> NDArray[np.int32]:
    """Places of the columns: known ones come first, [1, columns] where all rows asked for know the
    same and else [rows, columns].
    """
    patterns = known[:, asked].T
    patterns = patterns[:1] if (patterns == patterns[:1]).all() else known.T
    place = np.argsort(order)
    return np.where(patterns, place, place + len(order)).astype(np.int32)
