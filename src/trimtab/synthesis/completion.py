"""Rows to complete from a table itself: what they give, as a model can know it, and given back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.codec.codec import Codec
from trimtab.codec.label import LabelCodec
from trimtab.errors import ColumnError
from trimtab.model.coded import Coded
from trimtab.model.grid.coding import typed_as
from trimtab.model.kind import Patterns
from trimtab.plan.plan import Plan
from trimtab.synthesis.coded_plan import coded_plan
from trimtab.synthesis.synthesizer import completing
from trimtab.table.schema import Role, Schema
from trimtab.table.table import Table


@dataclass(frozen=True)
class Completion:
    """What partial rows ask of a model that is to be learned.

    rows      the rows as they were given
    plan      the plan that completes them
    patterns  the sets of columns that rows with something to fill give
    rare      how many rows hold a label that too few rows of the table do, by column
    """

    rows: Table
    plan: Plan
    patterns: Patterns
    rare: Mapping[str, int]

    def as_given(self, drawn: Table) -> Table:
        """The drawn rows with the rare labels that were given."""
        data = drawn.data
        for name in self.rare:
            at = data.column_names.index(name)
            given = self.rows.column(name).cast(data.schema.field(at).type)
            data = data.set_column(at, name, pc.coalesce(given, data.column(at).combine_chunks()))
        return Table(drawn.schema, data.combine_chunks(), drawn.origin)

    def notes(self, schema: Schema) -> list[str]:
        """What a careful user should know of the rare labels."""
        if not self.rare:
            return []
        noun = "rows" if schema.entity is None else "persons"
        counts = ", ".join(f"{count:,} in {name}" for name, count in self.rare.items())
        return [
            f"Some given labels are held by too few {noun} of the table to be learned ({counts}): "
            "they stay, and the rest of their rows is drawn as for any rare label, so that it does "
            "not tell of those few."
        ]


def completion_of(rows: Table, coded: Coded) -> Completion:
    """What some rows, typed as the columns of a table are, ask of a model of that table.

    Raises ColumnError for a column that is left out of what is learned, ColumnError and PlanError
    for values that the table does not have.
    """
    _check_kept(rows, coded.table.schema)
    pooled, rare = _pooled(rows, coded.table, coded.codec)
    plan = completing(pooled, coded.codec)
    request = coded_plan(plan, coded.table.schema, coded.codec, coded.grids)
    every = frozenset(coded.codec.modelled)
    patterns = {given for given, _ in request.patterns() if given != every}
    return Completion(rows, plan, patterns, rare)


def _check_kept(rows: Table, schema: Schema) -> None:
    for name in rows.schema.names:
        if schema[name].role is Role.DROP:
            raise ColumnError(
                f"given: column {name!r} is left out of what is learned ({schema[name].reason}): "
                "take it out of the given rows, or keep it in the schema."
            )


def _pooled(rows: Table, table: Table, codec: Codec) -> tuple[Table, dict[str, int]]:
    """The rows as a model can know them, and how many of them hold a rare label, by column.

    Labels that the table holds and the codec does not keep stand as what they are pooled with.
    """
    data, rare = rows.data, {}
    for at, name in enumerate(rows.schema.names):
        column = codec.columns[name]
        if not isinstance(column, LabelCodec):
            continue
        values = typed_as(codec, name, rows.column(name))
        kept = pa.array(column.values, values.type)
        in_table = pc.is_in(values, table.column(name).drop_null().unique())
        scarce = pc.and_(in_table, pc.invert(pc.is_in(values, kept)))
        if count := pc.sum(scarce).as_py():
            stand_in = column.decode(column.encode(values, name))
            data = data.set_column(at, name, pc.if_else(scarce, stand_in, values))
            rare[name] = int(count)
    return Table(rows.schema, data, rows.origin), rare
