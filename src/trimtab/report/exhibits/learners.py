"""Exhibits of what learners say: curves, calibration, reports by class, and importance."""

from __future__ import annotations

from typing import Any

import altair as alt

from trimtab.measure.score import Exhibit, Topic
from trimtab.report.exhibits.columns import pairs
from trimtab.report.exhibits.kind import ExhibitKind, named_in, one, with_columns
from trimtab.report.exhibits.style import (
    MUTED,
    WIDTH,
    Record,
    dashes,
    data,
    dotted,
    framed,
    side_colours,
)
from trimtab.report.exhibits.text_table import TextTable, as_side, as_text, listed
from trimtab.report.formatting import SAID, Row, count, number, percent, rows, sides_of

MAX_COLUMNS = 15
_SQUARE = WIDTH * 0.75
_LIMITS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)  # of axes of shares that are small


def roc(exhibit: Exhibit) -> dict[str, Any] | None:
    """True against false positives for every threshold."""
    entries = [r for r in rows(exhibit) if r["fpr"] is not None and r["tpr"] is not None]
    if not entries:
        return None
    present = sides_of(entries, "arm")
    records: list[Record] = [
        {"side": r["arm"], "x": r["fpr"], "y": r["tpr"], "k": k} for k, r in enumerate(entries)
    ]
    curve = (
        alt.Chart(data(records))
        .mark_line(strokeWidth=1.8)
        .encode(
            x=_unit("x:Q", "false positive rate"),
            y=_unit_up("y:Q", "true positive rate"),
            order="k:Q",
            color=side_colours(present),
            strokeDash=dashes(present),
        )
    )
    return framed(alt.layer(_diagonal(), curve), _SQUARE)


def calibration(exhibit: Exhibit) -> dict[str, Any] | None:
    """How often what was predicted came true."""
    entries = [r for r in rows(exhibit) if r["predicted"] is not None and r["observed"] is not None]
    if not entries:
        return None
    present = sides_of(entries, "arm")
    records: list[Record] = [
        {
            "side": r["arm"],
            "x": r["predicted"],
            "y": r["observed"],
            "low": r["low"],
            "high": r["high"],
        }
        for r in entries
    ]
    # Of a rare class all stands in a corner of the unit square.
    most = max(r[n] or 0.0 for r in records for n in ("x", "y", "high"))
    limit = next((limit for limit in _LIMITS if most <= limit), 1.0)
    x = _unit("x:Q", "predicted probability", limit)
    chart = alt.Chart(data(records)).encode(x=x)
    title = "share that came true"
    y = _unit_up("y:Q", title, limit)
    reach = chart.mark_rule(strokeOpacity=0.5).encode(
        y=alt.Y("low:Q", title=title), y2="high:Q", color=side_colours(present)
    )
    line = chart.mark_line(strokeWidth=1.2).encode(
        y=y, color=side_colours(present), strokeDash=dashes(present)
    )
    dots = [dot.encode(x=x, y=y) for dot in dotted(records)]
    return framed(alt.layer(_diagonal(limit), reach, line, *dots), _SQUARE)


def importance(exhibit: Exhibit) -> dict[str, Any] | None:
    """How much the learner of each table looks at each column."""
    entries = rows(exhibit)
    entries.sort(key=lambda r: -max(r["real"] or 0, r["synthetic"] or 0))
    named = [
        {"label": r["column"], "real": r["real"], "synthetic": r["synthetic"]}
        for r in entries[:MAX_COLUMNS]
    ]
    return pairs(named, "share of importance", "%")


def _unit(field: str, title: str, limit: float = 1.0) -> alt.X:
    scale = alt.Scale(domain=[0, limit])
    return alt.X(field, title=title, scale=scale, axis=alt.Axis(tickCount=5))


def _unit_up(field: str, title: str, limit: float = 1.0) -> alt.Y:
    scale = alt.Scale(domain=[0, limit])
    return alt.Y(field, title=title, scale=scale, axis=alt.Axis(tickCount=5))


def _diagonal(limit: float = 1.0) -> alt.Chart:
    ends: list[Record] = [{"x": 0, "y": 0}, {"x": limit, "y": limit}]
    line = alt.Chart(data(ends)).mark_line(color=MUTED, strokeWidth=1, strokeDash=[2, 3])
    return line.encode(x="x:Q", y="y:Q")


def _curves_of(entries: list[Row]) -> str:
    arms = " and ".join(SAID[a] for a in sides_of(entries, "arm"))
    return f"One curve for a learner trained on each of: {arms} rows."


def _rates_reached(exhibit: Exhibit) -> TextTable:
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


def _most_important(entries: list[Row]) -> str:
    top = sorted(entries, key=lambda r: -(r["real"] or 0))[:3]
    return (
        "Most important on real rows: "
        + ", ".join(
            f"{r['column']} {percent(r['real'])} (synthetic {percent(r['synthetic'])})" for r in top
        )
        + "."
    )


ROC = ExhibitKind(
    name="roc",
    title="True and false positives",
    reading="For every threshold: the share of positives that are found, against the share of "
    "negatives that are taken for positives. Both curves are on real rows. The dotted diagonal is "
    "guessing.",
    topic=Topic.MODELS,
    charts=one(roc),
    sentence=_curves_of,
    table=_rates_reached,
    sides=named_in("arm"),
    arms=True,
)
CALIBRATION = ExhibitKind(
    name="calibration",
    title="Predicted and observed",
    reading="How often what was predicted came true, with 95 % intervals. Points on the dotted "
    "diagonal are right.",
    topic=Topic.MODELS,
    charts=one(calibration),
    sentence=_curves_of,
    table=listed(
        {
            "arm": as_side,
            "predicted": number,
            "observed": number,
            "low": number,
            "high": number,
            "rows": count,
        },
        arm="trained on",
    ),
    sides=named_in("arm"),
    mark="dot",
    arms=True,
)
REPORT = ExhibitKind(
    name="classification report",
    title="Classification report",
    reading="Figures of each class, on real rows.",
    topic=Topic.MODELS,
    table=listed(
        {
            "class": as_text,
            "arm": as_side,
            "precision": number,
            "recall": number,
            "f1": number,
            "rows": count,
        },
        arm="trained on",
    ),
    sides=named_in("arm"),
    arms=True,
)
IMPORTANCE = ExhibitKind(
    name="importance",
    title="What the learners look at",
    reading="The share that each column has in the learner's decisions. If the two differ, the "
    "synthetic table tells another story of what matters.",
    topic=Topic.MODELS,
    charts=one(importance),
    sentence=_most_important,
    table=listed({"column": as_text, "real": percent, "synthetic": percent}),
    sides=with_columns,
    mark="dot",
    arms=True,
)
