"""How one column of a row is distributed where some columns are computed from others.

What is asked of a computed column is a set of codes of the column that it follows from. Where that
is a label, the model is asked once for each of them, and the answers are weighted by how probable
it holds each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.codec.domain import MISSING, Codes
from trimtab.errors import PlanError, RefusedError
from trimtab.model.grid.distribution import PiecewiseDistribution, mass_near
from trimtab.model.grid.grid import LabelGrid
from trimtab.model.grid.intervals import Intervals
from trimtab.model.interface import FIRST_SET, GIVEN, ConditionalModel
from trimtab.synthesis.computed.computation import Lookup, Same
from trimtab.synthesis.computed.gap import Gap
from trimtab.synthesis.computed.request import Asked
from trimtab.synthesis.learned import Learned

_MOST = 10_000  # cases that the model is asked for
NEAR = 0.1  # of the rows: those around a number in rank are like it


@dataclass(frozen=True)
class Row:
    """What is known of a row: the codes and the sets of codes of some of the model's columns."""

    learned: Learned
    asked: Asked

    def of(self, column: str) -> PiecewiseDistribution:
        """The distribution of a column that is not given.

        Raises PlanError where nothing is left of it, RefusedError where it cannot be told.
        """
        learned = self.learned
        if column in self._known:
            return _certain(learned, column, int(self._known[column]))
        for group in learned.beside.groups.values():
            if column in group.columns:
                raise RefusedError(
                    f"{', '.join(group.columns)} are drawn as one by the rule {group.rule!r}, and "
                    f"how {column} is distributed is not told: fit again with "
                    f"`first=[{column!r}]`, or without rules."
                )
        if column in learned.beside.gaps:
            return self._of_gap(learned.beside.gaps[column])
        if column not in learned.beside.computed:
            return self._of_model(column)
        computation = learned.beside.computed[column]
        if isinstance(computation, Same):
            return self.of(computation.by)
        if isinstance(computation, Lookup):
            return _looked_up(learned, computation, self.of(computation.by))
        raise RefusedError(
            f"{column} is computed by the rule {computation.rule!r}, and how it is distributed "
            f"cannot be told unless {', '.join(computation.inputs)} are given: give them, or fit "
            f"again with `first=[{column!r}]`."
        )

    def _of_gap(self, gap: Gap) -> PiecewiseDistribution:
        """The distribution of a column that the model knows by its gap to another one."""
        conditions = self.asked.rows.conditions
        if gap.by not in self._given or gap.by not in conditions:
            raise RefusedError(
                f"{gap.column} is drawn as its distance from {gap.by} by the rule {gap.rule!r}, "
                f"and how it is distributed cannot be told unless {gap.by} is given: give it, or "
                f"fit again with `first=[{gap.column!r}]`."
            )
        told, base = self._of_model(gap.column), np.array([self._given[gap.by]])
        first, last = gap.codes(told.first, base), gap.codes(told.last, base)
        if gap.sign > 0:
            return replace(told, first=first, last=last)
        return replace(told, first=last[::-1], last=first[::-1], mass=told.mass[::-1])

    @property
    def support(self) -> float:
        """About how many of the rows (persons) learned from are like this one."""
        likely, _, _ = self._cases(None)
        return self.learned.many * float(likely.sum())

    @cached_property
    def _given(self) -> dict[str, int]:
        """The codes of the model's columns that are given, or follow from what is."""
        conditions = self.asked.model.conditions
        return {n: int(c.value[0]) for n, c in conditions.items() if c.state[0] == GIVEN}

    @cached_property
    def _known(self) -> dict[str, int]:
        """The same with the computed columns whose inputs are all known, and those given."""
        known = dict(self._given)
        for name, gap in self.learned.beside.gaps.items():
            if name in known and (gap.by in known or known[name] == MISSING):
                base = known.get(gap.by, 0)
                known[name] = int(gap.codes(np.array([known[name]]), np.array([base]))[0])
        for name, computation in self.learned.beside.computed.items():
            condition = self.asked.rows.conditions.get(name)
            if condition is not None and condition.state[0] == GIVEN:
                known[name] = int(condition.value[0])
            elif all(n in known for n in computation.inputs):
                inputs = {n: np.array([known[n]]) for n in computation.inputs}
                known[name] = int(computation.codes(inputs, self.learned.codec)[0])
        return known

    @cached_property
    def _sets(self) -> dict[str, Int]:
        """The codes that some labels of the model's columns may have. RefusedError for ranges."""
        sets = {}
        for name, condition in self.asked.model.conditions.items():
            state = int(condition.state[0])
            if state < FIRST_SET:
                continue
            allowed = condition.sets[state - FIRST_SET]
            if isinstance(allowed, Intervals):
                through = [
                    c.reason for n, c in self.learned.beside.computed.items() if name in c.inputs
                ]
                raise RefusedError(
                    f"what is given is computed ({'; '.join(through)}), and a cell is not told "
                    f"given a range of {name}: give {name} itself."
                )
            sets[name] = allowed
        return sets

    def _cases(self, asked: str | None) -> tuple[Float, dict[str, Int], int]:
        """What the columns that are not asked for may be: how likely, their codes, how many."""
        model, likely, before, rows = self.learned.model, np.ones(1), dict[str, Int](), 1
        assert isinstance(model, ConditionalModel), "asked of models that can tell"
        for name in model.columns:
            if name in self._given:
                told = model.conditional(Codes(dict(before), rows), name)
                grid, code = self.learned.model_grids[name], self._given[name]
                likely = likely * [mass_near(grid, told.row(i), code, NEAR) for i in range(rows)]
                before[name] = np.full(rows, code)
            elif name in self._sets and name != asked:
                allowed = self._sets[name]
                if rows * len(allowed) > _MOST:
                    raise RefusedError(
                        f"what is given leaves more than {_MOST:,} combinations of labels: give "
                        f"{name} itself."
                    )
                told = model.conditional(Codes(dict(before), rows), name)
                masses = np.append(told.mass, told.missing[:, None], axis=1)[:, allowed.clip(-1)]
                likely = (likely[:, None] * masses).ravel()
                before = {n: np.repeat(c, len(allowed)) for n, c in before.items()}
                before[name] = np.tile(allowed, rows)
                rows *= len(allowed)
        return likely, before, rows

    def _of_model(self, column: str) -> PiecewiseDistribution:
        """The distribution of a column that the model knows."""
        model = self.learned.model
        assert isinstance(model, ConditionalModel), "asked of models that can tell"
        likely, before, rows = self._cases(column)
        told = model.conditional(Codes(before, rows), column)
        if rows > 1:
            if not likely.sum():
                raise _nothing(column)
            share = likely / likely.sum()
            mass, missing = share @ told.mass, float(share @ told.missing)
            pieces = replace(told.row(0), mass=mass, missing=missing)
        else:
            pieces = told.row(0)
        return _within(pieces, self._sets[column], column) if column in self._sets else pieces


