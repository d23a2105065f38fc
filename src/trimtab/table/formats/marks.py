"""Marks in numbers: which of point and comma is the decimal mark, and what separates thousands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Bool

# Between thousands only: spaces, three of them, and apostrophes.
NEUTRAL = (" ", "\u00a0", "\u202f", "'", "\u2019")
_NEUTRAL = "[" + "".join(NEUTRAL) + "]"
_GROUPED = rf"^[1-9]\d{{0,2}}(?:{_NEUTRAL}\d{{3}})+(?:[.,]\d*)?$"
_EXPONENT = r"(?:[eE][+-]?\d+)?$"


@dataclass(frozen=True)
class Marks:
    """What stands in numbers besides digits: `decimal`, and between thousands, if anything."""

    decimal: str = "."
    thousands: str = ""

    def plain(self, bodies: pa.Array) -> pa.Array:
        """Numbers with a point alone. A number that can only be read with the other decimal mark is
        read so; null is what is no number either way."""
        point, comma = (readable(bodies, mark) for mark in ".,")
        by_point, by_comma = (_plain(bodies, mark) for mark in ".,")
        nothing = pa.scalar(None, pa.string())
        if self.decimal == ".":
            return pc.if_else(point, by_point, pc.if_else(comma, by_comma, nothing))
        return pc.if_else(comma, by_comma, pc.if_else(point, by_point, nothing))

    def mixed(self, bodies: pa.Array) -> tuple[int, int] | None:
        """The places of a number that only the other decimal mark can read, and of one that either
        can, so that it may be another number; None where one of them is lacking."""
        other = "," if self.decimal == "." else "."
        own, its = (_mask(readable(bodies, mark)) for mark in (self.decimal, other))
        foreign = its & ~own
        if not foreign.any():
            return None
        either = own & its & _mask(pc.match_substring_regex(bodies, "[.,]"))
        return (int(foreign.argmax()), int(either.argmax())) if either.any() else None

    def marked(self, texts: pa.Array) -> pa.Array:
        """Plain texts of numbers without a sign, with these marks."""
        if self.decimal == ",":
            texts = pc.replace_substring(texts, ".", ",")
        if not self.thousands:
            return texts
        mark, decimal = self.thousands, "," if self.decimal == "," else r"\."
        groups = rf"^(\d+)(\d{{3}})((?:{mark}\d{{3}})*(?:{decimal}\d*)?)$".replace(
            mark + r"\d", (r"\." if mark == "." else mark) + r"\d"
        )
        while pc.any(pc.match_substring_regex(texts, r"^\d{4}")).as_py():
            further = pc.replace_substring_regex(texts, groups, rf"\1{mark}\2\3")
            if further.equals(texts):  # one with an exponent
                break
            texts = further
        return texts


def _plain(bodies: pa.Array, decimal: str) -> pa.Array:
    bare = pc.replace_substring_regex(bodies, _NEUTRAL, "")
    if decimal == ".":
        return pc.replace_substring(bare, ",", "")
    return pc.replace_substring(pc.replace_substring(bare, ".", ""), ",", ".")


def readable(bodies: pa.Array, decimal: str) -> pa.Array:
    """Whether each text is a number with this decimal mark."""
    mark, other = (r"\.", ",") if decimal == "." else (",", r"\.")
    grouped = rf"^(?:[1-9]\d{{0,2}}(?:{other}\d{{3}})+|\d+)(?:{mark}\d*)?{_EXPONENT}"
    spaced = rf"^[1-9]\d{{0,2}}(?:{_NEUTRAL}\d{{3}})+(?:{mark}\d*)?$"
    return pc.match_substring_regex(bodies, rf"{grouped}|{spaced}|^{mark}\d+{_EXPONENT}")


@dataclass(frozen=True)
class Reading:
    """How the numbers of a column can be read.

    decimal    the mark that some number tells; None where none does
    unsure     a number that can be read both ways, with another value
    both       two numbers, one of them only readable with a point and one only with a comma
    neutral    the space or apostrophe that stands most often between thousands, if one does
    """

    decimal: str | None
    unsure: int | None
    both: tuple[int, int] | None
    neutral: str


def reading(bodies: pa.Array) -> Reading | None:
    """How texts can be read as numbers; None where some can not."""
    point, comma = (_mask(readable(bodies, mark)) for mark in ".,")
    if not (point | comma).all():
        return None
    marked = _mask(pc.match_substring_regex(bodies, "[.,]"))
    alone_point, alone_comma = point & ~comma, comma & ~point
    either = point & comma & marked
    decimal = None
    if alone_point.any() or alone_comma.any():
        decimal = "." if alone_point.sum() >= alone_comma.sum() else ","
    both = None
    if alone_point.any() and alone_comma.any():
        both = (int(alone_point.argmax()), int(alone_comma.argmax()))
    unsure = int(either.argmax()) if either.any() else None
    held = [(pc.sum(pc.match_substring(bodies, m)).as_py() or 0, m) for m in NEUTRAL]
    count, mark = max(held)
    return Reading(decimal, unsure, both, mark if count else "")


def _mask(values: pa.Array) -> Bool:
    return np.asarray(values.fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)
