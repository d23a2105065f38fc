"""Balance plans: how many rows of each combination of the balance columns.

Integers come from shares by largest remainder, so that the total is exactly what was asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from trimtab._validate import one_of, whole
from trimtab.errors import PlanError, RefusedError, unknown_column
from trimtab.plan.observed import Observed, check_columns, observed
from trimtab.plan.plan import (
    RARE_ROWS,
    Cell,
    Given,
    Plan,
    Support,
    cell_name,
    check_rows,
    typed,
)
from trimtab.table.table import Table

MODES = ("replace", "augment")
UNSEEN = ("refuse", "skip", "generate")
MISSING = ("group", "exclude")
TARGETS = ("product",)
_MOST_CELLS = 100_000
COUNT_NAMES = ("count", "counts", "rows", "n")
SHARE_NAMES = ("share", "shares", "proportion", "probability")
_NOTHING_LEFT = (
    "every cell asked for is never seen in the real table: nothing is left. Ask for other cells, "
    "or insist with --unseen generate."
)
_LISTED = 12  # cells that a message names before it says how many more there are


@dataclass(frozen=True)
class Quota:
    """What is asked of each cell: exact `counts`, or `shares` of a total; aligned with `cells`."""

    cells: tuple[tuple[Any, ...], ...]
    counts: tuple[int, ...] | None = None
    shares: tuple[float, ...] | None = None


def plan_balance(
    table: Table,
    by: Sequence[str],
    to: Table | None = None,
    *,
    mode: str = "replace",
    rows: int | None = None,
    target: str = "product",
    unseen: str = "refuse",
    missing: str = "group",
) -> Plan:
    """Plan a balanced table.

    `to` is a table with the columns `by` and one of counts or shares; without it every combination
    of the values gets an equal part. `rows` is the size of the result. With mode "replace" all of
    it is generated; with "augment" the real rows stay and only what is missing is generated.
    Raises ColumnError, PlanError for what contradicts itself, RefusedError for cells never seen.
    """
    one_of(MODES, mode=mode)
    one_of(UNSEEN, unseen=unseen)
    one_of(MISSING, missing=missing)
    _check_target(target)
    if rows is not None:
        check_rows(whole(1, rows=rows))
    names = check_columns(table, by)
    real = observed(table, names, missing)
    quota = _equal(real, names) if to is None else asked(to, names, table)
    total = quota.shares is not None and rows is None and mode == "replace"
    if total:
        rows = table.rows
    quota, skipped = _without_unseen(quota, real, names, unseen)
    # Augmenting keeps the real rows of cells that nothing is asked of, too.
    others = table.rows - sum(real.rows.get(c, 0) for c in quota.cells)
    others = others if mode == "augment" else 0
    targets = _targets(quota, real, mode, rows, others)
    plan = _plan(quota, targets, real, names, mode, skipped, others, to is None)
    return replace(plan, warnings=(*plan.warnings, *_gaps(table, names, missing, mode)))


def _check_target(target: str) -> None:
    if target in ("margins", "auto"):
        raise PlanError(
            f"target = {target!r} is a reserved word that this version does not plan yet: "
            "use 'product'."
        )
    one_of(TARGETS, target=target)


def _equal(real: Observed, names: tuple[str, ...]) -> Quota:
    size = math.prod(len(v) for v in real.values)
    if size == 0:
        raise PlanError(
            f"by: {', '.join(names)} hold no values to balance over: choose other columns."
        )
    if size > _MOST_CELLS:
        many = ", ".join(f"{n} ({len(v)})" for n, v in zip(names, real.values, strict=True))
        raise PlanError(
            f"by: the combinations of {many} are {size:,} cells, more than {_MOST_CELLS:,}: "
            "balance over fewer columns, or give the cells you want with --to COUNTS.csv."
        )
    cells = _product(real.values)
    return Quota(cells, shares=(1 / size,) * size)


def _product(values: Sequence[Sequence[Any]]) -> tuple[tuple[Any, ...], ...]:
    cells: list[tuple[Any, ...]] = [()]
    for column in values:
        cells = [(*c, v) for c in cells for v in column]
    return tuple(cells)


def asked(to: Table, names: tuple[str, ...], table: Table) -> Quota:
    """The quota that a table of counts or shares asks for.

    Raises ColumnError for a column that is not there, PlanError for numbers that are no counts, and
    shares that do not sum to 1.
    """
    for name in names:
        if name not in to.schema:
            raise unknown_column(name, to.schema.names, "the table of counts")
    others = [n for n in to.schema.names if n not in names]
    lowered = {n.lower(): n for n in others}
    count = next((lowered[n] for n in COUNT_NAMES if n in lowered), None)
    share = next((lowered[n] for n in SHARE_NAMES if n in lowered), None)
    if (count is None) == (share is None):
        raise PlanError(
            f"the table of counts has the columns {', '.join(to.schema.names)}: expected "
            f"{', '.join(names)} and exactly one of 'count' or 'share'."
        )
    columns = []
    for name in names:
        texts = pc.cast(to.column(name), pa.string())
        columns.append(typed(texts, table.schema[name]).to_pylist())
    cells = tuple(zip(*columns, strict=True))
    if len(set(cells)) < len(cells):
        twice = next(c for c in cells if cells.count(c) > 1)
        raise PlanError(f"the table of counts names the cell {cell_name(twice, names)} twice.")
    numbers = to.column(count or share or "").to_pylist()
    if count is not None:
        counts = tuple(_whole_count(v, count) for v in numbers)
        check_rows(sum(counts))
        return Quota(cells, counts=counts)
    return Quota(cells, shares=_checked_shares(numbers, share or ""))


def _whole_count(value: Any, name: str) -> int:
    try:
        number = int(value)
        if number != float(value) or number < 0:
            raise ValueError
    except (TypeError, ValueError):
        raise PlanError(
            f"the table of counts has {value!r} under {name!r}: expected whole numbers of 0 or "
            "more (for shares, name the column 'share')."
        ) from None
    return number


def _checked_shares(numbers: Sequence[Any], name: str) -> tuple[float, ...]:
    try:
        shares = tuple(float(v) for v in numbers)
    except (TypeError, ValueError):
        raise PlanError(f"the column {name!r} holds {numbers!r}: expected numbers.") from None
    if any(not 0 <= s <= 1 for s in shares) or abs(math.fsum(shares) - 1) > 1e-6:
        raise PlanError(
            f"the shares under {name!r} sum to {math.fsum(shares):.6g}: expected shares between 0 "
            "and 1 that sum to 1 (for numbers of rows, name the column 'count')."
        )
    return shares


def _without_unseen(
    quota: Quota, real: Observed, names: tuple[str, ...], unseen: str
) -> tuple[Quota, tuple[tuple[Any, ...], ...]]:
    """The quota with cells never seen refused, left out, or kept."""
    wanted = quota.counts or quota.shares or ()
    for k, name in enumerate(names):
        strange = {c[k] for c, w in zip(quota.cells, wanted, strict=True) if w} - set(
            real.values[k]
        )
        if strange:
            known = ", ".join(_value(v) for v in real.values[k][:20])
            raise PlanError(
                f"{name} = {min(map(_value, strange))} never occurs in the table: no model can "
                f"learn it. Its values are: {known}{', ...' if len(real.values[k]) > 20 else ''}."
            )
    empty = tuple(c for c, w in zip(quota.cells, wanted, strict=True) if w and c not in real.rows)
    if not empty or unseen == "generate":
        return quota, ()
    if unseen == "refuse":
        shown = "; ".join(cell_name(c, names) for c in empty[:_LISTED])
        more = f"; and {len(empty) - _LISTED} more" if len(empty) > _LISTED else ""
        raise RefusedError(
            f"{len(empty)} of {sum(1 for w in wanted if w)} cells are never seen in the real "
            f"table: {shown}{more}. They may be impossible, and a model would have to invent them. "
            "Leave them out with --unseen skip (in Python: unseen='skip'), or insist with --unseen "
            "generate."
        )
    kept = [k for k, c in enumerate(quota.cells) if c not in set(empty)]
    cells = tuple(quota.cells[k] for k in kept)
    if quota.counts is not None:
        counts = tuple(quota.counts[k] for k in kept)
        if not sum(counts):
            raise RefusedError(_NOTHING_LEFT)
        return Quota(cells, counts=counts), empty
    shares = [(quota.shares or ())[k] for k in kept]
    whole_share = math.fsum(shares)
    if not whole_share:
        raise RefusedError(_NOTHING_LEFT)
    return Quota(cells, shares=tuple(s / whole_share for s in shares)), empty


def apportion(shares: Sequence[float], total: int) -> NDArray[np.int64]:
    """Whole numbers that sum to `total`, by largest remainder (Hamilton); ties go to the first."""
    exact = np.asarray(shares, float) * total / math.fsum(shares)
    counts = np.floor(exact + 1e-9).astype(np.int64)
    left = total - int(counts.sum())
    order = np.lexsort((np.arange(len(exact)), -np.round(exact - counts, 9)))
    counts[order[:left]] += 1
    return counts


def _targets(
    quota: Quota, real: Observed, mode: str, rows: int | None, others: int
) -> NDArray[np.int64]:
    """Rows of each cell in the result, which has `others` rows besides."""
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
    if mode == "replace":
        return apportion(shares, rows or 0)
    held = np.array([real.rows.get(c, 0) for c in quota.cells])
    least = _least_total(shares, held)
    if rows is None:
        return apportion(shares, least)
    targets = apportion(shares, max(rows - others, 0))
    if (targets < held).any():
        raise RefusedError(
            f"rows = {rows} is too few to augment: some cells already hold more real rows than "
            f"their share of it. Ask for at least {least + others}, leave out -n, or use --mode "
            "replace."
        )
    return targets


def _least_total(shares: Sequence[float], held: NDArray[np.int64]) -> int:
    """The smallest total at which no cell's target is below the rows it holds."""
    positive = np.asarray(shares) > 0
    if held[~positive].any():
        raise RefusedError(
            "cells with share 0 hold real rows, which augmenting keeps: use --mode replace."
        )
    total = math.ceil(float((held[positive] / np.asarray(shares)[positive]).max()) - 1e-9)
    while (apportion(shares, total) < held).any():
        total += 1
    return max(total, 1)


