"""Dates and times as whole numbers."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from trimtab._arrays import Int
from trimtab.codec.domain import LARGEST, MISSING, check_size
from trimtab.errors import TableError

_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_NANOS = {"day": 86_400 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


class DatetimeCodec(BaseModel):
    """A date or time as its count of days or of seconds, milliseconds, ... since 1970."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["datetime", "moment"] = "datetime"  # "moment" in files of before
    unit: Literal["day", "s", "ms", "us", "ns"]
    zone: str | None = None

    def encode(self, values: pa.Array, name: str) -> Int:
        """Codes of a date32 or timestamp array."""
        bare = pa.int32() if self.unit == "day" else pa.int64()
        counts = self._own(values, name).cast(bare).cast(pa.int64())
        codes = np.array(counts.fill_null(MISSING).to_numpy(zero_copy_only=False), np.int64)
        check_size(np.abs(codes[codes != MISSING].astype(float)), name)
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
        """The first and the last code of the dates or times between two ends, both included.

        A null end is open. The last comes before the first where no recorded one lies between.
        """
        day = pa.types.is_date(ends.type)
        of_end = _NANOS["day" if day else ends.type.unit]
        counts = ends.cast(pa.int32() if day else pa.int64()).to_pylist()
        low, high = (None if c is None else c * of_end for c in counts)
        first = -LARGEST + 1 if low is None else -(-low // _NANOS[self.unit])
        last = LARGEST - 1 if high is None else high // _NANOS[self.unit]
        return first, last

    @property
    def grains(self) -> tuple[int, ...]:
        """The granularities, in codes, at which people round dates and times."""
        if self.unit == "day":
            return ()
        second = _SECOND[self.unit]
        fractions = [10**k for k in range(1, 10) if 10**k < second]
        return (*fractions, *(second * s for s in (1, 60, 3600, 86400) if second * s > 1))


def fit_datetime(values: pa.Array) -> DatetimeCodec:
    """The codec of a column of dates or times."""
    if pa.types.is_date32(values.type):
        return DatetimeCodec(unit="day")
    return DatetimeCodec(unit=values.type.unit, zone=values.type.tz)
