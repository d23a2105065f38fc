"""Which notes a person should read first, and how much of each: few lines, the rest on request.

A note is a text, and what it is worth is told by what is known of it: where it came from, in the
order that the caller gives, and whether it names an option, which a reader could use.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from difflib import SequenceMatcher

from trimtab._visible import visible
from trimtab.cli.words import in_options

WIDTH = 80  # of a line, however wide the terminal is
LINES = 8
PREFIX = "note: "
_LINES_EACH = 2
_LINES_OF_A_REMEDY = 3  # the option stands behind what it is for
_ALIKE = 0.6  # of the words of the shorter one of two notes
_WORDS = 5  # and fewer are too few to tell
_CUT = " ..."
_OPTION = re.compile(r"(?<!\S)(--?[a-z][-a-z]*|trimtab [a-z]+)(?!\w)")


def brief(groups: Sequence[Sequence[str]], lines: int = LINES) -> list[str]:
    """Notes in so many lines, the last of which says that there is more, if there is.

    Groups go from the most important; in each, those that name an option come first. Notes that say
    the same of several columns or cells are one.
    """
    every = [note for group in groups for note in group]
    families = [family for group in groups for family in _families(_ranked(group))]
    told = [_cut(family[0], len(family) - 1) for family in families]
    if told == [_worded(note) for note in every] and sum(map(_height, told)) <= lines:
        return told
    shown: list[str] = []
    for text in told:
        if sum(map(_height, [*shown, text])) < lines:
            shown.append(text)
    many = f"all {len(every)} notes" if len(every) > 1 else "the note"
    return [*shown, f"--verbose shows {many} in full."]


def wrapped(line: str, width: int) -> str:
    """A line of text as several, broken between words only; those behind the first are indented."""
    lines = textwrap.wrap(
        line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines)


def sentences(text: str) -> list[str]:
    """The sentences of a message."""
    return re.split(r"(?<=[^.][.!?]) (?=[A-Z\"'])", text)


def _worded(note: str) -> str:
    return visible(in_options(note))


def _advises(note: str) -> bool:
    """Whether it names an option or a command."""
    return in_options(note) != note


def _ranked(group: Sequence[str]) -> list[str]:
    return sorted(dict.fromkeys(group), key=lambda note: not _advises(note))


def _families(notes: Sequence[str]) -> list[list[str]]:
    """Notes that say alike things of other columns, cells or tables, together."""
    families: list[list[str]] = []
    for note in notes:
        family = next((f for f in families if _alike(f[0], note)), None)
        if family is None:
            families.append([note])
        else:
            family.append(note)
    return families


def _alike(one: str, other: str) -> bool:
    a, b = (re.findall(r"[^\W\d_]+", sentences(note)[0]) for note in (one, other))
    shorter = min(len(a), len(b))
    if _advises(one) != _advises(other) or shorter < _WORDS:
        return False
    matches = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return sum(match.size for match in matches) >= _ALIKE * shorter


def _cut(note: str, others: int) -> str:
    """Its first sentence, what it advises, and how many more say alike."""
    if not others and _height(_worded(note)) == 1:
        return _worded(note)
    first, *rest = sentences(note)
    advice = _worded(" ".join(["", *(s for s in rest if _advises(s))]))
    more = f" (and {others} more like it)" if others else ""
    words = _worded(first).split(" ")
    mark = _CUT if rest and not advice else ""
    each = _LINES_OF_A_REMEDY if _advises(note) else _LINES_EACH
    while len(words) > _WORDS and _height(f"{' '.join(words)}{mark}{more}{advice}") > each:
        words.pop()
        mark = _CUT
    kept = " ".join(words)
    return f"{kept.rstrip(' ,;:') if mark else kept}{mark}{more}{advice}"


def shortened(text: str, room: int) -> str:
    """A text cut to so many characters, between words."""
    if len(text) <= room:
        return text
    return text[: room - len(_CUT) + 1].rsplit(" ", 1)[0].rstrip(" ,;:") + _CUT


def _height(text: str) -> int:
    return wrapped(PREFIX + text, WIDTH).count("\n") + 1


def refusal(message: str, prefix: str) -> list[str]:
    """A message of an error, in the order to read it: where it takes more than three lines, what to
    do comes first, then what was wrong.

    What to do is what names an option, else the end: so are messages written.
    """
    if wrapped(visible(prefix + message), WIDTH).count("\n") < _LINES_OF_A_REMEDY:
        return [message]
    parts = sentences(message)
    if len(parts) == 1:
        wrong, colon, do = message.rpartition(": ")
        return [_opened(do), f"{_opened(wrong)}."] if colon else [message]
    advice = [part for part in parts if not part.startswith("-") and _OPTION.search(part)]
    advice = advice or parts[-1:]
    wrong = " ".join(part for part in parts if part not in advice)
    return [" ".join(advice), _opened(wrong)] if wrong else [message]


def _opened(text: str) -> str:
    """A sentence's first letter as a capital, unless its word is a name or a number."""
    return text[:1].upper() + text[1:] if re.match(r"[a-z]+(\s|,)", text) else text
