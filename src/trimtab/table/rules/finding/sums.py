"""The search for numbers that are sums or differences of others."""

from __future__ import annotations

import numpy as np

from trimtab._arrays import Bool, Float
from trimtab.table.rules.finding.copies import measured
from trimtab.table.rules.finding.proposals import Proposals
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.linear import Linear, Term
from trimtab.table.rules.view import View

_ROWS = 2000  # that are looked at
_MIN_ROWS = 50  # complete ones
_MIN_VALUES = 3  # distinct ones of a sum
_MOST_TERMS = 12
_FACTORS = 12  # the largest whole factor
_WHOLE = 0.01  # so far from a whole number a factor may come out
_MOSTLY = 0.98


def propose(search: Search) -> list[Proposals]:
    """Numbers that are sums or differences of others.

    From the smaller to the larger, a number that is spanned by those before it follows from them;
    one that is not joins them (Gram and Schmidt). So none is a sum of what is a sum itself.
    """
    view = search.part
    names = [n for n in search.names if measured(view, n)]
    names, rows = _complete(view, names)
    if len(names) < 3 or rows.sum() < _MIN_ROWS:
        return [Proposals((), len(search.names) ** 2)]
    chosen = np.flatnonzero(rows)[:_ROWS]
    amounts = {n: view[n].amounts[chosen] for n in names}
    names.sort(key=lambda n: (float(np.abs(amounts[n]).mean()), n))
    spanning: list[str] = []
    basis = np.zeros((len(chosen), 0))
    found: list[Linear] = []
    for name in names:
        mine = amounts[name]
        rest = mine - basis @ (basis.T @ mine)
        rest -= basis @ (basis.T @ rest)
        off = float(np.abs(rest).max())
        if off <= 2 * view[name].unit + 1e-9 * np.abs(mine).max() and off <= 0.05 * np.std(mine):
            statement = _sum(view, name, spanning, amounts)
            if statement is not None:
                found.append(statement)
                continue
        length = float(np.linalg.norm(rest))
        if length > 1e-9 * np.linalg.norm(mine):
            basis = np.column_stack([basis, rest / length])
            spanning.append(name)
    return [Proposals([f for f in found if len(f.terms) > 1], len(search.names) ** 3)]


def _complete(view: View, names: list[str]) -> tuple[list[str], Bool]:
    """Columns of which enough rows have all, and these rows; the emptiest are left out first."""
    absent = {n: np.isnan(view[n].amounts) for n in names}
    left = sorted(names, key=lambda n: int(absent[n].sum()))
    while left:
        rows = ~np.any([absent[n] for n in left], axis=0)
        if rows.sum() >= max(_MIN_ROWS, 0.3 * view.rows):
            return [n for n in names if n in left], rows
        left.pop()
    return [], np.zeros(view.rows, bool)


def _sum(view: View, name: str, spanning: list[str], amounts: dict[str, Float]) -> Linear | None:
    """The sum of whole multiples that a number is, if it is one in nearly all rows."""
    if not spanning or view[name].size < _MIN_VALUES:
        return None
    design = np.column_stack([amounts[n] for n in spanning])
    scale = np.linalg.norm(design, axis=0)
    factors = np.linalg.lstsq(design / scale, amounts[name], rcond=None)[0] / scale
    whole = np.rint(factors)
    # A factor counts by what it does to the sum: that of a small column may be all noise.
    moves = np.abs(factors - whole) * np.abs(design).max(axis=0)
    if np.any((np.abs(factors - whole) > _WHOLE) & (moves > view[name].unit)):
        return None
    kept = np.flatnonzero(whole)
    if not 1 <= len(kept) <= _MOST_TERMS or np.abs(whole).max() > _FACTORS:
        return None
    order = sorted(kept, key=lambda i: (whole[i] < 0, list(view.columns).index(spanning[i])))
    statement = Linear(name, tuple(Term(float(whole[i]), spanning[i]) for i in order))
    outcome = statement.learned(view)(view)
    sound = outcome.broken.sum() <= (1 - _MOSTLY) * outcome.covered.sum()
    return statement if sound else None
