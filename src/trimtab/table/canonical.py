"""Between the Arrow types a caller gives and the few canonical ones that a Table holds."""

from __future__ import annotations

import re
from typing import NoReturn

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.errors import TableError
from trimtab.table import text
from trimtab.table.formats.moment import fitting, moment_texts, moments
from trimtab.table.formats.number import NumberFormat, cells_of
from trimtab.table.formats.spelling import Spellings
from trimtab.table.formats.written import written_as
from trimtab.table.schema import Column, Kind


def plain(values: pa.ChunkedArray, name: str) -> pa.Array:
    """A column as string, int64, float64, bool, date32 or timestamp.

    nan becomes null; durations and times of day become whole microseconds.
    Raises TableError for infinities, nested types and binary.
    """
    array = values.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.nulls(0, array.type)
    kind = array.type
    types = pa.types
    if types.is_dictionary(kind):
        return plain(pa.chunked_array([array.dictionary_decode()]), name)
    if types.is_run_end_encoded(kind):
        return plain(pa.chunked_array([pc.run_end_decode(array)]), name)
    if types.is_null(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return pc.cast(array, pa.string())
    if types.is_floating(kind) or types.is_decimal(kind):
        return _finite(pc.cast(array, pa.float64(), safe=False), name)
    if types.is_integer(kind):
        try:
            return pc.cast(array, pa.int64())
        except pa.ArrowInvalid:
            return pc.cast(array, pa.float64(), safe=False)
    if types.is_time(kind):
        return pc.cast(pc.cast(array, pa.time64("us"), safe=False), pa.int64())
    if types.is_duration(kind):
        return pc.cast(pc.cast(array, pa.duration("us"), safe=False), pa.int64())
    if types.is_date64(kind):
        return pc.cast(array, pa.date32())
    if (
        types.is_string(kind)
        or types.is_boolean(kind)
        or types.is_date32(kind)
        or types.is_timestamp(kind)
    ):
        return array
    raise TableError(
        f"column {name!r} holds values of Arrow type {kind}: expected numbers, text, true/false, "
        "dates or times. Drop it before reading the table, or turn it into text."
    )


def _finite(values: pa.Array, name: str) -> pa.Array:
    infinite = pc.is_inf(values)
    if pc.any(infinite).as_py():
        infinite_at(infinite, name)
    return pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)


def infinite_at(infinite: pa.Array, name: str) -> NoReturn:
    """Refuse a column, naming the first row (from 1) where `infinite` holds."""
    row = pc.index(infinite, pa.scalar(True)).as_py() + 1
    raise TableError(
        f"column {name!r} is infinite in row {row}: expected finite numbers or missing values. "
        "Replace infinities by missing values, or by a number you stand for, and read again."
    )


def stored_type(storage: str) -> str:
    """The canonical class of a storage type: int64, double, string, bool or datetime."""
    inner = re.match(r"dictionary<values=([^,]+)", storage)
    name = inner.group(1) if inner else storage
    classes = {
        ("int", "uint", "duration", "time32", "time64"): "int64",
        ("double", "float", "halffloat", "decimal"): "double",
        ("timestamp", "date"): "datetime",
        ("bool",): "bool",
    }
    return next((c for starts, c in classes.items() if name.startswith(starts)), "string")


def canonical(
    values: pa.Array, column: Column, encoded: tuple[pa.Array, pa.Array] | None = None
) -> pa.Array:
    """A plain column in the type that its kind asks for; `encoded` as by `text.by_distinct`.

    Raises TableError naming the first value that does not fit.
    """
    if column.kind not in (Kind.NUMBER, Kind.DATETIME):
        if not pa.types.is_string(values.type) or column.format is None:
            held = pa.types.is_string(values.type)
            return _as_stored(text.masked(values, column.missing) if held else values, column)
        distinct, rows = text.by_distinct(values) if encoded is None else encoded
        return _as_stored(_plain(text.masked(distinct, column.missing), column), column).take(rows)
    if pa.types.is_string(values.type):
        distinct, rows = text.by_distinct(values) if encoded is None else encoded
        parsed = _parsed_numbers if column.kind is Kind.NUMBER else _parsed_moments
        return parsed(text.masked(distinct, column.missing), rows, column)
    return (_as_number if column.kind is Kind.NUMBER else _as_moment)(values, column)


def _as_number(values: pa.Array, column: Column) -> pa.Array:
    if pa.types.is_boolean(values.type):
        values = pc.cast(values, pa.int64())
    elif pa.types.is_temporal(values.type):
        raise _misfit(column, str(values.type), "numbers", 'Call it a "datetime" in the schema.')
    whole = stored_type(column.storage) == "int64"
    return _whole_if_possible(values) if whole else values


