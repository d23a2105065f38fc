"""Values as Python has them, of sources that give each cell a type of its own, as columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from trimtab.errors import TableError
from trimtab.table.sources.format import Found

_EXACT = 2**53  # whole numbers up to here are exact as floats
_MICROSECONDS = (pa.timestamp("us"), pa.time64("us"), pa.duration("us"))
_TYPES: Mapping[frozenset[type], pa.DataType] = {
    frozenset({bool}): pa.bool_(),
    frozenset({int}): pa.int64(),
    frozenset({float}): pa.float64(),
    frozenset({int, float}): pa.float64(),
    frozenset({str}): pa.string(),
    frozenset({dt.date}): pa.date32(),
    frozenset({dt.datetime}): _MICROSECONDS[0],
    frozenset({dt.date, dt.datetime}): _MICROSECONDS[0],
    frozenset({dt.time}): _MICROSECONDS[1],
    frozenset({dt.timedelta}): _MICROSECONDS[2],
}
_WORDS = {
    bool: "true/false",
    int: "numbers",
    float: "numbers",
    str: "text",
    dt.date: "dates",
    dt.datetime: "times",
    dt.time: "times of day",
    dt.timedelta: "durations",
}


def found(
    columns: Sequence[Sequence[Any]],
    names: Sequence[str],
    library: str,
    where: str,
    *,
    unnamed: frozenset[str] = frozenset(),
    notes: tuple[str, ...] = (),
) -> Found:
    """Columns of Python values, None for missing, as Arrow.

    A column of values of several kinds becomes text, as it would be in a CSV file.
    """
    arrays, textual, remarks = [], set(), {}
    for values, name in zip(columns, names, strict=True):
        kinds = frozenset({type(v) for v in values} - {type(None)})
        strange = kinds - _WORDS.keys()
        if strange:
            raise _unfit(values, name, strange, where)
        array = _typed(values, kinds)
        if array is None:
            array = pa.array([None if v is None else _text(v) for v in values], pa.string())
            said = sorted({_WORDS[k] for k in kinds})
            large = " too large for 64 bits" if len(said) == 1 else ""
            remarks[name] = f"{' and '.join(said)}{large} were read as text"
            if not large:
                textual.add(name)
        arrays.append(array)
    table = pa.Table.from_arrays(arrays, names=list(names))
    return Found(table, library, frozenset(textual), unnamed, remarks, notes)


def _typed(values: Sequence[Any], kinds: frozenset[type]) -> pa.Array | None:
    """The column in the type that fits its values; None where none does."""
    if not kinds:
        return pa.nulls(len(values))
    if kinds not in _TYPES:
        return None
    if len(kinds) == 2 and dt.datetime in kinds:
        values = [_moment(v) for v in values]
    try:
        return pa.array(values, _TYPES[kinds])
    except (OverflowError, pa.ArrowInvalid):
        return None


def _moment(value: Any) -> Any:
    plain = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    return dt.datetime.combine(value, dt.time()) if plain else value


def whole_if_possible(values: list[Any]) -> list[Any]:
    """The values, as whole numbers where all numbers among them are whole: some sources have no
    type for these."""
    floats = [v for v in values if type(v) is float]
    if floats and all(v.is_integer() and abs(v) <= _EXACT for v in floats):
        return [int(v) if type(v) is float else v for v in values]
    return values


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
        return str(int(value))
    return str(value)


def _unfit(values: Sequence[Any], name: str, strange: frozenset[type], where: str) -> TableError:
    row = next(i for i, v in enumerate(values, start=1) if type(v) in strange)
    return TableError(
        f"{where}: column {name!r} holds a {type(values[row - 1]).__name__} in row {row}: expected "
        "numbers, text, true/false, dates or times. Leave that column out, or turn it into text."
    )
