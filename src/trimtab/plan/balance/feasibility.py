"""Whether cells can have the margins wanted of them: linear programs, solved before any fit.

The cells' shares are x >= 0 with `matrix` @ x = the wanted shares of each column's values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from trimtab._arrays import Bool, Float, Int

TOLERANCE = 1e-6  # shares are read to this accuracy, so a conflict smaller than it is none
_CLEAR = 1e-9
_SIZE_FILTERED = 80  # a conflict of more demands than this is named as it is found
_OPTIONS = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


@dataclass(frozen=True)
class Demand:
    """One half of what a margin asks: its `row` of the matrix at least (or at most) its share.

    `reach` is the share that it can have at most (or at least) beside the other demands.
    """

    row: int
    least: bool
    reach: float


def incidence(codes: Int, sizes: tuple[int, ...]) -> Any:
    """Sparse 0/1 matrix: a row for each value of each column, a column for each cell.

    codes   (cells, columns): which of its column's `sizes` values a cell has
    """
    cells, columns = codes.shape
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    rows = (codes + starts).ravel()
    each = np.repeat(np.arange(cells), columns)
    return sparse.csr_matrix((np.ones(len(rows)), (rows, each)), (sum(sizes), cells))


def nearest(matrix: Any, shares: Float) -> tuple[Float, float, Float]:
    """The reachable shares at the least total distance to the wanted ones (both (rows,)), that
    distance, and how it grows with each wanted share: where it does, the demand conflicts.
    """
    rows, cells = matrix.shape
    eye = sparse.identity(rows)
    margins = sparse.hstack([matrix, eye, -eye])
    total = sparse.csr_matrix(np.concatenate([np.ones(cells), np.zeros(2 * rows)]))
    solution = linprog(
        np.concatenate([np.zeros(cells), np.ones(2 * rows)]),
        A_eq=sparse.vstack([margins, total]).tocsr(),
        b_eq=np.append(shares, 1.0),
        options=_OPTIONS,
    )
    x = np.maximum(solution.x[:cells], 0)
    reached = matrix @ (x / x.sum())
    return reached, float(np.abs(reached - shares).sum()), solution.eqlin.marginals[:rows]


def positive(matrix: Any, shares: Float) -> Bool | None:
    """Which cells can have any rows at all if all margins are met; None if they cannot be met.

    The others must be empty: with them left out, the margins are met by positive cells alone,
    because the mean of several solutions is one. Each program raises as many cells as it can that
    no solution has had yet, each by a little, so that one or two of them find all.
    """
    cells = matrix.shape[1]
    filled = np.zeros(cells, bool)
    little = float(shares[shares > 0].min()) / cells
    while not filled.all():
        rest = np.flatnonzero(~filled)
        solution = linprog(
            np.concatenate([np.zeros(cells), -np.ones(len(rest))]),
            A_eq=sparse.hstack([matrix, matrix[:, rest]]).tocsr(),
            b_eq=shares,
            bounds=[(0, None)] * cells + [(0, little)] * len(rest),
            options=_OPTIONS,
        )
        if solution.x is None:
            return None
        x = solution.x[:cells]
        x[rest] += solution.x[cells:]
        new = (x > _CLEAR) & ~filled
        if not new.any():
            break
        filled |= new
    return filled


def least_total(matrix: Any, shares: Float, held: Float) -> float | None:
    """The least number of rows with these shares that margins of `held` rows can be raised to by
    adding rows to the cells; None where no number will do.
    """
    cells = matrix.shape[1]
    solution = linprog(
        np.append(np.zeros(cells), 1.0),
        A_eq=sparse.hstack([matrix, sparse.csr_matrix(-shares.reshape(-1, 1))]).tocsr(),
        b_eq=-held,
    )
    return None if solution.x is None else float(solution.x[-1])


def conflict(matrix: Any, shares: Float, sizes: tuple[int, ...]) -> tuple[Demand, ...]:
    """Demands of margins that cannot be met together, none of which can be spared.

    Begins with the demands that the nearest reachable shares fall short of at a price (a
    certificate of infeasibility, by Farkas), and leaves out, one by one, what does not take part.
    """
    prices = np.round(nearest(matrix, shares)[2], 9)
    # What is the same for all values of a column is about the total alone, which is met: taking off
    # the commonest price leaves the fewest demands.
    commonest = [_commonest(p) for p in np.split(prices, np.cumsum(sizes)[:-1])]
    prices = prices - np.repeat(commonest, sizes)
    demands = [(int(k), True) for k in np.flatnonzero(prices > _CLEAR)]
    demands += [(int(k), False) for k in np.flatnonzero(prices < -_CLEAR)]
    if len(demands) <= _SIZE_FILTERED:
        for demand in list(demands):
            fewer = [d for d in demands if d != demand]
            if _excess(matrix, shares, fewer) > _CLEAR:
                demands = fewer
    return tuple(
        Demand(k, least, _reach(matrix, shares, (k, least), demands)) for k, least in demands
    )


def _commonest(prices: Float) -> float:
    values, times = np.unique(prices, return_counts=True)
    return float(values[np.argmax(times)])


def _bounds(matrix: Any, shares: Float, demands: list[tuple[int, bool]]) -> tuple[Any, Float]:
    """Demands as an upper bound: (matrix, bound)."""
    rows = np.array([k for k, _ in demands], np.int64)
    signs = np.array([-1.0 if least else 1.0 for _, least in demands])
    return sparse.diags(signs) @ matrix[rows], signs * shares[rows]


def _excess(matrix: Any, shares: Float, demands: list[tuple[int, bool]]) -> float:
    """By how much the worst of the demands must be missed."""
    if not demands:
        return 0.0
    cells = matrix.shape[1]
    bound, limit = _bounds(matrix, shares, demands)
    solution = linprog(
        np.append(np.zeros(cells), 1.0),
        A_ub=sparse.hstack([bound, sparse.csr_matrix(-np.ones((len(demands), 1)))]).tocsr(),
        b_ub=limit,
        A_eq=np.append(np.ones(cells), 0.0).reshape(1, -1),
        b_eq=[1.0],
        options=_OPTIONS,
    )
    return float(solution.x[-1])


def _reach(
    matrix: Any, shares: Float, demand: tuple[int, bool], demands: list[tuple[int, bool]]
) -> float:
    """The share that one margin can have at most (at least) while the other demands are met."""
    row, least = demand
    others = [d for d in demands if d != demand]
    aim = matrix[row].toarray()[0] * (-1.0 if least else 1.0)
    limits = {}
    if others:
        bound, limit = _bounds(matrix, shares, others)
        limits = {"A_ub": bound.tocsr(), "b_ub": limit + _CLEAR}
    solution = linprog(
        aim, A_eq=np.ones((1, matrix.shape[1])), b_eq=[1.0], options=_OPTIONS, **limits
    )
    return float("nan") if solution.x is None else float(abs(solution.fun))
