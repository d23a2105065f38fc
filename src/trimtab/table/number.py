"""Columns of numbers, typed or written as text: amounts, codes, flags, identifiers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Float
from trimtab.table import personal, text
from trimtab.table.canonical import infinite_at
from trimtab.table.profile import Profile, decimals_of
from trimtab.table.schema import Column, Kind, Role

INDEX_LIKE = "index-like"
_FEW_LABELS = 10
_MOSTLY = 0.95  # the share of cells that must be numbers, where others are missing tokens
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


def recognised(profiled: Profile) -> Column | None:
    """What a column of text is if its cells are numbers; None if they are not."""
    sample = profiled.trimmed_sample
    fits = pc.match_substring_regex(sample, text.NUMBER)
    # Tokens for missing are few among the distinct values, so a sample with few numbers is enough.
    if pc.sum(fits).as_py() < 0.5 * (len(sample) - len(text.MISSING_TOKENS)) or not any(
        fits.to_pylist()
    ):
        return None
    trimmed = text.trimmed(profiled.distinct)
    fits = pc.match_substring_regex(trimmed, text.NUMBER)
    numeric = profiled.where(fits, ())
    rest = profiled.distinct.filter(pc.invert(fits))
    if numeric.filled < _MOSTLY * profiled.filled:
        return None
    _refuse_infinite(profiled, rest)
    tokens = rest.to_pylist()
    if not all(t.strip() in text.MISSING_TOKENS for t in tokens):
        return None
    numeric = profiled.where(fits, tuple(tokens))
    code = _code(numeric)
    if code:
        return code
    return _amount(numeric)


def declared(profiled: Profile) -> Column:
    """The facts of a column that a person calls a number, whatever it looks like."""
    given = profiled.given
    if not pa.types.is_string(given.values.type):
        if pa.types.is_boolean(given.values.type) or pa.types.is_temporal(given.values.type):
            return given.column(Kind.NUMBER, "", decimals=0)
        return typed(profiled)
    fits = pc.match_substring_regex(text.trimmed(profiled.distinct), text.NUMBER)
    return _amount(profiled.where(fits, ()))


def _refuse_infinite(profiled: Profile, rest: pa.Array) -> None:
    infinite = rest.filter(pc.match_substring_regex(text.trimmed(rest), text.INFINITE))
    if len(infinite):
        infinite_at(pc.is_in(profiled.given.values, value_set=infinite), profiled.given.name)


def _code(numeric: Profile) -> Column | None:
    """Digits that are no amount: leading zeros, postal codes, more digits than a number holds."""
    given = numeric.given
    trimmed = text.trimmed(numeric.distinct)
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


def _amount(numeric: Profile) -> Column:
    given, trimmed = numeric.given, text.trimmed(numeric.distinct)
    values = _floats(text.numbers(numeric.distinct, pa.float64()))
    missing = {"missing": numeric.missing}
    if given.from_text and pc.all(pc.match_substring_regex(trimmed, text.WHOLE)).as_py():
        facts: dict[str, Any] = {"decimals": 0, "storage": "int64", **missing}
        return _settled(numeric, values, facts, "whole numbers")
    point = pc.find_substring(trimmed, ".").to_numpy(zero_copy_only=False)
    length = pc.utf8_length(trimmed).to_numpy(zero_copy_only=False)
    digits = np.where(point < 0, 0, length - point - 1)
    plain = not pc.any(pc.match_substring(trimmed, "e", ignore_case=True)).as_py()
    decimals = decimals_of(values)
    fixed = plain and len(digits) > 0 and bool((digits == decimals).all()) and bool(decimals)
    bare = plain and bool((point < 0).any())
    facts = {
        **missing,
        "decimals": decimals,
        "fixed_decimals": fixed,
        "storage": "double" if given.from_text else given.storage,
        "flags": (text.BARE_WHOLE,) if bare else (),
    }
    return _settled(numeric, values, facts, f"numbers with {_precision(decimals)}")


def _settled(profiled: Profile, values: Float, facts: dict[str, Any], what: str) -> Column:
    """The kind of a numeric column, from its distinct values."""
    given, n = profiled.given, profiled.n
    whole = facts.get("decimals") == 0
    if profiled.missing:
        listed = ", ".join(repr(t) for t in profiled.missing)
        what += f"; {listed} stand for missing"
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
    rows = profiled.given.values
    if pa.types.is_string(rows.type):
        rows = text.numbers(rows, pa.float64())
    if np.array_equal(_floats(rows), np.arange(n) + values.min()):
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
