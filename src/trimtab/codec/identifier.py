"""Identifiers, made afresh: unique, and never one that the real table holds."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from trimtab._random import Key
from trimtab.errors import TableError

_MAX_INT, _MAX_FLOAT = 10**18, 10**15  # fresh numbers end well inside int64, or 2 ** 53
_ROOM = 10**12  # rows that can surely be numbered below the real ones
_UUID = r"(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


class IdentifierCodec(BaseModel):
    """How identifiers are made: row i gets `prefix` and i, `first` + i, or a random UUID.

    `first` is a power of ten above every real number (or lies far below them all, where they are
    very large), and no real text begins with `prefix`, so that a fresh identifier is never a real
    one; a random UUID is not one for all practical purposes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["fresh"] = "fresh"
    style: Literal["uuid", "text", "number"]
    prefix: str = ""
    first: int = 0

    def make(self, start: int, stop: int, key: Key) -> pa.Array:
        """Identifiers of rows start..stop-1."""
        rows = np.arange(start, stop)
        if self.style == "number":
            return pa.array(self.first + rows, pa.int64())
        if self.style == "text":
            return pa.array([f"{self.prefix}{i:06d}" for i in rows], pa.string())
        halves = [(key.child(h).uniforms(start, stop) * 2**52).astype(int) for h in "abc"]
        return pa.array([_uuid(*words) for words in zip(*halves, strict=True)], pa.string())


def _uuid(a: int, b: int, c: int) -> str:
    digits = f"{a:013x}{b:013x}{c:013x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


def fit_identifier(values: pa.Array) -> IdentifierCodec:
    """How to make identifiers like those of a column, without holding one of them."""
    if not pa.types.is_string(values.type):
        return IdentifierCodec(style="number", first=_free(values))
    known = values.drop_null()
    if len(known) and pc.all(pc.match_substring_regex(known, _UUID)).as_py():
        return IdentifierCodec(style="uuid")
    prefix, tries = "new-", 1
    while len(known) and pc.any(pc.starts_with(known, prefix)).as_py():
        tries += 1
        prefix = f"new{tries}-"
    return IdentifierCodec(style="text", prefix=prefix)


def _free(values: pa.Array) -> int:
    """Where fresh numbers begin: above the real ones, or below them where those are too large."""
    ends = pc.min_max(values)
    low, high = (int(ends[end].as_py() or 0) for end in ("min", "max"))
    most = _MAX_INT if pa.types.is_integer(values.type) else _MAX_FLOAT
    if max(-low, high) < most:
        return 10 ** len(str(max(-low, high)))
    if low > _ROOM:
        return 1
    if low > -most:
        return -9 * most
    raise TableError(
        f"an identifier column holds numbers from {low} to {high}, which leaves no room for fresh "
        "ones: turn the column into text, or leave it out."
    )
