"""What a report speaks of, in which order, and which scores and exhibits belong to each topic."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trimtab.measure.score import Score, Section
from trimtab.predict.prediction import BOOSTING, FOREST, LINEAR, LOGISTIC


@dataclass(frozen=True)
class Topic:
    """A part of a chapter.

    `section` is the chapter's: a Section, or LEARNING. `exhibits` are kinds, as `kinds.kind_name`
    names them. Measures that no topic names go where `topic_of` says.
    """

    name: str
    section: str
    title: str
    exhibits: tuple[str, ...]
    measures: frozenset[str] = frozenset()


LEARNING = "learning"  # a chapter that no score belongs to

CHAPTERS: dict[str, tuple[str, str]] = {
    Section.FIDELITY: (
        "Is it like the real table?",
        "Likeness of single columns, of columns together, of whole rows and of groups. Where real "
        "rows were held out, each figure stands beside what those rows get, which is what a "
        "perfect table would get.",
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

TOPICS = (
    Topic(
        "columns",
        Section.FIDELITY,
        "Single columns",
        ("distribution", "cumulative"),
        frozenset(
            {
                "mean_column_error",
                "worst_column_error",
                "kolmogorov_smirnov",
                "total_variation",
                "wasserstein",
                "missing_share_difference",
            }
        ),
    ),
    Topic(
        "relations",
        Section.FIDELITY,
        "Relations between columns",
        ("associations",),
        frozenset(
            {
                "mean_pair_error",
                "correlation_difference",
                "joint_difference",
                "mean_triple_error",
                "triple_difference",
            }
        ),
    ),
    Topic(
        "rows",
        Section.FIDELITY,
        "Whole rows",
        ("projection", "telltales"),
        frozenset({"detection", "telltale", "density", "coverage", "outlier_rate"}),
    ),
    Topic(
        "extremes",
        Section.FIDELITY,
        "Rare and extreme values",
        ("tails", "rare labels"),
        frozenset(
            {
                "values_within_real",
                "numbers_within_range",
                "labels_known",
                "numbers_on_unit",
                "column_on_unit",
                "rare_labels_kept",
                "rarest_labels_kept",
                "rare_label_rate",
                "tail_error",
                "tail_rate",
            }
        ),
    ),
    Topic(
        "groups",
        Section.FIDELITY,
        "Groups",
        ("groups", "group likeness"),
        frozenset({"group_distance", "worst_group_distance", "planned_rows_delivered"}),
    ),
    Topic(
        "models",
        Section.USEFULNESS,
        "",
        ("roc", "calibration", "classification report", "importance"),
    ),
    Topic(
        "fairness",
        Section.FAIRNESS,
        "",
        ("group rates, data", "group means, data", "group rates", "group means"),
    ),
    Topic("learning", LEARNING, "", ("training", "stages", "stage pairs")),
    Topic("copies", Section.COPIES, "", ("distances",)),
)

# What a score may be within that is no group and no class of the data.
_PLAIN = re.compile(
    rf"|(?:{BOOSTING}|{FOREST}|{LINEAR}|{LOGISTIC})(?:, trained on (?:real|synthetic) rows)?"
    r"|(?:(?:real|synthetic) )?data|(?:beyond|lowest|highest) [0-9.]+ %"
)


def is_plain(within: str) -> bool:
    """Whether what a score is within is certain to be no value of the data: no group, no class."""
    return _PLAIN.fullmatch(within) is not None


def topic_of(score: Score) -> str:
    """The topic that a score belongs to."""
    for topic in TOPICS:
        if score.measure in topic.measures:
            return topic.name
    if score.section is not Section.FIDELITY:
        return next(t.name for t in TOPICS if t.section is score.section)
    if score.about and not is_plain(score.within):
        return "groups"
    return ("rows", "columns", "relations")[min(2, len(score.about))]
