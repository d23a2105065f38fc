"""Balance plans: how many rows each combination of the balance columns has in the result.

What is asked for is a number of rows for each combination ("product"), or a share for each value of
each column by itself ("margins"). Either way the numbers are whole, and exactly what was promised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from trimtab._arrays import Int
from trimtab._validate import one_of, whole
from trimtab.errors import PlanError, RefusedError
from trimtab.plan.balance import classes, notes
from trimtab.plan.balance.expectation import expectations
from trimtab.plan.balance.margins import fill, margins_of
from trimtab.plan.balance.observed import Observed, check_columns, observed
from trimtab.plan.balance.quota import Quota, asked, asked_margins, check_values, is_margins
from trimtab.plan.balance.rounding import apportion
from trimtab.plan.plan import RARE_ROWS, Cell, Given, Plan, cell_name, check_rows
from trimtab.table.table import Table

MODES = ("replace", "augment")
UNSEEN = ("refuse", "skip", "generate")
MISSING = ("group", "exclude")
TARGETS = ("auto", "product", "margins")
_MAX_CELLS = 100_000
Values = tuple[Any, ...]


@dataclass(frozen=True)
class _Request:
    """A real table and what `plan_balance` was asked to make of it, checked."""

    table: Table
    names: tuple[str, ...]
    real: Observed
    to: Table | None
    mode: str
    rows: int | None
    unseen: str
    min_support: int
    thin: tuple[classes.Thin, ...]

    def lacking(self, cells: Sequence[Values]) -> tuple[Values, ...]:
        """The cells that too few real rows support."""
        return tuple(c for c in cells if self.real.rows.get(c, 0) < self.min_support)

    def others(self, cells: Sequence[Values]) -> int:
        """Real rows that augmenting keeps besides those of the cells."""
        if self.mode != "augment":
            return 0
        return self.table.rows - int(self.real_rows(cells).sum())

    def real_rows(self, cells: Sequence[Values]) -> Int:
        """The real rows of each cell."""
        return np.array([self.real.rows.get(c, 0) for c in cells], np.int64)


def plan_balance(
    table: Table,
    by: Sequence[str],
    to: Table | None = None,
    *,
    mode: str = "replace",
    rows: int | None = None,
    target: str = "auto",
    unseen: str = "refuse",
    missing: str = "group",
    min_support: int | None = None,
) -> Plan:
    """Plan a balanced table.

    to           a table with the columns `by` and one of counts or shares: that of each
                 combination; or with the columns `column`, `value` and counts or shares: that of
                 each value by itself. Without it all parts are equal
    mode         "replace": all `rows` are generated; "augment": the real rows stay, and only what
                 is missing is generated
    target       "product": parts of combinations; "margins": parts of each column's values, on the
                 combinations that are seen; "auto": as `to` says, and with equal parts "product" if
                 all combinations are seen (or `unseen` says what to do about it), else "margins"
    unseen       what "product" does about combinations that no real row has
    min_support  combinations of fewer real rows than this count as not seen. If not said, those
                 that no row is in; and more rows of a class of an outcome than it has are refused
                 (or skipped with the class) where fewer than `CLASS_ROWS` rows (persons) are of it

    Raises ColumnError, PlanError for what contradicts itself, RefusedError for cells never seen,
    for classes of too few rows and for margins that cannot be met.
    """
    one_of(MODES, mode=mode)
    one_of(UNSEEN, unseen=unseen)
    one_of(MISSING, missing=missing)
    one_of(TARGETS, target=target)
    if min_support is not None:
        whole(1, min_support=min_support)
    if rows is not None:
        check_rows(whole(1, rows=rows))
    names = check_columns(table, by)
    target = _agreed_target(target, to, names, unseen)
    real = observed(table, names, missing)
    thin = classes.thin_classes(table, names) if min_support is None else ()
    request = _Request(table, names, real, to, mode, rows, unseen, min_support or 1, thin)
    plan = {"product": _product, "margins": _margins, "auto": _either}[target](request)
    classes.check_classes(plan, thin, skippable=target != "margins")
    gaps = notes.of_gaps(table, names, missing, mode)
    return replace(plan, warnings=(*plan.warnings, *gaps))


def _agreed_target(target: str, to: Table | None, names: tuple[str, ...], unseen: str) -> str:
    """What `to` and `target` say together. Raises PlanError where they contradict each other."""
    if to is not None:
        implied = "margins" if is_margins(to, names) else "product"
        if target not in ("auto", implied):
            is_for = {
                "margins": "each column by itself (column, value, share)",
                "product": f"combinations of {', '.join(names)}",
            }
            raise PlanError(
                f"target = {target!r}, but what is asked for is about {is_for[implied]}: leave out "
                f"the target, or ask for {is_for[target]}."
            )
        target = implied
    elif target == "auto" and (unseen != "refuse" or len(names) == 1):
        target = "product"
    if target == "margins" and unseen == "generate":
        raise PlanError(
            "unseen = 'generate', but margins give rows to combinations that are seen only: leave "
            "it out, or use target = 'product'."
        )
    return target


def _either(request: _Request) -> Plan:
    """Equal parts of every combination if all are seen, else of each column's values."""
    cells = _equal(request).cells
    lacking = request.lacking(cells)
    if not lacking:
        return _product(request)
    instead = (
        f" So each of {', '.join(request.names)} is balanced by itself (`target='margins'`), "
        "instead of every combination; to balance those that occur, use `unseen='skip'`."
    )
    try:
        return _margins(request, instead)
    except RefusedError as error:
        raise RefusedError(
            f"{_refusal(request, lacking, len(cells))} Nor can each column be balanced by itself: "
            f"{error}"
        ) from None


