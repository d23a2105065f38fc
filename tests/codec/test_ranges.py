"""The codes between two ends, against the values that they decode to."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.codec.datetime import DatetimeCodec
from trimtab.codec.number import NumberCodec

quick = settings(max_examples=150, deadline=None, derandomize=True)
WHOLE, DECIMAL = NumberCodec(whole=True), NumberCodec(whole=False, decimals=2)
BITS = NumberCodec(whole=False, bits=True)
numbers = st.one_of(
    st.integers(-(10**7), 10**7),
    st.floats(-1e6, 1e6),
    st.integers(-(10**6), 10**6).map(lambda i: i / 100),
)


@quick
@given(st.sampled_from([WHOLE, DECIMAL]), numbers, numbers, st.lists(numbers, min_size=1))
def test_a_number_is_inside_if_its_code_is(
    codec: NumberCodec, low: float, high: float, values: list[float]
) -> None:
    recorded = [round(v) if codec.whole else round(v, 2) for v in [*values, low, high]]
    array = pa.array(recorded, pa.int64() if codec.whole else pa.float64())
    first, last = codec.span(pa.array([low, high], pa.float64()))
    codes = codec.encode(array, "x")
    inside = (codes >= first) & (codes <= last)
    assert inside.tolist() == [low <= v <= high for v in recorded]


@quick
@given(st.floats(1e-9, 1e12), st.floats(1e-9, 1e12))
def test_bits_keep_the_order_of_numbers(low: float, high: float) -> None:
    first, last = BITS.span(pa.array([low, high]))
    ends = BITS.decode(np.array([first - 1, first, last, last + 1])).to_pylist()
    assert ends[0] < low <= ends[1] and ends[2] <= high < ends[3]


@pytest.mark.parametrize("codec", [WHOLE, DECIMAL, BITS])
def test_open_and_far_ends(codec: NumberCodec) -> None:
    first, last = codec.span(pa.array([None, None], pa.float64()))
    assert first < -(2**61) and last > 2**61
    assert codec.span(pa.array([-1e300, 1e300])) == (first, last) or codec.bits
    assert codec.span(pa.array([3.0, 3.0]))[0] == codec.span(pa.array([3.0, 3.0]))[1]


def test_numbers_that_no_record_lies_between() -> None:
    first, last = WHOLE.span(pa.array([3.2, 3.8]))
    assert (first, last) == (4, 3)
    assert DECIMAL.span(pa.array([18.0, 64.99])) == (1800, 6499)
    assert DECIMAL.span(pa.array([18, 64])) == (1800, 6400)


def test_moments_in_units_of_their_own() -> None:
    ends = pa.array([date(2020, 1, 1), date(2020, 1, 2)])
    assert DatetimeCodec(unit="day").span(ends) == (18262, 18263)
    assert DatetimeCodec(unit="s").span(ends) == (18262 * 86400, 18263 * 86400)
    times = pa.array([datetime(2020, 1, 1, 12), datetime(2020, 1, 2, 12)])
    assert DatetimeCodec(unit="day").span(times) == (18263, 18263)
    assert DatetimeCodec(unit="ms").span(times)[0] == (18262 * 2 + 1) * 43_200_000
    early = pa.array([None, datetime(1969, 12, 31, 23, 59, 59, 5)])
    assert DatetimeCodec(unit="s").span(early)[1] == -1
    assert DatetimeCodec(unit="ns").span(early)[1] == -999_995_000
