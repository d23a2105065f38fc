"""Numbers, dates and times written as text: how they are recognised, read, and written again.

Everything here works on Arrow arrays without a loop over rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
WHOLE = r"^[+-]?\d+$"
LEADING_ZERO = r"^[+-]?0\d"
MOMENT = r"^\d\d"  # how every date and time begins
INFINITE = r"(?i)^[+-]?inf(inity)?$"
DECORATED = r"^[-+]?[€$£¥]?\s?[-+]?\d{1,3}([,. ' ]?\d{3})*([.,]\d+)?\s?[€$£¥%]?$"

MISSING_TOKENS = frozenset(
    {"", "NA", "N/A", "n/a", "na", "nan", "NaN", "NAN", "null", "NULL", "Null", "None", "none"}
    | {"?", "-", "--", ".", "<NA>", "#N/A", "NaT"}
)

# A remark, and also what tells the writer that a float 22.0 was written "22".
BARE_WHOLE = "whole numbers without a point"


@dataclass(frozen=True)
class Layout:
    """One way to write a date or time: its strptime pattern, a regex, and its form in ISO 8601."""

    pattern: str
    regex: str
    iso: str
    type: pa.DataType
    fraction: bool = False


def _layouts() -> tuple[Layout, ...]:
    year, two = r"(\d{4})", r"(\d{2})"
    dates = [
        ("%Y-%m-%d", f"{year}-{two}-{two}", r"\1-\2-\3"),
        ("%Y/%m/%d", f"{year}/{two}/{two}", r"\1-\2-\3"),
        ("%d.%m.%Y", rf"{two}\.{two}\.{year}", r"\3-\2-\1"),
        ("%d/%m/%Y", f"{two}/{two}/{year}", r"\3-\2-\1"),
        ("%m/%d/%Y", f"{two}/{two}/{year}", r"\3-\1-\2"),
    ]
    clock = r"(\d{2}:\d{2}:\d{2})"
    times = [
        ("%H:%M", r"(\d{2}:\d{2})", r"\4:00", False),
        ("%H:%M:%S", clock, r"\4", False),
        ("%H:%M:%S.%f", clock + r"\.(\d{1,6})", r"\4.\5", True),
    ]
    zoned = pa.timestamp("us", tz="UTC")
    layouts = [Layout(p, f"^{r}$", iso, pa.date32()) for p, r, iso in dates]
    for p, r, iso in dates:
        for joint in ("T", " "):
            for time, regex, rewrite, fraction in times:
                both, head = f"{p}{joint}{time}", f"^{r}{joint}{regex}"
                full = f"{iso} {rewrite}"
                layouts.append(Layout(both, f"{head}$", full, pa.timestamp("us"), fraction))
                layouts.append(Layout(f"{both}Z", f"{head}Z$", f"{full}Z", zoned, fraction))
    return tuple(layouts)


LAYOUTS = _layouts()


def layout(pattern: str) -> Layout | None:
    """The known layout with this strptime pattern, if there is one."""
    return next((known for known in LAYOUTS if known.pattern == pattern), None)


def trimmed(text: pa.Array) -> pa.Array:
    """The texts without white space around them."""
    return pc.utf8_trim_whitespace(text)


def by_distinct(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The distinct texts, and for each row which one it is (null where missing)."""
    encoded = text.dictionary_encode()
    return encoded.dictionary, encoded.indices


def masked(text: pa.Array, missing: tuple[str, ...]) -> pa.Array:
    """The texts with every one of `missing` made null."""
    if not missing:
        return text
    absent = pc.is_in(text, value_set=pa.array(list(missing), pa.string()))
    return pc.if_else(absent, pa.scalar(None, pa.string()), text)


def numbers(distinct: pa.Array, type_: pa.DataType) -> pa.Array:
    """Texts as numbers of an Arrow type. Raises pyarrow.ArrowInvalid where one is no number."""
    return pc.cast(trimmed(distinct), type_)


def moments(distinct: pa.Array, pattern: str) -> pa.Array:
    """Texts as dates or timestamps. Raises pyarrow.ArrowInvalid where one does not fit."""
    known = layout(pattern)
    if known is None:
        return pc.strptime(distinct, format=pattern, unit="us")
    text = trimmed(distinct)
    fits = pc.match_substring_regex(text, known.regex)
    if not pc.all(fits).as_py() and len(text) - text.null_count:
        bad = text.filter(pc.invert(fits))[0].as_py()
        raise pa.ArrowInvalid(f"{bad!r} does not fit {pattern}")
    iso = pc.replace_substring_regex(text, pattern=known.regex, replacement=known.iso)
    return pc.cast(iso, known.type)


def moment_texts(values: pa.Array, pattern: str, digits: int | None) -> pa.Array:
    """Dates or timestamps in their pattern; `digits` is how many digits a fraction shows."""
    if pa.types.is_date32(values.type):
        return pc.strftime(values, format=pattern)
    known = layout(pattern)
    zone = values.type.tz
    if known is None or not known.fraction:
        # Arrow's %S shows as many digits as the unit has.
        whole = pc.floor_temporal(values, unit="second")
        return pc.strftime(pc.cast(whole, pa.timestamp("s", tz=zone), safe=False), format=pattern)
    exact = pc.cast(values, pa.timestamp("us", tz=zone), safe=False)
    texts = pc.strftime(exact, format=pattern.replace(".%f", ""))
    cut = 6 if digits is None else digits
    return pc.replace_substring_regex(
        texts, pattern=rf"(\.\d{{{cut}}})\d*(Z?)$", replacement=r"\1\2"
    )


def number_texts(
    values: pa.Array, *, fixed: int | None = None, bare: bool = False, single: bool = False
) -> pa.Array:
    """Numbers as the shortest text that reads back the same, or with `fixed` decimals.

    `bare` writes 22.0 as "22"; `single` means that the numbers came with single precision.
    """
    if not pa.types.is_float64(values.type):
        return pc.cast(values, pa.string())
    if fixed:
        try:
            return pc.cast(pc.cast(values, pa.decimal128(38, fixed)), pa.string())
        except pa.ArrowInvalid:
            texts = [None if v is None else f"{v:.{fixed}f}" for v in values.to_pylist()]
            return pa.array(texts, pa.string())
    if single:
        values = pc.cast(values, pa.float32(), safe=False)
    text = pc.cast(values, pa.string())
    if bare:
        return text
    return pc.replace_substring_regex(text, pattern=r"^(-?\d+)$", replacement=r"\1.0")
