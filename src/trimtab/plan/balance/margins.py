"""Rows of each cell when what is asked for is the margin of each column by itself.

Only cells that the real table supports get rows. Whether the margins can be met at all is decided
by linear programming before anything else; then the cells stay as near to the real joint as the
margins let them (iterative proportional fitting), in whole numbers whose margins are exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.errors import PlanError, RefusedError
from trimtab.plan.balance import feasibility
from trimtab.plan.balance.observed import Observed
from trimtab.plan.balance.quota import Margin, shown_value
from trimtab.plan.balance.raking import raked
from trimtab.plan.balance.rounding import apportion, controlled, other_margins

_MAX_CELLS = 100_000
_TOTALS_TRIED = 50
_DEMANDS_NAMED = 6


@dataclass(frozen=True)
class Margins:
    """What is asked of the cells that the real table holds of the values asked for.

    codes      (cells, columns): the position of each cell's value in its column's margin
    real_rows  (cells,)
    support    (cells,): whether they may get rows; only real rows of other cells count
    """

    names: tuple[str, ...]
    margins: tuple[Margin, ...]
    cells: tuple[tuple[Any, ...], ...]
    codes: Int
    real_rows: Int
    support: Bool
    min_support: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many values each column has."""
        return tuple(len(m.values) for m in self.margins)

    @property
    def shares(self) -> Float:
        """The wanted share of each value of each column, one column after the other."""
        return np.concatenate([m.shares for m in self.margins])

    @property
    def total(self) -> int | None:
        """The number of rows that counts ask for."""
        return next((m.total for m in self.margins if m.total is not None), None)

    def whole(self, total: int) -> Int:
        """Whole numbers of rows for each value, by largest remainder in each column."""
        return np.concatenate([apportion(m.shares, total) for m in self.margins])


@dataclass(frozen=True)
class Filled:
    """Rows of each cell in the result.

    `emptied` are supported cells for which the shares leave no room, so that they get next to no
    rows; `moved` says that margins had to be rounded otherwise than to the nearest whole numbers.
    """

    targets: Int
    emptied: Bool
    moved: bool


def margins_of(
    names: tuple[str, ...], asked: tuple[Margin, ...], real: Observed, min_support: int
) -> Margins:
    """The cells that margins are about. Raises RefusedError where there are none."""
    places = [{v: k for k, v in enumerate(m.values)} for m in asked]
    coded = {
        cell: [p[v] for p, v in zip(places, cell, strict=True)]
        for cell in real.rows
        if all(v in p for p, v in zip(places, cell, strict=True))
    }
    cells = tuple(sorted(coded, key=lambda c: coded[c]))
    real_rows = np.array([real.rows[c] for c in cells], np.int64)
    support = real_rows >= min_support
    if not support.any():
        least = f"{min_support} real rows" if min_support > 1 else "a real row"
        raise RefusedError(
            f"no combination of the values of {', '.join(names)} has {least}: nothing can be "
            "balanced. Balance over fewer columns, or lower `min_support`."
        )
    if len(cells) > _MAX_CELLS:
        raise PlanError(
            f"by: {', '.join(names)} have {len(cells):,} combinations in the table, more than "
            f"{_MAX_CELLS:,}: balance over fewer columns."
        )
    codes = np.array([coded[c] for c in cells], np.int64)
    return Margins(names, asked, cells, codes, real_rows, support, min_support)


def fill(wanted: Margins, mode: str, rows: int | None, default: int, others: int) -> Filled:
    """Rows of each cell; see `Filled`.

    rows     of the result, with `others` that are kept beside the cells; None: with mode "replace"
             as many as counts ask for, or `default`; with "augment" the fewest at which the real
             rows can be raised to the shares, or one of the next for the sake of whole numbers

    The cells are the nearest to the real joint, in Kullback-Leibler divergence, that have the
    margins; with "augment" that is said of the rows that are added, whose margins are what the real
    rows leave of the wanted ones. Raises PlanError for a number of rows that counts contradict,
    RefusedError for margins that cannot be met.
    """
    total = wanted.total
    if total is not None and rows is not None and rows != total + others:
        rest = f", and {others} real rows are in no such cell" if others else ""
        raise PlanError(
            f"rows = {rows} but the counts sum to {total}{rest}: leave out -n, or give shares."
        )
    if total is None and rows is not None:
        total = rows - others
    if mode == "replace":
        return _replaced(wanted, default if total is None else total)
    return _augmented(wanted, total, others)


