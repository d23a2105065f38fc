"""pandas and polars tables to Arrow and back, dtype by dtype. Used by files.py alone.

The libraries themselves are handed in: importing them is the business of files.py.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab.errors import TableError
from trimtab.table import personal
from trimtab.table.table import Origin


def from_pandas(frame: Any) -> tuple[pa.Table, Origin, dict[str, str]]:
    """A pandas frame as Arrow, its origin, and notes on columns of mixed types.

    The index is no column. Raises TableError for hierarchical columns and dtypes without values
    that Arrow knows.
    """
    if frame.columns.nlevels > 1:
        raise TableError(
            "the pandas table has columns of several levels: expected one name for each column. "
            "Join the levels into one name first."
        )
    names = ["" if _absent(label) else str(label) for label in frame.columns]
    arrays: list[Any] = []
    dtypes: dict[str, object] = {}
    labels: dict[str, object] = {}
    missing: dict[str, object] = {}
    notes: dict[str, str] = {}
    for position, (name, label) in enumerate(zip(names, frame.columns, strict=True)):
        series = frame.iloc[:, position]
        array, note = _series(series, name)
        arrays.append(array)
        dtypes[name] = series.dtype
        if note:
            notes[name] = note
        if not isinstance(label, str):
            labels[name] = label
        if series.dtype == object:
            absent = series[series.isna()]
            missing[name] = absent.iloc[0] if len(absent) else None
    given = pa.Table.from_arrays(arrays, names=names)
    told = _of_index(frame.index)
    return given, Origin("pandas", given.schema, dtypes, labels, missing, notes=told), notes


def _of_index(index: Any) -> tuple[str, ...]:
    """The note on an index that says something: on one with a name, or of anything but numbers of
    rows, which is what filtering leaves."""
    name = None if index.nlevels > 1 else index.name
    if index.nlevels == 1 and name is None and index.dtype.kind in "iu":
        return ()
    called = ", ".join(repr(n) for n in index.names if n is not None)
    left = f"The index{f' {called}' if called else ''} is no column, and is left out"
    if not _of_persons(index):
        return (f"{left}: reset_index() makes it one.",)
    column = "index" if name is None else str(name)
    return (
        f"{left}, though it looks as if it says whose each row is: reset_index() makes it a column,"
        f" and `schema=trimtab.read(TABLE).schema.change({column!r}, kind='entity')` says so.",
    )


def _of_persons(index: Any) -> bool:
    """Whether an index of one level may hold persons: it repeats, or has the name of an id."""
    if index.nlevels > 1 or index.dtype.kind not in "iuOT" or index.hasnans:
        return False
    return not index.is_unique or personal.id_like("" if index.name is None else str(index.name))


def _absent(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _series(series: Any, name: str) -> tuple[Any, str]:
    failures = (pa.ArrowException, TypeError, ValueError, OverflowError)
    categorical = getattr(series.dtype, "categories", None) is not None
    try:
        if not categorical or series.dtype.categories.dtype.kind in "OUifb":
            array = pa.array(series, from_pandas=True)
            inner = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
            if pa.types.is_decimal(array.type):
                # Python decimals have no precision of their own that other rows must keep to.
                array = pc.cast(array, pa.decimal128(38, array.type.scale))
            if not isinstance(inner, pa.BaseExtensionType):
                return array, ""
    except failures as error:
        if series.dtype != object and not categorical:
            raise TableError(
                f"column {name!r} has the pandas dtype {series.dtype}, which is no table type "
                f"({error}). Turn it into numbers or text with .astype() first."
            ) from None
    if series.dtype != object and not categorical:
        raise TableError(
            f"column {name!r} has the pandas dtype {series.dtype}: expected numbers, text, "
            "true/false or dates. Turn it into text with .astype(str), or drop it."
        )
    absent = series.isna()
    texts = [None if a else str(v) for v, a in zip(series, absent, strict=True)]
    kinds = sorted({type(v).__name__ for v, a in zip(series, absent, strict=True) if not a})
    return pa.array(texts, pa.string()), f"values of types {', '.join(kinds)} were read as text"


def to_pandas(pandas: Any, given: pa.Table, origin: Origin) -> Any:
    """Arrow columns as a pandas frame with the origin's dtypes and labels."""
    columns = {}
    for position, name in enumerate(given.column_names):
        column = given.column(position).combine_chunks()
        if name in origin.dtypes:
            dtype = pandas.api.types.pandas_dtype(origin.dtypes[name])
            columns[position] = _pandas_series(pandas, column, dtype, origin.missing.get(name))
        else:
            columns[position] = pandas.Series(column.to_pandas())
    frame = pandas.DataFrame(columns)
    frame.columns = pandas.Index([origin.labels.get(n, n) for n in given.column_names])
    return frame


