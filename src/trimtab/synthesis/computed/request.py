"""What rows say of computed columns, as conditions on the columns that these follow from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool, Int
from trimtab.codec.codec import Codec
from trimtab.codec.domain import MISSING
from trimtab.codec.identifier import IdentifierCodec
from trimtab.codec.label import LabelCodec
from trimtab.errors import PlanError, RefusedError
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.intervals import Allowed, Intervals, truncated
from trimtab.model.grid.sets import among, common, is_empty, one_of, only, present
from trimtab.model.interface import FIRST_SET, GIVEN, HOLE, PRESENT, Condition, Request
from trimtab.synthesis.computed.computation import Computation
from trimtab.synthesis.computed.gap_request import on_gap
from trimtab.synthesis.learned import Learned


@dataclass(frozen=True)
class Asked:
    """What is asked of rows.

    rows   as it was asked
    model  as the model is to fill it: the same where nothing is asked of computed columns
    """

    rows: Request
    model: Request

    def take(self, groups: Int) -> Asked:
        """What is asked of some of the rows, as often as they are named."""
        rows = self.rows.of_rows(groups)
        return Asked(rows, rows if self.model is self.rows else self.model.of_rows(groups))


def asked_of(learned: Learned, request: Request, *, strict: bool = True) -> Asked:
    """What is asked of rows, and so of the model, that computed columns come out as asked.

    strict  whether a value that nothing leads to is refused; else it tells nothing

    Raises PlanError for what no row can have, RefusedError for what cannot be conditioned on.
    """
    if not learned.beside.columns & request.conditions.keys():
        return Asked(request, request)
    asking = _Asking(learned.codec, learned.grids, strict)
    conditions = dict(request.conditions)
    for computation in reversed(list(learned.beside.computed.values())):
        if computation.column in conditions:
            conditions |= asking.passed_on(computation, conditions)
    inner = {n: c for n, c in conditions.items() if n not in learned.beside.computed}
    _check(learned, request, inner, strict)
    _check_groups(learned, inner)
    inner |= {
        n: on_gap(gap, inner[n], inner.get(gap.by))
        for n, gap in learned.beside.gaps.items()
        if n in inner
    }
    return Asked(request, Request(request.rows, inner))


class _Asking:
    """Passing conditions on, from what is computed to what it follows from."""

    def __init__(self, codec: Codec, grids: Mapping[str, Grid], strict: bool) -> None:
        self._codec, self._grids, self._strict = codec, grids, strict

    def passed_on(
        self, computation: Computation, conditions: Mapping[str, Condition]
    ) -> dict[str, Condition]:
        """The conditions on the inputs, with what is asked of the column."""
        asked = conditions[computation.column]
        own = {n: conditions.get(n, Condition.holes(len(asked.state))) for n in computation.inputs}
        known = np.logical_and.reduce([c.state == GIVEN for c in own.values()])
        todo = (asked.state != HOLE) & ~known
        if computation.keeps_missing:
            fill = np.flatnonzero(todo & (asked.state == PRESENT))
            own = {n: _filled(c, fill) for n, c in own.items()}
            todo &= asked.state != PRESENT
        rows = np.flatnonzero(todo)
        if not len(rows):
            return own
        if not computation.invertible:
            raise RefusedError(
                f"{computation.column} is computed by the rule {computation.rule!r} from "
                f"{', '.join(computation.inputs)}, and no value or range of it can be asked for "
                f"unless these are given. {_remedy(computation)}"
            )
        ((by, condition),) = own.items()
        return {by: self._narrowed(computation, asked, condition, rows)}

    def _narrowed(
        self, computation: Computation, asked: Condition, own: Condition, rows: Int
    ) -> Condition:
        """The condition on the one input, in some rows narrowed to what leads to what is asked."""
        value, state, sets = own.value.copy(), own.state.copy(), list(own.sets)
        given = np.where(asked.state == GIVEN, asked.value, 0)
        combined = np.stack([asked.state[rows], given[rows], own.state[rows]], axis=1)
        combinations, place = np.unique(combined, axis=0, return_inverse=True)
        states, values = combinations[:, 2].copy(), np.zeros(len(combinations), np.int64)
        for k, (wanted, code, before) in enumerate(combinations.tolist()):
            allowed = self._leading(computation, wanted, code, asked)
            if before >= FIRST_SET:
                allowed = common(allowed, own.sets[before - FIRST_SET])
            elif before == PRESENT:
                allowed = present(allowed)
            single = only(allowed)
            if is_empty(allowed) or not self._drawn(computation.inputs[0], allowed, single):
                if self._strict:
                    raise _impossible(computation, self._codec, code if wanted == GIVEN else None)
            elif single is not None:
                states[k], values[k] = GIVEN, single
            else:
                states[k] = FIRST_SET + len(sets)
                sets.append(allowed)
        place = place.reshape(-1)
        state[rows], value[rows] = states[place], values[place]
        return Condition(value, state, tuple(sets))

    def _drawn(self, by: str, allowed: Allowed, single: int | None) -> bool:
        """Whether the model draws any of the codes; a single one may be given in any case."""
        grid = self._grids[by]
        if single is not None or not isinstance(allowed, Intervals):
            return True
        assert isinstance(grid, NumberGrid)
        return bool(truncated(grid, allowed).shares.any())

    def _leading(
        self, computation: Computation, wanted: int, code: int, asked: Condition
    ) -> Allowed:
        """The codes of the input that lead to what is asked."""
        target = None
        if wanted == GIVEN:
            label = isinstance(self._codec.columns[computation.column], LabelCodec)
            target = one_of(code, label=label)
        elif wanted >= FIRST_SET:
            target = asked.sets[wanted - FIRST_SET]
        allowed = computation.before(target, self._grids, self._codec)
        grid = self._grids[computation.inputs[0]]
        return allowed if grid.nullable else present(allowed)


def _filled(own: Condition, rows: Int) -> Condition:
    """The condition on an input that must not be missing in some rows."""
    state, sets = own.state.copy(), list(own.sets)
    state[rows] = np.where(state[rows] == HOLE, PRESENT, state[rows])
    for i, allowed in enumerate(own.sets):
        at = rows[own.state[rows] == FIRST_SET + i]
        if len(at):
            state[at] = FIRST_SET + len(sets)
            sets.append(present(allowed))
    return Condition(own.value, state, tuple(sets))


def _check(
    learned: Learned, request: Request, inner: Mapping[str, Condition], strict: bool
) -> None:
    """Raise for computed columns whose inputs are known, and that are not what is asked."""
    known = {n: c.value for n, c in inner.items()}
    there = {n: c.state == GIVEN for n, c in inner.items()}
    for name, computation in learned.beside.computed.items():
        if not all(n in known for n in computation.inputs):
            continue
        asked = request.conditions.get(name, Condition.holes(request.rows))
        given = asked.state == GIVEN
        told = np.logical_and.reduce([there[n] for n in computation.inputs])
        codes = np.full(request.rows, MISSING)
        codes[told] = computation.codes(
            {n: known[n][told] for n in computation.inputs}, learned.codec
        )
        _check_gaps(computation, told & (asked.state == PRESENT) & (codes == MISSING))
        wrong = np.zeros(request.rows, bool)
        for i, allowed in enumerate(asked.sets):
            wrong |= told & (asked.state == FIRST_SET + i) & ~among(codes, allowed)
        by_hand = _all_given(request, computation)
        wrong |= told & given & ~by_hand & (codes != asked.value)
        if strict and wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            code = int(asked.value[row]) if given[row] else None
            raise _impossible(computation, learned.codec, code)
        known[name] = np.where(given, asked.value, codes)
        there[name] = told | given


def _check_groups(learned: Learned, inner: Mapping[str, Condition]) -> None:
    """Raise for columns that are drawn as one with others."""
    for group in learned.beside.groups.values():
        asked = [n for n in group.columns if n in inner and (inner[n].state != HOLE).any()]
        if asked:
            raise RefusedError(
                f"{', '.join(group.columns)} are drawn as one by the rule {group.rule!r}, and "
                f"{', '.join(asked)} cannot be asked for: fit again with `first={asked!r}`, or "
                "without rules."
            )


def _all_given(request: Request, computation: Computation) -> Bool:
    """Where all inputs are given themselves: then both stand as they are."""
    given = np.ones(request.rows, bool)
    for name in computation.inputs:
        condition = request.conditions.get(name)
        given &= False if condition is None else condition.state == GIVEN
    return given


def _check_gaps(computation: Computation, wrong: Bool) -> None:
    if wrong.any():
        raise RefusedError(
            f"{computation.column} is to be filled where {' and '.join(computation.inputs)} say by "
            f"the rule {computation.rule!r} that it is missing: leave {computation.column} out of "
            f"what is filled. {_remedy(computation)}"
        )


def _impossible(computation: Computation, codec: Codec, code: int | None) -> PlanError:
    """The error for what no row can have by a rule; `code` is the value that was asked for."""
    column = codec.columns[computation.column]
    assert not isinstance(column, IdentifierCodec)
    what = "one of several values"
    if code is not None:
        (value,) = column.decode(np.array([code])).to_pylist()
        what = "missing" if value is None else str(value)
    return PlanError(
        f"{computation.column} is asked to be {what}, and no row has that by the rule "
        f"{computation.rule!r} and what else is asked: ask for what goes together. "
        f"{_remedy(computation)}"
    )


def _remedy(computation: Computation) -> str:
    return (
        f"To have {computation.column} learned and not computed, fit again with "
        f"`first=[{computation.column!r}]`, or without rules."
    )
