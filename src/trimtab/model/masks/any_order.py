"""Masks of a model that draws its columns in any order: what is left given any of the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab.model.masks.masks import Masks
from trimtab.model.masks.restriction import MAX_CELLS, Restriction, joined, ordered


@dataclass(frozen=True, eq=False)
class AnyOrder:
    """Masks without relations, whose restrictions do not look ahead; `order` is the table's."""

    masks: Masks
    order: tuple[str, ...]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that are held to anything, as the table has them."""
        return tuple(n for n in self.order if n in self.tables)

    @cached_property
    def tables(self) -> Mapping[str, Restriction]:
        """Each column's table of what all columns that hang together with it may be."""
        together = joint(self.masks.restrictions, self.order)
        assert together is not None, "tables are no larger than any that is made or loaded"
        return {n: table for table in together for n in table.columns}

    def after(self, name: str, known: Collection[str]) -> Masks | None:
        """What is left to a column given others, those that are not known being drawn after it;
        None where that is everything."""
        table = self.tables[name]
        before = tuple(n for n in table.columns if n in known and n != name)
        if (name, before) not in self._found:
            self._found[name, before] = self._left(table, name, before)
        return self._found[name, before]

    @cached_property
    def _found(self) -> dict[tuple[str, tuple[str, ...]], Masks | None]:
        return {}

    def _left(self, table: Restriction, name: str, before: tuple[str, ...]) -> Masks | None:
        classes, allowed = self.masks.classes, table.allowed
        for axis, other in reversed(list(enumerate(table.columns))):
            if other != name and other not in before:
                allowed = np.asarray(allowed.compress(classes[other].possible, axis).any(axis))
        if allowed.all():
            return None
        kept = [n for n in table.columns if n == name or n in before]
        allowed = np.moveaxis(allowed, kept.index(name), -1)
        columns = (*before, name)
        mine = Restriction(columns, np.ascontiguousarray(allowed), table.rule)
        return Masks({n: classes[n] for n in columns}, (mine,))


def joint(
    restrictions: Sequence[Restriction], order: Sequence[str]
) -> tuple[Restriction, ...] | None:
    """A restriction for each group of columns that hang together; None where one is too large."""
    groups: list[list[Restriction]] = []
    for each in restrictions:
        mine = [g for g in groups if any(set(r.columns) & set(each.columns) for r in g)]
        groups = [g for g in groups if g not in mine]
        groups.append([r for g in mine for r in g] + [ordered(each, order)])
    found = []
    for group in groups:
        sizes = {n: s for r in group for n, s in zip(r.columns, r.allowed.shape, strict=True)}
        columns = tuple(n for n in order if n in sizes)
        if np.prod([float(sizes[n]) for n in columns]) > MAX_CELLS:
            return None
        rule = "; ".join(dict.fromkeys(r.rule for r in group if r.rule))
        found.append(Restriction(columns, joined(group, columns, sizes), rule))
    return tuple(found)
