"""Rules of columns that say the same in other words: `education matches code`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from trimtab.table.rules.dependency import From
from trimtab.table.rules.finding.agreement import deciding, differing, stacked
from trimtab.table.rules.finding.proposals import Proposals
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.statement import Check, Outcome, Statement
from trimtab.table.rules.view import View
from trimtab.table.rules.words import Words, named

_NEARLY = 0.05  # of the rows may differ from the first of their group: a few exceptions lead some
_LOOKS = 3  # orders of the rows
_FEWER = 0.2  # of what chance would give
_VARIES = 0.002  # of pairs of rows differ, of a column that says something
_MIN_REPEATS = 20  # rows that share their value with another one


@dataclass(frozen=True)
class Matches(Statement):
    """That each value of one column has its one value of another, and the other way round."""

    decided: str
    by: str
    fits: ClassVar[bool] = True

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.decided, self.by)

    @property
    def text(self) -> str:
        return f"{named(self.decided)} matches {named(self.by)}"

    @property
    def decides(self) -> str:
        return self.decided

    def learned(self, real: View) -> Check:
        one = From(self.decided, (self.by,)).learned(real)
        other = From(self.by, (self.decided,)).learned(real)

        def check(view: View) -> Outcome:
            there, back = one(view), other(view)
            return Outcome(there.covered | back.covered, there.broken | back.broken)

        return check


def read(words: Words) -> Matches | None:
    """`A matches B`; None where another kind of rule comes next."""
    decided = words.column_then("matches")
    if decided is None:
        return None
    by = words.column()
    if by == decided:
        raise words.wrong_before(f"{decided!r} cannot match itself")
    return Matches(decided, by)


def propose(search: Search) -> list[Proposals]:
    """Columns of which each decides the other; the one that stands later is decided."""
    view, names = search.sample, search.names
    if len(names) < 2:
        return []
    codes = stacked(view, names)
    shares: dict[tuple[str, str], float] = {}
    for one in names:
        found, repeats = deciding(codes, view[one].codes, _LOOKS)
        if repeats >= _MIN_REPEATS:
            shares |= {(one, other): s for other, s in zip(names, found, strict=True)}
    by_chance = {n: differing(view, n) for n in names}

    def follows(by: str, column: str) -> bool:
        most = min(_NEARLY, _FEWER * by_chance[column])
        return by_chance[column] > _VARIES and shares.get((by, column), 1.0) <= most

    statements: list[Matches] = []
    same: set[str] = set()  # columns that match an earlier one in all of the sample
    for one, two in combinations(names, 2):
        if one not in same and two not in same and follows(one, two) and follows(two, one):
            statements.append(Matches(two, one))
            if shares[one, two] == shares[two, one] == 0:
                same.add(two)
    return [Proposals(statements, len(names) ** 2)]
