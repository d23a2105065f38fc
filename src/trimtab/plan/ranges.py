"""Ranges of numbers, dates and times, as a condition or a plan asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from trimtab.errors import PlanError
from trimtab.plan.values import plain, typed_values
from trimtab.table.canonical import stored_type
from trimtab.table.schema import Column, Kind


@dataclass(frozen=True)
class Range:
    """The values from `low` to `high`, both included; None leaves an end open.

    For columns of numbers or datetimes, and labels that are numbers. Missing values lie in no
    range. A date stands for its midnight.
    """

    low: Any = None
    high: Any = None

    def __str__(self) -> str:
        if self.low is None and self.high is None:
            return "of any value"
        if self.high is None:
            return f"from {plain(self.low)}"
        if self.low is None:
            return f"up to {plain(self.high)}"
        return f"from {plain(self.low)} to {plain(self.high)}"


@dataclass(frozen=True)
class Bins:
    """How a balance column is cut: the value of each cut begins the bin above it.

    cuts    ascending values of the column
    names   of the bins, one more than cuts
    """

    cuts: tuple[Any, ...]
    names: tuple[str, ...]


def has_order(column: Column) -> bool:
    """Whether a range of a column's values has a meaning."""
    if column.kind in (Kind.NUMBER, Kind.DATETIME):
        return True
    return column.modelled and stored_type(column.storage) in ("int64", "double")


def typed_range(wanted: Range, column: Column) -> Range:
    """A range whose ends are values of a column. Raises PlanError for labels and a misfit."""
    if not has_order(column):
        raise PlanError(
            f"{column.name} {wanted}: {column.name} is a {column.kind}, and ranges are of numbers "
            "and moments. Ask for one value or a list of values."
        )
    infinite = {"low": float("-inf"), "high": float("inf")}
    low, high = (
        None if isinstance(v, float) and v == infinite[end] else v
        for end, v in (("low", wanted.low), ("high", wanted.high))
    )
    range_ = Range(*typed_values([low, high], column).to_pylist())
    if range_.low is not None and range_.high is not None and range_.low > range_.high:
        raise PlanError(
            f"{column.name} {range_}: the first is above the second, so that no value lies between "
            "them. Swap them."
        )
    return range_


def ends_of(asked: Range, name: str) -> pa.Array:
    """The two ends of a range as an Arrow array, null where it is open. Raises PlanError."""
    try:
        return pa.array([asked.low, asked.high])
    except (pa.ArrowException, TypeError) as error:
        raise PlanError(f"{name} {asked}: expected ends of one type ({error}).") from None
