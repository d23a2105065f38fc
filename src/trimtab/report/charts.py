"""Charts of results as Altair objects, for notebooks: those of the reports, and plans'."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Any

import altair as alt

from trimtab._visible import visible
from trimtab.measure.score import Exhibit
from trimtab.measure.scorecard import Scorecard
from trimtab.plan.plan import Plan, cell_row
from trimtab.report.blocks import Figure
from trimtab.report.exhibits.kind import Spec
from trimtab.report.exhibits.kinds import kind_of
from trimtab.report.exhibits.style import CONFIG, INK, REAL, STEP, SYNTHETIC, data, framed
from trimtab.report.exhibits.svg import drawn
from trimtab.report.exhibits.words import subject
from trimtab.report.formatting import said
from trimtab.report.study.page import study_document
from trimtab.study.balancing.result import Proof

_CELLS_SHOWN = 60
_FIGURE = (
    "display:inline-block;margin:4px;padding:8px 16px;background:white;color:black;"
    "font-family:sans-serif"
)
_SHOWN = 8  # kinds of charts in a notebook, unasked
_DRAWN = {"real": REAL, "generated": SYNTHETIC}


@dataclass(frozen=True)
class Charts(Mapping[str, Any]):
    """Charts by their titles. Each is made when it is asked for: Altair checks it, which takes
    a while."""

    specs: Mapping[str, Spec]

    def __getitem__(self, title: str) -> Any:
        spec = self.specs[title]
        config = {
            **CONFIG,
            **spec.get("config", {}),
            "background": "white",
        }  # where it is dark, too
        return alt.Chart.from_dict({**spec, "config": config})

    def __iter__(self) -> Iterator[str]:
        return iter(self.specs)

    def __len__(self) -> int:
        return len(self.specs)

    def __repr__(self) -> str:
        return visible(f"Charts({', '.join(map(repr, self))})")

    def _repr_html_(self) -> str:
        return "".join(_picture(title, spec) for title, spec in self.specs.items())

    def first_of_each(self) -> str:
        """One chart of each kind of them as HTML, and what the others are called."""
        first: dict[str, str] = {}
        for title in self.specs:
            first.setdefault(title.partition(": ")[0], title)
        shown = [*first.values()][:_SHOWN]
        html = "".join(_picture(title, self.specs[title]) for title in shown)
        rest = [f"<code>{escape(title)}</code>" for title in self.specs if title not in shown]
        if rest:
            html += f"<p>Also in <code>.charts</code>: {', '.join(rest)}.</p>"
        return html


def _picture(title: str, spec: Spec) -> str:
    """A chart as SVG in HTML, white where the page is dark."""
    identity = f"c{sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:12]}"
    return (
        f'<figure style="{_FIGURE}"><figcaption>{escape(visible(title))}</figcaption>'
        f"{drawn(dict(spec), identity, title, title)}</figure>"
    )


def charts_of(result: Scorecard | Proof | Plan) -> Charts:
    """The charts of a result by their titles."""
    if isinstance(result, Plan):
        return Charts({"rows": _of_plan(result)} if result.cells else {})
    exhibits = result.exhibits if isinstance(result, Scorecard) else _exhibits(result)
    found: dict[str, Spec] = {}
    for exhibit in exhibits:
        kind = kind_of(exhibit)
        for title, spec in kind.charts(exhibit).items():
            parts = (kind.title, subject(exhibit), said(exhibit, title))
            found.setdefault(": ".join(part for part in parts if part), spec)
    return Charts(found)


def _exhibits(proof: Proof) -> Iterator[Exhibit]:
    """Those of its page."""
    for chapter in study_document(proof).chapters:
        for block in (block for part in chapter.parts for block in part.blocks):
            if isinstance(block, Figure):
                yield from (panel.exhibit for panel in block.panels)


def _of_plan(plan: Plan) -> Spec:
    """The cells of a balance plan: the rows that are kept, those that are generated, and a tick at
    the real ones."""
    rows: list[dict[str, Any]] = []
    for cell in plan.cells[:_CELLS_SHOWN]:
        values = cell_row(cell)[: len(plan.by)]
        kept = cell.target_rows - cell.generated_rows
        for what, count in (("real", kept), ("generated", cell.generated_rows)):
            rows.append(
                {"cell": ", ".join(values), "rows": count, "of": what, "before": cell.real_rows}
            )
    order: list[str] = list(dict.fromkeys(row["cell"] for row in rows))
    y = alt.Y("cell:N", scale=alt.Scale(domain=order), title=", ".join(plan.by))
    colours = alt.Scale(domain=list(_DRAWN), range=list(_DRAWN.values()))
    base = alt.Chart(data(rows))
    bars = base.mark_bar().encode(
        x=alt.X("rows:Q", title=plan.unit.value),
        y=y,
        color=alt.Color("of:N", scale=colours, title=None),
    )
    ticks = base.mark_tick(color=INK, thickness=2).encode(x="before:Q", y=y)
    return framed(alt.layer(bars, ticks), STEP * len(order))
