"""Every exhibit that has a chart, and its pictures."""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.measure.score import Exhibit
from trimtab.report.exhibits.kinds import kind_of
from trimtab.report.exhibits.style import WIDTH
from trimtab.report.exhibits.svg import drawn
from trimtab.report.exhibits.words import described, subject
from trimtab.report.formatting import said


@dataclass(frozen=True)
class Picture:
    """One picture of an exhibit. `title` is empty where an exhibit has only one."""

    title: str
    svg: str
    wide: bool


def pictures(exhibit: Exhibit, identity: str) -> list[Picture]:
    """The pictures of an exhibit; none where it has no chart, or nothing to show."""
    kind = kind_of(exhibit)
    specs = kind.charts(exhibit)
    drawings = []
    description = described(exhibit) if specs else ""
    for k, (title, spec) in enumerate(specs.items()):
        heading = said(exhibit, title)
        parts = (kind.title, subject(exhibit), heading)
        whole = ": ".join(part for part in parts if part)
        svg = drawn(spec, f"{identity}-{k}", whole, description)
        drawings.append(Picture(heading, svg, "facet" in spec or spec.get("width", 0) > WIDTH))
    return drawings
