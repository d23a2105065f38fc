"""What rules say of numbers as linear inequalities, and which of them no numbers satisfy."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import OptimizeResult, linprog
from scipy.sparse import coo_array

from trimtab._arrays import Float
from trimtab.table.rules.condition import Atom, Holds, Value, number_of
from trimtab.table.rules.equality import Equal
from trimtab.table.rules.linear import Linear
from trimtab.table.rules.order import Column, Order
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.view import DAY, View

_NEAR = 1e-9  # of the largest bound: as far as the solver may be off
_OPTIONS = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


@dataclass(frozen=True)
class Inequality:
    """That factors times columns add up to at most a bound, or to less."""

    factors: tuple[tuple[str, float], ...]
    bound: float
    strict: bool = False


def inequalities(statement: Statement, view: View) -> list[Inequality]:
    """What a statement says of numbers where none is missing; [] for what is not linear.

    Dates are counted in days, so that they are of the size of other numbers.
    """
    if isinstance(statement, Order):
        return _of_order(statement, view)
    if isinstance(statement, Holds) and view[statement.atom.column].numbers is not None:
        return _of_atom(statement.atom, view)
    if isinstance(statement, Equal) and view[statement.by].numbers is not None:
        return _both_ways({statement.decided: 1.0, statement.by: -1.0}, 0.0, 0.0)
    if isinstance(statement, Linear) and not any(term.part for term in statement.terms):
        factors = {statement.decided: 1.0, **{t.column: -t.factor for t in statement.terms}}
        rows = _both_ways(factors, statement.constant, _slack(statement, view))
        return [_in_days(row, view) for row in rows]
    return []


def _slack(statement: Linear, view: View) -> float:
    """How far a sum may be off: not at all where it adds up what is recorded no finer."""
    unit = view[statement.decided].unit
    exact = all(abs(t.factor) == 1 and view[t.column].unit >= unit for t in statement.terms)
    return 0.0 if exact else statement.slack(view)


def _both_ways(factors: dict[str, float], value: float, slack: float) -> list[Inequality]:
    """That a sum is a value, or off by a slack."""
    there = tuple(factors.items())
    back = tuple((name, -factor) for name, factor in there)
    return [Inequality(there, value + slack), Inequality(back, slack - value)]


def _in_days(row: Inequality, view: View) -> Inequality:
    if not any(view[name].moment for name, _ in row.factors):
        return row
    factors = tuple((n, f if view[n].moment else f / DAY) for n, f in row.factors)
    return Inequality(factors, row.bound / DAY, row.strict)


def _number(value: Value, name: str, view: View) -> float:
    number = number_of(value, view[name])
    return number / DAY if view[name].moment else number


def _of_order(order: Order, view: View) -> list[Inequality]:
    like, rows = order.columns[0], []
    for (low, high), strict in zip(pairwise(order.sides), order.strict, strict=True):
        factors, bound = [], 0.0
        for side, sign in ((low, 1.0), (high, -1.0)):
            if isinstance(side, Column):
                factors.append((side.name, sign))
            else:
                bound -= sign * _number(side, like, view)
        rows.append(Inequality(tuple(factors), bound, strict))
    return rows


def _of_atom(atom: Atom, view: View) -> list[Inequality]:
    name, numbers = atom.column, [_number(v, atom.column, view) for v in atom.values]
    rows = []
    if numbers and atom.sign in ("<", "<=", "=", "in"):
        rows.append(Inequality(((name, 1.0),), max(numbers), atom.sign == "<"))
    if numbers and atom.sign in (">", ">=", "=", "in"):
        rows.append(Inequality(((name, -1.0),), -min(numbers), atom.sign == ">"))
    return rows


def impossible(given: Sequence[Sequence[Inequality]]) -> tuple[int, ...]:
    """Positions of rules that no numbers satisfy together, none of which can be spared.

    `given` holds the inequalities of each rule. () where some numbers satisfy all.
    """
    guilty = _guilty(given, range(len(given)))
    for rule in guilty if len(guilty) > 1 else ():
        rest = tuple(r for r in guilty if r != rule)
        if _guilty(given, rest):
            guilty = rest
    return guilty


def _guilty(given: Sequence[Sequence[Inequality]], rules: Collection[int]) -> tuple[int, ...]:
    """Some of the rules that no numbers satisfy together; () where some numbers satisfy all."""
    rows = [(rule, row) for rule in rules for row in given[rule]]
    if not rows:
        return ()
    names = sorted({name for _, row in rows for name, _ in row.factors})
    place = {name: k for k, name in enumerate(names)}
    entries = [(i, place[n], f) for i, (_, row) in enumerate(rows) for n, f in row.factors]
    bounds = np.array([row.bound for _, row in rows])
    near = _NEAR * max(1.0, float(np.abs(bounds).max()))
    strict = np.array([row.strict for _, row in rows], float)
    # First by how much all must be loosened; then by how much those that are strict can be kept.
    loosened = _least(entries, bounds, -np.ones(len(rows)), len(names), 1.0)
    kept = loosened
    if loosened.fun is not None and loosened.fun <= near and strict.any():
        kept = _least(entries, bounds + near / 10, strict, len(names), -1.0)
    if loosened.fun is None or kept.fun is None:
        return ()  # numbers too large, or too unlike, for the solver: only the rows can tell
    if loosened.fun <= near and (not strict.any() or -kept.fun > near):
        return ()
    needed = np.abs(kept.ineqlin.marginals) > _NEAR
    return tuple(dict.fromkeys(rule for (rule, _), need in zip(rows, needed, strict=True) if need))


def _least(
    entries: list[tuple[int, int, float]],
    bounds: Float,
    margin: Float,
    columns: int,
    sign: float,
) -> OptimizeResult:
    """The least sign * m so that factors times columns, plus margin * m, stay within the bounds."""
    i, j, factors = zip(*entries, strict=True) if entries else ((), (), ())
    rows = np.arange(len(bounds))
    matrix = coo_array(
        (
            np.concatenate([np.array(factors, float), margin]),
            (
                np.concatenate([np.array(i, np.int64), rows]),
                np.concatenate([np.array(j, np.int64), np.full(len(rows), columns)]),
            ),
        ),
        shape=(len(bounds), columns + 1),
    ).tocsr()
    cost = np.append(np.zeros(columns), sign)
    limits = [(None, None)] * columns + [(0.0, None) if sign > 0 else (None, 1.0)]
    return linprog(cost, matrix, bounds, bounds=limits, method="highs", options=_OPTIONS)
