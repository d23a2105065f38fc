"""Times of day as numbers: minutes, seconds or microseconds since midnight."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.table.formats.moment import CLOCKS, layout, moment_texts, moments

_DAY = 86_400 * 10**6


@dataclass(frozen=True)
class ClockFormat:
    """How a time of day is written: its pattern, such as "%H:%M"."""

    pattern: str

    def __str__(self) -> str:
        return self.pattern

    @property
    def unit(self) -> int:
        """The microseconds of what is counted: the smallest part that is written."""
        return 1 if "%f" in self.pattern else 10**6 if "%S" in self.pattern else 60 * 10**6

    @property
    def counted(self) -> str:
        """What is counted, in words."""
        return {1: "microseconds", 10**6: "seconds"}.get(self.unit, "minutes")

    def plain(self, texts: pa.Array) -> pa.Array:
        """Times as plain numbers. Raises pyarrow.ArrowInvalid where one does not fit."""
        counts = pc.cast(moments(texts, self.pattern), pa.int64())
        return pc.cast(pc.divide(counts, self.unit), pa.string())

    def dressed(self, texts: pa.Array) -> pa.Array:
        """Plain numbers as times: the first or the last of a day for what is beyond it."""
        counts = pc.multiply(
            pc.cast(pc.cast(texts, pa.float64()), pa.int64(), safe=False), self.unit
        )
        low = pc.max_element_wise(counts, 0, skip_nulls=False)
        inside = pc.min_element_wise(low, _DAY - 1, skip_nulls=False)
        stamps = pc.cast(inside, pa.timestamp("us"))
        return moment_texts(stamps, self.pattern, None)


def clock_of(texts: pa.Array) -> ClockFormat | None:
    """The first pattern that all times fit; None where they fit none."""
    for pattern in CLOCKS:
        known = layout(pattern)
        assert known is not None
        if not pc.all(pc.match_substring_regex(texts, known.regex)).as_py():
            continue
        try:
            moments(texts, pattern)
        except pa.ArrowInvalid:
            continue
        return ClockFormat(pattern)
    return None
