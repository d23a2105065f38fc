"""A part of an evaluation: what it measures, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from trimtab.measure.evidence import Evidence
from trimtab.measure.score import Findings, Measure, Section

Step = Callable[[], Findings]


@dataclass(frozen=True)
class Part:
    """A part of an evaluation, which `measure.parts` lists.

    name       unlike that of any other part; definitions are listed in the order of names
    phase      what progress shows while it is judged: neighbours of one phase go together
    section    the section that must be asked for; None where that does not matter
    measures   the definitions of all figures that it may find
    steps      what is to be done with some evidence, one after the other; nothing where it is mute
    """

    name: str
    phase: str
    section: Section | None
    measures: tuple[Measure, ...]
    steps: Callable[[Evidence], Iterable[Step]]


def once(
    judge: Callable[[Evidence], Findings], where: Callable[[Evidence], bool] = lambda evidence: True
) -> Callable[[Evidence], Iterable[Step]]:
    """The steps of a part that has only one, wherever `where` holds."""
    return lambda evidence: (partial(judge, evidence),) if where(evidence) else ()
