"""Rows made from a hand-written schema: they show a form, and are no evidence of anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Bool, Float
from trimtab._random import Key
from trimtab._validate import whole
from trimtab.errors import InputError, RefusedError

if TYPE_CHECKING:
    from trimtab.table.schema import Column, Schema

_ROUNDS = 200  # of drawing rows anew that break a rule
_DAY = 10  # characters of a date
_WHOLE = 10.0**18  # from which on whole numbers are too large


def from_schema(schema: str | Path | Schema, rows: int, seed: int = 0) -> pa.Table:
    """Rows made from a hand-written schema, where there is no table yet: docs/files.md.

    `schema` is a Schema, or the path of its .toml or .json. A column's `made` says which values it
    has, with which shares, or from where to where it goes; each is drawn by itself, and only kept
    rules tie columns together. Columns with the role drop are left out. Row i is the same however
    many rows are asked for.

    Nobody ever saw such rows: the table, whatever is learned from it and whatever it is compared
    with say that it is no evidence of anything.
    Raises InputError for a column that says too little, RefusedError for rules that cannot be kept.
    """
    from trimtab.table.schema import Role, Schema
    from trimtab.table.table import MADE, MARK
    from trimtab.table.toml import read_schema

    if not isinstance(schema, Schema):
        schema = read_schema(schema)
    rows, seed = whole(1, rows=rows), whole(0, seed=seed)
    columns = [c for c in schema if c.role is not Role.DROP]
    if not columns:
        raise InputError("the schema has no column to make: expected at least one that is kept.")
    key = Key(seed).child("datasets", "from_schema")
    made = _kept(schema, columns, rows, lambda k: _drawn(columns, rows, key.child(k)))
    return made.replace_schema_metadata({MARK: MADE.encode()})


def _drawn(columns: list[Column], rows: int, key: Key) -> pa.Table:
    """A draw of all rows, each column by itself."""
    arrays = []
    for column in columns:
        own = key.child(column.name)
        values = _values(column, own.child("value").uniforms(0, rows))
        share = column.made.missing_share if column.made else 0.0
        absent = pa.array(own.child("missing").uniforms(0, rows) < share)
        arrays.append(pc.if_else(absent, pa.scalar(None, values.type), values))
    return pa.table(arrays, names=[c.name for c in columns])


def _kept(
    schema: Schema, columns: list[Column], rows: int, draw: Callable[[int], pa.Table]
) -> pa.Table:
    """Rows that break no kept rule: those that do are drawn anew, a few times."""
    made, broken = draw(0), np.zeros(rows, bool)
    for turn in range(1, _ROUNDS + 1):
        broken, rule = _breaking(schema, columns, made)
        if not broken.any():
            return made
        again, anew = draw(turn), pa.array(broken)
        made = pa.table(
            [pc.if_else(anew, b, a) for a, b in zip(made.columns, again.columns, strict=True)],
            names=made.column_names,
        )
    raise RefusedError(
        f"{rule} is kept by too few rows that are made column by column: {int(broken.sum()):,} of "
        f"{rows:,} break it after {_ROUNDS} draws. Narrow the values or ranges of its columns so "
        "that it holds more often, or take the rule out of the schema."
    )


def _breaking(schema: Schema, columns: list[Column], made: pa.Table) -> tuple[Bool, str]:
    """The rows that break a kept rule, and which rule most of them break."""
    from trimtab.table.files import read
    from trimtab.table.rules.reading import kept_rules
    from trimtab.table.rules.view import view

    broken, most, named = np.zeros(made.num_rows, bool), 0, ""
    rules = kept_rules(schema)
    if not rules:
        return broken, named
    looked = view(read(made, schema.model_copy(update={"columns": tuple(columns), "rules": None})))
    for rule in rules:
        absent = [n for n in rule.statement.columns if n not in looked]
        if absent or rule.statement.fits:
            why = (
                f"is about {absent[0]}, which is not made"
                if absent
                else "takes what is allowed from real rows, and there are none"
            )
            raise RefusedError(f"{rule.name}, {why}: take it out of the schema.")
        own = rule.statement.learned(looked)(looked).broken
        if (count := int(own.sum())) > most:
            most, named = count, rule.name
        broken |= own
    return broken, named


def _values(column: Column, chance: Float) -> pa.Array:
    """A value for each number in [0, 1)."""
    from trimtab.table.made import Made
    from trimtab.table.schema import Kind

    made = column.made or Made()
    low, high = made.low, made.high
    if made.values:
        return _listed(column, made.values, made.shares, chance)
    if column.kind is Kind.IDENTIFIER:
        return _identifiers(column, len(chance))
    if column.kind is Kind.FLAG:
        return pa.array(chance < 0.5)
    if column.kind is Kind.NUMBER and isinstance(low, int | float):
        return _numbers(column, float(low), float(high or 0), chance)
    if column.kind is Kind.DATETIME and isinstance(low, str):
        return _moments(column, low, str(high), chance)
    raise InputError(
        f"column {column.name!r} is a {column.kind} of which the schema says too little to make "
        f"values: expected {_EXPECTED.get(column.kind, _LIST)} under that column."
    )


_LIST = 'made = { values = ["a", "b"], shares = [0.9, 0.1] }'
_EXPECTED: Mapping[str, str] = {
    "number": "made = { low = 0, high = 120 }",
    "datetime": 'made = { low = "2024-01-01", high = "2024-12-31" }',
    "constant": 'made = { values = ["a"] }',
    "entity": "the kind identifier, for rows of the same person cannot be made,",
    "text": f"{_LIST}, for prose cannot be made,",
}


def _listed(column: Column, values: Any, shares: tuple[float, ...], chance: Float) -> pa.Array:
    """Values of a list, by their shares."""
    edges = np.cumsum(shares or np.full(len(values), 1 / len(values)))
    place = np.searchsorted(edges / edges[-1], chance, side="right").clip(0, len(values) - 1)
    kinds = {type(v) for v in values}
    floats = kinds == {int, float} or kinds == {float}
    try:
        listed = pa.array([float(v) for v in values] if floats else list(values))
        return listed.take(pa.array(place))
    except (pa.ArrowException, OverflowError) as error:
        raise InputError(f"column {column.name!r}: its values make no column ({error}).") from None


def _numbers(column: Column, low: float, high: float, chance: Float) -> pa.Array:
    """Numbers of a range, as finely as the schema says they are recorded."""
    decimals = column.decimals
    if decimals is None:
        return pa.array(low + chance * (high - low))
    first, last = np.ceil(low * 10**decimals), np.floor(high * 10**decimals)
    if first > last:
        raise InputError(
            f"column {column.name!r} has no number of {decimals} decimals from {low:g} to "
            f"{high:g}: widen the range, or give it more decimals."
        )
    if decimals == 0 and max(abs(first), abs(last)) >= _WHOLE:
        raise InputError(
            f"column {column.name!r} goes from {low:g} to {high:g}: expected whole numbers of "
            "at most 18 digits. Narrow the range."
        )
    steps = first + np.floor(chance * (last - first + 1))
    if decimals == 0:
        return pa.array(steps.astype(np.int64))
    return pa.array(np.round(steps / 10**decimals, decimals))


def _moments(column: Column, low: str, high: str, chance: Float) -> pa.Array:
    """Dates of a range; times, to the second, where an end has one."""
    try:
        ends = np.array([low.replace(" ", "T"), high.replace(" ", "T")], "datetime64[s]")
    except ValueError:
        raise InputError(
            f"column {column.name!r} goes from {low!r} to {high!r}: expected dates or times such "
            'as "2024-01-31" or "2024-01-31 12:30:00".'
        ) from None
    if max(len(low), len(high)) <= _DAY:
        days = ends.astype("datetime64[D]").astype(np.int64)
        drawn = days[0] + np.floor(chance * (days[1] - days[0] + 1)).astype(np.int64)
        return pa.array(drawn.astype(np.int32)).cast(pa.date32())
    seconds = ends.astype(np.int64)
    drawn = seconds[0] + np.floor(chance * (seconds[1] - seconds[0] + 1)).astype(np.int64)
    return pa.array(drawn).cast(pa.timestamp("s")).cast(pa.timestamp("us"))


def _identifiers(column: Column, rows: int) -> pa.Array:
    """A number for each row, or a text that has it."""
    numbers = range(1, rows + 1)
    if column.storage.startswith(("int", "uint")):
        return pa.array(numbers, pa.int64())
    return pa.array([f"{column.name}-{n}" for n in numbers])
