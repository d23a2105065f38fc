"""Charts of a proof: differences to doing nothing, cuts, stated risks, and the learning curve."""

from __future__ import annotations

from typing import Any

import altair as alt

from trimtab.measure.score import Exhibit
from trimtab.report.exhibits.kind import ExhibitKind, one
from trimtab.report.exhibits.style import (
    HOLDOUT,
    LINE,
    MUTED,
    PLOT_HEIGHT,
    REAL,
    STEP,
    SYNTHETIC,
    WAY_DASHES,
    WAYS,
    Record,
    data,
    framed,
    lines,
)
from trimtab.report.exhibits.text_table import as_text, listed
from trimtab.report.formatting import Row, count, number, percent, rows

_SMALL = 250  # pixels of one of many pictures
_SQUARE = 190
# How a dot looks by what the difference comes to: its colour, and whether it is filled.
_LOOKS = {
    "helps": (HOLDOUT, True),
    "harms": (SYNTHETIC, True),
    "no difference": (REAL, False),
    "no difference shown": (MUTED, False),
}
FORMS = {"raw": (SYNTHETIC, [6, 3]), "prior": (REAL, [1, 0]), "platt": (HOLDOUT, [2, 2])}
_TICKS = [0.0, 0.01, 0.05, 0.2, 0.5, 1]


def differences(exhibit: Exhibit) -> dict[str, dict[str, Any]]:
    """A forest for each measure: a dot with its interval for each way, and what does not matter."""
    entries = rows(exhibit)
    return {
        measure: _forest([r for r in entries if r["measure"] == measure])
        for measure in dict.fromkeys(r["measure"] for r in entries)
    }


def _forest(entries: list[Row]) -> dict[str, Any]:
    first = entries[0]
    scale = alt.Scale(domain=[first["left"], first["right"]], nice=False)
    signed = "datum.value === 0 ? '0' : format(datum.value, '+.3~f')"
    axis = alt.Axis(labelExpr=signed, tickCount=4, labelFlush=True, labelSeparation=6)
    title = "difference to doing nothing"
    y = lines([r["way"] for r in entries])

    def along(field: str) -> alt.X:
        return alt.X(field, title=title, scale=scale, axis=axis)

    margin: list[Record] = [{"a": -first["margin"], "b": first["margin"]}]
    band = alt.Chart(data(margin)).mark_rect(color=LINE, opacity=0.6)
    nought = alt.Chart(data([{"a": 0}])).mark_rule(color=MUTED, strokeDash=[2, 3])
    layers = [band.encode(x=along("a:Q"), x2="b:Q"), nought.encode(x=along("a:Q"))]
    for effect, (colour, filled) in _LOOKS.items():
        own = [
            {"label": r["way"], "v": r["value"], "low": r["low"], "high": r["high"]}
            for r in entries
            if r["effect"] == effect
        ]
        if own:
            chart = alt.Chart(data(own)).encode(y=y)
            reach = chart.mark_rule(color=colour, strokeWidth=1.5)
            layers.append(reach.encode(x=along("low:Q"), x2="high:Q"))
            dot = chart.mark_point(color=colour, filled=filled, size=55, opacity=1, strokeWidth=2)
            layers.append(dot.encode(x=along("v:Q")))
    return _roomy(framed(alt.layer(*layers), (STEP + 4) * len({r["way"] for r in entries})))


def cuts(exhibit: Exhibit) -> dict[str, Any] | None:
    """F1 at the cut of .5 as a ring, and at the tuned cut as a dot, for each way."""
    entries = [r for r in rows(exhibit) if r["at_half"] is not None and r["tuned"] is not None]
    if not entries:
        return None
    records = [{"label": r["way"], "half": r["at_half"], "tuned": r["tuned"]} for r in entries]
    scale = alt.Scale(domain=[0, entries[0]["right"]], nice=False)
    chart = alt.Chart(data(records)).encode(y=lines([r["way"] for r in entries]))

    def along(field: str) -> alt.X:
        return alt.X(field, title="F1", scale=scale, axis=alt.Axis(format=".2~f", tickCount=5))

    joined = chart.mark_rule(color=LINE, strokeWidth=2).encode(x=along("half:Q"), x2="tuned:Q")
    ring = chart.mark_point(filled=False, color=MUTED, size=75, opacity=1, strokeWidth=2)
    dot = chart.mark_point(filled=True, color=REAL, size=60, opacity=1)
    layers = (joined, ring.encode(x=along("half:Q")), dot.encode(x=along("tuned:Q")))
    return _roomy(framed(alt.layer(*layers), (STEP + 4) * len(entries)))


