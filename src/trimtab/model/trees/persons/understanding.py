"""What of a table belongs to persons and what to their rows, and how rows follow one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Int
from trimtab.codec.codec import Codec, ColumnCodec
from trimtab.codec.datetime import DatetimeCodec
from trimtab.codec.domain import MISSING
from trimtab.codec.label import LabelCodec
from trimtab.codec.number import NumberCodec
from trimtab.model.coded import Coded
from trimtab.model.trees.persons.counting import By, Counting
from trimtab.model.trees.persons.rows import PersonRows, in_order
from trimtab.table import personal

_MOMENTS = frozenset(
    {"date", "day", "time", "datetime", "timestamp", "year", "month", "week", "wave", "visit"}
    | {"period", "seq", "sequence", "order", "round", "quarter", "encounter", "turn", "step"}
)
_MAX_WAVES = 128
_FEW = 0.05  # of persons


@dataclass(frozen=True, eq=False)
class Understanding:
    """How a table of persons is to be learned.

    rows       in order, person by person
    constants  columns that are the same in all rows of each person
    moment     the column that says in which order rows come; None where nothing does
    counting   of the other columns, in drawing order, the moment first
    """

    rows: PersonRows
    constants: tuple[str, ...]
    moment: str | None
    counting: Mapping[str, Counting]

    @property
    def totals(self) -> tuple[str, ...]:
        """The columns that are counted from the row before: persons have a first value of each."""
        return tuple(n for n, counting in self.counting.items() if counting.by is By.BEFORE)

    @property
    def nearly_constant(self) -> tuple[str, ...]:
        """The columns of rows that change in few of the persons with several rows."""
        several = self.rows.counts > 1
        if not several.any():
            return ()
        return tuple(n for n in self.counting if self.rows.changes(n)[several].mean() < _FEW)

    @property
    def notes(self) -> tuple[str, ...]:
        """How the table is understood, in words."""
        once = ", ".join(self.constants) or "no column"
        verb = "are" if len(self.constants) > 1 else "is"
        told = f"Of {self.rows.persons:,} persons: {once} {verb} the same in all rows of each"
        if self.moment is None:
            return (
                f"{told}; no column tells the order of their rows, which is that of the table.",
            )
        waves = self.counting[self.moment].waves is not None
        told += f"; rows are in order of {self.moment}{' (in waves)' if waves else ''}"
        for by, said in ((By.BEFORE, "never falling"), (By.MOMENT, "counted from it")):
            named = [n for n, c in self.counting.items() if c.by is by and n != self.moment]
            told += f"; {said}: {', '.join(named)}" if named else ""
        return (f"{told}.",)


def understood(coded: Coded) -> Understanding:
    """How a table is to be learned whose rows belong to persons."""
    persons, codes, codec = coded.persons, coded.codes.columns, coded.codec
    assert persons is not None
    as_given, _ = in_order(codes, persons, np.zeros(len(persons), np.int64))
    varying = [n for n in codes if as_given.changes(n).any()]
    moment = _moment(as_given, varying, coded)
    order = np.zeros(len(persons), np.int64)
    if moment is not None:
        order = _order(coded, moment, [n for n in varying if n not in coded.recoded])
    rows, _ = in_order(codes, persons, order)
    counting = {}
    if moment is not None:
        counting[moment] = Counting(By.BEFORE, _waves(rows, moment, coded))
    rest = {
        n: Counting() if n in coded.recoded else _counting(rows, n, moment, codec)
        for n in varying
        if n != moment
    }
    for by in (By.BEFORE, By.MOMENT, By.ITSELF):
        counting |= {n: c for n, c in rest.items() if c.by is by}
    constants = tuple(n for n in codes if n not in counting)
    return Understanding(rows, constants, moment, counting)


def _moment(rows: PersonRows, varying: list[str], coded: Coded) -> str | None:
    """The column that tells the order of a person's rows: a date or time without gaps, or a number
    that is called like one and that no two rows of a person share, or in whose order rows stand."""
    codec = coded.codec
    known = [n for n in varying if n not in coded.recoded]  # others are distances by now
    full = [n for n in known if (rows.codes[n] != MISSING).all()]
    dates = [n for n in full if isinstance(codec.columns[n], DatetimeCodec)]
    if dates:
        return max(dates, key=lambda n: (_named(n), -codec.modelled.index(n)))
    numbers = [n for n in full if counts(codec.columns[n])]
    rising = [n for n in numbers if _rises(rows, n)]
    named = [n for n in numbers if _named(n) and (n in rising or _tells_apart(rows, n))]
    return next(iter([*named, *(n for n in rising if _tells_apart(rows, n))]), None)


def _order(coded: Coded, moment: str, varying: list[str]) -> Int:
    """Places of rows by their moments; of those of one moment by the first total, if there is one:
    a number that never falls in any person if they stand so."""
    codes, persons = coded.codes.columns, coded.persons
    assert persons is not None
    for name in varying:
        if name != moment and counts(coded.codec.columns[name]) and (codes[name] != MISSING).all():
            place = np.empty(len(persons), np.int64)
            place[np.lexsort((codes[name], codes[moment]))] = np.arange(len(persons))
            rows, _ = in_order(codes, persons, place)
            if _rises(rows, name):
                return place
    return codes[moment]


def _named(name: str) -> bool:
    return bool(_MOMENTS & set(personal.words(name)))


def counts(column: ColumnCodec) -> bool:
    """Whether a column's codes can be counted: those of numbers, and of a few whole numbers that
    are labels, whose codes are their places."""
    if isinstance(column, LabelCodec):
        whole = column.type == "int64" and column.marker is None
        return whole and list(column.values) == sorted(column.values, key=float)
    return isinstance(column, NumberCodec) and not column.bits


def _rises(rows: PersonRows, name: str) -> bool:
    """Whether no row of a person has less than the one before it."""
    codes, again = rows.codes[name], np.flatnonzero(rows.turn)
    return bool((codes[again] >= codes[again - 1]).all())


def _tells_apart(rows: PersonRows, name: str) -> bool:
    """Whether no two rows of a person share a value."""
    pairs = np.stack([rows.person, rows.codes[name]])
    return np.unique(pairs, axis=1).shape[1] == rows.rows


def _waves(rows: PersonRows, moment: str, coded: Coded) -> Int | None:
    """The moments, if they are few, and each is that of enough persons."""
    if not isinstance(coded.codec.columns[moment], NumberCodec):
        return None
    pairs = np.unique(np.stack([rows.codes[moment], rows.person]), axis=1)
    waves, held = np.unique(pairs[0], return_counts=True)
    return waves if len(waves) <= _MAX_WAVES and held.min() >= coded.min_count else None


def _counting(rows: PersonRows, name: str, moment: str | None, codec: Codec) -> Counting:
    """How a column of rows is counted that is not their moment."""
    column = codec.columns[name]
    codes = rows.codes[name]
    if moment is None:
        return Counting()
    dated = codec.columns[moment]
    if isinstance(column, DatetimeCodec):
        same = isinstance(dated, DatetimeCodec) and dated.unit == column.unit
        return Counting(By.MOMENT) if same else Counting()
    if counts(column) and (codes != MISSING).all():
        return Counting(By.BEFORE) if _rises(rows, name) else Counting()
    return Counting()
