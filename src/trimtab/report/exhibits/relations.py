"""Charts of how columns hang together, and of whole rows."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import altair as alt

from trimtab.measure.score import Exhibit, Topic
from trimtab.report.exhibits.axes import ValueAxis
from trimtab.report.exhibits.kind import ExhibitKind, named_in, one
from trimtab.report.exhibits.labels import shortened
from trimtab.report.exhibits.style import (
    LESS,
    LINE,
    MORE,
    PLOT_HEIGHT,
    SIDES,
    STEP,
    SYNTHETIC,
    WIDTH,
    Record,
    dashes,
    data,
    framed,
    lines,
    side_colours,
)
from trimtab.report.exhibits.text_table import TextTable, as_side, as_text, listed
from trimtab.report.formatting import SAID, Row, count, number, percent, rows, said, sides_of

MAX_COLUMNS = 60
MAX_BARS = 15
_ROOMY = 16  # up to so many columns a matrix has the usual width, then it grows
_WIDE, _CELL = 780, 24  # pixels of the widest matrix, and of the largest cell in a wide one
_WIDTH_OF_LETTERS = 90
_MAX_SIDES = 3
_MARGIN = 0.03  # of the reach of points, at each end, so that none is cut


def associations(exhibit: Exhibit) -> dict[str, dict[str, Any]]:
    """Two matrices: real above the diagonal and synthetic below it; and the differences."""
    entries = rows(exhibit)
    names = chosen(entries)
    if len(names) < 2:
        return {}
    place = {n: k for k, n in enumerate(names)}
    both: list[Record] = []
    apart: list[Record] = []
    for row in entries:
        if row["a"] not in place or row["b"] not in place or row["a"] == row["b"]:
            continue
        first, last = sorted((row["a"], row["b"]), key=lambda n: place[n])
        if row["real"] is not None:
            both.append({"line": first, "column": last, "v": row["real"]})
        if row["synthetic"] is not None:
            both.append({"line": last, "column": first, "v": row["synthetic"]})
        if row["real"] is not None and row["synthetic"] is not None:
            apart.append({"line": last, "column": first, "v": row["synthetic"] - row["real"]})
    real = said(exhibit, "real")
    matrices = {f"{real} (above the diagonal) and synthetic (below)": _matrix(both, names, 1.0)}
    if apart:
        # The deepest colour is for a difference of a quarter, which is a great one.
        matrices["difference: synthetic minus real"] = _matrix(apart, names, 0.25)
    return matrices


def chosen(found: list[Row]) -> list[str]:
    """The columns that a matrix shows, in their order: those that differ most, if too many."""
    names = list(dict.fromkeys(n for r in found for n in (r["a"], r["b"])))
    if len(names) <= MAX_COLUMNS:
        return names
    worst: dict[str, float] = dict.fromkeys(names, 0.0)
    for row in found:
        if row["real"] is None or row["synthetic"] is None:
            continue
        for name in (row["a"], row["b"]):
            worst[name] = max(worst[name], abs(row["real"] - row["synthetic"]))
    kept = set(sorted(names, key=lambda n: -worst[n])[:MAX_COLUMNS])
    return [n for n in names if n in kept]


def _matrix(records: list[Record], names: list[str], full: float) -> dict[str, Any]:
    """Squares whose colour says the sign and whose depth says the size; full at `full`."""
    # Twenty depths: the eye tells no more apart, and squares of one depth make one path.
    letters = 11 if len(names) <= _ROOMY else 10
    short = shortened(names, _WIDTH_OF_LETTERS, letters)
    squares = [
        {
            "line": short[r["line"]],
            "column": short[r["column"]],
            "sign": "+" if r["v"] >= 0 else "-",
            "depth": round(min(1.0, abs(r["v"]) / full) * 20) / 20,
        }
        for r in records
    ]
    squares.sort(key=lambda r: (r["sign"], r["depth"]))
    wide = min(_WIDE, _WIDTH_OF_LETTERS + _CELL * len(names))
    width = WIDTH if len(names) <= _ROOMY else wide
    height = width - _WIDTH_OF_LETTERS
    domain = alt.Scale(domain=[*short.values()])
    small = alt.Axis(labelFontSize=letters)
    slanted = alt.Axis(labelFontSize=letters, labelAngle=-60)
    chart = (
        alt.Chart(data(s for s in squares if s["depth"] > 0))
        .mark_rect()
        .encode(
            x=alt.X("column:N", scale=domain, title=None, axis=slanted),
            y=alt.Y("line:N", scale=domain, title=None, axis=small),
            color=alt.Color(
                "sign:N", legend=None, scale=alt.Scale(domain=["+", "-"], range=[MORE, LESS])
            ),
            fillOpacity=alt.FillOpacity(
                "depth:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0, 1])
            ),
        )
    )
    spec = framed(chart.configure_view(stroke=LINE), height)
    spec["width"] = width
    return spec


def projection(exhibit: Exhibit) -> dict[str, dict[str, Any]]:
    """A cloud of points for each side, all on the same axes."""
    entries = [r for r in rows(exhibit) if r["x"] is not None and r["y"] is not None]
    if not entries:
        return {}
    axes = {n: ValueAxis.over((r[n] for r in entries), margin=_MARGIN) for n in ("x", "y")}
    plain: dict[str, Any] = {"labels": False, "ticks": False, "grid": False}
    clouds = {}
    for side in sides_of(entries):
        points = [{"x": r["x"], "y": r["y"]} for r in entries if r["side"] == side]
        dots = alt.Chart(data(points)).mark_circle(
            size=11, color=SIDES[side], fillOpacity=0.4, opacity=1
        )
        chart = dots.encode(
            x=axes["x"].channel(alt.X, "x", "first principal component", **plain),
            y=axes["y"].channel(alt.Y, "y", "second principal component", **plain),
        )
        clouds[side] = framed(chart, WIDTH * 0.8)
    return clouds


def telltales(exhibit: Exhibit) -> dict[str, Any] | None:
    """How much each column helps to tell the tables apart, the most telling first."""
    entries = [r for r in rows(exhibit) if r["gain"] is not None]
    entries = sorted(entries, key=lambda r: -r["gain"])[:MAX_BARS]
    if not entries:
        return None
    names = shortened(str(r["column"]) for r in entries)
    chart = (
        alt.Chart(data({"label": names[str(r["column"])], "y": r["gain"]} for r in entries))
        .mark_bar(color=SYNTHETIC, height=STEP * 0.6)
        .encode(
            y=lines([*names.values()]),
            x=alt.X("y:Q", title="share of what the learner gains", axis=alt.Axis(format="%")),
        )
    )
    return framed(chart, STEP * len(names))


def distances(exhibit: Exhibit) -> dict[str, Any] | None:
    """How far rows are from their nearest training row."""
    entries = [r for r in rows(exhibit) if r["distance"] is not None and r["share"] is not None]
    if not entries:
        return None
    present = sides_of(entries, "from")
    lefts = sorted({r["distance"] for r in entries})
    width = min((b - a for a, b in pairwise(lefts)), default=1.0)
    share = {(r["from"], r["distance"]): r["share"] for r in entries}
    points: list[Record] = [
        {"side": side, "x": left, "y": share.get((side, left), 0.0)}
        for side, left in product(present, lefts)
    ]
    points += [
        {"side": side, "x": lefts[-1] + width, "y": share.get((side, lefts[-1]), 0.0)}
        for side in present
    ]
    chart = (
        alt.Chart(data(points))
        .mark_line(interpolate="step-after", strokeWidth=1.8)
        .encode(
            x=alt.X(
                "x:Q",
                title="distance to the nearest real training row",
                axis=alt.Axis(grid=False),
                scale=alt.Scale(zero=True, nice=False),
            ),
            y=alt.Y("y:Q", title="share of rows", axis=alt.Axis(format="%", tickCount=4)),
            color=side_colours(present),
            strokeDash=dashes(present),
        )
    )
    return framed(chart, PLOT_HEIGHT)


def _worst_pair(entries: list[Row]) -> str:
    known = [r for r in entries if r["real"] is not None and r["synthetic"] is not None]
    if not known:
        return "No association could be computed."
    worst = max(known, key=lambda r: abs(r["real"] - r["synthetic"]))
    return (
        f"The greatest difference is between {worst['a']} and {worst['b']}: "
        f"{number(worst['real'])} real, {number(worst['synthetic'])} synthetic."
    )


def _pairs(exhibit: Exhibit) -> TextTable:
    def worst(row: Row) -> float:
        if row["real"] is None or row["synthetic"] is None:
            return 1.0
        return -abs(row["real"] - row["synthetic"])

    lines = []
    for row in sorted(rows(exhibit), key=worst):
        known = row["real"] is not None and row["synthetic"] is not None
        apart = row["synthetic"] - row["real"] if known else None
        figures = (number(row["real"]), number(row["synthetic"]), number(apart))
        lines.append((f"{row['a']} and {row['b']}", *figures, str(row["kind"])))
    real = said(exhibit, "real")
    return TextTable(("columns", real, "synthetic", "difference", "kind"), tuple(lines))


def _centres(entries: list[Row]) -> str:
    phrases = []
    for side in sides_of(entries):
        own = [r for r in entries if r["side"] == side]
        x, y = (sum(r[axis] or 0.0 for r in own) / len(own) for axis in ("x", "y"))
        phrases.append(f"{SAID[side]} {len(own)} points around {number(x)}, {number(y)}")
    return f"{'; '.join(phrases[:_MAX_SIDES])}."


def _spreads(exhibit: Exhibit) -> TextTable:
    lines = []
    entries = rows(exhibit)
    for side in sides_of(entries):
        own = [r for r in entries if r["side"] == side]
        cells = []
        for axis in ("x", "y"):
            values = sorted(r[axis] for r in own if r[axis] is not None)
            for part in (0.05, 0.5, 0.95):
                cells.append(number(values[round(part * (len(values) - 1))] if values else None))
        lines.append((said(exhibit, side), count(len(own)), *cells))
    parts = [f"{axis}, {part}" for axis in ("first", "second") for part in ("5 %", "50 %", "95 %")]
    return TextTable(("side", "points", *parts), tuple(lines))


def most_telling(entries: list[Row]) -> str:
    """The columns that tell most, as a sentence."""
    top = sorted(entries, key=lambda r: -(r["gain"] or 0))[:3]
    return "Most telling: " + ", ".join(f"{r['column']} {percent(r['gain'])}" for r in top) + "."


def _nearest(entries: list[Row]) -> str:
    phrases = []
    for side in sides_of(entries, "from"):
        own = [r for r in entries if r["from"] == side and r["distance"] is not None]
        if own:
            near = min(own, key=lambda r: r["distance"])
            phrases.append(
                f"{percent(near['share'])} of {SAID[side]} rows are in the nearest class"
            )
    return "; ".join(phrases) + "." if phrases else "No distance is known."


ASSOCIATIONS = ExhibitKind(
    name="associations",
    title="How columns hang together",
    reading="Each square is a pair of columns; the deeper its colour, the closer they are related "
    "(violet: positive; brown: negative). In a perfect table the first matrix mirrors itself at "
    "its diagonal and the second is empty. In the second the deepest colour is a difference of "
    "0.25 or more.",
    topic=Topic.RELATIONS,
    charts=associations,
    sentence=_worst_pair,
    table=_pairs,
)
PROJECTION = ExhibitKind(
    name="projection",
    title="Rows on two axes",
    reading="Each point is a row, placed by its first two principal components. The clouds should "
    "have the same shape and the same gaps.",
    topic=Topic.ROWS,
    charts=projection,
    sentence=_centres,
    table=_spreads,
    sides=named_in("side"),
    mark="bar",
)
TELLTALES = ExhibitKind(
    name="telltales",
    title="What gives the synthetic rows away",
    reading="A learner was asked to tell synthetic rows from real ones; these columns helped it "
    "most.",
    topic=Topic.ROWS,
    charts=one(telltales),
    sentence=most_telling,
    table=listed({"column": as_text, "gain": percent}),
)
DISTANCES = ExhibitKind(
    name="distances",
    title="Distances to the nearest real row",
    reading="How far rows are from the nearest row that the generator learned from. A copying "
    "generator has more synthetic rows at the left than held-out rows show there.",
    topic=Topic.COPIES,
    charts=one(distances),
    sentence=_nearest,
    table=listed({"from": as_side, "distance": number, "share": percent}),
    sides=named_in("from"),
)
