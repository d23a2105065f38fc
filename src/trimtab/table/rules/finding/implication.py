"""The search for what always or never comes together: labels, frequent numbers, missing cells.

`readmitted = 'no' where discharge = 'died'`, `total missing exactly where tenure = 0`,
`occupation != 'nurse' where age = 0`. Only such as no row of the table breaks are proposed: to tell
of a pair of values that there are exceptions would tell of the few who are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab._arrays import Bool
from trimtab.table.rules.condition import Atom, Holds, Value, Where
from trimtab.table.rules.finding.events import FEW, Counts, Event, beside, counted, events, varied
from trimtab.table.rules.finding.proposals import Proposals
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.statement import Statement

_EXPECTED = 15.0  # exceptions that chance would bring about: fewer prove nothing
_EXPECTED_OF_GAPS = 4.0  # the same of what is missing, which is seldom so by itself
_EXPECTED_OF_NEVER = 60.0  # the same of two values that never come together: there are many
_LIKE_OTHERS = 0.25  # of what chance would give: as often a neighbour of a number must show it


@dataclass(frozen=True)
class _Found:
    """The events of a table and what they say of one another.

    least   a pair that fewer rows show is not told, and none of persons
    always  whether every row that shows event i, and tells of j, shows j; shape (events, events)
    never   whether no row shows both, where chance would bring them together
    """

    events: Sequence[Event]
    counts: Counts
    least: float
    always: Bool
    never: Bool


def propose(search: Search) -> list[Proposals]:
    """What always and what never comes together."""
    every = events(search)
    if len(every) < 2:
        return []
    found = _compared(every, counted(search.all, every), search)
    exactly = [*_exactly(found)]
    found = _without(found, [*_repeated(found)])
    settled = {(s.statement.columns[0], s.conditions[0].column) for s in exactly}
    settled |= {(b, a) for a, b in settled}
    converse = {(Holds(s.conditions[0]), s.statement) for s in exactly}
    rest = [
        s
        for s in (*_always(found), *_never(found))
        if (s.statement, Holds(s.conditions[0])) not in converse
        and not (_of_a_gap(s) and (s.statement.columns[0], s.conditions[0].column) in settled)
    ]
    gaps = sum(e.atom is not None and e.atom.sign == "missing" for e in every)
    return [Proposals(exactly, gaps * len(every)), Proposals(rest, len(every) ** 2)]


def _of_a_gap(statement: Where) -> bool:
    """Whether a statement is about what is missing or present."""
    inner = statement.statement
    return isinstance(inner, Holds) and inner.atom.sign in ("missing", "present")


def _compared(every: list[Event], counts: Counts, search: Search) -> _Found:
    shown = np.diag(counts.both)
    by_chance = shown / np.maximum(counts.told, 1)
    expected = counts.known * by_chance[None, :]
    missed = counts.known * (1 - by_chance[None, :])
    # Conditions are about one column, and none is about what follows.
    fit = np.array([e.atom is not None for e in every])[:, None] & np.array(
        [[not set(a.columns) & set(b.columns) for b in every] for a in every]
    )
    closed = search.settled
    if closed:
        fit &= np.array([[not _closed(a, b, closed) for b in every] for a in every])
    gaps = [e.atom is not None and e.atom.sign == "missing" for e in every]
    always = (
        fit
        & (counts.both == counts.known)
        & (missed >= np.where(gaps, _EXPECTED_OF_GAPS, _EXPECTED)[None, :])
        & (counts.known >= max(search.min_count, 1))
    )
    if search.all.people is not None:
        for i, j in np.argwhere(always & (counts.known < shown[:, None])):
            always[i, j] = _told_by_enough(every[i], every[j], search)
    never = fit & (counts.both == 0) & (expected >= _EXPECTED_OF_NEVER)
    never &= np.array([e.atom is not None for e in every])[None, :]
    for j in (at for at, event in enumerate(every) if event.atom is None):
        always[:, j] &= [
            a and varied(every[i], every[j], search.all) for i, a in enumerate(always[:, j])
        ]
    for i in (at for at, event in enumerate(every) if _amount(event, search)):
        mine = np.flatnonzero(always[i] | never[i] | never[:, i])
        if len(mine):
            shares = beside(every[i], [every[j] for j in mine], search.all)
            often = shares >= _LIKE_OTHERS * by_chance[mine]
            seldom = 1 - shares >= _LIKE_OTHERS * (1 - by_chance[mine])
            never[i, mine] &= often.any(axis=0)
            never[mine, i] &= often.any(axis=0)
            always[i, mine] &= seldom.any(axis=0)
    least = max(search.min_count, 1) if search.all.people is None else np.inf
    return _Found(every, counts, least, always, never)


def _told_by_enough(event: Event, then: Event, search: Search) -> bool:
    """Whether enough persons show an event and tell of another one: many rows may be one's own."""
    view = search.all
    shown, told = (e.statement.learned(view)(view) for e in (event, then))
    rows = shown.covered & ~shown.broken & told.covered
    return view.count(rows) >= search.min_count


