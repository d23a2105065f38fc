"""Pairs of columns that were asked for: each table's rows as points, or shares as squares."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from trimtab.measure.score import Exhibit, Topic
from trimtab.report.exhibits.axes import ValueAxis
from trimtab.report.exhibits.kind import ExhibitKind, Spec
from trimtab.report.exhibits.labels import shortened
from trimtab.report.exhibits.style import (
    GROUP_SHAPES,
    GROUPS,
    LABEL_WIDTH,
    LINE,
    MUTED,
    SIDES,
    WIDTH,
    data,
    framed,
    side_colours,
)
from trimtab.report.exhibits.text_table import TextTable
from trimtab.report.formatting import (
    SAID,
    Row,
    count,
    edge,
    fit,
    is_moment,
    number,
    part_of,
    percent,
    rows,
    said,
    sides_of,
)

_HEIGHT = WIDTH * 0.75
_BAND, _CELL = 36, 22  # heights of a value's line of points, and of its squares
NARROW = 110  # room for labels at the side, and below
_MARGIN = 0.04  # of the reach of points, at each end, so that none is cut
_DEPTHS = 20  # the eye tells no more apart, and squares of one depth make one path
_GOLDEN, _PLASTIC = 0.6180339887, 0.7548776662  # steps that spread points evenly (Roberts 2018)
_MIDDLE = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Axis:
    """The axis "x" or "y" of an exhibit.

    words    its values in their order and what is shown of them; none if it is to scale
    scale    of numbers and moments, if it is
    """

    name: str
    title: str
    words: dict[str, str]
    scale: ValueAxis | None

    def channel(self, channel: type[alt.X] | type[alt.Y]) -> Any:
        """What encodes it; its field is called as the axis is."""
        if self.scale is not None:
            return self.scale.channel(channel, self.name, self.title, grid=True, tickCount=5)
        axis = alt.Axis(
            labelOverlap=False, titlePadding=10, labelAngle=-60 if channel is alt.X else 0
        )
        domain = alt.Scale(domain=[*self.words.values()])
        return channel(f"{self.name}:N", title=self.title, scale=domain, axis=axis)


def shown_pair(exhibit: Exhibit) -> dict[str, Spec]:
    """A picture for each table, all on the same axes: points, or squares of shares."""
    entries = rows(exhibit)
    if not _is_drawable(entries):
        return {}
    x, y = (_axis(entries, name, exhibit) for name in ("x", "y"))
    if "share" in exhibit.columns:
        return {side: squares(entries, side, x, y) for side in sides_of(entries)}
    return {side: _points(entries, side, x, y, exhibit) for side in sides_of(entries)}


def _is_drawable(entries: list[Row]) -> bool:
    return bool(entries) and all(
        r[f"{axis}_value"] is not None and r.get("share", 0) is not None
        for r in entries
        for axis in "xy"
    )


def _axis(entries: list[Row], name: str, exhibit: Exhibit) -> Axis:
    title = _name(exhibit, "xy".index(name))
    field, order = f"{name}_value", f"{name}_order"
    if order in exhibit.columns:
        found = {str(r[field]): r[order] for r in entries}
        return Axis(name, title, shortened(sorted(found, key=lambda w: found[w]), NARROW), None)
    moment = is_moment(part_of(entries[0], name))
    scale = ValueAxis.over((r[field] for r in entries), moment, _MARGIN)
    return Axis(name, title, {}, scale)


def _name(exhibit: Exhibit, place: int) -> str:
    """What is shown of the name of a column of an exhibit."""
    name = fit(exhibit.about[place]) if place < len(exhibit.about) else "xy"[place]
    return _plain(shortened([name], 2 * NARROW)[name])


def _plain(text: str) -> str:
    # Vega takes the very word "if" for a function, in titles and where there are offsets.
    return "if " if text == "if" else text


def _points(entries: list[Row], side: str, x: Axis, y: Axis, exhibit: Exhibit) -> Spec:
    """The rows of one table as points; those of one word are spread over its line."""
    groups = _group_names(entries)
    points: list[Row] = []
    for k, row in enumerate(r for r in entries if r["side"] == side):
        point: Row = {"dx": _spread(k, _PLASTIC), "dy": _spread(k, _GOLDEN)}
        for axis in (x, y):
            value = row[f"{axis.name}_value"]
            if axis.scale is None:
                point[axis.name] = axis.words[str(value)]
            else:
                (point,) = axis.scale.placed([{**point, axis.name: value}], axis.name)
        points.append(point | ({"group": groups[str(row["group"])]} if groups else {}))
    if x.scale is None and (y.scale is not None or len(x.words) > len(y.words)):
        x, y = y, x  # words stand at the side, where they can be read
    channels = {"x": x.channel(alt.X), "y": y.channel(alt.Y)}
    for axis, offset in ((x, alt.XOffset), (y, alt.YOffset)):
        if axis.scale is None:
            name = "xOffset" if offset is alt.XOffset else "yOffset"
            channels[name] = offset(f"d{axis.name}:Q", scale=alt.Scale(domain=[-1.2, 1.2]))
    chart = alt.Chart(data(points))
    if groups:
        dots = chart.mark_point(filled=True, size=26, opacity=1, fillOpacity=0.7)
        channels |= _grouped(groups, _name(exhibit, 2))
    else:
        dots = chart.mark_circle(size=16, color=SIDES[side], fillOpacity=0.45, opacity=1)
    height = _HEIGHT if y.scale is not None else _BAND * len(y.words)
    return framed(dots.encode(**channels), height)


def _spread(place: int, step: float) -> float:
    """A place between -1 and 1; those of neighbours are far from each other."""
    return round(2 * (place * step % 1.0) - 1, 3)


def _group_names(entries: list[Row]) -> dict[str, str]:
    """The groups in their order, and what is shown of their names; none without groups."""
    known = [r for r in entries if r.get("group_order") is not None]
    order = {str(r["group"]): r["group_order"] for r in known}
    names = shortened(sorted(order, key=lambda g: order[g]), LABEL_WIDTH)
    return {group: _plain(name) for group, name in names.items()}


def _grouped(groups: dict[str, str], title: str) -> dict[str, Any]:
    """Colours and shapes of groups, with a legend below."""
    names = [*groups.values()]
    legend = alt.Legend(
        title=title,
        orient="bottom",
        columns=2,
        columnPadding=24,
        rowPadding=4,
        labelFontSize=11,
        titleFontSize=11,
        labelLimit=1.1 * LABEL_WIDTH,
        labelColor=MUTED,
        titleColor=MUTED,
        titleFontWeight="normal",
        symbolOpacity=1,
        symbolSize=45,
    )
    colours, shapes = GROUPS[: len(names)], GROUP_SHAPES[: len(names)]
    return {
        "color": alt.Color(
            "group:N", legend=legend, scale=alt.Scale(domain=names, range=[*colours])
        ),
        "shape": alt.Shape(
            "group:N", legend=legend, scale=alt.Scale(domain=names, range=[*shapes])
        ),
    }


def squares(entries: list[Row], side: str, x: Axis, y: Axis) -> Spec:
    """The shares of one table's combinations; the deepest colour is the greatest of all tables."""
    full = max(r["share"] for r in entries) or 1.0
    found = [
        {
            "side": side,
            "x": x.words[str(r["x_value"])],
            "y": y.words[str(r["y_value"])],
            # The square root, or one frequent combination would leave the others pale.
            "depth": round((r["share"] / full) ** 0.5 * _DEPTHS) / _DEPTHS,
        }
        for r in entries
        if r["side"] == side
    ]
    found.sort(key=lambda s: s["depth"])
    chart = alt.Chart(data(s for s in found if s["depth"] > 0)).mark_rect()
    chart = chart.encode(
        x=x.channel(alt.X),
        y=y.channel(alt.Y),
        color=side_colours([side]),
        fillOpacity=alt.FillOpacity(
            "depth:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0, 1])
        ),
    )
    return framed(chart.configure_view(stroke=LINE), _CELL * len(y.words))


