"""The bytes of a text file in whatever encoding, as UTF-8."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from trimtab.errors import TableError

_SNIFFED = 65_536
_AROUND = 1 << 20  # bytes on each side of the first that is not UTF-8, which tell what the text is
# A letter beyond ASCII in UTF-8, as two to four bytes.
_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_C1 = re.compile(rb"[\x80-\x9f]")  # letters and signs of cp1252, which no Latin-1 text has


@dataclass(frozen=True)
class Decoded:
    """The text of a file as UTF-8 without a mark, and how it was encoded."""

    content: bytes
    encoding: str
    bom: bool
    why: str


def decoded(content: bytes, where: str, asked: str | None = None) -> Decoded:
    """The text in some bytes. Raises TableError where they are no text, or of two encodings."""
    marks = (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    )
    for mark, encoding in marks:
        if content.startswith(mark) and asked in (None, "utf-16", encoding):
            bare = content[len(mark) :]
            return Decoded(_utf8(bare, encoding, where), encoding, True, "its mark says so")
    if asked is not None:
        encoding = "utf-16-le" if asked == "utf-16" else asked
        return Decoded(_utf8(content, encoding, where), encoding, False, "as asked")
    if b"\0" in content[:_SNIFFED]:
        raise _zeros(content, where)
    if content.isascii():
        return Decoded(_unbroken(content, where), "utf-8", False, "every byte is ASCII")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _single_byte(content, where, error.start)
    return Decoded(_unbroken(content, where), "utf-8", False, "every byte fits")


def _single_byte(content: bytes, where: str, at: int) -> Decoded:
    """A text that is not UTF-8, read a byte a character."""
    around = content[max(0, at - _AROUND) : at + _AROUND]
    fitting = _MULTIBYTE.findall(around)
    alone = _MULTIBYTE.sub(b"", around)
    strange = sum(byte > 127 for byte in alone)
    if len(fitting) > strange:
        raise TableError(
            f"{where} holds two encodings: {len(fitting):,} letters are UTF-8, but byte {at} "
            f"(0x{content[at]:02x}), in line {_line(content, at)}, is not. Correct that line and "
            f"save the file again as UTF-8, or read every byte as a letter: `encoding='cp1252'`."
        )
    encoding, why = "iso8859-1", f"byte {at} (0x{content[at]:02x}) is not UTF-8"
    if _C1.search(content, at):
        encoding, why = "cp1252", f"{why}, and some bytes are letters of cp1252 only"
    return Decoded(_utf8(content, encoding, where), encoding, False, why)


def _utf8(content: bytes, encoding: str, where: str) -> bytes:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        at = error.start
        cut = "is cut off" if at >= len(content) - 2 else "does not fit"
        raise TableError(
            f"{where} is no text in {encoding.upper()}: byte {at} (0x{content[at]:02x}), in line "
            f"{_line(content, at)}, {cut}. Name its encoding, such as `encoding='cp1252'`, or save "
            "it again as UTF-8."
        ) from None
    return _unbroken(text.encode(), where)


def _unbroken(content: bytes, where: str) -> bytes:
    """The text, where no zero byte stands in it."""
    at = content.find(b"\0")
    if at >= 0:
        raise TableError(
            f"{where} holds a zero byte in line {_line(content, at)} (byte {at}): expected text. "
            "Remove it (for example `tr -d '\\000'`), or export the table again."
        )
    return content


def _zeros(content: bytes, where: str) -> TableError:
    sample = content[:_SNIFFED]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    for count, encoding in ((odd, "utf-16-le"), (even, "utf-16-be")):
        if count > 0.3 * len(sample) / 2 and count == even + odd:
            return TableError(
                f"{where} holds zero bytes in every other place, as UTF-16 without its mark does: "
                f"read it with `encoding='{encoding}'`, or save it again as UTF-8."
            )
    at = sample.index(0)
    return TableError(
        f"{where} holds zero bytes (the first in line {_line(content, at)}, byte {at}), so it is "
        "no text: expected a CSV file. Export the table as CSV or Parquet and read that."
    )


def _line(content: bytes, at: int) -> int:
    """The line of a byte, from 1."""
    return content.count(b"\n", 0, at) + 1
