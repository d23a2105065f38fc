"""Text columns that hold dates or times in one unambiguous pattern."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab.table import text
from trimtab.table.profile import Profile
from trimtab.table.schema import Column, Kind

_MOSTLY = 0.95


def recognised(profiled: Profile) -> Column | None:
    """The column as a datetime; None if its texts are no dates or times.

    Day and month that cannot be told apart give a label whose reason says so.
    """
    if not pc.any(pc.match_substring_regex(profiled.trimmed_sample, text.MOMENT)).as_py():
        return None
    fitting = [known for known in text.LAYOUTS if _fits(profiled, known)]
    read = [r for known in fitting if (r := _read(profiled, known)) is not None]
    if not read:
        return None
    patterns = [column.pattern or "" for column in read]
    if len(read) > 1:
        listed = " or ".join(patterns)
        reason = f"the dates may be {listed}: no value tells; set the kind and pattern in a schema"
        return profiled.given.column(Kind.LABEL, reason, flags=("ambiguous date",))
    return read[0]


def _fits(profiled: Profile, known: text.Layout) -> bool:
    sample = profiled.trimmed_sample
    matches = pc.sum(pc.match_substring_regex(sample, known.regex)).as_py() or 0
    return matches > 0 and matches >= 0.5 * (len(sample) - len(text.MISSING_TOKENS))


def _read(profiled: Profile, known: text.Layout) -> Column | None:
    fits = pc.match_substring_regex(text.trimmed(profiled.distinct), known.regex)
    tokens = profiled.distinct.filter(pc.invert(fits)).to_pylist()
    dated = profiled.where(fits, tuple(tokens))
    if dated.filled < _MOSTLY * profiled.filled:
        return None
    if not all(t.strip() in text.MISSING_TOKENS for t in tokens):
        return None
    try:
        text.moments(dated.distinct, known.pattern)
    except pa.ArrowInvalid:
        # A month 13 or a 30 February: this pattern is not the one.
        return None
    given = profiled.given
    reason = f"every value is a moment written {known.pattern}"
    if tokens:
        reason += f"; {', '.join(map(repr, tokens))} stand for missing"
    if dated.constant:
        return given.column(Kind.CONSTANT, f"{reason}; the same in every row", pattern=None)
    return given.column(
        Kind.DATETIME,
        reason,
        pattern=known.pattern,
        missing=dated.missing,
        decimals=_fraction(dated.distinct) if known.fraction else None,
        storage=str(known.type) if given.from_text else given.storage,
    )


def _fraction(distinct: pa.Array) -> int | None:
    fractions = pc.extract_regex(text.trimmed(distinct), pattern=r"\.(?P<f>\d+)Z?$").field("f")
    lengths = np.unique(pc.utf8_length(fractions).to_numpy(zero_copy_only=False))
    return int(lengths[0]) if len(lengths) == 1 else None
