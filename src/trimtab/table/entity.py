"""Whose the rows are, told by what columns do where no name tells it: a careful guess.

A table of persons with several rows each has a column of which some columns hang, one value in all
rows of a person (sex, year of birth), and others do not, such as the year of a survey, which no two
rows of one person share. A town or a product has the first, and not the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Float, Int
from trimtab.table import personal
from trimtab.table.persons import Grouped
from trimtab.table.profile import Profile
from trimtab.table.schema import Column, Kind, Role

_FEWEST = 20  # values that repeat
_BY_CHANCE = 1e-6  # that a column is constant in all of them
_COLLISIONS = 10.0  # rows of one person that would share a moment, by chance
_NAMED = 3


def guessed(columns: Sequence[Column], profiles: Sequence[Profile]) -> list[Column]:
    """The columns, at most one of them marked as the entity, with the reason."""
    kept = [c for c in columns if c.role is Role.KEEP]
    known = {p.given.name: p for p in profiles}
    if any(c.kind is Kind.ENTITY for c in columns):
        return _one(columns, known)
    may = [c for c in kept if _may_hold(c, known[c.name])]
    if not may:
        return list(columns)
    coded = {c.name: known[c.name].given.codes for c in kept}
    found = [_Holder(c, known[c.name], coded) for c in may]
    found = [holder for holder in found if holder.holds]
    if not found:
        return list(columns)
    best = max(found, key=lambda h: (len(h.constants), h.profile.n))
    marked = best.column.model_copy(
        update={"kind": Kind.ENTITY, "reason": f"{best.column.reason}; {best.reason}"}
    )
    return [marked if c is best.column else c for c in columns]


def _one(columns: Sequence[Column], known: Mapping[str, Profile]) -> list[Column]:
    """The columns with one entity: of several, one that is called like a person's, and of these the
    one of most values. Clinics have patients, and rows are those of patients."""
    several = [c for c in columns if c.kind is Kind.ENTITY]
    best = max(several, key=lambda c: (personal.person_like(c.name), known[c.name].n))
    others = {
        c.name: c.model_copy(
            update={
                "kind": Kind.IDENTIFIER,
                "reason": f"{c.reason}; but whose the rows are, {best.name} says",
            }
        )
        for c in several
        if c is not best
    }
    return [others.get(c.name, c) for c in columns]


def _may_hold(column: Column, profile: Profile) -> bool:
    """Whether a column could number persons: whole numbers or codes that come back a few times."""
    whole = column.kind is Kind.NUMBER and column.decimals == 0
    code = column.kind is Kind.LABEL and pa.types.is_string(profile.given.values.type)
    if not (whole or code) or not profile.entity_shaped or profile.filled < profile.rows:
        return False
    if personal.quasi(column.name) or personal.code_like(column.name):
        return False
    digits = pc.match_substring_regex(pc.cast(profile.sample, pa.string()), r"\d")
    return profile.n >= _FEWEST and bool(pc.all(digits).as_py())


@dataclass(frozen=True)
class _Holder:
    """A column that may say whose the rows are, and all columns in codes."""

    column: Column
    profile: Profile
    coded: dict[str, Int]

    @property
    def holds(self) -> bool:
        """Whether some columns hang on it, and others tell its rows apart."""
        return bool(self.constants) and bool(self.moments)

    @property
    def reason(self) -> str:
        """Why it holds the rows, in words."""
        each = self.profile.filled / self.profile.n
        return (
            f"its {self.profile.n} values have {each:.1f} rows each, which agree in "
            f"{_listed(self.constants)} and never in {_listed(self.moments[:1])}: it says whose "
            "the rows are"
        )

    @cached_property
    def constants(self) -> list[str]:
        """The columns that have one value in all rows of a holder, which chance would not do."""
        grouped = self._grouped
        again = len(grouped.who) - len(grouped.starts)  # rows after the first of their holder
        found = []
        for name, codes in self._others():
            share = _shares(codes)
            agree = float((share**2).sum())
            if agree**again > _BY_CHANCE or self.profile.n <= len(share):
                continue
            if grouped.agree(codes):
                found.append(name)
        return found

    @cached_property
    def moments(self) -> list[str]:
        """The columns that no two rows of a holder share, which chance would not do."""
        sizes = self._grouped.counts
        pairs = float((sizes * (sizes - 1) / 2).sum())
        found = []
        for name, codes in self._others():
            if pairs * float((_shares(codes) ** 2).sum()) < _COLLISIONS:
                continue
            if self._grouped.tells_apart(codes):
                found.append(name)
        return found

    def _others(self) -> Iterator[tuple[str, Int]]:
        for name, codes in self.coded.items():
            if name != self.column.name and codes.min() < codes.max():
                yield name, codes

    @cached_property
    def _grouped(self) -> Grouped:
        return Grouped(self.coded[self.column.name])


def _shares(codes: Int) -> Float:
    """The share of the rows that hold each value."""
    counts = np.bincount(codes + 1)
    counts = counts[counts > 0]
    return counts / counts.sum()


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