def _roomy(spec: dict[str, Any]) -> dict[str, Any]:
    """With room for names of ways, which are wider where the page's fonts are missing."""
    return {**spec, "padding": {"left": 22, "top": 5, "right": 8, "bottom": 5}}


def reliability(exhibit: Exhibit) -> dict[str, dict[str, Any]]:
    """Stated and observed risks: a small picture for each way."""
    entries = rows(exhibit)
    return {
        way: _reliable([r for r in entries if r["way"] == way])
        for way in dict.fromkeys(r["way"] for r in entries)
    }


def _reliable(entries: list[Row]) -> dict[str, Any]:
    names = [n for n in FORMS if any(r["form"] == n for r in entries)]
    records: list[Record] = [
        {"form": r["form"], "x": r["stated"], "y": r["observed"]} for r in entries
    ]
    # Square roots keep a rate of 0, which a logarithm cannot show.
    scale = alt.Scale(type="sqrt", domain=[0, 1], nice=False)

    def axis(ticks: list[float]) -> alt.Axis:
        # Of values that are given, no more than the count of ticks are drawn.
        return alt.Axis(values=ticks, tickCount=2 * len(ticks), format=".0%", labelOverlap=False)

    x = alt.X("x:Q", title="stated", scale=scale, axis=axis(_TICKS[:1] + _TICKS[2:]))
    y = alt.Y("y:Q", title="came true", scale=scale, axis=axis(_TICKS))
    colour = alt.Color(
        "form:N", legend=None, scale=alt.Scale(domain=names, range=[FORMS[n][0] for n in names])
    )
    dash = alt.StrokeDash(
        "form:N", legend=None, scale=alt.Scale(domain=names, range=[FORMS[n][1] for n in names])
    )
    ends: list[Record] = [{"x": 0, "y": 0}, {"x": 1, "y": 1}]
    right = alt.Chart(data(ends)).mark_line(color=MUTED, strokeWidth=1, strokeDash=[2, 3])
    chart = alt.Chart(data(records)).encode(x=x, y=y, color=colour)
    line = chart.mark_line(strokeWidth=1.6).encode(strokeDash=dash)
    dots = chart.mark_circle(size=22, opacity=1)
    return framed(alt.layer(right.encode(x=x, y=y), line, dots), _SQUARE, _SMALL)


def curve(exhibit: Exhibit) -> dict[str, dict[str, Any]]:
    """A line for each way over the rows that the smaller class has left, by measure."""
    entries = [r for r in rows(exhibit) if r["value"] is not None]
    return {
        measure: _curve([r for r in entries if r["measure"] == measure])
        for measure in dict.fromkeys(r["measure"] for r in entries)
    }


def _curve(entries: list[Row]) -> dict[str, Any]:
    marks = {r["way"]: int(r["mark"]) % len(WAYS) for r in entries}
    sizes = sorted({r["size"] for r in entries})
    records: list[Record] = [{"way": r["way"], "x": r["size"], "y": r["value"]} for r in entries]
    # The ends stand a little apart from the frame.
    x = alt.X(
        "x:Q",
        title="training rows of the smaller class",
        scale=alt.Scale(type="log", domain=[sizes[0] * 0.9, sizes[-1] * 1.1], nice=False),
        axis=alt.Axis(values=sizes, format="~s" if sizes[-1] >= 10_000 else "d", grid=False),
    )
    y = alt.Y("y:Q", title=None, scale=alt.Scale(zero=False))
    colours, dashes = [WAYS[m] for m in marks.values()], [WAY_DASHES[m] for m in marks.values()]
    chart = alt.Chart(data(records)).encode(
        x=x,
        y=y,
        color=alt.Color("way:N", legend=None, scale=alt.Scale(domain=list(marks), range=colours)),
    )
    line = chart.mark_line(strokeWidth=1.8).encode(
        strokeDash=alt.StrokeDash(
            "way:N", legend=None, scale=alt.Scale(domain=list(marks), range=dashes)
        )
    )
    return framed(alt.layer(line, chart.mark_circle(size=30, opacity=1)), PLOT_HEIGHT)


