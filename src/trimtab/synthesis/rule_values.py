"""Between the codes of a column and the values that rules compare."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from trimtab._arrays import Int
from trimtab.codec.datetime import DatetimeCodec
from trimtab.codec.domain import LARGEST
from trimtab.codec.label import LabelCodec
from trimtab.codec.number import NumberCodec
from trimtab.model.coded import Coded
from trimtab.table.canonical import as_text
from trimtab.table.rules.view import Vector, labels, numbers, seconds


def vector_of(name: str, codes: Int, coded: Coded) -> Vector:
    """Codes of a column as rules look at it."""
    column = coded.codec.columns[name]
    assert isinstance(column, NumberCodec | DatetimeCodec | LabelCodec)
    values = column.decode(codes)
    if isinstance(column, LabelCodec):
        encoded = as_text(values, coded.table.schema[name]).dictionary_encode()
        places = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return labels(name, places.astype(np.int64), encoded.dictionary.to_pylist())
    if isinstance(column, DatetimeCodec):
        return numbers(name, seconds(values), moment=True)
    held = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers(name, held.astype(float))


def bounds_of(edges: Sequence[tuple[float, float]], codec: object, *, moment: bool) -> Int:
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
