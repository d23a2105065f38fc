"""The words of a rule's text, read from left to right. Nothing in it is ever evaluated."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite

from trimtab.errors import InputError
from trimtab.table.rules.rule import MAX_CHARACTERS

_PLAIN = re.compile(r"[^\W\d][\w.]*")
_PART = re.compile(r"\w")
_NUMBER = re.compile(r"\d+(\.\d+)?([eE][+-]?\d+)?")
_SIGNS = re.compile(r"<=|>=|!=|==|[-<>=+*(),]")
KEYWORDS = frozenset(
    {"from", "matches", "within", "where", "exactly", "and", "missing", "present", "in", "not"}
    | {"one", "of", "at", "most", "least", "make", "a", "date", "occur", "together", "multiple"}
)


class Form(StrEnum):
    """What a word is."""

    NAME = "name"  # of a column, or a keyword
    QUOTED = "column"  # a name between backticks
    TEXT = "text"  # a value between quotes
    NUMBER = "number"
    SIGN = "sign"
    END = "end"


COLUMNS = (Form.NAME, Form.QUOTED)


@dataclass(frozen=True)
class Word:
    """A word, and where it begins: characters from the left, counted from 1."""

    form: Form
    text: str
    place: int

    @property
    def sign(self) -> str:
        """The sign that it is; nothing where it is none."""
        return self.text if self.form is Form.SIGN else ""


@dataclass
class Words:
    """The words of a text, with a place that moves as they are read."""

    source: str
    words: tuple[Word, ...]
    at: int = field(default=0)

    @property
    def next(self) -> Word:
        """The word that comes next."""
        return self.words[self.at]

    def ahead(self, *keywords: str) -> bool:
        """Whether these keywords or signs come next."""
        following = self.words[self.at : self.at + len(keywords)]
        return tuple(w.text if w.form in (Form.NAME, Form.SIGN) else None for w in following) == (
            keywords
        )

    def take(self, *keywords: str) -> bool:
        """Pass these keywords or signs if they come next."""
        here = self.ahead(*keywords)
        self.at += len(keywords) * here
        return here

    def need(self, *keywords: str) -> None:
        """Pass these keywords or signs. Raises InputError if they do not come next."""
        if not self.take(*keywords):
            raise self.wrong(f"expected {' '.join(keywords)!r}")

    def column(self) -> str:
        """Pass the name of a column. Raises InputError if none comes next."""
        word = self.next
        if word.form not in (Form.NAME, Form.QUOTED):
            raise self.wrong("expected the name of a column (in backticks if it has other signs)")
        self.at += 1
        return word.text

    def names(self) -> tuple[str, ...]:
        """Pass names of columns with commas between them."""
        found = [self.column()]
        while self.take(","):
            found.append(self.column())
        if len(set(found)) < len(found):
            raise self.wrong_before("a column stands twice")
        return tuple(found)

    def column_then(self, *keywords: str) -> str | None:
        """Pass a column and keywords after it, if both come next."""
        here, length = self.at, len(keywords)
        if self.next.form in COLUMNS:
            self.at += 1
            if self.ahead(*keywords):
                self.at += length
                return self.words[here].text
        self.at = here
        return None

    def names_then(self, *keywords: str) -> tuple[str, ...] | None:
        """Pass several columns and keywords after them, if all come next."""
        here, at = self.at, self.at
        while self.words[at].form in COLUMNS and self.words[at + 1].sign == ",":
            at += 2
        self.at = at + 1
        if at > here and self.words[at].form in COLUMNS and self.take(*keywords):
            after, self.at = self.at, here
            names = self.names()
            self.at = after
            return names
        self.at = here
        return None

    def value(self) -> str | float:
        """Pass a value: a number, or a text between quotes."""
        negative = self.take("-")
        word = self.next
        if word.form is Form.NUMBER:
            if not isfinite(float(word.text)):
                raise self.wrong("expected a number that is not beyond all bounds")
            self.at += 1
            return -float(word.text) if negative else float(word.text)
        if word.form is Form.TEXT and not negative:
            self.at += 1
            return word.text
        raise self.wrong("expected a value: a number, or a text in quotes such as 'yes'")

    def values(self) -> tuple[str | float, ...]:
        """Pass values in parentheses, with commas between them."""
        self.need("(")
        found = [self.value()]
        while self.take(","):
            found.append(self.value())
        self.need(")")
        return tuple(found)

    @property
    def done(self) -> bool:
        """Whether all words have been read."""
        return self.next.form is Form.END

    def wrong(self, why: str) -> InputError:
        """The error for the word that comes next."""
        word = self.next
        found = "the end" if word.form is Form.END else repr(word.text[:40])
        return self._error(f"{why}, found {found} at character {word.place}")

    def wrong_before(self, why: str) -> InputError:
        """The error for what was read, up to the word that comes next."""
        return self._error(f"{why}, before character {self.next.place}")

    def _error(self, why: str) -> InputError:
        return InputError(f"rule {shortened(self.source)!r}: {why}.")


def shortened(text: str, most: int = 80) -> str:
    """The beginning of a text, for messages."""
    return text if len(text) <= most else f"{text[:most]}..."


def words_of(text: str, names: Iterable[str] = ()) -> Words:
    """The words of a text. `names` are columns that need no backticks, whatever signs they have
    behind their first letter.

    Raises InputError for a text that is too long, or holds what is no word.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"rule {shortened(text)!r} has {len(text):,} characters: expected at most "
            f"{MAX_CHARACTERS:,}. Say it in several rules."
        )
    special = [n for n in names if _PLAIN.match(n) and not _PLAIN.fullmatch(n)]
    special.sort(key=len, reverse=True)
    found, place = [], 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        word, place = _word(text, place, special)
        found.append(word)
    return Words(text, (*found, Word(Form.END, "", len(text) + 1)))


