"""Numbers as whole-number codes, lossless at the precision that was recorded."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from trimtab._arrays import Float, Int
from trimtab.codec.domain import LARGEST, MISSING, check_size
from trimtab.errors import TableError
from trimtab.table.schema import Column

_DIGITS = 15  # decimal digits that every float64 can hold
_SPAN = 1e6  # a one-signed column with a wider span than this is coded by its float bits


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
            known_codes = raw.astype(np.int64)
            _check_whole(raw, known_codes, name)
        elif self.bits:
            known_codes = _bits(raw.astype(np.float64))
        else:
            scaled = np.round(raw.astype(np.float64) * 10.0**self.decimals)
            check_size(np.abs(scaled), name)
            known_codes = scaled.astype(np.int64)
        check_size(np.abs(known_codes.astype(float)), name)
        codes[known] = known_codes
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
        first, last = -LARGEST + 1, LARGEST - 1
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
        return round(min(max(scaled, -LARGEST + 1), LARGEST - 1))

    def _value(self, code: int) -> float:
        return float(self.decode(np.array([code]))[0].as_py()) if not self.whole else code

    @property
    def grains(self) -> tuple[int, ...]:
        """The granularities, in codes, at which people round such values."""
        return () if self.bits else tuple(10**k for k in range(1, 16))


def fit_number(values: pa.Array, column: Column) -> NumberCodec:
    """The codec of a number column."""
    if pa.types.is_int64(values.type):
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


def _bits(values: Float) -> Int:
    raw = (values + 0.0).view(np.int64) >> 1
    negative = raw < 0
    return np.where(negative, -(raw & (LARGEST - 1)), raw)


def _from_bits(codes: Int) -> Float:
    even = np.abs(codes) << 1
    size, odd = even.view(np.float64), (even | 1).view(np.float64)
    # The code lacks the lowest bit. Of the two floats it may mean, a recorded one has fewer digits.
    digits, more = (pc.utf8_length(pa.array(x).cast(pa.string())) for x in (size, odd))
    size = np.where(np.asarray(pc.less(more, digits)), odd, size)
    return np.where(codes < 0, -size, size)


def _check_whole(given: Float, codes: Int, name: str) -> None:
    off = np.flatnonzero(given != codes)
    if len(off):
        raise TableError(
            f"column {name!r} holds {given[off[0]]:g} where whole numbers are expected: round it "
            "first."
        )
