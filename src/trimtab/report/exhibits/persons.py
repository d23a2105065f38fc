"""Charts of persons with several rows: how many, how far apart, what follows on what, courses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt

from trimtab.measure.score import Exhibit, Topic
from trimtab.report.exhibits.axes import ValueAxis
from trimtab.report.exhibits.columns import greatest_difference, shares_table
from trimtab.report.exhibits.kind import ExhibitKind, Spec, named_in, one
from trimtab.report.exhibits.labels import shortened
from trimtab.report.exhibits.outlines import outlined
from trimtab.report.exhibits.relations import most_telling, telltales
from trimtab.report.exhibits.shown_pairs import NARROW, Axis, cells, squares
from trimtab.report.exhibits.style import PLOT_HEIGHT, WIDTH, dashes, data, framed, side_colours
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

_BEFORE, _NOW = "row before", "the row after it"


def _outline(what: str) -> Callable[[Exhibit], Spec | None]:
    def chart(exhibit: Exhibit) -> Spec | None:
        entries = [r for r in rows(exhibit) if r["share"] is not None]
        outline = outlined(entries, titled=True, what=what)
        return None if outline is None else framed(outline, PLOT_HEIGHT)

    return chart


def transitions(exhibit: Exhibit) -> dict[str, Spec]:
    """For each table a matrix: of the rows that follow on a value, the shares of each one."""
    entries = rows(exhibit)
    if not entries:
        return {}
    x, y = (_axis(entries, name, title) for name, title in (("x", _NOW), ("y", _BEFORE)))
    return {side: squares(entries, side, x, y) for side in sides_of(entries)}


def _axis(entries: list[Row], name: str, title: str) -> Axis:
    order = {str(r[f"{name}_value"]): r[f"{name}_order"] for r in entries}
    words = shortened(sorted(order, key=lambda word: order[word]), NARROW)
    return Axis(name, title, words, None)


def courses(exhibit: Exhibit) -> dict[str, Any] | None:
    """A line for each group of persons of each table."""
    entries = [r for r in rows(exhibit) if r["value"] is not None and r["when"] is not None]
    if not entries:
        return None
    present = sides_of(entries)
    when = ValueAxis.over((r["when"] for r in entries), margin=0.02)
    values = ValueAxis.over((r["value"] for r in entries), is_moment(entries[0]), margin=0.04)
    points = [{**r, "line": f"{r['side']} {r['group']}"} for r in entries]
    points = values.placed(points, "value")
    chart = alt.Chart(data(points)).encode(
        x=when.channel(alt.X, "when", entries[0]["after"], tickCount=6),
        y=values.channel(alt.Y, "value", grid=True, tickCount=5),
        color=side_colours(present),
        strokeDash=dashes(present),
        detail="line:N",
    )
    return framed(chart.mark_line(strokeWidth=1.8, point={"size": 14}), WIDTH * 0.6)


def _follows(entries: list[Row]) -> str:
    found = cells(entries)
    if not found:
        return "No row follows on another."
    (now, before), by_side = max(
        found.items(), key=lambda c: abs(c[1].get("real", 0.0) - c[1].get("synthetic", 0.0))
    )
    return (
        f"The greatest difference: on {before} follows {now} in {percent(by_side.get('real'))} of "
        f"real rows and in {percent(by_side.get('synthetic'))} of synthetic ones."
    )


def _transitions_table(exhibit: Exhibit) -> TextTable:
    entries = rows(exhibit)
    present = sides_of(entries)
    found = sorted(
        cells(entries).items(),
        key=lambda c: -abs(c[1].get("real", 0.0) - c[1].get("synthetic", 0.0)),
    )
    lines = tuple(
        (before, now, *(percent(v.get(s)) for s in present))
        for (now, before), v in found
        if any(v.values())
    )
    return TextTable((_BEFORE, _NOW, *(said(exhibit, s) for s in present)), lines)


def _apart(entries: list[Row]) -> str:
    """How far the outermost groups of each table are from each other at first."""
    phrases = []
    for side in sides_of(entries):
        own = [r for r in entries if r["side"] == side and r["value"] is not None]
        ends = [next((r for r in own if r["group"] == g), None) for g in _ends(own)]
        if None not in ends and len(ends) == 2:
            low, high = (_value(e) for e in ends if e is not None)
            phrases.append(f"from {low} to {high} in {SAID[side]} persons")
    return f"At the first rows the groups reach {' and '.join(phrases)}." if phrases else "Courses."


def _value(row: Row) -> str:
    return edge(row["value"], True) if is_moment(row) else number(row["value"])


def _courses_table(exhibit: Exhibit) -> TextTable:
    entries = rows(exhibit)
    after = entries[0]["after"] if entries else "when"
    lines = tuple(
        (
            f"{said(exhibit, r['side'])}, group {r['group']}",
            number(r["when"]),
            _value(r),
            count(r["persons"]),
        )
        for r in entries
    )
    return TextTable(("persons", after, "mean", "how many"), lines)


def _ends(own: list[Row]) -> list[int]:
    groups = [r["group"] for r in own]
    return [min(groups), max(groups)] if groups else []


ROWS_PER_PERSON = ExhibitKind(
    name="rows_per_person",
    title="Rows per person",
    reading="The share of persons that have so many rows.",
    topic=Topic.PERSONS,
    charts=one(_outline("persons")),
    sentence=greatest_difference,
    table=shares_table,
    sides=named_in("side"),
)
TIME_BETWEEN_ROWS = ExhibitKind(
    name="time_between_rows",
    title="Time between rows",
    reading="The share of rows that come so long after the row before of the same person.",
    topic=Topic.PERSONS,
    charts=one(_outline("rows")),
    sentence=greatest_difference,
    table=shares_table,
    sides=named_in("side"),
)
COURSES = ExhibitKind(
    name="courses",
    title="Courses of persons",
    reading="Persons in groups of equal size by the mean of their own values, the lowest group at "
    "the bottom; each line is the mean of a group over time. Where the rows of a person do not "
    "belong together, the lines of a table fall upon each other. Groups of fewer than ten persons "
    "at a time are not drawn, and no single real person is.",
    topic=Topic.PERSONS,
    charts=one(courses),
    sentence=_apart,
    table=_courses_table,
    sides=named_in("side"),
    shown=4,
)
TRANSITIONS = ExhibitKind(
    name="transitions",
    title="What follows on what",
    reading="Of the rows that come after a row with the value at the left, the share that has each "
    "value below: the deeper, the more. Each line adds up to all of them. Numbers are cut into "
    "eighths of the real rows. The matrices of both tables should look alike; the columns that "
    "differ most come first.",
    topic=Topic.PERSONS,
    charts=transitions,
    sentence=_follows,
    table=_transitions_table,
    sides=named_in("side"),
    mark="bar",
)
PERSONS_TELLTALES = ExhibitKind(
    name="persons_telltales",
    title="What gives synthetic persons away",
    reading="A learner was asked to tell synthetic persons from real ones, and rows that are seen "
    "beside the row before; this helped it most.",
    topic=Topic.PERSONS,
    charts=one(telltales),
    sentence=most_telling,
    table=listed({"column": as_text, "gain": percent}),
)
