"""Dates and times: lossless at the recorded unit, and in the order of the values."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codec.ordering import in_order
from trimtab.codec.datetime import DatetimeCodec, fit_datetime
from trimtab.codec.domain import MISSING
from trimtab.errors import TableError

quick = settings(max_examples=60, deadline=None, derandomize=True)
UNITS = ("s", "ms", "us", "ns")


@quick
@given(st.lists(st.none() | st.dates(), min_size=1))
def test_dates(values: list[dt.date | None]) -> None:
    given_ = pa.array(values, pa.date32())
    codec = fit_datetime(given_)
    codes = codec.encode(given_, "x")
    assert codec.decode(codes).equals(given_)
    assert in_order(values, codes)


@quick
@given(
    st.sampled_from(UNITS),
    st.sampled_from([None, "UTC", "Europe/Berlin", "+05:30"]),
    st.lists(st.none() | st.integers(-(10**9), 10**10), min_size=1),
)
def test_timestamps(unit: str, zone: str | None, counts: list[int | None]) -> None:
    given_ = pa.array(counts, pa.int64()).cast(pa.timestamp(unit, zone))
    codec = fit_datetime(given_)
    codes = codec.encode(given_, "x")
    assert codec.decode(codes).equals(given_)
    assert codec.decode(codes).type == given_.type
    assert [None if c == MISSING else c for c in codes.tolist()] == counts


@pytest.mark.parametrize("unit", UNITS)
def test_moments_of_another_unit_mean_the_same(unit: str) -> None:
    """What a plan gives may be a date, or be counted in another unit, than what was learned."""
    day = dt.datetime(2020, 5, 5)
    codec = DatetimeCodec(unit=unit)
    own = codec.encode(pa.array([day], pa.timestamp(unit)), "x")
    for type_ in (*(pa.timestamp(u) for u in UNITS), pa.date32()):
        assert codec.encode(pa.array([day], type_), "x").tolist() == own.tolist()
    assert DatetimeCodec(unit="day").encode(pa.array([day], pa.timestamp(unit)), "x") == [18387]


def test_moments_finer_than_the_unit_have_no_code() -> None:
    noon = pa.array([dt.datetime(2020, 5, 5, 12, 0, 0, 5)], pa.timestamp("us"))
    for unit in ("day", "s"):
        with pytest.raises(TableError, match="'x' holds moments of type timestamp"):
            DatetimeCodec(unit=unit).encode(noon, "x")


def test_grains_of_moments() -> None:
    assert DatetimeCodec(unit="day").grains == ()
    assert DatetimeCodec(unit="s").grains == (60, 3600, 86400)
    assert DatetimeCodec(unit="ms").grains == (10, 100, 1000, 60_000, 3_600_000, 86_400_000)
