"""What a table may be used for, and what is said to each use."""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.measure.score import Section, Topic
from trimtab.report.scorecard.possible import KEPT
from trimtab.report.summary import Recommendation

EXPLORING = "Exploring single columns"
STRICTNESS = (Recommendation.YES, Recommendation.CARE, Recommendation.NO)


@dataclass(frozen=True)
class Use:
    """A use of a table, and what is said to it.

    topics        what it is about
    beside        what bears on it: poor figures there call for care
    rests_on      a use without which there is none of this, and what is said where there is not
    needs_held    whether rows that were learned by heart would look as good as others, where no
                  real rows were held out
    thing         what exceptions are called: one, many
    """

    name: str
    topics: tuple[Topic, ...]
    section: Section
    yes: str
    care: str
    no: str
    thing: str
    things: str
    beside: tuple[Topic, ...] = ()
    rests_on: str = ""
    no_ground: str = ""
    needs_held: bool = True

    @property
    def claims(self) -> dict[Recommendation, str]:
        """What is said by stance."""
        return dict(zip(STRICTNESS, (self.yes, self.care, self.no), strict=True))


USES = (
    Use(
        EXPLORING,
        (Topic.COLUMNS, Topic.EXTREMES),
        Section.FIDELITY,
        "Its distributions can be explored: they are close to the real ones.",
        "Its distributions can be explored with care: not all are close to the real ones.",
        "Draw no conclusions from its distributions: they differ from the real ones.",
        "column",
        "columns",
        needs_held=False,
    ),
    Use(
        "Studying relations between columns",
        (Topic.RELATIONS,),
        Section.FIDELITY,
        "Relations between its columns can be studied: they are close to the real ones.",
        "Check what you find between columns on real rows: not all relations are kept.",
        "Draw no conclusions on how columns are related: the relations differ from the real ones.",
        "pair",
        "pairs",
        beside=(Topic.ROWS, Topic.CONCLUSIONS),
        rests_on=EXPLORING,
        no_ground="Draw no conclusions on how columns are related: the columns themselves differ "
        "from the real ones.",
    ),
    Use(
        "Training models",
        (Topic.MODELS,),
        Section.USEFULNESS,
        "Models can be trained on it: on real rows they do about as well as models trained on "
        "real rows.",
        "Models trained on it lose something against models trained on real rows.",
        "Train no model on it that will be used: on real rows it does clearly worse than a model "
        "trained on real rows.",
        "target",
        "targets",
    ),
    Use(
        "Comparing groups",
        (Topic.FAIRNESS, Topic.GROUPS),
        Section.FAIRNESS,
        "Groups can be compared with it: their figures are close to the real ones.",
        "Compare groups with care: some figures of groups differ from the real ones, or show a gap "
        "that real rows show too.",
        "Draw no conclusions on groups from it: their figures differ from the real ones.",
        "group or column",
        "groups or columns",
    ),
)
COPIES = Use(
    "Copies of real rows",
    (Topic.COPIES,),
    Section.COPIES,
    "No sign of copied real rows was found.",
    "Some rows are nearer to real ones than they should be: look at them before anyone else does.",
    "It holds rows that are copied from real ones, or too near to them.",
    "column",
    "columns",
    needs_held=False,  # its scores say so themselves
)
RULES = Use(
    "Rows that could be true",
    (Topic.RULES,),
    Section.FIDELITY,
    KEPT,
    "Some of its rows cannot be true: they break rules that real rows keep.",
    "Many of its rows cannot be true: they break rules that real rows keep.",
    "rule",
    "rules",
    needs_held=False,
)
PERSONS = Use(
    "Following persons over their rows",
    (Topic.PERSONS,),
    Section.FIDELITY,
    "Persons can be followed over their rows: what persons are like as wholes is close to the real "
    "ones.",
    "Follow persons over their rows with care: some of what they are like as wholes differs from "
    "real ones.",
    "Do not follow persons over their rows: as wholes they are unlike real ones.",
    "column",
    "columns",
)
