"""What each column is, inferred from its values and its name, with the reason in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.errors import unknown_column
from trimtab.table import datetime, entity, number, outcome, personal, text
from trimtab.table.evidence import Evidence, evidence_of
from trimtab.table.formats.number import CELL
from trimtab.table.formats.spelling import spellings_of
from trimtab.table.profile import Given, Profile, profile
from trimtab.table.schema import Column, Kind, Role, Schema

QUASI = "quasi-identifier"
_UUID = r"(?i)^\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$"
_SPELLINGS = 12  # of two answers: yes, Yes, YES
_FEW_ROWS = 20  # under this, that values are all different says nothing


def infer(
    givens: Sequence[Given], known: Schema | None = None, decimal: str | None = None
) -> Schema:
    """The schema of some columns; what `known` says of a column goes before what is inferred.

    decimal  the mark of decimals, if a person says one

    Raises ColumnError if `known` names a column that is not there, TableError for infinities.
    """
    names = [g.name for g in givens]
    for name in known.names if known else ():
        if name not in names:
            raise unknown_column(name, names, "the schema")
    profiles = [profile(_masked(g, known)) for g in givens]
    evidence = evidence_of(profiles, decimal)
    columns = [
        _informed(p, known[p.given.name], evidence)
        if known and p.given.name in known
        else inferred(p, evidence)
        for p in profiles
    ]
    if known is None:
        columns = entity.guessed(columns, profiles)
        columns = outcome.guessed(columns, profiles)
    return Schema(columns=tuple(columns), rules=None if known is None else known.rules)


def inferred(profiled: Profile, evidence: Evidence) -> Column:
    """What one column is."""
    given = profiled.given
    column = _kind(profiled, evidence)
    flags = list(column.flags)
    if given.unnamed:
        flags.append("no name in the header")
    if given.note:
        flags.append("mixed types")
    if personal.quasi(given.name) and column.role is not Role.DROP:
        flags.append(QUASI)
    reason = f"{column.reason}; {given.note}" if given.note else column.reason
    return column.model_copy(update={"flags": tuple(flags), "reason": reason})


def _masked(given: Given, known: Schema | None) -> Given:
    if known is None or given.name not in known or not pa.types.is_string(given.values.type):
        return given
    return replace(given, values=text.masked(given.values, known[given.name].missing))


def _informed(profiled: Profile, known: Column, evidence: Evidence) -> Column:
    """The column as a person declared it, with the facts that fit the values at hand."""
    guess = inferred(profiled, evidence)
    from_text = profiled.given.from_text
    if known.kind is guess.kind:
        return known if from_text else known.model_copy(update={"storage": guess.storage})
    facts = guess
    if known.kind is Kind.NUMBER:
        facts = number.declared(profiled)
    elif known.kind is Kind.DATETIME and pa.types.is_string(profiled.given.values.type):
        facts = datetime.recognised(profiled, evidence) or guess
    elif from_text and known.kind is not Kind.DATETIME:
        # A file's codes stay the text they are, whatever they look like.
        facts = guess.model_copy(update={"storage": known.storage, "pattern": None, "format": None})
    return known.model_copy(
        update={
            "storage": facts.storage,
            "decimals": facts.decimals,
            "fixed_decimals": facts.fixed_decimals,
            "pattern": known.pattern or facts.pattern,
            "format": known.format or facts.format,
        }
    )


def _kind(profiled: Profile, evidence: Evidence) -> Column:
    given = profiled.given
    type_ = given.values.type
    if profiled.filled == 0:
        return given.column(Kind.CONSTANT, "every cell is missing", flags=("all missing",))
    identifier = _direct(profiled)
    if identifier:
        return identifier
    if pa.types.is_string(type_):
        return (
            number.recognised(profiled, evidence)
            or datetime.recognised(profiled, evidence)
            or _words(profiled)
        )
    if pa.types.is_boolean(type_) or pa.types.is_temporal(type_):
        if profiled.constant:
            return given.column(Kind.CONSTANT, "the same in every row")
        kind = Kind.FLAG if pa.types.is_boolean(type_) else Kind.DATETIME
        return given.column(kind, f"the column is stored as {given.storage}")
    return number.typed(profiled)


def _direct(profiled: Profile) -> Column | None:
    given = profiled.given
    is_text = pa.types.is_string(given.values.type)
    if not is_text and not pa.types.is_int64(given.values.type):
        return None
    sample = pc.cast(profiled.sample, pa.string()).to_pylist()
    evidence = personal.direct(
        given.name, sample, is_text=is_text, distinct=profiled.n, filled=profiled.filled
    )
    if evidence is None:
        return None
    what, how = evidence
    kind = Kind.IDENTIFIER if profiled.unique else Kind.LABEL
    return given.column(
        kind,
        f"{what}: {how}; left out because it names a person by itself",
        role=Role.DROP,
        flags=(f"direct identifier: {what}",),
    )


def _words(profiled: Profile) -> Column:
    """What a column of text is that holds neither numbers nor dates and times."""
    given, n, filled = profiled.given, profiled.n, profiled.filled
    make = given.column
    if profiled.constant:
        return make(Kind.CONSTANT, "the same text in every row")
    identifier = _identifier(profiled)
    if identifier:
        return identifier
    note = _note(profiled)
    if n == 2 and filled > 2:
        return make(Kind.FLAG, f"two distinct texts in {filled} rows{note}")
    if n <= _SPELLINGS and (spelled := spellings_of(profiled.texts.to_pylist(), profiled.counts)):
        reason = f"two answers in {filled} rows, in {n} spellings; {spelled} are written"
        return make(Kind.FLAG, reason, format=str(spelled))
    count = pc.mean(pc.count_substring_regex(profiled.sample, r"\S+")).as_py()
    prose = count >= 4 and n > 0.5 * filled
    if filled >= _FEW_ROWS and (prose or n > 0.9 * filled):
        reason = f"{n} distinct texts in {filled} rows, {count:.1f} words each on average{note}"
        return make(Kind.TEXT, reason)
    return make(Kind.LABEL, f"{n} distinct texts in {filled} rows{note}")


def _identifier(profiled: Profile) -> Column | None:
    given, n, filled = profiled.given, profiled.n, profiled.filled
    make = given.column
    sample = profiled.sample
    uuid = n >= 2 and pc.all(pc.match_substring_regex(sample, _UUID)).as_py()
    if profiled.unique:
        if uuid:
            return make(Kind.IDENTIFIER, f"each of {filled} values is a UUID, and none repeats")
        if personal.id_like(given.name):
            reason = f"no two rows share one, and its name {given.name!r} is that of an id"
            return make(Kind.IDENTIFIER, reason)
        shape = _shape(sample)
        if filled >= _FEW_ROWS and shape:
            reason = f"no two rows share one, and all are shaped like {shape!r}: an identifier"
            return make(Kind.IDENTIFIER, reason)
    elif profiled.entity_shaped:
        if uuid:
            reason = f"{n} distinct UUIDs stand in {filled} rows"
            return make(Kind.ENTITY, reason)
        if personal.entity_like(given.name):
            return make(Kind.ENTITY, number.entity_reason(profiled))
    return None


def _shape(sample: pa.Array) -> str | None:
    """The one shape, such as "AA-9999", that all values have, if it is that of a code."""
    digits = pc.replace_substring_regex(sample, pattern=r"\d", replacement="9")
    shapes = pc.unique(pc.replace_substring_regex(digits, pattern=r"[A-Za-z]", replacement="A"))
    if len(shapes) != 1:
        return None
    shape = str(shapes[0].as_py())
    return shape if shape.count("9") >= 3 and "A" in shape and " " not in shape else None


def _note(profiled: Profile) -> str:
    """What keeps texts from being numbers, where most of them are."""
    if not profiled.mostly(text.DIGIT):
        return ""
    fits = pc.match_substring_regex(profiled.texts, CELL)
    numbers = pc.sum(fits).as_py() or 0
    if numbers < 0.5 * profiled.n or numbers < 3:
        return ""
    if numbers < profiled.n:
        return (
            f"; {numbers} of them are numbers: correct the others, or list those that stand for "
            'missing under "missing" in a schema and call it a "number"'
        )
    return "; unsure: they look like numbers, but in several forms, currencies or measures"
