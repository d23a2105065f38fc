"""Charts of a training: its course, and strips of small pictures, one for each stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt

from trimtab.measure.score import Exhibit, Topic
from trimtab.report.exhibits.axes import ValueAxis
from trimtab.report.exhibits.kind import ExhibitKind, one, with_columns
from trimtab.report.exhibits.labels import shortened
from trimtab.report.exhibits.outlines import barred, outlined
from trimtab.report.exhibits.shares import bin_of
from trimtab.report.exhibits.style import (
    LABEL_WIDTH_IN_STRIP,
    LARGE,
    LINE,
    PLOT_HEIGHT,
    SYNTHETIC,
    data,
    framed,
    side_colours,
    strip,
)
from trimtab.report.exhibits.text_table import TextTable, listed
from trimtab.report.formatting import (
    SAID,
    Row,
    count,
    is_moment,
    part_of,
    percent,
    rows,
    sides_of,
    stages_of,
)

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
    bars, labels = barred(shares, room=LABEL_WIDTH_IN_STRIP)
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
        names = shortened((str(p["value"]) for p in parts), LABEL_WIDTH_IN_STRIP)
        axis = alt.Axis(labelAngle=-60 if name == "x" else 0, labelOverlap=False)
        domain = alt.Scale(domain=[*names.values()])
        band = channel(f"{name}:N", title=None, scale=domain, axis=axis)
        places: list[Row | None] = [{name: names[str(p["value"])]} for p in parts]
        return _Axis(places, {name: band}, _CELL * len(names))
    reach = (end for p in binned for end in (p["low"], p["high"]))
    values = ValueAxis.over(reach, is_moment(binned[0]))
    ends = [
        None
        if p["low"] is None
        else values.placed([{name: p["low"], f"{name}2": p["high"]}], name, f"{name}2")[0]
        for p in parts
    ]
    channels = {name: values.channel(channel, name), f"{name}2": f"{name}2"}
    return _Axis(ends, channels, _HEIGHT)


def _course(entries: list[Row]) -> str:
    known = [r for r in entries if r["distance"] is not None and r["step"] is not None]
    if not known:
        return "No distance is known."
    least = min(known, key=lambda r: r["distance"])
    phrases = (
        f"{percent(r['distance'])} at step {count(r['step'])}" for r in (known[0], known[-1])
    )
    return (
        f"The distance was {' and '.join(phrases)}, the last; it was least at step "
        f"{count(least['step'])}: {percent(least['distance'])}."
    )


def _first_and_last(entries: list[Row]) -> str:
    """How far the shares of the first and of the last stage are from the real ones."""
    *steps, real = stages_of(entries[0])
    phrases = []
    for step in dict.fromkeys((steps[0], steps[-1])):
        known = [(r[step], r[real]) for r in entries if r[step] is not None and r[real] is not None]
        phrases.append(f"{percent(sum(abs(a - b) for a, b in known) / 2)} at {step}")
    return f"Rows that are elsewhere than real ones: {', '.join(phrases)}."


def _shares(exhibit: Exhibit) -> TextTable:
    names = stages_of(exhibit.columns)
    lines = tuple((bin_of(r), *(percent(r[n]) for n in names)) for r in rows(exhibit))
    return TextTable(("value", *(SAID.get(n, n) for n in names)), lines)


def _combinations(exhibit: Exhibit) -> TextTable:
    """The most frequent combinations of real rows first."""
    names = stages_of(exhibit.columns)
    combinations = [r for r in rows(exhibit) if any(r[n] for n in names)]
    lines = tuple(
        (*(bin_of(part_of(r, axis)) for axis in ("x", "y")), *(percent(r[n]) for n in names))
        for r in sorted(combinations, key=lambda r: -(r[names[-1]] or 0.0))
    )
    return TextTable((*exhibit.about, *(SAID.get(n, n) for n in names)), lines)


def _sides(exhibit: Exhibit) -> set[str]:
    return {*with_columns(exhibit), "synthetic"}


TRAINING = ExhibitKind(
    name="training",
    title="Course of the training",
    reading="How far the shares of pairs of columns were from those of real rows that were held "
    "out from the training, on average over the pairs.",
    topic=Topic.LEARNING,
    charts=one(training),
    sentence=_course,
    table=listed({"step": count, "distance": percent}),
    shown=1,
)
STAGES = ExhibitKind(
    name="stages",
    title="Single columns at stages of the training",
    reading="The share of rows at each value after so many steps, upon that of the real rows.",
    topic=Topic.LEARNING,
    charts=one(stages),
    sentence=_first_and_last,
    table=_shares,
    sides=_sides,
    shown=12,
    by_difference=True,
)
STAGE_PAIRS = ExhibitKind(
    name="stage pairs",
    title="Pairs of columns at stages of the training",
    reading="Each square is a combination of values; the deeper its colour, the more rows hold it. "
    "The last picture is of the real rows, and the others should come to look like it. Shown are "
    "the pairs that hang together most in the real rows, the closest first.",
    topic=Topic.LEARNING,
    charts=one(stage_pairs),
    sentence=_first_and_last,
    table=_combinations,
    sides=_sides,
    shown=6,
    mark="bar",
)