def _parsed_numbers(distinct: pa.Array, rows: pa.Array, column: Column) -> pa.Array:
    whole = stored_type(column.storage) == "int64"
    given, distinct = distinct, _plain(distinct, column)
    for type_ in (pa.int64(), pa.float64()) if whole else (pa.float64(),):
        try:
            parsed = text.numbers(distinct, type_)
        except pa.ArrowInvalid:
            continue
        taken = parsed.take(rows)
        if pa.types.is_integer(type_):
            return taken
        finite = _finite(taken, column.name)
        return _whole_if_possible(finite) if whole else finite
    fits = pc.match_substring_regex(text.trimmed(distinct), text.NUMBER).fill_null(False)
    bad = given.filter(pc.and_(pc.invert(fits), pc.is_valid(given)))
    example = repr(bad[0].as_py()) if len(bad) else "a number that is too large"
    raise _misfit(
        column, example, "numbers", f'List it under "missing" of {column.name!r}, or correct it.'
    )


def _plain(distinct: pa.Array, column: Column) -> pa.Array:
    """Texts as they would be without the format of the column; what does not fit is left."""
    if column.format is None:
        return distinct
    numeric = stored_type(column.storage) in ("int64", "double") or column.kind is Kind.NUMBER
    trimmed = text.trimmed(distinct)
    try:
        format_ = written_as(column.format)
        if numeric == isinstance(format_, Spellings):
            return distinct
        bare = pc.coalesce(format_.plain(trimmed), distinct)
    except ValueError as error:  # a pattern that does not fit is one, too
        raise _misfit(
            column, str(error), f"cells written {column.format}", "Correct its format or the value."
        ) from None
    if isinstance(format_, NumberFormat):
        _check_marks(format_, trimmed, distinct, column)
    return bare


def _check_marks(format_: NumberFormat, texts: pa.Array, given: pa.Array, column: Column) -> None:
    """Refuse numbers of which some have the other decimal mark, and some may have either."""
    places = format_.marks.mixed(cells_of(texts).body)
    if places is None:
        return
    foreign, either = (given[place].as_py() for place in places)
    raise _misfit(
        column,
        f"{foreign!r}, and {either!r}, which is another number if it is written like that",
        f"cells written {column.format}",
        "Set the format that the cells have, or correct them.",
    )


def _as_moment(values: pa.Array, column: Column) -> pa.Array:
    if pa.types.is_timestamp(values.type) or pa.types.is_date32(values.type):
        return values
    raise _misfit(column, str(values.type), "dates or times", "Give it another kind.")


def _parsed_moments(distinct: pa.Array, rows: pa.Array, column: Column) -> pa.Array:
    pattern = column.pattern or _only_pattern(distinct, column)
    try:
        return moments(distinct, pattern).take(rows)
    except pa.ArrowInvalid as error:
        raise _misfit(
            column, str(error), f"moments written {pattern}", "Correct its pattern or the value."
        ) from None


def _only_pattern(distinct: pa.Array, column: Column) -> str:
    readings: dict[str, pa.Array] = {}
    for pattern in fitting(distinct.drop_null().slice(0, 1).to_pylist()):
        try:
            readings[pattern] = moments(distinct, pattern)
        except pa.ArrowInvalid:
            continue
    patterns = list(readings)
    if len(distinct) == distinct.null_count:
        return "%Y-%m-%d"
    if patterns and all(values.equals(readings[patterns[0]]) for values in readings.values()):
        return patterns[0]
    given = (
        f"texts that may be {' or '.join(patterns)}" if patterns else "texts in no known pattern"
    )
    raise _misfit(column, given, "moments in one pattern", 'Set its "pattern", such as "%d.%m.%Y".')


def _as_stored(values: pa.Array, column: Column) -> pa.Array:
    wanted = stored_type(column.storage)
    given = values.type
    if pa.types.is_temporal(given):
        return pc.cast(_in_utc(values), pa.string())
    targets = {"int64": pa.int64(), "double": pa.float64(), "bool": pa.bool_()}
    target = targets.get(wanted, pa.string())
    if given == target or (wanted == "int64" and pa.types.is_float64(given)):
        return _whole_if_possible(values) if wanted == "int64" else values
    if wanted == "bool" and not pa.types.is_string(given):
        return values
    try:
        return (
            text.numbers(values, target) if pa.types.is_string(given) else pc.cast(values, target)
        )
    except pa.ArrowInvalid as error:
        raise _misfit(
            column, str(error), f"values of type {wanted}", "Correct it or set another storage."
        ) from None


def _whole_if_possible(values: pa.Array) -> pa.Array:
    try:
        return pc.cast(values, pa.int64())
    except pa.ArrowInvalid:
        return values


def _misfit(column: Column, given: str, expected: str, remedy: str) -> TableError:
    return TableError(
        f"column {column.name!r} is a {column.kind} in the schema but holds {given}: "
        f"expected {expected}. {remedy}"
    )