def _of_ways(entries: list[Row]) -> str:
    phrases = [f"{r['measure']}, {r['way']}: {number(r['value'])} ({r['effect']})" for r in entries]
    return f"Differences to doing nothing: {'; '.join(phrases)}."


def _of_cuts(entries: list[Row]) -> str:
    phrases = [f"{r['way']} {number(r['at_half'])} and {number(r['tuned'])}" for r in entries]
    return f"F1 at .5 and with the cut tuned: {'; '.join(phrases)}."


def _highest_stated(entries: list[Row]) -> str:
    """Each way's highest raw statement, and what came of it."""
    top = {r["way"]: r for r in entries if r["form"] == "raw"}
    phrases = [
        f"{way}, where {percent(r['stated'])} was stated, {percent(r['observed'])}"
        for way, r in top.items()
    ]
    return f"Came true: {'; '.join(phrases)}." if phrases else "No statement has enough rows."


def _best_and_worst(entries: list[Row]) -> str:
    """The best and the worst way at each size, by the first measure."""
    phrases = []
    first = [r for r in entries if r["measure"] == entries[0]["measure"] and r["value"] is not None]
    for size in dict.fromkeys(r["size"] for r in first):
        own = sorted((r for r in first if r["size"] == size), key=lambda r: r["value"])
        low, high = own[0], own[-1]
        phrases.append(
            f"with {count(size)} rows from {number(low['value'])} ({low['way']}) to "
            f"{number(high['value'])} ({high['way']})"
        )
    return f"{entries[0]['measure']}: {'; '.join(phrases)}."


DIFFERENCES = ExhibitKind(
    name="ranking differences",
    title="Differences to doing nothing",
    reading="Each dot is a mean over folds of the difference to doing nothing, with its interval. "
    "Right of 0 is better; within the grey band a difference does not matter. A filled "
    "dot is a difference that is shown; a ring is one that is not, or that does not matter.",
    charts=differences,
    sentence=_of_ways,
    table=listed(
        {
            "measure": as_text,
            "way": as_text,
            "value": number,
            "low": number,
            "high": number,
            "margin": number,
            "effect": as_text,
        }
    ),
    shown=6,
    mark="dot",
)
CUTS = ExhibitKind(
    name="cuts",
    title="F1 at the cut of .5, and at a tuned one",
    reading="Compare the rings with each other, then the dots. Rings differ mostly by where the "
    "cut of .5 falls; what is left between the dots is what the way to train does.",
    charts=one(cuts),
    sentence=_of_cuts,
    table=listed({"way": as_text, "at_half": number, "tuned": number}),
    shown=6,
    mark="dot",
)
RELIABILITY = ExhibitKind(
    name="reliability",
    title="Stated and observed risks",
    reading="Rows by the probability that the learner stated, and how many of them were positive, "
    "over all folds; on the dotted line statements are right, below it risks are overstated. Axes "
    "are stretched near 0, where a rare class lies.",
    charts=reliability,
    sentence=_highest_stated,
    table=listed(
        {"way": as_text, "form": as_text, "stated": percent, "observed": percent, "rows": count}
    ),
    shown=6,
    small=True,
)
LEARNING_CURVE = ExhibitKind(
    name="learning curve",
    title="Fewer rows of the smaller class",
    reading="The smaller class was cut to so many training rows; the other class and the test rows "
    "stayed the same.",
    charts=curve,
    sentence=_best_and_worst,
    table=listed(
        {
            "measure": as_text,
            "way": as_text,
            "size": count,
            "value": number,
            "low": number,
            "high": number,
        }
    ),
    shown=6,
)
