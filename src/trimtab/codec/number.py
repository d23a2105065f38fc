"""Numbers and moments as whole-number codes, lossless at the precision that was recorded."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from trimtab.codec.domain import MISSING, Int
from trimtab.errors import TableError
from trimtab.table.schema import Column

_LARGEST = 2**62  # codes stay below this, so that the difference of two never overflows
_DIGITS = 15  # decimal digits that every float64 can hold
_SPAN = 1e6  # a one-signed column with a wider span than this is coded by its float bits
_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_NANOS = {"day": 86_400 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


class NumberCodec(BaseModel):
    """A number as `round(value * 10 ** decimals)`, or by the bits of the float when `bits`.

    Bits keep the order of one-signed columns that span many magnitudes, and 15 digits of each
    value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["number"] = "number"
    whole: bool
    decimals: int = 0
    bits: bool = False

    def encode(self, values: pa.Array, name: str) -> Int:
        """Codes of an int64 or float64 array. Raises TableError for what has no code."""
        known = np.asarray(pc.is_valid(values))
        codes = np.full(len(values), MISSING, np.int64)
        raw = values.drop_null().to_numpy(zero_copy_only=False)
        if self.whole:
            found = raw.astype(np.int64)
            _check_whole(raw, found, name)
        elif self.bits:
            found = _bits(raw.astype(np.float64))
        else:
            scaled = np.round(raw.astype(np.float64) * 10.0**self.decimals)
            _check_size(np.abs(scaled), name)
            found = scaled.astype(np.int64)
        _check_size(np.abs(found.astype(float)), name)
        codes[known] = found
        return codes

    def decode(self, codes: Int) -> pa.Array:
        """The int64 or float64 values of codes."""
        hole = codes == MISSING
        if self.whole:
            return pa.array(codes, pa.int64(), mask=hole)
        safe = np.where(hole, 0, codes)
        values = _from_bits(safe) if self.bits else safe / 10.0**self.decimals
        return pa.array(values, pa.float64(), mask=hole)

    def span(self, ends: pa.Array) -> tuple[int, int]:
        """The first and the last code of the numbers between two ends, both included.

        A null end is open. The last comes before the first where no recorded number lies between.
        """
        low, high = ends.to_pylist()
        first, last = -_LARGEST + 1, _LARGEST - 1
        if low is not None:
            near = self._nearest(low)
            first = near + (self._value(near) < low)
        if high is not None:
            near = self._nearest(high)
            last = near - (self._value(near) > high)
        return first, last

    def _nearest(self, value: float) -> int:
        """The code at or beside a number, the outermost one beyond all."""
        if self.bits:
            return int(_bits(np.array([float(value)]))[0])
        scaled = value if self.whole else float(value) * 10.0**self.decimals
        return round(min(max(scaled, -_LARGEST + 1), _LARGEST - 1))

    def _value(self, code: int) -> float:
        return float(self.decode(np.array([code]))[0].as_py()) if not self.whole else code

    @property
    def grains(self) -> tuple[int, ...]:
        """The granularities, in codes, at which people round such values."""
        return () if self.bits else tuple(10**k for k in range(1, 16))


