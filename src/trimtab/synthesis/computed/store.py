"""What is computed as a small structure and named arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from trimtab._arrays import Int
from trimtab.codec.codec import Codec, ColumnCodec
from trimtab.codec.datetime import DatetimeCodec
from trimtab.codec.domain import LARGEST, MISSING
from trimtab.codec.label import LabelCodec
from trimtab.codec.number import NumberCodec
from trimtab.model.grid.checks import demand
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.store import Shelf, Stored, StoredGrid, grid_arrays, stored_grid
from trimtab.synthesis.computed.beside import Beside
from trimtab.synthesis.computed.computation import Computation, Lookup, Same, Sum
from trimtab.synthesis.computed.gap import WIDEST, Gap
from trimtab.synthesis.computed.group import MAX_CODES, Group
from trimtab.table.rules.linear import PARTS, Term


class StoredLookup(Stored):
    """A lookup; its codes are computed.I.of_code, where I is its place."""

    kind: Literal["lookup"] = "lookup"
    grid: StoredGrid
    rule: str
    by: str


class StoredSame(Stored):
    """A column that is the same as another one."""

    kind: Literal["same"] = "same"
    grid: StoredGrid
    rule: str
    by: str


class StoredTerm(Stored):
    """A term of a sum."""

    factor: float = Field(allow_inf_nan=False)
    column: str
    part: str


class StoredSum(Stored):
    """A sum."""

    kind: Literal["sum"] = "sum"
    grid: StoredGrid
    rule: str
    terms: list[StoredTerm] = Field(min_length=1)
    constant: float = Field(allow_inf_nan=False)


class StoredGap(Stored):
    """A column that the model knows by its gaps; `grid` is that of its own codes."""

    grid: StoredGrid
    rule: str
    by: str
    sign: Literal[-1, 1]
    ends: list[int] = Field(min_length=2, max_length=2)


class StoredGroup(Stored):
    """Columns that the model knows as one; `grids` are those of their own codes, and what they are
    together is group.I.table, where I is its place."""

    grids: list[StoredGrid] = Field(min_length=2)
    rule: str


StoredComputation = Annotated[StoredLookup | StoredSame | StoredSum, Field(discriminator="kind")]


class StoredBeside(BaseModel):
    """What stands beside the model in its file; files of before have none."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    computed: list[StoredComputation] = []
    gaps: list[StoredGap] = []
    groups: list[StoredGroup] = []


def stored_beside(
    beside: Beside, grids: Mapping[str, Grid]
) -> tuple[StoredBeside, dict[str, NDArray[Any]]]:
    """The structure and the arrays of what stands beside a model; `grids` of all columns."""
    parts: list[StoredComputation] = []
    arrays: dict[str, NDArray[Any]] = {}
    for i, (name, computation) in enumerate(beside.computed.items()):
        parts.append(_stored(computation, stored_grid(name, grids[name])))
        arrays |= grid_arrays(f"computed.{i}.grid", grids[name])
        if isinstance(computation, Lookup):
            arrays[f"computed.{i}.of_code"] = computation.of_code
    gaps = []
    for i, (name, gap) in enumerate(beside.gaps.items()):
        own = stored_grid(name, grids[name])
        gaps.append(
            StoredGap(grid=own, rule=gap.rule, by=gap.by, sign=_sign(gap), ends=[*gap.ends])
        )
        arrays |= grid_arrays(f"gap.{i}.grid", grids[name])
    groups = []
    for i, group in enumerate(beside.groups.values()):
        own_grids = [stored_grid(n, grids[n]) for n in group.columns]
        groups.append(StoredGroup(grids=own_grids, rule=group.rule))
        arrays[f"group.{i}.table"] = group.table
        for j, name in enumerate(group.columns):
            arrays |= grid_arrays(f"group.{i}.grid.{j}", grids[name])
    return StoredBeside(computed=parts, gaps=gaps, groups=groups), arrays


def _sign(gap: Gap) -> Literal[-1, 1]:
    return 1 if gap.sign > 0 else -1


def _stored(computation: Computation, grid: StoredGrid) -> StoredComputation:
    match computation:
        case Lookup(rule=rule, by=by):
            return StoredLookup(grid=grid, rule=rule, by=by)
        case Same(rule=rule, by=by):
            return StoredSame(grid=grid, rule=rule, by=by)
    assert isinstance(computation, Sum), f"{type(computation)} cannot be stored"
    terms = [StoredTerm(factor=t.factor, column=t.column, part=t.part) for t in computation.terms]
    return StoredSum(grid=grid, rule=computation.rule, terms=terms, constant=computation.constant)


def beside_of(
    stored: StoredBeside, known: Mapping[str, Grid], codec: Codec, shelf: Shelf
) -> tuple[Beside, dict[str, Grid]]:
    """What stands beside a model, and the grids of all columns.

    known   the grids that the model knows

    Raises BundleError where structure, arrays and codec contradict each other.
    """
    gaps = _gaps(stored, known, codec)
    grids, computed = dict(known), dict[str, Computation]()
    for i, own in enumerate(part.grid for part in stored.gaps):
        grids[own.name] = shelf.grid(f"gap.{i}.grid", own.kind, own.missing_rows)
    groups = _groups(stored, known, codec, shelf)
    for i, group in enumerate(stored.groups):
        for j, own in enumerate(group.grids):
            demand(own.name not in grids or j == 0, f"{own.name!r} stands in two places")
            grids[own.name] = shelf.grid(f"group.{i}.grid.{j}", own.kind, own.missing_rows)
    for i, part in enumerate(stored.computed):
        name, at = part.grid.name, f"computed.{i}"
        demand(name in codec.modelled and name not in grids, f"{name!r} cannot be computed")
        computation = _computation(name, part, at, shelf)
        for one in computation.inputs:
            demand(one in grids, f"{name!r} is computed from {one!r}, which is not known")
        grids[name] = shelf.grid(f"{at}.grid", part.grid.kind, part.grid.missing_rows)
        _check(computation, grids, codec)
        computed[name] = computation
    return Beside(computed, gaps, groups), grids


