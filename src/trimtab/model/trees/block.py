"""The leading block of a chain: a joint table small enough to enumerate.

Any subset of its columns, by value, by set or by range, is conditioned on exactly: each cell counts
with its weight times the share of its tokens' draws that agree, and one of them is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.errors import RefusedError

MAX_CELLS = 20_000
_NOTHING_LEFT = (
    "the given values and sets of the model's leading columns leave no combination to draw: widen "
    "a set, or leave out a value."
)


@dataclass(frozen=True)
class Block:
    """`weights` is the joint probability of the columns' tokens, one axis a column."""

    columns: tuple[str, ...]
    weights: Float

    def draw(
        self,
        rows: int,
        known: Mapping[str, tuple[Int, Int]],
        allowed: Mapping[str, tuple[Int, tuple[Float, ...]]],
        uniforms: Float,
        otherwise: Block | None = None,
    ) -> dict[str, Int]:
        """Tokens of every column for each row.

        `known` maps a column to (mask, tokens): where the mask is set the token is given. `allowed`
        maps a column to (index, shares): where index >= 0, shares[index] [T] says which share of
        each token's draws is allowed. Rows of which what is given leaves nothing are drawn from
        another table, if there is one.
        """
        names = self.columns
        pattern = np.zeros((rows, 2 * len(names)), np.int64)
        for j, name in enumerate(names):
            if name in known:
                pattern[:, 2 * j] = known[name][0]
            if name in allowed:
                pattern[:, 2 * j + 1] = allowed[name][0] + 1
        out = {n: np.zeros(rows, np.int64) for n in names}
        kinds, which = pattern[:1], np.zeros(rows, np.int64)
        if pattern.any():
            kinds, which = np.unique(pattern, axis=0, return_inverse=True)
            which = which.reshape(-1)
        for k, kind in enumerate(kinds):
            at = np.flatnonzero(which == k)
            fixed = [j for j in range(len(names)) if kind[2 * j]]
            given = [known[names[j]][1][at] for j in fixed]
            tables = [b._restricted(kind, allowed) for b in (self, otherwise) if b is not None]
            cells = _draw(tables, fixed, given, uniforms[at])
            for j, name in enumerate(names):
                out[name][at] = cells[j]
        return out

    def tokens_given(self, rows: int, known: Mapping[str, Int], column: str) -> Float:
        """Probabilities of a column's tokens, [rows, T], given tokens of some others, [rows]."""
        axes = [j for j, n in enumerate(self.columns) if n in known]
        kept = [*axes, self.columns.index(column)]
        summed = tuple(j for j in range(len(self.columns)) if j not in kept)
        joint = self.weights.sum(axis=summed)  # its axes are those that are kept, in order
        joint = np.moveaxis(joint, sorted(kept).index(kept[-1]), -1)
        weights = joint[tuple(known[self.columns[j]] for j in axes)] if axes else joint[None]
        total = weights.sum(axis=-1, keepdims=True)
        if not (total > 0).all():
            raise RefusedError(_NOTHING_LEFT)
        return np.broadcast_to(weights / total, (rows, joint.shape[-1]))

    def _restricted(self, kind: Int, allowed: Mapping[str, tuple[Int, tuple[Float, ...]]]) -> Float:
        weights = self.weights
        for j, name in enumerate(self.columns):
            chosen = kind[2 * j + 1] - 1
            if chosen >= 0 and not kind[2 * j]:
                along = [-1 if i == j else 1 for i in range(weights.ndim)]
                weights = weights * allowed[name][1][chosen].reshape(along)
        return weights


def _draw(
    tables: Sequence[Float], fixed: list[int], given: list[Int], uniforms: Float
) -> list[Int]:
    """One cell a row among those whose `fixed` axes hold the `given` tokens; tokens by axis.

    Of several tables a row takes the first that leaves it any.
    """
    weights, *others = tables
    free = [j for j in range(weights.ndim) if j not in fixed]
    outer = int(np.prod([weights.shape[j] for j in fixed], dtype=np.int64))
    table = weights.transpose([*fixed, *free]).reshape(outer, -1)
    upto = np.cumsum(table, axis=1)
    if fixed:
        row = np.ravel_multi_index(tuple(given), [weights.shape[j] for j in fixed])
    else:
        row = np.zeros(len(uniforms), np.int64)
    left = upto[row, -1] > 0
    if not left.all():
        if not others:
            raise RefusedError(_NOTHING_LEFT)
        return _merged(weights, others, fixed, given, uniforms, left)
    # one search for all rows: row r's sums are lifted to the interval (r, r + 1]
    total = np.where(upto[:, -1:] > 0, upto[:, -1:], 1.0)
    lifted = (upto / total + np.arange(outer)[:, None]).reshape(-1)
    cell = np.searchsorted(lifted, row + uniforms, "right") - row * table.shape[1]
    tokens = dict(zip(fixed, given, strict=True))
    if free:
        last = last_positive(table)[row]
        cell = np.minimum(cell, last)
        tokens |= dict(
            zip(free, np.unravel_index(cell, [weights.shape[j] for j in free]), strict=True)
        )
    return [np.asarray(tokens[j], np.int64) for j in range(weights.ndim)]


def _merged(
    weights: Float,
    others: Sequence[Float],
    fixed: list[int],
    given: list[Int],
    uniforms: Float,
    left: Bool,
) -> list[Int]:
    """The cells of rows of which some have to take another table."""
    out = [np.zeros(len(uniforms), np.int64) for _ in range(weights.ndim)]
    for rows, tables in ((left, [weights]), (~left, others)):
        if rows.any():
            cells = _draw(tables, fixed, [tokens[rows] for tokens in given], uniforms[rows])
            for mine, drawn in zip(out, cells, strict=True):
                mine[rows] = drawn
    return out


def last_positive(table: Float) -> Int:
    """The last cell of each row with any weight, so that rounding never draws an excluded one."""
    return table.shape[1] - 1 - np.argmax(table[:, ::-1] > 0, axis=1)
