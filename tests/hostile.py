"""A table, file names and texts that hold every character that a terminal obeys."""

from __future__ import annotations

import unicodedata

import pyarrow as pa

# Stated here again, by what Unicode says of characters rather than by numbers.
OBEYED = tuple(
    c
    for c in map(chr, range(0x11000))
    if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs")
    or unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI")
    or unicodedata.bidirectional(c) == "PDI"
    or c in "\u061c\u200e\u200f"
)
IN_TEXT = tuple(c for c in OBEYED if not 0xD800 <= ord(c) < 0xE000)  # which Arrow can hold
MARK = "¤"  # stands behind each of them, so that none passes for one that rich wrote


def marked(characters: tuple[str, ...]) -> str:
    """The characters, each with the mark behind it."""
    return "".join(c + MARK for c in characters)


MARKUP = "[red]:smile:[/nothing]"
LABEL = f"la{marked(IN_TEXT[::2])}{MARKUP}"
OTHER = f"lb{marked(IN_TEXT[1::2])}"
GROUP = f"group{marked(IN_TEXT)}{MARKUP}"
NUMBER = f"number{marked(IN_TEXT[:40])}"
TARGET = f"target{marked(IN_TEXT[40:])}"
SEQUENCE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"


def table(rows: int = 240) -> pa.Table:
    """Labels, a number and a target whose names hold every one of them, and so do the labels."""
    return pa.table(
        {
            GROUP: [LABEL if k % 3 else OTHER for k in range(rows)],
            "plain": [SEQUENCE + "x" if k % 4 < 2 else "y" for k in range(rows)],
            NUMBER: [((k * 37) % 101) / 8 for k in range(rows)],
            TARGET: ["no" + MARKUP if (k * 7) % 5 < 3 else f"yes{SEQUENCE}" for k in range(rows)],
        }
    )
