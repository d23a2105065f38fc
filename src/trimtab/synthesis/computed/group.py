"""Columns that a model knows as one: those of which one says yes, and the parts of a date."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.codec.codec import ColumnCodec
from trimtab.codec.domain import MISSING
from trimtab.model.coded import Coded
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.grid.grid import Grid
from trimtab.model.kind import Needs
from trimtab.synthesis.computed.amounts import amounts, codes_of
from trimtab.table.persons import holders
from trimtab.table.rules.date_parts import MakeDate
from trimtab.table.rules.one_hot import OneOf
from trimtab.table.rules.reading import kept_rules

MAX_CODES = 100_000  # of a group: combinations, or days
_MAX_COMBINATIONS = 256
_LEAP_YEAR = 2000.0  # of dates without a year
_FARTHEST_YEAR = 9999.0


@dataclass(frozen=True)
class Group:
    """Columns that the model knows as one, by the name of the first of them.

    rule   the rule that they keep together
    grid   how the codes that the model knows are cut: of a label, or of days one after the other
    table  [codes, columns] the columns' codes for each code of the group; missing for missing
    """

    columns: tuple[str, ...]
    rule: str
    grid: Grid
    table: Int

    @property
    def name(self) -> str:
        """The column by whose name the model knows them."""
        return self.columns[0]

    @property
    def reason(self) -> str:
        """What is drawn as one and why, in words."""
        return f"{', '.join(self.columns)} (rule {self.rule!r})"

    def codes(self, drawn: Int) -> dict[str, Int]:
        """The codes of each column."""
        at = drawn.clip(0, len(self.table) - 1)
        missing = drawn == MISSING
        return {
            n: np.where(missing, MISSING, self.table[at, j]) for j, n in enumerate(self.columns)
        }

    def drawn(self, columns: Mapping[str, Int]) -> Int:
        """The group's code for each row; -1 where its columns do not stand together."""
        rows = np.stack([columns[n] for n in self.columns], axis=1)
        return np.where(
            (rows == MISSING).all(axis=1) & ~self._says_missing, MISSING, self._at(rows)
        )

    def _at(self, rows: Int) -> Int:
        both = np.concatenate([self.table, rows])
        place = np.unique(both, axis=0, return_inverse=True)[1].reshape(-1)
        known = np.full(place.max() + 1, -1)
        known[place[: len(self.table)]] = np.arange(len(self.table))
        return known[place[len(self.table) :]]

    @property
    def _says_missing(self) -> bool:
        """Whether that all are missing is one of the combinations."""
        return bool((self.table == MISSING).all(axis=1).any())


def groups_of(
    coded: Coded, needs: Needs, fixed: Collection[str], computed: Collection[str]
) -> dict[str, Group]:
    """Which columns are drawn as one, by kept rules, by the names that the model knows them by.

    coded     the whole table
    needs     what the model will have to do: columns that are asked for are drawn as they are
    fixed     further columns that are
    computed  columns that the model does not know
    """
    asked = {n for given, sets in needs.asked for n in given | sets}
    asked |= {n for pattern in needs.patterns for n in pattern}
    taken = {*needs.first, *coded.table.schema.outcomes, *fixed, *computed, *asked}
    found: dict[str, Group] = {}
    for read in kept_rules(coded.table.schema):
        statement, names = read.statement, read.statement.columns
        if taken & {*names} or not {*names} <= {*coded.codec.modelled}:
            continue
        group = None
        if isinstance(statement, OneOf):
            group = _combinations(names, read.rule.text, coded)
        elif isinstance(statement, MakeDate):
            group = _dates(names, read.rule.text, coded)
        if group is not None:
            found[group.name] = group
            taken |= {*names}
    return found


def _combinations(names: tuple[str, ...], rule: str, coded: Coded) -> Group | None:
    """The combinations that rows show, if enough rows (persons) show each of them."""
    rows = np.stack([coded.codes[n] for n in names], axis=1)
    table, drawn = np.unique(rows, axis=0, return_inverse=True)
    drawn = drawn.reshape(-1)
    held = holders(drawn, coded.persons, len(table))
    if len(table) > _MAX_COMBINATIONS or held.min() < coded.min_count:
        return None
    return Group(names, rule, fit_label_grid(drawn, len(table)), table)


def _dates(names: tuple[str, ...], rule: str, coded: Coded) -> Group | None:
    """The days of the calendar between the ends that are drawn, if all rows have one or nothing."""
    codecs = [coded.codec.columns[n] for n in names]
    parts = [amounts(c, coded.codes[n]) for c, n in zip(codecs, names, strict=True)]
    missing = np.stack([coded.codes[n] == MISSING for n in names])
    far = any((np.abs(np.nan_to_num(part)) > _FARTHEST_YEAR).any() for part in parts)
    if far or (missing.any(axis=0) != missing.all(axis=0)).any():
        return None
    days = np.where(missing[0], MISSING, _days(parts))
    if not np.array_equal(_parts(days, len(names)), np.stack(parts), equal_nan=True):
        return None
    grid = fit_number_grid(days, coded.min_count, (), coded.persons)
    if not len(grid.low) or grid.reach[1] - grid.reach[0] >= MAX_CODES:
        return None
    first, last = grid.reach
    told = _parts(np.arange(first, last + 1), len(names))
    table = _told(codecs, told)
    if table is None:
        return None
    return Group(names, rule, replace(grid, low=grid.low - first, high=grid.high - first), table)


def _told(codecs: Sequence[ColumnCodec], parts: Float) -> Int | None:
    """[days, columns] the codes of parts of dates; None where a column cannot hold one."""
    table = []
    for codec, values in zip(codecs, parts, strict=True):
        codes = codes_of(codec, values)
        if not np.array_equal(amounts(codec, codes), values):
            return None
        table.append(codes)
    return np.stack(table, axis=1)


def _days(parts: Sequence[Float]) -> Int:
    """Days since 1970 of years, months and days; of dates without a year in a leap year."""
    *year, month, day = (np.nan_to_num(p) for p in parts)
    years = year[0] if year else np.full(len(month), _LEAP_YEAR)
    months = (years.astype(np.int64) - 1970) * 12 + month.astype(np.int64) - 1
    begins = months.astype("datetime64[M]").astype("datetime64[D]")
    return begins.astype(np.int64) + day.astype(np.int64) - 1


def _parts(days: Int, many: int) -> Float:
    """[many, rows] year, month and day of days since 1970, or month and day; nan for missing."""
    dates = np.where(days == MISSING, 0, days).astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    year = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    day = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    parts = np.stack([year, month, day]).astype(float)
    return np.where(days == MISSING, np.nan, parts)[-many:]
