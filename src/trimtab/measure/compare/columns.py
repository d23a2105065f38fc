"""The columns of another table beside those of the real one: which it lacks, and which it adds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.errors import ColumnError, unknown_column
from trimtab.table.canonical import as_text
from trimtab.table.schema import Kind, Role, Schema
from trimtab.table.table import Table

FEATURES = frozenset({Kind.NUMBER, Kind.DATETIME, Kind.LABEL, Kind.FLAG, Kind.CONSTANT})
Identifiers = Mapping[str, tuple[Kind, pa.Array, pa.Array]]  # name -> kind, real and other values
_ALIKE = 0.75  # of two names, from which on one may be meant by the other


def differing(
    real: Schema, given: Schema, what: str, drop: Sequence[str], origin: str | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns of the real table that another one lacks and need not have, and those it adds.

    what   the other table is, for messages
    Raises ColumnError where it lacks a column that is compared.
    """
    mine = given.names
    if origin is not None and origin not in mine:
        raise unknown_column(origin, mine, f"origin, {what}")
    absent = tuple(n for n in real.names if n not in mine and n not in drop)
    added = tuple(n for n in mine if n not in real and n != origin and n not in drop)
    needed = [n for n in absent if real[n].modelled and real[n].kind in FEATURES]
    if needed:
        besides = f" and has {_quoted(added)} besides" if added else ""
        meant = "; ".join(f"rename {b!r} to {a!r}" for a, b in renames(needed, added).items())
        hint = f" If they are the same, {meant}." if meant else ""
        raise ColumnError(
            f"{what} lacks {_quoted(needed)}{besides}: expected the columns of the real table "
            f"({', '.join(real.names)}).{hint} Leave columns out with `drop`, or rename them."
        )
    return absent, added


def renames(lacking: Iterable[str], added: Iterable[str]) -> dict[str, str]:
    """Names that are nearly the same: lacking -> added, the likest first, each name once."""
    near = sorted(
        (-_likeness(one, other), one, other)
        for one in dict.fromkeys(lacking)
        for other in dict.fromkeys(added)
    )
    found: dict[str, str] = {}
    for likeness, one, other in near:
        if -likeness >= _ALIKE and one not in found and other not in found.values():
            found[one] = other
    return found


def _likeness(one: str, other: str) -> float:
    """From 0 to 1; the cases of letters, and signs between words, do not count."""
    first, second = (re.sub(r"[\W_]+", "", n.casefold()) or n for n in (one, other))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def identifying(real: Table, drop: Sequence[str]) -> tuple[str, ...]:
    """The real columns that are not compared but name people: identifiers and free text."""
    return tuple(
        c.name
        for c in real.schema
        if c.name not in drop and (c.kind not in FEATURES or c.role is Role.DROP)
    )


def under_other_names(
    real: Table, given: Table, added: Sequence[str], drop: Sequence[str], rows: pa.Array
) -> tuple[Identifiers, dict[str, str]]:
    """Added columns that hold values of real identifiers, and whose values these are.

    rows   which of the other table's rows are looked at, bool
    Of several real columns it is the one that most of the values stand in. Values are compared as
    texts, because another tool may have written numbers as such.
    """
    known = {n: as_text(real.column(n), real.schema[n]) for n in identifying(real, drop)}
    found, whose = {}, {}
    for name in added:
        values = as_text(given.column(name), given.schema[name]).filter(rows)
        hits = {n: _hits(values, texts) for n, texts in known.items()}
        most = max(hits, key=lambda n: hits[n], default=None)
        if most is not None and hits[most]:
            found[name] = real.schema[most].kind, known[most], values
            whose[name] = most
    return found, whose


def _hits(values: pa.Array, known: pa.Array) -> int:
    """How many values stand among the known ones; missing ones do not."""
    hit = pc.is_in(values.drop_null(), value_set=known.drop_null().unique())
    return int(pc.sum(hit).as_py() or 0)


def notes_on_added(
    what: str,
    added: Sequence[str],
    *,
    absent: Sequence[str] = (),
    held_against: Sequence[str] = (),
    whose: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """That a table has columns which the real one lacks, and what was looked for in them.

    absent         real columns that it lacks
    held_against   real columns whose values were looked for; none where they were not
    whose          added columns in which values of such a column were found
    """
    if not added:
        return
    holds = whose or {}
    one = len(added) == 1
    text = (
        f"{what[0].upper()}{what[1:]} has {'a column' if one else f'{len(added)} columns'} that "
        f"the real table lacks: {_quoted(added)}. {'It is' if one else 'They are'} not compared"
    )
    if held_against:
        text += ", and were" if not one else ", and was"
        text += f" only searched for values of {', '.join(held_against)}"
        text += "." if holds else ": there are none."
    else:
        text += "."
    yield text
    for name, real in holds.items():
        yield f"{name!r} holds values of the real column {real}: the copy check counts them."
    for real, name in renames(absent, [n for n in added if n not in holds]).items():
        yield f"If {name!r} is the real column {real}, rename it: it is then judged as that."


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))
