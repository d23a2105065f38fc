"""Labels as codes: kept values 0..m-1, and one code more for the values too rare to keep."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from trimtab._arrays import Int
from trimtab.codec.domain import MISSING
from trimtab.table.persons import holders

POOLED = "(rare)"
_TYPES = {"string": pa.string(), "int64": pa.int64(), "double": pa.float64(), "bool": pa.bool_()}


class LabelCodec(BaseModel):
    """The kept values of a label, and what becomes of the others.

    A value held by fewer than `min_count` rows (persons, where there is an entity) is not kept. In
    a text column it is pooled: it decodes to `marker`. In a numeric column it counts as the nearest
    kept value, because no marker fits there; where nothing is kept at all it counts as missing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["label"] = "label"
    type: Literal["string", "int64", "double", "bool"]
    values: tuple[str | bool | int | float, ...]
    marker: str | None = None

    @property
    def size(self) -> int:
        """How many codes, the pooled one included."""
        return len(self.values) + (self.marker is not None)

    def encode(self, values: pa.Array, name: str) -> Int:
        """Codes of an array of the label's type."""
        known = pa.array(self.values, _TYPES[self.type])
        index = pc.index_in(values, known)
        codes = np.asarray(index.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
        stray = (codes < 0) & np.asarray(pc.is_valid(values))
        codes[codes < 0] = MISSING
        if stray.any():
            if self.marker is not None:
                codes[stray] = len(self.values)
            elif self.type != "string" and self.values:
                codes[stray] = self._nearest(values.filter(pa.array(stray)))
        return codes

    def _nearest(self, values: pa.Array) -> Int:
        kept = np.asarray(self.values, float)
        wanted = values.to_numpy(zero_copy_only=False).astype(float)
        order = np.argsort(kept, kind="stable")
        ranked = kept[order]
        i = np.searchsorted(ranked, wanted).clip(1, max(len(ranked) - 1, 1))
        i = np.minimum(i, len(ranked) - 1)
        lower = np.maximum(i - 1, 0)
        return order[np.where(wanted - ranked[lower] <= ranked[i] - wanted, lower, i)]

    def decode(self, codes: Int) -> pa.Array:
        """The values of codes, in the label's Arrow type."""
        extra = () if self.marker is None else (self.marker,)
        known = pa.array((*self.values, *extra), _TYPES[self.type])
        index = pa.array(np.where(codes == MISSING, 0, codes), mask=codes == MISSING)
        return known.take(index)

    def code_of(self, value: object) -> int | None:
        """The code of one value, None if it is not kept."""
        for code, label in enumerate(self.values):
            if label == value and isinstance(label, bool) == isinstance(value, bool):
                return code
        return None


def fit_label(values: pa.Array, min_count: int, persons: Int | None) -> LabelCodec:
    """Keep the values that at least `min_count` rows (persons) hold: the most frequent text first,
    numbers in order."""
    type_: Literal["string", "int64", "double", "bool"] = str(values.type)  # type: ignore[assignment]
    coded = values.dictionary_encode()
    codes = np.asarray(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
    distinct = coded.dictionary.to_pylist()
    counts = holders(codes, persons, len(distinct))
    rows = np.bincount(codes[codes >= 0], minlength=len(distinct))
    kept = [i for i in range(len(distinct)) if counts[i] >= max(min_count, 1)]
    text = pa.types.is_string(values.type)
    key = (lambda i: (-rows[i], distinct[i])) if text else (lambda i: (distinct[i],))
    chosen = tuple(distinct[i] for i in sorted(kept, key=key))
    marker = None
    if text and len(kept) < len(distinct):
        marker = POOLED
        while marker in distinct:
            marker = f"({marker})"
    return LabelCodec(type=type_, values=chosen, marker=marker)
