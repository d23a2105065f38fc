"""Rules of order: `birth <= visit <= death`, `0 <= age`. A missing value breaks none."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from trimtab._arrays import Float
from trimtab.table.rules.condition import Value, number_of
from trimtab.table.rules.finding.proposals import Proposals
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.statement import Check, Edges, Outcome, Statement
from trimtab.table.rules.view import Vector, View
from trimtab.table.rules.words import Form, Words, literal, named

_NEARLY = 0.03  # of the rows with both dates may be out of order, for an order to be looked at
_FLIPPED = {">=": "<=", ">": "<"}


@dataclass(frozen=True)
class Column:
    """A column as a side of an order."""

    name: str


@dataclass(frozen=True)
class Order(Statement):
    """That columns and values stand in order, the least first.

    sides   columns and values
    strict  for each two neighbours, whether they must differ
    """

    sides: tuple[Column | Value, ...]
    strict: tuple[bool, ...]

    @classmethod
    def of(cls, *names: str) -> Order:
        """The columns of these names in order, of which neighbours may be equal."""
        return cls(tuple(Column(n) for n in names), (False,) * (len(names) - 1))

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(s.name for s in self.sides if isinstance(s, Column)))

    @property
    def text(self) -> str:
        said = [named(s.name) if isinstance(s, Column) else literal(s) for s in self.sides]
        signs = ["<" if strict else "<=" for strict in self.strict]
        return " ".join([said[0], *(w for pair in zip(signs, said[1:], strict=True) for w in pair)])

    def edges(self, column: str, real: View) -> Edges | None:
        return None

    def learned(self, real: View) -> Check:
        return self._judged

    def _judged(self, view: View) -> Outcome:
        """Rows with at least two sides; every two of them are held against each other."""
        like = view[self.columns[0]]
        values = [_numbers(side, view, like) for side in self.sides]
        covered, broken = np.zeros(view.rows, bool), np.zeros(view.rows, bool)
        last, strict = values[0], np.full(view.rows, False)
        for value, sharp in zip(values[1:], self.strict, strict=True):
            strict |= sharp
            both = ~np.isnan(last) & ~np.isnan(value)
            covered |= both
            broken |= both & ((last > value) | (strict & (last == value)))
            there = ~np.isnan(value)
            last, strict = np.where(there, value, last), strict & ~there
        return Outcome(covered, broken)


def _numbers(side: Column | Value, view: View, like: Vector) -> Float:
    if not isinstance(side, Column):
        return np.full(view.rows, number_of(side, like))
    return view[side.name].amounts


def read(words: Words) -> Order | None:
    """An order with any number of sides; None where another kind of rule comes next."""
    start = words.at
    if not _side_ahead(words):
        return None
    sides, signs = [_side(words)], []
    while words.ahead("<=") or words.ahead("<") or words.ahead(">=") or words.ahead(">"):
        signs.append(words.next.text)
        words.at += 1
        sides.append(_side(words))
    if not signs:
        words.at = start
        return None
    if len({s[0] for s in signs}) > 1:
        raise words.wrong_before("expected all signs to point the same way")
    if signs[0][0] == ">":
        sides, signs = sides[::-1], [_FLIPPED[s] for s in signs[::-1]]
    if not any(isinstance(s, Column) for s in sides):
        raise words.wrong_before("expected at least one column among the sides")
    repeated = [s for s, t in pairwise(sides) if s == t]
    if repeated:
        raise words.wrong_before("a side stands beside itself")
    return Order(tuple(sides), tuple(s == "<" for s in signs))


def _side_ahead(words: Words) -> bool:
    return words.next.form is not Form.SIGN or words.ahead("-")


def _side(words: Words) -> Column | Value:
    if words.next.form in (Form.NAME, Form.QUOTED):
        return Column(words.column())
    return words.value()


def propose(search: Search) -> list[Proposals]:
    """Columns of which one is hardly ever above the other: two numbers, or two dates."""
    view = search.sample
    found: list[Order] = []
    tested = 0
    for moment in (False, True):
        names = [
            n for n in search.names if view[n].numbers is not None and view[n].moment == moment
        ]
        tested += len(names) ** 2
        if len(names) < 2:
            continue
        amounts = np.stack([view[n].amounts for n in names], axis=1)
        for at, name in enumerate(names):
            above = amounts[:, [at]] > amounts
            both = ~np.isnan(amounts[:, [at]]) & ~np.isnan(amounts)
            shares = above.sum(axis=0) / np.maximum(both.sum(axis=0), 1)
            # Of numbers in general, an order with exceptions is no rule that is worth telling.
            fit = shares <= (_NEARLY if moment else 0.0)
            fit &= (both & (amounts[:, [at]] < amounts)).any(axis=0)
            found += [Order.of(name, names[i]) for i in np.flatnonzero(fit) if i != at]
    return [Proposals(found, tested)]