def _plan(
    quota: Quota,
    targets: NDArray[np.int64],
    real: Observed,
    names: tuple[str, ...],
    mode: str,
    skipped: tuple[tuple[Any, ...], ...],
    others: int,
    equal: bool,
) -> Plan:
    held = np.array([real.rows.get(c, 0) for c in quota.cells], np.int64)
    generated = targets - held if mode == "augment" else targets
    if (generated < 0).any():
        worst = quota.cells[int(np.argmin(generated))]
        raise RefusedError(
            f"the cell {cell_name(worst, names)} holds {held[np.argmin(generated)]} real rows, "
            "more "
            f"than the {targets[np.argmin(generated)]} asked for: augmenting never removes rows. "
            "Ask for more, or use --mode replace."
        )
    cells = tuple(
        Cell(
            c, int(h), int(g), int(t), real.persons.get(c, 0) if real.persons is not None else None
        )
        for c, h, g, t in zip(quota.cells, held, generated, targets, strict=True)
    )
    drawn = np.flatnonzero(generated > 0)
    given = {
        name: Given(
            pa.array([quota.cells[k][j] for k in drawn], real.types[j]),
            np.ones(len(drawn), bool),
            np.full(len(drawn), -1, np.int64),
        )
        for j, name in enumerate(names)
    }
    what = "an equal number of rows" if equal else "the counts asked for"
    many = int((targets > 0).sum())
    reason = (
        f"{what} in {f'each of {many} cells' if many != 1 else 'the one cell'} of "
        f"{' x '.join(names)}: {int(generated.sum()):,} rows to generate, "
        f"{int(targets.sum()) + others:,} in the result ({mode})"
    )
    warnings = _warnings(cells, names, skipped, others)
    return Plan(generated[drawn], given, mode, names, cells, reason, warnings)