def _replaced(wanted: Margins, total: int) -> Filled:
    _check(wanted, wanted.shares)
    filled = _at(wanted, total, np.zeros(len(wanted.cells), np.int64))
    if filled is None:
        raise RefusedError(
            f"no whole numbers of rows that sum to {total} were found for these margins, though "
            "fractions of rows would do: ask for another number of rows with -n."
        )
    return filled


def _augmented(wanted: Margins, total: int | None, others: int) -> Filled:
    matrix = feasibility.incidence(wanted.codes, wanted.sizes)
    real_margins = np.asarray(matrix @ wanted.real_rows).astype(np.int64)
    if wanted.total is not None:
        return _counts_augmented(wanted, wanted.total, real_margins)
    filled = None if total is None else _at(wanted, total, wanted.real_rows)
    if filled is not None:
        return filled
    support = matrix[:, wanted.support]
    reached, distance, _ = feasibility.nearest(support, wanted.shares)
    shares = reached if distance <= feasibility.TOLERANCE else wanted.shares
    least = feasibility.least_total(support, shares, real_margins.astype(float))
    if least is None:
        _check(wanted, wanted.shares)
        raise RefusedError(_never_level(wanted, matrix))
    first = max(math.ceil(least - 1e-6), int(wanted.real_rows.sum()), 1)
    begin = first if total is None else max(first, total + 1)
    for tried in range(begin, begin + _TOTALS_TRIED):
        filled = _at(wanted, tried, wanted.real_rows)
        if filled is not None and total is None:
            return filled
        if filled is not None:
            raise RefusedError(
                f"with all real rows kept, these margins cannot be had at rows = "
                f"{(total or 0) + others}. Ask for at least {tried + others}, leave out `rows`, or "
                "use `mode='replace'`."
            )
    raise RefusedError(
        "no whole numbers of rows were found that raise the real rows to these margins: use "
        "`mode='replace'`, or ask for other shares."
    )


def _counts_augmented(wanted: Margins, total: int, real_margins: Int) -> Filled:
    """Counts of values, met by adding to the real rows."""
    counts = wanted.whole(total)
    if (counts < real_margins).any():
        row = int(np.argmin(counts - real_margins))
        raise RefusedError(
            f"{_named(wanted, row)} holds {real_margins[row]} real rows, more than the "
            f"{counts[row]} asked for: augmenting never removes rows. Ask for more, or use "
            "`mode='replace'`."
        )
    missing = counts - real_margins
    added = total - int(wanted.real_rows.sum())
    if added:
        _check(wanted, missing / added, f" (of the {added} rows to add)")
    filled = _at(wanted, total, wanted.real_rows)
    if filled is None:
        raise RefusedError(
            "no whole numbers of rows were found for the counts asked for, though fractions of "
            "rows would do: ask for other counts."
        )
    return filled


def _at(wanted: Margins, total: int, base_rows: Int) -> Filled | None:
    """Cells with the margins at this total, by adding to `base_rows` (cells,); None: not found."""
    matrix = feasibility.incidence(wanted.codes, wanted.sizes)
    base_margins = np.asarray(matrix @ base_rows).astype(np.int64)
    margins = wanted.whole(total)
    added = _added(wanted, margins - base_margins)
    moved = False
    if added is None and wanted.total is None:
        exact = wanted.shares * total
        other = other_margins(matrix[:, wanted.support], exact, base_margins)
        if other is not None:
            moved = True
            added = _added(wanted, other - base_margins)
    if added is None:
        return None
    return Filled(base_rows + added, _emptied(wanted), moved)


def _emptied(wanted: Margins) -> Bool:
    """The supported cells that the shares leave no room for; those of a share of 0 go unsaid."""
    places = np.flatnonzero(wanted.support)
    matrix = feasibility.incidence(wanted.codes[places], wanted.sizes)
    emptied = np.zeros(len(wanted.cells), bool)
    filled = feasibility.positive(matrix, wanted.shares)
    if filled is not None:
        emptied[places] = ~filled & (matrix.T @ (wanted.shares == 0) == 0)
    return emptied


