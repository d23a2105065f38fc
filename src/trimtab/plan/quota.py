"""Balance plans: how many rows of each combination of the balance columns.

Integers come from shares by largest remainder, so that the total is exactly what was asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from trimtab._validate import one_of, whole
from trimtab.errors import ColumnError, PlanError, RefusedError, unknown_column
from trimtab.plan.plan import RARE_ROWS, Cell, Given, Plan, Support
from trimtab.table.canonical import canonical
from trimtab.table.schema import MODELLED, Role
from trimtab.table.table import Table

MODES = ("replace", "augment")
UNSEEN = ("refuse", "skip", "generate")
MISSING = ("group", "exclude")
TARGETS = ("product",)
_MOST_CELLS = 100_000
_COUNT_NAMES = ("count", "counts", "rows", "n")
_SHARE_NAMES = ("share", "shares", "proportion", "probability")
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

    `to` is a table with the columns `by` and one of counts or shares; without it every combination of
    the values gets an equal part. `rows` is the size of the result. With mode "replace" all of it is
    generated; with "augment" the real rows stay and only what is missing is generated.
    Raises ColumnError, PlanError for what contradicts itself, RefusedError for cells never seen.
    """
    one_of(MODES, mode=mode)
    one_of(UNSEEN, unseen=unseen)
    one_of(MISSING, missing=missing)
    _check_target(target)
    if rows is not None:
        whole(1, rows=rows)
    names = _check_columns(table, by)
    real = _observed(table, names, missing)
    quota = _equal(real, names) if to is None else _asked(to, names, table)
    total = quota.shares is not None and rows is None and mode == "replace"
    if total:
        rows = table.rows
    quota, skipped = _without_unseen(quota, real, names, unseen)
    targets = _targets(quota, real, mode, rows)
    return _plan(quota, targets, real, names, mode, skipped, missing, to is None)


@dataclass(frozen=True)
class Observed:
    """Real rows (and persons) of each combination seen, and the values of each column."""

    rows: dict[tuple[Any, ...], int]
    persons: dict[tuple[Any, ...], int] | None
    values: tuple[tuple[Any, ...], ...]
    types: tuple[pa.DataType, ...]


def _check_target(target: str) -> None:
    if target in ("margins", "auto"):
        raise PlanError(
            f"target = {target!r} is a reserved word that this version does not plan yet: "
            "use 'product'."
        )
    one_of(TARGETS, target=target)


def _check_columns(table: Table, by: Sequence[str]) -> tuple[str, ...]:
    names = (by,) if isinstance(by, str) else tuple(by)
    if not names:
        raise ColumnError("by = []: expected at least one column to balance over.")
    for name in names:
        if name not in table.schema:
            raise unknown_column(name, table.schema.names, "by")
        column = table.schema[name]
        if column.kind not in MODELLED or column.role is Role.DROP:
            what = "left out" if column.role is Role.DROP else f"an {column.kind}"
            raise ColumnError(
                f"by: column {name!r} is {what} ({column.reason}): expected a column to balance "
                "over, such as a label. Change its kind or role in the schema if that is wrong."
            )
    if len(set(names)) < len(names):
        raise ColumnError(f"by: a column stands twice in {', '.join(names)}: name each once.")
    return names


def _observed(table: Table, names: tuple[str, ...], missing: str) -> Observed:
    data = table.data.select(list(names))
    entity = table.schema.entity
    if entity is not None:
        data = data.append_column("\x00who", table.column(entity.name))
    if missing == "exclude":
        kept = pc.is_valid(data.column(0))
        for k in range(1, len(names)):
            kept = pc.and_(kept, pc.is_valid(data.column(k)))
        data = data.filter(kept)
    whats: list[Any] = [([], "count_all")]
    if entity is not None:
        whats.append(("\x00who", "count_distinct"))
    grouped = data.group_by(list(names)).aggregate(whats)
    columns = [grouped.column(n).to_pylist() for n in names]
    cells = list(zip(*columns, strict=True))
    rows = dict(zip(cells, grouped.column("count_all").to_pylist(), strict=True))
    persons = None
    if entity is not None:
        persons = dict(
            zip(cells, grouped.column("\x00who_count_distinct").to_pylist(), strict=True)
        )
    values = tuple(_by_frequency(data.column(n)) for n in names)
    return Observed(rows, persons, values, tuple(data.column(n).type for n in names))