def _product(request: _Request) -> Plan:
    """Parts of combinations."""
    names, equal = request.names, request.to is None
    quota = _equal(request) if request.to is None else asked(request.to, names, request.table)
    quota, skipped = _without_unseen(quota, request)
    thin = request.thin if request.unseen == "skip" else ()
    quota, left_out = classes.without(quota, thin, partial(_generated, request))
    targets = _targets(request, quota)
    many = int((targets > 0).sum())
    reason = (
        f"{'an equal number of rows' if equal else 'the counts asked for'} in "
        f"{f'each of {many} cells' if many != 1 else 'the one cell'} of {' x '.join(names)}"
    )
    warnings = notes.of_skipped(skipped, names, request.min_support) + classes.of_left_out(left_out)
    warnings += tuple(filter(None, [_suspicion(request, skipped).strip()]))
    return _plan(request, quota.cells, targets, reason, warnings)


def _margins(request: _Request, instead: str = "") -> Plan:
    """Parts of each column's values; `instead` says why not of combinations."""
    names = request.names
    parts = asked_margins(request.to, names, request.table, request.real)
    wanted = margins_of(names, parts, request.real, request.min_support)
    filled = fill(
        wanted, request.mode, request.rows, request.table.rows, request.others(wanted.cells)
    )
    equal = [n for n, p in zip(names, parts, strict=True) if p.equal]
    specified = [n for n in names if n not in equal]
    what = [f"equal shares of the values of {', '.join(equal)}"] if equal else []
    what += [f"what was asked for of {', '.join(specified)}"] if specified else []
    many = int((filled.targets > 0).sum())
    reason = f"{' and '.join(what)}, each column by itself, in {notes.number_of(many, 'cell')}"
    warnings = _empty_of(request, wanted.cells, instead)
    emptied = [c for c, e in zip(wanted.cells, filled.emptied, strict=True) if e]
    if emptied and instead:
        _check_emptied(request, emptied)
    if emptied:
        hardly = any(t for t, e in zip(filled.targets, filled.emptied, strict=True) if e)
        warnings.append(
            f"{notes.number_of(len(emptied), 'cell')} that the real table holds "
            f"{_get_none(request, len(emptied), hardly)}, because these shares leave no room: "
            f"{notes.listed(emptied, names)}. In the result {', '.join(names)} tell more of each "
            "other than in the real table."
        )
    if filled.moved:
        warnings.append(
            "The margins are within one row of the shares asked for, but not rounded to the "
            "nearest whole numbers: no whole numbers of rows were found that have those."
        )
    return _plan(request, wanted.cells, filled.targets, reason, tuple(warnings))


