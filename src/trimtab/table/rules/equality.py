"""Rules of equal columns: `visit_date = start`. A missing value breaks none."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from trimtab.table.rules.finding.proposals import Proposals
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.statement import Check, Edges, Outcome, Statement
from trimtab.table.rules.view import View
from trimtab.table.rules.words import COLUMNS, Words, named

_MOSTLY = 0.98  # of the rows that have both


@dataclass(frozen=True)
class Equal(Statement):
    """That one column has the value of another one, as it is recorded."""

    decided: str
    by: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.decided, self.by)

    @property
    def text(self) -> str:
        return f"{named(self.decided)} = {named(self.by)}"

    @property
    def decides(self) -> str:
        return self.decided

    def edges(self, column: str, real: View) -> Edges | None:
        return None

    def learned(self, real: View) -> Check:
        return self._judged

    def _judged(self, view: View) -> Outcome:
        mine, theirs = view[self.decided], view[self.by]
        both = mine.known & theirs.known
        return Outcome(both, both & (mine.codes_among(theirs.values) != theirs.codes))


def read(words: Words) -> Equal | None:
    """`A = B`; None where another kind of rule comes next."""
    start = words.at
    decided = words.column_then("=")
    after = words.words[min(words.at + 1, len(words.words) - 1)]
    alone = words.next.form in COLUMNS and after.sign not in ("+", "-", "*", "(")
    if decided is None or not alone:
        words.at = start
        return None
    by = words.column()
    if by == decided:
        raise words.wrong_before(f"{decided!r} cannot be compared with itself")
    return Equal(decided, by)


def propose(search: Search) -> list[Proposals]:
    """Columns that hold the same in nearly all rows; the one that stands later is decided."""
    view, names = search.sample, search.names
    found: list[Equal] = []
    for one, two in combinations(names, 2):
        if comparable(view, one, two) and equal_share(view, one, two) >= _MOSTLY:
            found.append(Equal(two, one))
    return [Proposals(found, len(names) ** 2)]


def comparable(view: View, one: str, two: str) -> bool:
    """Whether two columns may hold the same: two labels, two numbers, or two dates."""
    first, second = view[one], view[two]
    same = (first.numbers is None) == (second.numbers is None)
    return same and first.moment == second.moment


def equal_share(view: View, one: str, two: str) -> float:
    """The share of the rows that have both in which both are the same; 0 where none has."""
    first, second = view[one], view[two]
    if first.numbers is not None and second.numbers is not None:
        both = ~np.isnan(first.numbers) & ~np.isnan(second.numbers)
        same = first.numbers == second.numbers
    elif not set(first.texts) & set(second.texts):
        return 0.0
    else:
        both = first.known & second.known
        same = both & (first.codes_among(second.values) == second.codes)
    return float(same.sum() / max(both.sum(), 1))
