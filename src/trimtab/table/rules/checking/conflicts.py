"""Rules that contradict each other: no row can keep all of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import pairwise

from trimtab.table.rules.checking.inequalities import impossible, inequalities
from trimtab.table.rules.condition import Atom, Holds, number_of
from trimtab.table.rules.order import Column, Order
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.view import View
from trimtab.table.rules.words import literal


def conflict(statements: Sequence[Statement], view: View) -> tuple[int, ...]:
    """Positions of statements about every row that contradict each other; () if none do.

    None of them can be spared: the others alone could be kept.
    """
    for atoms in _by_column(statements).values():
        found = _of_values(atoms, view)
        if found:
            return found
    return impossible([inequalities(s, view) for s in statements])


Atoms = list[tuple[int, Atom]]


def _by_column(statements: Iterable[Statement]) -> dict[str, Atoms]:
    """What is said of single columns, each with the position of its statement."""
    columns: dict[str, Atoms] = {}
    for rule, statement in enumerate(statements):
        if isinstance(statement, Holds):
            columns.setdefault(statement.atom.column, []).append((rule, statement.atom))
        elif isinstance(statement, Order):
            for atom in _limits(statement):
                columns.setdefault(atom.column, []).append((rule, atom))
    return columns


def _limits(order: Order) -> Iterator[Atom]:
    """What an order says of columns that stand beside a value."""
    for (low, high), strict in zip(pairwise(order.sides), order.strict, strict=True):
        if isinstance(low, Column) and not isinstance(high, Column):
            yield Atom(low.name, "<" if strict else "<=", (high,))
        elif isinstance(high, Column) and not isinstance(low, Column):
            yield Atom(high.name, ">" if strict else ">=", (low,))


def _of_values(atoms: Atoms, view: View) -> tuple[int, ...]:
    """The statements of one column that leave no value for it, where some list what it may be."""
    missing = [rule for rule, atom in atoms if atom.sign == "missing"]
    present = [rule for rule, atom in atoms if atom.sign == "present"]
    if missing and present:
        return missing[0], present[0]
    lists = [(rule, atom) for rule, atom in atoms if atom.sign in ("=", "in")]
    if not lists:
        return ()
    first, shortest = min(lists, key=lambda pair: len(pair[1].values))
    guilty = [first]
    left = {_value(v, shortest, view) for v in shortest.values}
    for rule, atom in atoms:
        fewer = {value for value in left if _allows(atom, value, view)}
        if len(fewer) < len(left):
            guilty.append(rule)
        left = fewer
        if not left:
            return _needed(guilty, atoms, shortest, view)
    return ()


def _needed(guilty: list[int], atoms: Atoms, shortest: Atom, view: View) -> tuple[int, ...]:
    """Those of some statements without which a value would be left."""
    first, *others = dict.fromkeys(guilty)
    values = {_value(v, shortest, view) for v in shortest.values}
    for rule in tuple(others):
        rest = [r for r in others if r != rule]
        said = [atom for r, atom in atoms if r in rest]
        if not any(all(_allows(atom, v, view) for atom in said) for v in values):
            others = rest
    return (first, *others)


def _value(value: str | float, atom: Atom, view: View) -> Hashable:
    """A value as its column holds it: a number, or a text."""
    vector = view[atom.column]
    if vector.numbers is not None:
        return number_of(value, vector)
    return value if isinstance(value, str) else literal(value)


def _allows(atom: Atom, value: Hashable, view: View) -> bool:
    """Whether a column may have a value by what is said of it."""
    if not atom.values:
        return True
    wanted = [_value(v, atom, view) for v in atom.values]
    if atom.sign in ("=", "in"):
        return value in wanted
    if atom.sign in ("!=", "not in"):
        return value not in wanted
    assert isinstance(value, float) and isinstance(wanted[0], float)
    return {
        "<": value < wanted[0],
        "<=": value <= wanted[0],
        ">": value > wanted[0],
        ">=": value >= wanted[0],
    }[atom.sign]
