"""Charts of single columns: distributions, cumulative shares, tails and rare labels."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import altair as alt

from trimtab.measure.score import Exhibit
from trimtab.report.charts.style import (
    INK,
    LINE,
    PLOT_HEIGHT,
    SIDES,
    STEP,
    dashes,
    data,
    dotted,
    framed,
    lines,
    sides,
)
from trimtab.report.facts import Row, is_moment, rows, sides_of

MOST_LABELS = 12
MOST_PAIRS = 16
_LARGE = 10_000  # from here on numbers are written in thousands
_EVEN = 1e-6  # how unlike, relatively, the widths of bins may be that count as equal


def distribution(exhibit: Exhibit) -> dict[str, Any] | None:
    """Shares by bin for a number, by label for anything else."""
    found = [r for r in rows(exhibit) if r["share"] is not None]
    binned = [r for r in found if r.get("low") is not None and r.get("high") is not None]
    if any(r["high"] > r["low"] for r in binned):
        return _binned([r for r in binned if r["high"] > r["low"]])
    labelled = [r for r in found if r.get("value") is not None]
    return _labelled(labelled) if labelled else None


def _binned(found: list[Row]) -> dict[str, Any]:
    """Steps: shares where all bins are as wide, else shares divided by widths."""
    even = _are_even([r["high"] - r["low"] for r in found])
    present = sides_of(found)
    points: list[Row] = []
    for side in present:
        own = sorted((r for r in found if r["side"] == side), key=lambda r: r["low"])
        high = [r["share"] / (1.0 if even else r["high"] - r["low"]) for r in own]
        points.append({"side": side, "x": own[0]["low"], "y": 0.0})
        points += [{"side": side, "x": r["low"], "y": h} for r, h in zip(own, high, strict=True)]
        points += [{"side": side, "x": own[-1]["high"], "y": y} for y in (high[-1], 0.0)]
    # Densities are for comparing heights; as figures they say little, and the table has the shares.
    axis = alt.Axis(format="%") if even else alt.Axis(labels=False, ticks=False)
    y = alt.Y("y:Q", title="share of rows" if even else "density of rows", axis=axis)
    places = _along(points, is_moment(found[0]))
    chart = alt.Chart(data(points)).encode(x=places, y=y, color=sides(present))
    filled = alt.FieldEqualPredicate(field="side", equal=present[0])
    area = chart.transform_filter(filled).mark_area(interpolate="step-after", fillOpacity=0.22)
    line = chart.mark_line(interpolate="step-after", strokeWidth=1.5)
    return framed(alt.layer(area, line.encode(strokeDash=dashes(present))), PLOT_HEIGHT)


def _are_even(widths: list[float]) -> bool:
    return max(widths) - min(widths) <= _EVEN * max(widths)


def _along(points: list[Row], moment: bool) -> alt.X:
    """The axis of a column's values; moments become the milliseconds that Vega counts in."""
    if moment:
        for point in points:
            point["x"] *= 1000
        axis = alt.Axis(grid=False, labelFlush=True)
        return alt.X("x:T", title=None, scale=alt.Scale(type="utc", nice=False), axis=axis)
    large = max(abs(p["x"]) for p in points) >= _LARGE
    axis = alt.Axis(grid=False, labelFlush=True, format="~s" if large else alt.Undefined)
    return alt.X("x:Q", title=None, scale=alt.Scale(zero=False, nice=False), axis=axis)


def _labelled(found: list[Row]) -> dict[str, Any]:
    """Bars by label; labels beyond the first MOST_LABELS are added up."""
    labels = list(dict.fromkeys(str(r["value"]) for r in found))
    shown, pooled = labels[:MOST_LABELS], labels[MOST_LABELS:]
    if len(pooled) == 1:
        shown, pooled = labels, []
    rest = f"({len(pooled)} others)"
    share: dict[tuple[str, str], float] = {}
    for row in found:
        label = str(row["value"]) if str(row["value"]) in set(shown) else rest
        share[label, row["side"]] = share.get((label, row["side"]), 0.0) + row["share"]
    records = [{"label": la, "side": side, "y": v} for (la, side), v in share.items()]
    return bars(records, [*shown, *([rest] if pooled else [])], "share of rows", "%")


