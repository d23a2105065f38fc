"""Text columns that hold dates, or times of day, in one unambiguous pattern."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab.table.evidence import Evidence
from trimtab.table.formats.clock import ClockFormat, clock_of
from trimtab.table.formats.moment import PIVOT, fitting, layout, moments
from trimtab.table.profile import Profile
from trimtab.table.schema import Column, Kind

_EXAMPLES = 5
_BEGINS = r"^(?:\d|[^\d\s]+ \d)"  # how every date and time begins
_FEW = 3  # distinct runs of digits are no dates by themselves


def recognised(profiled: Profile, evidence: Evidence) -> Column | None:
    """The column as a datetime; None if its texts are no dates or times.

    Day and month that neither it nor the rest of the table tells apart give a label whose reason
    says so.
    """
    dated = _without_words(profiled)
    if dated is None:
        return None
    read = _readings(dated)
    if not read:
        return None
    pattern, values = next(iter(read.items()))
    others = [p for p, v in read.items() if not v.equals(values)]
    note = ""
    if others:
        told = _told(pattern, others[0], evidence)
        if told is None:
            return _unsure(profiled, pattern, others[0])
        pattern, note = told, ", as other columns have days and months"
    return _column(dated, pattern, note)


def clock(profiled: Profile) -> tuple[Profile, ClockFormat] | None:
    """The times of day of a column, and how they are written; None if it holds others."""
    timed = _without_words(profiled)
    if timed is None:
        return None
    if not pc.all(pc.match_substring_regex(timed.trimmed_sample, r"^\d{1,2}:\d\d")).as_py():
        return None
    format_ = clock_of(timed.texts)
    return None if format_ is None else (timed, format_)


def compact(texts: pa.Array) -> bool:
    """Whether texts are all dates such as 20041026."""
    if not pc.all(pc.match_substring_regex(texts, r"^(?:19|20)\d{6}$")).as_py():
        return False
    try:
        moments(texts, "%Y%m%d")
    except pa.ArrowInvalid:
        return False
    return True


def _without_words(profiled: Profile) -> Profile | None:
    """The profile of what begins as a date or time does; None where other texts are there than
    words for missing."""
    if not profiled.mostly(_BEGINS):
        return None
    return profiled.without_words(_BEGINS)


def _readings(dated: Profile) -> dict[str, pa.Array]:
    """The values of the texts by each pattern that all of them fit."""
    sample = dated.trimmed_sample
    read = {}
    for pattern in fitting(sample.slice(0, _EXAMPLES).to_pylist()):
        known = layout(pattern)
        assert known is not None
        if not pc.all(pc.match_substring_regex(sample, known.regex)).as_py():
            continue
        if pattern == "%Y%m%d" and dated.n < _FEW:
            continue
        try:
            read[pattern] = moments(dated.texts, pattern)
        except pa.ArrowInvalid:
            continue  # a month 13 or a 30 February: this pattern is not the one
    return read


def _told(first: str, second: str, evidence: Evidence) -> str | None:
    """Which of two patterns the rest of the table has; None where that tells nothing."""
    if evidence.day_first is None:
        return None
    days_lead = first.index("d") < first.index("m")
    return first if days_lead == evidence.day_first else second


def _unsure(profiled: Profile, first: str, second: str) -> Column:
    reason = (
        f"unsure: the dates may be {first} or {second}, and no value tells; set the kind to "
        '"datetime" and the pattern in a schema'
    )
    return profiled.given.column(Kind.LABEL, reason, flags=("ambiguous date",))


def _column(dated: Profile, pattern: str, note: str) -> Column:
    given, known = dated.given, layout(pattern)
    assert known is not None
    reason = f"every value is a moment written {pattern}{note}"
    if "%y" in pattern:
        reason += f"; years up to {PIVOT} are of this century"
    reason += dated.said_missing
    if dated.constant:
        return given.column(Kind.CONSTANT, f"{reason}; the same in every row", pattern=None)
    return given.column(
        Kind.DATETIME,
        reason,
        pattern=pattern,
        missing=dated.missing,
        decimals=_fraction(dated.texts) if known.fraction else None,
        storage=str(known.type) if given.from_text else given.storage,
    )


def _fraction(distinct: pa.Array) -> int | None:
    fractions = pc.extract_regex(distinct, pattern=r"\.(?P<f>\d+)Z?$").field("f")
    lengths = np.unique(pc.utf8_length(fractions).to_numpy(zero_copy_only=False))
    return int(lengths[0]) if len(lengths) == 1 else None
