"""Draws of one member inside sets of its codes, a set a row, and how probable these are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.grid.intervals import (
    Allowed,
    Intervals,
    decode_allowed,
    rows_within,
    shares_of,
    truncated,
)
from trimtab.model.interface import Stream, stream_of_rows
from trimtab.model.trees.block import last_positive
from trimtab.model.trees.boosting import draw
from trimtab.model.trees.distribution import ROWS_AT_A_TIME, Inputs
from trimtab.model.trees.member import RESIDUAL_UNIT, Member
from trimtab.model.trees.residual import residual_share, residual_within


def draw_within(
    member: Member,
    inputs: Inputs,
    stream: Stream,
    allowed: Sequence[Allowed],
    which: Int,
) -> Int:
    """One code a row among those that `allowed[which[row]]` says.

    Where the member's distribution leaves these no probability, they count as in all rows.
    """
    if member.residual is not None:
        return _residual_within(member, inputs, stream, allowed, which)
    tokens = _tokens_within(member, inputs, stream, allowed, which)
    return _decoded(member, tokens, allowed, which, stream)


def share_within(member: Member, inputs: Inputs, allowed: Sequence[Allowed], which: Int) -> Float:
    """The probability that a row's code is among those that `allowed[which[row]]` says, [rows]."""
    probabilities = np.exp(member.distribution.log_probs(inputs))
    if member.residual is not None:
        return _residual_shares(member, inputs, probabilities, allowed, which)
    shares = np.stack([shares_of(member.grid, a) for a in allowed])
    return np.asarray((probabilities * shares[which]).sum(axis=1))


def _tokens_within(
    member: Member,
    inputs: Inputs,
    stream: Stream,
    allowed: Sequence[Allowed],
    which: Int,
) -> Int:
    """One token a row, each counting with the share of its draws that is in the row's set."""
    shares = np.stack([shares_of(member.grid, a) for a in allowed])
    uniforms = stream("group")
    out = np.zeros(inputs.rows, np.int64)
    for start in range(0, len(out), ROWS_AT_A_TIME):
        rows = np.arange(start, min(start + ROWS_AT_A_TIME, len(out)))
        probabilities = np.exp(member.distribution.log_probs(inputs.part(rows)))
        counted = probabilities * shares[which[rows]]
        lost = ~(counted.sum(axis=1) > 0)
        if lost.any():
            counted[lost] = _in_all_rows(member, allowed, which[rows][lost])
        out[rows] = _chosen(counted, uniforms[rows])
    return out


def _chosen(weights: Float, uniforms: Float) -> Int:
    """A token for each row of weights, never one without any."""
    with np.errstate(divide="ignore"):
        drawn = draw(np.log(weights), uniforms)
    return np.minimum(drawn, last_positive(weights))


def _in_all_rows(member: Member, allowed: Sequence[Allowed], which: Int) -> Float:
    """[rows, T] how frequent tokens are in the whole table, in each row's set."""
    sets, place = np.unique(which, return_inverse=True)
    return np.stack([rows_within(member.grid, allowed[i]) for i in sets])[place.reshape(-1)]


def _decoded(
    member: Member,
    tokens: Int,
    allowed: Sequence[Allowed],
    which: Int,
    stream: Stream,
) -> Int:
    """The codes of tokens, each among those that are allowed."""
    grid, place, grain = member.grid, stream("place"), stream("grain")
    if not isinstance(grid, NumberGrid):
        return grid.decode(tokens, place, grain)
    codes = np.zeros(len(which), np.int64)
    for i, rows in by_set(which):
        codes[rows] = decode_allowed(grid, allowed[i], tokens[rows], place[rows], grain[rows])
    return codes


def _residual_within(
    member: Member,
    inputs: Inputs,
    stream: Stream,
    allowed: Sequence[Allowed],
    which: Int,
) -> Int:
    """The codes of a column whose residual is drawn."""
    grid, residual = member.grid, member.residual
    assert isinstance(grid, NumberGrid) and residual is not None
    probabilities = np.exp(member.distribution.log_probs(inputs))
    place, codes = stream("place"), np.zeros(len(which), np.int64)
    lost = np.zeros(len(which), bool)
    for i, rows in by_set(which):
        inside = allowed[i]
        assert isinstance(inside, Intervals)
        codes[rows], reached = residual_within(
            truncated(grid, inside),
            residual,
            probabilities[rows],
            inputs.predicted[rows],
            RESIDUAL_UNIT,
            place[rows],
        )
        lost[rows] = ~reached
    if lost.any():
        codes[lost] = _as_in_all_rows(member, stream, allowed, which, lost)
    return codes


def _as_in_all_rows(
    member: Member,
    stream: Stream,
    allowed: Sequence[Allowed],
    which: Int,
    rows: Bool,
) -> Int:
    """The codes of some rows, by how frequent tokens are in the whole table."""
    part = stream_of_rows(stream, rows)
    tokens = _chosen(_in_all_rows(member, allowed, which[rows]), part("group"))
    return _decoded(member, tokens, allowed, which[rows], part)


def _residual_shares(
    member: Member,
    inputs: Inputs,
    probabilities: Float,
    allowed: Sequence[Allowed],
    which: Int,
) -> Float:
    """How probable what is left to each row is, where the residual is drawn."""
    assert isinstance(member.grid, NumberGrid) and member.residual is not None
    out = np.zeros(len(which))
    for i, rows in by_set(which):
        inside = allowed[i]
        assert isinstance(inside, Intervals)
        out[rows] = residual_share(
            truncated(member.grid, inside),
            member.residual,
            probabilities[rows],
            inputs.predicted[rows],
            RESIDUAL_UNIT,
        )
    return out


def by_set(which: Int) -> list[tuple[int, Int]]:
    """The rows of each set that any row has."""
    return [(int(i), np.flatnonzero(which == i)) for i in np.unique(which)]
