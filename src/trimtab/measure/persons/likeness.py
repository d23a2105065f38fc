"""Whether synthetic persons are like real ones."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from trimtab.measure.evidence import Evidence
from trimtab.measure.part import Part, Step
from trimtab.measure.persons.alike import alike, constants_kept
from trimtab.measure.persons.counted import counted
from trimtab.measure.persons.exhibits import pictures
from trimtab.measure.persons.histories import NoPersons
from trimtab.measure.persons.measures import (
    ALIKE,
    CONSTANT,
    LAG,
    PERSONS_APART,
    ROWS_EACH,
    STAYS,
    STEPS_APART,
    TIMES,
    TRANSITION,
    TRANSITIONS,
)
from trimtab.measure.persons.telling import persons_apart, steps_apart
from trimtab.measure.score import Findings, Section


def _steps(evidence: Evidence) -> Iterator[Step]:
    found = evidence.persons
    if found is None:
        return
    if isinstance(found, NoPersons):
        yield partial(_without, found)
        return
    persons = found.weighted(evidence.settings.by) if evidence.settings.by else found
    key = evidence.key.child("persons")
    yield partial(Findings, notes=persons.notes)
    yield partial(persons_apart, persons, key)
    yield partial(steps_apart, persons, key)
    yield partial(counted, persons, key)
    yield partial(alike, persons, key)
    yield partial(constants_kept, persons)
    yield lambda: Findings(exhibits=tuple(pictures(persons)))


def _without(found: NoPersons) -> Findings:
    """That persons are not judged: by a figure that is missing where it is the table's fault."""
    if found.at_fault:
        return Findings(scores=(PERSONS_APART.missing(f"because {found.because}", headline=True),))
    return Findings(notes=(f"Persons are not judged: {found.because}.",))


PART = Part(
    name="likeness of persons",
    phase="persons",
    section=Section.FIDELITY,
    measures=(
        PERSONS_APART,
        STEPS_APART,
        ROWS_EACH,
        TIMES,
        TRANSITION,
        TRANSITIONS,
        LAG,
        ALIKE,
        STAYS,
        CONSTANT,
    ),
    steps=_steps,
)
