"""Columns of which a model would keep little, because few rows share each of their values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from trimtab._arrays import Int
from trimtab.table.persons import persons
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
    coded = values.drop_null().dictionary_encode() if who is None else values.dictionary_encode()
    codes = np.asarray(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
    if not len(coded.dictionary):
        return 0.0
    rows = np.bincount(codes[codes >= 0], minlength=len(coded.dictionary))
    holders = rows
    if who is not None:
        pairs = np.unique(np.stack([codes[codes >= 0], who[codes >= 0]]), axis=1)
        holders = np.bincount(pairs[0], minlength=len(rows))
    return float(rows[holders < least].sum() / rows.sum())


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
