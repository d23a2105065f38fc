"""Tables written in parts: the same bytes of text, and the same rows of Parquet, as in one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trimtab.errors import TableError
from trimtab.table.files import read
from trimtab.table.table import Table
from trimtab.table.writing import write, write_parts

START = datetime(2024, 1, 1)
# Values whose text hangs on all others of their column: whole or not, and how fine a time is.
NUMBERS = st.one_of(st.none(), st.integers(-9, 9).map(float), st.sampled_from([0.5, -2.25]))
STEPS = (0, 1, 1_000, 1_000_000, 60_000_000)  # microseconds
MOMENTS = st.one_of(
    st.none(), st.sampled_from(STEPS).map(lambda us: START + timedelta(microseconds=us))
)
HOURS = st.one_of(
    st.none(), st.sampled_from(STEPS).map(lambda us: (START + timedelta(microseconds=us)).time())
)
TEXTS = st.sampled_from(["a", "b,c", 'say "x"', "", "two\nlines"])


def parts_of(table: Table, size: int) -> Iterator[Table]:
    for start in range(0, table.rows, size):
        yield Table(table.schema, table.data.slice(start, size), table.origin)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.tuples(NUMBERS, MOMENTS, TEXTS, HOURS), min_size=2, max_size=30),
    st.integers(1, 12),
    st.sampled_from([".csv", ".tsv", ".csv.gz"]),
)
def test_text_in_parts_is_the_text_of_the_whole(
    tmp_path: Path, rows: list[tuple[object, object, str, object]], size: int, suffix: str
) -> None:
    numbers, moments, texts, hours = (list(column) for column in zip(*rows, strict=True))
    table = read(
        pa.table(
            {
                "number": pa.array(numbers, pa.float64()),
                "seen": pa.array(moments, pa.timestamp("us")),
                "note": pa.array(texts, pa.string()),
                "hour": pa.array(hours, pa.time64("us")),
            }
        )
    )
    # Numbers that were stored as whole ones, and are drawn as floats.
    changes = {"storage": "int64"} if all(v is None or v == int(v) for v in numbers) else {}
    table = Table(table.schema.change("number", **changes), table.data, table.origin)
    whole, parts = tmp_path / f"whole{suffix}", tmp_path / f"parts{suffix}"
    write(table, whole)
    assert write_parts(parts_of(table, size), parts) == table.rows
    assert parts.read_bytes() == whole.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix == ".parts") == []


def test_parquet_in_parts_holds_the_rows_in_order(tmp_path: Path) -> None:
    labels = pa.array(["x", "y", None, "z"] * 25).dictionary_encode()
    table = read(pa.table({"label": labels, "n": np.arange(100), "d": np.arange(100) / 3}))
    write(table, tmp_path / "whole.parquet")
    assert write_parts(parts_of(table, 7), tmp_path / "parts.parquet") == 100
    whole, parts = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("whole", "parts"))
    assert parts.schema == whole.schema and parts.to_pylist() == whole.to_pylist()


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_where_a_part_fails_the_old_file_stays(name: str, tmp_path: Path) -> None:
    table = read(pa.table({"n": np.arange(10)}))
    place = tmp_path / name
    place.write_text("as it was")

    def failing() -> Iterator[Table]:
        yield from parts_of(table, 5)
        raise TableError("no more")

    with pytest.raises(TableError, match="no more"):
        write_parts(failing(), place)
    assert place.read_text() == "as it was" and list(tmp_path.iterdir()) == [place]
