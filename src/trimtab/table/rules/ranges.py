"""Rules of the ranges of groups: `value within test`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.table.rules.finding.proposals import Proposals
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.statement import Check, Edges, Outcome, Statement
from trimtab.table.rules.view import View, combined
from trimtab.table.rules.words import Words, listed, named

_MOST_GROUPS = 200
_VALUES = 10  # distinct ones of a number that has a range
_COVERED = 0.5  # of the rows stand in groups that are large enough
_OUTSIDE = 0.2  # of the rows would be outside, by chance
LEAST = 20  # rows (persons) that a group must have for its range to say something
MARGIN = 0.1  # of a group's range: so far beyond its ends a value may be


@dataclass(frozen=True)
class Within(Statement):
    """That a number or date stays in the range of its group, with a margin.

    The range is that of the group's real rows; of groups with few of them nothing is said.
    """

    number: str
    groups: tuple[str, ...]
    fits: ClassVar[bool] = True
    learns: ClassVar[bool] = True

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.number, *self.groups)

    @property
    def text(self) -> str:
        return f"{named(self.number)} within {listed(self.groups)}"

    def edges(self, column: str, real: View) -> Edges | None:
        if column != self.number:
            return super().edges(column, real)
        _, low, high = limits(real, self.number, self.groups)
        return tuple(zip(low.tolist(), high.tolist(), strict=True))

    def learned(self, real: View) -> Check:
        keys, low, high = limits(real, self.number, self.groups)
        real = real.only(self.groups)

        def check(view: View) -> Outcome:
            key, values = combined(view, real, self.groups), view[self.number].amounts
            at = np.searchsorted(keys, key).clip(0, max(len(keys) - 1, 0))
            found = (keys[at] == key) if len(keys) else np.zeros(view.rows, bool)
            covered = found & ~np.isnan(values)
            if not len(keys):
                return Outcome(covered, covered)
            return Outcome(covered, covered & ((values < low[at]) | (values > high[at])))

        return check


def limits(real: View, number: str, groups: tuple[str, ...]) -> tuple[Int, Float, Float]:
    """The groups that are large enough, in order, and the ends of what their numbers may be."""
    key, values = combined(real, real, groups), real[number].amounts
    told = np.flatnonzero((key >= 0) & ~np.isnan(values))
    order = told[np.argsort(key[told], kind="stable")]
    keys, first = np.unique(key[order], return_index=True)
    if not len(keys):
        return np.array([], np.int64), np.array([]), np.array([])
    low = np.minimum.reduceat(values[order], first)
    high = np.maximum.reduceat(values[order], first)
    enough = _sizes(key[order], first, real, order) >= LEAST
    margin = MARGIN * (high - low)
    # No farther than the ends of the whole column, which every value keeps to anyway.
    low = np.maximum(low - margin, values[order].min())
    high = np.minimum(high + margin, values[order].max())
    return keys[enough], low[enough], high[enough]


def _sizes(key: Int, first: Int, real: View, order: Int) -> Int:
    """How many rows (persons) each group has."""
    if real.people is None:
        return np.diff(np.append(first, len(key)))
    holders = real.holders
    distinct = np.unique(key * (int(holders.max()) + 1) + holders[order])
    return np.unique(distinct // (int(holders.max()) + 1), return_counts=True)[1]


def read(words: Words) -> Within | None:
    """`A within B, C`; None where another kind of rule comes next."""
    number = words.column_then("within")
    if number is None:
        return None
    groups = words.names()
    if number in groups:
        raise words.wrong_before(f"{number!r} cannot be its own group")
    return Within(number, groups)


def propose(search: Search) -> list[Proposals]:
    """Numbers and dates whose ranges are narrower in the groups of a column than in all rows."""
    view = search.part
    groups = [n for n in search.names if view[n].numbers is None and view[n].size <= _MOST_GROUPS]
    numbers = [n for n in search.names if view[n].numbers is not None and view[n].size >= _VALUES]
    found = []
    for group in groups:
        sizes = np.bincount(view[group].codes[view[group].known], minlength=view[group].size)
        for number in numbers:
            keys, low, high = limits(view, number, (group,))
            values = np.sort(view[number].amounts)
            values = values[~np.isnan(values)]
            inside = np.searchsorted(values, high, "right") - np.searchsorted(values, low, "left")
            weight = sizes[keys]
            if weight.sum() < _COVERED * sizes.sum():
                continue
            outside = 1 - (inside * weight).sum() / max(weight.sum() * len(values), 1)
            if outside >= _OUTSIDE:
                found.append(Within(number, (group,)))
    return [Proposals(found, len(groups) * len(numbers))]
