"""A table as rules look at it: its columns as arrays."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from trimtab._arrays import Bool, Float, Int
from trimtab.table.canonical import as_text
from trimtab.table.persons import persons
from trimtab.table.profile import decimals_of
from trimtab.table.schema import FRESH, Column, Kind
from trimtab.table.table import Table

MISSING = -1  # the code of a missing value
POOLED = (
    -2
)  # the code of a label such as "(rare)": others are withheld under it, and it breaks no rule
DAY = 86400.0
_POOLED = re.compile(r"\(+rare\)+")
_DIGITS = re.compile(r"-?\d+(\.\d+)?")
_ON = ({"1", "0"}, {"true", "false"}, {"yes", "no"}, {"y", "n"}, {"t", "f"})
_MANY = 2**31  # combinations, beyond which not all of them have a code
_SAMPLE = 2000


@dataclass(frozen=True)
class Vector:
    """One column.

    codes    which of `values` each row has, or MISSING or POOLED; shape (rows,)
    values   the distinct values, in order: float64, or texts (an array of objects)
    numbers  float64 with nan for missing, for numbers; seconds since 1970 for dates and times;
             None for labels; shape (rows,)
    moment   whether the numbers are seconds since 1970
    """

    name: str
    codes: Int
    values: NDArray[Any]
    numbers: Float | None = None
    moment: bool = False

    @property
    def size(self) -> int:
        """How many distinct values."""
        return len(self.values)

    @property
    def known(self) -> Bool:
        """Where there is a value, and it is told."""
        return self.codes >= 0

    @cached_property
    def unit(self) -> float:
        """What the numbers are multiples of, as they were recorded; 0 where that is all digits."""
        if self.numbers is None or not self.size:
            return 0.0
        few = self.values[:: max(1, self.size // _SAMPLE)]
        if self.moment:
            return next((u for u in (DAY, 60.0, 1.0) if not np.any(few % u)), 0.0)
        digits = decimals_of(few)
        return 0.0 if digits is None else 10.0**-digits

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The distinct values as texts: whole numbers without a point."""
        if self.numbers is None:
            return tuple(self.values.tolist())
        return tuple(f"{v:.0f}" if v == round(v) else repr(v) for v in self.values.tolist())

    @cached_property
    def on(self) -> int | None:
        """The code that says yes in a column of two values such as 0 and 1; None in others."""
        texts = [t.lower() for t in self.texts]
        if len(texts) != 2 or not any(set(texts) == {*pair} for pair in _ON):
            return None
        return next(i for i, t in enumerate(texts) if t in ("1", "true", "yes", "y", "t"))

    @cached_property
    def amounts(self) -> Float:
        """The numbers, also those that labels such as "07" say; nan where there is none."""
        if self.numbers is not None:
            return self.numbers
        said = [float(t) if _DIGITS.fullmatch(t) else np.nan for t in self.texts]
        return np.append(said, np.nan)[np.where(self.known, self.codes, -1)]

    def take(self, rows: NDArray[Any]) -> Vector:
        """Some of the rows, by number or by a mask; the values stay the same."""
        numbers = None if self.numbers is None else self.numbers[rows]
        return Vector(self.name, self.codes[rows], self.values, numbers, self.moment)

    def codes_among(self, values: NDArray[Any]) -> Int:
        """The codes of another column's values, for the rows of this one.

        A value that is not among them is coded len(values); MISSING and POOLED stay.
        """
        if values is self.values:
            return self.codes
        if self.numbers is None and values.dtype == object:
            place = {v: i for i, v in enumerate(values.tolist())}
            theirs = np.array([place.get(v, len(values)) for v in self.values.tolist()], np.int64)
        elif self.numbers is not None and values.dtype != object:
            at = np.searchsorted(values, self.values).clip(0, max(len(values) - 1, 0))
            same = values[at] == self.values if len(values) else np.zeros(self.size, bool)
            theirs = np.where(same, at, len(values))
        else:
            theirs = np.full(self.size, len(values))
        return np.where(self.codes >= 0, np.append(theirs, 0)[self.codes], self.codes)