def _warnings(
    cells: tuple[Cell, ...],
    names: tuple[str, ...],
    skipped: tuple[tuple[Any, ...], ...],
    others: int,
) -> tuple[str, ...]:
    found = []
    total = sum(c.target_rows for c in cells)
    if total < len(cells) and not all(c.target_rows for c in cells):
        found.append(
            f"A total of {total} is too few for {len(cells)} cells: some of them get none."
        )
    if others:
        found.append(f"{others} real rows of cells that are not balanced are kept as they are.")
    if skipped:
        shown = "; ".join(cell_name(c, names) for c in skipped[:_LISTED])
        more = f"; and {len(skipped) - _LISTED} more" if len(skipped) > _LISTED else ""
        are = (
            "cell never seen in the real table is"
            if len(skipped) == 1
            else ("cells never seen in the real table are")
        )
        found.append(f"{len(skipped)} {are} left out: {shown}{more}.")
    rare = [c for c in cells if c.generated_rows and c.support is Support.RARE]
    for cell in sorted(rare, key=lambda c: c.real_rows)[:_LISTED]:
        on = _rows(cell.real_rows, "real row")
        if cell.persons is not None:
            on += f" of {_rows(cell.persons, 'person')}"
        rest = "rests" if cell.generated_rows == 1 else "rest"
        found.append(
            f"{_rows(cell.generated_rows)} of {cell_name(cell.values, names)} {rest} on {on}."
        )
    if len(rare) > _LISTED:
        found.append(f"{len(rare) - _LISTED} more cells rest on fewer than {RARE_ROWS} real rows.")
    invented = [c for c in cells if c.generated_rows and c.support is Support.UNSEEN]
    if invented:
        found.append(
            f"{sum(c.generated_rows for c in invented)} rows fall in {len(invented)} cells never "
            "seen in the real table: they are the model's extrapolation."
        )
    return tuple(found)


def _gaps(table: Table, names: tuple[str, ...], missing: str, mode: str) -> tuple[str, ...]:
    """What becomes of missing values in the balance columns, if there are any."""
    gaps = [n for n in names if table.column(n).null_count]
    if not gaps:
        return ()
    if missing == "group":
        return (f"Missing values of {', '.join(gaps)} are balanced as a group of their own.",)
    what = "generated" if mode == "augment" else "in the result"
    return (f"Rows with a missing value of {' or '.join(gaps)} are left out: none is {what}.",)


def _rows(number: int, what: str = "row") -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def _value(value: Any) -> str:
    return "(missing)" if value is None else str(value)
