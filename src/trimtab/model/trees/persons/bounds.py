"""What moments never pass: ends of follow-up, by rules or in all persons, and dates of birth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.codec.domain import MISSING
from trimtab.model.coded import Coded
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.trees.persons.chain import RowChain
from trimtab.model.trees.persons.counting import By
from trimtab.model.trees.persons.people import People
from trimtab.model.trees.persons.understanding import Understanding
from trimtab.table.rules.order import Column, Order
from trimtab.table.rules.reading import kept_rules

_BY_CHANCE = 1e-6  # that no person passes a bound that is none


@dataclass(frozen=True)
class Bounds:
    """What moments never pass.

    columns  that stand above all moments of a person
    above    the rules that say so
    orders   other rules that order a column with moments: the column, whether it stands above
             them, and the rule
    """

    columns: tuple[str, ...]
    above: frozenset[str]
    orders: tuple[tuple[str, bool, str], ...]

    def kept(self, people: People, rows: RowChain) -> frozenset[str]:
        """The rules that are kept by how persons and rows are drawn."""
        found = set(self.above)
        for name, above, rule in self.orders:
            born = name in people.distances and not above
            column = rows.columns.get(name)
            if column is not None and column.counting.by is By.MOMENT:
                grid = column.change.grid
                assert isinstance(grid, NumberGrid)
                least, most = grid.reach if len(grid.low) else (0, 0)
                born = least >= 0 if above else most <= 0
            if born:
                found.add(rule)
        return frozenset(found)


def bounds_of(coded: Coded, known: Understanding) -> Bounds:
    """The bounds of moments among the columns that persons have once, where both count alike.

    Of rules with `<` nothing is said: a moment may be drawn at its bound.
    """
    columns: dict[str, None] = {}
    above: set[str] = set()
    orders = []
    for read in kept_rules(coded.table.schema):
        order = read.statement
        if not isinstance(order, Order) or len(order.sides) > 2 or any(order.strict):
            continue
        low, high = order.sides
        if not isinstance(low, Column) or not isinstance(high, Column):
            continue
        if low.name == known.moment and _alike(coded, known, high.name):
            columns[high.name] = None
            above.add(read.rule.text)
        elif known.moment in (low.name, high.name):
            above_it = low.name == known.moment
            orders.append((high.name if above_it else low.name, above_it, read.rule.text))
    for name in known.constants:
        if known.moment is not None and _alike(coded, known, name) and _never_passed(known, name):
            columns[name] = None
    return Bounds(tuple(columns), frozenset(above), tuple(orders))


def _alike(coded: Coded, known: Understanding, name: str) -> bool:
    """Whether a column is one of persons whose codes count as moments do."""
    assert known.moment is not None
    own, moment = coded.codec.columns.get(name), coded.codec.columns[known.moment]
    if name not in known.constants or type(own) is not type(moment):
        return False
    facts = ("unit", "decimals", "whole", "bits")
    return all(getattr(own, f, None) == getattr(moment, f, None) for f in facts)


def _never_passed(known: Understanding, name: str) -> bool:
    """Whether no moment of any person passes a column, which would happen if the column's values
    were dealt to other persons."""
    assert known.moment is not None
    rows = known.rows
    last = np.maximum.reduceat(rows.codes[known.moment], rows.starts)
    bound = rows.codes[name][rows.starts]
    there = bound != MISSING
    last, bound = last[there], np.sort(bound[there])
    if not len(last) or (last > rows.codes[name][rows.starts][there]).any():
        return False
    passed = float(np.searchsorted(bound, last).mean()) / len(bound)
    return len(last) * np.log1p(-min(passed, 1 - 1e-9)) < np.log(_BY_CHANCE)