def _amount(event: Event, search: Search) -> bool:
    """Whether an event is one of the many numbers of a column.

    What little of a kind there is among the young, or the rich, is rare and not impossible. So a
    number tells only where its neighbours are unlike it.
    """
    atom = event.atom
    return (
        atom is not None
        and atom.sign == "="
        and search.all[atom.column].size > FEW
        and search.all[atom.column].numbers is not None
    )


def _closed(one: Event, two: Event, closed: frozenset[frozenset[str]]) -> bool:
    """Whether a rule says all about the values of two events' columns; of gaps none does."""
    if any(e.atom is not None and e.atom.sign == "missing" for e in (one, two)):
        return False
    return any(frozenset((a, b)) in closed for a in one.columns for b in two.columns)


def _exactly(found: _Found) -> Iterator[Where]:
    """What is missing just where something else is the case: of columns that are missing together,
    what the first one is missing by, and the others by that one.
    """
    repeated = _repeated(found)
    for j in _gaps(found):
        for i, event in enumerate(found.events):
            first = repeated.get(j)
            sought = (
                i == first if first is not None else event.atom and event.atom.sign != "missing"
            )
            if sought and event.atom and _same(found, i, j):
                yield Where(found.events[j].statement, (event.atom,), exactly=True)


def _repeated(found: _Found) -> dict[int, int]:
    """Columns that are missing just where an earlier one is, and the first of these."""
    repeated: dict[int, int] = {}
    gaps = _gaps(found)
    for at, j in enumerate(gaps):
        earlier = (i for i in gaps[:at] if i not in repeated and _same(found, i, j))
        first = next(earlier, None)
        if first is not None:
            repeated[j] = first
    return repeated


def _gaps(found: _Found) -> list[int]:
    """The events that a column is missing."""
    return [i for i, e in enumerate(found.events) if e.atom and e.atom.sign == "missing"]


def _same(found: _Found, i: int, j: int) -> bool:
    """Whether two events are the case in the same rows."""
    both = found.counts.both
    return bool(both[i, j] == both[i, i] == both[j, j] and found.always[i, j])


def _without(found: _Found, events: Sequence[int]) -> _Found:
    """The same, and nothing of some events."""
    always, never = found.always.copy(), found.never.copy()
    for told in (always, never):
        told[events, :] = told[:, events] = False
    return replace(found, always=always, never=never)


def _always(found: _Found) -> Iterator[Where]:
    """What follows from one event; events of one column from which the same follows go together."""
    grouped: dict[tuple[Statement, str], list[Atom]] = defaultdict(list)
    for i, j in np.argwhere(found.always):
        atom, then = found.events[i].atom, found.events[j]
        if atom is None:
            continue
        # That a number is above zero says less than which number it is.
        if then.atom is not None and then.atom.sign == ">" and _says_more(found, i, j):
            continue
        grouped[then.statement, atom.column].append(atom)
    for (statement, _), atoms in grouped.items():
        for condition in _together(atoms):
            yield Where(statement, (condition,))