def _check_emptied(request: _Request, emptied: Sequence[Values]) -> None:
    """Refuse margins that nobody asked for by name where they leave no room for common cells."""
    common = [c for c in emptied if request.real.rows[c] >= RARE_ROWS]
    if common:
        rows = sum(request.real.rows[c] for c in common)
        raise RefusedError(
            f"equal shares would leave no room for {notes.number_of(len(common), 'cell')} that "
            f"{rows:,} real rows are in: {notes.listed(common, request.names)}. Insist with "
            "`target='margins'`, give other shares, or balance over fewer columns."
        )


def _empty_of(request: _Request, cells: tuple[Values, ...], instead: str) -> list[str]:
    """A note on the combinations that margins give no rows, because they lack support."""
    size = math.prod(map(len, request.real.values))
    # Beside shares that were asked for, and in large products, only real cells are spoken of.
    every = request.to is None and size <= _MAX_CELLS
    considered = _combinations(request.real.values) if every else cells
    lacking = request.lacking(considered)
    if not lacking:
        return []
    are = "is" if len(lacking) == 1 else "are"
    return [
        f"{len(lacking)} of {notes.number_of(len(considered), 'cell')} {are} "
        f"{notes.lack(request.min_support)} and {_get_none(request, len(lacking))}: "
        f"{notes.listed(lacking, request.names)}.{_suspicion(request, lacking)}{instead}"
    ]


def _get_none(request: _Request, many: int, hardly: bool = False) -> str:
    added = "added " if request.mode == "augment" else ""
    return f"{'gets' if many == 1 else 'get'} {'next to ' if hardly else ''}no {added}rows"


def _suspicion(request: _Request, cells: Sequence[Values]) -> str:
    """Which of the cells may be impossible, in words."""
    empty = [c for c in cells if c not in request.real.rows]
    if not empty:
        return ""
    noun = "row" if request.real.persons is None else "person"
    return notes.suspicion(empty, expectations(request.real, empty), request.names, noun)


def _equal(request: _Request) -> Quota:
    names, real = request.names, request.real
    size = math.prod(len(v) for v in real.values)
    if size == 0:
        raise PlanError(
            f"by: {', '.join(names)} hold no values to balance over: choose other columns."
        )
    if size > _MAX_CELLS:
        many = ", ".join(f"{n} ({len(v)})" for n, v in zip(names, real.values, strict=True))
        raise PlanError(
            f"by: the combinations of {many} are {size:,} cells, more than {_MAX_CELLS:,}: "
            "balance over fewer columns, each column by itself with `target='margins'`, or give "
            "the cells you want with `to`."
        )
    return Quota(_combinations(real.values), shares=(1 / size,) * size)


def _combinations(values: Sequence[Sequence[Any]]) -> tuple[Values, ...]:
    cells: list[Values] = [()]
    for column in values:
        cells = [(*c, v) for c in cells for v in column]
    return tuple(cells)


def _without_unseen(quota: Quota, request: _Request) -> tuple[Quota, tuple[Values, ...]]:
    """The quota with cells that lack support refused, left out, or kept."""
    wanted = quota.counts or quota.shares or ()
    for k, name in enumerate(request.names):
        pairs = ((c[k], w) for c, w in zip(quota.cells, wanted, strict=True))
        check_values(name, pairs, request.real.values[k])
    empty = request.lacking([c for c, w in zip(quota.cells, wanted, strict=True) if w])
    if not empty or request.unseen == "generate":
        return quota, ()
    if request.unseen == "refuse":
        raise RefusedError(_refusal(request, empty, sum(1 for w in wanted if w)))
    kept = quota.without(empty)
    if kept is None:
        raise RefusedError(
            f"every cell asked for is {notes.lack(request.min_support)}: nothing is left. Ask for "
            "other cells, or insist with `unseen='generate'`."
        )
    return kept, empty


