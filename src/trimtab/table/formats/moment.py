"""Dates and times written as text: the patterns that are known, read and written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Int
from trimtab.table.formats.months import FULL, SHORT

# The patterns that are looked for, the padded before the bare; a new one is one more line.
DATES = (
    *("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%Y.%m.%d", "%Y%m%d"),
    *("%-d/%-m/%Y", "%-m/%-d/%Y", "%-d.%-m.%Y", "%-d-%-m-%Y", "%-m-%-d-%Y", "%Y/%-m/%-d"),
    *("%Y-%-m-%-d",),
    *("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y"),
    *("%-d.%-m.%y", "%-d/%-m/%y", "%-m/%-d/%y"),
    *("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%d. %B %Y", "%d-%^b-%Y", "%d-%^b-%y"),
    *("%-d %b %Y", "%-d-%b-%Y", "%-d-%b-%y", "%-d %B %Y", "%-d. %B %Y", "%-d. %b %Y"),
    *("%b %d, %Y", "%B %d, %Y", "%b %-d, %Y", "%B %-d, %Y", "%-d de %B de %Y"),
)
CLOCKS = (
    *("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%-H:%M", "%-H:%M:%S"),
    *("%I:%M %p", "%I:%M:%S %p", "%-I:%M %p", "%-I:%M:%S %p", "%-I:%M%p"),
)
JOINTS = ("T", " ", ", ")
PIVOT = 68  # a year of two digits up to this one is of this century

_NUMBERS = {
    "%Y": r"\d{4}",
    "%y": r"\d{2}",
    "%m": r"\d{2}",
    "%-m": r"\d{1,2}",
    "%d": r"\d{2}",
    "%-d": r"\d{1,2}",
    "%H": r"\d{2}",
    "%-H": r"\d{1,2}",
    "%I": r"\d{2}",
    "%-I": r"\d{1,2}",
    "%M": r"\d{2}",
    "%S": r"\d{2}",
    "%f": r"\d{1,6}",
    "%p": r"[AaPp]\.?[Mm]\.?",
}
_DIRECTIVE = re.compile(r"%(?:[-^]?[a-zA-Z])")
_BARE, _NAME = "\x01", "\x02"  # marks in what Arrow writes: a number without zeros, a month's name


@dataclass(frozen=True)
class Layout:
    """A pattern as strptime has them, compiled: %-d is without zeros, %^b in capitals."""

    pattern: str
    language: str
    body: str
    regex: str
    timed: bool

    @property
    def fraction(self) -> bool:
        """Whether it shows parts of a second."""
        return "%f" in self.body

    @property
    def type(self) -> pa.DataType:
        """What its texts are."""
        if not self.timed:
            return pa.date32()
        return pa.timestamp("us", tz="UTC" if self.body.endswith("Z") else None)


@lru_cache(maxsize=4096)
def layout(pattern: str) -> Layout | None:
    """A pattern, compiled; None where it holds what is not known here."""
    language, colon, body = pattern.partition(":")
    if not colon or language not in FULL or not language:
        language, body = "", pattern
    regex, at = "", 0
    for match in _DIRECTIVE.finditer(body):
        piece = _piece(match.group(), language)
        if piece is None:
            return None
        regex += re.escape(body[at : match.start()]) + piece
        at = match.end()
    regex += re.escape(body[at:])
    if "%" in _DIRECTIVE.sub("", body):
        return None
    timed = any(f"%{mark}{hour}" in body for mark in ("", "-") for hour in "HI")
    return Layout(pattern, language, body, f"^{regex}$", timed)


def _piece(directive: str, language: str) -> str | None:
    if directive in _NUMBERS:
        return f"(?P<{directive[-1]}>{_NUMBERS[directive]})"
    names = _names(directive, language)
    return None if names is None else f"(?P<n>{'|'.join(map(re.escape, names))})"


def _names(directive: str, language: str) -> tuple[str, ...] | None:
    """The names of months that a directive writes."""
    table = {"b": SHORT, "B": FULL}.get(directive[-1])
    if table is None or directive[1] == "-":
        return None
    names = table[language]
    return tuple(n.upper() for n in names) if directive[1] == "^" else names


def fitting(texts: list[str]) -> Iterator[str]:
    """The patterns that some text fits, in the order of the lists."""
    tails = [clock + zone for clock in CLOCKS for zone in ("", "Z")]
    for language in FULL:
        for date in DATES:
            if language and "b" not in date.lower():
                continue
            pattern = f"{language}:{date}" if language else date
            rests = {text[m.end() :] for text in texts if (m := _begins(pattern, text))}
            if "" in rests:
                yield pattern
            for joint in JOINTS:
                times = [r.removeprefix(joint) for r in rests if r.startswith(joint)]
                for tail in tails if times else ():
                    if any(_whole(tail, time) for time in times):
                        yield f"{pattern}{joint}{tail}"


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    known = layout(pattern)
    assert known is not None
    return re.compile(known.regex[:-1])


def _begins(pattern: str, text: str) -> re.Match[str] | None:
    return _compiled(pattern).match(text)


def _whole(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


def moments(texts: pa.Array, pattern: str) -> pa.Array:
    """Texts as dates or timestamps. Raises pyarrow.ArrowInvalid where one does not fit."""
    known = layout(pattern)
    if known is None:
        return pc.strptime(texts, format=pattern, unit="us")
    trimmed = pc.utf8_trim_whitespace(texts)
    parts = pc.extract_regex(trimmed, known.regex)
    filled = np.asarray(pc.is_valid(trimmed))
    _check(np.asarray(pc.is_valid(parts)) | ~filled, trimmed, pattern)
    days, sound = _days(parts, known) if "Y" in known.regex or "?P<y>" in known.regex else (0, True)
    micros, of_day = _micros(parts)
    _check((sound & of_day) | ~filled, trimmed, pattern)
    if not known.timed:
        return pa.array(np.asarray(days, "M8[D]"), pa.date32(), mask=~filled)
    stamps = np.asarray(days, "M8[D]").astype("M8[us]") + micros.astype("m8[us]")
    return pc.cast(pa.array(stamps, pa.timestamp("us"), mask=~filled), known.type)


def _check(sound: np.ndarray, texts: pa.Array, pattern: str) -> None:
    bad = np.flatnonzero(~sound)
    if len(bad):
        raise pa.ArrowInvalid(f"{texts[int(bad[0])].as_py()!r} does not fit {pattern}")


def _days(parts: pa.StructArray, known: Layout) -> tuple[np.ndarray, np.ndarray]:
    """The days of texts, and which are in the calendar."""
    if "?P<Y>" in known.regex:
        year = _part(parts, "Y", 1970)
    else:
        short = _part(parts, "y", 70)
        year = short + np.where(short <= PIVOT, 2000, 1900)
    if "?P<n>" in known.regex:
        directive = next(d for d in _DIRECTIVE.findall(known.body) if d[-1] in "bB")
        names = pa.array(_names(directive, known.language))
        month = 1 + pc.index_in(parts.field("n"), names).fill_null(0).to_numpy()
    else:
        month = _part(parts, "m", 1)
    day = _part(parts, "d", 1)
    sound = (month >= 1) & (month <= 12) & (year > 0)
    months = (year - 1970).astype("M8[Y]").astype("M8[M]") + np.where(sound, month - 1, 0)
    days = months.astype("M8[D]") + (day - 1)
    return days, sound & (day >= 1) & (days.astype("M8[M]") == months)


def _micros(parts: pa.StructArray) -> tuple[Int, np.ndarray]:
    """The microseconds of times of day, and which are on a clock."""
    names = {parts.type.field(i).name for i in range(parts.type.num_fields)}
    hour = _part(parts, "H" if "H" in names else "I", 0)
    minute, second = _part(parts, "M", 0), _part(parts, "S", 0)
    sound = (hour < 24) & (minute < 60) & (second < 60)
    if "p" in names:
        sound &= (hour >= 1) & (hour <= 12)
        late = pc.match_substring(parts.field("p"), "p", ignore_case=True).fill_null(False)
        hour = hour % 12 + 12 * late.to_numpy(zero_copy_only=False)
        sound |= ~np.asarray(pc.is_valid(parts))
    micros = ((hour * 60 + minute) * 60 + second) * 10**6
    if "f" in names:
        digits = pc.utf8_rpad(parts.field("f"), 6, "0")
        micros = micros + pc.cast(digits, pa.int64()).fill_null(0).to_numpy()
    return micros, sound


def _part(parts: pa.StructArray, name: str, default: int) -> Int:
    """A number of each text; the default where it is none."""
    if parts.type.get_field_index(name) < 0:
        return np.full(len(parts), default, np.int64)
    digits = _digits(parts, name).fill_null(default)
    return np.asarray(digits.to_numpy(zero_copy_only=False), np.int64)


def _digits(parts: pa.StructArray, name: str) -> pa.Array:
    """A number of each text; null where it is none, of which Arrow makes the empty text."""
    found = parts.field(name)
    filled = pc.if_else(pc.equal(found, ""), pa.scalar(None, pa.string()), found)
    return pc.cast(filled, pa.int64())


def moment_texts(values: pa.Array, pattern: str, digits: int | None) -> pa.Array:
    """Dates or timestamps in their pattern; `digits` is how many digits a fraction shows."""
    known = layout(pattern)
    form = pattern if known is None else _marked(known)
    if pa.types.is_date32(values.type):
        return _named(pc.strftime(values, format=form), known)
    zone = values.type.tz
    if known is None or not known.fraction:
        # Arrow's %S shows as many digits as the unit has.
        whole = pc.floor_temporal(values, unit="second")
        seconds = pc.cast(whole, pa.timestamp("s", tz=zone), safe=False)
        return _named(pc.strftime(seconds, format=form), known)
    exact = pc.cast(values, pa.timestamp("us", tz=zone), safe=False)
    texts = pc.strftime(exact, format=form.replace(".%f", ""))
    cut = 6 if digits is None else digits
    cut_off = pc.replace_substring_regex(
        texts, pattern=rf"(\.\d{{{cut}}})\d*(Z?)$", replacement=r"\1\2"
    )
    return _named(cut_off, known)


def _marked(known: Layout) -> str:
    """The pattern as Arrow takes it, with marks for what it cannot write."""

    def written(match: re.Match[str]) -> str:
        directive = match.group()
        if directive[-1] in "bB":
            return f"{_NAME}%m{_NAME}"
        return f"{_BARE}%{directive[-1]}" if directive[1] == "-" else directive

    return _DIRECTIVE.sub(written, known.body)


def _named(texts: pa.Array, known: Layout | None) -> pa.Array:
    """Texts that Arrow wrote, with the names of months and without the zeros that are marked."""
    if known is None:
        return texts
    for directive in _DIRECTIVE.findall(known.body):
        for number, name in enumerate(_names(directive, known.language) or (), start=1):
            texts = pc.replace_substring(texts, f"{_NAME}{number:02}{_NAME}", name)
    if "%-" in known.body:
        texts = pc.replace_substring_regex(texts, f"{_BARE}0?", "")
    return texts


def day_first(texts: pa.Array) -> bool | None:
    """Whether days come before months in dates of numbers; None where no value tells."""
    parts = pc.extract_regex(texts, r"^(?P<a>\d{1,2})[/.-](?P<b>\d{1,2})[/.-]\d{2,4}(?:\D|$)")
    first, second = (pc.max(_digits(parts, n)).as_py() or 0 for n in "ab")
    if first > 31 or second > 31 or (first > 12) == (second > 12):
        return None
    return first > 12
