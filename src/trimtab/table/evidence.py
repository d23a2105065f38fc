"""What the columns of a table say together of how its numbers and dates are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from trimtab.table.formats.finding import tells
from trimtab.table.formats.moment import day_first
from trimtab.table.profile import Profile

_LOOKED_AT = 60  # texts of a column
_MARKED = r"^\D{0,4}\d[^A-Za-z/:]*[.,]"
_SEPARATED = r"^\D{0,4}\d[\d '\x{a0}\x{202f}]*[.,/-]"
_DATED = r"^\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b"


@dataclass(frozen=True)
class Evidence:
    """What the rest of a table tells where a column does not.

    decimal    the decimal mark; None where columns tell none, or do not agree
    day_first  whether days come before months; None likewise
    """

    decimal: str | None = None
    day_first: bool | None = None


def evidence_of(profiles: Sequence[Profile], decimal: str | None) -> Evidence:
    """What the columns of text tell; the decimal mark is `decimal`, if a person says one."""
    marks, orders = set[str](), set[bool]()
    for profiled in profiles:
        if not pa.types.is_string(profiled.distinct.type) or not profiled.n:
            continue
        sample = profiled.trimmed_sample
        some = sample.take(pa.array(range(0, len(sample), max(1, len(sample) // _LOOKED_AT))))
        if not _mostly(some, _SEPARATED):
            continue
        if decimal is None and _mostly(some, _MARKED) and (mark := tells(some)):
            marks.add(mark)
        if _mostly(some, _DATED) and (order := day_first(sample)) is not None:
            orders.add(order)
    told = decimal or (marks.pop() if len(marks) == 1 else None)
    return Evidence(told, orders.pop() if len(orders) == 1 else None)


def _mostly(texts: pa.Array, regex: str) -> bool:
    """Whether some texts match: all but words for missing."""
    matches = pc.sum(pc.match_substring_regex(texts, regex)).as_py() or 0
    return matches > 0 and 3 * matches >= len(texts) - 8
