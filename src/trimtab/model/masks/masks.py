"""What the columns of a row may be, given those that were drawn before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Bool, Int
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.relation import FARTHEST, Relation
from trimtab.model.masks.restriction import Restriction, joined, looking_ahead


@dataclass(frozen=True, eq=False)
class Masks:
    """What a chain is held to.

    classes       of the columns that this is about
    restrictions  which classes stand together, with those that look ahead
    relations     ranges that numbers make for others
    """

    classes: Mapping[str, Classes]
    restrictions: tuple[Restriction, ...]
    relations: tuple[Relation, ...] = ()

    def hold(self, name: str) -> bool:
        """Whether a column is held to anything that hangs on the columns before it."""
        return name in self.ending or any(r.target == name for r in self.relations)

    def ends(self, name: str, codes: Mapping[str, Int], rows: int) -> tuple[Int, Int]:
        """The least and the greatest code that relations leave each row's number, [rows] each."""
        low, high = np.full(rows, -FARTHEST), np.full(rows, FARTHEST)
        for relation in self.relations:
            if relation.target == name:
                least, most = relation.ends(codes, self.classes, rows)
                low, high = np.maximum(low, least), np.minimum(high, most)
        return low, high

    @cached_property
    def ending(self) -> Mapping[str, tuple[Restriction, ...]]:
        """The restrictions that end in each column that has any."""
        names = dict.fromkeys(r.last for r in self.restrictions)
        return {n: tuple(r for r in self.restrictions if r.last == n) for n in names}

    def patterns(self, name: str, codes: Mapping[str, Int], rows: int) -> tuple[Bool, Int]:
        """The distinct sets of classes that rows leave a column, and which of them each row has.

        codes  of the columns before; the sets have shape (sets, classes)
        """
        restrictions = self.ending.get(name, ())
        before = list(dict.fromkeys(n for r in restrictions for n in r.columns[:-1]))
        size = self.classes[name].size
        key, held = np.zeros(rows, np.int64), {}
        for column in before:
            held[column] = self.classes[column].of(codes[column])
            key = np.unique(key * self.classes[column].size + held[column], return_inverse=True)[1]
        _, first, which = np.unique(key, return_index=True, return_inverse=True)
        sets = np.ones((len(first), size), bool)
        for restriction in restrictions:
            at = tuple(held[n][first] for n in restriction.columns[:-1])
            sets &= restriction.allowed[at] if at else restriction.allowed
        distinct, place = np.unique(sets, axis=0, return_inverse=True)
        return distinct, place.reshape(-1)[which]

    def among(self, names: Sequence[str]) -> Masks | None:
        """What is said of some columns alone, which are drawn in this order; None for nothing."""
        mine = [r for r in self.restrictions if {*r.columns} <= {*names}]
        if not mine:
            return None
        known = {n: self.classes[n] for r in mine for n in r.columns}
        possible = {n: c.possible for n, c in known.items()}
        ahead = looking_ahead([Restriction(r.columns, r.allowed) for r in mine], names, possible)
        return None if ahead is None else Masks(known, ahead)

    def of_block(self, names: Sequence[str]) -> Restriction | None:
        """Which classes of some leading columns stand together; None where all do."""
        mine = [r for r in self.restrictions if r.last in names]
        if not mine:
            return None
        known = [n for n in names if any(n in r.columns for r in mine)]
        sizes = {n: self.classes[n].size for n in known}
        return Restriction(tuple(known), joined(mine, known, sizes))
