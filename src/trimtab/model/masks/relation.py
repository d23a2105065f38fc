"""Ranges of a number that other numbers of its row make: orders, equal columns, sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.codec.domain import LARGEST, MISSING
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.restriction import Restriction

FARTHEST = LARGEST - 1


@dataclass(frozen=True, eq=False)
class Relation:
    """That the code of a column lies at, above or below a sum of other columns' codes.

    target   the column, which is drawn after the others
    others   the columns of the sum
    factors  how many codes of the target one code of each is worth; shape (others,)
    constant is added to the sum
    above    whether the target must not lie below the sum
    below    whether it must not lie above
    slack    in codes of the target: so far it may be off; below 0 where it must differ
    where    the classes of columns before for which this holds; None for all rows
    """

    target: str
    others: tuple[str, ...]
    factors: Float
    constant: float
    above: bool
    below: bool
    slack: float
    where: Restriction | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it looks at, the target last."""
        conditions = self.where.columns if self.where is not None else ()
        return (*self.others, *conditions, self.target)

    def ends(
        self, codes: Mapping[str, Int], classes: Mapping[str, Classes], rows: int
    ) -> tuple[Int, Int]:
        """The least and the greatest code that each row's target may have, [rows] each."""
        total, told = np.full(rows, self.constant), np.ones(rows, bool)
        for name, factor in zip(self.others, self.factors, strict=True):
            told &= codes[name] != MISSING
            total = total + factor * np.where(codes[name] == MISSING, 0, codes[name])
        if self.where is not None:
            at = tuple(classes[n].of(codes[n]) for n in self.where.columns)
            told &= self.where.allowed[at]
        low, high = np.full(rows, -FARTHEST), np.full(rows, FARTHEST)
        if self.above:
            low = np.where(told, _codes(np.ceil(total - self.slack)), low)
        if self.below:
            high = np.where(told, _codes(np.floor(total + self.slack)), high)
        return low, high


def _codes(values: Float) -> Int:
    """Whole numbers as codes, none of them beyond all codes."""
    return np.clip(values, -float(2**61), float(2**61)).astype(np.int64)
