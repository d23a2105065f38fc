"""Whatever a caller gives, as plain JSON data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from math import inf, isinf
from typing import Any

_ABSENT = ("nan", "NaT", "<NA>")  # how numpy and pandas show a missing value


def plain(value: Any) -> Any:
    """A value as JSON holds it: numbers of numpy as numbers, dates and times as ISO texts, what
    stands for missing as None, a range as {"low": ..., "high": ...}, any other object as its text.
    """
    if isinstance(value, (str, bool, int)) and not hasattr(value, "item"):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, Set):
        return [plain(part) for part in sorted(value, key=str)]
    if hasattr(value, "as_py"):  # of pyarrow
        return plain(value.as_py())
    if hasattr(value, "tolist"):  # an array, a series, or a number of numpy
        if getattr(getattr(value, "dtype", None), "kind", "") == "M":
            value = value.astype("datetime64[us]")  # finer ones would come as numbers
        value = value.tolist()
        return value if value is None else plain(value)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [plain(part) for part in value]
    if hasattr(value, "low") and hasattr(value, "high"):
        return {"low": _end(value.low, -inf), "high": _end(value.high, inf)}
    return _scalar(value)


def _end(value: Any, open_at: float) -> Any:
    """An end of a range; None where it is open."""
    return None if isinstance(value, float) and value == open_at else plain(value)


def _scalar(value: Any) -> Any:
    if value is None or str(value) in _ABSENT:
        return None
    if isinstance(value, float) and not isinf(value):
        return float(value)
    if hasattr(value, "hour") and hasattr(value, "date"):
        # All with the same digits, so that one layout reads them all back.
        return value.isoformat(timespec="microseconds")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
