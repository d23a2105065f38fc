"""The kinds of exhibits, in the order in which those of one topic are shown."""

from __future__ import annotations

from trimtab._extensions import check_distinct, extensions
from trimtab.measure.score import Exhibit
from trimtab.report.exhibits import (
    columns,
    conclusions,
    groups,
    learners,
    persons,
    relations,
    rules,
    shown_pairs,
    study,
    trained,
    training,
)
from trimtab.report.exhibits.kind import ExhibitKind

EXHIBITS = (
    columns.DISTRIBUTION,
    columns.CUMULATIVE,
    shown_pairs.SHOWN_PAIR,
    relations.ASSOCIATIONS,
    relations.PROJECTION,
    relations.TELLTALES,
    rules.BROKEN_RULES,
    columns.TAILS,
    columns.RARE_LABELS,
    groups.GROUPS,
    groups.LIKENESS,
    persons.ROWS_PER_PERSON,
    persons.TIME_BETWEEN_ROWS,
    persons.COURSES,
    persons.TRANSITIONS,
    persons.PERSONS_TELLTALES,
    learners.ROC,
    learners.CALIBRATION,
    learners.REPORT,
    learners.IMPORTANCE,
    conclusions.CONCLUSIONS,
    groups.RATES_IN_TABLES,
    groups.MEANS_IN_TABLES,
    groups.RATES_OF_LEARNERS,
    groups.MEANS_OF_LEARNERS,
    training.TRAINING,
    training.STAGES,
    training.STAGE_PAIRS,
    relations.DISTANCES,
    trained.TRAINING_ROWS,
    study.DIFFERENCES,
    study.CUTS,
    study.RELIABILITY,
    study.LEARNING_CURVE,
)


def kinds() -> tuple[ExhibitKind, ...]:
    """All kinds: ours, then those of other packages. Raises InputError where two have one name."""
    every = (*EXHIBITS, *extensions("trimtab.exhibits", ExhibitKind))
    names = (f"{kind.name}, {kind.within}" if kind.within else kind.name for kind in every)
    check_distinct(names, "kinds of exhibits are called")
    return every


def kind_of(exhibit: Exhibit) -> ExhibitKind:
    """How an exhibit is shown; of an unknown kind, as a table by its name."""
    for kind in kinds():
        if kind.name == exhibit.name and kind.within in (None, exhibit.within):
            return kind
    return ExhibitKind(exhibit.name, exhibit.name.capitalize())
