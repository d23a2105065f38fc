"""Rules in classes of codes: which codes a rule tells apart, and which of them stand together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from trimtab._arrays import Int
from trimtab.codec.domain import MISSING
from trimtab.codec.identifier import IdentifierCodec
from trimtab.codec.label import LabelCodec
from trimtab.model.coded import Coded
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.restriction import MAX_CELLS, Restriction, ordered
from trimtab.synthesis.computed.amounts import bounds_of
from trimtab.synthesis.computed.beside import Beside
from trimtab.synthesis.computed.computation import Lookup
from trimtab.table.rules.condition import Where
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.view import Vector, View, vector_of, view

_MAX_CLASSES = 1024  # of a column


@dataclass(frozen=True)
class Telling:
    """Columns of a coded table that a model draws, and how rules are told by classes of them.

    beside   the columns that the model does not draw as they are
    columns  those that it knows, in its order
    """

    coded: Coded
    beside: Beside
    columns: tuple[str, ...]

    @cached_property
    def real(self) -> View:
        """The real rows as rules look at them."""
        return view(self.coded.table)

    def always(self, statement: Statement) -> bool:
        """Whether no value that is drawn breaks a statement about one column."""
        names = self.drawn(statement)
        if len(names) > 1 or not self.can_tell(statement, self.real):
            return False
        classes = self.classes_of({statement: self.real})
        table = self.table(statement, self.real, classes)
        return table is not None and bool(table.allowed[classes[names[0]].possible].all())

    def drawn(self, statement: Statement) -> tuple[str, ...]:
        """The columns that a statement hangs on and that are drawn: for computed ones, theirs."""
        names, computed = statement.columns, self.beside.computed
        while any(n in computed for n in names):
            names = tuple(m for n in names for m in (computed[n].inputs if n in computed else (n,)))
        return tuple(dict.fromkeys(names))

    def are_drawn(self, statement: Statement) -> bool:
        """Whether a statement hangs on columns that the model draws, and on labels of these."""
        through = [self.beside.computed[n] for n in statement.columns if n in self.beside.computed]
        drawn = self.drawn(statement)
        known = all(n in self.columns and n not in self.beside.gaps for n in drawn)
        return known and all(isinstance(c, Lookup) for c in through)

    def can_tell(self, statement: Statement, shown: View) -> bool:
        """Whether a statement can be told by classes of columns."""
        for name in self.drawn(statement):
            number = name in self.columns and isinstance(self.coded.grids[name], NumberGrid)
            if number and statement.edges(name, shown) is None:
                return False
        return self.are_drawn(statement)

    def classes_of(self, told: Mapping[Statement, View]) -> dict[str, Classes]:
        """The classes of the columns that statements hang on."""
        classes = {}
        about = {s: self.drawn(s) for s in told}
        for name in dict.fromkeys(n for names in about.values() for n in names):
            bounds, pooled = np.zeros(0, np.int64), int(MISSING)
            grid, column = self.coded.grids[name], self.coded.codec.columns[name]
            if isinstance(grid, NumberGrid):
                mine = {s: told[s] for s, names in about.items() if name in names}
                moment = next(iter(mine.values()))[name].moment
                edges = [e for s, shown in mine.items() for e in s.edges(name, shown) or ()]
                bounds = bounds_of(edges, column, moment=moment)
            elif isinstance(column, LabelCodec) and column.marker is not None:
                pooled = len(column.values)
            classes[name] = Classes(grid, bounds, pooled)
        return classes

    def table(
        self, statement: Statement, shown: View, classes: Mapping[str, Classes]
    ) -> Restriction | None:
        """Which classes stand together by a statement, learned of what rows show; None where these
        are too many."""
        names = self.drawn(statement)
        sizes = [classes[n].size for n in names]
        if max(sizes) > _MAX_CLASSES or prod(sizes) > MAX_CELLS:
            return None
        cells = self._cells(statement.columns, names, classes)
        broken = statement.learned(shown)(cells).broken
        return Restriction(names, ~broken.reshape(sizes), statement.text)

    def conditions(self, statement: Where, classes: Mapping[str, Classes]) -> Restriction | None:
        """The classes for which all conditions of a statement hold; None if they cannot be told."""
        names = tuple(dict.fromkeys(c.column for c in statement.conditions))
        if any(n not in classes for n in names):
            return None
        sizes = [classes[n].size for n in names]
        if prod(sizes) > MAX_CELLS:
            return None
        holds = statement.inside(self._cells(names, names, classes))
        return ordered(Restriction(names, holds.reshape(sizes)), self.columns)

    def _cells(
        self, wanted: Sequence[str], names: Sequence[str], classes: Mapping[str, Classes]
    ) -> View:
        """A row for each combination of classes of some columns, with the columns wanted."""
        sizes = [classes[n].size for n in names]
        at = np.indices(sizes).reshape(len(names), -1)
        codes = {n: classes[n].examples[i] for n, i in zip(names, at, strict=True)}
        for name, computation in self.beside.computed.items():
            if set(computation.inputs) <= codes.keys():
                codes[name] = computation.codes(codes, self.coded.codec)
        columns = {n: self._vector(n, codes[n]) for n in wanted}
        return View(columns, at.shape[1])

    def _vector(self, name: str, codes: Int) -> Vector:
        column = self.coded.codec.columns[name]
        assert not isinstance(column, IdentifierCodec)
        return vector_of(column.decode(codes), self.coded.table.schema[name])
