"""How exhibits of each kind are shown, and what a reader is told of them."""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.measure.score import Exhibit


@dataclass(frozen=True)
class ExhibitKind:
    """How exhibits of one kind are shown.

    shown   how many a reader sees at first
    mark    what sides are told apart by: "line", "dot" or "bar"
    arms    whether the sides are what learners were trained on
    small   whether an exhibit has many pictures, which are small
    """

    title: str
    reading: str
    shown: int = 2
    mark: str = "line"
    arms: bool = False
    small: bool = False


KINDS: dict[str, ExhibitKind] = {
    "distribution": ExhibitKind(
        "Distributions",
        "The share of rows at each value. Where the two agree, the outlines lie on each other and "
        "the bars are as long. The columns that differ most come first.",
        shown=12,
    ),
    "cumulative": ExhibitKind(
        "Cumulative shares",
        "The share of rows up to each value. A gap between the curves is a part of the rows that "
        "one table has and the other has elsewhere. The columns that differ most come first.",
        shown=4,
    ),
    "associations": ExhibitKind(
        "How columns hang together",
        "Each square is a pair of columns; the deeper its colour, the closer they are related "
        "(violet: positive; brown: negative). In a perfect table the first matrix mirrors itself "
        "at its diagonal and the second is empty. In the second the deepest colour is a "
        "difference of 0.25 or more.",
    ),
    "projection": ExhibitKind(
        "Rows on two axes",
        "Each point is a row, placed by its first two principal components. The clouds should have "
        "the same shape and the same gaps.",
    ),
    "telltales": ExhibitKind(
        "What gives the synthetic rows away",
        "A learner was asked to tell synthetic rows from real ones; these columns helped it most.",
    ),
    "tails": ExhibitKind(
        "Ends of numbers",
        "The share of rows beyond the lowest and the highest values. The ends that differ most "
        "come first.",
        mark="dot",
    ),
    "rare labels": ExhibitKind(
        "Rare labels",
        "How many rows hold each rare label, and how many were to be expected at this size.",
        mark="dot",
    ),
    "groups": ExhibitKind(
        "Rows of groups", "Rows of each group before and after, and as planned.", mark="dot"
    ),
    "group likeness": ExhibitKind(
        "Likeness within groups",
        "How unlike the synthetic rows of a group are to the real rows of the same group, with "
        "95 % intervals. The least alike come first.",
    ),
    "roc": ExhibitKind(
        "True and false positives",
        "For every threshold: the share of positives that are found, against the share of "
        "negatives that are taken for positives. Both curves are on real rows. The dotted "
        "diagonal is guessing.",
        arms=True,
    ),
    "calibration": ExhibitKind(
        "Predicted and observed",
        "How often what was predicted came true, with 95 % intervals. Points on the dotted "
        "diagonal are right.",
        mark="dot",
        arms=True,
    ),
    "classification report": ExhibitKind(
        "Classification report",
        "Figures of each class, on real rows.",
        arms=True,
    ),
    "importance": ExhibitKind(
        "What the learners look at",
        "The share that each column has in the learner's decisions. If the two differ, the "
        "synthetic table tells another story of what matters.",
        mark="dot",
        arms=True,
    ),
    "group rates, data": ExhibitKind(
        "Rates by group in the tables",
        "How often the class occurs in each group, with 95 % intervals. Compare first the two "
        "bars of a group, then the groups with each other.",
        mark="bar",
    ),
    "group means, data": ExhibitKind(
        "Means by group in the tables",
        "The mean of the target in each group, with 95 % intervals.",
        mark="dot",
    ),
    "group rates": ExhibitKind(
        "Rates by group of what learners predict",
        "Rates of each group among real rows, with 95 % intervals, by learners trained on real and "
        "on synthetic rows. Compare first the two bars of a group, then the groups with each "
        "other.",
        shown=1,
        mark="bar",
        arms=True,
    ),
    "group means": ExhibitKind(
        "Means by group of what learners predict",
        "The mean prediction for each group of real rows, with 95 % intervals; the mark is the "
        "mean that was observed.",
        mark="dot",
        arms=True,
    ),
    "distances": ExhibitKind(
        "Distances to the nearest real row",
        "How far rows are from the nearest row that the generator learned from. A copying "
        "generator has more synthetic rows at the left than held-out rows show there.",
    ),
    "training": ExhibitKind(
        "Course of the training",
        "How far the shares of pairs of columns were from those of real rows that were held out "
        "from the training, on average over the pairs.",
        shown=1,
    ),
    "stages": ExhibitKind(
        "Single columns at stages of the training",
        "The share of rows at each value after so many steps, upon that of the real rows.",
        shown=12,
    ),
    "stage pairs": ExhibitKind(
        "Pairs of columns at stages of the training",
        "Each square is a combination of values; the deeper its colour, the more rows hold it. "
        "The last picture is of the real rows, and the others should come to look like it. Shown "
        "are the pairs that hang together most in the real rows, the closest first.",
        shown=6,
        mark="bar",
    ),
}

# Of proofs, which are no part of a scorecard.
STUDY_KINDS: dict[str, ExhibitKind] = {
    "ranking differences": ExhibitKind(
        "Differences to doing nothing",
        "Each dot is a mean over folds of the difference to doing nothing, with its 95 % interval. "
        "Right of 0 is better; within the grey band a difference does not matter. A filled dot is "
        "a difference that is shown; a ring is one that is not, or that does not matter.",
        shown=6,
        mark="dot",
    ),
    "cuts": ExhibitKind(
        "F1 at the cut of .5, and at a tuned one",
        "Compare the rings with each other, then the dots. Rings differ mostly by where the cut of "
        ".5 falls; what is left between the dots is what the way to train does.",
        shown=6,
        mark="dot",
    ),
    "reliability": ExhibitKind(
        "Stated and observed risks",
        "Rows by the probability that the learner stated, and how many of them were positive, over "
        "all folds; on the dotted line statements are right, below it risks are overstated. Axes "
        "are stretched near 0, where a rare class lies.",
        shown=6,
        small=True,
    ),
    "learning curve": ExhibitKind(
        "Fewer rows of the smaller class",
        "The smaller class was cut to so many training rows; the other class and the test rows "
        "stayed the same.",
        shown=6,
    ),
}


def kind_name(exhibit: Exhibit) -> str:
    """The kind of an exhibit: its name, apart for tables themselves and for learners."""
    if exhibit.name in ("group rates", "group means") and exhibit.within == "data":
        return f"{exhibit.name}, data"
    return exhibit.name


def kind_of(exhibit: Exhibit) -> ExhibitKind:
    """How an exhibit is shown; of an unknown kind, by its name."""
    name = kind_name(exhibit)
    return KINDS.get(name) or STUDY_KINDS.get(name) or ExhibitKind(exhibit.name.capitalize(), "")
