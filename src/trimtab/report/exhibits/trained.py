"""The chart of a proof's training rows: how many of each class and group, before and after."""

from __future__ import annotations

from typing import Any

import altair as alt

from trimtab.measure.score import Exhibit
from trimtab.report.exhibits.kind import ExhibitKind
from trimtab.report.exhibits.style import MUTED, REAL, STEP, SYNTHETIC, Record, data, framed, lines
from trimtab.report.exhibits.text_table import as_text, listed
from trimtab.report.formatting import Row, count, rows

_SMALL = 250  # pixels of one of many pictures
_MAX_BARS = 12
# What a bar is made of, from its left end, and its colour.
PARTS = {"larger": MUTED, "smaller": REAL, "added": SYNTHETIC}


def bars(exhibit: Exhibit) -> dict[str, dict[str, Any]]:
    """A small picture for each way: a bar for each class or group, on the same axis."""
    by_way: dict[str, list[Row]] = {}
    for row in rows(exhibit):
        by_way.setdefault(row["way"], []).append(row)
    if not by_way:
        return {}
    totals = {r["value"]: r["rows"] for r in next(iter(by_way.values()))}
    largest = sorted(totals, key=lambda v: -totals[v])[:_MAX_BARS]
    values = [v for v in totals if v in largest]
    most = max(r["rows"] for own in by_way.values() for r in own)
    return {way: _bars(own, values, most) for way, own in by_way.items()}


def _bars(entries: list[Row], values: list[str], most: float) -> dict[str, Any]:
    records: list[Record] = []
    for row in (r for r in entries if r["value"] in values):
        start = 0.0
        for part in PARTS:
            if row[part]:
                end = start + row[part]
                records.append({"label": row["value"], "part": part, "from": start, "to": end})
                start = end
    x = alt.X(
        "from:Q",
        title="training rows",
        scale=alt.Scale(domain=[0, most or 1], nice=False),
        axis=alt.Axis(format="~s" if most >= 10_000 else ",d", tickCount=3, labelFlush=True),
    )
    present = [p for p in PARTS if any(r["part"] == p for r in records)]
    colour = alt.Color(
        "part:N",
        legend=None,
        scale=alt.Scale(domain=present, range=[PARTS[p] for p in present]),
    )
    chart = alt.Chart(data(records)).mark_bar(size=STEP * 0.7)
    chart = chart.encode(x=x, x2="to:Q", y=lines(values), color=colour)
    # With room for labels, which are wider where the page's fonts are missing.
    padding = {"left": 22, "top": 5, "right": 8, "bottom": 5}
    return {**framed(chart, STEP * len(values), _SMALL), "padding": padding}


def _counted(entries: list[Row]) -> str:
    phrases = []
    for way in dict.fromkeys(r["way"] for r in entries):
        own = [f"{r['value']}: {count(r['rows'])}" for r in entries if r["way"] == way]
        phrases.append(f"{way} ({', '.join(own)})")
    return f"Training rows: {'; '.join(phrases)}."


TRAINING_ROWS = ExhibitKind(
    name="training rows",
    title="Training rows before and after",
    reading="What the learners were trained on in each way, the mean over folds; test rows are "
    "never added to. Class weights make no rows: there a bar counts rows by their weight, which is "
    f"1 on average. Of a column with more than {_MAX_BARS} groups the largest are drawn.",
    charts=bars,
    sentence=_counted,
    table=listed(
        {
            "way": as_text,
            "value": as_text,
            "larger": count,
            "smaller": count,
            "added": count,
            "rows": count,
        },
        value="class or group",
        larger="real rows of the larger class",
        smaller="real rows of the smaller class",
        added="added rows",
        rows="all rows",
    ),
    shown=6,
    mark="bar",
    small=True,
)
