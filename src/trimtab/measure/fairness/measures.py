"""The definitions of the fairness figures."""

from __future__ import annotations

from trimtab.measure.score import Direction, Measure, Section, Split, Topic

_FAIRLEARN = "as fairlearn defines it (Weerts et al. 2023, JMLR 24: 257)"


def _gap(name: str, title: str, meaning: str, source: str, split: Split = Split.LEARNER) -> Measure:
    return Measure(
        name=name,
        section=Section.FAIRNESS,
        topic=Topic.FAIRNESS,
        split=split,
        title=title,
        meaning=meaning,
        direction=Direction.LOWER,
        ideal=0.0,
        source=source,
    )


def _ratio(
    name: str, title: str, meaning: str, source: str, split: Split = Split.LEARNER
) -> Measure:
    return Measure(
        name=name,
        section=Section.FAIRNESS,
        topic=Topic.FAIRNESS,
        split=split,
        title=title,
        meaning=meaning,
        direction=Direction.HIGHER,
        ideal=1.0,
        source=source,
    )


LABEL_PARITY_DIFFERENCE = _gap(
    "label_parity_difference",
    "Gap in the labels",
    "The share of rows with the class in the group that has most of it, minus that in the group "
    "that has least. A large one means that the table itself ties the outcome to the group.",
    "risk difference, over any number of groups (Xu et al. 2018, FairGAN)",
    Split.TABLE,
)
LABEL_PARITY_RATIO = _ratio(
    "label_parity_ratio",
    "Ratio in the labels",
    "The share of rows with the class in the group that has least of it, divided by that in the "
    "group that has most. Near 0, some group hardly ever has the class.",
    "disparate impact (Feldman et al. 2015)",
    Split.TABLE,
)
LABEL_MEAN_DIFFERENCE = _gap(
    "label_mean_difference",
    "Gap in the target",
    "The largest minus the smallest mean of the target among the groups, in its units. A large one "
    "means that the table itself ties the target to the group.",
    "",
    Split.TABLE,
)
RISK_DIFFERENCE = Measure(
    name="risk_difference",
    section=Section.FAIRNESS,
    topic=Topic.FAIRNESS,
    split=Split.GROUP,
    title="Signed gap of two groups",
    meaning="The share of rows with the class in the first group minus that in the second. Below "
    "0, the second group has it more often.",
    direction=Direction.TARGET,
    ideal=0.0,
    source="Xu et al. 2018, FairGAN; interval: Newcombe 1998, Stat. Med. 17: 873, method 10",
)
JOINT_DISTANCE = _gap(
    "joint_distance",
    "Distance of groups and target",
    "The Euclidean distance between the real and the synthetic shares of each group with each "
    "value of the target. A table that was balanced or repaired differs on purpose.",
    "Fair Transformer GAN, documentation of its metrics",
    Split.TABLE,
)
TARGET_DISTANCE = _gap(
    "target_distance",
    "Distance of the target",
    "The Euclidean distance between the real and the synthetic shares of the target's values, "
    "whatever the group. A table that was balanced on purpose is at a distance on purpose.",
    "Fair Transformer GAN, documentation of its metrics",
    Split.TABLE,
)
REPRESENTATION = _gap(
    "representation_distance",
    "Difference in group shares",
    "The share of rows that would have to change group for the synthetic table to have the real "
    "table's groups. A table that was balanced on purpose is at a distance on purpose.",
    "total variation distance",
    Split.TABLE,
)
DEMOGRAPHIC_PARITY_DIFFERENCE = _gap(
    "demographic_parity_difference",
    "Demographic parity difference",
    "How much more often the class is predicted for one group than for another: the largest minus "
    "the smallest share. A large one means that one group gets the outcome far more often.",
    _FAIRLEARN,
)
DEMOGRAPHIC_PARITY_RATIO = _ratio(
    "demographic_parity_ratio",
    "Demographic parity ratio",
    "How often the class is predicted for the group that gets it least, divided by how often for "
    "the one that gets it most. Near 0, some group hardly ever gets it.",
    _FAIRLEARN,
)
EQUALIZED_ODDS_DIFFERENCE = _gap(
    "equalized_odds_difference",
    "Equalised odds difference",
    "How differently groups are judged whose outcome is the same: the larger of the gaps in true "
    "and in false positive rates. A large one means that errors fall on one group.",
    f"Hardt, Price and Srebro 2016; {_FAIRLEARN}, worst case",
)
EQUALIZED_ODDS_RATIO = _ratio(
    "equalized_odds_ratio",
    "Equalised odds ratio",
    "The smaller of the ratios of true and of false positive rates, least by most among the "
    "groups. Near 0, errors fall on one group almost alone.",
    f"Hardt, Price and Srebro 2016; {_FAIRLEARN}, worst case",
)
EQUAL_OPPORTUNITY_DIFFERENCE = _gap(
    "equal_opportunity_difference",
    "Equal opportunity difference",
    "Of the rows that truly are of the class, how much more often it is found in one group than in "
    "another. A large one means that one group's cases are missed.",
    f"Hardt, Price and Srebro 2016; {_FAIRLEARN}",
)
PREDICTIVE_PARITY_DIFFERENCE = _gap(
    "predictive_parity_difference",
    "Predictive parity difference",
    "How much more often the predicted class is right in one group than in another. A large one "
    "means that a prediction is worth less for one group.",
    "Chouldechova 2017; the difference of precision in fairlearn's MetricFrame",
)
CALIBRATION_GAP = _gap(
    "calibration_gap",
    "Worst calibrated group",
    "The largest difference among the groups between the mean predicted probability and the share "
    "observed. A large one means that one group's risk is said to be too high or too low.",
    "Pleiss et al. 2017",
)
MEAN_PREDICTION_DIFFERENCE = _gap(
    "mean_prediction_difference",
    "Gap in the predictions",
    "The largest minus the smallest mean prediction among the groups, in units of the target. A "
    "large one means that one group is predicted far more than another.",
    "the difference of mean_prediction in fairlearn's MetricFrame",
)
WORST_GROUP_AUC = Measure(
    name="worst_group_auc",
    section=Section.FAIRNESS,
    topic=Topic.FAIRNESS,
    split=Split.LEARNER,
    title="AUC of the worst group",
    meaning="How well rows with the class are ranked above the others in the group where that goes "
    "worst, .5 being chance. A low one means that predictions say little about one group.",
    direction=Direction.HIGHER,
    ideal=1.0,
    tolerance=0.02,
    alarm=0.05,
    source="worst-group performance; interval: Newcombe 2006, Stat. Med. 25: 559, method 5",
)

# Of tables and of classifiers, those first that are headlines.
MEASURES = (
    DEMOGRAPHIC_PARITY_DIFFERENCE,
    EQUALIZED_ODDS_DIFFERENCE,
    MEAN_PREDICTION_DIFFERENCE,
    LABEL_PARITY_DIFFERENCE,
    LABEL_PARITY_RATIO,
    LABEL_MEAN_DIFFERENCE,
    RISK_DIFFERENCE,
    JOINT_DISTANCE,
    TARGET_DISTANCE,
    REPRESENTATION,
    DEMOGRAPHIC_PARITY_RATIO,
    EQUALIZED_ODDS_RATIO,
    EQUAL_OPPORTUNITY_DIFFERENCE,
    PREDICTIVE_PARITY_DIFFERENCE,
    CALIBRATION_GAP,
    WORST_GROUP_AUC,
)
