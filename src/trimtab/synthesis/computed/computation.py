"""How the codes of one column follow from those of others, by a rule that is kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.codec.codec import Codec
from trimtab.codec.domain import MISSING
from trimtab.codec.label import LabelCodec
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.intervals import Allowed, Intervals
from trimtab.model.grid.sets import among
from trimtab.synthesis.computed.amounts import amounts, codes_of
from trimtab.table.rules.linear import PARTS, Term

_MONOTONE = ("", "date", "year")  # parts that never fall while the date rises


class Computation(ABC):
    """How a column is computed. Frozen.

    column  what is computed
    rule    the rule that says so
    """

    column: str
    rule: str

    @property
    @abstractmethod
    def inputs(self) -> tuple[str, ...]:
        """The columns that it is computed from."""

    @abstractmethod
    def codes(self, known: Mapping[str, Int], codec: Codec) -> Int:
        """The column's codes for rows whose inputs are known."""

    @abstractmethod
    def before(self, wanted: Allowed | None, grids: Mapping[str, Grid], codec: Codec) -> Allowed:
        """The codes of the one input that lead to wanted ones, None for all but missing.

        Asked only of what is `invertible`.
        """

    @property
    def invertible(self) -> bool:
        """Whether what leads to some codes is a set of those of one input."""
        return True

    @property
    def keeps_missing(self) -> bool:
        """Whether it is missing just where an input is."""
        return True

    @property
    def reason(self) -> str:
        """What is computed, from what and why, in words."""
        return f"{self.column} from {', '.join(self.inputs)} (rule {self.rule!r})"


@dataclass(frozen=True)
class Lookup(Computation):
    """Each label of a column has its one code here.

    of_code  [size + 1] the code for each code of the label, at last for missing
    """

    column: str
    rule: str
    by: str
    of_code: Int

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.by,)

    def codes(self, known: Mapping[str, Int], codec: Codec) -> Int:
        codes = known[self.by]
        return self.of_code[np.where(codes == MISSING, len(self.of_code) - 1, codes)]

    def before(self, wanted: Allowed | None, grids: Mapping[str, Grid], codec: Codec) -> Allowed:
        labels = np.arange(len(self.of_code))
        labels[-1] = MISSING
        fits = self.of_code != MISSING if wanted is None else among(self.of_code, wanted)
        fits[-1] &= grids[self.by].nullable
        return labels[fits]

    @property
    def keeps_missing(self) -> bool:
        missing = self.of_code == MISSING
        return bool(missing[-1] and not missing[:-1].any())


@dataclass(frozen=True)
class Same(Computation):
    """The same number, date or time as in another column."""

    column: str
    rule: str
    by: str

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.by,)

    def codes(self, known: Mapping[str, Int], codec: Codec) -> Int:
        return known[self.by]

    def before(self, wanted: Allowed | None, grids: Mapping[str, Grid], codec: Codec) -> Allowed:
        assert wanted is not None, "it is missing just where its input is"
        return wanted


@dataclass(frozen=True)
class Sum(Computation):
    """A sum of columns, or of parts of dates, each times a factor; missing where one of them is."""

    column: str
    rule: str
    terms: tuple[Term, ...]
    constant: float = 0.0

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(term.column for term in self.terms))

    def codes(self, known: Mapping[str, Int], codec: Codec) -> Int:
        return codes_of(codec.columns[self.column], self.numbers(known, codec))

    def numbers(self, known: Mapping[str, Int], codec: Codec) -> Float:
        """The sums, before they are rounded to codes; nan where missing."""
        total = np.full(len(known[self.inputs[0]]), self.constant)
        for term in self.terms:
            values = amounts(codec.columns[term.column], known[term.column])
            if term.part:
                values = np.where(np.isnan(values), np.nan, PARTS[term.part](values))
            total = total + term.factor * values
        return total

    @property
    def invertible(self) -> bool:
        return len(self.terms) == 1 and self.terms[0].part in _MONOTONE

    def before(self, wanted: Allowed | None, grids: Mapping[str, Grid], codec: Codec) -> Allowed:
        by = self.inputs[0]
        grid, own = grids[by], codec.columns[self.column]
        assert wanted is not None, "it is missing just where its input is"
        assert isinstance(grid, NumberGrid), "what follows from one label is looked up"
        sign = 1 if self.terms[0].factor > 0 else -1

        def rising(codes: Int) -> Int | Float:
            known = {by: sign * codes}
            label = isinstance(own, LabelCodec)
            return self.numbers(known, codec) if label else self.codes(known, codec)

        low: Int | Float
        above: Int | Float
        if isinstance(wanted, Intervals):
            missing, low, above = wanted.missing, wanted.low, wanted.high + 1
        else:
            missing = bool((wanted == MISSING).any())
            low = np.sort(amounts(own, wanted[wanted != MISSING]))
            low = low[~np.isnan(low)]
            above = np.nextafter(low, np.inf)
        if not len(grid.low):
            low = above = low[:0]
        least, most = grid.reach if len(grid.low) else (0, 0)
        slack = most - least + 1  # as far beyond may lie what is given
        ends = (least - slack, most + slack) if sign > 0 else (-most - slack, slack - least)
        first, last = _first(rising, low, *ends), _first(rising, above, *ends) - 1
        if sign < 0:
            first, last = -last[::-1], -first[::-1]
        filled = first <= last
        return Intervals(first[filled], last[filled], missing and grid.nullable)


def _first(rising: Callable[[Int], Int | Float], least: Int | Float, low: int, high: int) -> Int:
    """The first codes from low to high for which a rising function is at least so much; high + 1
    where none is."""
    bottom, top = np.full(len(least), low), np.full(len(least), high + 1)
    while (bottom < top).any():
        middle = bottom + (top - bottom) // 2
        enough: Bool = rising(np.minimum(middle, high)) >= least
        enough |= middle > high
        top = np.where(enough, middle, top)
        bottom = np.where(enough, bottom, np.minimum(middle + 1, top))
    return top
