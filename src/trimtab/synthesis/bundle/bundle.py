"""A model as one .trimtab file: JSON and safetensors in a zip, checksummed. Only data, never code.

manifest.json       format, version, size and checksum of every other member
schema.json         kinds and roles of the columns
codec.json          the values that are kept, and how numbers are counted
provenance.json     how it was learned
origin.json         how the caller's table was typed
model.json          the structure of the model, and of what stands beside it
arrays.safetensors  its numbers
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import safetensors
import safetensors.numpy
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from trimtab._arrays import Arrays
from trimtab.codec.codec import Codec
from trimtab.codec.datetime import DatetimeCodec
from trimtab.codec.identifier import IdentifierCodec
from trimtab.codec.label import LabelCodec
from trimtab.codec.number import NumberCodec
from trimtab.errors import BundleError, InputError, RuleError
from trimtab.model.grid.checks import demand
from trimtab.model.grid.grid import Grid, LabelGrid
from trimtab.model.grid.store import Shelf, Stored, StoredGrid, StoredGrids, stored_grids
from trimtab.model.interface import Filler
from trimtab.model.kinds import kind_of, kinds
from trimtab.synthesis.bundle.archive import parse_json, read_archive, write_archive
from trimtab.synthesis.bundle.origin import StoredOrigin, arrow_type, origin_of, stored_origin
from trimtab.synthesis.computed.beside import Beside
from trimtab.synthesis.computed.store import StoredBeside, beside_of, stored_beside
from trimtab.synthesis.learned import Learned, Provenance, rules_of
from trimtab.table.rules.reading import read_rules
from trimtab.table.schema import Kind, Schema
from trimtab.table.table import MADE

MEMBERS = frozenset(
    (
        "schema.json",
        "codec.json",
        "provenance.json",
        "origin.json",
        "model.json",
        "arrays.safetensors",
    )
)

_LABEL_TYPES = {
    "string": pa.string(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
}
_CODECS = {Kind.NUMBER: NumberCodec, Kind.DATETIME: DatetimeCodec}
_MAX_DECIMALS = 400
_MAX_FIRST = 9 * 10**18  # fresh numbers begin well inside int64
_DIFFERENT = "its model has other columns than its codec"
_BROKEN = "It was damaged, or not made by trimtab: make it anew with `trimtab fit`."

Part = TypeVar("Part", bound=BaseModel)


def save(learned: Learned, path: str | Path) -> None:
    """Write everything that was learned at `path`, in one step.

    The same `learned` makes the same bytes. Raises TableError where the file cannot be written,
    BundleError for Arrow types that no table may have.
    """
    kind = kind_of(learned.provenance.model)
    structure, arrays = kind.store(learned.model)
    grids, grid_arrays = stored_grids({n: learned.model_grids[n] for n in learned.model.columns})
    beside, own_arrays = stored_beside(learned.beside, learned.grids)
    every = {**arrays, **grid_arrays, **own_arrays}
    members = {
        "schema.json": _json(learned.schema),
        "codec.json": _json(learned.codec),
        "provenance.json": _json(learned.provenance),
        "origin.json": _json(stored_origin(learned.origin)),
        "model.json": _text(_with_grids(structure, grids) | beside.model_dump(mode="json")),
        "arrays.safetensors": safetensors.numpy.save(_contiguous(every)),
    }
    write_archive(path, members, learned.provenance.trimtab)


def load(path: str | Path) -> Learned:
    """What `save` wrote. Loads only data, and checks all of it before it is used.

    Raises BundleError for a file that is none, truncated, tampered with, inconsistent, or made by a
    newer trimtab.
    """
    try:
        members = read_archive(path, MEMBERS)
    except BundleError as error:
        raise BundleError(f"{path} {error}") from None
    try:
        return _learned(members)
    except _ForeignError as error:
        raise BundleError(f"{path} {error}") from None
    except BundleError as error:
        raise BundleError(f"{path} holds no sound model: {error}. {_BROKEN}") from None


class _ForeignError(BundleError):
    """A model of a kind that is not installed here."""


def _json(model: BaseModel) -> bytes:
    return _text(model.model_dump(mode="json"))


def _text(value: Any) -> bytes:
    return json.dumps(value, indent=1, allow_nan=False).encode()


def _contiguous(arrays: Arrays) -> dict[str, NDArray[Any]]:
    return {name: np.asarray(values, order="C") for name, values in arrays.items()}


def _with_grids(structure: Stored, grids: Sequence[StoredGrid]) -> dict[str, Any]:
    """The structure of a model, with the grids behind the name of its kind."""
    parts = structure.model_dump(mode="json")
    stored = [grid.model_dump(mode="json") for grid in grids]
    return {"kind": parts.pop("kind"), "grids": stored, **parts}


def _learned(members: Mapping[str, bytes]) -> Learned:
    try:
        schema = Schema.parse(parse_json(members["schema.json"], "schema.json"), "schema.json")
    except InputError as error:
        raise BundleError(str(error)) from None
    codec = _parsed(Codec, members, "codec.json")
    provenance = _parsed(Provenance, members, "provenance.json")
    origin = origin_of(_parsed(StoredOrigin, members, "origin.json"))
    if MADE in provenance.warnings:
        origin = replace(origin, notes=(MADE,))
    _check_codec(codec, schema)
    _check_provenance(provenance, codec, schema)
    _check_rules(provenance, schema)
    try:
        arrays = safetensors.numpy.load(members["arrays.safetensors"])
    except (safetensors.SafetensorError, KeyError, ValueError, TypeError) as error:
        raise BundleError(f"its arrays.safetensors cannot be read ({error})") from None
    grids, model, beside = _model(provenance.model, members, arrays, codec)
    _check_labels(grids, codec)
    _check_beside(beside, provenance, schema)
    return Learned(schema, codec, grids, model, provenance, origin, beside)


def _model(
    name: str, members: Mapping[str, bytes], arrays: Arrays, codec: Codec
) -> tuple[Mapping[str, Grid], Filler, Beside]:
    """The grids of all columns, the model, and what stands beside it."""
    if name not in (known := [kind.name for kind in kinds()]):
        raise _ForeignError(
            f"holds a model of the kind {name!r}, and no package that is installed here brings it "
            f"(known are {', '.join(known)}): install the one that does."
        )
    kind = kind_of(name)
    structure = parse_json(members["model.json"], "model.json")
    cut = _valid(StoredGrids, structure, "model.json").grids
    rules = _valid(StoredBeside, structure, "model.json")
    apart = {"grids", *StoredBeside.model_fields}
    own = {key: value for key, value in structure.items() if key not in apart}
    stored = _valid(kind.stored, own, "model.json")
    shelf = Shelf(dict(arrays))
    grids = shelf.grids(cut)
    demand({*grids} <= {*codec.modelled}, _DIFFERENT)
    beside, every = beside_of(rules, grids, codec, shelf)
    demand(sorted(every) == sorted(codec.modelled), _DIFFERENT)
    model = kind.restore(stored, grids, shelf)
    shelf.check_empty()
    return every, model, beside


def _parsed(model: type[Part], members: Mapping[str, bytes], name: str) -> Part:
    return _valid(model, parse_json(members[name], name), name)


def _valid(model: type[Part], value: Any, name: str) -> Part:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"]) or "top level"
        raise BundleError(f"its {name} is not valid at {place}: {first['msg']}") from None


def _check_codec(codec: Codec, schema: Schema) -> None:
    """Each kept column of the schema has the codec that its kind asks for, in the same order."""
    columns = [c for c in schema if c.modelled or c.fresh]
    demand(
        [c.name for c in columns] == list(codec.columns),
        "its codec has other columns than its schema",
    )
    demand(codec.min_count >= 0, f"its codec has min_count {codec.min_count}")
    for column in columns:
        column_codec = codec.columns[column.name]
        wanted = IdentifierCodec if column.fresh else _CODECS.get(column.kind, LabelCodec)
        demand(
            isinstance(column_codec, wanted),
            f"column {column.name!r} has the codec of another kind",
        )
        if isinstance(column_codec, LabelCodec):
            _check_label_codec(column_codec, column.name)
        elif isinstance(column_codec, NumberCodec):
            sound = 0 <= column_codec.decimals <= _MAX_DECIMALS
            demand(sound, f"column {column.name!r} has {column_codec.decimals} decimals")
        elif isinstance(column_codec, DatetimeCodec) and column_codec.zone is not None:
            arrow_type(f"timestamp[s, tz={column_codec.zone}]")
        elif isinstance(column_codec, IdentifierCodec):
            demand(
                abs(column_codec.first) <= _MAX_FIRST,
                f"column {column.name!r} starts out of bounds",
            )


def _check_label_codec(codec: LabelCodec, name: str) -> None:
    """The kept values are distinct and all of the codec's type."""
    type_ = _LABEL_TYPES[codec.type]
    try:
        values = pa.array(codec.values, type_)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise BundleError(f"column {name!r} has labels that are no {type_}: {error}") from None
    demand(len(values.unique()) == len(values), f"column {name!r} has the same label twice")
    sound = codec.marker is None or (codec.type == "string" and codec.marker not in codec.values)
    demand(sound, f"column {name!r} has a marker that is one of its labels, or no text")


