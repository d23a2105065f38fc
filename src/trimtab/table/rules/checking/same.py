"""Which statements say the same, though their words differ."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from trimtab.table.rules.condition import Atom, Holds, Where
from trimtab.table.rules.dependency import From
from trimtab.table.rules.equality import Equal
from trimtab.table.rules.linear import Linear
from trimtab.table.rules.matching import Matches
from trimtab.table.rules.one_hot import OneOf
from trimtab.table.rules.order import Column, Order
from trimtab.table.rules.ranges import Within
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.together import Together

_FLIPPED = {">=": "<=", ">": "<"}


def same(statement: Statement) -> Hashable:
    """What is equal for statements that say the same."""
    match statement:
        case Where():
            inner, conditions = same(statement.statement), map(_atom, statement.conditions)
            return (Where, inner, frozenset(conditions), statement.exactly)
        case Equal() | Matches():
            return (type(statement), frozenset(statement.columns))
        case From():
            return (From, statement.decided, frozenset(statement.by))
        case Within():
            return (Within, statement.number, frozenset(statement.groups))
        case Together():
            return (Together, frozenset(statement.names))
        case OneOf():
            return (OneOf, frozenset(statement.names), statement.least, statement.most)
        case Linear():
            return (Linear, statement.decided, frozenset(statement.terms), statement.constant)
        case Holds():
            return _atom(statement.atom)
        case Order(sides=(first, second)) if isinstance(first, Column) != isinstance(
            second, Column
        ):
            return _limit(statement)
    return statement


def _atom(atom: Atom) -> Hashable:
    values = frozenset(atom.values)
    sign = {"=": "in", "!=": "not in"}.get(atom.sign, atom.sign)
    return replace(atom, sign=sign, values=()), values


def _limit(order: Order) -> Hashable:
    """An order of a column and a value, which the comparison of one column says, too."""
    first, second = order.sides
    sign = "<" if order.strict[0] else "<="
    if isinstance(first, Column):
        assert not isinstance(second, Column)
        return _atom(Atom(first.name, sign, (second,)))
    back = {low: high for high, low in _FLIPPED.items()}
    assert isinstance(second, Column)
    return _atom(Atom(second.name, back[sign], (first,)))
