"""What may be the case in a row, as implications see it: a label, a frequent number, missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.table.rules.condition import Atom, Holds
from trimtab.table.rules.equality import Equal, comparable, equal_share
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.view import POOLED, Vector, View

_MOST = 500  # events of single columns: of columns with many, the first ones are looked at
_MOST_LABELS = 40  # of a column, the most frequent first
_MOST_EQUALITIES = 60
FEW = 30  # distinct numbers: each of them counts, as a code may
_FREQUENT = 0.005  # of the rows, to be a frequent number
_OUTSTANDING = 3.0  # times as frequent as its neighbours, on the average
_ENOUGH = 10  # rows with a neighbour
_NEIGHBOURS = 5  # distinct values on each side
_ENDS = 3  # numbers at the lower end that count, if enough rows have them
_ZEROS = 0.05  # of the rows, of a number of which it matters that it is above zero
_EQUAL = 0.01  # of the rows in which two columns hold the same, to ask where they do
_ALWAYS = 0.98
_VARIED = 10  # distinct values in these rows, so that it is not one number that both often have
_CHUNK = 20_000  # rows that are counted together


@dataclass(frozen=True)
class Event:
    """What may be the case in a row, and the columns that it is about."""

    statement: Statement

    @property
    def atom(self) -> Atom | None:
        """The same as a condition; None where it is about two columns."""
        return self.statement.atom if isinstance(self.statement, Holds) else None

    @property
    def columns(self) -> tuple[str, ...]:
        return self.statement.columns


@dataclass(frozen=True)
class Counts:
    """How many rows show events, and how many two of them.

    both    rows that show event i and event j; shape (events, events)
    known   rows that show event i and tell whether event j is the case; the same shape
    told    rows that tell whether event i is the case; shape (events,)
    """

    both: Float
    known: Float
    told: Float


def events(search: Search) -> list[Event]:
    """All events of the columns that enough rows (persons) show, and enough do not."""
    atoms = {n: [*_atoms(search.all[n], search)] for n in search.names}
    each = _MOST
    while sum(min(len(a), each) for a in atoms.values()) > _MOST:
        each -= 1
    found = [Event(Holds(a)) for of in atoms.values() for a in of[:each]]
    return [*found, *(Event(e) for e in islice(_equalities(search), _MOST_EQUALITIES))]


def _atoms(vector: Vector, search: Search) -> Iterator[Atom]:
    """What may be the case of one column, the most telling first."""
    least = max(search.min_count, 1)
    away = ~vector.known & (vector.codes != POOLED)
    if min(search.all.count(away), search.all.count(~away)) >= least:
        yield Atom(vector.name, "missing")
    if vector.moment:
        return
    counts = held_by(vector, search.all)
    order = np.argsort(-counts, kind="stable")
    if vector.numbers is None:
        chosen = [i for i in order[:_MOST_LABELS] if counts[i] >= least]
        yield from (Atom(vector.name, "=", (vector.texts[i],)) for i in chosen)
        return
    chosen = [i for i in order if counts[i] >= least and _stands_out(int(i), counts)]
    zeros = counts[0] if vector.values[0] == 0 else 0
    if vector.size > 2 and zeros >= max(least, _ZEROS * counts.sum()):
        yield Atom(vector.name, ">", (0.0,))
    for i in sorted(chosen, key=lambda i: i >= _ENDS):
        yield Atom(vector.name, "=", (float(vector.values[i]),))


def held_by(vector: Vector, view: View) -> Int:
    """How many rows (persons) hold each value, shape (values,)."""
    codes = vector.codes[vector.known]
    if view.people is not None:
        people = int(view.holders.max(initial=-1)) + 1
        codes = np.unique(codes * people + view.holders[vector.known]) // max(people, 1)
    return np.bincount(codes, minlength=vector.size)


def _stands_out(i: int, counts: Int) -> bool:
    """Whether a number is one of few, among the least, or more frequent than its neighbours."""
    if len(counts) <= FEW or i < _ENDS:
        return True
    beside = counts[max(0, i - _NEIGHBOURS) : i + _NEIGHBOURS + 1]
    others = (beside.sum() - counts[i]) / max(len(beside) - 1, 1)
    return bool(counts[i] >= max(_FREQUENT * counts.sum(), _OUTSTANDING * others))


def _equalities(search: Search) -> Iterator[Equal]:
    """Pairs of numbers or dates that are often the same, and often not."""
    view = search.part
    names = [n for n in search.names if view[n].numbers is not None]
    for one, two in combinations(names, 2):
        if comparable(view, one, two) and _EQUAL <= equal_share(view, one, two) <= _ALWAYS:
            first, second = view[one].amounts, view[two].amounts
            if len(np.unique(first[first == second])) >= _VARIED:
                yield Equal(two, one)


def counted(view: View, found: Sequence[Event]) -> Counts:
    """How often events come together, in all rows."""
    size = len(found)
    both, known, told_of = np.zeros((size, size)), np.zeros((size, size)), np.zeros(size)
    for start in range(0, view.rows, _CHUNK):
        part = view.take(np.arange(start, min(start + _CHUNK, view.rows)))
        shown, told = _shown(part, found)
        both += shown.T @ shown
        known += shown.T @ told
        told_of += told.sum(axis=0)
    return Counts(both, known, told_of)


def varied(event: Event, equality: Event, view: View) -> bool:
    """Whether two columns that hold the same where something is the case hold many values there."""
    outcome = event.statement.learned(view)(view)
    rows = outcome.covered & ~outcome.broken & view[equality.columns[0]].known
    return len(np.unique(view[equality.columns[0]].codes[rows])) >= _VARIED


def beside(event: Event, others: Sequence[Event], view: View) -> Float:
    """The shares of rows with a neighbour of a number that show other events.

    Shape (sides, events): the next lower and the next higher numbers, each with enough rows. All 1
    and all 0 where there is no neighbour: nothing can be told then.
    """
    atom = event.atom
    assert atom is not None, "an equality of columns has no neighbours"
    vector = view[atom.column]
    here = int(np.searchsorted(vector.values, float(atom.values[0])))
    counts = np.bincount(vector.codes[vector.known], minlength=vector.size)
    sides = []
    for step in (-1, 1):
        codes: list[int] = []
        at = here + step
        while 0 <= at < vector.size and len(codes) < _NEIGHBOURS:
            codes.append(at)
            if counts[codes].sum() >= _ENOUGH:
                part = view.take(np.isin(vector.codes, codes))
                shown, told = _shown(part, others)
                sides.append(shown.sum(axis=0) / np.maximum(told.sum(axis=0), 1))
                break
            at += step
    if not sides:
        return np.stack([np.ones(len(others)), np.zeros(len(others))])
    return np.stack(sides)


def _shown(view: View, found: Sequence[Event]) -> tuple[Float, Float]:
    """Which events each row shows, and of which it tells; shape (rows, events) each."""
    outcomes = [event.statement.learned(view)(view) for event in found]
    told: Bool = np.stack([o.covered for o in outcomes], axis=1)
    broken: Bool = np.stack([o.broken for o in outcomes], axis=1)
    return (told & ~broken).astype(np.float32), told.astype(np.float32)
