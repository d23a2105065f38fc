"""What messages tell to do, in the words of a command line: options instead of arguments."""

from __future__ import annotations

import csv
import io
import os
import shlex
from collections.abc import Sequence
from functools import cache
from typing import Any

from trimtab._remedies import Remedy, worded
from trimtab._visible import visible, without_secrets

_PLACES = {
    "certificate",
    "checkpoint",
    "decimal",
    "delimiter",
    "encoding",
    "format",
    "formula_safe",
    "given",
    "host",
    "key",
    "plan",
    "port",
    "proxied",
    "report",
    "resume",
}  # arguments that no request has
_FLAGS = {"rows": "-n"}
_VERBS = {"complete": "trimtab complete DATA --given rows.csv -o OUT"}


def in_options(text: str) -> str:
    """A message with the options of commands where it speaks of arguments."""
    return worded(text, _words)


def option_words(remedy: Remedy) -> list[str]:
    """An argument as the words of a command line, such as ["--unseen", "skip"]."""
    flag = _FLAGS.get(remedy.name, "--" + remedy.name.replace("_", "-"))
    if remedy.value is None or remedy.value is True:
        return [flag]
    return [flag, _value(remedy.value)]


def shell_line(words: Sequence[str]) -> str:
    """The words as a shell reads them back, each on one line, with nothing hidden in it and no
    password."""
    words = [without_secrets(word) for word in words]
    return " ".join(shlex.quote(word) if visible(word) == word else _quoted(word) for word in words)


def _quoted(word: str) -> str:
    """A word as $'...', in which shells know escapes (POSIX.1-2024)."""
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{''.join(_octal(c) if visible(c) != c else c for c in escaped)}'"


def _octal(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in os.fsencode(character))


def _words(remedy: Remedy) -> str | None:
    if remedy.value is False:
        return None
    if remedy.verb:
        return _VERBS.get(remedy.name, f"trimtab {remedy.name}")
    return shell_line(option_words(remedy)) if remedy.name in _known() else None


def _value(value: Any) -> str:
    """A value as an option takes it."""
    if isinstance(value, dict):
        value = [f"{name}={'' if part is None else part}" for name, part in value.items()]
    if not isinstance(value, (list, tuple)):
        return str(value)
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(value)  # quotes keep a comma
    return line.getvalue()


@cache
def _known() -> frozenset[str]:
    """The arguments that are options."""
    from trimtab.synthesis.choose import option_fields
    from trimtab.verbs.carry_out import VERBS

    names = {name for request in VERBS for name in request.fields()} - {"options"}
    return frozenset(names | option_fields().keys() | _PLACES)
