"""Small files as people have them: a table of known values, written in many styles and dialects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

ROWS = 40
Writer = Callable[[Any], str]


@dataclass(frozen=True)
class Sample:
    """A file, and what a reader should find: its encoding, its delimiter, the values by column."""

    name: str
    content: bytes
    encoding: str
    delimiter: str
    values: dict[str, list[Any]]
    kinds: dict[str, str]


@dataclass(frozen=True)
class Style:
    """How cells are written. `digits` maps a plain text with commas between thousands."""

    amount: Writer
    whole: Writer
    day: Writer
    clock: Writer
    share: Writer
    missing: str = ""


def marks(decimal: str, thousands: str) -> Callable[[str], str]:
    """Change the marks of a text such as "1,234.50"."""
    return lambda text: text.replace(",", "\0").replace(".", decimal).replace("\0", thousands)


def amounts(form: str = "{}", decimal: str = ".", thousands: str = ",", digits: int = 2) -> Writer:
    put = marks(decimal, thousands)
    return lambda value: form.format(put(f"{value:,.{digits}f}"))


def dated(form: str) -> Writer:
    """A day by its parts: {d}, {m}, {y}, padded {dd}, {mm}, two digits {yy}, a name {b}."""
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    def write(day: dt.date) -> str:
        return form.format(
            d=day.day, m=day.month, y=day.year, dd=f"{day.day:02}", mm=f"{day.month:02}",
            yy=f"{day.year % 100:02}", b=names[day.month - 1], B=names[day.month - 1].upper(),
        )  # fmt: skip

    return write


def named(form: str, names: str) -> Writer:
    months = names.split()
    return lambda day: form.format(d=day.day, month=months[day.month - 1], y=day.year)


def clocked(form: str) -> Writer:
    def write(minutes: int) -> str:
        hour, minute = divmod(minutes, 60)
        half = "AM" if hour < 12 else "PM"
        return form.format(
            H=hour, HH=f"{hour:02}", MM=f"{minute:02}", I=(hour - 1) % 12 + 1, p=half
        )

    return write


def negative_in_brackets(value: float) -> str:
    return f"({-value:,.2f})" if value < 0 else f"{value:,.2f}"


GERMAN = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
SPANISH = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
FRENCH = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
iso, us, european = dated("{y}-{mm}-{dd}"), dated("{m}/{d}/{y}"), dated("{d}.{m}.{y}")
hours, halves = clocked("{HH}:{MM}"), clocked("{I}:{MM} {p}")
comma = marks(",", ".")

STYLES: dict[str, Style] = {
    "plain": Style(amounts(thousands=""), str, iso, hours, amounts(digits=1)),
    "American": Style(
        amounts("${}"), amounts(digits=0), us, halves, amounts("{}%", digits=1), "N/A"
    ),
    "British": Style(
        amounts("£{}"), amounts(digits=0), dated("{dd}/{mm}/{y}"), hours, amounts("{}%", digits=1)
    ),
    "German": Style(
        amounts("{} €", ",", "."), amounts("{}", ",", ".", 0), european, hours,
        amounts("{} %", ",", ".", 1), "k.A.",
    ),
    "Swiss": Style(
        amounts("CHF {}", ".", "'"), amounts("{}", ".", "'", 0), dated("{dd}.{mm}.{y}"), hours,
        amounts("{}%", ".", "'", 1), "-",
    ),
    "French": Style(
        amounts("{} €", ",", "\u202f"), amounts("{}", ",", "\u202f", 0),
        named("{d} {month} {y}", FRENCH), clocked("{H}:{MM}"), amounts("{}\u00a0%", ",", " ", 1),
    ),
    "Swedish": Style(
        amounts("{} kr", ",", " "), amounts("{}", ",", " ", 0), iso, hours,
        amounts("{} %", ",", " ", 1), "null",
    ),
    "Brazilian": Style(
        amounts("R$ {}", ",", "."), amounts("{}", ",", ".", 0), dated("{dd}/{mm}/{y}"), hours,
        amounts("{}%", ",", ".", 1),
    ),
    "accounts": Style(
        negative_in_brackets, amounts(digits=0), dated("{dd}-{b}-{y}"), hours, amounts(digits=1)
    ),
    "Oracle": Style(
        amounts(thousands=""), str, dated("{dd}-{B}-{yy}"), hours, amounts(digits=1)
    ),
    "compact": Style(
        amounts(thousands=""), str, dated("{y}{mm}{dd}"), hours, amounts(digits=1), "NULL"
    ),
    "signed": Style(
        lambda v: f"{v:+.2f}", str, dated("{d}/{m}/{yy}"), halves, amounts(digits=1), "NA"
    ),
    "scientific": Style(
        lambda v: f"{v:.8e}", str, iso, hours, amounts(digits=1), "nan"
    ),
    "Spanish": Style(
        amounts("{} EUR", ",", "."), amounts("{}", ",", ".", 0),
        named("{d} de {month} de {y}", SPANISH), hours, amounts("{} %", ",", ".", 1),
    ),
    "German, in words": Style(
        amounts("{}", ",", ""), str, named("{d}. {month} {y}", GERMAN), hours,
        amounts("{}", ",", ".", 1),
    ),
    "American, in words": Style(
        amounts("{} USD"), amounts(digits=0), dated("{b} {d}, {y}"), halves, amounts(digits=1)
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Form:
    """How a file is written: encoding with its mark, delimiter, quotation marks, line ends."""

    encoding: str
    delimiter: str
    quotes: str = "need"
    line_end: str = "\n"
    last_end: bool = True


FORMS = {
    "commas": Form("utf-8", ","),
    "a spreadsheet": Form("utf-8-sig", ";", line_end="\r\n"),
    "UTF-16": Form("utf-16", "\t", line_end="\r\n"),
    "cp1252": Form("cp1252", ";", line_end="\r\n"),
    "all quoted": Form("utf-8", ",", "all"),
    "texts quoted, bars": Form("utf-8", "|", "texts", last_end=False),
}
CITIES = ("Zürich", "Málaga", "Besançon", "Oslo")


def truth() -> dict[str, list[Any]]:
    """The values of the table, None where one is missing: a fifth of some columns."""
    draw = np.random.default_rng(5)
    days = [
        dt.date(1990 + int(k), 1 + int(k) % 12, 13 + int(k) % 15)
        for k in draw.integers(0, 29, ROWS)
    ]
    values: dict[str, list[Any]] = {
        "city": [CITIES[k] for k in draw.integers(0, 4, ROWS)],
        "amount": [round(float(v), 2) for v in draw.normal(900, 2500, ROWS)],
        "people": [int(v) for v in draw.integers(2, 9_000_000, ROWS)],
        "day": list(days),
        "at": [int(v) for v in draw.integers(0, 1440, ROWS)],
        "share": [round(float(v), 1) for v in draw.uniform(0.05, 99.9, ROWS)],
        "sex": [("m", "f")[k] for k in draw.integers(0, 2, ROWS)],
    }
    for name in ("amount", "day", "at", "share"):
        for row in draw.choice(ROWS, ROWS // 5, replace=False):
            values[name][row] = None
    return values


KINDS = {
    "city": "label",
    "amount": "number",
    "people": "number",
    "day": "datetime",
    "at": "number",
    "share": "number",
    "sex": "flag",
}


def content_of(values: dict[str, list[Any]], style: Style, form: Form) -> bytes:
    """The bytes of the table in a style and a form."""
    writers: dict[str, Writer] = {
        "city": str,
        "sex": str,
        "amount": style.amount,
        "people": style.whole,
        "day": style.day,
        "at": style.clock,
        "share": style.share,
    }
    lines = [form.delimiter.join(_cell(n, form, True) for n in values)]
    for row in range(ROWS):
        cells = []
        for name, column in values.items():
            value = column[row]
            text = style.missing if value is None else writers[name](value)
            cells.append(_cell(text, form, name in ("city", "sex")))
        lines.append(form.delimiter.join(cells))
    text = form.line_end.join(lines) + (form.line_end if form.last_end else "")
    return text.encode(form.encoding)


def _cell(text: str, form: Form, is_text: bool) -> str:
    needs = form.delimiter in text
    quoted = needs or form.quotes == "all" or (form.quotes == "texts" and is_text)
    return f'"{text}"' if quoted and (text or form.quotes == "all") else text


def corpus() -> Iterator[Sample]:
    """The files: every style in every form whose encoding has its characters."""
    values = truth()
    for style_name, style in STYLES.items():
        for form_name, form in FORMS.items():
            try:
                content = content_of(values, style, form)
            except UnicodeEncodeError:
                continue
            yield Sample(
                f"{style_name}, {form_name}",
                content,
                form.encoding,
                form.delimiter,
                values,
                KINDS,
            )