def _nothing(column: str) -> PlanError:
    return PlanError(
        f"{column}: the model holds what is given impossible together: give fewer cells."
    )


def _within(pieces: PiecewiseDistribution, allowed: Int, column: str) -> PiecewiseDistribution:
    """A label's distribution, of some of its codes alone."""
    mass = np.where(np.isin(pieces.first, allowed), pieces.mass, 0.0)
    missing = pieces.missing if (allowed == MISSING).any() else 0.0
    total = mass.sum() + missing
    if not total:
        raise _nothing(column)
    return replace(pieces, mass=mass / total, missing=missing / total)


def _certain(learned: Learned, column: str, code: int) -> PiecewiseDistribution:
    """The distribution of a cell that follows from what is given."""
    grid, missing = learned.grids[column], code == MISSING
    if isinstance(grid, LabelGrid):
        codes: Int = np.arange(len(grid.token))
    else:
        codes = np.array([] if missing else [code], np.int64)
    return PiecewiseDistribution(codes, codes, (codes == code).astype(float), float(missing))


def _looked_up(
    learned: Learned, lookup: Lookup, source: PiecewiseDistribution
) -> PiecewiseDistribution:
    """The distribution of what follows from a label that is distributed so."""
    masses = np.append(source.mass, source.missing)
    grid = learned.grids[lookup.column]
    known: Bool = lookup.of_code != MISSING
    missing = float(masses[~known].sum())
    if isinstance(grid, LabelGrid):
        codes: Int = np.arange(len(grid.token))
        place = lookup.of_code[known]
    else:
        codes, place = np.unique(lookup.of_code[known], return_inverse=True)
    mass: Float = np.bincount(place.reshape(-1), masses[known], minlength=len(codes)).astype(float)
    return PiecewiseDistribution(codes, codes, mass, missing, draws=source.draws)