def _says_more(found: _Found, i: int, j: int) -> bool:
    """Whether one number of the same column follows, too."""
    column = found.events[j].columns
    return any(
        found.always[i, k] and found.events[k].columns == column and k != j
        for k in range(len(found.events))
    )


def _together(atoms: Sequence[Atom]) -> Iterator[Atom]:
    """Conditions on one column as few: those on values as one."""
    values = [v for a in atoms if a.sign == "=" for v in a.values]
    if len(values) > 1:
        yield Atom(atoms[0].column, "in", tuple(values))
    for atom in atoms:
        if atom.sign != "=" or len(values) == 1:
            yield atom


def _never(found: _Found) -> Iterator[Where]:
    """What never comes together and does not follow from what always does."""
    cells: dict[tuple[str, str], list[tuple[Atom, Atom]]] = defaultdict(list)
    for i, j in np.argwhere(found.never):
        one, two = found.events[i].atom, found.events[j].atom
        if one is None or two is None or _follows(found, i, j) or _follows(found, j, i):
            continue
        first, second = sorted((one, two), key=lambda a: a.column)
        cells[first.column, second.column].append((first, second))
    for pairs in cells.values():
        distinct = list(dict.fromkeys(pairs))
        by_first, by_second = (
            _grouped(distinct, found),
            _grouped([(b, a) for a, b in distinct], found),
        )
        yield from min(by_first, by_second, key=len)


def _follows(found: _Found, i: int, j: int) -> bool:
    """Whether event i has something always follow in the column of event j."""
    column = found.events[j].columns
    return any(
        found.always[i, k] and found.events[k].columns == column for k in range(len(found.events))
    )


def _grouped(pairs: Sequence[tuple[Atom, Atom]], found: _Found) -> list[Where]:
    """Pairs that never come together as few statements: by what the condition is."""
    excluded: dict[Atom, list[Atom]] = defaultdict(list)
    for condition, then in pairs:
        excluded[condition].append(then)
    alike: dict[Atom, list[Atom]] = defaultdict(list)
    for condition, thens in excluded.items():
        for then in _left(condition, thens, found) or _denied(thens):
            alike[then].append(condition)
    return [
        Where(Holds(then), (condition,))
        for then, conditions in alike.items()
        for condition in _together(conditions)
    ]


def _left(condition: Atom, thens: Sequence[Atom], found: _Found) -> list[Atom]:
    """What is left to a column where a condition holds, if that is less than what is not."""
    atoms = [e.atom for e in found.events]
    i = atoms.index(condition)
    mine = [j for j, a in enumerate(atoms) if a and a.column == thens[0].column and a.sign == "="]
    shown = [j for j in mine if found.counts.both[i, j]]
    told = found.counts.known[i, mine[0]] if mine else 0
    whole = sum(found.counts.both[i, j] for j in shown) == told
    enough = all(found.counts.both[i, j] >= found.least for j in shown)
    if any(a.sign != "=" for a in thens) or not whole or not enough or len(shown) >= len(thens):
        return []
    return [Atom(thens[0].column, "in", tuple(v for j in shown for v in _value(atoms[j])))]


def _value(atom: Atom | None) -> tuple[Value, ...]:
    return () if atom is None else atom.values


def _denied(atoms: Sequence[Atom]) -> Iterator[Atom]:
    """What is to hold so that none of these does, on one column."""
    column = atoms[0].column
    values = tuple(v for a in atoms if a.sign == "=" for v in a.values)
    if len(values) == 1:
        yield Atom(column, "!=", values)
    elif values:
        yield Atom(column, "not in", values)
    for atom in atoms:
        if atom.sign == "missing":
            yield Atom(column, "present")
        elif atom.sign == ">":
            yield Atom(column, "<=", atom.values)
