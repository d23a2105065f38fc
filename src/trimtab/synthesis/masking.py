"""Kept rules as masks of a model: what rows may be, in the codes that it draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from trimtab.model.coded import Coded
from trimtab.model.interface import Chain, Filler, Maskable, PersonModel
from trimtab.model.masks.any_order import joint
from trimtab.model.masks.axis import MAX_CUT, axes_of
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.masks import Masks
from trimtab.model.masks.relation import Relation
from trimtab.model.masks.restriction import Restriction, looking_ahead, ordered
from trimtab.synthesis.computed.beside import Beside
from trimtab.synthesis.relating import compares, implied, relations_of
from trimtab.synthesis.shown import shown_by
from trimtab.synthesis.telling import Telling
from trimtab.table.rules.condition import Holds, Where
from trimtab.table.rules.reading import kept_rules
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.view import View


@dataclass(frozen=True)
class Held:
    """A model held to the kept rules of a table, and the rules that it is not held to."""

    model: Filler
    unheld: tuple[str, ...] = ()


def held_to_rules(coded: Coded, beside: Beside, model: Filler, min_count: int) -> Held:
    """A model held to the kept rules of a whole table, as far as its kind can be.

    beside  the columns that the model does not draw as they are, and how they follow

    It takes what tables of classes say, and a chain what compares numbers, too. Not where too many
    classes stand together, nor where numbers are compared whose combinations are enumerated.
    """
    telling = Telling(coded, beside, model.columns)
    kept = [read for read in kept_rules(coded.table.schema) if not beside.keeps(read)]
    left = [read for read in kept if not telling.always(read.statement)]
    if isinstance(model, PersonModel):
        left = [read for read in left if read.rule.text not in model.kept]
    if left and isinstance(model, Maskable):
        masking = _Masking(telling, model, min_count)
        masks, held = masking.masks([read.statement for read in kept])
        model, left = model.masked(masks), [read for read in left if read.statement not in held]
    return Held(model, tuple(read.rule.text for read in left))


@dataclass(frozen=True)
class _Masking:
    """A model that is to be held to rules, and what it was learned from."""

    telling: Telling
    model: Maskable
    min_count: int

    @property
    def coded(self) -> Coded:
        """The whole table."""
        return self.telling.coded

    @property
    def real(self) -> View:
        """The real rows as rules look at them."""
        return self.telling.real

    def masks(self, statements: Sequence[Statement]) -> tuple[Masks | None, list[Statement]]:
        """The masks that hold the model to statements, and those that they hold it to."""
        drawn = [s for s in statements if self.telling.are_drawn(s)]
        told = {s: shown_by(s, self.real, self.min_count) for s in drawn}
        told = {s: shown for s, shown in told.items() if self.telling.can_tell(s, shown)}
        under: list[Statement] = [
            Holds(c) for s in drawn if isinstance(s, Where) for c in s.conditions
        ]
        spoken = {s: self.real for s in under if self.telling.can_tell(s, self.real)}
        classes = self.telling.classes_of({**spoken, **told})
        restrictions, held = self._restrictions(told, classes)
        relations, related = self._relations(drawn, classes)
        used = {n for r in restrictions for n in r.columns}
        used |= {n for r in relations for n in r.columns}
        for name in used - set(classes):
            classes[name] = Classes(self.coded.grids[name], np.zeros(0, np.int64))
        used_classes = {n: c for n, c in classes.items() if n in used}
        masks = Masks(used_classes, restrictions, relations) if used else None
        return masks, [*held, *related]

    def _relations(
        self, drawn: Sequence[Statement], classes: Mapping[str, Classes]
    ) -> tuple[tuple[Relation, ...], list[Statement]]:
        """What numbers leave to others in a chain, and the statements that say it."""
        relations: list[Relation] = []
        related: list[Statement] = []
        if not isinstance(self.model, Chain):
            return (), related
        compared = [s for s in drawn if compares(s)]
        for statement in (*compared, *implied(compared, self.real)):
            found = relations_of(
                statement,
                self.real,
                self.coded,
                self.model,
                lambda where: self.telling.conditions(where, classes),
            )
            relations += found
            related += [statement] if found else []
        return tuple(relations), related

    def _restrictions(
        self, told: Mapping[Statement, View], classes: Mapping[str, Classes]
    ) -> tuple[tuple[Restriction, ...], list[Statement]]:
        """The tables of classes, of a chain with those that look ahead, and the statements that
        they say."""
        found: list[Restriction] = []
        held: list[Statement] = []
        ahead: tuple[Restriction, ...] = ()
        for statement, shown in told.items():
            table = self.telling.table(statement, shown, classes)
            if table is None:
                continue
            if table.allowed.all():
                held.append(statement)
                continue
            wanted = self._together([*found, table], classes)
            if wanted is not None:
                found, ahead = [*found, table], wanted
                held.append(statement)
        return ahead, held

    def _together(
        self, restrictions: Sequence[Restriction], classes: Mapping[str, Classes]
    ) -> tuple[Restriction, ...] | None:
        """What a model has to know of some tables; None where it cannot be held to all of them."""
        order, possible = self.telling.columns, {n: c.possible for n, c in classes.items()}
        if not isinstance(self.model, Chain):
            tables = joint(restrictions, order)
            drawn = tables is not None and all(
                t.allowed[np.ix_(*(possible[n] for n in t.columns))].any() for t in tables
            )
            return tuple(ordered(r, order) for r in restrictions) if drawn else None
        ahead = looking_ahead(restrictions, order, possible)
        if ahead is None or not all(r.allowed.any() for r in ahead):
            return None
        if any(r.last not in self.model.maskable and not r.allowed.all() for r in ahead):
            return None
        block = axes_of(self.model.block_columns, self.coded.grids, Masks(classes, ahead))
        return ahead if prod(axis.size for axis in block.values()) <= MAX_CUT else None
