"""Tables made comparable: the same columns, the same labels, and no column that says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from trimtab._arrays import Bool, Float
from trimtab._random import Key
from trimtab.errors import ColumnError, InputError, TableError, unknown_column
from trimtab.measure.compare.columns import (
    FEATURES,
    Identifiers,
    differing,
    identifying,
    notes_on_added,
    under_other_names,
)
from trimtab.measure.compare.labels import aligned
from trimtab.predict.sample import Feature, Form, Sample
from trimtab.table.canonical import as_text
from trimtab.table.files import read
from trimtab.table.persons import persons
from trimtab.table.schema import Column, Kind, Role, Schema
from trimtab.table.sources.place import STANDARD, is_place
from trimtab.table.table import Table

GENERATED = "synthetic"  # what an origin column says of a generated row
_TEST_SHARE = 0.25


@dataclass(frozen=True)
class Comparison:
    """A real and a synthetic table, and held-out real rows if there are any.

    synthetic    the generated rows
    delivered    all rows of the synthetic table, those too that are not judged
    identifiers  the columns that are not compared but must not be shared: identifiers and free
                 text, as (what it is, real values, synthetic values); those too that hold such
                 values under a name that the real table does not have
    notes        what was left out, and why
    augmented    whether the synthetic table holds real rows too
    schema       of the real table, where it is known
    """

    features: tuple[Feature, ...]
    real: Sample
    synthetic: Sample
    delivered: Sample
    holdout: Sample | None
    identifiers: Identifiers
    notes: tuple[str, ...]
    augmented: bool = False
    schema: Schema | None = None

    def __getitem__(self, name: str) -> Feature:
        for feature in self.features:
            if feature.name == name:
                return feature
        raise unknown_column(name, [f.name for f in self.features], "the compared columns")

    @property
    def numbers(self) -> tuple[Feature, ...]:
        """The features that are numbers."""
        return tuple(f for f in self.features if f.is_number)

    @property
    def labels(self) -> tuple[Feature, ...]:
        """The features that are labels."""
        return tuple(f for f in self.features if not f.is_number)

    @property
    def entity(self) -> str | None:
        """The name of the column that says whose each row is, if that is known."""
        column = None if self.schema is None else self.schema.entity
        return None if column is None else column.name

    @property
    def weighted(self) -> tuple[str, ...]:
        """The names of the tables whose rows count unequally."""
        samples = (self.real, self.synthetic, self.holdout)
        return tuple(s.name for s in samples if s is not None and s.weighted)

    @property
    def of_persons(self) -> Comparison:
        """The comparison with the first row of each person alone, in all tables."""
        delivered = self.delivered.first_of_persons()
        whole = self.synthetic is self.delivered
        return replace(
            self,
            real=self.real.first_of_persons(),
            synthetic=delivered if whole else self.synthetic.first_of_persons(),
            delivered=delivered,
            holdout=None if self.holdout is None else self.holdout.first_of_persons(),
        )

    def sampled(self, most: int, key: Key) -> Comparison:
        """The comparison with at most so many rows of each table, chosen at random."""
        if max(self.real.rows, self.delivered.rows) <= most and (
            self.holdout is None or self.holdout.rows <= most
        ):
            return self
        delivered = self.delivered.sampled(most, key.child("delivered"))
        whole = self.synthetic is self.delivered
        return replace(
            self,
            real=self.real.sampled(most, key),
            synthetic=delivered if whole else self.synthetic.sampled(most, key),
            delivered=delivered,
            holdout=None if self.holdout is None else self.holdout.sampled(most, key),
        )

    def parts(self, key: Key) -> tuple[Sample, Sample]:
        """Real rows to train on and real rows to test on: the holdout, or a quarter of the rows.

        The rows of one person stay together, so that where all are one person's none are tested.
        """
        if self.holdout is not None:
            return self.real, self.holdout
        real = self.real
        people = np.arange(real.rows) if real.people is None else real.people
        persons, person = np.unique(people, return_inverse=True)
        tested = max(1, round(_TEST_SHARE * len(persons))) if len(persons) > 1 else 0
        chosen = (key.child("test part").generator().permutation(len(persons)) < tested)[person]
        return real.take(~chosen), replace(real.take(chosen), name="holdout")


def compare(
    real: Any,
    synthetic: Any,
    holdout: Any = None,
    *,
    drop: Sequence[str] = (),
    origin: str | None = None,
    schema: Schema | None = None,
) -> Comparison:
    """Make tables comparable. Each is a path, a dataframe, or a Table.

    The real table says what the columns are (`schema` may correct it), the others are read as it
    says. `drop` names columns to leave out, of any of the tables; `origin` the synthetic table's
    column that marks generated rows with "synthetic". Columns that the real table lacks are named
    in a note; the copy check alone looks at them. No table that is given is changed.
    Raises TableError for what is no table or holds values that do not fit the real column, and
    ColumnError for real columns that another table lacks.
    """
    first = read(real, schema)
    given = _given(first, synthetic, holdout, drop, origin)
    tables = {"real": first} | {n: _like(first, other, drop) for n, other in given.items()}
    second, absent = tables["synthetic"], given["synthetic"].absent
    compared, notes = _compared(first, drop, absent)
    features, values, rewritten = _values(compared, tables)
    notes += (*rewritten, *_read_how(tables))
    samples = {
        n: Sample(n, values[n], np.ones(t.rows), persons(t), np.arange(1, t.rows + 1))
        for n, t in tables.items()
    }
    delivered = judged = samples["synthetic"]
    generated = np.ones(second.rows, bool)
    if origin is not None:
        generated = _generated(second, origin)
        judged = delivered.take(generated)
        notes += (
            f"{delivered.rows - judged.rows:,} of {delivered.rows:,} rows of the synthetic table "
            f"are real by its column {origin}: only the other {judged.rows:,} are judged.",
        )
    identifiers, remarks = _identifiers(first, second, given["synthetic"], generated, drop)
    notes += remarks
    if holdout is not None:
        notes += tuple(notes_on_added("the holdout", given["holdout"].added))
    return Comparison(
        features,
        samples["real"],
        judged,
        delivered,
        samples.get("holdout"),
        identifiers,
        notes,
        augmented=judged.rows < delivered.rows,
        schema=first.schema,
    )


@dataclass(frozen=True)
class _Given:
    """A table beside the real one, as it was read without knowing that.

    what     it is, for messages
    absent   real columns that it lacks, and need not have
    added    columns that the real table lacks
    """

    source: Any
    table: Table
    what: str
    absent: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


def _given(
    real: Table, synthetic: Any, holdout: Any, drop: Sequence[str], origin: str | None
) -> dict[str, _Given]:
    """The tables beside the real one: the synthetic one, and the holdout if there is one."""
    given = {"synthetic": _read(synthetic, "the synthetic table")}
    if holdout is not None:
        given["holdout"] = _read(holdout, "the holdout")
    tables = (real, *(g.table for g in given.values()))
    known = dict.fromkeys(n for t in tables for n in t.schema.names)
    for name in drop:
        if name not in known:
            raise unknown_column(name, known, "drop")
    if origin is not None and origin in real.schema:
        raise ColumnError(
            f"origin: the real table has a column {origin!r} too: expected one of the synthetic "
            "table alone, which marks its generated rows."
        )
    found = {}
    for name, one in given.items():
        marks = origin if name == "synthetic" else None
        absent, added = differing(real.schema, one.table.schema, one.what, drop, marks)
        found[name] = replace(one, absent=absent, added=added)
    return found


def _read(source: Any, what: str) -> _Given:
    try:
        return _Given(source, read(source), what)
    except InputError as error:
        raise type(error)(f"{what}: {error}") from None


def _identifiers(
    real: Table, synthetic: Table, given: _Given, generated: Bool, drop: Sequence[str]
) -> tuple[Identifiers, tuple[str, ...]]:
    """The columns that are not compared, of the real and of the generated rows; and notes."""
    rows = pa.array(generated)
    names = identifying(real, drop)
    own = {
        n: (real.schema[n].kind, real.column(n), synthetic.column(n).filter(rows))
        for n in names
        if n in synthetic.schema
    }
    others, whose = under_other_names(real, given.table, given.added, drop, rows)
    remarks = notes_on_added(
        given.what, given.added, absent=given.absent, held_against=names, whose=whose
    )
    return {**own, **others}, tuple(remarks)


def _like(real: Table, given: _Given, drop: Sequence[str]) -> Table:
    """A table read as the real one's columns are."""
    theirs = given.table.schema
    shared = [c for c in real.schema if c.name in theirs and c.name not in drop]
    columns = tuple(_wanted(c, theirs[c.name]) for c in shared)
    # The text of a file says more than the values once read: "01" is read as a number 1.
    source = given.source if _is_file(given.source) else given.table
    otherwise = tuple(_as_written(c, theirs[c.name]) for c in columns)
    try:
        return _recast(source, columns, given.what)
    except TableError:
        if otherwise == columns:
            raise
    return _recast(source, otherwise, given.what)


