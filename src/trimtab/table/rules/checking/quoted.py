"""Which values the text of a rule quotes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import numpy as np

from trimtab.table.rules.condition import Holds, Value, Where, number_of
from trimtab.table.rules.order import Column, Order
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.view import Vector
from trimtab.table.rules.words import literal


def quoted(statement: Statement) -> Mapping[str, tuple[Value, ...]]:
    """The values that a statement quotes, by column: what stands beside a column, or in a list."""
    values: dict[str, dict[Value, None]] = {}
    for name, value in _values(statement):
        values.setdefault(name, {})[value] = None
    return {name: tuple(found) for name, found in values.items()}


def as_texts(values: Iterable[Value]) -> tuple[str, ...]:
    """Values as a table shows them."""
    return tuple(value if isinstance(value, str) else literal(value) for value in values)


def codes_of(values: Iterable[Value], vector: Vector) -> list[int]:
    """The codes of those values that a column has."""
    if vector.numbers is None:
        place = {text: code for code, text in enumerate(vector.texts)}
        return [place[text] for text in as_texts(values) if text in place]
    wanted = [number_of(value, vector) for value in values]
    return [int(code) for code in np.flatnonzero(np.isin(vector.values, wanted))]


def _values(statement: Statement) -> Iterator[tuple[str, Value]]:
    if isinstance(statement, Where):
        yield from _values(statement.statement)
        for atom in statement.conditions:
            yield from ((atom.column, value) for value in atom.values)
    elif isinstance(statement, Holds):
        yield from ((statement.atom.column, value) for value in statement.atom.values)
    elif isinstance(statement, Order):
        for low, high in pairwise(statement.sides):
            if isinstance(low, Column) and not isinstance(high, Column):
                yield low.name, high
            elif isinstance(high, Column) and not isinstance(low, Column):
                yield high.name, low