def _sentence(entries: list[Row]) -> str:
    if not _is_drawable(entries):
        return "There is no row with a value in both columns."
    if "share" in entries[0]:
        cell, by_side = max(
            cells(entries).items(),
            key=lambda c: abs(c[1].get("real", 0.0) - c[1].get("synthetic", 0.0)),
        )
        return (
            f"The greatest difference is at {' and '.join(cell)}: "
            f"{percent(by_side.get('real'))} of real rows and "
            f"{percent(by_side.get('synthetic'))} of synthetic ones."
        )
    counts = Counter(r["side"] for r in entries)
    points = " and ".join(f"{count(counts[s])} {SAID[s]}" for s in sides_of(entries))
    groups = _group_names(entries)
    return f"Points of {points} rows" + (f", in {len(groups)} groups." if groups else ".")


def cells(entries: list[Row]) -> dict[tuple[str, str], dict[str, float]]:
    """The shares of combinations by side."""
    shares: dict[tuple[str, str], dict[str, float]] = {}
    for row in entries:
        cell = (str(row["x_value"]), str(row["y_value"]))
        shares.setdefault(cell, {})[row["side"]] = row["share"]
    return shares


def _table(exhibit: Exhibit) -> TextTable:
    """Shares of combinations, the most frequent first; of points, what each group's are like."""
    entries = rows(exhibit)
    present = sides_of(entries)
    heads = [said(exhibit, side) for side in present]
    names = [fit(name) for name in exhibit.about] + ["x", "y"]
    if "share" in exhibit.columns:
        found = sorted(cells(entries).items(), key=lambda c: -sum(v or 0.0 for v in c[1].values()))
        lines = [
            (*cell, *(percent(v.get(s)) for s in present)) for cell, v in found if any(v.values())
        ]
        return TextTable((*names[:2], *heads), tuple(lines))
    groups = [*_group_names(entries)] or [""]
    to_scale = [f"{axis}_order" not in exhibit.columns for axis in "xy"]
    lines = []
    for group in groups:
        for side in present:
            of_side = (r for r in entries if r["side"] == side)
            own = [r for r in of_side if str(r.get("group", "")) == group]
            cells_of = [
                _middle(own, a) if s else _most(own, a) for a, s in zip("xy", to_scale, strict=True)
            ]
            more = [number(_correlation(own))] if all(to_scale) else []
            lines.append((group or "all", said(exhibit, side), count(len(own)), *cells_of, *more))
    kinds = [
        f"{n}: {'median (5 % to 95 %)' if s else 'most frequent'}"
        for n, s in zip(names, to_scale, strict=False)
    ]
    grouped = names[2] if len(exhibit.about) > 2 else "rows"
    more = ["correlation"] if all(to_scale) else []
    return TextTable((grouped, "table", "points", *kinds, *more), tuple(lines))