def _by_frequency(column: pa.ChunkedArray) -> tuple[Any, ...]:
    """The distinct values, the most frequent first, missing last."""
    pairs = [(c["values"], c["counts"]) for c in pc.value_counts(column).to_pylist()]
    ordered = sorted(pairs, key=lambda p: (p[0] is None, -p[1], str(p[0])))
    return tuple(value for value, _ in ordered)


def _equal(real: Observed, names: tuple[str, ...]) -> Quota:
    size = math.prod(len(v) for v in real.values)
    if size == 0:
        raise PlanError(
            f"by: {', '.join(names)} hold no values to balance over: choose other columns."
        )
    if size > _MOST_CELLS:
        many = ", ".join(f"{n} ({len(v)})" for n, v in zip(names, real.values, strict=True))
        raise PlanError(
            f"by: the combinations of {many} are {size:,} cells, more than {_MOST_CELLS:,}: balance "
            "over fewer columns, or give the cells you want with --to COUNTS.csv."
        )
    cells = _product(real.values)
    return Quota(cells, shares=(1 / size,) * size)


def _product(values: Sequence[Sequence[Any]]) -> tuple[tuple[Any, ...], ...]:
    cells: list[tuple[Any, ...]] = [()]
    for column in values:
        cells = [(*c, v) for c in cells for v in column]
    return tuple(cells)


def _asked(to: Table, names: tuple[str, ...], table: Table) -> Quota:
    """The quota that a table of counts or shares asks for."""
    for name in names:
        if name not in to.schema:
            raise unknown_column(name, to.schema.names, "the table of counts")
    others = [n for n in to.schema.names if n not in names]
    lowered = {n.lower(): n for n in others}
    count = next((lowered[n] for n in _COUNT_NAMES if n in lowered), None)
    share = next((lowered[n] for n in _SHARE_NAMES if n in lowered), None)
    if (count is None) == (share is None):
        raise PlanError(
            f"the table of counts has the columns {', '.join(to.schema.names)}: expected "
            f"{', '.join(names)} and exactly one of 'count' or 'share'."
        )
    columns = []
    for name in names:
        given = to.column(name)
        typed = canonical(pc.cast(given, pa.string()), table.schema[name])
        columns.append(typed.to_pylist())
    cells = tuple(zip(*columns, strict=True))
    if len(set(cells)) < len(cells):
        twice = next(c for c in cells if cells.count(c) > 1)
        raise PlanError(f"the table of counts names the cell {_name(twice, names)} twice.")
    numbers = to.column(count or share or "").to_pylist()
    if count is not None:
        return Quota(cells, counts=tuple(_whole_count(v, count) for v in numbers))
    return Quota(cells, shares=_checked_shares(numbers, share or ""))


def _whole_count(value: Any, name: str) -> int:
    try:
        number = int(value)
        if number != float(value) or number < 0:
            raise ValueError
    except (TypeError, ValueError):
        raise PlanError(
            f"the table of counts has {value!r} under {name!r}: expected whole numbers of 0 or more "
            "(for shares, name the column 'share')."
        ) from None
    return number