def bars(records: list[Row], labels: list[str], title: str, form: str) -> dict[str, Any]:
    """Horizontal bars, one for each side under each label.

    records   with "label", "side" and "y"
    """
    present = sides_of(records)
    chart = alt.Chart(data(records)).encode(
        y=lines(labels),
        yOffset=alt.YOffset("side:N", sort=present),
        x=alt.X("y:Q", title=title, axis=alt.Axis(format=form, tickCount=4)),
        color=sides(present),
    )
    return framed(chart.mark_bar(), STEP * len(labels))


def cumulative(exhibit: Exhibit) -> dict[str, Any] | None:
    """The share of rows up to each value of a number. Labels have no order to be added up in."""
    found = [r for r in rows(exhibit) if r["share"] is not None and r["value"] is not None]
    if not found or any(isinstance(r["value"], str) for r in found):
        return None
    present = sides_of(found)
    points = [{"side": r["side"], "x": r["value"], "y": r["share"]} for r in found]
    chart = alt.Chart(data(points)).encode(
        x=_along(points, is_moment(found[0])),
        y=alt.Y(
            "y:Q",
            title="share of rows up to here",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format="%"),
        ),
        color=sides(present),
        strokeDash=dashes(present),
    )
    return framed(chart.mark_line(interpolate="step-after", strokeWidth=1.5), PLOT_HEIGHT)


def tails(exhibit: Exhibit) -> dict[str, Any] | None:
    """Shares of rows beyond the ends, the most unlike first."""
    found = [r for r in rows(exhibit) if r["real"] is not None and r["synthetic"] is not None]
    found.sort(key=lambda r: -abs(r["real"] - r["synthetic"]))
    named = [
        {"label": f"{r['column']}, {r['end']}", "real": r["real"], "synthetic": r["synthetic"]}
        for r in found[:MOST_PAIRS]
    ]
    return pairs(named, "share of rows beyond", "%")


def rare_labels(exhibit: Exhibit) -> dict[str, Any] | None:
    """Rows with each rare label, and how many were to be expected; the most unlike first."""
    found = [r for r in rows(exhibit) if r["real"] is not None and r["synthetic"] is not None]
    found.sort(key=lambda r: -abs(r["synthetic"] - (r["expected"] or 0)))
    named = [
        {
            "label": f"{r['column']}: {r['label']}",
            "real": r["real"],
            "synthetic": r["synthetic"],
            "wanted": r["expected"],
        }
        for r in found[:MOST_PAIRS]
    ]
    return pairs(named, "rows (mark: expected)", "")


def pairs(found: list[Row], title: str, form: str) -> dict[str, Any] | None:
    """A dot for each side on one line, and a mark for what was wanted.

    found   with "label", "real", "synthetic", and "wanted" if there is any
    form    how figures are written; "" for counts
    None where there is no figure.
    """
    labels = [str(r["label"]) for r in found]
    dots = [
        {"label": str(r["label"]), "side": side, "y": r[side]}
        for r in found
        for side in SIDES
        if r.get(side) is not None
    ]
    if not dots:
        return None
    ends = [
        {"label": label, "a": min(v), "b": max(v)}
        for label, group in groupby(dots, lambda d: d["label"])
        for v in [[d["y"] for d in group]]
    ]
    if not form and max(d["y"] for d in dots) >= _LARGE:
        form = "~s"
    x = alt.X("y:Q", title=title, axis=alt.Axis(format=form or alt.Undefined, tickCount=4))
    y = lines(labels)
    joined = alt.Chart(data(ends)).mark_rule(color=LINE, strokeWidth=2)
    layers = [
        joined.encode(y=y, x=alt.X("a:Q", title=title), x2="b:Q"),
        *(dot.encode(y=y, x=x) for dot in dotted(dots)),
    ]
    wanted = [
        {"label": str(r["label"]), "y": r["wanted"]} for r in found if r.get("wanted") is not None
    ]
    if wanted:
        mark = alt.Chart(data(wanted)).mark_tick(color=INK, thickness=2, height=STEP * 0.7)
        layers.append(mark.encode(y=y, x=x))
    return framed(alt.layer(*layers), STEP * len(dict.fromkeys(labels)))