def _refusal(request: _Request, empty: tuple[Values, ...], many: int) -> str:
    """Why cells that lack support are refused, and what to do."""
    why = "They may be impossible, and a model would have to invent them."
    if request.min_support > 1:
        why = "The real table says too little of them."
    return (
        f"{len(empty)} of {many} cells are {notes.lack(request.min_support)}: "
        f"{notes.listed(empty, request.names)}. {why}{_suspicion(request, empty)} Leave "
        "the unseen cells out with `unseen='skip'`, or insist with `unseen='generate'`."
    )


def _generated(request: _Request, quota: Quota) -> Int:
    """Rows to generate of each cell."""
    targets = _targets(request, quota)
    return targets - request.real_rows(quota.cells) if request.mode == "augment" else targets


def _targets(request: _Request, quota: Quota) -> Int:
    """Rows of each cell in the result; augmenting keeps those of all other cells besides."""
    rows, others = request.rows, request.others(quota.cells)
    if quota.counts is not None:
        counts = np.array(quota.counts, np.int64)
        if rows is not None and rows != counts.sum() + others:
            rest = f", and {others} real rows are in no such cell" if others else ""
            raise PlanError(
                f"rows = {rows} but the counts sum to {counts.sum()}{rest}: leave out -n, or give "
                "shares."
            )
        if not counts.sum():
            raise PlanError("the counts are all 0: ask for at least one row.")
        return counts
    shares = quota.shares or ()
    if request.mode == "replace":
        return apportion(shares, request.table.rows if rows is None else rows)
    real_rows = request.real_rows(quota.cells)
    least = _least_total(shares, real_rows)
    if rows is None:
        return apportion(shares, least)
    targets = apportion(shares, max(rows - others, 0))
    if (targets < real_rows).any():
        raise RefusedError(
            f"rows = {rows} is too few to augment: some cells already hold more real rows than "
            f"their share of it. Ask for at least {least + others}, leave out `rows`, or use "
            "`mode='replace'`."
        )
    return targets


def _least_total(shares: Sequence[float], real_rows: Int) -> int:
    """The smallest total at which no cell's target is below the rows it holds."""
    positive = np.asarray(shares) > 0
    if real_rows[~positive].any():
        raise RefusedError(
            "cells with share 0 hold real rows, which augmenting keeps: use `mode='replace'`."
        )
    total = math.ceil(float((real_rows[positive] / np.asarray(shares)[positive]).max()) - 1e-9)
    while (apportion(shares, total) < real_rows).any():
        total += 1
    return max(total, 1)


def _plan(
    request: _Request,
    values: tuple[Values, ...],
    targets: Int,
    why: str,
    warnings: tuple[str, ...],
) -> Plan:
    """The plan for these cells, with the rows each has in the result."""
    real, names, mode = request.real, request.names, request.mode
    real_rows = request.real_rows(values)
    generated = targets - real_rows if mode == "augment" else targets
    if (generated < 0).any():
        worst = int(np.argmin(generated))
        raise RefusedError(
            f"the cell {cell_name(values[worst], names)} holds {real_rows[worst]} real rows, more "
            f"than the {targets[worst]} asked for: augmenting never removes rows. "
            "Ask for more, or use `mode='replace'`."
        )
    expected = expectations(real, values)
    persons = real.persons or {}
    cells = tuple(
        Cell(c, int(r), int(g), int(t), None if real.persons is None else persons.get(c, 0), e.rows)
        for c, r, g, t, e in zip(values, real_rows, generated, targets, expected, strict=True)
    )
    positive = np.flatnonzero(generated > 0)
    given = {
        name: Given(
            pa.array([values[k][j] for k in positive], real.types[j]),
            np.ones(len(positive), bool),
            np.full(len(positive), -1, np.int64),
        )
        for j, name in enumerate(names)
    }
    others = request.others(values)
    reason = (
        f"{why}: {int(generated.sum()):,} rows to generate, {int(targets.sum()) + others:,} in the "
        f"result ({mode})"
    )
    plan = Plan(generated[positive], given, mode, names, cells, reason)
    return replace(plan, warnings=(*warnings, *notes.of_plan(plan, others)))
