"""Rules of combinations: `ZIP, COUNTY occur together`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np

from trimtab._arrays import Float
from trimtab.table.rules.finding.proposals import Proposals
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.statement import Check, Outcome, Statement
from trimtab.table.rules.view import View, combined
from trimtab.table.rules.words import Words, listed

_FEWEST = 3  # values that both columns must have
_MOST_SHARE = 0.5  # a column with more values than this share of the rows stands for single rows
_CODES = 30  # distinct numbers, at most
_UNSHOWN = 0.2  # of the rows would show new pairs, by chance
_NEARLY = 0.1  # of the rows of one half may show pairs that the other half does not


@dataclass(frozen=True)
class Together(Statement):
    """That the values of some columns stand together only as the real rows show them.

    Of values that the real rows do not have, nothing is said.
    """

    names: tuple[str, ...]
    fits: ClassVar[bool] = True
    learns: ClassVar[bool] = True

    @property
    def columns(self) -> tuple[str, ...]:
        return self.names

    @property
    def text(self) -> str:
        return f"{listed(self.names)} occur together"

    def learned(self, real: View) -> Check:
        real = real.only(self.names)
        shown = np.unique(combined(real, real, self.names))
        single = {n: np.unique(real[n].codes) for n in self.names}

        def check(view: View) -> Outcome:
            key = combined(view, real, self.names)
            covered = key >= 0
            for name, codes in single.items():
                covered &= np.isin(view[name].codes_among(real[name].values), codes)
            return Outcome(covered, covered & ~np.isin(key, shown))

        return check


def read(words: Words) -> Together | None:
    """`A, B occur together`; None where another kind of rule comes next."""
    names = words.names_then("occur", "together")
    return None if names is None else Together(names)


def propose(search: Search) -> list[Proposals]:
    """Columns whose values stand together in few of the ways that chance would bring about."""
    view = search.part
    half = np.arange(view.rows) % 2 == 0
    one_half, other = view.take(half), view.take(~half)
    names = [n for n in search.names if _FEWEST <= view[n].size <= _most(search, n)]
    shares = {n: _shares(view, n) for n in names}
    found: list[Together] = []
    for one, two in combinations(names, 2):
        pair = (one, two)
        shown = np.unique(combined(view, view, pair))
        shown = shown[shown >= 0]
        size = view[two].size
        by_chance = float((shares[one][shown // size] * shares[two][shown % size]).sum())
        if by_chance > 1 - _UNSHOWN:
            continue
        statement = Together(pair)
        outcome = statement.learned(one_half)(other)
        if outcome.covered.any() and outcome.broken.sum() <= _NEARLY * outcome.covered.sum():
            found.append(statement)
    return [Proposals(found, len(names) ** 2)]


def _most(search: Search, name: str) -> float:
    """So many values a column may have: numbers are codes only where they are few."""
    return _MOST_SHARE * search.all.rows if search.all[name].numbers is None else _CODES


def _shares(view: View, name: str) -> Float:
    """The share of the rows with a value that each value has."""
    codes = view[name].codes
    counts = np.bincount(codes[codes >= 0], minlength=view[name].size)
    return counts / max(counts.sum(), 1)
