"""Kept rules as masks of a chain: what rows may be, in the codes that a model draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Bool
from trimtab.codec.domain import MISSING
from trimtab.codec.label import LabelCodec
from trimtab.model.coded import Coded
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.interface import Filler, Maskable
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.masks import Masks
from trimtab.model.masks.relation import Relation
from trimtab.model.masks.restriction import MAX_CELLS, Restriction, looking_ahead, ordered
from trimtab.synthesis.computed.beside import Beside
from trimtab.synthesis.computed.computation import Computation, Lookup
from trimtab.synthesis.relating import compares, implied, relations_of
from trimtab.synthesis.rule_values import bounds_of, vector_of
from trimtab.synthesis.shown import shown_by
from trimtab.table.rules.condition import Holds, Where
from trimtab.table.rules.reading import kept_rules
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.view import View, view
from trimtab.table.rules.words import shortened

_MAX_CLASSES = 1024  # of a column
_NAMED = 3


@dataclass(frozen=True)
class Held:
    """A model held to the kept rules of a table, and notes on those that it is not held to."""

    model: Filler
    notes: tuple[str, ...] = ()


def masked(coded: Coded, beside: Beside, model: Filler, min_count: int) -> Held:
    """A model held to the kept rules of a whole table, as far as its kind can be.

    beside  the columns that the model does not draw as they are, and how they follow

    A chain takes what tables of classes say, and what compares numbers. Not where too many classes
    stand together, nor where numbers are compared whose combinations are enumerated.
    """
    kept = kept_rules(coded.table.schema)
    left = [read.statement for read in kept if not beside.keeps(read)]
    if not left:
        return Held(model)
    if isinstance(model, Maskable):
        masking = _Masking(coded, beside, model, min_count)
        masks, held = masking.masks(left)
        model, left = model.masked(masks), [s for s in left if s not in held]
    return Held(model, (_not_held(left),) if left else ())


def _not_held(left: Sequence[Statement]) -> str:
    """The note on rules that drawn rows may break."""
    named = "; ".join(shortened(s.text) for s in left[:_NAMED])
    more = f"; and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
    return f"Drawn rows may break kept rules that this model is not held to: {named}{more}."


@dataclass(frozen=True)
class _Masking:
    """A chain that is to be held to rules, and what it was learned from."""

    coded: Coded
    beside: Beside
    model: Maskable
    min_count: int

    @property
    def computed(self) -> Mapping[str, Computation]:
        """The columns that the model does not draw."""
        return self.beside.computed

    @cached_property
    def real(self) -> View:
        """The real rows as rules look at them."""
        return view(self.coded.table)

    def masks(self, statements: Sequence[Statement]) -> tuple[Masks | None, list[Statement]]:
        """The masks that hold the chain to statements, and those that they hold it to."""
        drawn = [s for s in statements if self._are_drawn(s)]
        told = {s: shown_by(s, self.real, self.min_count) for s in drawn}
        told = {s: shown for s, shown in told.items() if self._can(s, shown)}
        under: list[Statement] = [
            Holds(c) for s in drawn if isinstance(s, Where) for c in s.conditions
        ]
        spoken = {s: self.real for s in under if self._can(s, self.real)}
        classes = self._classes({**spoken, **told})
        ahead, held = self._restrictions(told, classes)
        relations: list[Relation] = []
        compared = [s for s in drawn if compares(s)]
        for statement in (*compared, *implied(compared, self.real)):
            found = relations_of(
                statement,
                self.real,
                self.coded,
                self.model,
                lambda where: self._conditions(where, classes),
            )
            relations += found
            held += [statement] if found else []
        used = {n for r in ahead for n in r.columns} | {n for r in relations for n in r.columns}
        for name in used - set(classes):
            classes[name] = Classes(self.coded.grids[name], np.zeros(0, np.int64))
        used_classes = {n: c for n, c in classes.items() if n in used}
        return (Masks(used_classes, ahead, tuple(relations)) if used else None), held

    def _restrictions(
        self, told: Mapping[Statement, View], classes: Mapping[str, Classes]
    ) -> tuple[tuple[Restriction, ...], list[Statement]]:
        """The tables of classes with those that look ahead, and the statements that they say."""
        found: list[Restriction] = []
        held: list[Statement] = []
        ahead: tuple[Restriction, ...] = ()
        possible = {n: c.possible for n, c in classes.items()}
        for statement, shown in told.items():
            names = self._drawn(statement)
            sizes = [classes[n].size for n in names]
            if max(sizes) > _MAX_CLASSES or np.prod(np.array(sizes, float)) > MAX_CELLS:
                continue
            allowed = self._allowed(statement, shown, names, classes)
            if allowed.all():
                held.append(statement)
                continue
            more = [*found, Restriction(names, allowed, statement.text)]
            wanted = looking_ahead(more, self.model.columns, possible)
            if wanted is None or any(self._is_enumerated(r) for r in wanted):
                continue
            if all(r.allowed.any() for r in wanted):
                found, ahead = more, wanted
                held.append(statement)
        return ahead, held

    def _is_enumerated(self, restriction: Restriction) -> bool:
        """Whether it is about the block alone, and about a number: tokens do not tell classes."""
        numbers = any(isinstance(self.coded.grids[n], NumberGrid) for n in restriction.columns)
        return numbers and restriction.last in self.model.block_columns

    def _drawn(self, statement: Statement) -> tuple[str, ...]:
        """The columns that a statement hangs on and that are drawn: for computed ones, theirs."""
        names = statement.columns
        while any(n in self.computed for n in names):
            names = tuple(
                m for n in names for m in (self.computed[n].inputs if n in self.computed else (n,))
            )
        return tuple(dict.fromkeys(names))

    def _are_drawn(self, statement: Statement) -> bool:
        """Whether a statement hangs on columns that the model draws, and on labels of these."""
        through = [self.computed[n] for n in statement.columns if n in self.computed]
        drawn = self._drawn(statement)
        known = all(n in self.model.columns and n not in self.beside.gaps for n in drawn)
        return known and all(isinstance(c, Lookup) for c in through)

    def _can(self, statement: Statement, shown: View) -> bool:
        """Whether a statement can be told by classes of columns."""
        for name in self._drawn(statement):
            number = name in self.model.columns and isinstance(self.coded.grids[name], NumberGrid)
            if number and statement.edges(name, shown) is None:
                return False
        return self._are_drawn(statement)

    def _classes(self, told: Mapping[Statement, View]) -> dict[str, Classes]:
        """The classes of the columns that statements hang on."""
        classes = {}
        about = {s: self._drawn(s) for s in told}
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

    def _allowed(
        self,
        statement: Statement,
        shown: View,
        names: Sequence[str],
        classes: Mapping[str, Classes],
    ) -> Bool:
        """Which classes of columns stand together, one axis a column."""
        cells = self._cells(statement.columns, names, classes)
        outcome = statement.learned(shown)(cells)
        return ~outcome.broken.reshape([classes[n].size for n in names])

    def _conditions(self, statement: Where, classes: Mapping[str, Classes]) -> Restriction | None:
        """The classes for which all conditions of a statement hold; None if they cannot be told."""
        names = tuple(dict.fromkeys(c.column for c in statement.conditions))
        if any(n not in classes for n in names):
            return None
        sizes = [classes[n].size for n in names]
        if np.prod(np.array(sizes, float)) > MAX_CELLS:
            return None
        holds = statement.inside(self._cells(names, names, classes))
        return ordered(Restriction(names, holds.reshape(sizes)), self.model.columns)

    def _cells(
        self, wanted: Sequence[str], names: Sequence[str], classes: Mapping[str, Classes]
    ) -> View:
        """A row for each combination of classes of some columns, with the columns wanted."""
        sizes = [classes[n].size for n in names]
        at = np.indices(sizes).reshape(len(names), -1)
        codes = {n: classes[n].examples[i] for n, i in zip(names, at, strict=True)}
        for name, computation in self.computed.items():
            if set(computation.inputs) <= codes.keys():
                codes[name] = computation.codes(codes, self.coded.codec)
        columns = {n: vector_of(n, codes[n], self.coded) for n in wanted}
        return View(columns, at.shape[1])
