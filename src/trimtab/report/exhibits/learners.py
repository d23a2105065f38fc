"""Charts of groups and of what learners say: counts, likeness, curves, importance and rates."""

from __future__ import annotations

import re
from typing import Any

import altair as alt

from trimtab.measure.score import Exhibit
from trimtab.report.exhibits.columns import pairs
from trimtab.report.exhibits.style import (
    INK,
    MUTED,
    STEP,
    SYNTHETIC,
    WIDTH,
    Record,
    dashes,
    data,
    dotted,
    framed,
    lines,
    side_colours,
)
from trimtab.report.formatting import Row, fit, rows, sides_of

MAX_GROUPS = 30
MAX_COLUMNS = 15
RATES = {
    "selection": "share predicted positive",
    "tpr": "true positive rate",
    "fpr": "false positive rate",
}
_SQUARE = WIDTH * 0.75


def labels_of(found: list[Row], exhibit: Exhibit) -> list[Row]:
    """Rows with their group as "label": without the names of columns that the exhibit names."""
    names = "|".join(re.escape(fit(name)) for name in exhibit.about)
    named = re.compile(rf"(^|, )(?:{names}) = ")
    return [
        {**r, "label": named.sub(r"\1", str(r["group"])) if names else r["group"]} for r in found
    ]


def groups(exhibit: Exhibit) -> dict[str, Any] | None:
    """Rows of each group in both tables, and as planned."""
    entries = labels_of(rows(exhibit), exhibit)
    chosen = _most_changed(entries)
    named = [
        {
            "label": r["label"],
            "real": r.get("real"),
            "synthetic": r.get("synthetic"),
            "wanted": r.get("planned"),
        }
        for r in entries
        if str(r["group"]) in chosen
    ]
    title = "rows" + (" (mark: planned)" if any(n["wanted"] is not None for n in named) else "")
    return pairs(named, title, "")


def _most_changed(entries: list[Row]) -> set[str]:
    """The groups that are drawn: those whose number of rows changed most."""

    def change(row: Row) -> float:
        return -abs((row.get("real") or 0) - (row.get("synthetic") or 0))

    return {str(r["group"]) for r in sorted(entries, key=change)[:MAX_GROUPS]}


def group_likeness(exhibit: Exhibit) -> dict[str, Any] | None:
    """A distance for each group with its interval, the greatest first."""
    entries = [r for r in labels_of(rows(exhibit), exhibit) if r["value"] is not None]
    entries = sorted(entries, key=lambda r: -r["value"])[:MAX_GROUPS]
    if not entries:
        return None
    records: list[Record] = [
        {"label": r["label"], "y": r["value"], "low": r["low"], "high": r["high"]} for r in entries
    ]
    y = lines([r["label"] for r in entries])
    chart = alt.Chart(data(records))
    reach = chart.mark_rule(color=SYNTHETIC, strokeWidth=1.5).encode(
        y=y, x=alt.X("low:Q", title="unlikeness, with its 95 % interval"), x2="high:Q"
    )
    dots = chart.mark_point(filled=True, color=SYNTHETIC, size=45, opacity=1).encode(y=y, x="y:Q")
    return framed(alt.layer(reach, dots), STEP * len(entries))


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
    x = _unit("x:Q", "predicted probability")
    chart = alt.Chart(data(records)).encode(x=x)
    title = "share that came true"
    y = _unit_up("y:Q", title)
    reach = chart.mark_rule(strokeOpacity=0.5).encode(
        y=alt.Y("low:Q", title=title), y2="high:Q", color=side_colours(present)
    )
    line = chart.mark_line(strokeWidth=1.2).encode(
        y=y, color=side_colours(present), strokeDash=dashes(present)
    )
    dots = [dot.encode(x=x, y=y) for dot in dotted(records)]
    return framed(alt.layer(_diagonal(), reach, line, *dots), _SQUARE)


