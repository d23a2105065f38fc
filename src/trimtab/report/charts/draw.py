"""Every exhibit that has a chart, and its pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trimtab.measure.score import Exhibit
from trimtab.report.charts import columns, outcomes, proof, relations, stages
from trimtab.report.charts.style import WIDTH
from trimtab.report.charts.svg import drawn
from trimtab.report.facts import SAID
from trimtab.report.galleries import gallery_of
from trimtab.report.reading import described, subject

Spec = dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """One picture of an exhibit. `title` is empty where an exhibit has only one."""

    title: str
    svg: str
    wide: bool


_ONE: dict[str, Callable[[Exhibit], Spec | None]] = {
    "distribution": columns.distribution,
    "cumulative": columns.cumulative,
    "tails": columns.tails,
    "rare labels": columns.rare_labels,
    "telltales": relations.telltales,
    "distances": relations.distances,
    "groups": outcomes.groups,
    "group likeness": outcomes.group_likeness,
    "roc": outcomes.roc,
    "calibration": outcomes.calibration,
    "importance": outcomes.importance,
    "group means": outcomes.group_means,
    "training": stages.training,
    "stages": stages.stages,
    "stage pairs": stages.stage_pairs,
    "cuts": proof.cuts,
}
_SEVERAL: dict[str, Callable[[Exhibit], dict[str, Spec]]] = {
    "associations": relations.associations,
    "projection": relations.projection,
    "group rates": outcomes.group_rates,
    "ranking differences": proof.differences,
    "reliability": proof.reliability,
    "learning curve": proof.curve,
}


def pictures(exhibit: Exhibit, identity: str) -> list[Picture]:
    """The pictures of an exhibit; none where it has no chart, or nothing to show."""
    specs: dict[str, Spec] = {}
    if exhibit.name in _SEVERAL:
        specs = _SEVERAL[exhibit.name](exhibit)
    elif exhibit.name in _ONE:
        spec = _ONE[exhibit.name](exhibit)
        specs = {} if spec is None else {"": spec}
    made = []
    said_of = described(exhibit) if specs else ""
    for k, (title, spec) in enumerate(specs.items()):
        said = SAID.get(title, title)
        parts = (gallery_of(exhibit).title, subject(exhibit), said)
        whole = ": ".join(part for part in parts if part)
        svg = drawn(spec, f"{identity}-{k}", whole, said_of)
        made.append(Picture(said, svg, "facet" in spec or spec["width"] > WIDTH))
    return made
