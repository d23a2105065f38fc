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
