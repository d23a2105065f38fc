"""What masks leave of the distributions of a column, in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.model.grid.distribution import PiecewiseDistributions, joined, of_tokens
from trimtab.model.grid.grid import Grid, LabelGrid
from trimtab.model.grid.intervals import rows_within
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.left import Case, Left


def masked(left: Left, distributions: PiecewiseDistributions) -> PiecewiseDistributions:
    """The distributions of one column, of each row with what masks leave of it."""
    cases = {int(r): case for case in left.cases() for r in case.rows}
    parts, points, masses = [], [], []
    for row in range(len(distributions.missing)):
        one = replace(
            distributions, mass=distributions.mass[[row]], missing=distributions.missing[[row]]
        )
        case = cases[row]
        part, mass = _restricted(case, one) if any(case.has) else (one, 0.0)
        parts.append(part)
        masses.append(mass)
        points.append(case.point if mass else None)
    whole = _over_common_pieces(parts)
    return _with_points(whole, points, np.array(masses))


def _restricted(
    case: Case, distributions: PiecewiseDistributions
) -> tuple[PiecewiseDistributions, float]:
    """The distribution of a row with some of a column's classes alone, kind by kind; and the mass
    at the one value that is left, if it is one."""
    classes = case.classes
    cut = by_class(classes, distributions)
    of_piece = classes.of(cut.first)
    apart, allowed = classes.apart[of_piece], case.pattern[of_piece]
    may_miss = bool(case.pattern[0]) or isinstance(classes.grid, LabelGrid)
    wanted = [float(cut.mass[0, ~apart].sum()), float(cut.mass[0, apart].sum() + cut.missing[0])]
    for k in (0, 1):
        if not case.has[k]:
            wanted[1 - k], wanted[k] = wanted[0] + wanted[1], 0.0
    mass, missing = cut.mass * allowed, float(cut.missing[0]) * may_miss
    if classes.grid.nullable:
        missing *= bool(case.pattern[0])
    values, rest = mass * ~apart, mass * apart
    point = wanted[0] if case.point is not None else 0.0
    if case.point is not None:
        values = values * 0
    elif case.has[0]:
        if not values.sum() > 0:
            values = _in_all_rows(case, distributions) * allowed * ~apart
        values = values * wanted[0] / max(float(values.sum()), 1e-300)
    whole = float(rest.sum()) + missing
    lift = wanted[1] / whole if whole > 0 else 0.0
    return replace(cut, mass=values + rest * lift, missing=np.array([missing * lift])), point


def _in_all_rows(case: Case, distributions: PiecewiseDistributions) -> Float:
    """The masses of pieces by how frequent tokens are in the whole table."""
    grid: Grid = case.classes.grid
    counts = rows_within(grid, case.of_kind(apart=False))
    whole = of_tokens(grid, (counts / counts.sum())[None])
    own = replace(distributions, mass=whole.mass, missing=whole.missing)
    return by_class(case.classes, own).mass


def _with_points(
    whole: PiecewiseDistributions, points: Sequence[int | None], masses: Float
) -> PiecewiseDistributions:
    """The distributions with a piece more for each value that has mass of its own."""
    codes = sorted({p for p in points if p is not None})
    if not codes:
        return whole
    more = np.zeros((len(points), len(codes)))
    for row, point in enumerate(points):
        if point is not None:
            more[row, codes.index(point)] = masses[row]
    first = np.concatenate([whole.first, codes])
    last = np.concatenate([whole.last, codes])
    order = np.argsort(first, kind="stable")
    mass = np.concatenate([whole.mass, more], axis=1)[:, order]
    return replace(whole, first=first[order], last=last[order], mass=mass)


def _over_common_pieces(
    parts: Sequence[PiecewiseDistributions],
) -> PiecewiseDistributions:
    """The distributions of several rows, cut wherever one of them is."""
    first = parts[0]
    if all(np.array_equal(p.first, first.first) for p in parts):
        return joined(parts)
    begins = np.unique(np.concatenate([p.first for p in parts]))
    cut = [_cut_at(p, begins) for p in parts]
    return joined(cut)


def averaged(distributions: PiecewiseDistributions) -> PiecewiseDistributions:
    """The mean of all rows' distributions, as that of one row."""
    return replace(
        distributions,
        mass=distributions.mass.mean(axis=0, keepdims=True),
        missing=distributions.missing.mean(keepdims=True),
    )


def by_class(classes: Classes, distributions: PiecewiseDistributions) -> PiecewiseDistributions:
    """The same distributions in pieces none of which lies in two classes."""
    if isinstance(classes.grid, LabelGrid):
        return distributions
    return _cut_at(distributions, classes.bounds)


def _cut_at(distributions: PiecewiseDistributions, bounds: Int) -> PiecewiseDistributions:
    """The same distributions in pieces none of which goes on over a bound."""
    first, last, unit = distributions.first, distributions.last, distributions.unit
    pieces = _cut(first, last, bounds, unit)
    place = np.array([p for p, _, _ in pieces], np.int64)
    low = np.array([a for _, a, _ in pieces], np.int64)
    high = np.array([b for _, _, b in pieces], np.int64)
    share = ((high - low) // unit + 1) / ((last - first) // unit + 1)[place]
    return replace(distributions, first=low, last=high, mass=distributions.mass[:, place] * share)


def _cut(first: Int, last: Int, bounds: Int, unit: int) -> Sequence[tuple[int, int, int]]:
    """Pieces cut at bounds: the number of the piece, and the first and last code of each part."""
    parts = []
    for piece, (low, high) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        for bound in bounds[(bounds > low) & (bounds <= high)].tolist():
            begins = low + -(-(bound - low) // unit) * unit
            if low < begins <= high:
                parts.append((piece, low, begins - unit))
                low = begins
        parts.append((piece, low, high))
    return parts
