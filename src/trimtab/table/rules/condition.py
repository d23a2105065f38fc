"""What holds of a single column in a row, and rules that hold only where something else does."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from trimtab._arrays import Bool
from trimtab.table.rules.statement import Check, Edges, Outcome, Statement, single
from trimtab.table.rules.view import POOLED, Vector, View
from trimtab.table.rules.words import COLUMNS, Words, literal, named

Value = str | float
_ORDER: dict[str, Callable[..., Bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_SETS = ("in", "not in")
SIGNS = ("=", "!=", *_ORDER)


@dataclass(frozen=True)
class Atom:
    """That a column is missing or present, or how its value compares.

    sign    "missing", "present", "in", "not in", or one of SIGNS
    values  what it is compared with: one value, several with "in" and "not in", or none
    """

    column: str
    sign: str
    values: tuple[Value, ...] = ()

    @property
    def text(self) -> str:
        """What it says, in the form that is read."""
        name = named(self.column)
        if not self.values:
            return f"{name} {self.sign}"
        if self.sign in _SETS:
            return f"{name} {self.sign} ({', '.join(map(literal, self.values))})"
        return f"{name} {self.sign} {literal(self.values[0])}"

    def judge(self, view: View) -> Outcome:
        """Where it can be told whether this holds, and where of these it does not.

        Of a missing value only "missing" and "present" tell, of a pooled label only these, too.
        """
        vector = view[self.column]
        if self.sign in ("missing", "present"):
            away = ~vector.known & (vector.codes != POOLED)
            return Outcome(np.ones(len(away), bool), away if self.sign == "present" else ~away)
        holds = _holding(vector, self.sign, self.values)
        return Outcome(vector.known, vector.known & ~np.append(holds, False)[vector.codes])

    def edges(self, real: View) -> Edges:
        """The numbers that it compares with."""
        return single(number_of(v, real[self.column]) for v in self.values)

    def holds(self, view: View) -> Bool:
        """Where it can be told that this holds, shape (rows,)."""
        outcome = self.judge(view)
        return outcome.covered & ~outcome.broken


def _holding(vector: Vector, sign: str, wanted: tuple[Value, ...]) -> Bool:
    """Which of a column's distinct values compare so, shape (values,)."""
    if sign in _ORDER:
        return np.asarray(_ORDER[sign](vector.values, number_of(wanted[0], vector)), bool)
    if vector.numbers is None:
        texts = {literal(v) if not isinstance(v, str) else v for v in wanted}
        found = np.array([t in texts for t in vector.texts], bool)
    else:
        found = np.isin(vector.values, [number_of(v, vector) for v in wanted])
    return ~found if sign in ("!=", "not in") else found


def number_of(value: Value, vector: Vector) -> float:
    """A value as the number that a column holds: a date as its seconds. Raises ValueError."""
    if not isinstance(value, str):
        return float(value)
    if not vector.moment:
        return float(value)
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


@dataclass(frozen=True)
class Holds(Statement):
    """That something holds of one column in every row: `age >= 0`, `sex in ('f', 'm')`."""

    atom: Atom

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.atom.column,)

    @property
    def text(self) -> str:
        return self.atom.text

    def edges(self, column: str, real: View) -> Edges | None:
        return self.atom.edges(real)

    def learned(self, real: View) -> Check:
        return self.atom.judge


@dataclass(frozen=True)
class Where(Statement):
    """A statement that holds where all conditions do.

    exactly  whether it holds nowhere else: a row where just one of both holds breaks it
    """

    statement: Statement
    conditions: tuple[Atom, ...]
    exactly: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.statement.columns, *(c.column for c in self.conditions))))

    @property
    def text(self) -> str:
        where = "exactly where" if self.exactly else "where"
        return f"{self.statement.text} {where} {' and '.join(c.text for c in self.conditions)}"

    @property
    def fits(self) -> bool:  # type: ignore[override]
        return self.statement.fits

    @property
    def learns(self) -> bool:  # type: ignore[override]
        return self.statement.learns

    def edges(self, column: str, real: View) -> Edges | None:
        found: list[tuple[float, float]] = []
        if column in self.statement.columns:
            mine = self.statement.edges(column, real)
            if mine is None:
                return None
            found += mine
        return (*found, *(e for c in self.conditions if c.column == column for e in c.edges(real)))

    def learned(self, real: View) -> Check:
        inside = self.inside(real)
        check = self.statement.learned(real.take(inside))
        return lambda view: self._judged(check(view), view)

    def inside(self, view: View) -> Bool:
        """Where all conditions hold, shape (rows,)."""
        inside = np.ones(view.rows, bool)
        for condition in self.conditions:
            inside &= condition.holds(view)
        return inside

    def _judged(self, found: Outcome, view: View) -> Outcome:
        inside = self.inside(view)
        if not self.exactly:
            return Outcome(found.covered & inside, found.broken & inside)
        # Where it cannot be told whether the conditions hold, nothing is said.
        told = inside.copy()
        for condition in self.conditions:
            told |= condition.judge(view).broken
        covered = found.covered & told
        return Outcome(covered, covered & (~found.broken != inside))


def read_atom(words: Words) -> Atom | None:
    """The comparison of a column with values that comes next; None if none does."""
    start = words.at
    column = words.column()
    for sign in ("missing", "present"):
        if words.take(sign):
            return Atom(column, sign)
    for sign in _SETS:
        if words.take(*sign.split()):
            return Atom(column, sign, words.values())
    for sign in SIGNS:
        if words.take(sign):
            return Atom(column, sign, (words.value(),))
    words.at = start
    return None


def read(words: Words) -> Holds | None:
    """`A missing`, `A in (1, 2)`, `A >= 0`; None where another kind of rule comes next.

    An order with more sides, and an equality of columns, are other kinds.
    """
    start = words.at
    if words.next.form not in COLUMNS:
        return None
    after = words.words[start + 1]
    operand = words.words[min(start + 2, len(words.words) - 1)]
    if after.sign in SIGNS and operand.form in COLUMNS:
        return None
    atom = read_atom(words)
    if atom is None or words.next.sign in (*SIGNS, "+", "-", "*"):
        words.at = start
        return None
    return Holds(atom)


def read_conditions(words: Words) -> tuple[Atom, ...]:
    """The conditions that come next. Raises InputError if none does."""
    found = []
    while True:
        atom = read_atom(words)
        if atom is None:
            words.column()
            raise words.wrong("expected missing, present, in, not in, or one of = != < <= > >=")
        found.append(atom)
        if not words.take("and"):
            return tuple(found)
