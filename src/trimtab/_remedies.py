"""What a message tells to do, so that each face can put it in its own words.

A message names an argument of a verb as Python writes it, between backticks: `unseen='skip'`, or
`min_count` alone; or a verb, `complete()`. In Python that is what a reader needs; a command shows
the option, a page the field of its form.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_NAMED = re.compile(r"`([a-z]\w*)(?:=([^`]+)|(\(\)))?`")


@dataclass(frozen=True)
class Remedy:
    """An argument that a message speaks of, and the value that it is to have, if one is said; or,
    where `verb` is set, another verb to use.
    """

    name: str
    value: Any = None
    verb: bool = False


def remedies(text: str) -> tuple[Remedy, ...]:
    """The arguments and verbs that a message speaks of."""
    return tuple(_remedy(match) for match in _NAMED.finditer(text))


def worded(text: str, words: Callable[[Remedy], str | None]) -> str:
    """The message with each argument in the words of a face; as it is, where it has none."""
    return _NAMED.sub(lambda match: words(_remedy(match)) or match[0], text)


def _remedy(match: re.Match[str]) -> Remedy:
    name, value, verb = match.groups()
    if verb:
        return Remedy(name, verb=True)
    try:
        return Remedy(name, None if value is None else ast.literal_eval(value))
    except (ValueError, SyntaxError):  # no literal of Python: words for one
        return Remedy(name, value)
