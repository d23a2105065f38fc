"""Kept rules that compare numbers as relations of the codes that a chain draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from trimtab.codec.codec import Codec
from trimtab.model.coded import Coded
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.interface import Chain, Maskable
from trimtab.model.masks.relation import Relation
from trimtab.model.masks.restriction import Restriction
from trimtab.synthesis.computed.amounts import is_scaled, scale
from trimtab.table.rules.condition import Value, Where, number_of
from trimtab.table.rules.equality import Equal
from trimtab.table.rules.linear import Linear
from trimtab.table.rules.order import Column, Order
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.view import View

_EXACT = 1e-6  # of a code, that may be lost in rounding
Conditions = Callable[[Where], Restriction | None]


@dataclass(frozen=True)
class _Side:
    """That a column lies at, above or below a sum of other columns, in their own units."""

    target: str
    others: tuple[str, ...]
    factors: tuple[float, ...]
    constant: float
    above: bool
    below: bool
    slack: float = 0.0
    strict: bool = False


def compares(statement: Statement) -> bool:
    """Whether a statement compares numbers, perhaps under conditions."""
    inner = statement.statement if isinstance(statement, Where) else statement
    return isinstance(inner, Order | Equal | Linear)


def implied(statements: Sequence[Statement], real: View) -> list[Order]:
    """The orders that follow from several others, and that no real row breaks: of `a <= b` and
    `b <= c`, that there is room for b where a and c are drawn before it."""
    below: dict[tuple[Column | Value, Column | Value], bool] = {}
    for statement in statements:
        if isinstance(statement, Order):
            for (i, lower), (j, upper) in combinations(enumerate(statement.sides), 2):
                sharp = any(statement.strict[i:j])
                below[lower, upper] = below.get((lower, upper), False) or sharp
    stated, sides = set(below), list(dict.fromkeys(side for pair in below for side in pair))
    for middle, lower, upper in product(sides, sides, sides):
        if lower != upper and (lower, middle) in below and (middle, upper) in below:
            sharp = below[lower, middle] or below[middle, upper]
            below[lower, upper] = below.get((lower, upper), False) or sharp
    found = [
        Order(pair, (sharp,))
        for pair, sharp in below.items()
        if pair not in stated and any(isinstance(side, Column) for side in pair)
    ]
    return [order for order in found if not order.learned(real)(real).broken.any()]


def relations_of(
    statement: Statement,
    real: View,
    coded: Coded,
    model: Chain,
    conditions: Conditions,
) -> list[Relation]:
    """The relations that say what a statement says.

    None where its columns are not all numbers, where what it has last in drawing order is a
    condition, or a number whose combinations are enumerated.
    """
    inner = statement.statement if isinstance(statement, Where) else statement
    if not isinstance(inner, Order | Equal | Linear):
        return []
    grids = coded.grids
    drawn = [n for n in inner.columns if n in model.columns]
    units = {n: unit for n in drawn if (unit := _unit(n, coded.codec, grids))}
    place, block = {n: i for i, n in enumerate(model.columns)}, model.block_columns
    held = model.maskable if isinstance(model, Maskable) else model.columns
    if len(units) < len(inner.columns):
        return []
    where = None
    if isinstance(statement, Where):
        where = None if statement.exactly else conditions(statement)
        if where is None:
            return []
    found = []
    ahead = [
        s
        for s in _ahead(inner, where, grids, units, place)
        if s.target not in block and s.target in held
    ]
    for side in (*_sides(inner, real, place), *ahead):
        before = (*side.others, *(where.columns if where is not None else ()))
        if side.target in block or side.target not in held:
            return []
        if any(place[n] >= place[side.target] for n in before):
            return []
        found.append(_relation(side, units, where))
    return found


def _unit(name: str, codec: Codec, grids: Mapping[str, Grid]) -> float | None:
    """What one code of a number is worth; seconds, for dates. None where codes are no multiples."""
    column, grid = codec.columns[name], grids[name]
    told = isinstance(grid, NumberGrid) and len(grid.low) and is_scaled(column)
    return 1 / scale(column) if told else None


def _relation(side: _Side, units: Mapping[str, float], where: Restriction | None) -> Relation:
    unit = units[side.target]
    slack = side.slack / unit * (1 - 1e-9) if side.slack else _EXACT
    return Relation(
        side.target,
        side.others,
        np.array([f * units[n] / unit for n, f in zip(side.others, side.factors, strict=True)]),
        side.constant / unit,
        side.above,
        side.below,
        -_EXACT if side.strict else slack,
        where,
    )


def _sides(
    statement: Order | Equal | Linear, real: View, place: Mapping[str, int]
) -> Iterator[_Side]:
    """What a statement says of the column that is drawn last, of each two that it orders."""
    if isinstance(statement, Order):
        yield from _of_order(statement, real, place)
    elif isinstance(statement, Equal):
        first, last = sorted(statement.columns, key=lambda n: place[n])
        yield _Side(last, (first,), (1.0,), 0.0, True, True)
    elif not any(term.part for term in statement.terms):
        yield _of_sum(statement, real, place)


def _of_order(statement: Order, real: View, place: Mapping[str, int]) -> Iterator[_Side]:
    like = real[statement.columns[0]]
    for (i, lower), (j, upper) in combinations(enumerate(statement.sides), 2):
        strict = any(statement.strict[i:j])
        if isinstance(lower, Column) and isinstance(upper, Column):
            above = place[upper.name] > place[lower.name]
            target, other = (upper, lower) if above else (lower, upper)
            yield _Side(target.name, (other.name,), (1.0,), 0.0, above, not above, strict=strict)
        elif isinstance(upper, Column) and not isinstance(lower, Column):
            yield _Side(upper.name, (), (), number_of(lower, like), True, False, strict=strict)
        elif isinstance(lower, Column) and not isinstance(upper, Column):
            yield _Side(lower.name, (), (), number_of(upper, like), False, True, strict=strict)


def _of_sum(statement: Linear, real: View, place: Mapping[str, int]) -> _Side:
    last = max(statement.columns, key=lambda n: place[n])
    slack = statement.slack(real)
    terms = {term.column: term.factor for term in statement.terms}
    if last == statement.decided:
        factors = tuple(terms.values())
        return _Side(last, tuple(terms), factors, statement.constant, True, True, slack)
    own = terms.pop(last)
    names = (statement.decided, *terms)
    factors = (1 / own, *(-f / own for f in terms.values()))
    constant = -statement.constant / own
    return _Side(last, names, factors, constant, True, True, slack / abs(own))


def _ahead(
    statement: Order | Equal | Linear,
    where: Restriction | None,
    grids: Mapping[str, Grid],
    units: Mapping[str, float],
    place: Mapping[str, int],
) -> Iterator[_Side]:
    """What an order leaves to the columns before: that there is room for those after them."""
    if not isinstance(statement, Order) or where is not None:
        return
    names: Sequence[str] = statement.columns
    for lower, upper in combinations(names, 2):
        earlier, later = sorted((lower, upper), key=lambda n: place[n])
        grid = grids[later]
        assert isinstance(grid, NumberGrid)
        least, most = (end * units[later] for end in grid.reach)
        above = earlier == upper
        yield _Side(earlier, (), (), least if above else most, above, not above)
