"""Numbers: lossless at the recorded precision, and in the order of the values."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codec.ordering import in_order
from trimtab.codec.datetime import DatetimeCodec, fit_datetime
from trimtab.codec.domain import MISSING
from trimtab.codec.number import NumberCodec, fit_number
from trimtab.errors import TableError
from trimtab.table.schema import Column, Kind

quick = settings(max_examples=60, deadline=None, derandomize=True)


def number(decimals: int | None = None, storage: str = "double") -> Column:
    return Column(name="x", kind=Kind.NUMBER, storage=storage, decimals=decimals)


@quick
@given(st.lists(st.none() | st.integers(-(2**61), 2**61), min_size=1))
def test_integers(values: list[int | None]) -> None:
    given_ = pa.array(values, pa.int64())
    codec = fit_number(given_, number(0, "int64"))
    codes = codec.encode(given_, "x")
    assert codec.decode(codes).equals(given_)
    assert in_order(values, codes)
    assert ((codes == MISSING) == [v is None for v in values]).all()


@quick
@given(
    st.integers(0, 6).flatmap(
        lambda d: st.tuples(
            st.just(d), st.lists(st.none() | st.integers(-(10**8), 10**8), min_size=1)
        )
    )
)
def test_recorded_decimals(drawn: tuple[int, list[int | None]]) -> None:
    decimals, counts = drawn
    values = [None if c is None else c / 10**decimals for c in counts]
    given_ = pa.array(values, pa.float64())
    codec = fit_number(given_, number(decimals))
    assert codec == NumberCodec(whole=False, decimals=decimals)
    codes = codec.encode(given_, "x")
    assert codec.decode(codes).equals(given_)
    assert [c if c != MISSING else None for c in codes.tolist()] == counts


def test_float_noise_is_rounded_to_the_recorded_decimals() -> None:
    given_ = pa.array([0.1 + 0.2, 1.1 * 3, -0.1 - 0.2])
    codec = fit_number(given_, number(1))
    assert codec.decode(codec.encode(given_, "x")).to_pylist() == [0.3, 3.3, -0.3]


@quick
@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_values_of_all_digits_keep_fifteen_of_the_largest(values: list[float]) -> None:
    """Without recorded decimals the code keeps what 15 digits of the largest value can say."""
    given_ = pa.array(values)
    codec = fit_number(given_, number(None))
    back = codec.decode(codec.encode(given_, "x")).to_numpy()
    largest = np.abs(values).max()
    assert np.abs(back - values).max() <= 1e-14 * max(largest, 1e-300)
    order = np.argsort(values, kind="stable")
    assert (np.diff(codec.encode(given_, "x")[order]) >= 0).all()


@quick
@given(
    st.lists(
        st.tuples(st.integers(1, 10**15 - 1), st.integers(-120, 100)), min_size=1, max_size=50
    ),
    st.sampled_from([1.0, -1.0]),
)
def test_magnitudes_keep_fifteen_digits(parts: list[tuple[int, int]], sign: float) -> None:
    """A one-signed column that spans magnitudes keeps every value of up to 15 digits, exactly."""
    values = [sign * float(f"{digits}e{power}") for digits, power in parts] + [sign, sign * 1e-9]
    given_ = pa.array(values)
    codec = fit_number(given_, number(None))
    assert isinstance(codec, NumberCodec) and codec.bits and codec.grains == ()
    codes = codec.encode(given_, "x")
    assert codec.decode(codes).to_pylist() == values
    assert in_order(values, codes)
    assert np.abs(codes).max() < 2**62


def test_zero_and_both_signs_in_float_bits() -> None:
    codec = NumberCodec(whole=False, bits=True)
    values = [-1e300, -0.3, -5e-320, 0.0, 5e-320, 0.3, 1e300]
    codes = codec.encode(pa.array(values), "x")
    assert (np.diff(codes) > 0).all() and codes[3] == 0
    assert codec.decode(codes).to_pylist()[:2] == values[:2]


@pytest.mark.parametrize("value", [2**62, -(2**62), 2**63 - 1, -(2**63)])
def test_integers_too_large(value: int) -> None:
    codec = fit_number(pa.array([1]), number(0, "int64"))
    with pytest.raises(TableError, match=r"'x' holds .* divide"):
        codec.encode(pa.array([1, value]), "x")


def test_fractions_have_no_whole_code() -> None:
    codec = NumberCodec(whole=True)
    assert codec.encode(pa.array([2.0, None]), "x").tolist() == [2, MISSING]
    with pytest.raises(TableError, match=r"'x' holds 1\.5 where whole numbers"):
        codec.encode(pa.array([1.0, 1.5]), "x")


def test_all_missing() -> None:
    for type_ in (pa.int64(), pa.float64()):
        given_ = pa.nulls(3, type_)
        codec = fit_number(given_, number(None))
        assert codec.decode(codec.encode(given_, "x")).equals(given_)


def test_grains_of_numbers_are_powers_of_ten() -> None:
    assert NumberCodec(whole=True).grains[:3] == (10, 100, 1000)


def test_codes_can_be_written_to() -> None:
    """A plan blanks the codes of the cells it does not give."""
    for given_ in (pa.array([1]).cast(pa.timestamp("ns")), pa.array([1]), pa.array([0.5])):
        dated = pa.types.is_timestamp(given_.type)
        codec = fit_datetime(given_) if dated else fit_number(given_, number(1))
        codec.encode(given_, "x")[0] = MISSING


def test_codecs_are_json() -> None:
    for codec in (
        NumberCodec(whole=False, decimals=2),
        NumberCodec(whole=False, bits=True),
        DatetimeCodec(unit="ns", zone="Europe/Berlin"),
    ):
        assert type(codec).model_validate_json(codec.model_dump_json()) == codec
