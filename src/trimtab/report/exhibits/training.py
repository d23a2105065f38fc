"""Charts of a training: its course, and strips of small pictures, one for each stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt

from trimtab.measure.score import Exhibit
from trimtab.report.exhibits.columns import barred, outlined
from trimtab.report.exhibits.style import (
    LARGE,
    LINE,
    PLOT_HEIGHT,
    SYNTHETIC,
    data,
    framed,
    side_colours,
    strip,
)
from trimtab.report.formatting import SAID, Row, is_moment, part_of, rows, sides_of, stages_of

_HEIGHT = 90
_LINE, _CELL = 18, 16  # heights of a label's line of bars, and of its cells
_DEPTHS = 20  # the eye tells no more apart, and cells of one depth make one path


def training(exhibit: Exhibit) -> dict[str, Any] | None:
    """How far off the generator was, by step."""
    entries = [r for r in rows(exhibit) if r["step"] is not None and r["distance"] is not None]
    if not entries:
        return None
    large = max(r["step"] for r in entries) >= LARGE
    axis = alt.Axis(grid=False, format="~s" if large else alt.Undefined)
    chart = alt.Chart(data({"x": r["step"], "y": r["distance"]} for r in entries)).encode(
        x=alt.X("x:Q", title="step of the training", axis=axis, scale=alt.Scale(nice=False)),
        y=alt.Y("y:Q", title="distance from held-out rows", axis=alt.Axis(format="%")),
    )
    line = chart.mark_line(color=SYNTHETIC, strokeWidth=1.5)
    dots = chart.mark_circle(color=SYNTHETIC, size=18, opacity=1)
    return framed(alt.layer(line, dots), PLOT_HEIGHT)


def stages(exhibit: Exhibit) -> dict[str, Any] | None:
    """The distribution of a column at each stage, upon that of the real rows."""
    entries = rows(exhibit)
    *steps, real = stages_of(exhibit.columns)
    shares = [
        {**row, "stage": step, "side": side, "share": row[name]}
        for step in steps
        for side, name in ((real, real), ("synthetic", step))
        for row in entries
        if row[name] is not None
    ]
    outlines = outlined(shares)
    if outlines is not None:
        return strip(outlines, steps, _HEIGHT)
    bars, labels = barred(shares)
    return strip(bars, steps, _LINE * len(labels)) if labels else None


def stage_pairs(exhibit: Exhibit) -> dict[str, Any] | None:
    """The shares of a pair's cells at each stage, and those in the real rows."""
    entries, names = rows(exhibit), stages_of(exhibit.columns)
    x, y = (_axis(entries, name) for name in ("x", "y"))
    full = max((r[names[-1]] or 0.0 for r in entries), default=0.0)
    records: list[Row] = []
    for name in names:
        for row, across, up in zip(entries, x.ends, y.ends, strict=True):
            # The square root, or one frequent cell would leave the others pale.
            depth = round(min(1.0, (row[name] or 0.0) / (full or 1.0)) ** 0.5 * _DEPTHS) / _DEPTHS
            if depth and across and up:
                side = name if name in SAID else "synthetic"
                named = {"stage": SAID.get(name, name), "side": side, "depth": depth}
                records.append({**across, **up, **named})
    if not records:
        return None
    chart = (
        alt.Chart(data(sorted(records, key=lambda r: r["depth"])))
        .mark_rect()
        .encode(
            **x.channels,
            **y.channels,
            color=side_colours(sides_of(records)),
            fillOpacity=alt.FillOpacity(
                "depth:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0, 1])
            ),
        )
    )
    return strip(chart, [SAID.get(n, n) for n in names], y.length, frame=LINE)


@dataclass(frozen=True)
class _Axis:
    """An axis of cells.

    ends       where each cell begins and ends, None where it has no place
    channels   what encodes it
    length     in pixels, if it stands
    """

    ends: list[Row | None]
    channels: dict[str, Any]
    length: float


def _axis(entries: list[Row], name: str) -> _Axis:
    """The axis "x" or "y": bins of a number or a moment, or labels."""
    parts = [part_of(row, name) for row in entries]
    channel = alt.X if name == "x" else alt.Y
    binned = [p for p in parts if p["low"] is not None and p["high"] is not None]
    if not binned:
        labels = list(dict.fromkeys(str(p["value"]) for p in parts))
        axis = alt.Axis(labelAngle=-60 if name == "x" else 0, labelOverlap=False)
        band = channel(f"{name}:N", title=None, scale=alt.Scale(domain=labels), axis=axis)
        return _Axis([{name: str(p["value"])} for p in parts], {name: band}, _CELL * len(labels))
    moment = is_moment(binned[0])
    unit = 1000 if moment else 1  # Vega counts moments in milliseconds
    ends = [
        None if p["low"] is None else {name: p["low"] * unit, f"{name}2": p["high"] * unit}
        for p in parts
    ]
    reach = [min(p["low"] for p in binned) * unit, max(p["high"] for p in binned) * unit]
    large = max(map(abs, reach)) >= LARGE and not moment
    axis = alt.Axis(grid=False, labelFlush=True, format="~s" if large else alt.Undefined)
    scale = alt.Scale(domain=reach, nice=False, zero=False, type="utc" if moment else "linear")
    along = channel(f"{name}:{'T' if moment else 'Q'}", title=None, scale=scale, axis=axis)
    return _Axis(ends, {name: along, f"{name}2": f"{name}2"}, _HEIGHT)
