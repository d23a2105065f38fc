"""Which gaps of a table can be filled, and filling them from what was learned."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Float
from trimtab._random import Key
from trimtab._run import Run
from trimtab.codec.label import LabelCodec
from trimtab.errors import ColumnError, RefusedError, unknown_column
from trimtab.model.interface import InPasses, PersonModel
from trimtab.synthesis.execute import complete, holds_values
from trimtab.synthesis.learned import Learned
from trimtab.synthesis.person_rows import PersonRows
from trimtab.table.files import read
from trimtab.table.schema import FRESH, Column, Kind, Role, Schema
from trimtab.table.table import Table

_SHOWN = 5  # columns, or texts, that a message names
TOO_FEW = "too few rows share values for any to be learned"


@dataclass(frozen=True)
class Gaps:
    """The columns whose gaps are filled, and why those of other columns stay: column -> reason."""

    fill: tuple[str, ...]
    stay: Mapping[str, str]

    @property
    def notes(self) -> list[str]:
        """What stays, in words: one note a reason."""
        reasons: dict[str, list[str]] = {}
        for name, reason in self.stay.items():
            reasons.setdefault(reason, []).append(name)
        return [f"Gaps stay in {', '.join(names)}: {reason}." for reason, names in reasons.items()]


def in_passes(learned: Learned) -> bool:
    """Whether gaps are filled near what the other cells say, not exactly given them."""
    return isinstance(learned.model, InPasses)


def gaps_of(table: Table, learned: Learned | None) -> Gaps:
    """What can be filled in a table, by a model that is to be learned from it or by one that was.

    Raises RefusedError for a table to learn from in which there is no value at all.
    """
    empty = [c for c in table.schema if table.column(c.name).null_count]
    stay = {c.name: reason for c in empty if (reason := _why_stays(c, table, learned))}
    modelled = [c.name for c in table.schema if c.modelled]
    nothing = all(table.column(n).null_count == table.rows for n in modelled)
    if learned is None and modelled and nothing:
        raise RefusedError(
            f"there is no value in {', '.join(modelled[:_SHOWN])}"
            f"{' and the other columns' if len(modelled) > _SHOWN else ''}: nothing can be learned "
            "of what the gaps should hold. Give rows with values."
        )
    return Gaps(tuple(c.name for c in empty if c.name not in stay), stay)


def _why_stays(column: Column, table: Table, learned: Learned | None) -> str | None:
    if column.role is Role.DROP:
        return "left out"
    if column.kind in FRESH:
        return "identifiers are nothing that other columns tell"
    if column.kind is Kind.TEXT:
        return "free text is not made up"
    if learned is None:
        whole = table.column(column.name).null_count == table.rows
        return "there is no value to learn from" if whole else None
    if column.name not in learned.codec.modelled:
        return "the model leaves it out"
    return None if holds_values(learned, column.name) else TOO_FEW


def fill(
    learned: Learned,
    table: Table,
    names: Sequence[str],
    key: Key,
    run: Run | None = None,
    *,
    strict: bool = False,
) -> Table:
    """The table with the gaps of some columns drawn, given all other cells of their rows; by a
    model of persons, of all rows of their persons.

    strict  whether rows are refused that no person of the model can have, by a PlanError

    Raises PlanError for values of another type than was learned, RefusedError for gaps at places
    that the model cannot fill exactly.
    """
    holes = [np.asarray(table.column(n).is_null()) for n in names]
    at = np.flatnonzero(np.logical_or.reduce(holes))
    if isinstance(learned.model, PersonModel):
        made = PersonRows.of_table(learned, table, strict=strict).drawn(key, run)
        at = np.arange(table.rows)
        drawn = {n: made.column(n).combine_chunks() for n in names}
    else:
        columns = [c for c in table.schema if c.modelled and c.name in learned.codec.modelled]
        data = table.data.select([c.name for c in columns]).take(pa.array(at))
        rows = Table(Schema(locked=True, columns=tuple(columns)), data, table.origin)
        drawn = complete(learned, rows, key, run)
    place = np.zeros(table.rows, np.int64)
    place[at] = np.arange(len(at))
    spread = pa.array(place, mask=~np.logical_or.reduce(holes))
    filled = table.data
    for name in names:
        uniforms = key.child("rare", name).uniforms(0, len(at))
        values = _unpooled(learned, name, table.column(name), drawn[name], uniforms)
        given, draws = _alike(table.column(name), values.take(spread))
        filled = filled.set_column(filled.column_names.index(name), name, pc.coalesce(given, draws))
    return Table(table.schema, filled, table.origin)


def _unpooled(
    learned: Learned, name: str, column: pa.Array, drawn: pa.Array, uniforms: Float
) -> pa.Array:
    """Draws of which each pooled label is one of the rare labels that the table itself holds."""
    codec = learned.codec.columns[name]
    if not isinstance(codec, LabelCodec) or codec.marker is None:
        return drawn
    rare = _strange(column, codec)
    if not len(rare):
        return drawn
    one = rare.take(pa.array((uniforms * len(rare)).astype(np.int64)))
    return pc.if_else(pc.fill_null(pc.equal(drawn, codec.marker), False), one, drawn)


def _alike(given: pa.Array, draws: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Two columns of one type: that of the first, unless the other would lose by it."""
    if given.type == draws.type:
        return given, draws
    try:
        return given, draws.cast(given.type)
    except pa.ArrowInvalid:
        return given.cast(draws.type), draws


