"""What a real table holds in each combination of the balance columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.errors import ColumnError, unknown_column
from trimtab.table.schema import MODELLED, Role
from trimtab.table.table import Table


@dataclass(frozen=True)
class Observed:
    """Real rows (and persons) of each combination seen, and the values of each column."""

    rows: dict[tuple[Any, ...], int]
    persons: dict[tuple[Any, ...], int] | None
    values: tuple[tuple[Any, ...], ...]
    types: tuple[pa.DataType, ...]


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
        kept = pc.is_valid(data.column(0))
        for k in range(1, len(names)):
            kept = pc.and_(kept, pc.is_valid(data.column(k)))
        data = data.filter(kept)
    whats: list[Any] = [([], "count_all")]
    if entity is not None:
        # A row without an entity is a person of its own.
        whats += [("who", "count_distinct"), ("who", "count", pc.CountOptions(mode="only_null"))]
    keys = [f"by {k}" for k in range(len(names))]
    renamed = data.rename_columns([*keys, "who"] if entity is not None else keys)
    grouped = renamed.group_by(keys).aggregate(whats)
    cells = list(zip(*(grouped.column(k).to_pylist() for k in keys), strict=True))
    rows = dict(zip(cells, grouped.column("count_all").to_pylist(), strict=True))
    persons = None
    if entity is not None:
        known = pc.add(grouped.column("who_count_distinct"), grouped.column("who_count"))
        persons = dict(zip(cells, known.to_pylist(), strict=True))
    values = tuple(_by_frequency(data.column(n)) for n in names)
    return Observed(rows, persons, values, tuple(data.column(n).type for n in names))


def _by_frequency(column: pa.ChunkedArray) -> tuple[Any, ...]:
    """The distinct values, the most frequent first, missing last."""
    pairs = [(c["values"], c["counts"]) for c in pc.value_counts(column).to_pylist()]
    ordered = sorted(pairs, key=lambda p: (p[0] is None, -p[1], str(p[0])))
    return tuple(value for value, _ in ordered)
