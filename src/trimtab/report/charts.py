"""Charts of results as Altair objects, for notebooks: those of the reports, and plans'."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
from trimtab.report.exhibits.words import subject
from trimtab.report.formatting import said
from trimtab.report.study.page import study_document
from trimtab.study.balancing.result import Proof

_CELLS_SHOWN = 60
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
