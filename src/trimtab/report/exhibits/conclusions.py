"""Estimates of an analyst with their intervals: real, synthetic and held-out rows on one line."""

from __future__ import annotations

import altair as alt

from trimtab.measure.score import Exhibit, Topic
from trimtab.report.exhibits.kind import ExhibitKind, Spec, named_in
from trimtab.report.exhibits.style import MUTED, STEP, Record, data, framed, lines, side_colours
from trimtab.report.exhibits.text_table import TextTable
from trimtab.report.formatting import SAID, Row, listed, number, rows, sides_of

_LINES, _OUTCOMES = 15, 3  # of a chart, and charts: the table holds them all
_SPREAD = {"real": 0.25, "synthetic": 0.5, "holdout": 0.75}  # of a line, from its top


def estimates(exhibit: Exhibit) -> dict[str, Spec]:
    """A chart for each outcome: a dot and its interval for each effect and each table."""
    told = [r for r in rows(exhibit) if r["estimate"] is not None]
    outcomes = list(dict.fromkeys(r["outcome"] for r in told))[:_OUTCOMES]
    charts = {o: _forest([r for r in told if r["outcome"] == o]) for o in outcomes}
    return {"": charts[outcomes[0]]} if len(charts) == 1 else charts


def _forest(told: list[Row]) -> Spec:
    effects = list(dict.fromkeys(r["effect"] for r in told))[:_LINES]
    sides = sides_of(told)
    records: list[Record] = [
        {
            "label": r["effect"],
            "side": r["side"],
            "v": r["estimate"],
            "low": r["low"],
            "high": r["high"],
        }
        for r in told
        if r["effect"] in effects
    ]
    height = STEP * 1.4
    title = f"effect on {told[0]['outcome']}"
    nought = alt.Chart(data([{"a": 0}])).mark_rule(color=MUTED, strokeDash=[2, 3])
    layers = [nought.encode(x=alt.X("a:Q", title=title))]
    for side in sides:
        own = [r for r in records if r["side"] == side]
        place = (_SPREAD[side] - 0.5) * height
        chart = alt.Chart(data(own)).encode(y=lines(effects), color=side_colours(sides))
        reach = chart.mark_rule(strokeWidth=1.6, yOffset=place)
        layers.append(reach.encode(x=alt.X("low:Q", title=title), x2="high:Q"))
        dot = chart.mark_point(
            filled=side != "real", size=34, opacity=1, strokeWidth=1.8, yOffset=place
        )
        layers.append(dot.encode(x=alt.X("v:Q", title=title)))
    return framed(alt.layer(*layers), height * len(effects))


def _side_by_side(exhibit: Exhibit) -> TextTable:
    """A line for each effect, with each table's estimate and interval."""
    told = rows(exhibit)
    sides = sides_of(told)
    by_effect: dict[tuple[str, str], dict[str, str]] = {}
    for r in told:
        interval = f"{number(r['estimate'])} ({number(r['low'])} to {number(r['high'])})"
        said = "not told" if r["estimate"] is None else interval
        by_effect.setdefault((r["outcome"], r["effect"]), {})[r["side"]] = said
    return TextTable(
        ("effect", "on", *(f"{SAID[s]} (95 %)" for s in sides)),
        tuple(
            (effect, outcome, *(cells.get(s, "–") for s in sides))
            for (outcome, effect), cells in by_effect.items()
        ),
    )


def _said(told: list[Row]) -> str:
    sides = sides_of(told)
    effects = len({(r["outcome"], r["effect"]) for r in told})
    return f"{effects} estimates with 95 % intervals from {listed([SAID[s] for s in sides])} rows."


CONCLUSIONS = ExhibitKind(
    name="conclusions",
    title="What an analyst would find",
    reading="Each effect as it is estimated from as many rows of each table, with its 95 % "
    "interval; those first that real rows show most clearly. A conclusion is the same where both "
    "intervals lie on the same side of the dotted line. Numbers count in standard deviations of "
    "the real rows. Of a class, the regression gives log odds; groups are compared with all other "
    "rows.",
    topic=Topic.CONCLUSIONS,
    charts=estimates,
    sentence=_said,
    table=_side_by_side,
    sides=named_in("side"),
    mark="dot",
    shown=3,
)
