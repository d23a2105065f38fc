"""Rules of columns that say yes or no: `one of red, green, blue`, `at most one of a, b`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from trimtab._arrays import Bool, Float
from trimtab.table.rules.finding.proposals import Proposals
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.statement import Check, Outcome, Statement
from trimtab.table.rules.view import View
from trimtab.table.rules.words import Words, listed

_SAID = {(1, 1): "one of", (0, 1): "at most one of", (1, None): "at least one of"}

_FEWEST = 3  # columns of a group that is found
_EXPECTED = 12  # rows in which chance would bring a column together with others of its group
_STEM = re.compile(r"[\W_]?[^\W_]+$")  # the last part of a name


@dataclass(frozen=True)
class OneOf(Statement):
    """How many of some columns of two values, such as 0 and 1, say yes in a row.

    least  at least so many
    most   at most so many; None where all may
    """

    names: tuple[str, ...]
    least: int = 1
    most: int | None = 1

    @property
    def columns(self) -> tuple[str, ...]:
        return self.names

    @property
    def text(self) -> str:
        return f"{_SAID[self.least, self.most]} {listed(self.names)}"

    def learned(self, real: View) -> Check:
        yes = {n: (real[n].values, real[n].on) for n in self.names}

        def check(view: View) -> Outcome:
            told, count = np.ones(view.rows, bool), np.zeros(view.rows, np.int64)
            for name, (values, on) in yes.items():
                codes = view[name].codes_among(values)
                told &= codes >= 0
                count += codes == on
            wrong = count < self.least
            if self.most is not None:
                wrong |= count > self.most
            return Outcome(told, told & wrong)

        return check


def read(words: Words) -> OneOf | None:
    """`one of A, B`, with `at most` or `at least` before it; None where another kind comes next."""
    for (least, most), said in _SAID.items():
        if words.take(*said.split()):
            names = words.names()
            if len(names) < 2:
                raise words.wrong_before("expected at least two columns")
            return OneOf(names, least, most)
    return None


def propose(search: Search) -> list[Proposals]:
    """Columns that say yes or no of which just one does, at most one, or at least one."""
    view = search.proposing
    names = [n for n in search.names if view[n].on is not None]
    if len(names) < _FEWEST:
        return []
    told = np.all([view[n].known for n in names], axis=0)
    yes = np.stack([view[n].codes == view[n].on for n in names], axis=1)[told]
    both = yes.astype(np.float64).T @ yes.astype(np.float64)
    apart = both == 0
    just_one = [*_parting(yes, apart)]
    left = [i for i in range(len(names)) if not any(i in g for g in just_one)]
    most_one = [*_excluding(both, apart, left, len(yes))]
    left = [i for i in left if not any(i in g for g in most_one)]
    found = [OneOf(tuple(names[i] for i in g)) for g in just_one]
    found += [OneOf(tuple(names[i] for i in g), 0, 1) for g in most_one]
    found += [OneOf(tuple(names[i] for i in g), 1, None) for g in _filling(yes, names, left)]
    return [Proposals(found, len(names) ** 2)]


def _parting(yes: Bool, apart: Bool) -> Iterator[list[int]]:
    """Groups of columns of which just one says yes in each row."""
    free = set(range(yes.shape[1]))
    for seed in range(yes.shape[1]):
        group, open_rows = [seed], ~yes[:, seed]
        while seed in free and open_rows.any():
            fit = [i for i in sorted(free) if apart[i, group].all()]
            gains = [int(yes[open_rows, i].sum()) for i in fit]
            if not gains or not max(gains):
                break
            group.append(fit[int(np.argmax(gains))])
            open_rows &= ~yes[:, group[-1]]
        if seed in free and not open_rows.any() and len(group) >= _FEWEST:
            free -= set(group)
            yield sorted(group)


def _excluding(both: Float, apart: Bool, left: list[int], rows: int) -> Iterator[list[int]]:
    """Groups of columns of which at most one says yes, where chance would bring two together."""
    count = np.diag(both)
    expected = np.outer(count, count) / max(rows, 1)
    free = list(left)
    for seed in left:
        group = [seed]
        while seed in free:
            fit = [
                i for i in free if apart[i, group].all() and expected[i, group].sum() >= _EXPECTED
            ]
            if not fit:
                break
            group.append(max(fit, key=lambda i: float(expected[i, group].sum())))
        if len(group) >= _FEWEST:
            free = [i for i in free if i not in group]
            yield sorted(group)


def _filling(yes: Bool, names: list[str], left: list[int]) -> Iterator[list[int]]:
    """Neighbours with like names of which at least one says yes in each row."""
    for _, run in groupby(left, key=lambda i: _STEM.sub("", names[i])):
        group = [*run]
        if len(group) >= _FEWEST and yes[:, group].any(axis=1).all():
            yield group
