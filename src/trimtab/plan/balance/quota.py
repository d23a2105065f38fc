"""What is asked of a balanced table: counts or shares of cells, or of each column's values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Float
from trimtab.errors import PlanError, unknown_column
from trimtab.plan.balance.observed import Observed
from trimtab.plan.plan import cell_name, check_rows
from trimtab.plan.values import typed
from trimtab.table.table import Table

COUNT_NAMES = ("count", "counts", "rows", "n")
SHARE_NAMES = ("share", "shares", "proportion", "probability")
COLUMN, VALUE = "column", "value"  # the columns that say what a table of margins is about


@dataclass(frozen=True)
class Quota:
    """What is asked of each cell: exact `counts`, or `shares` of a total; aligned with `cells`."""

    cells: tuple[tuple[Any, ...], ...]
    counts: tuple[int, ...] | None = None
    shares: tuple[float, ...] | None = None

    def without(self, cells: Collection[tuple[Any, ...]]) -> Quota | None:
        """What is asked of the other cells, their shares of a total of 1; None if that is none."""
        gone = set(cells)
        kept = [k for k, c in enumerate(self.cells) if c not in gone]
        wanted = self.counts or self.shares or ()
        total = math.fsum(wanted[k] for k in kept)
        if not total:
            return None
        left = tuple(self.cells[k] for k in kept)
        if self.counts is not None:
            return Quota(left, counts=tuple(self.counts[k] for k in kept))
        return Quota(left, shares=tuple(wanted[k] / total for k in kept))


@dataclass(frozen=True)
class Margin:
    """What is asked of one column's `values`: `shares` that sum to 1, of `total` rows if that was
    said by counts.
    """

    values: tuple[Any, ...]
    shares: Float
    total: int | None = None
    equal: bool = False


def asked(to: Table, names: tuple[str, ...], table: Table) -> Quota:
    """The quota that a table of counts or shares asks for.

    Raises ColumnError for a column that is not there, PlanError for numbers that are no counts, and
    shares that do not sum to 1.
    """
    for name in names:
        if name not in to.schema:
            raise unknown_column(name, to.schema.names, "the table of counts")
    count, share = _numbers_of(to, names)
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


def is_margins(to: Table, names: tuple[str, ...]) -> bool:
    """Whether a table asks for margins: the columns `column` and `value` instead of `names`."""
    return {COLUMN, VALUE} <= set(to.schema.names) and not set(names) <= set(to.schema.names)


def asked_margins(
    to: Table | None, names: tuple[str, ...], table: Table, real: Observed
) -> tuple[Margin, ...]:
    """What is asked of each column: as a table in long form says, and equal shares else.

    The table has the columns `column`, `value`, and of `count` and `share` one or both (then one
    of the two is empty in every row). Raises as `asked` does.
    """
    by_name: dict[str, Margin] = {}
    if to is not None:
        count, share = _numbers_of(to, (COLUMN, VALUE))
        if count is None and share is None:
            raise PlanError(
                f"the table of margins has the columns {', '.join(to.schema.names)}: expected "
                f"{COLUMN}, {VALUE} and 'count' or 'share'."
            )
        about = pc.cast(to.column(COLUMN), pa.string()).to_pylist()
        texts = pc.cast(to.column(VALUE), pa.string())
        for name in dict.fromkeys(about):
            if name not in names:
                raise unknown_column(str(name), names, "the table of margins, column")
            mine = to.data.filter(pa.array([a == name for a in about]))
            values = typed(
                pc.filter(texts, pa.array([a == name for a in about])), table.schema[name]
            ).to_pylist()
            by_name[name] = _margin(name, values, mine, count, share)
    margins = []
    for name, values in zip(names, real.values, strict=True):
        if name in by_name:
            check_values(name, zip(by_name[name].values, by_name[name].shares, strict=True), values)
        elif not values:
            raise PlanError(f"by: {name} holds no values to balance over: choose other columns.")
        equal = Margin(values, np.full(len(values), 1 / max(len(values), 1)), equal=True)
        margins.append(by_name.get(name, equal))
    totals = {n: m.total for n, m in by_name.items() if m.total is not None}
    if len(set(totals.values())) > 1:
        listed = ", ".join(f"{n} {total:,}" for n, total in totals.items())
        raise PlanError(
            f"the counts of the columns sum to different totals ({listed}): expected the same "
            "number of rows for each, or shares."
        )
    return tuple(margins)


def check_values(name: str, wanted: Any, known: tuple[Any, ...]) -> None:
    """Refuse rows of a value that a column does not have; `wanted` are pairs (value, number)."""
    strange = {value for value, number in wanted if number} - set(known)
    if strange:
        examples = ", ".join(shown_value(v) for v in known[:20])
        raise PlanError(
            f"{name} = {min(map(shown_value, strange))} never occurs in the table: no model can "
            f"learn it. Its values are: {examples}{', ...' if len(known) > 20 else ''}."
        )


def shown_value(value: Any) -> str:
    """A value in words."""
    return "(missing)" if value is None else str(value)


def _margin(
    name: str, values: list[Any], rows: pa.Table, count: str | None, share: str | None
) -> Margin:
    """What the rows of a table of margins say of one column."""
    twice = [v for v, times in Counter(values).items() if times > 1]
    if twice:
        raise PlanError(f"the table of margins names {name} = {shown_value(twice[0])} twice.")
    counts, shares = ([] if k is None else rows.column(k).to_pylist() for k in (count, share))
    is_count = any(v is not None for v in counts)
    if is_count == any(v is not None for v in shares):
        raise PlanError(
            f"the table of margins gives {name} "
            f"{'counts and shares' if is_count else 'no numbers'}: expected one of 'count' or "
            "'share' in each of its rows."
        )
    if is_count:
        numbers = [_whole_count(v, str(count)) for v in counts]
        check_rows(sum(numbers))
        if not sum(numbers):
            raise PlanError(f"the counts of {name} are all 0: ask for at least one row.")
        return Margin(tuple(values), np.array(numbers) / sum(numbers), sum(numbers))
    parts = np.array(_checked_shares(shares, str(share)))
    return Margin(tuple(values), parts / parts.sum())


def _numbers_of(to: Table, names: Sequence[str]) -> tuple[str | None, str | None]:
    """The names of the columns that hold the counts and the shares, besides `names`."""
    lowered = {n.lower(): n for n in to.schema.names if n not in names}
    count = next((lowered[n] for n in COUNT_NAMES if n in lowered), None)
    share = next((lowered[n] for n in SHARE_NAMES if n in lowered), None)
    return count, share


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
