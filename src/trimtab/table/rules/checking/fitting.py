"""Whether what a rule says fits the columns it is about: what kinds they are of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from trimtab.errors import RuleError, unknown_column
from trimtab.table.rules.condition import SIGNS, Atom, Holds, Value, Where, number_of
from trimtab.table.rules.date_parts import MakeDate
from trimtab.table.rules.equality import Equal
from trimtab.table.rules.linear import Linear
from trimtab.table.rules.multiples import MultipleOf
from trimtab.table.rules.one_hot import OneOf
from trimtab.table.rules.order import Column, Order
from trimtab.table.rules.ranges import Within
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.view import Vector, View
from trimtab.table.rules.words import literal, named
from trimtab.table.schema import Role, Schema

_NEAR = 1e-9
_YES = frozenset({"1", "true", "yes", "y", "t", "0", "false", "no", "n", "f"})


def unfit(statement: Statement, schema: Schema, view: View, where: str) -> RuleError | None:
    """The error for a statement that does not fit the columns of a table; None if it does.

    where   what the error begins with: the place of the rule, and its text
    """
    for name in statement.columns:
        if name not in schema:
            return RuleError(str(unknown_column(name, schema.names, where)))
        if name not in view:
            column = schema[name]
            role = "left out" if column.role is Role.DROP else f"an {column.kind}"
            return RuleError(
                f"{where}: column {name!r} is {role}: expected columns that the model learns. Drop "
                "the rule, or change the column's role or kind."
            )
    why = _why(statement, view)
    return None if why is None else RuleError(f"{where}: {why}")


def left_out(statement: Statement, schema: Schema, view: View) -> bool:
    """Whether it is about a column of the table that no rule looks at: dropped, or made afresh."""
    return any(name in schema and name not in view for name in statement.columns)


def _why(statement: Statement, view: View) -> str | None:
    """What does not fit; None if all does."""
    if isinstance(statement, Where):
        whys = [
            _why(statement.statement, view),
            *(_of_atom(c, view) for c in statement.conditions),
        ]
        return next((why for why in whys if why), None)
    check = _CHECKS.get(type(statement))
    return None if check is None else check(statement, view)


def _kind(vector: Vector) -> str:
    """What a column holds: dates, numbers (also as digits in labels), or labels."""
    if vector.moment:
        return "dates"
    if vector.numbers is not None or not vector.size or not np.isnan(vector.amounts).all():
        return "numbers"
    return "labels"


def _of_value(name: str, value: Value, vector: Vector, kind: str) -> str | None:
    if kind == "dates":
        if not isinstance(value, str):
            return (
                f"{name!r} holds dates, and {literal(value)} is a number: expected a date in "
                "quotes, such as '2024-05-31'."
            )
        try:
            number_of(value, vector)
        except (ValueError, OverflowError):
            return (
                f"{literal(value)} is no date: expected one such as '2024-05-31' or "
                "'2024-05-31 14:30', for this is what the column holds."
            )
    elif kind == "numbers" and isinstance(value, str):
        return (
            f"{name!r} holds numbers, and {literal(value)} is a text: expected a number, without "
            "quotes."
        )
    return None


def _of_atom(atom: Atom, view: View) -> str | None:
    vector = view[atom.column]
    plain = vector.numbers is None  # labels, whatever they look like
    if atom.sign in SIGNS[2:] and plain:
        return (
            f"{atom.column!r} holds labels, which have no order: expected a column of numbers or "
            "dates, or one of = != in."
        )
    if plain:
        return None
    whys = (_of_value(atom.column, v, vector, _kind(vector)) for v in atom.values)
    return next((why for why in whys if why), None)


def _of_order(statement: Order, view: View) -> str | None:
    kinds = {name: _kind(view[name]) for name in statement.columns}
    why = _of_labels(kinds, "an order")
    if why is not None:
        return why
    if len(set(kinds.values())) > 1:
        return _of_mixture(kinds)
    first, kind = next(iter(kinds.items()))
    values = [s for s in statement.sides if not isinstance(s, Column)]
    whys = (_of_value(first, value, view[first], kind) for value in values)
    return next((why for why in whys if why), None)


def _of_labels(kinds: dict[str, str], what: str) -> str | None:
    for name, kind in kinds.items():
        if kind == "labels":
            return f"{name!r} holds labels: {what} is about numbers or dates."
    return None


def _of_mixture(kinds: dict[str, str]) -> str:
    held = ", ".join(f"{name!r} holds {kind}" for name, kind in kinds.items())
    return f"{held}: expected columns that hold the same."


def _of_equal(statement: Equal, view: View) -> str | None:
    kinds = {}
    for name in statement.columns:
        vector = view[name]
        kinds[name] = "labels" if vector.numbers is None and vector.size else _kind(vector)
    sized = {name: kind for name, kind in kinds.items() if view[name].size}
    if len(set(sized.values())) < 2:
        return None
    a, b = statement.columns
    return (
        f"{_of_mixture(kinds)} For a copy in another form say {f'{named(a)} matches {named(b)}'!r}."
    )


def _of_within(statement: Within, view: View) -> str | None:
    return _of_labels({statement.number: _kind(view[statement.number])}, "a range")


def _of_numbers(names: tuple[str, ...], view: View, what: str) -> str | None:
    kinds = {name: _kind(view[name]) for name in names}
    why = _of_labels(kinds, what)
    if why is not None:
        return why.replace("numbers or dates", "numbers")
    dates = next((name for name, kind in kinds.items() if kind == "dates"), None)
    return None if dates is None else f"{dates!r} holds dates: {what} is about numbers."


def _of_multiple(statement: MultipleOf, view: View) -> str | None:
    return _of_numbers(statement.columns, view, "a multiple")


def _of_make_date(statement: MakeDate, view: View) -> str | None:
    return _of_numbers(statement.columns, view, "a year, a month and a day")


def _of_one_hot(statement: OneOf, view: View) -> str | None:
    for name in statement.names:
        vector = view[name]
        alone = vector.size < 2 and {t.lower() for t in vector.texts} <= _YES
        if vector.on is None and not alone:
            return (
                f"{name!r} does not say yes or no: it has {vector.size:,} values, and expected "
                "were two such as 0 and 1, or true and false."
            )
    return None


def _of_linear(statement: Linear, view: View) -> str | None:
    """Of dates only their parts and differences are numbers; to a date, no date is added."""
    kinds = {name: _kind(view[name]) for name in statement.columns}
    why = _of_labels(kinds, "a sum")
    if why is not None:
        return why
    dates = 0.0
    for term in statement.terms:
        if term.part and kinds[term.column] != "dates":
            return f"{term.column!r} holds {kinds[term.column]}: {term.part}() is of a date."
        if kinds[term.column] == "dates" and term.part in ("", "date"):
            dates += term.factor
    wanted = float(kinds[statement.decided] == "dates")
    if abs(dates - wanted) > _NEAR:
        mixed = (
            f"{statement.decided!r} holds {kinds[statement.decided]}, and the sum is not of these"
        )
        return (
            f"{mixed}: a date is another date, or its `date(...)`, with seconds added; a number is "
            "made of numbers, of parts of dates such as `year(...)`, or of a difference of dates "
            "in seconds."
        )
    return None


_CHECKS: dict[type[Statement], Callable[[Any, View], str | None]] = {
    Equal: _of_equal,
    Holds: lambda statement, view: _of_atom(statement.atom, view),
    Linear: _of_linear,
    MakeDate: _of_make_date,
    MultipleOf: _of_multiple,
    OneOf: _of_one_hot,
    Order: _of_order,
    Within: _of_within,
}
