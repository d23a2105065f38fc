"""A number or date as its distance from another one that it never passes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from trimtab._arrays import Int
from trimtab.codec.datetime import DatetimeCodec
from trimtab.codec.domain import MISSING, beyond
from trimtab.codec.number import NumberCodec
from trimtab.model.coded import Coded
from trimtab.model.grid.fit import fit_number_grid
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.kind import Needs
from trimtab.synthesis.computed.amounts import is_scaled, scale
from trimtab.table.rules.order import Column, Order
from trimtab.table.rules.reading import kept_rules

WIDEST = 20_000  # codes: the gaps that end at the farthest code are counted one by one


@dataclass(frozen=True)
class Gap:
    """How a column follows from a gap, which the model knows by the column's name.

    column  the column
    rule    the rule by which it is never on the other side of `by`
    by      the column that it is counted from, which is never missing
    sign    1 where it comes after that, -1 before
    grid    how gaps are cut
    ends    the nearest and the farthest code that is drawn: what would lie beyond is drawn there
    """

    column: str
    rule: str
    by: str
    sign: int
    grid: NumberGrid
    ends: tuple[int, int]

    @property
    def reason(self) -> str:
        """What is counted from what and why, in words."""
        return f"{self.column} from {self.by} (rule {self.rule!r})"

    def codes(self, gaps: Int, base: Int) -> Int:
        """The column's codes."""
        distance = np.where(gaps == MISSING, 0, gaps).clip(*self.limits(base))
        return np.where(gaps == MISSING, MISSING, base + self.sign * distance)

    def limits(self, base: Int) -> tuple[Int, Int]:
        """The least and the greatest distance that is left between the ends."""
        near, far = (np.maximum(self.sign * (end - base), 0) for end in self.ends)
        return near, far

    def gaps(self, codes: Int, base: Int) -> Int:
        """The gaps of codes, below 0 on the other side."""
        return beyond(codes, base, self.sign)

    def leading_to(self, codes: Int, base: Int) -> tuple[Int, Int]:
        """The least and the greatest gap that lead to each code: several do to one at an end."""
        gaps, (near, far), (low, high) = self.gaps(codes, base), self.limits(base), self.grid.reach
        known = gaps != MISSING
        least = np.where(known & (gaps == near), np.minimum(low, gaps), gaps)
        return least, np.where(known & (gaps == far), np.maximum(high, gaps), gaps)


def gaps_of(
    coded: Coded,
    needs: Needs,
    fixed: Collection[str],
    computed: Collection[str],
    *,
    only_dates: bool = False,
) -> dict[str, Gap]:
    """Which columns are drawn as gaps, by kept rules of order.

    coded     the whole table
    needs     what the model will have to do: columns that are asked for are drawn as they are
    fixed     further columns that are
    computed  columns that the model does not know
    only_dates  whether numbers that come in order are drawn as they are
    """
    away = {*needs.first, *coded.table.schema.outcomes, *fixed, *computed}
    found: dict[str, Gap] = {}
    bases: set[str] = set()
    for low, high, least, rule in _neighbours(coded):
        if only_dates and not isinstance(coded.codec.columns[low], DatetimeCodec):
            continue
        pairs = sorted([(high, low, 1), (low, high, -1)], key=lambda p: _last(coded, p[0]))
        for name, by, sign in pairs:
            taken = name in found or name in bases or by in found
            if taken or name in away or by in computed or needs.gives_without(name, [by]):
                continue
            gap = _gap(name, by, sign, least, rule, coded)
            if gap is not None:
                found[name] = gap
                bases.add(by)
                break
    return found


def gap_codes(gaps: Mapping[str, Gap], columns: Mapping[str, Int]) -> dict[str, Int]:
    """The codes by which a model knows the columns that are drawn as gaps."""
    return {n: gap.gaps(columns[n], columns[gap.by]) for n, gap in gaps.items()}


def _neighbours(coded: Coded) -> Iterator[tuple[str, str, int, str]]:
    """Two neighbours of an order, how far they are apart at least, and the rule."""
    known = coded.codec.modelled
    for read in kept_rules(coded.table.schema):
        if not isinstance(read.statement, Order):
            continue
        sides, strict = pairwise(read.statement.sides), read.statement.strict
        for (low, high), apart in zip(sides, strict, strict=True):
            if not isinstance(low, Column) or not isinstance(high, Column):
                continue
            if {low.name, high.name} <= {*known} and _alike(low.name, high.name, coded):
                yield low.name, high.name, int(apart), read.rule.text


def _alike(one: str, other: str, coded: Coded) -> bool:
    """Whether codes of both count the same."""
    first, second = coded.codec.columns[one], coded.codec.columns[other]
    if type(first) is not type(second) or not (is_scaled(first) and is_scaled(second)):
        return False
    return scale(first) == scale(second)


def _last(coded: Coded, name: str) -> tuple[int, int]:
    """What is rather drawn as a gap comes first: with more gaps, and later in the table."""
    missing = int((coded.codes[name] == MISSING).sum())
    return -missing, -coded.codec.modelled.index(name)


def _gap(name: str, by: str, sign: int, least: int, rule: str, coded: Coded) -> Gap | None:
    """The gap, if it says all that there is to say, and its values are few enough."""
    own, base = coded.grids[name], coded.grids[by]
    assert isinstance(own, NumberGrid) and isinstance(base, NumberGrid)
    if base.nullable or not len(base.low) or not len(own.low):
        return None
    codes, column = coded.codes[name], coded.codec.columns[name]
    assert isinstance(column, DatetimeCodec | NumberCodec)
    gaps = beyond(codes, coded.codes[by], sign)
    grid = fit_number_grid(gaps, coded.min_count, column.grains, coded.persons)
    if not len(grid.low) or grid.reach[0] < least or grid.reach[1] > WIDEST:
        return None
    ends, others = own.reach[::sign], base.reach[::sign]
    if sign * (ends[1] - others[1]) < least:  # the other one is drawn beyond
        return None
    return Gap(name, rule, by, sign, grid, (ends[0], ends[1]))
