"""How a table was typed, as text and back."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from trimtab.errors import BundleError
from trimtab.synthesis.bundle.origin import StoredOrigin, arrow_type, origin_of, stored_origin
from trimtab.table.table import Origin

TYPES = [
    *(pa.null(), pa.bool_(), pa.string(), pa.large_string(), pa.string_view()),
    *(pa.int8(), pa.uint64(), pa.float16(), pa.float32(), pa.float64()),
    *(pa.date32(), pa.date64(), pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")),
    *(pa.timestamp("s"), pa.timestamp("ns", "Europe/Amsterdam"), pa.timestamp("us", "+05:30")),
    *(pa.duration("ms"), pa.decimal128(38, 2), pa.decimal256(50, -3)),
    pa.dictionary(pa.int8(), pa.string(), ordered=True),
    pa.dictionary(pa.uint32(), pa.timestamp("us", "America/Argentina/Buenos_Aires")),
    pa.dictionary(pa.int32(), pa.decimal128(5, 1)),
    pa.run_end_encoded(pa.int32(), pa.string()),
]


@pytest.mark.parametrize("type_", TYPES, ids=str)
def test_arrow_types_come_back(type_: pa.DataType) -> None:
    assert arrow_type(str(type_)) == type_


@pytest.mark.parametrize(
    "text",
    [
        *("", "int65", "binary", "list<item: int8>", "struct<a: int8>", "int8 ", "INT8"),
        *("decimal128(99, 2)", "decimal128(0, 0)", "decimal128(-1, 0)"),
        *("timestamp[us, tz=]", "timestamp[us, tz=a b]", "timestamp[h]", "time32[us]"),
        *("dictionary<values=binary, indices=int8, ordered=0>",),
        *("dictionary<values=string, indices=double, ordered=0>",),
        "dictionary<values=" * 5000,
        "int8" * 100,
    ],
)
def test_other_types_are_refused(text: str) -> None:
    with pytest.raises(BundleError, match="Arrow type"):
        arrow_type(text)


def test_labels_and_missing_marks() -> None:
    schema = pa.schema([(n, pa.int64()) for n in ("0", "1.5", "nan", "True", "None", "x", "y")])
    labels: dict[str, object] = {"0": np.int64(0), "1.5": 1.5, "nan": math.nan, "True": True}
    labels |= {"None": None, "y": Decimal("2")}
    origin = Origin("pandas", schema, {"x": np.dtype("int8")}, labels, {"x": math.nan, "y": None})
    stored = StoredOrigin.model_validate_json(stored_origin(origin).model_dump_json())
    back = origin_of(stored)
    assert back.labels["0"] == 0 and back.labels["1.5"] == 1.5 and back.labels["True"] is True
    assert math.isnan(back.labels["nan"]) and back.labels["None"] is None  # type: ignore[arg-type]
    assert "y" not in back.labels
    assert math.isnan(back.missing["x"]) and back.missing["y"] is None  # type: ignore[arg-type]
    assert back.dtypes == {"x": "int8"}


def test_metadata_is_left_out() -> None:
    field = pa.field("a", pa.string(), metadata={"categories": "secret"})
    origin = Origin("pyarrow", pa.schema([field], metadata={"pandas": "secret"}))
    assert "secret" not in stored_origin(origin).model_dump_json()


def test_pandas_dtypes_are_found_again() -> None:
    pandas = pytest.importorskip("pandas")
    dtypes = [
        *(np.dtype("float32"), np.dtype("datetime64[ns]"), pandas.Int64Dtype()),
        *(pandas.StringDtype("pyarrow"), pandas.StringDtype("python"), pandas.BooleanDtype()),
        *(pandas.DatetimeTZDtype("ns", "Europe/Paris"), pandas.ArrowDtype(pa.int32())),
        pandas.ArrowDtype(pa.timestamp("ns", "UTC")),
    ]
    for dtype in dtypes:
        origin = Origin("pandas", pa.schema([("a", pa.int64())]), {"a": dtype})
        back = origin_of(stored_origin(origin)).dtypes["a"]
        assert pandas.api.types.pandas_dtype(back) == dtype
    for dtype in (pandas.ArrowDtype(pa.decimal128(5, 2)), pandas.ArrowDtype(pa.string())):
        origin = Origin("pandas", pa.schema([("a", pa.int64())]), {"a": dtype})
        assert origin_of(stored_origin(origin)).dtypes == {}


def test_unknown_columns_and_dtypes_are_refused() -> None:
    stored = stored_origin(Origin("pandas", pa.schema([("a", pa.int64())]), {"a": "int64"}))
    with pytest.raises(BundleError, match="'b'"):
        origin_of(stored.model_copy(update={"dtypes": {"b": "int64"}}))
    with pytest.raises(BundleError, match="dtype"):
        origin_of(stored.model_copy(update={"dtypes": {"a": "__import__('os')"}}))
