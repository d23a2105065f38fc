"""The forms of files that tables can have, in one list, and which one a name tells."""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.table.sources import arrow, excel, json_lines, packing, parquet, text
from trimtab.table.sources.format import Format

FORMATS: tuple[Format, ...] = (
    text.FORMAT,
    json_lines.FORMAT,
    parquet.FORMAT,
    arrow.FORMAT,
    excel.FORMAT,
)


@dataclass(frozen=True)
class Named:
    """What a name tells: the form, and how it is packed (".gz", or "" for not at all)."""

    format: Format
    packing: str = ""


def told_by(name: str) -> Named | None:
    """What the ending of a name tells; None for an ending that nothing is known by.

    Of a .zip it may be told by the member alone: then it is taken as CSV, until it is opened.
    """
    inner, packed = packing.bare(name)
    for form in FORMATS:
        if inner.endswith(form.endings):
            return Named(form, packed) if form.packed or not packed else None
    return Named(text.FORMAT, packed) if packed == packing.ZIP and _bare(inner) else None


def _bare(inner: str) -> bool:
    return "." not in inner.removeprefix(".")


def listed(*, writable: bool = False) -> str:
    """The endings that can be read, or written, in words."""
    packed, plain = list[str](), list[str]()
    for form in FORMATS:
        if form.write or not writable:
            endings = (form.writable if writable else ()) or form.endings
            (packed if form.packed else plain).extend(endings)
    return f"{', '.join(packed)} (each also {', '.join(packing.ENDINGS)}), {', '.join(plain)}"