def _wanted(column: Column, theirs: Column) -> Column:
    # A file's labels are read as they are written: whole numbers may have come with a point.
    if column.kind in (Kind.LABEL, Kind.FLAG, Kind.CONSTANT):
        return column.model_copy(update={"storage": "string"})
    numbers = column.kind is Kind.NUMBER and theirs.storage in ("int64", "double")
    clock = any((c.format or "").startswith("%") for c in (column, theirs))
    if numbers and not clock and "unsure" not in theirs.reason:
        # Another file may have other marks in its numbers, as its own columns tell.
        return column.model_copy(update={"format": theirs.format})
    return column


def _as_written(column: Column, theirs: Column) -> Column:
    """A moment in the pattern that another table writes it in."""
    if column.kind is Kind.DATETIME and theirs.kind is Kind.DATETIME:
        return column.model_copy(update={"pattern": theirs.pattern, "decimals": theirs.decimals})
    return column


def _is_file(source: Any) -> bool:
    again = is_place(source) and source != STANDARD  # which can be read once only
    return again or hasattr(source, "__fspath__")


def _recast(source: Any, columns: tuple[Column, ...], what: str) -> Table:
    try:
        return read(source, Schema(columns=columns))
    except InputError as error:
        raise TableError(
            f"{what} does not fit the real table ({', '.join(c.name for c in columns)}): {error}"
        ) from None


