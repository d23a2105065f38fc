"""Rules of sums, of units and of parts of dates: `total = net + tax`, `kg = 0.4536 * lb`,
`year = year(visit)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float
from trimtab.table.rules.statement import Check, Edges, Outcome, Statement
from trimtab.table.rules.view import DAY, View
from trimtab.table.rules.words import Form, Words, literal, named

_NEAR = 1e-12  # of the largest amount in a row: as much may be lost in rounding


def _calendar(values: Float, unit: str) -> Float:
    """Whole units since 1970 of seconds since then, 0 where missing."""
    whole = np.nan_to_num(np.floor(values)).astype(np.int64).astype("datetime64[s]")
    return whole.astype(f"datetime64[{unit}]").astype(np.int64).astype(float)


PARTS: dict[str, Callable[[Float], Float]] = {
    "date": lambda seconds: np.floor(seconds / DAY) * DAY,
    "year": lambda seconds: _calendar(seconds, "Y") + 1970,
    "quarter": lambda seconds: _calendar(seconds, "M") % 12 // 3 + 1,
    "month": lambda seconds: _calendar(seconds, "M") % 12 + 1,
    "day": lambda seconds: np.floor(seconds / DAY) - _month_start(seconds) + 1,
    "weekday": lambda seconds: (np.floor(seconds / DAY) + 3) % 7 + 1,  # Monday is 1 (ISO 8601)
    "hour": lambda seconds: np.floor(seconds % DAY / 3600),
    "minute": lambda seconds: np.floor(seconds % 3600 / 60),
}


def _month_start(values: Float) -> Float:
    months = _calendar(values, "M").astype(np.int64).astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64).astype(float)


@dataclass(frozen=True)
class Term:
    """A number times a column, or times a part of a date, as PARTS names them."""

    factor: float
    column: str
    part: str = ""

    @property
    def text(self) -> str:
        """What it says, without its sign."""
        said = f"{self.part}({named(self.column)})" if self.part else named(self.column)
        return said if abs(self.factor) == 1 else f"{literal(abs(self.factor))} * {said}"

    def amount(self, view: View) -> Float:
        """The amounts that it adds, nan where missing; shape (rows,)."""
        values = view[self.column].amounts
        if self.part:
            values = np.where(np.isnan(values), np.nan, PARTS[self.part](values))
        return self.factor * values


@dataclass(frozen=True)
class Linear(Statement):
    """That a number is a sum of others, each times a factor, to the precision it is recorded in."""

    decided: str
    terms: tuple[Term, ...]
    constant: float = 0.0

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.decided, *(t.column for t in self.terms))))

    @property
    def text(self) -> str:
        said: list[str] = []
        for term in self.terms:
            sign = "-" if term.factor < 0 else "+"
            said += [f"{sign} {term.text}" if said or term.factor < 0 else term.text]
        if self.constant:
            said.append(f"{'-' if self.constant < 0 else '+'} {literal(abs(self.constant))}")
        if len(said) == 1 and self.terms[0].factor == 1 and not self.terms[0].part:
            said[0] = f"1 * {said[0]}"  # which, other than `A = B`, allows for rounding
        return f"{named(self.decided)} = {' '.join(said)}"

    @property
    def decides(self) -> str:
        return self.decided

    def edges(self, column: str, real: View) -> Edges | None:
        return None

    def learned(self, real: View) -> Check:
        slack = self.slack(real)
        return lambda view: self._judged(view, slack)

    def slack(self, real: View) -> float:
        """How far a number may be off because it, and what is multiplied, was recorded rounded."""
        unit = real[self.decided].unit
        if unit == 0 or real[self.decided].moment:
            return 0.0
        loose = (abs(t.factor) * real[t.column].unit for t in self.terms if abs(t.factor) != 1)
        return 0.5 * (unit + sum(loose))

    def _judged(self, view: View, slack: float) -> Outcome:
        mine = view[self.decided].amounts
        total, largest = np.full(view.rows, self.constant), np.abs(mine)
        with np.errstate(over="ignore", invalid="ignore"):  # an endless sum is no value's equal
            for term in self.terms:
                amount = term.amount(view)
                total = total + amount
                largest = np.fmax(largest, np.abs(amount))
        covered = ~np.isnan(mine) & ~np.isnan(total)
        off = np.abs(mine - total) > slack + _NEAR * np.nan_to_num(largest)
        return Outcome(covered, covered & off)


def read(words: Words) -> Linear | None:
    """`A = 2 * B + C - 3`; None where another kind of rule comes next."""
    start = words.at
    decided = words.column_then("=")
    found = None
    if decided is not None and words.next.form is not Form.TEXT:
        found = _sum(decided, words)
    if found is None:
        words.at = start
    return found


def _sum(decided: str, words: Words) -> Linear | None:
    """The sum that comes next; None where it is a number alone."""
    terms: list[Term] = []
    constant, sign = 0.0, -1.0 if words.take("-") else 1.0
    while True:
        factor = sign
        if words.next.form is Form.NUMBER:
            factor *= float(words.value())
            if not words.take("*"):
                constant += factor
                factor = 0.0
        if factor:
            terms.append(_term(factor, words))
        if words.take("+"):
            sign = 1.0
        elif words.take("-"):
            sign = -1.0
        else:
            break
    if decided in (t.column for t in terms):
        raise words.wrong_before(f"{decided!r} cannot be part of its own sum")
    if len({(t.column, t.part) for t in terms}) < len(terms):
        raise words.wrong_before("a column stands twice in the sum")
    return Linear(decided, tuple(terms), constant) if terms else None


def _term(factor: float, words: Words) -> Term:
    word = words.next
    name = words.column()
    if word.form is Form.NAME and name in PARTS and words.take("("):
        column = words.column()
        words.need(")")
        return Term(factor, column, name)
    if words.ahead("("):
        raise words.wrong(f"{name!r} is no part of a date: expected one of {', '.join(PARTS)}")
    return Term(factor, name)