def _middle(own: list[Row], axis: str) -> str:
    """The median of points on an axis to scale, and where most of them are."""
    values = sorted(r[f"{axis}_value"] for r in own if r[f"{axis}_value"] is not None)
    if not values:
        return "–"
    moment = is_moment(part_of(own[0], axis))
    low, middle, high = (edge(values[round(p * (len(values) - 1))], moment) for p in _MIDDLE)
    return f"{middle} ({low} to {high})"


def _most(own: list[Row], axis: str) -> str:
    """The most frequent word of points on an axis of words."""
    found = Counter(str(r[f"{axis}_value"]) for r in own)
    if not found:
        return "–"
    ((word, times),) = found.most_common(1)
    return f"{word} ({percent(times / len(own))})"


def _correlation(own: list[Row]) -> float | None:
    """Pearson's correlation of points; None where there is none."""
    both = [(r["x_value"], r["y_value"]) for r in own if None not in (r["x_value"], r["y_value"])]
    if len(both) < 3:
        return None
    x, y = np.array(both, float).T
    if x.min() == x.max() or y.min() == y.max():
        return None
    return float(np.corrcoef(x, y)[0, 1])


SHOWN_PAIR = ExhibitKind(
    name="shown pair",
    title="Pairs of columns that were asked for",
    reading="Each point is a row, drawn at random; each square is a combination, the deeper the "
    "more rows hold it. The pictures of both tables have the same axes and colours, and should "
    "look alike.",
    topic=Topic.RELATIONS,
    charts=shown_pair,
    sentence=_sentence,
    table=_table,
    shown=6,
)
