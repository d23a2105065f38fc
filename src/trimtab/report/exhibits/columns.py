"""Charts of single columns: distributions, cumulative shares, tails and rare labels."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import altair as alt

from trimtab.measure.score import Exhibit, Topic
from trimtab.report.exhibits.axes import ValueAxis
from trimtab.report.exhibits.kind import ExhibitKind, named_in, one, with_columns
from trimtab.report.exhibits.labels import shortened
from trimtab.report.exhibits.outlines import barred, outlined
from trimtab.report.exhibits.shares import share_by_bin
from trimtab.report.exhibits.style import (
    INK,
    LARGE,
    LINE,
    PLOT_HEIGHT,
    SIDES,
    STEP,
    dashes,
    data,
    dotted,
    framed,
    lines,
    side_colours,
)
from trimtab.report.exhibits.text_table import TextTable, as_text, listed
from trimtab.report.formatting import (
    SAID,
    Row,
    count,
    edge,
    is_moment,
    number,
    percent,
    rows,
    said,
    sides_of,
)

MAX_PAIRS = 16
_PARTS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)  # of rows, in tables


def distribution(exhibit: Exhibit) -> dict[str, Any] | None:
    """Shares by bin for a number, by label for anything else."""
    entries = [r for r in rows(exhibit) if r["share"] is not None]
    outlines = outlined(entries, titled=True)
    if outlines is not None:
        return framed(outlines, PLOT_HEIGHT)
    chart, labels = barred(entries, titled=True)
    return framed(chart, STEP * len(labels)) if labels else None


def cumulative(exhibit: Exhibit) -> dict[str, Any] | None:
    """The share of rows up to each value of a number. Labels have no order to be added up in."""
    entries = [r for r in rows(exhibit) if r["share"] is not None and r["value"] is not None]
    if not entries or any(isinstance(r["value"], str) for r in entries):
        return None
    present = sides_of(entries)
    points = [{"side": r["side"], "x": r["value"], "y": r["share"]} for r in entries]
    axis = ValueAxis.over((p["x"] for p in points), is_moment(entries[0]))
    chart = alt.Chart(data(axis.placed(points, "x"))).encode(
        x=axis.channel(alt.X, "x"),
        y=alt.Y(
            "y:Q",
            title="share of rows up to here",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format="%"),
        ),
        color=side_colours(present),
        strokeDash=dashes(present),
    )
    return framed(chart.mark_line(interpolate="step-after", strokeWidth=1.5), PLOT_HEIGHT)


def tails(exhibit: Exhibit) -> dict[str, Any] | None:
    """Shares of rows beyond the ends, the most unlike first."""
    entries = [r for r in rows(exhibit) if r["real"] is not None and r["synthetic"] is not None]
    entries.sort(key=lambda r: -abs(r["real"] - r["synthetic"]))
    named = [
        {"label": f"{r['column']}, {r['end']}", "real": r["real"], "synthetic": r["synthetic"]}
        for r in entries[:MAX_PAIRS]
    ]
    return pairs(named, "share of rows beyond", "%")


def rare_labels(exhibit: Exhibit) -> dict[str, Any] | None:
    """Rows with each rare label, and how many were to be expected; the most unlike first."""
    entries = [r for r in rows(exhibit) if r["real"] is not None and r["synthetic"] is not None]
    entries.sort(key=lambda r: -abs(r["synthetic"] - (r["expected"] or 0)))
    named = [
        {
            "label": f"{r['column']}: {r['label']}",
            "real": r["real"],
            "synthetic": r["synthetic"],
            "wanted": r["expected"],
        }
        for r in entries[:MAX_PAIRS]
    ]
    return pairs(named, "rows (mark: expected)", "")


def pairs(found: list[Row], title: str, form: str) -> dict[str, Any] | None:
    """A dot for each side on one line, and a mark for what was wanted.

    found   with "label", "real", "synthetic", and "wanted" if there is any
    form    how figures are written; "" for counts
    None where there is no figure.
    """
    names = shortened(str(r["label"]) for r in found)
    dots = [
        {"label": names[str(r["label"])], "side": side, "y": r[side]}
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
    if not form and max(d["y"] for d in dots) >= LARGE:
        form = "~s"
    x = alt.X("y:Q", title=title, axis=alt.Axis(format=form or alt.Undefined, tickCount=4))
    y = lines([*names.values()])
    joined = alt.Chart(data(ends)).mark_rule(color=LINE, strokeWidth=2)
    layers = [
        joined.encode(y=y, x=alt.X("a:Q", title=title), x2="b:Q"),
        *(dot.encode(y=y, x=x) for dot in dotted(dots)),
    ]
    wanted = [
        {"label": names[str(r["label"])], "y": r["wanted"]}
        for r in found
        if r.get("wanted") is not None
    ]
    if wanted:
        mark = alt.Chart(data(wanted)).mark_tick(color=INK, thickness=2, height=STEP * 0.7)
        layers.append(mark.encode(y=y, x=x))
    return framed(alt.layer(*layers), STEP * len(names))


def greatest_difference(entries: list[Row]) -> str:
    """Where the shares of a distribution differ most, as a sentence."""
    shares = share_by_bin(entries)
    if not shares:
        return "No share is known."
    if "real" not in sides_of(entries):
        top, by_side = max(shares.items(), key=lambda item: max(item[1].values()))
        return f"The most frequent is {top}, {percent(max(by_side.values()))} of rows."
    bin_, by_side = max(
        shares.items(), key=lambda item: abs(item[1].get("real", 0) - item[1].get("synthetic", 0))
    )
    real, synthetic = by_side.get("real", 0.0), by_side.get("synthetic", 0.0)
    return (
        f"The greatest difference is at {bin_}: {percent(real)} of real rows and "
        f"{percent(synthetic)} of synthetic ones."
    )


def shares_table(exhibit: Exhibit) -> TextTable:
    """The shares of a distribution by bin or label, and by side."""
    entries = rows(exhibit)
    present = sides_of(entries)
    lines = tuple(
        (name, *(percent(by_side.get(side, 0.0)) for side in present))
        for name, by_side in share_by_bin(entries).items()
    )
    return TextTable(("value", *(said(exhibit, s) for s in present)), lines)


def _halves(entries: list[Row]) -> str:
    halves = []
    for side in sides_of(entries):
        reached = [r for r in entries if r["side"] == side and (r["share"] or 0) >= 0.5]
        if reached:
            value = edge(reached[0]["value"], is_moment(reached[0]))
            halves.append(f"at {value} for {SAID[side]} rows")
    return (
        f"Half of the rows is reached {' and '.join(halves)}." if halves else "Cumulative shares."
    )


def _quantiles(exhibit: Exhibit) -> TextTable:
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
    return TextTable(
        ("share of rows", *(f"{said(exhibit, s)}, up to" for s in present)), tuple(lines)
    )


def _worst_end(entries: list[Row]) -> str:
    known = [r for r in entries if r["real"] is not None and r["synthetic"] is not None]
    if not known:
        return "No end could be compared."
    worst = max(known, key=lambda r: abs(r["real"] - r["synthetic"]))
    return (
        f"The greatest difference is at the {worst['end']} end of {worst['column']}: "
        f"{percent(worst['real'])} of real rows, {percent(worst['synthetic'])} of synthetic ones."
    )


def _lost(entries: list[Row]) -> str:
    lost = sum(1 for r in entries if r["synthetic"] == 0)
    return f"{len(entries)} rare labels; {lost} of them are in no synthetic row."


def _is_ordered(exhibit: Exhibit) -> bool:
    """Labels have no order to be added up in."""
    return not any(isinstance(v, str) for v in exhibit.columns.get("value", ()))


DISTRIBUTION = ExhibitKind(
    name="distribution",
    title="Distributions",
    reading="The share of rows at each value. Where the two agree, the outlines lie on each other "
    "and the bars are as long. A bin that stands apart holds all that lies far beyond the others. "
    "The columns that differ most come first.",
    topic=Topic.COLUMNS,
    charts=one(distribution),
    sentence=greatest_difference,
    table=shares_table,
    sides=named_in("side"),
    public=("side", "value", "low", "high", "share", "unit"),
    shown=12,
    by_difference=True,
)
CUMULATIVE = ExhibitKind(
    name="cumulative",
    title="Cumulative shares",
    reading="The share of rows up to each value. A gap between the curves is a part of the rows "
    "that one table has and the other has elsewhere. The columns that differ most come first.",
    topic=Topic.COLUMNS,
    charts=one(cumulative),
    sentence=_halves,
    table=_quantiles,
    sides=named_in("side"),
    public=("side", "value", "share", "unit"),
    shown=4,
    by_difference=True,
    tells=_is_ordered,
)
TAILS = ExhibitKind(
    name="tails",
    title="Ends of numbers",
    reading="The share of rows beyond the lowest and the highest values. The ends that differ most "
    "come first.",
    topic=Topic.EXTREMES,
    charts=one(tails),
    sentence=_worst_end,
    table=listed({"column": as_text, "end": as_text, "real": percent, "synthetic": percent}),
    sides=with_columns,
    mark="dot",
)
RARE_LABELS = ExhibitKind(
    name="rare labels",
    title="Rare labels",
    reading="How many rows hold each rare label, and how many were to be expected at this size.",
    topic=Topic.EXTREMES,
    charts=one(rare_labels),
    sentence=_lost,
    table=listed(
        {"column": as_text, "label": as_text, "real": count, "synthetic": count, "expected": number}
    ),
    sides=with_columns,
    mark="dot",
)
