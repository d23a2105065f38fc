"""What is measured of persons: the definitions."""

from __future__ import annotations

from trimtab.measure.score import Direction, Measure, Section, Split, Topic


def _measure(
    name: str,
    title: str,
    meaning: str,
    *,
    ideal: float,
    tolerance: float,
    alarm: float,
    section: Section = Section.FIDELITY,
    topic: Topic = Topic.PERSONS,
    direction: Direction = Direction.LOWER,
    source: str = "",
) -> Measure:
    return Measure(
        name=name,
        section=section,
        topic=topic,
        split=Split.WHOLE,
        title=title,
        meaning=meaning,
        direction=direction,
        ideal=ideal,
        tolerance=tolerance,
        alarm=alarm,
        source=source,
    )


_TWO_SAMPLE = "Lopez-Paz and Oquab 2017, Revisiting classifier two-sample tests, by persons"
# All rows of a person tell of it at once. Where rows are told apart with the area A, the sum of
# what n of them tell has the area Phi(sqrt(n) Phi^-1(A)). The bounds are those of `detection`, .52
# and .6, for persons of four rows, and for two rows beside each other.
PERSONS_APART = _measure(
    "persons_detection",
    "Telling persons apart",
    "How well boosted trees tell synthetic persons from real ones by all of their rows at once: "
    "what they have once, how many rows there are, and what these are like. .5 if they cannot, 1 "
    "if every person gives itself away (the area under the ROC curve, for persons they were not "
    "trained on).",
    ideal=0.5,
    tolerance=0.04,
    alarm=0.2,
    source=_TWO_SAMPLE,
)
STEPS_APART = _measure(
    "step_detection",
    "Telling rows apart by the row before",
    "How well boosted trees tell synthetic rows from real ones, each seen beside the row before it "
    "of the same person: .5 if they cannot, 1 if every row gives itself away. Worse than for rows "
    "alone, it is how rows follow one another that is unlike.",
    ideal=0.5,
    tolerance=0.03,
    alarm=0.15,
    source=_TWO_SAMPLE,
)
ROWS_EACH = _measure(
    "rows_per_person",
    "Rows per person",
    "The greatest difference between the shares of persons that have at most so many rows "
    "(Kolmogorov-Smirnov). At .2, a fifth of the persons has too few rows, or too many.",
    ideal=0.0,
    tolerance=0.05,
    alarm=0.15,
)
TIMES = _measure(
    "time_between_rows",
    "Time between rows",
    "The greatest difference between the shares of rows that come within some time of the row "
    "before (Kolmogorov-Smirnov).",
    ideal=0.0,
    tolerance=0.05,
    alarm=0.15,
)
TRANSITION = _measure(
    "transition_difference",
    "Difference of transitions",
    "The share of rows that would need another value, or another one before it, for both tables to "
    "hold the same shares of transitions (total variation); numbers are cut into eighths. At .2, a "
    "fifth of the rows follows on what it should not.",
    ideal=0.0,
    tolerance=0.05,
    alarm=0.15,
)
TRANSITIONS = _measure(
    "mean_transition_difference",
    "Mean difference of transitions",
    "The mean over all columns that change in a person's rows of the share of rows that would need "
    "another value, or another one before it, for both tables to hold the same shares of "
    "transitions.",
    ideal=0.0,
    tolerance=0.03,
    alarm=0.1,
)
LAG = _measure(
    "change_in_lag_correlation",
    "Change in what the row before tells",
    "The rank correlation of a number with that in the row before, less the real one. Below 0, a "
    "person's values jump more than real ones do.",
    ideal=0.0,
    tolerance=0.05,
    alarm=0.15,
    direction=Direction.TARGET,
)
ALIKE = _measure(
    "change_in_likeness_of_rows",
    "Change in how alike a person's rows are",
    "The intraclass correlation of a number, which is the share of its variance that lies between "
    "persons, less the real one: 0 where a person's rows are as alike as real ones are. Numbers "
    "count by their ranks.",
    ideal=0.0,
    tolerance=0.05,
    alarm=0.15,
    direction=Direction.TARGET,
    source="Fisher 1925, Statistical Methods for Research Workers, chapter 7",
)
STAYS = _measure(
    "change_in_stay_rate",
    "Change in how often a label stays",
    "The share of rows whose label is that of the row before, less the real share.",
    ideal=0.0,
    tolerance=0.03,
    alarm=0.1,
    direction=Direction.TARGET,
)
CONSTANT = _measure(
    "constants_kept",
    "What persons have once is constant",
    "The share of persons with several rows in whom no column changes that never does in a real "
    "person, such as the date of birth.",
    ideal=1.0,
    tolerance=0.005,
    alarm=0.02,
    direction=Direction.HIGHER,
)
_TSTR = "Esteban et al. 2017, arXiv:1706.02633 (train on synthetic, test on real)"
NEXT = _measure(
    "next_row_skill",
    "Skill for the next row",
    "How well a forest that was trained on synthetic persons tells a value of a real person's next "
    "row by the row before and by what the person has once: the share of the variance of a number "
    "that is explained, or of the uncertainty of a label that is taken away. Beside it stands the "
    "skill of a forest trained on real persons.",
    ideal=1.0,
    tolerance=0.05,
    alarm=0.15,
    direction=Direction.HIGHER,
    section=Section.USEFULNESS,
    source=_TSTR,
)
NEXT_LOST = _measure(
    "next_row_skill_lost",
    "Share of the skill for the next row that is lost",
    "Which share of the skill for the next row of real persons is lost where forests are trained "
    "on synthetic persons instead of real ones: of the mean skill over all columns that change "
    "from row to row. Near 0 nothing is lost; at 1 the rows before tell nothing any more.",
    ideal=0.0,
    tolerance=0.1,
    alarm=0.3,
    section=Section.USEFULNESS,
    source=_TSTR,
)
OUTCOME_LOST = _measure(
    "loss_of_outcome_skill",
    "Skill for the outcome of persons lost by synthetic training",
    "How much worse a forest tells the outcome of real persons, by all of their rows together, if "
    "it was trained on synthetic persons instead of real ones: in the area under the ROC curve of "
    "a class, or in the explained share of the variance of a number.",
    ideal=0.0,
    tolerance=0.03,
    alarm=0.1,
    section=Section.USEFULNESS,
    source=_TSTR,
)
COPIED = _measure(
    "copied_persons",
    "Copied persons",
    "The share of synthetic persons with several rows that equal a real person in all that changes "
    "in their rows. More than real persons have by chance means that the generator hands out "
    "persons it was given. This is an alarm for copies, not a proof of privacy: passing it proves "
    "nothing.",
    ideal=0.0,
    tolerance=0.005,
    alarm=0.02,
    section=Section.COPIES,
    topic=Topic.COPIES,
)
DRAWN = _measure(
    "drawn_to_training_persons",
    "Drawn to training persons",
    "The share of synthetic persons that are nearer to a training person than chance explains, by "
    "all of their rows at once: 0 if they lie as near to held-out persons, 1 if the closest one of "
    "each is a training person. Below 0 is chance. This is an alarm for copies, not a proof of "
    "privacy: passing it proves nothing.",
    ideal=0.0,
    tolerance=0.05,
    alarm=0.1,
    section=Section.COPIES,
    topic=Topic.COPIES,
    source="Platzer and Reutterer 2021, Holdout-based empirical assessment of mixed-type "
    "synthetic data, by persons",
)
