"""Bins of numbers, dates and times, to balance over as if they were labels.

A plan is made of the bins' names; what is then drawn are values in the ranges that they stand for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from trimtab._validate import several
from trimtab.errors import ColumnError, InputError, PlanError, unknown_column
from trimtab.plan.balance import balance
from trimtab.plan.balance.counts import counts_table
from trimtab.plan.balance.persons import counting_persons, persons_table
from trimtab.plan.plan import Given, Plan
from trimtab.plan.ranges import Bins, Range
from trimtab.plan.values import typed_values
from trimtab.table.schema import Column, Kind, Schema
from trimtab.table.table import Table

MAX_VALUES = 50  # a number of more distinct values is not balanced value by value unasked
_MAX_BINS = 1000
_DECIMALS = 6  # up to so many recorded decimals, the number below another one is written with them
_OFF = 0.1  # of a bin's rows, by which a tidy cut may miss the rank that was meant
_STEPS = (5, 2, 1)
_UNITS = ("Y", "M", "D", "h", "m", "s", "us")
_STEP_OF = {"s": 10**6, "ms": 10**3, "us": 1, "ns": 1}  # microseconds


def plan_balance(
    table: Table,
    by: Sequence[str],
    to: Any,
    bins: Mapping[str, Any] | None,
    *,
    persons: bool = False,
    **asked: Any,
) -> Plan:
    """The plan to balance a table over columns, some of which are cut into bins.

    to       what is asked for, as `counts.counts_table` takes it; of a bin by its name
    bins     as `bins_of` takes them
    persons  whether persons are balanced, of which each counts once
    asked    what else `balance.plan_balance` takes; see there for the errors, too
    """
    names = several(by)
    if persons:
        return counting_persons(plan_balance(persons_table(table, names), by, to, bins, **asked))
    cuts = bins_of(table, names, bins)
    counts = counts_table(to, by)
    if counts is None:
        check_values(table, names, cuts)
    plan = balance.plan_balance(binned(table, cuts), by, counts, **asked)
    return ranged(plan, cuts, table, _fewer(cuts, bins or {})) if cuts else plan


def _fewer(cuts: Mapping[str, Bins], bins: Mapping[str, Any]) -> list[str]:
    """Notes on columns that are cut into fewer bins than were asked for."""
    return [
        f"{name} is cut into {len(cut.names)} bins, not {bins[name]}: many rows hold one value."
        for name, cut in cuts.items()
        if isinstance(bins[name], (int, np.integer)) and len(cut.names) < bins[name]
    ]


def bins_of(table: Table, by: Sequence[str], bins: Mapping[str, Any] | None) -> dict[str, Bins]:
    """The bins of the balance columns that are to be cut.

    bins   column -> cut points, of which the lower is included and the upper is not, or how many
           bins of about equally many rows there are to be

    Raises ColumnError for columns that cannot be cut, PlanError for cuts that make no bins.
    """
    if not isinstance(bins, Mapping | None):
        raise InputError(f"bins = {bins!r}: expected a dict such as {{'age': [18, 65]}}.")
    cuts = {}
    for name, wanted in (bins or {}).items():
        if name not in table.schema:
            raise unknown_column(name, table.schema.names, "bins")
        column = table.schema[name]
        if name not in by:
            raise ColumnError(
                f"bins: column {name!r} is not among those to balance over: add it to by, or "
                "leave out its bins."
            )
        if column.kind not in (Kind.NUMBER, Kind.DATETIME):
            raise ColumnError(
                f"bins: column {name!r} is a {column.kind} ({column.reason}): bins are of numbers "
                "and moments. Balance over its values, or change its kind in the schema."
            )
        cuts[name] = _bins(table, column, wanted)
    return cuts


def check_values(table: Table, by: Sequence[str], bins: Mapping[str, Bins]) -> None:
    """Refuse to balance over every value of a number that has many. Raises PlanError."""
    for name in by:
        if name in bins or name not in table.schema:
            continue
        column = table.schema[name]
        if column.kind not in (Kind.NUMBER, Kind.DATETIME):
            continue
        many = len(table.column(name).drop_null().unique())
        if many > MAX_VALUES:
            raise PlanError(
                f"by: {name} is a {column.kind} of {many:,} distinct values, too many to give each "
                f"of them as many rows. Cut it into bins: `bins={{{name!r}: 5}}`, or at points of "
                f"your own, or ask for some values with `to='COUNTS.csv'`."
            )


def binned(table: Table, bins: Mapping[str, Bins]) -> Table:
    """The table with the names of bins in place of the values in them; missing stays missing."""
    if not bins:
        return table
    schema, data = table.schema, table.data
    for name, cut in bins.items():
        values = table.column(name)
        cuts = pa.array(cut.cuts, values.type if pa.types.is_temporal(values.type) else None)
        at = np.searchsorted(_as_numbers(cuts), _as_numbers(values), "right")
        names = pa.array(cut.names).take(pa.array(at, mask=np.asarray(pc.is_null(values))))
        where = schema.names.index(name)
        given = schema[name]
        label = Column(
            name=name, kind=Kind.LABEL, role=given.role, storage="string", reason=given.reason
        )
        columns = tuple(label if c.name == name else c for c in schema)
        schema = Schema(locked=True, columns=columns)
        data = data.set_column(where, name, names)
    return Table(schema, data, table.origin)


def ranged(plan: Plan, bins: Mapping[str, Bins], table: Table, notes: Sequence[str] = ()) -> Plan:
    """The plan of bins' names, made of the binned `table`, as one of ranges of values.

    A bin that no row is in gets a note, besides those that are given.
    """
    plan = _ordered(plan, bins)
    given, warnings = dict(plan.given), [*plan.warnings, *notes]
    for name, cut in bins.items():
        labels, column = given[name], table.schema[name]
        place = {n: i for i, n in enumerate(cut.names)}
        choice = np.array([place.get(v, -1) for v in labels.values.to_pylist()], np.int64)
        values = pa.nulls(len(choice), table.column(name).type)
        given[name] = Given(values, choice < 0, choice, _ranges(cut.cuts, column, values.type))
        occupied = set(binned(table, {name: cut}).column(name).unique().to_pylist())
        empty = [n for n in cut.names if n not in occupied]
        if empty:
            warnings.append(f"No real row has {name} {' or '.join(empty)}: none is generated.")
    return replace(plan, given=given, bins=dict(bins), warnings=tuple(warnings))


def _ordered(plan: Plan, bins: Mapping[str, Bins]) -> Plan:
    """The plan with bins in their order, missing last; other values as they first come.

    Its groups are those cells that rows are generated for, in the cells' order.
    """
    ranks: list[dict[Any, int]] = []
    for at, name in enumerate(plan.by):
        values = (c.values[at] for c in plan.cells)
        order = (*bins[name].names, None) if name in bins else dict.fromkeys(values)
        ranks.append({value: place for place, value in enumerate(order)})
    keys = [[r[v] for r, v in zip(ranks, c.values, strict=True)] for c in plan.cells]
    order_of = sorted(range(len(keys)), key=lambda k: keys[k])
    group = np.cumsum([c.generated_rows > 0 for c in plan.cells]) - 1
    groups = np.array([group[k] for k in order_of if plan.cells[k].generated_rows > 0], np.int64)
    given = {
        n: replace(g, values=g.values.take(pa.array(groups)), known=g.known[groups])
        for n, g in plan.given.items()
    }
    cells = tuple(plan.cells[k] for k in order_of)
    return replace(plan, counts=plan.counts[groups], given=given, cells=cells)


def _ranges(cuts: Sequence[Any], column: Column, type_: pa.DataType) -> tuple[Range, ...]:
    """What lies below, between and above the cuts, on the precision that was recorded."""
    below = [_last_below(c, column, type_) for c in cuts]
    lows = [math.ceil(c) if pa.types.is_integer(type_) else c for c in cuts]
    return tuple(map(Range, [None, *lows], [*below, None]))


def _last_below(cut: Any, column: Column, type_: pa.DataType) -> Any:
    """The last value before a cut."""
    if isinstance(cut, datetime):
        return cut - timedelta(microseconds=_STEP_OF[type_.unit])
    if isinstance(cut, date):
        return cut - timedelta(days=1)
    if pa.types.is_integer(type_):
        return math.ceil(cut) - 1
    if column.decimals is None or column.decimals > _DECIMALS:
        return math.nextafter(cut, -math.inf)
    unit = 10**column.decimals
    return (math.ceil(round(cut * unit, 6)) - 1) / unit


def _bins(table: Table, column: Column, wanted: Any) -> Bins:
    values = table.column(column.name)
    whole = isinstance(wanted, (int, np.integer)) and not isinstance(wanted, bool)
    cuts = _even_cuts(values, int(wanted), column) if whole else _cuts(values, wanted, column)
    return Bins(tuple(cuts), _names(cuts, column))


def _cuts(values: pa.Array, wanted: Any, column: Column) -> list[Any]:
    """Cut points that were given, as values of the column."""
    prefix = f"bins: {column.name} = {wanted!r}"
    if isinstance(wanted, str) or not isinstance(wanted, Sequence | np.ndarray) or not len(wanted):
        raise PlanError(
            f"{prefix}: expected a number of bins, such as 4, or cut points, such as [18, 65]."
        )
    typed = typed_values(list(wanted), column)
    if typed.null_count:
        raise PlanError(f"{prefix}: a cut point is missing or no value.")
    if column.kind is Kind.DATETIME:
        own = typed.cast(values.type)
        if not own.cast(typed.type).equals(typed):
            raise PlanError(f"{prefix}: the column holds {values.type}, and its cuts must, too.")
        typed = own
    cuts: list[Any] = typed.to_pylist()
    if any(not a < b for a, b in pairwise(cuts)):
        raise PlanError(f"{prefix}: expected cut points that ascend, each of them once.")
    if len(cuts) >= _MAX_BINS:
        raise PlanError(f"{prefix}: expected fewer than {_MAX_BINS:,} cut points.")
    return cuts


def _even_cuts(values: pa.Array, many: int, column: Column) -> list[Any]:
    """Cut points that are tidy and leave about equally many rows in each of so many bins."""
    if not 2 <= many <= _MAX_BINS:
        raise PlanError(
            f"bins: {column.name} = {many}: expected from 2 to {_MAX_BINS:,} bins, or a list of "
            "cut points."
        )
    moments = column.kind is Kind.DATETIME
    zone = values.type.tz if pa.types.is_timestamp(values.type) else None
    # A day begins where the clocks of the column's zone say so.
    own = pc.local_timestamp(values) if zone else values
    numbers = np.sort(_as_numbers(own.drop_null()))
    points: list[Any] = []
    for k in range(1, many):
        tidy = _tidy_moments if moments else _tidy_numbers
        cut = _tidy_cut(numbers, k / many, _OFF / many, tidy)
        if cut is not None and (not points or cut > points[-1]):
            points.append(cut)
    if not points:
        raise PlanError(
            f"bins: {column.name} cannot be cut into {many} bins: nearly all of its rows hold one "
            "value. Give a list of cut points, or balance over its values."
        )
    if not moments:
        return [int(c) if float(c).is_integer() else float(c) for c in points]
    cuts = pa.array(np.array(points, np.int64)).cast(pa.timestamp("us")).cast(own.type)
    if zone:
        cuts = pc.assume_timezone(cuts, zone, ambiguous="earliest", nonexistent="earliest")
    return list(cuts.to_pylist())


def _tidy_cut(numbers: NDArray[Any], share: float, off: float, tidy: Any) -> Any:
    """The tidiest value below which about this share of the rows lies; None if none parts them."""
    if not len(numbers):
        return None
    at = numbers[min(int(share * len(numbers)), len(numbers) - 1)]
    for candidates in tidy(at):
        parts = [(abs(np.searchsorted(numbers, c) / len(numbers) - share), c) for c in candidates]
        miss, best = min(parts)
        if miss <= off:
            return best
    # A value of many rows: the edge of it that is nearer, as long as rows lie on both sides.
    edges = [at, *numbers[numbers > at][:1]]
    parts = [(abs(np.searchsorted(numbers, c) / len(numbers) - share), c) for c in edges]
    return next((c for _, c in sorted(parts) if numbers[0] < c <= numbers[-1]), None)


def _tidy_numbers(value: float) -> Iterator[list[float]]:
    """Round numbers at and beside a number, the roundest first."""
    size = abs(float(value)) or 1.0
    for power in range(math.floor(math.log10(size)) + 1, math.floor(math.log10(size)) - 12, -1):
        for step in _STEPS:
            # Dividing by a whole number keeps decimals such as 0.3 what they are.
            scale = 10.0 ** abs(power)
            low = (
                math.floor(value / (step * scale))
                if power >= 0
                else math.floor(value * scale / step)
            )
            near = (low * step, (low + 1) * step)
            yield [n * scale if power >= 0 else n / scale for n in near]


def _tidy_moments(value: int) -> Iterator[list[int]]:
    """Beginnings of a year, month, day, ... at and beside a date or time, in microseconds."""
    moment = np.datetime64(int(value), "us")
    for unit in _UNITS:
        low = moment.astype(f"datetime64[{unit}]")
        yield [int(n.astype("datetime64[us]").astype(np.int64)) for n in (low, low + 1)]


def _as_numbers(values: pa.Array) -> NDArray[Any]:
    """Numbers as they are, dates and times as microseconds since 1970; anything for missing."""
    if pa.types.is_temporal(values.type):
        zone = values.type.tz if pa.types.is_timestamp(values.type) else None
        values = values.cast(pa.timestamp("us", zone), safe=False).cast(pa.int64())
    return np.asarray(values.fill_null(0).to_numpy(zero_copy_only=False))


def _names(cuts: Sequence[Any], column: Column) -> tuple[str, ...]:
    """The bins in words."""
    texts = _cut_texts(cuts)
    if column.kind is Kind.DATETIME:
        first, last, join = f"before {texts[0]}", f"{texts[-1]} and later", "{} to before {}"
    else:
        first, last, join = f"under {texts[0]}", f"{texts[-1]} and over", "{} to under {}"
    between = (join.format(a, b) for a, b in pairwise(texts))
    return (first, *between, last)


def _cut_texts(cuts: Sequence[Any]) -> list[str]:
    if not isinstance(cuts[0], datetime):
        return [str(int(c)) if isinstance(c, float) and c.is_integer() else str(c) for c in cuts]
    if all((c.hour, c.minute, c.second, c.microsecond) == (0, 0, 0, 0) for c in cuts):
        return [c.date().isoformat() for c in cuts]
    return [c.replace(tzinfo=None).isoformat(sep=" ") for c in cuts]
