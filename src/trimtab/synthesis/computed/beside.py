"""What kept rules leave for a model to learn of a table, and what stands beside the model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from trimtab._arrays import Int
from trimtab.model.coded import Coded
from trimtab.model.grid.grid import Grid
from trimtab.model.kind import Needs
from trimtab.synthesis.computed.choice import computations
from trimtab.synthesis.computed.computation import Computation
from trimtab.synthesis.computed.gap import Gap, gap_codes, gaps_of
from trimtab.synthesis.computed.group import Group, groups_of
from trimtab.table.rules.order import Column, Order
from trimtab.table.rules.reading import Read, kept_rules


@dataclass(frozen=True)
class Beside:
    """Columns that a model does not draw as they are, by their names, and how they follow.

    computed  columns that no model learns, each after those that it follows from
    gaps      columns that the model knows by their gaps to other ones
    groups    columns that the model knows as one, by the name of the first
    """

    computed: Mapping[str, Computation] = field(default_factory=dict)
    gaps: Mapping[str, Gap] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)

    @property
    def away(self) -> tuple[str, ...]:
        """The columns that the model does not know by their names."""
        return (*(n for g in self.groups.values() for n in g.columns[1:]), *self.computed)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that the model does not draw as they are."""
        return frozenset({*self.away, *self.gaps, *self.groups})

    @property
    def grids(self) -> dict[str, Grid]:
        """How the codes are cut by which the model knows columns that it draws as others."""
        known = {n: gap.grid for n, gap in self.gaps.items()}
        return {**known, **{n: group.grid for n, group in self.groups.items()}}

    def of_model(self, coded: Coded) -> Coded:
        """The table, or some of its rows, as models learn it."""
        codes = gap_codes(self.gaps, coded.codes.columns) if self.gaps else {}
        recoded: dict[str, tuple[Int, Grid]] = {
            **{n: (codes[n], gap.grid) for n, gap in self.gaps.items()},
            **{n: (g.drawn(coded.codes.columns), g.grid) for n, g in self.groups.items()},
        }
        return coded.learned_as(self.away, recoded)

    @property
    def rules(self) -> dict[str, dict[str, str]]:
        """By which rule each column follows, as provenance tells it."""
        return {
            "computed": {name: c.rule for name, c in self.computed.items()},
            "gaps": {name: gap.rule for name, gap in self.gaps.items()},
            "groups": {n: group.rule for group in self.groups.values() for n in group.columns},
        }

    def keeps(self, read: Read) -> bool:
        """Whether all that a kept rule says holds of every row by this."""
        rules = {c.rule for c in self.computed.values()} | {g.rule for g in self.groups.values()}
        if read.rule.text in rules:
            return True
        order = read.statement
        if not isinstance(order, Order) or not all(isinstance(s, Column) for s in order.sides):
            return False
        gaps = [gap for gap in self.gaps.values() if gap.rule == read.rule.text]
        return len(gaps) == len(order.columns) - 1

    @property
    def notes(self) -> tuple[str, ...]:
        """What a careful user should know of it."""
        computed = "; ".join(c.reason for c in self.computed.values())
        gaps = "; ".join(gap.reason for gap in self.gaps.values())
        groups = "; ".join(group.reason for group in self.groups.values())
        told = (
            ("Computed from other columns", computed),
            ("Drawn as their distance from other columns", gaps),
            ("Drawn as one", groups),
        )
        return tuple(f"{how}, so that each row keeps these rules: {t}." for how, t in told if t)


def beside_model(
    coded: Coded,
    needs: Needs,
    fixed: Collection[str],
    *,
    ungapped: Collection[str] = (),
    masked: bool = False,
    related: bool = False,
) -> Beside:
    """What stands beside a model of a whole table.

    needs   what the model will have to do
    fixed   further columns that it is to learn as they are
    ungapped  columns that it is not to learn as distances, nor compute from others than these
    masked  whether masks will hold the model to other rules: then no columns are learned as one
    related whether masks will hold numbers of the model to each other: then only dates that come in
            order are learned as a start and a gap, and none that another rule is about
    """
    computed = computations(coded, needs, fixed)
    # What persons have once must not follow from what differs between their rows.
    apart = [n for n in ungapped if n in computed and not {*computed[n].inputs} <= {*ungapped}]
    if apart:
        fixed = (*fixed, *apart)
        computed = computations(coded, needs, fixed)
    groups = {} if masked else groups_of(coded, needs, fixed, computed)
    grouped = {n for group in groups.values() for n in group.columns}
    fixed = (*fixed, *ungapped)
    if related:
        fixed = (*fixed, *_in_other_rules(coded))
    away = {*computed, *grouped}
    return Beside(computed, gaps_of(coded, needs, fixed, away, only_dates=related), groups)


def _in_other_rules(coded: Coded) -> set[str]:
    """The columns of kept rules that are no orders."""
    kept = [read.statement for read in kept_rules(coded.table.schema)]
    return {n for s in kept if not isinstance(s, Order) for n in s.columns}
