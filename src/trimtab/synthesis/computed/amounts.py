"""Codes as the numbers that rules count with, and back: dates and times as seconds since 1970."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from trimtab._arrays import Float, Int
from trimtab.codec.codec import ColumnCodec
from trimtab.codec.datetime import DatetimeCodec
from trimtab.codec.domain import LARGEST, MISSING
from trimtab.codec.identifier import IdentifierCodec
from trimtab.codec.label import LabelCodec
from trimtab.codec.number import NumberCodec
from trimtab.table.rules.view import DAY

_IN_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def amounts(codec: ColumnCodec, codes: Int) -> Float:
    """The numbers of codes, nan where missing or no number."""
    assert not isinstance(codec, IdentifierCodec)
    if isinstance(codec, LabelCodec):
        said = np.array([*label_numbers(codec), np.nan, np.nan])  # pooled, and missing
        return said[np.where(codes == MISSING, len(said) - 1, codes)]
    hole = codes == MISSING
    if isinstance(codec, DatetimeCodec):
        known = np.where(hole, 0, codes)
        seconds = known * DAY if codec.unit == "day" else known / _IN_SECOND[codec.unit]
        return np.where(hole, np.nan, seconds)
    values = codec.decode(codes).to_numpy(zero_copy_only=False)
    return np.where(hole, np.nan, values.astype(float))


def codes_of(codec: ColumnCodec, values: Float) -> Int:
    """The codes nearest to numbers, missing where nan.

    A number that is no kept label is pooled with the rare ones, or missing.
    """
    known = ~np.isnan(values)
    codes = np.full(len(values), MISSING, np.int64)
    if isinstance(codec, LabelCodec):
        kept = label_numbers(codec)
        order = np.argsort(kept, kind="stable")
        at = np.searchsorted(kept[order], values[known]).clip(0, max(len(kept) - 1, 0))
        rest = MISSING if codec.marker is None else len(kept)
        same = kept[order][at] == values[known] if len(kept) else np.zeros(known.sum(), bool)
        codes[known] = np.where(same, order[at], rest) if len(kept) else rest
        return codes
    codes[known] = np.rint(values[known] * scale(codec)).astype(np.int64)
    return codes


def is_scaled(codec: ColumnCodec) -> bool:
    """Whether codes are whole multiples of a number or second."""
    return isinstance(codec, DatetimeCodec) or (isinstance(codec, NumberCodec) and not codec.bits)


def scale(codec: ColumnCodec) -> float:
    """How many codes there are to a number of 1, or to a second."""
    if isinstance(codec, DatetimeCodec):
        return 1 / DAY if codec.unit == "day" else float(_IN_SECOND[codec.unit])
    assert isinstance(codec, NumberCodec) and not codec.bits, "bits have no scale"
    return 1.0 if codec.whole else 10.0**codec.decimals


def label_numbers(codec: LabelCodec) -> Float:
    """The kept labels as numbers, nan where one is none."""
    if codec.type == "bool":
        return np.full(len(codec.values), np.nan)
    return np.array([_number(value) for value in codec.values], float)


def _number(value: str | bool | int | float) -> float:
    try:
        return float(value)
    except ValueError:
        return np.nan


def bounds_of(edges: Sequence[tuple[float, float]], codec: ColumnCodec, *, moment: bool) -> Int:
    """The codes at which another class begins, for ranges of a column's numbers."""
    assert isinstance(codec, NumberCodec | DatetimeCodec)
    bounds = []
    for low, high in edges:
        ends = pa.array([low, high])
        if moment:
            micros = pa.array([round(low * 1e6), round(high * 1e6)], pa.int64())
            ends = micros.cast(pa.timestamp("us"))
        first, last = codec.span(ends)
        bounds += [first, last + 1]
    kept = [b for b in bounds if abs(b) < LARGEST - 2]
    return np.unique(np.array(kept, np.int64))