def _pandas_series(pandas: Any, column: Any, dtype: Any, missing: object) -> Any:
    if isinstance(dtype, pandas.CategoricalDtype):
        return pandas.Series(_categorical(pandas, column, dtype))
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    if isinstance(dtype, np.dtype):
        return _numpy_series(pandas, plain, dtype, missing)
    if isinstance(dtype, pandas.ArrowDtype):
        cast = pa.chunked_array([pc.cast(plain, dtype.pyarrow_dtype)])
        return pandas.Series(pandas.arrays.ArrowExtensionArray(cast))
    if isinstance(dtype, pandas.DatetimeTZDtype):
        return pandas.Series(plain.to_pandas()).astype(dtype)
    if pa.types.is_large_string(plain.type):
        plain = pc.cast(plain, pa.string())
    return pandas.Series(dtype.__from_arrow__(plain))


def _numpy_series(pandas: Any, plain: Any, dtype: Any, missing: object) -> Any:
    if dtype.kind == "O":
        values = np.empty(len(plain), dtype=object)
        values[:] = [missing if v is None else v for v in plain.to_pylist()]
        return pandas.Series(values, dtype=object)
    if plain.null_count and dtype.kind in "iub":
        # This dtype cannot hold a missing value; its nullable twin can.
        twin = "boolean" if dtype.kind == "b" else dtype.name.replace("uint", "UInt")
        twin = twin.replace("int", "Int") if dtype.kind == "i" else twin
        nullable = pandas.api.types.pandas_dtype(twin)
        return pandas.Series(nullable.__from_arrow__(plain))
    if dtype.kind in "mM":
        return pandas.Series(plain.to_pandas()).astype(dtype)
    return pandas.Series(plain.to_numpy(zero_copy_only=False).astype(dtype))


def _categorical(pandas: Any, column: Any, dtype: Any) -> Any:
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    if dtype.categories is None:
        return pandas.Categorical(encoded.to_pandas())
    categories = list(dtype.categories)
    place = {c: i for i, c in enumerate(categories)}
    place.update({str(c): i for i, c in enumerate(categories) if str(c) not in place})
    codes = []
    for value in encoded.dictionary.to_pylist():
        if value not in place:
            # A label of our own, such as that of pooled rare ones.
            place[value] = len(categories)
            categories.append(value)
        codes.append(place[value])
    rows = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    index = np.array([*codes, -1], dtype=np.int64)[rows]
    if len(categories) == len(dtype.categories):
        return pandas.Categorical.from_codes(index, dtype=dtype)
    return pandas.Categorical.from_codes(index, categories=categories, ordered=dtype.ordered)


def to_polars(polars: Any, given: pa.Table, origin: Origin) -> Any:
    """Arrow columns as a polars frame with the origin's dtypes."""
    frame = polars.from_arrow(given)
    series = []
    for column in frame.iter_columns():
        dtype: Any = origin.dtypes.get(column.name)
        if dtype is None or column.dtype == dtype:
            series.append(column)
            continue
        if isinstance(dtype, polars.Enum):
            texts = column.cast(polars.String)
            known = dtype.categories.to_list()
            new = [v for v in texts.unique(maintain_order=True).drop_nulls() if v not in known]
            series.append(texts.cast(polars.Enum([*known, *new])))
        else:
            series.append(column.cast(dtype))
    return polars.DataFrame(series)


def without(origin: Origin, labels: Mapping[str, Collection[Any]]) -> Origin:
    """The origin without some labels of each column among the categories of its dtypes.

    A dtype that lists its categories would carry them into every table that is drawn.
    """
    dtypes = dict(origin.dtypes)
    for name, unwanted in labels.items():
        dtype: Any = dtypes.get(name)
        categories = getattr(dtype, "categories", None)
        if not unwanted or categories is None:
            continue
        left = [c for c in categories if c not in unwanted and str(c) not in unwanted]
        # pandas says whether the order counts; a polars Enum always has one.
        ordered = {"ordered": dtype.ordered} if hasattr(dtype, "ordered") else {}
        dtypes[name] = type(dtype)(left, **ordered)
    return replace(origin, dtypes=dtypes)
