"""How a file of delimited text is written, and what a person fixed of it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict, Field, field_validator

from trimtab._named import Named
from trimtab.errors import InputError

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
_SPELLED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
_NAMES = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "iso8859-1": "Latin-1"}
_BOMS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}


@dataclass(frozen=True)
class Asked:
    """What a person fixed of how a file is written; what is None is detected.

    Raises InputError for what is no encoding, no delimiter, or no decimal mark.
    """

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None

    def __post_init__(self) -> None:
        if self.encoding is not None:
            object.__setattr__(self, "encoding", _known(self.encoding))
        if self.delimiter is not None:
            delimiter = _SPELLED.get(self.delimiter.lower(), self.delimiter)
            if len(delimiter) != 1 or delimiter in "\"'\r\n." or delimiter.isalnum():
                raise InputError(
                    f"delimiter = {self.delimiter!r}: expected one character, such as ; or |, "
                    'or "tab".'
                )
            object.__setattr__(self, "delimiter", delimiter)
        if self.decimal not in (None, ".", ","):
            raise InputError(f'decimal = {self.decimal!r}: expected "." or ",".')


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
    except (LookupError, ValueError):
        raise InputError(
            f"encoding = {encoding!r} is unknown: expected one such as utf-8, utf-16, latin-1 or "
            "cp1252."
        ) from None
    return {"utf-8-sig": "utf-8"}.get(name, name)


class Dialect(Named):
    """How a file of delimited text is written. Frozen, and JSON beside a saved model.

    encoding       as Python names it
    bom            whether a mark of the encoding stands before the header
    declared       whether a first line "sep=;" names the delimiter
    delimiter      what stands between cells
    usual          the delimiter that the name of the file says
    quotes         the cells in quotation marks: those that "need" them, "all", or those of the
                   columns `quoted` besides, except for the texts `unquoted`; `quoted_names` and
                   `quoted_empty` say the same of the header and of empty cells
    line_end       of every row; `last_end` says whether the last one has it
    decimal        the decimal mark of its numbers, as far as the file shows one
    why            how the encoding and the delimiter were found, in words
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoding: str = "utf-8"
    bom: bool = False
    declared: bool = False
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    usual: str = Field(default=",", min_length=1, max_length=1)
    quotes: Literal["need", "columns", "all"] = "need"
    quoted: tuple[str, ...] = ()
    unquoted: tuple[str, ...] = ()
    quoted_names: bool = False
    quoted_empty: bool = False
    line_end: Literal["\n", "\r\n", "\r"] = "\n"
    last_end: bool = True
    decimal: Literal[".", ","] = "."
    why: str = ""

    @field_validator("encoding")
    @classmethod
    def _text_encoding(cls, encoding: str) -> str:
        try:
            return _known(encoding)
        except InputError as error:
            raise ValueError(str(error)) from None

    @property
    def mark(self) -> bytes:
        """The bytes before the first character."""
        return _BOMS.get(self.encoding, b"") if self.bom else b""

    def named(self, usual: str) -> Dialect:
        """The dialect in a file whose name says a delimiter: that of its own if they agree."""
        if usual == self.usual:
            return self
        return self.model_copy(update={"delimiter": usual, "usual": usual, "declared": False})

    def __str__(self) -> str:
        encoding = _NAMES.get(self.encoding, self.encoding)
        mark = " with a byte order mark" if self.bom else ""
        ends = {"\n": "", "\r\n": ", CRLF line ends", "\r": ", CR line ends"}[self.line_end]
        quoted = {"need": "", "columns": ", texts in quotation marks", "all": ", all cells quoted"}
        cells = _DELIMITERS.get(self.delimiter, repr(self.delimiter))
        decimal = ", decimal comma" if self.decimal == "," else ""
        return f"{encoding}{mark}, separated by {cells}{quoted[self.quotes]}{ends}{decimal}"
