"""Distributions as pictures: outlines over bins of numbers, and bars of labels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt

from trimtab.measure.fidelity.histograms import MISSING_WORD, OTHERS_WORD
from trimtab.report.exhibits.axes import ValueAxis
from trimtab.report.exhibits.labels import shortened
from trimtab.report.exhibits.style import LABEL_WIDTH, dashes, data, lines, side_colours
from trimtab.report.formatting import Row, edge, is_moment, sides_of

MAX_LABELS = 12
_EVEN = 1e-6  # how unlike, relatively, the widths of bins may be that count as equal
_GAP = 0.5  # widths of a bin, before one that holds all that lies far beyond
_THIN = 60  # bars of lone values are not thinner than this part of the axis
Bin = tuple[float, float]  # where it begins and ends


@dataclass(frozen=True)
class _Course:
    """Where bins are drawn.

    drawn     by where they begin and end
    dense     whether heights are divided by widths, which differ
    core      the reach of what is drawn to scale
    beyond    what is not: the bins that hold all that lies far beyond
    """

    drawn: dict[Bin, Bin]
    dense: bool
    core: Bin
    beyond: tuple[Bin, ...] = ()


def outlined(
    found: list[Row], titled: bool = False, what: str = "rows"
) -> alt.LayerChart | alt.FacetChart | None:
    """Steps over bins, as high as their shares.

    A bin at an end that holds all that lies far beyond the others is as wide as they are, stands
    apart from them, and the axis says what it holds. Bins that are uneven otherwise show densities.

    found   with "side", "low", "high" and "share", and with "stage" if they are of several
    what    the shares are of
    None where there are no bins.
    """
    binned = [r for r in found if r.get("low") is not None and r.get("high") is not None]
    bins = [r for r in binned if r["high"] > r["low"]]
    if not bins:
        return None
    course, present, moment = _course(bins), sides_of(bins), is_moment(bins[0])
    ends = [end for drawn in course.drawn.values() for end in drawn]
    axis = ValueAxis.over(ends, moment)
    points: list[Row] = []
    for stage, side in dict.fromkeys((r.get("stage"), r["side"]) for r in bins):
        own = [r for r in bins if r["side"] == side and r.get("stage") == stage]
        steps = axis.placed(_steps(own, course), "x")
        points += [{"stage": stage, "side": side, **step} for step in steps]
    # Densities are for comparing heights; as figures they say little, and the table has the shares.
    shown = alt.Axis(labels=False, ticks=False) if course.dense else alt.Axis(format="%")
    title = f"density of {what}" if course.dense else f"share of {what}"
    y = alt.Y("y:Q", title=title if titled else None, axis=shown)
    within = course.core if course.beyond else None  # what stands apart is not to scale
    x = axis.channel(alt.X, "x", _beyond(course, moment) if titled else None, within)
    chart = alt.Chart().encode(x=x, y=y, color=side_colours(present))
    filled = alt.FieldEqualPredicate(
        field="side", equal=min(present, key=lambda side: side == "synthetic")
    )
    area = chart.transform_filter(filled).mark_area(interpolate="step-after", fillOpacity=0.22)
    line = chart.mark_line(interpolate="step-after", strokeWidth=1.5)
    return alt.layer(area, line.encode(strokeDash=dashes(present)), data=data(points))


def _steps(own: list[Row], course: _Course) -> list[Row]:
    """The corners of an outline; between bins that stand apart it goes down to nought."""
    steps: list[Row] = []
    last: float | None = None
    for row in sorted(own, key=lambda r: r["low"]):
        start, end = course.drawn[row["low"], row["high"]]
        height = row["share"] / ((row["high"] - row["low"]) if course.dense else 1.0)
        if last is None or start > last + _EVEN * (end - start):
            steps += [] if last is None else [{"x": last, "y": 0.0}]
            steps.append({"x": start, "y": 0.0})
        steps.append({"x": start, "y": height})
        last = end
    return [*steps, {"x": last, "y": steps[-1]["y"]}, {"x": last, "y": 0.0}]


def _course(bins: list[Row]) -> _Course:
    """Where bins are drawn, of whatever side."""
    known = sorted({(r["low"], r["high"]): r.get("value") for r in bins}.items())
    ends, values = [e for e, _ in known], [v for _, v in known]
    if len(ends) > 1 and all(isinstance(v, (int, float)) for v in values):
        return _lone(ends, values)
    plain, whole = {e: e for e in ends}, (ends[0][0], ends[-1][1])
    widths = [high - low for low, high in ends]
    inner = widths[1:-1] or widths
    if not _are_even(inner):
        return _Course(plain, True, whole)
    width = inner[0]
    far = [e for e in {ends[0], ends[-1]} if e[1] - e[0] > width * (1 + _EVEN)]
    low, high = (ends[1][0] if ends[0] in far else whole[0]), whole[1]
    if ends[-1] in far:
        high = ends[-1][0]
    apart = _GAP * width
    for end in far:
        first = end == ends[0]
        plain[end] = (
            (low - apart - width, low - apart) if first else (high + apart, high + apart + width)
        )
    return _Course(plain, False, (low, high), tuple(sorted(far)))


def _lone(ends: list[Bin], values: list[Any]) -> _Course:
    """Bins of one value each: a bar around it, all of them as wide where there is room."""
    gaps = [b - a for a, b in pairwise(values)]
    usual = max(min(gaps), (values[-1] - values[0]) / _THIN)
    nearest = [min(pair) for pair in zip([gaps[0], *gaps], [*gaps, gaps[-1]], strict=True)]
    drawn = {}
    for end, value, room in zip(ends, values, nearest, strict=True):
        half = min(usual, room) / 2
        drawn[end] = (value - half, value + half)
    last = list(drawn.values())
    return _Course(drawn, False, (last[0][0], last[-1][1]))


def _are_even(widths: list[float]) -> bool:
    return max(widths) - min(widths) <= _EVEN * max(widths)


def _beyond(course: _Course, moment: bool) -> str | None:
    """What the bins hold that stand apart."""
    phrases = []
    for bin_ in course.beyond:
        which = "first" if bin_[1] <= course.core[0] else "last"
        low, high = (edge(value, moment) for value in bin_)
        phrases.append(f"the {which} bin: {low} to {high}")
    return "; ".join(phrases) or None


def barred(
    found: list[Row], titled: bool = False, room: float = LABEL_WIDTH
) -> tuple[alt.Chart, list[str]]:
    """Bars by label, and the labels as they are shown.

    Those beyond the first MAX_LABELS are added up, but for what is missing.

    found   with "side", "value" and "share", and with "stage" if they are of several
    room    for a label, in pixels
    """
    labelled = [r for r in found if r.get("value") is not None]
    labels = list(dict.fromkeys(str(r["value"]) for r in labelled))
    missing = [label for label in labels if label == MISSING_WORD]
    ordinary = _in_order([label for label in labels if label != MISSING_WORD])
    shown, pooled = ordinary[:MAX_LABELS], ordinary[MAX_LABELS:]
    if len(pooled) == 1:
        shown, pooled = ordinary, []
    # Of labels that were added up before, nobody knows how many they are.
    rest = OTHERS_WORD if OTHERS_WORD in pooled else f"({len(pooled)} others)"
    names = shortened([*shown, *([rest] if pooled else []), *missing], room)
    share: dict[tuple[str, str, str | None], float] = {}
    for row in labelled:
        label = rest if str(row["value"]) in pooled else str(row["value"])
        place = (names[label], row["side"], row.get("stage"))
        share[place] = share.get(place, 0.0) + row["share"]
    records = [{"label": a, "side": b, "stage": c, "y": v} for (a, b, c), v in share.items()]
    present = sides_of(records)
    chart = alt.Chart(data(records)).encode(
        y=lines([*names.values()]),
        yOffset=alt.YOffset("side:N", sort=present),
        x=alt.X("y:Q", title="share of rows" if titled else None, axis=alt.Axis(format="%")),
        color=side_colours(present),
    )
    return chart.mark_bar(), [*names.values()]


def _in_order(labels: list[str]) -> list[str]:
    """Labels that are all numbers by their size, where none is left out; others as they come."""
    try:
        return sorted(labels, key=float) if len(labels) <= MAX_LABELS + 1 else labels
    except ValueError:
        return labels
