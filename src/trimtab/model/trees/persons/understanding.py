"""What of a table belongs to persons and what to their rows, and how rows follow one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
from trimtab.table.schema import Per

_MAX_WAVES = 128
_FEW = 0.05  # of persons


@dataclass(frozen=True, eq=False)
class Understanding:
    """How a table of persons is to be learned.

    rows       in order, person by person
    constants  columns that are the same in all rows of each person
    moment     the column that rows are counted by and ordered by; None where nothing is
    counting   of the other columns, in drawing order, the moment first
    ordered    the column that orders rows: the moment, or one that is made afresh (an encounter's
               number); None where they stand as in the table
    settled    columns of persons on request: in how many of these they change all the same
    """

    rows: PersonRows
    constants: tuple[str, ...]
    moment: str | None
    counting: Mapping[str, Counting]
    ordered: str | None = None
    settled: Mapping[str, int] = field(default_factory=dict)

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
        if self.ordered is None:
            told += "; no column tells the order of their rows, which is that of the table"
        else:
            told += f"; rows are in order of {self.ordered}"
        if self.moment is not None and self.counting[self.moment].waves is not None:
            told += " (in waves)"
        for by, said in ((By.BEFORE, "never falling"), (By.MOMENT, "counted from it")):
            named = [n for n, c in self.counting.items() if c.by is by and n != self.moment]
            told += f"; {said}: {', '.join(named)}" if named else ""
        return (f"{told}.", *self._on_settled())

    def _on_settled(self) -> tuple[str, ...]:
        if not self.settled:
            return ()
        named = ", ".join(f"{name} (in {many:,})" for name, many in self.settled.items())
        return (
            f"Taken as the same in all rows of a person, though some have several values: {named}. "
            "Each has its most frequent one.",
        )


def understood(coded: Coded) -> Understanding:
    """How a table is to be learned whose rows belong to persons.

    Raises InputError for a column that is to order rows, by the schema, and cannot.
    """
    persons, codec = coded.persons, coded.codec
    assert persons is not None
    place, moment = coded.order, _moment(coded)
    as_given = in_order(coded.codes.columns, persons, np.zeros(len(persons), np.int64))
    settled = {n: as_given.changes(n) for n in coded.codes.columns if _is_settled(coded, n)}
    codes = dict(coded.codes.columns)
    codes |= {
        n: most_frequent(codes[n], persons) for n, changed in settled.items() if changed.any()
    }
    varying = [n for n in codes if n not in settled and as_given.changes(n).any()]
    if place is None:
        place = np.zeros(len(persons), np.int64)
    elif moment is not None:
        place = _order(coded, moment, [n for n in varying if n not in coded.recoded])
    rows = in_order(codes, persons, place)
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
    many = {n: int(changed.sum()) for n, changed in settled.items() if changed.any()}
    ordered = moment or getattr(coded.table.schema.order, "name", None)
    return Understanding(rows, constants, moment, counting, ordered, many)


def _is_settled(coded: Coded, name: str) -> bool:
    """Whether a column is one of persons by the schema, whatever their rows say."""
    schema = coded.table.schema
    return name in schema and schema[name].per is Per.PERSON


def most_frequent(codes: Int, persons: Int) -> Int:
    """The most frequent code of each row's person; of several, the one that it has first."""
    _, person = np.unique(persons, return_inverse=True)
    values, code = np.unique(codes, return_inverse=True)
    pair = person * len(values) + code
    pairs, first, held = np.unique(pair, return_index=True, return_counts=True)
    best = np.lexsort((-first, held, pairs // len(values)))
    own = np.empty(person.max() + 1, np.int64)
    own[pairs[best] // len(values)] = pairs[best] % len(values)  # the last, and so the best, stays
    return np.asarray(values[own[person]])


def _moment(coded: Coded) -> str | None:
    """The column that orders rows, if moments can be counted; else rows are ordered alone."""
    column = coded.table.schema.order
    name = None if column is None else column.name
    if name is None or name not in coded.codec.modelled or name in coded.recoded:
        return None
    own = coded.codec.columns[name]
    if not isinstance(own, DatetimeCodec) and not counts(own):
        return None
    return name if (coded.codes[name] != MISSING).all() else None


def _order(coded: Coded, moment: str, varying: list[str]) -> Int:
    """Places of rows by their moments; of those of one moment by the first total, if there is one:
    a number that never falls in any person if they stand so."""
    codes, persons = coded.codes.columns, coded.persons
    assert persons is not None
    for name in varying:
        if name != moment and counts(coded.codec.columns[name]) and (codes[name] != MISSING).all():
            place = np.empty(len(persons), np.int64)
            place[np.lexsort((codes[name], codes[moment]))] = np.arange(len(persons))
            if _rises(in_order(codes, persons, place), name):
                return place
    return codes[moment]


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
