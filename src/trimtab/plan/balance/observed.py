"""What a real table holds in each combination of the balance columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.errors import ColumnError, unknown_column
from trimtab.table.schema import MODELLED, Role
from trimtab.table.table import Table

_WHO = "who"


@dataclass(frozen=True)
class Observed:
    """Real rows (and persons) of each combination seen, and the values of each column."""

    rows: dict[tuple[Any, ...], int]
    persons: dict[tuple[Any, ...], int] | None
    values: tuple[tuple[Any, ...], ...]
    types: tuple[pa.DataType, ...]
    data: pa.Table = field(repr=False)  # the columns as "by 0", "by 1", ..., the entity as "who"

    def count(self, part: tuple[int, ...]) -> dict[tuple[Any, ...], int]:
        """Real persons (rows, where there is no entity) of each combination of some columns."""
        keys = [f"by {k}" for k in part]
        grouped = _grouped(self.data, keys)
        cells = zip(*(grouped.column(k).to_pylist() for k in keys), strict=True) if keys else [()]
        return dict(zip(cells, _persons_or_rows(grouped), strict=True))


def check_columns(table: Table, by: Sequence[str]) -> tuple[str, ...]:
    """The balance columns. Raises ColumnError for one that cannot be balanced over."""
    names = (by,) if isinstance(by, str) else tuple(by or ())
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


def observed(table: Table, names: tuple[str, ...], missing: str) -> Observed:
    """Count the cells; `missing` says whether missing values make cells of their own."""
    data = table.data.select(list(names))
    entity = table.schema.entity
    if entity is not None:
        data = data.append_column("who of the cells", table.column(entity.name))
    if missing == "exclude":
        complete = pc.is_valid(data.column(0))
        for k in range(1, len(names)):
            complete = pc.and_(complete, pc.is_valid(data.column(k)))
        data = data.filter(complete)
    keys = [f"by {k}" for k in range(len(names))]
    renamed = data.rename_columns([*keys, _WHO] if entity is not None else keys)
    grouped = _grouped(renamed, keys)
    cells = list(zip(*(grouped.column(k).to_pylist() for k in keys), strict=True))
    rows = dict(zip(cells, grouped.column("count_all").to_pylist(), strict=True))
    persons = None
    if entity is not None:
        persons = dict(zip(cells, _persons_or_rows(grouped), strict=True))
    values = tuple(_by_frequency(data.column(n)) for n in names)
    types = tuple(data.column(n).type for n in names)
    return Observed(rows, persons, values, types, renamed)


def _grouped(data: pa.Table, keys: list[str]) -> pa.Table:
    whats: list[Any] = [([], "count_all")]
    if _WHO in data.column_names:
        # A row without an entity is a person of its own.
        whats += [(_WHO, "count_distinct"), (_WHO, "count", pc.CountOptions(mode="only_null"))]
    return data.group_by(keys).aggregate(whats)


def _persons_or_rows(grouped: pa.Table) -> list[int]:
    if f"{_WHO}_count" not in grouped.column_names:
        rows: list[int] = grouped.column("count_all").to_pylist()
        return rows
    known = pc.add(grouped.column(f"{_WHO}_count_distinct"), grouped.column(f"{_WHO}_count"))
    return list(known.to_pylist())


def _by_frequency(column: pa.ChunkedArray) -> tuple[Any, ...]:
    """The distinct values, the most frequent first, missing last."""
    pairs = [(c["values"], c["counts"]) for c in pc.value_counts(column).to_pylist()]
    ordered = sorted(pairs, key=lambda p: (p[0] is None, -p[1], str(p[0])))
    return tuple(value for value, _ in ordered)