class MomentCodec(BaseModel):
    """A moment as its count of days or of seconds, milliseconds, ... since 1970."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["moment"] = "moment"
    unit: Literal["day", "s", "ms", "us", "ns"]
    zone: str | None = None

    def encode(self, values: pa.Array, name: str) -> Int:
        """Codes of a date32 or timestamp array."""
        bare = pa.int32() if self.unit == "day" else pa.int64()
        counts = self._own(values, name).cast(bare).cast(pa.int64())
        codes = np.array(counts.fill_null(MISSING).to_numpy(zero_copy_only=False), np.int64)
        _check_size(np.abs(codes[codes != MISSING].astype(float)), name)
        return codes

    def _own(self, values: pa.Array, name: str) -> pa.Array:
        type_ = pa.date32() if self.unit == "day" else pa.timestamp(self.unit, self.zone)
        if values.type == type_:
            return values
        try:
            own = values.cast(type_)
            if own.cast(values.type).equals(values):  # a time of day is dropped without an error
                return own
        except pa.ArrowInvalid:
            pass
        raise TableError(
            f"column {name!r} holds moments of type {values.type} that {type_} cannot tell apart "
            "or does not reach: round them to that unit first."
        )

    def decode(self, codes: Int) -> pa.Array:
        """The date32 or timestamp values of codes."""
        hole = codes == MISSING
        if self.unit == "day":
            return pa.array(np.where(hole, 0, codes).astype(np.int32), mask=hole).cast(pa.date32())
        counts = pa.array(np.where(hole, 0, codes), pa.int64(), mask=hole)
        return counts.cast(pa.timestamp(self.unit, self.zone))

    def span(self, ends: pa.Array) -> tuple[int, int]:
        """The first and the last code of the moments between two ends, both included.

        A null end is open. The last comes before the first where no recorded moment lies between.
        """
        day = pa.types.is_date(ends.type)
        of_end = _NANOS["day" if day else ends.type.unit]
        counts = ends.cast(pa.int32() if day else pa.int64()).to_pylist()
        low, high = (None if c is None else c * of_end for c in counts)
        first = -_LARGEST + 1 if low is None else -(-low // _NANOS[self.unit])
        last = _LARGEST - 1 if high is None else high // _NANOS[self.unit]
        return first, last

    @property
    def grains(self) -> tuple[int, ...]:
        """The granularities, in codes, at which people round moments."""
        if self.unit == "day":
            return ()
        second = _SECOND[self.unit]
        fractions = [10**k for k in range(1, 10) if 10**k < second]
        return (*fractions, *(second * s for s in (1, 60, 3600, 86400) if second * s > 1))


def fit_number(values: pa.Array, column: Column) -> NumberCodec | MomentCodec:
    """The codec of a number or moment column."""
    type_ = values.type
    if pa.types.is_date32(type_):
        return MomentCodec(unit="day")
    if pa.types.is_timestamp(type_):
        return MomentCodec(unit=type_.unit, zone=type_.tz)
    if pa.types.is_int64(type_):
        return NumberCodec(whole=True)
    known = values.drop_null().to_numpy()
    size = np.abs(known[known != 0])
    largest = float(size.max(initial=0.0))
    room = _DIGITS - (int(np.floor(np.log10(largest))) + 1 if largest else 1)
    if column.decimals is not None and column.decimals <= max(room, 0):
        return NumberCodec(whole=False, decimals=column.decimals)
    one_signed = bool(np.all(known > 0) or np.all(known < 0))
    if largest and (room < 0 or room > 300 or (one_signed and largest > _SPAN * float(size.min()))):
        return NumberCodec(whole=False, bits=True)
    return NumberCodec(whole=False, decimals=room)


def _bits(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Int:
    raw = (values + 0.0).view(np.int64) >> 1
    negative = raw < 0
    return np.where(negative, -(raw & (_LARGEST - 1)), raw)


def _from_bits(codes: Int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    even = np.abs(codes) << 1
    size, odd = even.view(np.float64), (even | 1).view(np.float64)
    # The code lacks the lowest bit. Of the two floats it may mean, a recorded one has fewer digits.
    digits, more = (pc.utf8_length(pa.array(x).cast(pa.string())) for x in (size, odd))
    size = np.where(np.asarray(pc.less(more, digits)), odd, size)
    return np.where(codes < 0, -size, size)


def _check_whole(
    given: np.ndarray[tuple[int], np.dtype[np.float64]], found: Int, name: str
) -> None:
    off = np.flatnonzero(given != found)
    if len(off):
        raise TableError(
            f"column {name!r} holds {given[off[0]]:g} where whole numbers are expected: round it "
            "first."
        )


def _check_size(size: np.ndarray[tuple[int], np.dtype[np.float64]], name: str) -> None:
    if size.size and size.max() >= _LARGEST:
        raise TableError(
            f"column {name!r} holds {size.max():.4g} at the finest of its units, and numbers end "
            "at "
            f"{_LARGEST:.4g}: divide the column first, or declare it a label or an identifier."
        )
