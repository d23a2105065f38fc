"""Every exhibit that has a chart, and its pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trimtab.measure.score import Exhibit
from trimtab.report.exhibits import columns, learners, relations, study, training
from trimtab.report.exhibits.alt_text import described, subject
from trimtab.report.exhibits.kinds import kind_of
from trimtab.report.exhibits.style import WIDTH
from trimtab.report.exhibits.svg import drawn
from trimtab.report.formatting import SAID

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
    "groups": learners.groups,
    "group likeness": learners.group_likeness,
    "roc": learners.roc,
    "calibration": learners.calibration,
    "importance": learners.importance,
    "group means": learners.group_means,
    "training": training.training,
    "stages": training.stages,
    "stage pairs": training.stage_pairs,
    "cuts": study.cuts,
}
_SEVERAL: dict[str, Callable[[Exhibit], dict[str, Spec]]] = {
    "associations": relations.associations,
    "projection": relations.projection,
    "group rates": learners.group_rates,
    "ranking differences": study.differences,
    "reliability": study.reliability,
    "learning curve": study.curve,
}


def pictures(exhibit: Exhibit, identity: str) -> list[Picture]:
    """The pictures of an exhibit; none where it has no chart, or nothing to show."""
    specs: dict[str, Spec] = {}
    if exhibit.name in _SEVERAL:
        specs = _SEVERAL[exhibit.name](exhibit)
    elif exhibit.name in _ONE:
        spec = _ONE[exhibit.name](exhibit)
        specs = {} if spec is None else {"": spec}
    drawings = []
    description = described(exhibit) if specs else ""
    for k, (title, spec) in enumerate(specs.items()):
        heading = SAID.get(title, title)
        parts = (kind_of(exhibit).title, subject(exhibit), heading)
        whole = ": ".join(part for part in parts if part)
        svg = drawn(spec, f"{identity}-{k}", whole, description)
        drawings.append(Picture(heading, svg, "facet" in spec or spec["width"] > WIDTH))
    return drawings
