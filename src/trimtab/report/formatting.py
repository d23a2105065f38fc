"""Exhibits as rows, and figures as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from trimtab.measure.score import Exhibit

Row = dict[str, Any]
# What XML and HTML cannot hold, not even escaped.
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MOMENT = "seconds since 1970"  # what an exhibit's column "unit" says of moments
LARGE = 100_000  # from here on decimals say nothing
ORDER = ("real", "synthetic", "holdout")
SAID = {"real": "real", "synthetic": "synthetic", "holdout": "held-out real"}


def rows(exhibit: Exhibit) -> list[Row]:
    """The rows of an exhibit, by column name.

    Their texts are fit for XML: at one that is not, the measuring of texts aborts the process.
    """
    columns = {
        name: [fit(v) if isinstance(v, str) else v for v in values]
        for name, values in exhibit.columns.items()
    }
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def said(exhibit: Exhibit, side: str) -> str:
    """What a table is called in an exhibit; anything else is called what it is."""
    name = SAID.get(side, side)
    return f"{name}, weighted" if side in exhibit.weighted else name


def sides_of(found: Iterable[Row], column: str = "side") -> list[str]:
    """The sides that rows are of, in the usual order."""
    sides = {r[column] for r in found}
    return [s for s in ORDER if s in sides]


def stages_of(names: Iterable[str]) -> list[str]:
    """Of an exhibit's columns those with shares by stage, in their order; the last is the real."""
    return [n for n in names if n in SAID or n.startswith("step ")]


def part_of(row: Row, axis: str) -> Row:
    """What a row says of one of the columns of a pair, "x" or "y", as a row of its own."""
    return {
        n.removeprefix(f"{axis}_"): value for n, value in row.items() if n.startswith(f"{axis}_")
    }


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def number(value: float | None) -> str:
    """A figure to three digits, without zeros that say nothing; a dash where there is none."""
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return f"{value:.3f}" if "e" in text or abs(value) < 1 else text


def percent(value: float | None) -> str:
    """A share as a percentage; a dash where there is none."""
    if value is None:
        return "–"
    if value != 0 and abs(value) < 0.001:
        return f"{100 * value:.2g} %"
    return f"{100 * value:.1f} %"


def count(value: float | None) -> str:
    """A number of rows; a dash where there is none."""
    return "–" if value is None else f"{value:,.0f}"


def is_moment(row: Row) -> bool:
    """Whether the numbers of a row are moments: seconds since 1970."""
    return row.get("unit") == MOMENT


def edge(value: float | str | None, moment: bool = False) -> str:
    """The edge of a bin."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if moment:
        # numpy, because datetime ends with the year 9999.
        return str(np.datetime64(round(value), "s")).replace("T", " ").removesuffix(" 00:00:00")
    whole = float(value).is_integer() or abs(value) >= LARGE
    return f"{value:,.0f}" if abs(value) >= 1000 and whole else f"{value:,.6g}"


def fit(text: str) -> str:
    """A text without the characters that neither XML nor HTML can hold."""
    return _UNFIT.sub("\ufffd", text)
