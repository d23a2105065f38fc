"""Exhibits as tables of text: what a chart shows, to be read instead of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trimtab.measure.score import Exhibit
from trimtab.report.exhibits.alt_text import bin_of, share_by_bin
from trimtab.report.exhibits.kinds import kind_of
from trimtab.report.formatting import (
    SAID,
    Row,
    count,
    edge,
    is_moment,
    number,
    part_of,
    percent,
    rows,
    sides_of,
    stages_of,
)

_FIGURE = re.compile(r"-?\d|–")
_MAX_ROWS = 60
_PARTS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


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


def tabled(exhibit: Exhibit) -> TextTable:
    """An exhibit as a table of text."""
    table = _TABLES.get(exhibit.name, _plain)(exhibit)
    over = max(0, len(table.rows) - _MAX_ROWS)
    return TextTable(table.columns, table.rows[:_MAX_ROWS], table.left_out + over)


def _distribution(exhibit: Exhibit) -> TextTable:
    entries = rows(exhibit)
    present = sides_of(entries)
    lines = tuple(
        (name, *(percent(by_side.get(side, 0.0)) for side in present))
        for name, by_side in share_by_bin(entries).items()
    )
    return TextTable(("value", *(SAID[s] for s in present)), lines)


def _cumulative(exhibit: Exhibit) -> TextTable:
    """Where each side reaches some shares of its rows."""
    entries = [r for r in rows(exhibit) if r["share"] is not None and r["value"] is not None]
    present = sides_of(entries)
    lines = []
    for part in _PARTS:
        reached = []
        for side in present:
            own = [r["value"] for r in entries if r["side"] == side and r["share"] >= part - 1e-9]
            reached.append(edge(own[0], is_moment(entries[0])) if own else "–")
        lines.append((percent(part), *reached))
    return TextTable(("share of rows", *(f"{SAID[s]}, up to" for s in present)), tuple(lines))


def _associations(exhibit: Exhibit) -> TextTable:
    def worst(row: Row) -> float:
        if row["real"] is None or row["synthetic"] is None:
            return 1.0
        return -abs(row["real"] - row["synthetic"])

    lines = []
    for row in sorted(rows(exhibit), key=worst):
        known = row["real"] is not None and row["synthetic"] is not None
        apart = row["synthetic"] - row["real"] if known else None
        figures = (number(row["real"]), number(row["synthetic"]), number(apart))
        lines.append((f"{row['a']} and {row['b']}", *figures, str(row["kind"])))
    return TextTable(("columns", "real", "synthetic", "difference", "kind"), tuple(lines))


def _projection(exhibit: Exhibit) -> TextTable:
    lines = []
    entries = rows(exhibit)
    for side in sides_of(entries):
        own = [r for r in entries if r["side"] == side]
        cells = []
        for axis in ("x", "y"):
            values = sorted(r[axis] for r in own if r[axis] is not None)
            for part in (0.05, 0.5, 0.95):
                cells.append(number(values[round(part * (len(values) - 1))] if values else None))
        lines.append((SAID[side], count(len(own)), *cells))
    parts = [f"{axis}, {part}" for axis in ("first", "second") for part in ("5 %", "50 %", "95 %")]
    return TextTable(("side", "points", *parts), tuple(lines))


def _stages(exhibit: Exhibit) -> TextTable:
    names = stages_of(exhibit.columns)
    lines = tuple((bin_of(r), *(percent(r[n]) for n in names)) for r in rows(exhibit))
    return TextTable(("value", *(SAID.get(n, n) for n in names)), lines)


def _stage_pairs(exhibit: Exhibit) -> TextTable:
    """The most frequent combinations of real rows first."""
    names = stages_of(exhibit.columns)
    combinations = [r for r in rows(exhibit) if any(r[n] for n in names)]
    lines = tuple(
        (*(bin_of(part_of(r, axis)) for axis in ("x", "y")), *(percent(r[n]) for n in names))
        for r in sorted(combinations, key=lambda r: -(r[names[-1]] or 0.0))
    )
    return TextTable((*exhibit.about, *(SAID.get(n, n) for n in names)), lines)


def _curves(exhibit: Exhibit) -> TextTable:
    """The true positive rate that is reached at some false positive rates."""
    entries = [r for r in rows(exhibit) if r["fpr"] is not None and r["tpr"] is not None]
    arms = sides_of(entries, "arm")
    lines = []
    for part in (0.01, 0.05, 0.1, 0.2, 0.3, 0.5):
        cells = [
            max(
                (r["tpr"] for r in entries if r["arm"] == arm and r["fpr"] <= part + 1e-9),
                default=None,
            )
            for arm in arms
        ]
        lines.append((percent(part), *(percent(c) for c in cells)))
    heads = (f"true positive rate, trained on {SAID[a]} rows" for a in arms)
    return TextTable(("false positive rate", *heads), tuple(lines))


def _rates(exhibit: Exhibit) -> TextTable:
    names = {
        "rows": count,
        "positives": count,
        "base_rate": percent,
        "selection_rate": percent,
        "tpr": percent,
        "fpr": percent,
        "precision": percent,
        "auc": number,
    }
    entries = rows(exhibit)
    present = [n for n in names if any(r.get(n) is not None for r in entries)]
    lines = tuple(
        (str(r["group"]), SAID[r["arm"]], *(_rate(r, n, names[n]) for n in present))
        for r in entries
    )
    heads = tuple(n.replace("_", " ") for n in present)
    return TextTable(("group", _arm(exhibit), *heads), lines)


def _rate(row: Row, name: str, form: Callable[[float | None], str]) -> str:
    stem = "selection" if name == "selection_rate" else name
    low, high = row.get(f"{stem}_low"), row.get(f"{stem}_high")
    text = form(row.get(name))
    if low is None or high is None or row.get(name) is None:
        return text
    return f"{text} ({100 * low:.1f} to {100 * high:.1f})"


def _listed(forms: Mapping[str, Callable[[Any], str]]) -> Callable[[Exhibit], TextTable]:
    """A table of some columns as they are, each by its form."""

    def table_of(exhibit: Exhibit) -> TextTable:
        present = {n: f for n, f in forms.items() if _holds(exhibit, n)}
        lines = tuple(tuple(f(r[n]) for n, f in present.items()) for r in rows(exhibit))
        heads = {**_HEADS, "arm": _arm(exhibit)}
        return TextTable(tuple(heads.get(n, n.replace("_", " ")) for n in present), lines)

    return table_of


def _arm(exhibit: Exhibit) -> str:
    return "trained on" if kind_of(exhibit).arms else "table"


def _holds(exhibit: Exhibit, name: str) -> bool:
    return any(v is not None for v in exhibit.columns.get(name, ()))


def _plain(exhibit: Exhibit) -> TextTable:
    """A table of everything, for exhibits that nothing more is known of."""
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


def _text(value: Any) -> str:
    return "–" if value is None else str(value)


def _side(value: str) -> str:
    return SAID.get(value, value)


_HEADS = {
    "from": "rows",
    "class": "class",
    "rows_real": "real rows",
    "rows_synthetic": "synthetic rows",
    "low": "from",
    "high": "to",
}
_TABLES: dict[str, Callable[[Exhibit], TextTable]] = {
    "distribution": _distribution,
    "cumulative": _cumulative,
    "associations": _associations,
    "projection": _projection,
    "telltales": _listed({"column": _text, "gain": percent}),
    "groups": _listed({"group": _text, "real": count, "synthetic": count, "planned": count}),
    "group likeness": _listed(
        {
            "group": _text,
            "rows_real": count,
            "rows_synthetic": count,
            "value": number,
            "low": number,
            "high": number,
        }
    ),
    "roc": _curves,
    "calibration": _listed(
        {
            "arm": _side,
            "predicted": number,
            "observed": number,
            "low": number,
            "high": number,
            "rows": count,
        }
    ),
    "classification report": _listed(
        {
            "class": _text,
            "arm": _side,
            "precision": number,
            "recall": number,
            "f1": number,
            "rows": count,
        }
    ),
    "importance": _listed({"column": _text, "real": percent, "synthetic": percent}),
    "group rates": _rates,
    "group means": _listed(
        {
            "group": _text,
            "arm": _side,
            "rows": count,
            "observed": number,
            "predicted": number,
            "low": number,
            "high": number,
        }
    ),
    "training": _listed({"step": count, "distance": percent}),
    "stages": _stages,
    "stage pairs": _stage_pairs,
    "distances": _listed({"from": _side, "distance": number, "share": percent}),
    "tails": _listed({"column": _text, "end": _text, "real": percent, "synthetic": percent}),
    "ranking differences": _listed(
        {
            "measure": _text,
            "way": _text,
            "value": number,
            "low": number,
            "high": number,
            "margin": number,
            "effect": _text,
        }
    ),
    "cuts": _listed({"way": _text, "at_half": number, "tuned": number}),
    "reliability": _listed(
        {"way": _text, "form": _text, "stated": percent, "observed": percent, "rows": count}
    ),
    "learning curve": _listed(
        {
            "measure": _text,
            "way": _text,
            "size": count,
            "value": number,
            "low": number,
            "high": number,
        }
    ),
    "rare labels": _listed(
        {"column": _text, "label": _text, "real": count, "synthetic": count, "expected": number}
    ),
}
NAMES: Sequence[str] = tuple(_TABLES)