@dataclass(frozen=True)
class View:
    """The columns of a table that are kept, by name.

    people   codes of the persons that rows belong to, if the table says; shape (rows,)
    """

    columns: Mapping[str, Vector]
    rows: int
    people: Int | None = None

    def __getitem__(self, name: str) -> Vector:
        return self.columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    @cached_property
    def holders(self) -> Int:
        """Codes of what is counted: the persons, or the rows where each is one; shape (rows,)."""
        if self.people is None:
            return np.arange(self.rows)
        return np.unique(self.people, return_inverse=True)[1]

    @property
    def counted(self) -> str:
        """What is counted."""
        return "rows" if self.people is None else "persons"

    def count(self, rows: Bool) -> int:
        """How many rows, or how many persons have one of them."""
        return int(rows.sum()) if self.people is None else len(np.unique(self.holders[rows]))

    def take(self, rows: NDArray[Any]) -> View:
        """Some of the rows, by number or by a mask."""
        columns = {n: v.take(rows) for n, v in self.columns.items()}
        count = int(rows.sum()) if rows.dtype == bool else len(rows)
        return View(columns, count, None if self.people is None else self.people[rows])

    def only(self, names: Collection[str]) -> View:
        """The same rows with some of the columns."""
        return replace(self, columns={n: v for n, v in self.columns.items() if n in names})


def combined(view: View, like: View, columns: Collection[str]) -> Int:
    """One code for the values of several columns together, among those that `like` has.

    Shape (rows,); negative where any is missing, pooled, or no value that `like` has (of many
    columns with many values: no combination).
    """
    total, unknown = np.zeros(view.rows, np.int64), np.zeros(view.rows, bool)
    shown, largest = np.zeros(like.rows, np.int64), 1
    for name in columns:
        theirs = like[name]
        codes = view[name].codes_among(theirs.values)
        unknown |= (codes < 0) | (codes >= theirs.size)
        largest *= max(theirs.size, 1)
        total = total * max(theirs.size, 1) + codes
        shown = shown * max(theirs.size, 1) + theirs.codes
        if largest > _MANY:  # only the combinations that `like` shows are numbered anew
            distinct = np.unique(shown)
            at = np.searchsorted(distinct, total).clip(0, max(len(distinct) - 1, 0))
            unknown |= distinct[at] != total if len(distinct) else True
            total, shown, largest = at, np.searchsorted(distinct, shown), len(distinct)
    return np.where(unknown, MISSING, total)


def view(table: Table) -> View:
    """A table as rules look at it: no identifiers, and nothing that is left out."""
    columns = {
        c.name: vector_of(table.column(c.name), c)
        for c in table.schema
        if c.modelled and c.kind not in FRESH
    }
    return View(columns, table.rows, persons(table))


def numbers(name: str, values: Float, *, moment: bool = False) -> Vector:
    """The vector of numbers, nan where missing."""
    known = ~np.isnan(values)
    distinct, codes = np.unique(values[known], return_inverse=True)
    all_codes = np.full(len(values), MISSING)
    all_codes[known] = codes
    return Vector(name, all_codes, distinct, values, moment)


def labels(name: str, codes: Int, texts: Collection[str]) -> Vector:
    """The vector of labels by their codes, negative where missing."""
    values = np.array([*texts, None], object)[:-1]
    pooled = [i for i, t in enumerate(values.tolist()) if _POOLED.fullmatch(t)]
    held = np.where(codes < 0, MISSING, codes)
    return Vector(name, np.where(np.isin(codes, pooled), POOLED, held) if pooled else held, values)


def seconds(array: pa.Array) -> Float:
    """Dates and times as seconds since 1970, nan where missing."""
    micros = pc.cast(pc.cast(array, pa.timestamp("us"), safe=False), pa.int64())
    return _floats(pc.divide(pc.cast(micros, pa.float64(), safe=False), 1e6))


def vector_of(array: pa.Array, column: Column) -> Vector:
    """Values of a column as rules look at them."""
    if column.kind is Kind.DATETIME:
        return numbers(column.name, seconds(array), moment=True)
    if column.kind is Kind.NUMBER:
        return numbers(column.name, _floats(array))
    encoded = pc.dictionary_encode(as_text(array, column))
    codes = pc.fill_null(encoded.indices, MISSING).to_numpy(zero_copy_only=False)
    return labels(column.name, codes.astype(np.int64), encoded.dictionary.to_pylist())


def _floats(array: pa.Array) -> Float:
    return pc.fill_null(pc.cast(array, pa.float64(), safe=False), np.nan).to_numpy().copy()
