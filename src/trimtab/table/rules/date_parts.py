"""Rules of columns that make a date together: `year, month, day make a date`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.table.rules.finding.proposals import Proposals
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.statement import Check, Edges, Outcome, Statement, single
from trimtab.table.rules.view import View
from trimtab.table.rules.words import Words, listed

_DAYS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

# What the values of a part are: none is below, none above, and the greatest reaches.
_ENDS = {"year": (1500, 2500, 1500), "month": (1, 12, 12), "day": (1, 31, 29)}
_MONTH, _DAY, _YEAR = ("month", "mon", "mm"), ("day", "dd", "dom"), ("year", "yr", "yy")
_WORDS = (*_MONTH, *_DAY, *_YEAR)
_PRIOR = 0.02  # as if so few had been tried
_MOST_YEARS = 400
_MOST = 3  # columns that are tried as each part, where no name says which it is


@dataclass(frozen=True)
class MakeDate(Statement):
    """That year, month and day (or month and day) are those of a date in the calendar."""

    names: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.names

    @property
    def text(self) -> str:
        return f"{listed(self.names)} make a date"

    def edges(self, column: str, real: View) -> Edges | None:
        values = real[column].values
        whole = range(int(values.min()), int(values.max()) + 1) if len(values) else ()
        return single(whole) if len(whole) <= _MOST_YEARS else None

    def learned(self, real: View) -> Check:
        return self._judged

    def _judged(self, view: View) -> Outcome:
        *year, month, day = (view[n].amounts for n in self.names)
        covered = ~np.isnan(month) & ~np.isnan(day)
        sound = covered & (month == np.rint(month)) & (month >= 1) & (month <= 12)
        days = _DAYS[np.where(sound, month, 1).astype(np.int64) - 1].astype(float)
        if year:
            covered &= ~np.isnan(year[0])
            whole = np.nan_to_num(year[0])
            leap = (whole % 4 == 0) & ((whole % 100 != 0) | (whole % 400 == 0))
            days = np.where((days == 29) & ~leap, 28, days)
            sound &= whole == np.rint(whole)
        sound &= (day == np.rint(day)) & (day >= 1) & (day <= days)
        return Outcome(covered, covered & ~sound)


def read(words: Words) -> MakeDate | None:
    """`A, B, C make a date`; None where another kind of rule comes next."""
    names = words.names_then("make", "a", "date")
    if names is not None and len(names) > 3:
        raise words.wrong_before("expected year, month and day, or month and day")
    return None if names is None else MakeDate(names)


def propose(search: Search) -> list[Proposals]:
    """Columns of whole numbers that could be year, month and day, by their ends and names."""
    view = search.all
    named: dict[str, list[str]] = {"year": [], "month": [], "day": []}
    for name in search.names:
        if view[name].moment:
            continue
        values = np.unique(view[name].amounts)
        values = values[~np.isnan(values)]
        if not len(values) or np.any(values != np.rint(values)):
            continue
        for part, (least, most, reached) in _ENDS.items():
            if least <= values[0] and reached <= values[-1] <= most and len(values) > 1:
                named[part].append(name)
    found = []
    for month in _likely(named["month"], *_MONTH):
        for day in _likely(named["day"], *_DAY):
            years = _likely(named["year"], *_YEAR)
            found += [MakeDate((y, month, day)) for y in years if len({y, month, day}) == 3]
            if not years and month != day:
                found.append(MakeDate((month, day)))
    # That names say year, month and day is evidence of its own.
    said = [f for f in found if all(any(w in n.lower() for w in _WORDS) for n in f.names)]
    rest = [f for f in found if f not in said]
    return [Proposals(said, _PRIOR * len(said)), Proposals(rest, len(rest))]


def _likely(names: list[str], *words: str) -> list[str]:
    """Those whose names say so, or all where none does."""
    return [n for n in names if any(w in n.lower() for w in words)] or names[:_MOST]