def _check_provenance(provenance: Provenance, codec: Codec, schema: Schema) -> None:
    demand(provenance.min_count == codec.min_count, "its min_count differs between its members")
    demand(provenance.rows >= 1, f"it was learned from {provenance.rows} rows")
    for name in (
        *(*provenance.first, *provenance.outcomes),
        *(*provenance.public, *provenance.protected),
    ):
        demand(name in schema, f"its provenance speaks of a column {name!r} that it does not have")


def _check_rules(provenance: Provenance, schema: Schema) -> None:
    """The rules can be read, are about columns that there are, and are as many as is told."""
    try:
        read = read_rules(schema.rules or (), schema, "schema.json")
    except RuleError as error:
        raise BundleError(str(error)) from None
    for rule in read:
        for name in rule.statement.columns:
            demand(name in schema, f"a rule speaks of a column {name!r} that it does not have")
    told = {"kept": provenance.kept, "proposed": provenance.proposed}
    demand(told == rules_of(schema), "its provenance counts other rules than its schema has")


def _check_beside(beside: Beside, provenance: Provenance, schema: Schema) -> None:
    """What is computed or drawn as a gap is so by a kept rule of the schema, and is told; and what
    is told of others is told of kept rules."""
    rules = beside.rules
    told = rules == provenance.model_dump(include=set(rules))
    demand(told, "its provenance tells of other columns that follow from rules")
    kept = {rule.text for rule in schema.rules or () if rule.kept}
    followed = [rule for of_columns in rules.values() for rule in of_columns.values()]
    sound = kept.issuperset((*followed, *provenance.unheld))
    demand(sound, "its provenance speaks of rules that are not kept")


def _check_labels(grids: Mapping[str, Grid], codec: Codec) -> None:
    """A label has a token for each of its codes, and only labels have such tokens."""
    for name, grid in grids.items():
        column = codec.columns[name]
        if isinstance(column, LabelCodec):
            sound = isinstance(grid, LabelGrid) and len(grid.token) == column.size
        else:
            sound = not isinstance(grid, LabelGrid)
        demand(sound, f"column {name!r} has other codes in its model than in its codec")