def given_back(values: pa.Array, column: Column, type_: pa.DataType) -> pa.Array:
    """A canonical column in the Arrow type `type_` that the caller gave."""
    types = pa.types
    if types.is_dictionary(type_):
        inner = given_back(values, column, type_.value_type)
        encoded = inner.dictionary_encode()
        try:
            indices = pc.cast(encoded.indices, type_.index_type)
        except pa.ArrowInvalid:
            # One label more than the index type can count, such as that of pooled rare ones.
            indices = encoded.indices
        return pa.DictionaryArray.from_arrays(indices, encoded.dictionary, ordered=type_.ordered)
    if types.is_run_end_encoded(type_):
        return pc.run_end_encode(given_back(values, column, type_.value_type))
    if types.is_string(type_) or types.is_large_string(type_) or types.is_string_view(type_):
        return pc.cast(as_text(values, column), type_)
    if types.is_null(type_):
        return values if values.null_count < len(values) else pa.nulls(len(values))
    if values.type == type_:
        return values
    if types.is_time(type_):
        return pc.cast(pc.cast(_whole(values), pa.time64("us")), type_, safe=False)
    if types.is_duration(type_):
        return pc.cast(pc.cast(_whole(values), pa.duration("us")), type_, safe=False)
    if types.is_integer(type_) and types.is_float64(values.type):
        return pc.cast(pc.round(values), type_)
    return pc.cast(values, type_, safe=not types.is_floating(type_))


def _whole(values: pa.Array) -> pa.Array:
    if pa.types.is_float64(values.type):
        return pc.cast(pc.round(values), pa.int64())
    return pc.cast(values, pa.int64())


def text_level(values: pa.Array, column: Column) -> int:
    """What the text of a value hangs on besides the value: what all others of its column are like.

    Of a column in parts it is the largest level of any part: see `as_text`.
    """
    if pa.types.is_temporal(values.type) and not column.pattern:
        texts = pc.cast(_in_utc(pc.unique(values)), pa.string())
        ends = (
            pc.all(pc.match_substring_regex(texts, zeros), min_count=0).as_py()
            for zeros, _ in _ZEROS
        )
        return next((level for level, every in enumerate(ends) if every), len(_ZEROS))
    if column.storage.startswith(("int", "uint")) and pa.types.is_float64(values.type):
        return int(_whole_if_possible(values).type == values.type)
    return 0


def as_text(values: pa.Array, column: Column, level: int | None = None) -> pa.Array:
    """A canonical column as the text that a CSV file shows. Missing stays null.

    `level` is that of the whole column, where these are some of its values.
    """
    level = text_level(values, column) if level is None else level
    if not (pa.types.is_temporal(values.type) or pa.types.is_float64(values.type)):
        return _as_text(values, column, level)
    distinct, rows = text.by_distinct(values)
    if 2 * len(distinct) > len(values):
        return _as_text(values, column, level)
    return _as_text(distinct, column, level).take(rows)


def _as_text(values: pa.Array, column: Column, level: int) -> pa.Array:
    if pa.types.is_string(values.type):
        return values
    if pa.types.is_temporal(values.type):
        if column.pattern:
            return moment_texts(values, column.pattern, column.decimals)
        return _moment(values, level)
    if pa.types.is_boolean(values.type):
        return pc.if_else(values, "True", "False")
    if column.storage.startswith(("int", "uint")) and not level:
        values = _whole_if_possible(values)
    texts = text.number_texts(
        values,
        fixed=column.decimals if column.fixed_decimals else None,
        bare=text.BARE_WHOLE in column.flags,
        single=column.storage == "float",
    )
    if column.format is None:
        return texts
    try:
        return written_as(column.format).dressed(texts)
    except ValueError as error:
        raise _misfit(column, str(error), "a format", "Correct it in the schema.") from None


# Digits of a time that are 0 in every row need not be shown: what they look like, and what is left.
_ZEROS = (
    (r"\.0+(Z?)$", r"\1"),
    (r"(\.\d{3})0+(Z?)$", r"\1\2"),
    (r"(\.\d{6})0+(Z?)$", r"\1\2"),
)


def _moment(values: pa.Array, level: int) -> pa.Array:
    texts = pc.cast(_in_utc(values), pa.string())
    if level >= len(_ZEROS):
        return texts
    zeros, replacement = _ZEROS[level]
    return pc.replace_substring_regex(texts, pattern=zeros, replacement=replacement)


def _in_utc(values: pa.Array) -> pa.Array:
    # Offsets are written in minutes, but those of the past had seconds.
    if pa.types.is_timestamp(values.type) and values.type.tz:
        return pc.cast(values, pa.timestamp(values.type.unit, tz="UTC"))
    return values
