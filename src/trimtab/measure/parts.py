"""The parts of an evaluation, in the order in which they are judged."""

from __future__ import annotations

from trimtab._extensions import check_distinct, extensions
from trimtab.measure.fairness import classifiers, labels, proxies
from trimtab.measure.fidelity import parts as fidelity
from trimtab.measure.part import Part
from trimtab.measure.persons import copies as copied_persons
from trimtab.measure.persons import likeness as persons
from trimtab.measure.persons import usefulness as persons_usefulness
from trimtab.measure.privacy import copies
from trimtab.measure.rules import rules
from trimtab.measure.score import Measure, Section
from trimtab.measure.utility import conclusions, utility

PARTS = (
    *fidelity.PARTS,
    rules.PART,
    proxies.PART,
    labels.PART,
    utility.PART,
    classifiers.PART,
    conclusions.PART,
    persons.PART,
    persons_usefulness.PART,
    copies.PART,
    copied_persons.PART,
)


def parts() -> tuple[Part, ...]:
    """All parts: ours, then those of other packages. Raises InputError where two have one name."""
    every = (*PARTS, *extensions("trimtab.scores", Part))
    check_distinct((part.name for part in every), "parts of an evaluation are called")
    return every


def measures() -> dict[str, Measure]:
    """The definitions of all figures that an evaluation may hold, by name, section by section."""
    ours, others = sorted(PARTS, key=lambda part: part.name), parts()[len(PARTS) :]
    defined = [measure for part in (*ours, *others) for measure in part.measures]
    defined.sort(key=lambda measure: list(Section).index(measure.section))
    by_name: dict[str, Measure] = {}
    for measure in defined:
        by_name.setdefault(measure.name, measure)
    return by_name