def _word(text: str, at: int, special: Collection[str]) -> tuple[Word, int]:
    """The word that begins at a place, and where it ends."""
    for quote, form in (("`", Form.QUOTED), ("'", Form.TEXT), ('"', Form.TEXT)):
        if text[at] == quote:
            return _quoted(text, at, form)
    for name in special:
        end = at + len(name)
        if text.startswith(name, at) and not _PART.match(text, end):
            return Word(Form.QUOTED, name, at + 1), end
    for pattern, form in ((_PLAIN, Form.NAME), (_NUMBER, Form.NUMBER), (_SIGNS, Form.SIGN)):
        match = pattern.match(text, at)
        if match:
            return Word(form, match[0], at + 1), match.end()
    raise InputError(
        f"rule {shortened(text)!r}: {text[at]!r} at character {at + 1} is no part of a rule: put "
        "the name of a column in backticks, and a value in quotes."
    )


def _quoted(text: str, at: int, form: Form) -> tuple[Word, int]:
    """A word between quotes, in which the quote itself is doubled."""
    quote, end = text[at], at + 1
    while True:
        end = text.find(quote, end)
        if end < 0:
            raise InputError(
                f"rule {shortened(text)!r}: the {quote} at character {at + 1} is never closed."
            )
        if text[end + 1 : end + 2] != quote:
            break
        end += 2
    return Word(form, text[at + 1 : end].replace(quote * 2, quote), at + 1), end + 1


def named(column: str) -> str:
    """The name of a column as a rule says it."""
    if _PLAIN.fullmatch(column) and column not in KEYWORDS:
        return column
    return "`" + column.replace("`", "``") + "`"


def listed(columns: Iterable[str]) -> str:
    """The names of columns as a rule says them."""
    return ", ".join(named(c) for c in columns)


def literal(value: str | float) -> str:
    """A value as a rule says it."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"{value:.0f}" if value == round(value) and abs(value) < 1e15 else repr(value)
