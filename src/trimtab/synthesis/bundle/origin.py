"""How the caller's table was typed, as JSON and back: Arrow types as text, dtypes by name.

Arrow metadata is left out on purpose: other libraries keep real values in it, such as categories.
For the same reason a pandas categorical comes back without its list of categories.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from trimtab.errors import BundleError
from trimtab.table.dialect import Dialect
from trimtab.table.table import Origin

_PLAIN: dict[str, pa.DataType] = {
    str(t): t
    for t in (
        *(pa.null(), pa.bool_(), pa.string(), pa.large_string(), pa.string_view()),
        *(pa.int8(), pa.int16(), pa.int32(), pa.int64()),
        *(pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
        *(pa.float16(), pa.float32(), pa.float64(), pa.date32(), pa.date64()),
        *(pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")),
        *(pa.timestamp(u) for u in ("s", "ms", "us", "ns")),
        *(pa.duration(u) for u in ("s", "ms", "us", "ns")),
    )
}
_DECIMALS: dict[str, Callable[[int, int], pa.DataType]] = {
    name: getattr(pa, f"decimal{name}")
    for name in ("32", "64", "128", "256")
    if hasattr(pa, f"decimal{name}")
}
_INDICES = r"(u?int(?:8|16|32|64))"
_ZONE = r"[A-Za-z0-9_+\-/:]{1,64}"
_ZONED = re.compile(rf"timestamp\[(s|ms|us|ns), tz=({_ZONE})\]")
_DECIMAL = re.compile(r"decimal(32|64|128|256)\((\d{1,2}), (-?\d{1,2})\)")
_DICTIONARY = re.compile(rf"dictionary<values=(.+), indices={_INDICES}, ordered=([01])>")
_RUNS = re.compile(r"run_end_encoded<run_ends: (int16|int32|int64), values: (.+)>")
_LONGEST = 200  # characters of a type's text
_DTYPE = re.compile(r"[A-Za-z0-9_ ,:=+\-/\[\]()]{1,100}")


class _Field(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    type: str


class _Label(BaseModel):
    """A pandas column label that is no text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["int", "float", "bool", "nan", "none"]
    value: int | float | bool | None = None


class StoredOrigin(BaseModel):
    """An Origin as JSON. `missing` says what stood for a missing value in an object column."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    library: Literal[
        "csv", "json", "parquet", "excel", "sql", "pyarrow", "pandas", "polars", "modin", "cudf"
    ]
    arrow: tuple[_Field, ...]
    dtypes: dict[str, str]
    labels: dict[str, _Label]
    missing: dict[str, Literal["none", "nan", "NA", "NaT"]]
    dialect: Dialect | None = None  # files of before have none


def stored_origin(origin: Origin) -> StoredOrigin:
    """An Origin as it goes to a file. Raises BundleError for Arrow types that no table may have."""
    fields = tuple(_Field(name=f.name, type=str(f.type)) for f in origin.arrow)
    for field in fields:
        arrow_type(field.type)
    pandas = origin.library == "pandas"
    dtypes = {n: _dtype_name(d) for n, d in origin.dtypes.items()} if pandas else {}
    labels = {n: label for n, value in origin.labels.items() if (label := _label(value))}
    return StoredOrigin.model_validate(
        {
            "library": origin.library,
            "arrow": fields,
            "dtypes": {n: d for n, d in dtypes.items() if d is not None},
            "labels": labels,
            "missing": {n: _missing(value) for n, value in origin.missing.items()},
            "dialect": origin.dialect,
        }
    )


def origin_of(stored: StoredOrigin) -> Origin:
    """The Origin that was stored. Raises BundleError for types and names that no table has."""
    names = [f.name for f in stored.arrow]
    for name in {*stored.dtypes, *stored.labels, *stored.missing}:
        if name not in names:
            raise BundleError(f"its origin speaks of a column {name!r} that it does not have")
    for name, dtype in stored.dtypes.items():
        if not _DTYPE.fullmatch(dtype):
            raise BundleError(f"the dtype {dtype!r} of its column {name!r} is unknown")
    return Origin(
        library=stored.library,
        arrow=pa.schema([(f.name, arrow_type(f.type)) for f in stored.arrow]),
        dtypes=dict(stored.dtypes),
        labels={n: _label_value(label) for n, label in stored.labels.items()},
        # NA and NaT are pandas' own, and pandas is not imported here
        missing={n: math.nan if m == "nan" else None for n, m in stored.missing.items()},
        dialect=stored.dialect,
    )


def arrow_type(text: str) -> pa.DataType:
    """The Arrow type that `str` shows as this text. Raises BundleError for any other text."""
    if text in _PLAIN:
        return _PLAIN[text]
    for pattern, make in _PARAMETRIC:
        if len(text) <= _LONGEST and (match := pattern.fullmatch(text)):
            try:
                return make(match)
            except (pa.ArrowException, ValueError, TypeError) as error:
                raise BundleError(f"the Arrow type {text!r} is impossible: {error}") from None
    raise BundleError(
        f"the Arrow type {text[:100]!r} is unknown: expected numbers, text, flags, dates or times"
    )


def _decimal(match: re.Match[str]) -> pa.DataType:
    if match[1] not in _DECIMALS:
        raise ValueError(f"this pyarrow has no decimal{match[1]}")
    return _DECIMALS[match[1]](int(match[2]), int(match[3]))


def _dictionary(match: re.Match[str]) -> pa.DataType:
    return pa.dictionary(_PLAIN[match[2]], arrow_type(match[1]), match[3] == "1")


def _runs(match: re.Match[str]) -> pa.DataType:
    return pa.run_end_encoded(_PLAIN[match[1]], arrow_type(match[2]))


_PARAMETRIC: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], pa.DataType]], ...] = (
    (_ZONED, lambda match: pa.timestamp(match[1], match[2])),
    (_DECIMAL, _decimal),
    (_DICTIONARY, _dictionary),
    (_RUNS, _runs),
)


def _dtype_name(dtype: object) -> str | None:
    """The name by which pandas finds a dtype again, None where it has none."""
    arrow = getattr(dtype, "pyarrow_dtype", None)
    if arrow is not None:
        named = not re.search(r"[(<]", str(arrow))
        # pandas reads "string[pyarrow]" as its own text type, not as Arrow's
        return None if not named or str(arrow) == "string" else f"{arrow}[pyarrow]"
    storage = getattr(dtype, "storage", None)
    if storage is not None and str(dtype) == "string":
        return f"string[{storage}]"
    name = str(dtype)
    return name if _DTYPE.fullmatch(name) else None


def _label(value: object) -> _Label | None:
    """A label as JSON; None for those of other types, which come back as text."""
    value = value.item() if isinstance(value, np.generic) else value
    if value is None:
        return _Label(kind="none")
    if isinstance(value, float):
        if math.isnan(value):
            return _Label(kind="nan")
        return _Label(kind="float", value=value) if math.isfinite(value) else None
    if isinstance(value, bool):
        return _Label(kind="bool", value=value)
    return _Label(kind="int", value=value) if isinstance(value, int) else None


def _label_value(label: _Label) -> object:
    kinds: dict[str, Callable[[Any], object]] = {"int": int, "float": float, "bool": bool}
    if label.kind in kinds:
        if label.value is None:
            raise BundleError(f"a column label of its origin is {label.kind} without a value")
        return kinds[label.kind](label.value)
    return math.nan if label.kind == "nan" else None


def _missing(value: object) -> str:
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    return {"<NA>": "NA", "NaT": "NaT"}.get(str(value), "none")
