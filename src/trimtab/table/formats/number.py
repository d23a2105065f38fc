"""How the numbers of a column are written: marks, sign, currency, percent, exponent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab.table.formats.marks import NEUTRAL, Marks

# What may stand before or behind a number: currencies, shares, and a few measures.
CURRENCIES = (
    *("€", "$", "£", "¥", "₹", "₽", "₩", "₺", "zł", "Kč", "kr.", "kr", "Fr.", "R$", "US$"),
    *("EUR", "USD", "GBP", "CHF", "JPY", "CNY", "INR", "SEK", "NOK", "DKK", "PLN", "CZK", "CAD"),
    *("AUD", "BRL", "MXN", "ZAR"),
)
SHARES = ("%", "‰")
MEASURES = ("kg", "mg", "g", "lb", "km", "cm", "mm", "m", "ml", "l", "°C", "°F", "mmHg")
_UNITS = sorted((*CURRENCIES, *SHARES, *MEASURES), key=len, reverse=True)
_UNIT = "(?:" + "|".join(map(re.escape, _UNITS)) + ")"
_GAP = r"[\s\x{a0}\x{202f}]*"
_NUMBER = rf"(?:\d|[.,]\d)(?:[\d.,{''.join(NEUTRAL)}]*\d)?[.,]?(?:[eE][+-]?\d+)?"
_MINUS = "[-\u2212]"
CELL = (
    rf"^(?P<open>\()?(?P<sign>[+\-\x{{2212}}])?(?P<before>{_UNIT}{_GAP})?"
    rf"(?P<inner>[+\-\x{{2212}}])?(?P<body>{_NUMBER})(?P<behind>{_GAP}{_UNIT})?"
    r"(?P<last>-)?(?P<close>\))?$"
)
# The number 1234.5, as every format shows it.
_PICTURE = re.compile(
    r"(?P<before>[^\d+\-\u2212(]*)(?P<inner>[+\-\u2212]?)1"
    r"(?:(?P<thousands>\D?)234(?P<decimal>[.,])5|(?P<mark>[.,])?(?P<mantissa>\d*#?)(?P<exponent>[eE]\+?0?3))"
    r"(?P<behind>[^\d)]*?)"
)
_NEGATIVES = ("-#", "\u2212#", "(#)", "#-")


@dataclass(frozen=True)
class NumberFormat:
    """How a number is written besides its digits. As text, it is 1234.5 so written: "1.234,5 €".

    marks     the decimal mark, and what separates thousands
    before    a currency before the number; behind: one behind it, or a percent sign
    plus      whether numbers above zero have a sign
    negative  where the sign of the others is: "-#", "(#)" or "#-"
    inner     whether a sign stands behind the currency: "$-5"
    exponent  in scientific notation, how 3 is written there, such as "e+03"
    mantissa  how many digits its number has after the mark; None for as many as it needs
    """

    marks: Marks = field(default_factory=Marks)
    before: str = ""
    behind: str = ""
    plus: bool = False
    negative: str = "-#"
    inner: bool = False
    exponent: str = ""
    mantissa: int | None = None

    def __str__(self) -> str:
        digits = f"1{self.marks.thousands}234{self.marks.decimal}5"
        if self.exponent:
            many = "#" if self.mantissa is None else "2345678901234567"[: self.mantissa]
            digits = f"1{self.marks.decimal if many else ''}{many}{self.exponent}"
        sign = "+" if self.plus else ""
        shown = self.negative.replace("#", "N") if self.negative != "-#" else f"{sign}N"
        if self.inner:
            shown = shown if shown != "N" else "-N"
            return f"{self.before}{shown.replace('N', digits)}{self.behind}"
        return shown.replace("N", f"{self.before}{digits}{self.behind}")

    def plain(self, texts: pa.Array) -> pa.Array:
        """Texts of cells without white space around them as plain numbers, such as "-1234.5"; null
        where they are none."""
        parts = cells_of(texts)
        body = self.marks.plain(parts.body)
        return pc.if_else(parts.negative, pc.binary_join_element_wise("-", body, ""), body)

    def dressed(self, texts: pa.Array) -> pa.Array:
        """Plain numbers as texts of cells."""
        minus = pc.starts_with(texts, "-")
        bare = pc.utf8_ltrim(texts, "-")
        body = self._scientific(bare) if self.exponent else self.marks.marked(bare)
        whole = body if self.inner else _around(self.before, body, self.behind)
        left, right = self.negative.split("#")
        signed = _around(left, whole, right)
        if self.plus:
            positive = pc.match_substring_regex(bare, "[1-9]")
            whole = pc.if_else(positive, _around("+", whole, ""), whole)
        texts = pc.if_else(minus, signed, whole)
        return _around(self.before, texts, self.behind) if self.inner else texts

    def _scientific(self, texts: pa.Array) -> pa.Array:
        letter, sign, width = (
            self.exponent[0],
            "+" in self.exponent,
            len(self.exponent.strip("eE+")),
        )
        shown: list[str | None] = []
        for text in texts.to_pylist():
            if text is None:
                shown.append(None)
                continue
            unique, digits = self.mantissa is None, self.mantissa
            number = np.format_float_scientific(
                float(text), digits, unique=unique, trim="-" if unique else "k", exp_digits=width
            )
            head, exponent = number.split("e")
            exponent = exponent if sign else exponent.removeprefix("+")
            shown.append(f"{head.rstrip('.')}{letter}{exponent}".replace(".", self.marks.decimal))
        return pa.array(shown, pa.string())


def _around(left: str, texts: pa.Array, right: str) -> pa.Array:
    if not left and not right:
        return texts
    return pc.binary_join_element_wise(left, texts, right, "")


@lru_cache(maxsize=256)
def number_format(picture: str) -> NumberFormat:
    """The format that a text shows. Raises ValueError for what is none."""
    shown, negative = picture, "-#"
    for form in _NEGATIVES[1:]:
        left, right = form.split("#")
        if picture.startswith(left) and picture.endswith(right):
            shown, negative = picture.removeprefix(left).removesuffix(right), form
    plus = shown.startswith("+")
    match = _PICTURE.fullmatch(shown.removeprefix("+"))
    if match is None:
        raise ValueError(f'{picture!r} shows no format: expected 1234.5 as written, "1.234,5 €"')
    part = match.groupdict()
    many = part["mantissa"]
    return NumberFormat(
        Marks(part["decimal"] or part["mark"] or ".", part["thousands"] if part["decimal"] else ""),
        before=part["before"],
        behind=part["behind"],
        plus=plus or part["inner"] == "+",
        negative="\u2212#" if part["inner"] == "\u2212" else negative,
        inner=bool(part["inner"]) and bool(part["before"]),
        exponent=part["exponent"] or "",
        mantissa=None if many in (None, "#") else len(many),
    )


@dataclass(frozen=True)
class Cells:
    """The parts of cells that may be numbers; null where a cell is none."""

    body: pa.Array
    negative: pa.Array
    before: pa.Array
    behind: pa.Array
    parts: pa.StructArray


def cells_of(texts: pa.Array) -> Cells:
    """The parts of texts without white space around them."""
    parts = pc.extract_regex(texts, CELL)
    signs = [pc.match_substring_regex(parts.field(n), _MINUS) for n in ("sign", "inner", "last")]
    opened = pc.equal(parts.field("open"), "(")
    closed = pc.equal(parts.field("close"), ")")
    sound = pc.equal(opened, closed)
    valid = pc.and_(pc.is_valid(parts), sound).fill_null(False)
    nothing = pa.scalar(None, pa.string())
    of = {n: pc.if_else(valid, parts.field(n), nothing) for n in ("body", "before", "behind")}
    negative = pc.or_(pc.or_(signs[0], signs[1]), pc.or_(signs[2], opened)).fill_null(False)
    return Cells(of["body"], negative, of["before"], of["behind"], parts)
