"""Texts that came from outside, made safe to show: nothing in them moves a cursor or turns a line.

A name of a column, a label, a name of a file or a message of a library may hold what a terminal
obeys. Here each such character becomes the escape that Python writes for it, so that it is seen:

    C0, DEL, C1             U+0000 to U+001F, U+007F to U+009F: line breaks and tabs among them
    line ends of Unicode    U+2028, U+2029
    order of writing        U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+206F, which let a
                            text stand in another order than it has (Unicode Technical Report 36)
    halves of a character   U+D800 to U+DFFF, as in names of files that are no UTF-8

What joins letters (U+200C, U+200D) stays: scripts need it, and it stays where it stands. A
backslash that stood there already is not doubled, so that shown texts can be shown again.
"""

from __future__ import annotations

import re

_OBEYED = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff"  # as above
_ANY = re.compile(f"[{_OBEYED}]")
_IN_LINES = re.compile(f"(?!\n)[{_OBEYED}]")


def visible(text: str) -> str:
    """A text on one line, with what a terminal would obey shown as Python escapes: "\\x1b[2J"."""
    return _ANY.sub(lambda found: repr(found[0])[1:-1], text)


def visible_lines(text: str) -> str:
    """The same of several lines, whose breaks stay: only for texts that we laid out."""
    return _IN_LINES.sub(lambda found: repr(found[0])[1:-1], text)


def visible_json(text: str) -> str:
    """JSON or TOML with the same characters as \\u escapes: it says the same.

    In such a text they stand inside of strings only, where no line breaks.
    """
    return _IN_LINES.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


_SECRETS = (
    (re.compile(r"(\w://[^\s:/@]*):\S*@"), r"\1:***@"),
    (re.compile(r"(\w://\S*[?&](?:ssl)?password=)[^&\s]*", re.I), r"\1***"),
)


def without_secrets(text: str) -> str:
    """A text in which no URL shows a password."""
    for pattern, shown in _SECRETS:
        text = pattern.sub(shown, text)
    return text
