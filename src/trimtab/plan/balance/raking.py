"""Iterative proportional fitting: cells with given margins, as near to the real ones as can be."""

from __future__ import annotations

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.plan.balance.feasibility import incidence

_SWEEPS = 200
_STEPS = 200
_EXACT = 1e-12  # of the total: the residual of a margin that counts as none


def raked(codes: Int, sizes: tuple[int, ...], start: Float, margins: Float) -> Float:
    """The cells with these margins that are nearest to `start`, in Kullback-Leibler divergence.

    codes    (cells, columns): which of its column's `sizes` values a cell has
    start    (cells,): positive
    margins  (sum of sizes,): positive where a cell has the value, and met by positive cells

    Deming & Stephan (1940); that the limit is the nearest joint: Csiszar (1975). Where the sweeps
    converge slowly, because a cell comes out nearly empty, Newton steps on the dual finish the
    work: the solution has the same form, start * exp(a sum of one number for each margin).
    """
    parts = np.split(margins, np.cumsum(sizes)[:-1])
    total = parts[0].sum()
    x = start * (total / start.sum())
    for _ in range(_SWEEPS):
        for k, wanted in enumerate(parts):
            sums = np.bincount(codes[:, k], x, sizes[k])
            x = x * np.divide(wanted, sums, out=np.zeros_like(wanted), where=sums > 0)[codes[:, k]]
        if residual(codes, sizes, x, margins) <= _EXACT * total:
            return x
    return _newton(codes, sizes, x, margins, _EXACT * total)


def residual(codes: Int, sizes: tuple[int, ...], x: Float, margins: Float) -> float:
    """The largest difference between the cells' margins and the wanted ones."""
    sums = [np.bincount(codes[:, k], x, size) for k, size in enumerate(sizes)]
    return float(np.abs(np.concatenate(sums) - margins).max())


def _newton(codes: Int, sizes: tuple[int, ...], x: Float, margins: Float, exact: float) -> Float:
    """Damped Newton steps on the dual: minimise sum(x) - numbers @ margins."""
    matrix = incidence(codes, sizes)
    for _ in range(_STEPS):
        missing = margins - matrix @ x
        off = float(np.abs(missing).max())
        if off <= exact:
            break
        weighted = matrix.multiply(x) @ matrix.T
        scale = 1 / np.sqrt(np.maximum(weighted.diagonal(), 1e-300))
        scaled = weighted.toarray() * scale * scale[:, None]
        # The columns' margins have the same sum, so the system is singular: the shortest step.
        step = scale * np.linalg.lstsq(scaled, scale * missing, rcond=1e-13)[0]
        moved = matrix.T @ step
        size = min(1.0, 20 / max(float(np.abs(moved).max()), 1e-300))
        while size > 1e-12:
            tried = x * np.exp(size * moved)
            lower = tried.sum() - x.sum() - size * (step @ margins) < 0
            # Near the end the dual no longer changes by what a float can tell.
            if lower or np.abs(margins - matrix @ tried).max() < off / 2:
                break
            size /= 2
        else:
            break
        x = tried
    return x
