"""Labels as an axis has room for them: distinct ones stay distinct."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from trimtab.report.exhibits.style import LABEL_WIDTH

_ELLIPSIS = "…"
_SIZE = 11  # of the letters, in pixels
# Widths of letters as shares of their size, a little rounded up.
_WIDTHS = {
    **dict.fromkeys("ijl'|", 0.23),
    **dict.fromkeys("ftI.,:;! /\\()[]-`", 0.34),
    **dict.fromkeys('r"*{}', 0.4),
    **dict.fromkeys("ckvxyszJ", 0.5),
    **dict.fromkeys("ABEKPSVXY&", 0.67),
    **dict.fromkeys("CDGHNOQRUw", 0.78),
    **dict.fromkeys("mM", 0.84),
    **dict.fromkeys("W%@…", 1.0),
}
_USUAL, _FULL = 0.58, 1.0
_HEAD = 0.55  # share of the room that the beginning of a label gets
_LEAD = 2  # letters before the first that differs


def width(text: str, size: float = _SIZE) -> float:
    """The width of a text in pixels, about; never much less than it is."""
    return size * sum(_width(letter) for letter in text)


def _width(letter: str) -> float:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if unicodedata.combining(letter):
        return 0.0
    return _FULL if unicodedata.east_asian_width(letter) in "WF" else _USUAL


def shortened(
    labels: Iterable[str], room: float = LABEL_WIDTH, size: float = _SIZE
) -> dict[str, str]:
    """Labels by what is shown of each: what is too long loses its middle, not its end.

    Labels that would then look alike are cut where they differ, and counted if nothing else helps,
    so that distinct labels stay distinct.
    room   in pixels
    """
    every = [*dict.fromkeys(labels)]
    shown = {label: _cut(label, room, size) for label in every}
    for alike in _alike(shown):
        start = _first_difference(alike)
        shown |= {label: _from(label, start, room, size) for label in alike}
    for alike in _alike(shown):
        for number, label in enumerate(alike, 1):
            mark = f" ({number})"
            shown[label] = _cut(label, room - width(mark, size), size) + mark
    return shown


def _alike(shown: dict[str, str]) -> list[list[str]]:
    """Groups of labels that look alike."""
    by_look: dict[str, list[str]] = {}
    for label, look in shown.items():
        by_look.setdefault(look, []).append(label)
    return [labels for labels in by_look.values() if len(labels) > 1]


def _first_difference(labels: list[str]) -> int:
    """The place of the first letter that is not the same in all labels."""
    low, high = min(labels), max(labels)
    same = (k for k, (a, b) in enumerate(zip(low, high, strict=False)) if a != b)
    return next(same, min(len(low), len(high)))


def _cut(label: str, room: float, size: float) -> str:
    """A label without its middle, if it is too long."""
    if width(label, size) <= room:
        return label
    left = room - width(_ELLIPSIS, size)
    head = _fitting(label, _HEAD * left, size)
    tail = _fitting(label[::-1], left - width(head, size), size)[::-1]
    return f"{head.rstrip()}{_ELLIPSIS}{tail.lstrip()}"


def _from(label: str, start: int, room: float, size: float) -> str:
    """A label's first letters, and those from a place on."""
    lead = max(0, start - _LEAD)
    if lead == 0:
        return _cut(label, room, size)
    head = _fitting(label[:lead], 0.3 * room, size).rstrip()
    rest = room - width(head + _ELLIPSIS, size)
    return f"{head}{_ELLIPSIS}{_ended(label[lead:], rest, size)}"


def _ended(text: str, room: float, size: float) -> str:
    """The beginning of a text, and an ellipsis where something follows."""
    if width(text, size) <= room:
        return text
    return _fitting(text, room - width(_ELLIPSIS, size), size) + _ELLIPSIS


def _fitting(text: str, room: float, size: float) -> str:
    """As many of a text's first letters as there is room for."""
    used = 0.0
    for place, letter in enumerate(text):
        used += size * _width(letter)
        if used > room:
            return text[:place]
    return text