def agreed(table: Table, made: Sequence[Table], gaps: Gaps) -> tuple[tuple[Table, ...], Gaps]:
    """Filled tables without the columns that some model could not fill: there gaps stay in all."""
    left = {n for n in gaps.fill if any(one.column(n).null_count for one in made)}
    if not left:
        return tuple(made), gaps
    results = []
    for one in made:
        columns = {n: (table if n in left else one).column(n) for n in table.schema.names}
        results.append(Table(table.schema, pa.table(columns), table.origin))
    stay = {**gaps.stay, **dict.fromkeys([n for n in gaps.fill if n in left], TOO_FEW)}
    return tuple(results), replace(
        gaps, fill=tuple(n for n in gaps.fill if n not in left), stay=stay
    )


def typed_as(learned: Learned, data: Any, drop: Collection[str] = ()) -> Table:
    """A table whose columns are typed as those that a model learned; `drop` are left out.

    Raises ColumnError for a column that the model does not know and that is not left out,
    TableError for values that do not fit.
    """
    schema = read(data).schema
    for name in drop:
        if name not in schema:
            raise unknown_column(name, schema.names, "drop")
    columns = []
    for column in schema:
        if column.name in drop:
            columns.append(column.model_copy(update={"role": Role.DROP}))
        elif column.name in learned.schema:
            columns.append(learned.schema[column.name])
        else:
            error = unknown_column(column.name, learned.schema.names, "the model")
            raise ColumnError(f"{error} Leave it out with drop if the model need not know it.")
    return read(data, Schema(locked=True, columns=tuple(columns)))


def labels_told(learned: Learned, table: Table, names: Sequence[str]) -> list[str]:
    """Notes on labels: those that the model has no code for, and draws that it can name only as
    rare in the columns `names`."""
    unseen, pooled = [], []
    for column in table.schema:
        codec = learned.codec.columns.get(column.name)
        if not (column.modelled and isinstance(codec, LabelCodec)):
            continue
        strange = _strange(table.column(column.name), codec)
        if len(strange) and codec.marker is None and codec.type == "string":
            examples = ", ".join(strange.unique().to_pylist()[:_SHOWN])
            unseen.append(f"{column.name} = {examples}")
        if codec.marker is not None and column.name in names and not len(strange):
            pooled.append(f'"{codec.marker}" in {column.name}')
    notes = []
    if unseen:
        notes.append(f"The model never saw {'; '.join(unseen)}: such cells tell it nothing.")
    if pooled:
        notes.append(f"A gap may be filled by a label too rare for the model: {', '.join(pooled)}.")
    return notes


def _strange(values: pa.Array, codec: LabelCodec) -> pa.Array:
    """The cells that hold a label without a code of its own."""
    known = pc.is_in(values, pa.array(codec.values, values.type))
    return values.filter(pc.and_(pc.is_valid(values), pc.invert(known)))
