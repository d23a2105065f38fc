"""The format of a column, from the text that its schema has."""

from __future__ import annotations

from functools import lru_cache

from trimtab.table.formats.clock import ClockFormat
from trimtab.table.formats.moment import layout
from trimtab.table.formats.number import NumberFormat, number_format
from trimtab.table.formats.spelling import Spellings

Format = NumberFormat | ClockFormat | Spellings


@lru_cache(maxsize=256)
def written_as(shown: str) -> Format:
    """The format that a text shows: "1.234,5 €", "%H:%M" or "Yes|No".

    Raises ValueError for what is none.
    """
    if "|" in shown:
        return Spellings(tuple(shown.split("|")))
    known = layout(shown) if shown.startswith("%") else None
    if known is not None and known.timed:
        return ClockFormat(shown)
    return number_format(shown)
