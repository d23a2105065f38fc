"""Columns of which a model would keep little, because few rows share each of their values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa

from trimtab._arrays import Int
from trimtab.table.persons import codes_of, holders, persons
from trimtab.table.schema import Column, Kind
from trimtab.table.table import Table

TEXT_MIN_COUNT = 5  # free text that fewer rows share is never kept, whatever min_count says
_MOSTLY = 0.5
_NAMED = 5
_ENOUGH = 4  # times min_count: of fewer rows hardly any value is kept


@dataclass(frozen=True)
class Emptied:
    """A column, and the share of its cells that would come out as "(rare)"."""

    column: Column
    share: float
    least: int


def emptied_columns(
    table: Table, min_count: int, public: Collection[str] = ()
) -> tuple[Emptied, ...]:
    """The columns of texts most of whose cells hold what too few rows (persons) share.

    `public` columns keep every value, however rare.
    """
    if table.rows < _ENOUGH * max(min_count, 1):
        return ()  # too small a table for any model, which says so itself
    who = persons(table)
    found = []
    for column in table.schema:
        if not column.modelled or column.kind in (Kind.NUMBER, Kind.DATETIME):
            continue
        values = table.column(column.name)
        if column.name in public or not pa.types.is_string(values.type):
            continue
        least = max(min_count, TEXT_MIN_COUNT) if column.kind is Kind.TEXT else min_count
        share = _rare(values, least, who)
        if share > _MOSTLY:
            found.append(Emptied(column, share, least))
    return tuple(found)


def _rare(values: pa.Array, least: int, who: Int | None) -> float:
    """The share of the cells with a value that fewer than `least` rows (persons) hold."""
    codes = codes_of(values)
    size = int(codes.max(initial=-1)) + 1
    rows = holders(codes, None, size)
    rare = holders(codes, who, size) < least
    return float(rows[rare].sum() / max(rows.sum(), 1))


def emptied(table: Table, min_count: int, public: Collection[str] = ()) -> tuple[str, ...]:
    """What to say of such columns before anything is learned: a line for each of a few."""
    found = emptied_columns(table, min_count, public)
    noun = "rows" if table.schema.entity is None else "persons"
    lines = [_line(one, noun) for one in found[:_NAMED]]
    if len(found) > _NAMED:
        lines.append(f"... and {len(found) - _NAMED} more columns would come out mostly rare.")
    return tuple(lines)


def _line(one: Emptied, noun: str) -> str:
    remedy = (
        "leave it out (`drop`)"
        if one.column.kind is Kind.TEXT
        else "lower `min_count`, or leave it out (`drop`)"
    )
    return (
        f'{one.column.name} would come out {one.share:.0%} "(rare)": fewer than {one.least} {noun} '
        f"share each of these values. If they are numbers or dates, say so in a schema; else "
        f"{remedy}."
    )
