"""What all charts share: size, colours and lines.

Colours are Okabe and Ito's (2008), which stay apart for colour-blind eyes; lines differ by dashes
too, so that no reading rests on colour alone. The page's style sheet swaps these very colours for
lighter ones in dark mode, so a colour that is not listed here must not appear in a chart.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt

WIDTH = 380  # pixels: two beside each other on a page, one on a telephone
PLOT_HEIGHT = 150
STEP = 20  # height of a line of a chart that has a line for each label
LABEL_WIDTH = 150  # of what is shown of a label, in pixels
LARGE = 10_000  # from here on numbers are written in thousands
STRIP_WIDTH = 790  # of pictures in a row, with the labels beside the first
LABEL_WIDTH_IN_STRIP, _BETWEEN = 84, 12
_EXTENT = 100  # of a strip's labels with what is between them and the pictures
_SLACK = 1.15  # labels are cut before, by widths that are estimates

INK, MUTED, LINE = "#24292f", "#57606a", "#d0d7de"
REAL, SYNTHETIC, HOLDOUT = "#0072b2", "#d55e00", "#00806b"
MORE, LESS = "#5b4bb5", "#9a6700"  # above and below nought
SIDES = {"real": REAL, "synthetic": SYNTHETIC, "holdout": HOLDOUT}
DASHES = {"real": [1, 0], "synthetic": [6, 3], "holdout": [2, 2]}
# Ways to train, told apart by number: as it is first, this package's own last.
WAYS = (INK, REAL, MORE, SYNTHETIC, LESS, MUTED, HOLDOUT)
WAY_DASHES = ([1, 0], [6, 3], [2, 2], [6, 3], [2, 2], [6, 3], [1, 0])
PINK, OLIVE, TEAL = "#b8328a", "#6b7d00", "#0e7f96"
# Groups of rows, told apart by shapes too; none is coloured as a table is.
GROUPS = (MORE, LESS, TEAL, PINK, OLIVE, INK, HOLDOUT, MUTED)
GROUP_SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "triangle-down",
    "cross",
    "triangle-right",
    "triangle-left",
)
PALETTE = (INK, MUTED, LINE, REAL, SYNTHETIC, HOLDOUT, MORE, LESS, PINK, OLIVE, TEAL)

# The widths of letters are measured in this font, so the page must show it or one of its metrics.
FONT = "Liberation Sans"
_OF_LABELS: dict[str, Any] = {
    "labelLimit": _SLACK * LABEL_WIDTH,
    "labelPadding": 8,  # for half a dot that stands at nought
    "grid": False,
    "domain": False,
    "ticks": False,
}
CONFIG: dict[str, Any] = {
    "aria": False,
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "domainColor": LINE,
        "gridColor": LINE,
        "gridOpacity": 0.6,
        "labelColor": MUTED,
        "labelFontSize": 11,
        "labelSeparation": 6,
        "tickColor": LINE,
        "tickCount": 4,
        "tickSize": 3,
        "titleColor": MUTED,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "titlePadding": 6,
    },
    "axisQuantitative": {"labelLimit": 0},  # which takes a third of the time to measure
    "header": {"labelColor": MUTED, "labelFontSize": 11, "labelPadding": 5, "titleColor": MUTED},
    "axisBand": _OF_LABELS,
    "axisPoint": _OF_LABELS,
}

Record = Mapping[str, Any]


def data(records: Iterable[Record]) -> alt.InlineData:
    """Records as the data of a chart.

    As JSON text, because Altair would copy and check lists again and again.
    """
    text = json.dumps([dict(r) for r in records], ensure_ascii=False)
    return alt.InlineData(values=text, format=alt.JsonDataFormat(type="json"))


def side_colours(present: Iterable[str]) -> alt.Color:
    """The colours of the sides, without a legend: the page has one for all its charts."""
    names = [n for n in SIDES if n in set(present)]
    return alt.Color(
        "side:N", legend=None, scale=alt.Scale(domain=names, range=[SIDES[n] for n in names])
    )


def dashes(present: Iterable[str]) -> alt.StrokeDash:
    """The dashes of the sides' lines."""
    names = [n for n in DASHES if n in set(present)]
    ways = [DASHES[n] for n in names] if len(names) > 1 else [[1, 0]]
    return alt.StrokeDash("side:N", legend=None, scale=alt.Scale(domain=names, range=ways))


def dotted(records: Sequence[Record]) -> list[alt.Chart]:
    """Dots by side: a ring for real ones, so that a synthetic dot upon it leaves it seen.

    records   with "side" and what the caller encodes
    """
    charts = []
    for name, colour in SIDES.items():
        own = [r for r in records if r["side"] == name]
        if own:
            chart = alt.Chart(data(own))
            ring = name == "real"
            charts.append(
                chart.mark_point(
                    filled=not ring, color=colour, size=75 if ring else 32, opacity=1, strokeWidth=2
                )
            )
    return charts


def framed(
    chart: alt.Chart | alt.LayerChart | alt.FacetChart, height: float, width: float = WIDTH
) -> dict[str, Any]:
    """The specification of a chart of some width, in pixels, with its labels.

    height   of the plot alone, in pixels
    """
    sized = chart.properties(
        width=width, height=height, autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    )
    # Checking every chart against the whole of Vega-Lite's schema would double the time.
    return sized.to_dict(validate=False)


def strip(
    chart: alt.Chart | alt.LayerChart | alt.FacetChart,
    names: Sequence[str],
    height: float,
    frame: str | None = None,
) -> dict[str, Any]:
    """The specification of small pictures in a row, one for each of the names of "stage".

    height   of a plot, in pixels
    frame    the colour of a line around each, if there is one
    """
    width = (STRIP_WIDTH - _EXTENT) / max(4, len(names)) - _BETWEEN
    column = alt.Column("stage:N", sort=list(names), title=None)
    facets = chart.properties(width=width, height=height).facet(column=column, spacing=_BETWEEN)
    facets = facets.properties(bounds="flush").configure_view(stroke=frame)
    facets = facets.configure_axis(labelFontSize=10).configure_axisBand(
        labelLimit=_SLACK * LABEL_WIDTH_IN_STRIP
    )
    # The same room for all labels, so that the stages of all columns stand below each other.
    facets = facets.configure_axisY(tickCount=3, minExtent=_EXTENT)
    facets = facets.configure_axisX(tickCount=3, labelOverlap="greedy", labelSeparation=8)
    return facets.to_dict(validate=False)


def lines(labels: Sequence[str]) -> alt.Y:
    """An axis with a line for each label, in the order given."""
    # By its domain, not by `sort`: Vega computes that with an expression, in which "if" fails.
    domain = alt.Scale(domain=list(dict.fromkeys(labels)))
    return alt.Y("label:N", scale=domain, title=None)
