"""Rules of dependency: `RACE from ETHNICITY`, `price from product, size`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np

from trimtab._arrays import Int
from trimtab.table.rules.finding.agreement import deciding, differing, stacked
from trimtab.table.rules.finding.proposals import Proposals
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.statement import Check, Outcome, Statement
from trimtab.table.rules.view import View, combined
from trimtab.table.rules.words import Words, listed, named

_NEARLY = 0.05  # of the rows may differ from the first of their group: a few exceptions lead some
_ALL_BUT = 0.01  # the same of two that decide together
_LOOKS = 3  # orders of the rows
_FEWER = 0.2  # of what chance would give
_MIN_REPEATS = 20  # rows that share the values that decide with another one
_MAX_SHARE = 0.5  # a column with more distinct values than this share of the rows decides nothing
_FEW_VALUES = 100  # of a column that decides together with another one
_MOST_PAIRS = 5  # by which one column is told to follow, those of the fewest values first
_MOST_COLUMNS = 40  # of which two together are looked at


@dataclass(frozen=True)
class From(Statement):
    """That a column's value follows from those of others: each combination has its one value.

    Which value that is, the real rows say. Of combinations that they do not have, nothing is said.
    """

    decided: str
    by: tuple[str, ...]
    fits: ClassVar[bool] = True

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.decided, *self.by)

    @property
    def text(self) -> str:
        return f"{named(self.decided)} from {listed(self.by)}"

    @property
    def decides(self) -> str:
        return self.decided

    def learned(self, real: View) -> Check:
        keys, values = mapping(real, self.decided, self.by)
        real = real.only(self.columns)
        distinct = real[self.decided].values

        def check(view: View) -> Outcome:
            mine = view[self.decided].codes_among(distinct)
            key = combined(view, real, self.by)
            at = np.searchsorted(keys, key).clip(0, max(len(keys) - 1, 0))
            found = (keys[at] == key) if len(keys) else np.zeros(view.rows, bool)
            covered = found & (mine >= 0)
            expected = values[at] if len(keys) else mine
            return Outcome(covered, covered & (mine != expected))

        return check


def mapping(real: View, decided: str, by: tuple[str, ...]) -> tuple[Int, Int]:
    """The combinations of some columns, in order, and the most frequent value that each has."""
    key, codes = combined(real, real, by), real[decided].codes
    told = (key >= 0) & (codes >= 0)
    size = real[decided].size
    keys, place = np.unique(key[told], return_inverse=True)
    pairs, counts = np.unique(place * size + codes[told], return_counts=True)
    # The most frequent of a key first, so that it is the one that is taken.
    order = np.lexsort((-counts, pairs // max(size, 1)))
    _, first = np.unique(pairs[order] // max(size, 1), return_index=True)
    return keys, pairs[order][first] % max(size, 1)


def read(words: Words) -> From | None:
    """`A from B, C`; None where another kind of rule comes next."""
    decided = words.column_then("from")
    if decided is None:
        return None
    by = words.names()
    if decided in by:
        raise words.wrong_before(f"{decided!r} cannot follow from itself")
    return From(decided, by)


def propose(search: Search) -> list[Proposals]:
    """Columns that follow from one other, or from two where neither alone is enough."""
    view, names = search.sample, search.names
    by_chance = {n: differing(view, n) for n in names}
    found: list[From] = []
    decided: dict[str, set[str]] = {n: set() for n in names}
    if len(names) < 2:
        return []
    codes = stacked(view, names)
    for one in names:
        if view[one].size > _MAX_SHARE * search.all.rows:
            continue
        shares, repeats = deciding(codes, view[one].codes, _LOOKS)
        if repeats < _MIN_REPEATS:
            rows = search.proposing
            shares, repeats = deciding(stacked(rows, names), rows[one].codes, _LOOKS)
        for target, share in zip(names, shares, strict=True):
            near = share <= min(_NEARLY, _FEWER * by_chance[target])
            if target != one and repeats >= _MIN_REPEATS and near:
                found.append(From(target, (one,)))
                decided[target].add(one)
    pairs, shown = [*_pairs(search)], Counter[str]()
    for one, two in pairs:
        if two in decided[one] or one in decided[two]:
            continue
        shares, repeats = deciding(codes, combined(view, view, (one, two)))
        if repeats < max(_MIN_REPEATS, view.rows // 4):
            continue
        for target, share in zip(names, shares, strict=True):
            near = share <= min(_ALL_BUT, _FEWER * by_chance[target])
            if near and target not in (one, two) and not decided[target] & {one, two}:
                shown[target] += 1
                if shown[target] <= _MOST_PAIRS:
                    found.append(From(target, (one, two)))
    return [Proposals(found, len(names) * (len(names) + len(pairs)))]


def _pairs(search: Search) -> Iterator[tuple[str, str]]:
    """Columns of few values, by two."""
    few = [n for n in search.names if search.all[n].size <= _FEW_VALUES]
    few.sort(key=lambda n: search.all[n].size)
    return combinations(few[:_MOST_COLUMNS], 2)