def importance(exhibit: Exhibit) -> dict[str, Any] | None:
    """How much the learner of each table looks at each column."""
    entries = rows(exhibit)
    entries.sort(key=lambda r: -max(r["real"] or 0, r["synthetic"] or 0))
    named = [
        {"label": r["column"], "real": r["real"], "synthetic": r["synthetic"]}
        for r in entries[:MAX_COLUMNS]
    ]
    return pairs(named, "share of importance", "%")


def group_rates(exhibit: Exhibit) -> dict[str, dict[str, Any]]:
    """Bars with intervals for each rate that was computed, by group and arm."""
    entries = labels_of(rows(exhibit), exhibit)
    labels = list(dict.fromkeys(r["label"] for r in entries))[:MAX_GROUPS]
    charts = {}
    rates = {"selection": "share of rows with the class"} if exhibit.within == "data" else RATES
    for name, title in rates.items():
        value = "selection_rate" if name == "selection" else name
        records = [
            {
                "label": r["label"],
                "side": r["arm"],
                "y": r[value],
                "low": r[f"{name}_low"],
                "high": r[f"{name}_high"],
            }
            for r in entries
            if r.get(value) is not None and r["label"] in labels
        ]
        if records:
            charts[title] = _rated(records, labels)
    return charts


def group_means(exhibit: Exhibit) -> dict[str, Any] | None:
    """Means by group and arm with intervals: predicted ones, where there are any."""
    entries = labels_of(rows(exhibit), exhibit)
    has_predictions = any(r["predicted"] is not None for r in entries)
    labels = list(dict.fromkeys(r["label"] for r in entries))[:MAX_GROUPS]
    records: list[Row] = [
        {
            "label": r["label"],
            "side": r["arm"],
            "y": r["predicted" if has_predictions else "observed"],
            "low": r["low"],
            "high": r["high"],
        }
        for r in entries
        if r["predicted" if has_predictions else "observed"] is not None and r["label"] in labels
    ]
    if not records:
        return None
    present = sides_of(records)
    y, beside = lines(labels), alt.YOffset("side:N", sort=present)
    title = "mean prediction (mark: observed)" if has_predictions else "mean"
    reach = alt.Chart(data(records)).mark_rule(strokeWidth=1.5)
    layers = [
        reach.encode(
            x=alt.X("low:Q", title=title, scale=alt.Scale(zero=False)),
            x2="high:Q",
            color=side_colours(present),
            y=y,
            yOffset=beside,
        ),
        *(dot.encode(x=alt.X("y:Q", title=title), y=y, yOffset=beside) for dot in dotted(records)),
    ]
    if has_predictions:
        observed: list[Record] = [
            {"label": r["label"], "side": r["arm"], "y": r["observed"]} for r in entries
        ]
        mark = alt.Chart(data(observed)).mark_tick(color=INK, thickness=2, height=STEP * 0.4)
        layers.append(mark.encode(x=alt.X("y:Q", title=title), y=y, yOffset=beside))
    return framed(alt.layer(*layers), (STEP + 8) * len(labels))


def _rated(records: list[Row], labels: list[str]) -> dict[str, Any]:
    present = sides_of(records)
    chart = alt.Chart(data(records)).encode(
        y=lines(labels), yOffset=alt.YOffset("side:N", sort=present)
    )
    bar = chart.mark_bar(fillOpacity=0.55).encode(
        x=alt.X(
            "y:Q",
            title=None,
            axis=alt.Axis(format="%"),
        ),
        color=side_colours(present),
    )
    reach = chart.mark_rule(strokeWidth=1.5).encode(
        x=alt.X("low:Q", title=None), x2="high:Q", color=side_colours(present)
    )
    return framed(alt.layer(bar, reach), (STEP + 4) * len(labels))


def _unit(field: str, title: str) -> alt.X:
    return alt.X(field, title=title, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5))


def _unit_up(field: str, title: str) -> alt.Y:
    return alt.Y(field, title=title, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5))


def _diagonal() -> alt.Chart:
    ends: list[Record] = [{"x": 0, "y": 0}, {"x": 1, "y": 1}]
    line = alt.Chart(data(ends)).mark_line(color=MUTED, strokeWidth=1, strokeDash=[2, 3])
    return line.encode(x="x:Q", y="y:Q")
