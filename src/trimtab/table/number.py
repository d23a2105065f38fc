"""Columns of numbers, typed or written as text: amounts, codes, flags, identifiers."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Float
from trimtab.errors import TableError
from trimtab.table import datetime, personal, text
from trimtab.table.canonical import infinite_at
from trimtab.table.evidence import Evidence
from trimtab.table.formats.clock import ClockFormat
from trimtab.table.formats.finding import Found, find_format
from trimtab.table.formats.number import CELL, NumberFormat
from trimtab.table.profile import Profile, decimals_of
from trimtab.table.schema import Column, Kind, Role

INDEX_LIKE = "index-like"
_FEW_LABELS = 10
_DATES = 3  # distinct numbers that could be dates are
_MOSTLY = 0.95  # the share of cells from which on "None" stands for missing among few answers
_FEW_ROWS = 20  # under this, that values are all different says nothing


def typed(profiled: Profile) -> Column:
    """What a column of int64 or float64 is."""
    given = profiled.given
    values = _floats(profiled.distinct)
    if pa.types.is_int64(given.values.type):
        return _settled(profiled, values, {"decimals": 0}, "the column holds whole numbers")
    decimals = decimals_of(values, single=given.storage == "float")
    facts: dict[str, Any] = {"decimals": decimals}
    if given.storage.startswith("decimal"):
        scale = int(given.storage.rstrip(")").split(",")[-1])
        facts = {"decimals": max(0, scale), "fixed_decimals": scale > 0}
    return _settled(profiled, values, facts, f"numbers with {_precision(decimals)}")


def recognised(profiled: Profile, evidence: Evidence) -> Column | None:
    """What a column of text is if its cells are numbers or times; None if they are not.

    Raises TableError where some have a decimal point, some a comma, and some may have either.
    """
    if not profiled.mostly(text.DIGIT):
        return None
    if profiled.mostly(text.NUMBER):
        numeric = profiled.without_words(text.NUMBER)
        if numeric is None:
            _refuse_infinite(profiled)
        if numeric is not None and not _of_thousands(numeric, evidence):
            return None if _answers(numeric) or _dates(numeric) else _bare(numeric, evidence)
    if profiled.mostly(CELL) and (numeric := profiled.without_words(CELL)) is not None:
        found = find_format(numeric.texts, numeric.counts, evidence.decimal)
        if found is not None:
            return None if _answers(numeric) else _written(numeric, found)
    timed = datetime.clock(profiled)
    return None if timed is None else _formatted(*timed, f"times of day, in {timed[1].counted}")


def _of_thousands(numeric: Profile, evidence: Evidence) -> bool:
    """Whether points stand between thousands, as the rest of the table has commas for decimals."""
    if evidence.decimal != ",":
        return False
    points = pc.match_substring(numeric.texts, ".")
    return bool(pc.any(points).as_py())


def _answers(numeric: Profile) -> bool:
    """Whether "None" is one of a few answers, and not a word for missing."""
    words = numeric.rows - numeric.filled
    if numeric.n > _FEW_LABELS or words <= (1 - _MOSTLY) * numeric.rows:
        return False
    return any(map(text.may_be_none, numeric.missing))


def _dates(numeric: Profile) -> bool:
    """Whether whole numbers are dates such as 20041026."""
    return (
        numeric.n >= _DATES
        and datetime.compact(numeric.trimmed_sample)
        and datetime.compact(numeric.texts)
    )


def _bare(numeric: Profile, evidence: Evidence) -> Column:
    """What a column of plain numbers is."""
    code = _code(numeric)
    if code:
        return code
    signed = pc.match_substring_regex(numeric.trimmed_sample, r"^\+|\d[eE]")
    found = None
    if pc.any(signed).as_py():
        found = find_format(numeric.texts, numeric.counts, evidence.decimal)
    if found is not None and found.format != NumberFormat():
        return _written(numeric, found)
    column = _amount(numeric)
    doubtful = evidence.decimal is None and column.decimals and _grouped(numeric.texts)
    return _doubted(column, ".") if doubtful else column


def _grouped(texts: pa.Array) -> bool:
    """Whether every point could stand between thousands."""
    return bool(pc.all(pc.match_substring_regex(texts, r"^[+-]?[1-9]\d{0,2}(\.\d{3})*$")).as_py())


def _doubted(column: Column, mark: str) -> Column:
    word = "point" if mark == "." else "comma"
    read = "decimals" if mark == "." else "thousands"
    reason = (
        f"{column.reason}; unsure: a {word} could be the decimal mark or stand between thousands, "
        f"and is read as {read}: say `decimal` if it is not"
    )
    return column.model_copy(update={"reason": reason})


def _written(numeric: Profile, found: Found) -> Column:
    """What a column of numbers with marks, signs or units is."""
    if found.both is not None and found.unsure is not None:
        _refuse_both(numeric, found.both)
    column = _formatted(numeric, found.format, "")
    return column if found.unsure is None else _doubted(column, ",")


def _formatted(numeric: Profile, format_: NumberFormat | ClockFormat, what: str) -> Column:
    plain = numeric.with_values(format_.plain(numeric.texts))
    bare = format_ == NumberFormat()
    bare = bare and pc.all(pc.match_substring_regex(numeric.texts, text.NUMBER)).as_py()
    written = None if bare else str(format_)
    return _amount(plain, written, what)


def _refuse_both(numeric: Profile, both: tuple[int, int]) -> NoReturn:
    name, rows = numeric.given.name, numeric.given.values
    point, comma = (pc.index(rows, numeric.distinct[place]).as_py() + 1 for place in both)
    raise TableError(
        f"column {name!r} has a decimal point in row {point} and a decimal comma in row {comma}, "
        "and numbers that may have either: expected one decimal mark. Correct the column, or say "
        f'that {name!r} is of the kind "label" in a schema.'
    )


def declared(profiled: Profile) -> Column:
    """The facts of a column that a person calls a number, whatever it looks like."""
    given = profiled.given
    if not pa.types.is_string(given.values.type):
        if pa.types.is_boolean(given.values.type) or pa.types.is_temporal(given.values.type):
            return given.column(Kind.NUMBER, "", decimals=0)
        return typed(profiled)
    fits = pc.match_substring_regex(profiled.texts, CELL)
    numeric = profiled.where(fits, ())
    found = find_format(numeric.texts, numeric.counts, None)
    plain = pc.all(pc.match_substring_regex(numeric.texts, text.NUMBER)).as_py()
    if plain or found is None:
        fits = pc.match_substring_regex(profiled.texts, text.NUMBER)
        return _amount(profiled.where(fits, ()))
    return _formatted(numeric, found.format, "")


def _refuse_infinite(profiled: Profile) -> None:
    rest = profiled.distinct
    infinite = rest.filter(pc.match_substring_regex(profiled.texts, text.INFINITE))
    if len(infinite):
        infinite_at(pc.is_in(profiled.given.values, value_set=infinite), profiled.given.name)


def _code(numeric: Profile) -> Column | None:
    """Digits that are no amount: leading zeros, postal codes, more digits than a number holds."""
    given = numeric.given
    trimmed = numeric.texts
    whole = pc.all(pc.match_substring_regex(trimmed, text.WHOLE)).as_py()
    zeros = pc.match_substring_regex(trimmed, text.LEADING_ZERO)
    led = numeric.where(zeros, ()).filled
    lengths = pc.utf8_length(trimmed)
    low, high = pc.min(lengths).as_py(), pc.max(lengths).as_py()
    if led:
        width = f"{high} digits" if low == high else f"{low} to {high} characters"
        every = f"every one of {numeric.filled} values has {width}"
        reason = f"{every} and {led} begin with 0: a code, not a number"
    elif whole and personal.code_like(given.name):
        reason = f"the name {given.name!r} says that the digits are a code, not a number"
    elif whole and high > 18:
        reason = f"up to {high} digits, more than a number holds exactly: a code"
    elif whole and not given.from_text and not numeric.missing:
        reason = "digits that were stored as text on purpose: a code, not a number"
    else:
        return None
    if numeric.missing:
        # The tokens stay values of their own: this is text.
        return given.column(Kind.LABEL, reason)
    if numeric.unique and (personal.id_like(given.name) or (low == high and low >= 6)):
        return given.column(Kind.IDENTIFIER, f"{reason}; no two rows share one: an identifier")
    if personal.entity_like(given.name) and numeric.entity_shaped:
        return given.column(Kind.ENTITY, f"{reason}; {entity_reason(numeric)}")
    if numeric.constant:
        return given.column(Kind.CONSTANT, f"{reason}; the same in every row")
    return given.column(Kind.FLAG if _two(numeric) else Kind.LABEL, reason)


def _amount(numeric: Profile, written: str | None = None, what: str = "") -> Column:
    """The column of plain numbers, which the table has `written` in some format."""
    given, trimmed = numeric.given, numeric.texts
    like = f', 1234.5 written "{written}"' if written and not what else ""
    values = _floats(text.numbers(numeric.distinct, pa.float64()))
    missing = {"missing": numeric.missing, "format": written}
    if given.from_text and pc.all(pc.match_substring_regex(trimmed, text.WHOLE)).as_py():
        facts: dict[str, Any] = {"decimals": 0, "storage": "int64", **missing}
        return _settled(numeric, values, facts, (what or "whole numbers") + like)
    point = pc.find_substring(trimmed, ".").to_numpy(zero_copy_only=False)
    length = pc.utf8_length(trimmed).to_numpy(zero_copy_only=False)
    digits = np.where(point < 0, 0, length - point - 1)
    plain = not pc.any(pc.match_substring(trimmed, "e", ignore_case=True)).as_py()
    decimals = decimals_of(values)
    shown = int(digits[0]) if plain and len(digits) and (digits == digits[0]).all() else 0
    fixed = bool(decimals) and shown >= (decimals or 0)
    decimals = shown if fixed else decimals
    bare = plain and bool((point < 0).any())
    facts = {
        **missing,
        "decimals": decimals,
        "fixed_decimals": fixed,
        "storage": "double" if given.from_text else given.storage,
        "flags": (text.BARE_WHOLE,) if bare else (),
    }
    return _settled(numeric, values, facts, (what or f"numbers with {_precision(decimals)}") + like)


def _settled(profiled: Profile, values: Float, facts: dict[str, Any], what: str) -> Column:
    """The kind of a numeric column, from its distinct values."""
    given, n = profiled.given, profiled.n
    whole = facts.get("decimals") == 0
    what += profiled.said_missing
    make = given.column
    if profiled.constant:
        return make(Kind.CONSTANT, f"{what}; the same in every row", **facts)
    if whole:
        column = _identifying(profiled, values, facts, what)
        if column:
            return column
    if _two(profiled):
        return make(Kind.FLAG, f"{what}; only two distinct ones", **facts)
    if whole and n <= _FEW_LABELS and profiled.repeats:
        reason = f"{what}, but only {n} distinct ones in {profiled.filled} rows"
        return make(Kind.LABEL, reason, **facts)
    # Reasons are saved with a model, so they quote no value: an extreme may be one person's.
    return make(Kind.NUMBER, f"{what}; {n} distinct ones", **facts)


def _identifying(
    profiled: Profile, values: Float, facts: dict[str, Any], what: str
) -> Column | None:
    given = profiled.given
    make = given.column
    order = _index(profiled, values)
    if order and (given.unnamed or profiled.filled >= _FEW_ROWS or personal.id_like(given.name)):
        flags = (*facts.get("flags", ()), INDEX_LIKE)
        role = Role.DROP if given.unnamed else Role.KEEP
        note = "; a row number that another program left behind" if given.unnamed else ""
        facts = {**facts, "flags": flags, "role": role}
        return make(Kind.IDENTIFIER, f"counts the rows from {order}{note}", **facts)
    if personal.code_like(given.name):
        reason = f"the name {given.name!r} says that the digits are a code, not a number"
        return make(Kind.LABEL, reason, **facts)
    if profiled.unique:
        span = values.max() - values.min() + 1
        if personal.id_like(given.name):
            reason = f"{what}; no two rows share one, and its name {given.name!r} is that of an id"
            return make(Kind.IDENTIFIER, reason, **facts)
        if span == profiled.n and profiled.filled >= _FEW_ROWS:
            reason = f"{what}; a run of whole numbers, each once: an identifier"
            return make(Kind.IDENTIFIER, reason, **facts)
    elif personal.entity_like(given.name) and profiled.entity_shaped:
        return make(Kind.ENTITY, f"{what}; {entity_reason(profiled)}", **facts)
    return None


def entity_reason(profiled: Profile) -> str:
    """Why a repeating column is an entity."""
    each = profiled.filled / profiled.n
    return (
        f"its name {profiled.given.name!r} is that of an id, and {profiled.n} distinct ones "
        f"stand in {profiled.filled} rows ({each:.1f} rows each)"
    )


def _index(profiled: Profile, values: Float) -> str | None:
    n = profiled.n
    if n != profiled.rows or profiled.missing or values.min() not in (0, 1):
        return None
    if values.max() != values.min() + n - 1:
        return None
    # All are distinct, and so stand in the order of the rows.
    if np.array_equal(values, np.arange(n) + values.min()):
        return f"{values.min():g}"
    return None


def _two(profiled: Profile) -> bool:
    return bool(profiled.n == 2 and profiled.filled > 2)


def _floats(values: pa.Array) -> Float:
    return np.asarray(
        pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64
    )


def _precision(decimals: int | None) -> str:
    if decimals is None:
        return "all the digits of a float"
    return "no decimals" if decimals == 0 else f"{decimals} decimal{'s' if decimals > 1 else ''}"
