"""Tables of text, and the usual ways to make one of an exhibit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.measure.score import Exhibit
from trimtab.report.formatting import SAID, number, rows, said

_FIGURE = re.compile(r"-?\d|–")
_HEADS = {
    "from": "rows",
    "rows_real": "real rows",
    "rows_synthetic": "synthetic rows",
    "low": "from",
    "high": "to",
}


@dataclass(frozen=True)
class TextTable:
    """A table of text. The first column names its rows.

    `left_out` is how many rows of the exhibit are not in it; the JSON form holds them all.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0

    @property
    def is_figure(self) -> tuple[bool, ...]:
        """Which columns hold figures. The first never does."""
        columns = list(zip(*self.rows, strict=True)) or [()] * len(self.columns)
        figures = (all(_FIGURE.match(cell) for cell in cells) for cells in columns)
        return tuple(k > 0 and is_figure for k, is_figure in enumerate(figures))


def listed(
    forms: Mapping[str, Callable[[Any], str]], **heads: str
) -> Callable[[Exhibit], TextTable]:
    """How to make a table of some columns as they are.

    forms   how the cells of each column are written
    heads   what columns are called, where that is not their name
    """
    called = {**_HEADS, **heads}

    def table_of(exhibit: Exhibit) -> TextTable:
        present = {n: f for n, f in forms.items() if _holds(exhibit, n)}
        lines = tuple(tuple(f(r[n]) for n, f in present.items()) for r in rows(exhibit))
        # A side is called what it is in this exhibit: weighted, perhaps.
        heads = (called.get(n, said(exhibit, n).replace("_", " ")) for n in present)
        return TextTable(tuple(heads), lines)

    return table_of


def _holds(exhibit: Exhibit, name: str) -> bool:
    return any(v is not None for v in exhibit.columns.get(name, ()))


def plain(exhibit: Exhibit) -> TextTable:
    """A table of everything as it is."""
    return TextTable(
        tuple(exhibit.columns),
        tuple(
            tuple(_any(v) for v in cells) for cells in zip(*exhibit.columns.values(), strict=True)
        ),
    )


def _any(value: Any) -> str:
    if isinstance(value, float):
        return number(value)
    return "–" if value is None else str(value)


def as_text(value: Any) -> str:
    """A value as text; a dash where there is none."""
    return "–" if value is None else str(value)


def as_side(value: str) -> str:
    """The name of a table as people read it."""
    return SAID.get(value, value)