def _read_how(tables: dict[str, Table]) -> list[str]:
    """What a careful user should know of how each table was read, or that it was made up."""
    return [
        f"The {'holdout' if name == 'holdout' else f'{name} table'}: {note.rstrip('.')}."
        for name, table in tables.items()
        for note in table.origin.notes
    ]


def _compared(
    real: Table, drop: Sequence[str], absent: Sequence[str]
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The columns to compare, and notes on the others."""
    compared, left = [], []
    for column in real.schema:
        if column.name in drop:
            left.append(f"{column.name} (on request)")
        elif column.name in absent:
            left.append(f"{column.name} (the synthetic table does not have it)")
        elif column.role is Role.DROP or column.kind not in FEATURES:
            left.append(f"{column.name} ({_reason(column)})")
        else:
            compared.append(column)
    if not compared:
        raise ColumnError(
            "no column is left to compare: every one is an identifier, free text, or left out. "
            "Correct the kinds with `schema`."
        )
    return tuple(compared), (f"Not compared: {', '.join(left)}.",) if left else ()


def _reason(column: Column) -> str:
    if column.kind is Kind.TEXT:
        return "free text"
    if column.kind in (Kind.IDENTIFIER, Kind.ENTITY):
        return "an identifier"
    return "a direct identifier"


def _values(
    columns: Sequence[Column], tables: dict[str, Table]
) -> tuple[tuple[Feature, ...], dict[str, dict[str, NDArray[Any]]], tuple[str, ...]]:
    """The features, the values of each table by feature, and notes."""
    features = []
    notes: tuple[str, ...] = ()
    values: dict[str, dict[str, NDArray[Any]]] = {name: {} for name in tables}
    for column in columns:
        arrays = {name: table.column(column.name) for name, table in tables.items()}
        if column.kind in (Kind.NUMBER, Kind.DATETIME):
            moment = column.kind is Kind.DATETIME
            features.append(
                Feature(column.name, Form.NUMBER, moment=moment, storage=column.storage)
            )
            for name, array in arrays.items():
                values[name][column.name] = as_numbers(array, moment)
            continue
        texts = {n: as_text(a, tables[n].schema[column.name]) for n, a in arrays.items()}
        alignment = aligned(texts)
        labels = tuple(alignment.labels)
        features.append(
            Feature(column.name, Form.LABEL, labels, alignment.known, storage=column.storage)
        )
        for name, codes in alignment.codes.items():
            values[name][column.name] = codes
        if alignment.rewritten:
            first, second = next(iter(alignment.rewritten.items()))
            notes += (
                f"{column.name}: {len(alignment.rewritten)} labels that are only written otherwise "
                f"({first!r} for {second!r}) are taken for the same.",
            )
    return tuple(features), values, notes


def as_numbers(array: pa.Array, moment: bool) -> Float:
    """Numbers, or the seconds of moments since 1970, with nan for missing."""
    if moment:
        micros = pc.cast(pc.cast(array, pa.timestamp("us"), safe=False), pa.int64())
        array = pc.divide(pc.cast(micros, pa.float64(), safe=False), 1e6)
    return pc.fill_null(pc.cast(array, pa.float64(), safe=False), np.nan).to_numpy().copy()


def _generated(table: Table, origin: str) -> Bool:
    """Where the origin column marks a generated row."""
    marks = as_text(table.column(origin), table.schema[origin])
    generated = pc.fill_null(pc.equal(marks, GENERATED), False).to_numpy(zero_copy_only=False)
    if not generated.any():
        listing = ", ".join(map(repr, pc.unique(marks).to_pylist()[:5]))
        raise ColumnError(
            f"origin: no row of column {origin!r} says {GENERATED!r}; it holds {listing}: expected "
            f"{GENERATED!r} for generated rows, and anything else for real ones."
        )
    return np.asarray(generated, bool)