def _groups(
    stored: StoredBeside, known: Mapping[str, Grid], codec: Codec, shelf: Shelf
) -> dict[str, Group]:
    groups: dict[str, Group] = {}
    taken = {part.grid.name for part in stored.gaps} | {part.by for part in stored.gaps}
    for i, part in enumerate(stored.groups):
        names, table = tuple(grid.name for grid in part.grids), shelf.take(f"group.{i}.table")
        first, *rest = names
        sound = first in known and not any(n in known for n in rest)
        sound &= len({*names} - taken) == len(names) and {*names} <= {*codec.modelled}
        demand(sound, f"{', '.join(names)} cannot be drawn as one")
        taken |= {*names}
        sound = table.dtype == np.int64 and table.ndim == 2 and table.shape[1] == len(names)
        demand(sound and 0 < len(table) <= MAX_CODES, f"group.{i}.table is no table of codes")
        grid = known[first]
        if isinstance(grid, NumberGrid):
            few = len(grid.low) > 0 and grid.reach[0] >= 0 and grid.reach[1] < len(table)
        else:
            few = len(grid.token) == len(table)
        demand(few, f"{first!r} has codes that group.{i}.table does not tell of")
        for j, own in enumerate(part.grids):
            # What is told of the own codes is checked like that of a lookup.
            nullable = own.missing_rows > 0
            _check_codes(table[:, j], codec.columns[own.name], own.name, nullable=nullable)
        groups[first] = Group(names, part.rule, grid, table)
    return groups


def _gaps(stored: StoredBeside, known: Mapping[str, Grid], codec: Codec) -> dict[str, Gap]:
    gaps: dict[str, Gap] = {}
    names = {part.grid.name for part in stored.gaps}
    for part in stored.gaps:
        name, by = part.grid.name, part.by
        sound = name in known and by in known and by not in names and name not in gaps
        demand(sound, f"{name!r} cannot be drawn as a distance from {by!r}")
        grid, base = known[name], known[by]
        counted = isinstance(grid, NumberGrid) and isinstance(base, NumberGrid)
        demand(counted and not base.nullable, f"{name!r} has no distance from {by!r}")
        assert isinstance(grid, NumberGrid)
        alike = type(codec.columns[name]) is type(codec.columns[by])
        few = bool(len(grid.low)) and grid.reach[0] >= 0 and grid.reach[1] <= WIDEST
        first, last = (part.sign * end for end in part.ends)
        few &= -LARGEST < first <= last < LARGEST
        demand(alike and few, f"the distance of {name!r} from {by!r} is out of bounds")
        gaps[name] = Gap(name, part.rule, by, part.sign, grid, (part.ends[0], part.ends[1]))
    return gaps


def _computation(name: str, part: StoredComputation, at: str, shelf: Shelf) -> Computation:
    if isinstance(part, StoredLookup):
        return Lookup(name, part.rule, part.by, shelf.take(f"{at}.of_code"))
    if isinstance(part, StoredSame):
        return Same(name, part.rule, part.by)
    terms = tuple(Term(t.factor, t.column, t.part) for t in part.terms)
    return Sum(name, part.rule, terms, part.constant)


def _check(computation: Computation, grids: Mapping[str, Grid], codec: Codec) -> None:
    """What is computed can be what its column holds."""
    name, own = computation.column, codec.columns[computation.column]
    sources = [codec.columns[one] for one in computation.inputs]
    if isinstance(computation, Lookup):
        (source,) = sources
        demand(isinstance(source, LabelCodec), f"{name!r} is looked up by what is no label")
        assert isinstance(source, LabelCodec)
        _check_lookup(computation.of_code, source.size + 1, own, grids[name], name)
    elif isinstance(computation, Same):
        alike = type(sources[0]) is type(own) and not isinstance(own, LabelCodec)
        demand(alike, f"{name!r} cannot be the same as {computation.by!r}")
    elif isinstance(computation, Sum):
        number = isinstance(own, NumberCodec) and own.bits
        demand(not number, f"{name!r} cannot be a sum")
        for term in computation.terms:
            dated = isinstance(codec.columns[term.column], DatetimeCodec)
            sound = not term.part or (term.part in PARTS and dated)
            demand(sound, f"{name!r} is computed from {term.part!r} of {term.column!r}")


def _check_lookup(codes: Int, size: int, own: ColumnCodec, grid: Grid, name: str) -> None:
    what = f"the lookup of {name!r}"
    sound = codes.dtype == np.int64 and codes.shape == (size,)
    demand(sound, f"{what} is {codes.dtype} of shape {codes.shape}: expected int64 of ({size},)")
    _check_codes(codes, own, name, nullable=True)
    gaps = bool((codes[:-1] == MISSING).any())
    demand(grid.nullable or not gaps, f"{what} has gaps, and its column has none")


def _check_codes(codes: Int, own: ColumnCodec, name: str, *, nullable: bool) -> None:
    """Codes that a column can hold."""
    known = codes[codes != MISSING]
    if isinstance(own, LabelCodec):
        low, high = 0, own.size - 1
    else:
        low, high = -LARGEST, LARGEST
    sound = bool(np.all((known >= low) & (known <= high)))
    sound &= nullable or len(known) == len(codes)
    demand(sound, f"what {name!r} follows from leads to codes that it does not have")