def _added(wanted: Margins, margins: Int) -> Int | None:
    """Whole numbers of rows (cells,) with these margins; None: not found."""
    added = np.zeros(len(wanted.cells), np.int64)
    total = int(margins[: wanted.sizes[0]].sum())
    if (margins < 0).any():
        return None
    if total == 0:
        return added
    places = np.flatnonzero(wanted.support)
    codes = wanted.codes[places]
    matrix = feasibility.incidence(codes, wanted.sizes)
    filled = feasibility.positive(matrix, margins / total)
    if filled is None:
        return None
    start = wanted.real_rows[places[filled]].astype(float)
    cells = raked(codes[filled], wanted.sizes, start, margins.astype(float))
    rounded = controlled(matrix[:, filled], cells, margins)
    if rounded is None:
        return None
    added[places[filled]] = rounded
    return added


def _check(wanted: Margins, shares: Float, of: str = "") -> Float:
    """The shares as the cells can have them. Raises RefusedError where they conflict."""
    matrix = feasibility.incidence(wanted.codes[wanted.support], wanted.sizes)
    reached, distance, _ = feasibility.nearest(matrix, shares)
    if distance <= feasibility.TOLERANCE:
        return reached
    demands = feasibility.conflict(matrix, shares, wanted.sizes)
    qualifier = "that the real table holds"
    if wanted.min_support > 1:
        qualifier = f"of {wanted.min_support} real rows or more"
    columns = [_column(wanted, d.row) for d in demands]
    # Told of the column that least is demanded of, and there of a value that falls short.
    first = min(
        range(len(demands)), key=lambda k: (columns.count(columns[k]), not demands[k].least)
    )
    others = [d for k, d in enumerate(demands) if k != first]
    what = "margins contradict each other" if others else "a margin cannot be met"
    names = " or ".join(wanted.names[k] for k in sorted(set(columns)))
    raise RefusedError(
        f"{what} on the combinations {qualifier}: {_demand(wanted, demands[first], shares, of)}"
        f"{_beside(wanted, others, shares)}. Leave {names} out of `by`, or ask for other shares "
        "with `to`; `target='product'` asks for combinations instead."
    )


def _demand(wanted: Margins, demand: feasibility.Demand, shares: Float, of: str) -> str:
    """One half of a margin in words: what it should be, and what it can be."""
    codes = wanted.codes[wanted.support]
    column = _column(wanted, demand.row)
    why = ""
    if not (codes[:, column] == demand.row - sum(wanted.sizes[:column])).any():
        least = f"{wanted.min_support} real rows" if wanted.min_support > 1 else "real rows"
        why = f" (no combination asked for with it has {least})"
    return (
        f"{_named(wanted, demand.row)} should be {_percent(shares[demand.row])}{of} and can be "
        f"{_percent(demand.reach)} at {'most' if demand.least else 'least'}{why}"
    )


def _beside(wanted: Margins, others: list[feasibility.Demand], shares: Float) -> str:
    """What else is demanded, so that a demand cannot be met."""
    if not others:
        return ""
    clauses = [
        f"{_named(wanted, d.row)} is {_percent(shares[d.row])} or {'more' if d.least else 'less'}"
        for d in others[:_DEMANDS_NAMED]
    ]
    more = len(others) - _DEMANDS_NAMED
    return f", while {', '.join(clauses)}" + (f", and {more} more are so" if more > 0 else "")


def _never_level(wanted: Margins, matrix: Any) -> str:
    """Why real rows that are kept stand in the way of margins at any total."""
    support = wanted.support
    filled = feasibility.positive(matrix[:, support], wanted.shares)
    stuck = [c for c, s in zip(wanted.cells, support, strict=True) if not s]
    if filled is not None:
        places = np.flatnonzero(support)[~filled]
        stuck += [wanted.cells[k] for k in places]
    listed = "; ".join(
        ", ".join(f"{n} = {shown_value(v)}" for n, v in zip(wanted.names, c, strict=True))
        for c in stuck[:_DEMANDS_NAMED]
    )
    return (
        "these margins leave no room for real rows that augmenting keeps, whatever the number of "
        f"rows ({listed}): use `mode='replace'`, or ask for other shares."
    )


def _column(wanted: Margins, row: int) -> int:
    return int(np.searchsorted(np.cumsum(wanted.sizes), row, side="right"))


def _named(wanted: Margins, row: int) -> str:
    column = _column(wanted, row)
    value = wanted.margins[column].values[row - sum(wanted.sizes[:column])]
    return f"{wanted.names[column]} = {shown_value(value)}"


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"
