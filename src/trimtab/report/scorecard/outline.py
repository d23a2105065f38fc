"""What a report speaks of, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from trimtab.measure.score import Measure, Score, Section, Topic


@dataclass(frozen=True)
class Place:
    """Where scores and exhibits of a topic stand: the chapter (a Section, or LEARNING), and the
    title of its part.
    """

    topic: Topic
    chapter: str
    title: str = ""


LEARNING = "learning"  # a chapter that no score belongs to
PERSONS = "persons"  # whose scores are of several sections

CHAPTERS: dict[str, tuple[str, str]] = {
    Section.FIDELITY: (
        "Is it like the real table?",
        "Likeness of single columns, of columns together, of whole rows and of groups. Where real "
        "rows were held out, each figure stands beside what those rows get, which is what a "
        "perfect table would get.",
    ),
    PERSONS: (
        "Persons",
        "In these tables one person has several rows. Rows can be like real ones while persons are "
        "not: what is judged here is whether the rows of a person belong together and follow one "
        "another as those of real persons do. All figures count persons.",
    ),
    Section.USEFULNESS: (
        "Can models be trained on it?",
        "Learners are trained on real rows and on synthetic rows, and both are tested on real "
        "rows that neither was trained on.",
    ),
    Section.FAIRNESS: (
        "Does it treat groups alike?",
        "Rates of groups in the tables, and rates of what learners trained on them predict for "
        "real rows. A gap is no proof of discrimination, and no gap is no proof of fairness.",
    ),
    Section.COPIES: (
        "Does it hold copies of real rows?",
        "Synthetic rows are compared with the real rows that the generator learned from, and with "
        "held-out real rows, which are close to those by chance only.",
    ),
    LEARNING: (
        "How did it learn?",
        "What the model that made the table would draw at stages of its training: a few hundred "
        "rows each, beside real rows. They were not delivered; the table is what was drawn at the "
        "end.",
    ),
}

PLACES = (
    Place(Topic.COLUMNS, Section.FIDELITY, "Single columns"),
    Place(Topic.RELATIONS, Section.FIDELITY, "Relations between columns"),
    Place(Topic.ROWS, Section.FIDELITY, "Whole rows"),
    Place(Topic.RULES, Section.FIDELITY, "Rules of the real table"),
    Place(Topic.EXTREMES, Section.FIDELITY, "Rare and extreme values"),
    Place(Topic.GROUPS, Section.FIDELITY, "Groups"),
    Place(Topic.PERSONS, PERSONS),
    Place(Topic.MODELS, Section.USEFULNESS),
    Place(Topic.CONCLUSIONS, Section.USEFULNESS, "An analyst's conclusions"),
    Place(Topic.FAIRNESS, Section.FAIRNESS),
    Place(Topic.LEARNING, LEARNING),
    Place(Topic.COPIES, Section.COPIES),
)


def topic_of(score: Score, measures: Mapping[str, Measure]) -> Topic:
    """The topic that a score belongs to.

    measures   of its scorecard, by name
    """
    measure = measures.get(score.measure)
    topic = None if measure is None else measure.topic
    # Scorecards of before do not say, but the measures have the same names.
    topic = topic or _topics_of_ours().get(score.measure)
    if topic is not None:
        return topic
    if score.section is not Section.FIDELITY:
        return next(place.topic for place in PLACES if place.chapter == score.section)
    if score.about and score.within and score.names_data:
        return Topic.GROUPS
    return (Topic.ROWS, Topic.COLUMNS, Topic.RELATIONS)[min(2, len(score.about))]


@cache
def _topics_of_ours() -> Mapping[str, Topic | None]:
    # Late, because it takes long, and only scorecards of before need it.
    from trimtab.measure.parts import PARTS

    return {measure.name: measure.topic for part in PARTS for measure in part.measures}