def _checked_shares(numbers: Sequence[Any], name: str) -> tuple[float, ...]:
    try:
        shares = tuple(float(v) for v in numbers)
    except (TypeError, ValueError):
        raise PlanError(f"the column {name!r} holds {numbers!r}: expected numbers.") from None
    if any(not 0 <= s <= 1 for s in shares) or abs(math.fsum(shares) - 1) > 1e-6:
        raise PlanError(
            f"the shares under {name!r} sum to {math.fsum(shares):.6g}: expected shares between 0 and "
            "1 that sum to 1 (for numbers of rows, name the column 'count')."
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
            known = ", ".join(str(v) for v in real.values[k][:20])
            raise PlanError(
                f"{name} = {min(map(str, strange))!r} never occurs in the table: no model can learn it. "
                f"Its values are: {known}."
            )
    empty = tuple(c for c, w in zip(quota.cells, wanted, strict=True) if w and c not in real.rows)
    if not empty or unseen == "generate":
        return quota, ()
    if unseen == "refuse":
        shown = "; ".join(_name(c, names) for c in empty[:_LISTED])
        more = f"; and {len(empty) - _LISTED} more" if len(empty) > _LISTED else ""
        raise RefusedError(
            f"{len(empty)} of {sum(1 for w in wanted if w)} cells are never seen in the real table: "
            f"{shown}{more}. They may be impossible, and a model would have to invent them. Leave them "
            "out with --unseen skip (in Python: unseen='skip'), or insist with --unseen generate."
        )
    kept = [k for k, c in enumerate(quota.cells) if c not in set(empty)]
    cells = tuple(quota.cells[k] for k in kept)
    if quota.counts is not None:
        return Quota(cells, counts=tuple(quota.counts[k] for k in kept)), empty
    shares = [(quota.shares or ())[k] for k in kept]
    whole_share = math.fsum(shares)
    if not whole_share:
        raise RefusedError("every cell asked for is never seen in the real table: nothing is left.")
    return Quota(cells, shares=tuple(s / whole_share for s in shares)), empty


def apportion(shares: Sequence[float], total: int) -> NDArray[np.int64]:
    """Whole numbers that sum to `total`, by largest remainder (Hamilton); ties go to the first."""
    exact = np.asarray(shares, float) * total / math.fsum(shares)
    counts = np.floor(exact + 1e-9).astype(np.int64)
    left = total - int(counts.sum())
    order = np.lexsort((np.arange(len(exact)), -np.round(exact - counts, 9)))
    counts[order[:left]] += 1
    return counts


def _targets(quota: Quota, real: Observed, mode: str, rows: int | None) -> NDArray[np.int64]:
    """Rows of each cell in the result."""
    if quota.counts is not None:
        counts = np.array(quota.counts, np.int64)
        if rows is not None and rows != counts.sum():
            raise PlanError(
                f"rows = {rows} but the counts sum to {counts.sum()}: leave out -n, or give shares."
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
    targets = apportion(shares, rows)
    if (targets < held).any():
        raise RefusedError(
            f"rows = {rows} is too few to augment: some cells already hold more real rows than their "
            f"share of it. Ask for at least {least}, leave out -n, or use --mode replace."
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
    missing: str,
    equal: bool,
) -> Plan:
    held = np.array([real.rows.get(c, 0) for c in quota.cells], np.int64)
    generated = targets - held if mode == "augment" else targets
    if (generated < 0).any():
        worst = quota.cells[int(np.argmin(generated))]
        raise RefusedError(
            f"the cell {_name(worst, names)} holds {held[np.argmin(generated)]} real rows, more than "
            f"the {targets[np.argmin(generated)]} asked for: augmenting never removes rows. "
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
    reason = (
        f"{what} in each of {int((targets > 0).sum())} cells of {' x '.join(names)}: "
        f"{int(generated.sum())} rows to generate, {int(targets.sum())} in the result ({mode})"
    )
    warnings = _warnings(cells, names, skipped, missing, real)
    return Plan(generated[drawn], given, mode, names, cells, reason, warnings)


def _warnings(
    cells: tuple[Cell, ...],
    names: tuple[str, ...],
    skipped: tuple[tuple[Any, ...], ...],
    missing: str,
    real: Observed,
) -> tuple[str, ...]:
    found = []
    if skipped:
        shown = "; ".join(_name(c, names) for c in skipped[:_LISTED])
        more = f"; and {len(skipped) - _LISTED} more" if len(skipped) > _LISTED else ""
        found.append(
            f"{len(skipped)} cells never seen in the real table are left out: {shown}{more}."
        )
    rare = [c for c in cells if c.generated_rows and c.support is Support.RARE]
    for cell in sorted(rare, key=lambda c: c.real_rows)[:_LISTED]:
        on = f"{cell.real_rows} real row" + ("s" if cell.real_rows > 1 else "")
        if cell.persons is not None:
            on += f" of {cell.persons} person" + ("s" if cell.persons != 1 else "")
        found.append(f"{cell.generated_rows} rows of {_name(cell.values, names)} rest on {on}.")
    if len(rare) > _LISTED:
        found.append(f"{len(rare) - _LISTED} more cells rest on fewer than {RARE_ROWS} real rows.")
    invented = [c for c in cells if c.generated_rows and c.support is Support.UNSEEN]
    if invented:
        found.append(
            f"{sum(c.generated_rows for c in invented)} rows fall in {len(invented)} cells never seen "
            "in the real table: they are the model's extrapolation."
        )
    gaps = [n for n, v in zip(names, real.values, strict=True) if None in v]
    if gaps and missing == "group":
        found.append(f"Missing values of {', '.join(gaps)} are balanced as a group of their own.")
    return tuple(found)


def _name(cell: Sequence[Any], names: Sequence[str]) -> str:
    return ", ".join(
        f"{n} = {'(missing)' if v is None else v}" for n, v in zip(names, cell, strict=True)
    )
