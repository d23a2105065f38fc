"""Whole numbers of rows that keep what was promised: totals, and the margins of tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from trimtab._arrays import Float, Int

_NEARLY = 1e-7
_NODES = 2000  # of the search for whole numbers: a bound that is the same on every machine


def apportion(shares: Sequence[float] | Float, total: int) -> Int:
    """Whole numbers that sum to `total`, by largest remainder (Hamilton); ties go to the first."""
    exact = np.asarray(shares, float) * total / math.fsum(shares)
    counts = np.floor(exact + 1e-9).astype(np.int64)
    left = total - int(counts.sum())
    order = np.lexsort((np.arange(len(exact)), -np.round(exact - counts, 9)))
    counts[order[:left]] += 1
    return counts


def controlled(matrix: Any, cells: Float, margins: Int) -> Int | None:
    """Whole numbers with exactly these margins, each within 1 of its cell if there are such.

    matrix   (rows, cells): see `feasibility.incidence`
    cells    (cells,): what to round; `matrix` @ cells = margins

    Controlled rounding (Bacharach 1966; Cox 1987): for two columns a flow, which always exists; for
    more it may not, and then cells may be 2 or more away. None if none was found at all.
    """
    floor = np.floor(cells + _NEARLY)
    part = np.clip(cells - floor, 0, 1)
    left = margins - matrix @ floor
    solution = milp(
        1 - 2 * part,  # what raising a cell adds to the sum of distances
        constraints=LinearConstraint(matrix, left, left),
        integrality=np.ones(len(cells)),
        bounds=Bounds(0, (part > _NEARLY).astype(float)),
        options={"node_limit": _NODES, "mip_rel_gap": 0.01},
    )
    raised = _whole(matrix, solution.x, left)
    if raised is not None:
        return floor.astype(np.int64) + raised
    for width in (1.0, np.inf):
        wide = _nearby(matrix, cells, margins, width)
        if wide is not None:
            return wide
    return None


def _nearby(matrix: Any, cells: Float, margins: Int, width: float) -> Int | None:
    """Whole numbers with these margins, at most about 1 + `width` from their cells."""
    many = len(cells)
    eye = sparse.identity(many)
    none = sparse.csr_matrix(matrix.shape)
    upper = np.full(many, np.inf)
    solution = milp(
        np.concatenate([np.zeros(many), np.ones(many)]),
        constraints=[
            LinearConstraint(sparse.hstack([matrix, none]).tocsr(), margins, margins),
            LinearConstraint(sparse.hstack([eye, -eye]).tocsr(), -upper, cells),
            LinearConstraint(sparse.hstack([eye, eye]).tocsr(), cells, upper),
        ],
        integrality=np.concatenate([np.ones(many), np.zeros(many)]),
        bounds=Bounds(
            np.concatenate([np.maximum(np.floor(cells) - width, 0), np.zeros(many)]),
            np.concatenate([np.ceil(cells) + width, upper]),
        ),
        options={"node_limit": _NODES, "mip_rel_gap": 0.01},
    )
    return _whole(matrix, None if solution.x is None else solution.x[:many], margins)


def other_margins(matrix: Any, wanted: Float, held: Int) -> Int | None:
    """The whole margins nearest to the wanted ones, each within 1, that a table of whole numbers
    has; None if none was found.

    wanted   (rows,): the margins before rounding
    held     (rows,): what the margins hold already; the cells come on top
    """
    rows, many = matrix.shape
    eye = sparse.identity(rows)
    rest = wanted - held
    room = np.where(np.abs(wanted - np.round(wanted)) < _NEARLY, 0.0, 1.0)
    above = room * (np.ceil(wanted) - wanted)
    below = room * (wanted - np.floor(wanted))
    solution = milp(
        np.concatenate([np.zeros(many), np.ones(2 * rows)]),
        constraints=LinearConstraint(
            sparse.hstack([matrix, -eye, eye]).tocsr(), rest - _NEARLY, rest + _NEARLY
        ),
        integrality=np.concatenate([np.ones(many), np.zeros(2 * rows)]),
        bounds=Bounds(0, np.concatenate([np.full(many, np.inf), above, below])),
        options={"node_limit": _NODES, "mip_rel_gap": 0.01},
    )
    if solution.x is None:
        return None
    cells = np.round(solution.x[:many]).astype(np.int64)
    margins: Int = np.asarray(matrix @ cells).astype(np.int64) + held
    return margins if (np.abs(margins - wanted) < 1 + _NEARLY).all() else None


def _whole(matrix: Any, solution: Float | None, margins: Float | Int) -> Int | None:
    """A solution as whole numbers, if it is one to the last row."""
    if solution is None:
        return None
    cells = np.round(solution).astype(np.int64)
    exact = (cells >= 0).all() and np.array_equal(matrix @ cells, np.round(margins))
    return cells if exact else None
