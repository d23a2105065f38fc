"""What is asked of `prove`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from trimtab.request.base import Request, Shown
from trimtab.request.parts import Columns, Names, Positive, Seeded

LEARNERS = ("lr", "rf", "gbm")


class Question(Request):
    """Which classifier is to be helped, and how thoroughly that is asked."""

    target: Annotated[
        str, Field(description="The column a classifier is to tell."), Shown(metavar="Y")
    ]
    positive: Positive = None
    protected: Annotated[
        Names, Field(description="Columns whose groups are compared."), Shown(metavar="A,B")
    ] = ()
    cost: Annotated[
        dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] | None,
        Field(description="What a false positive and negative cost."),
        Shown(
            metavar="fp=1,fn=20",
            expected="what a false positive and a false negative cost, numbers of 0 or more, such "
            "as {'fp': 1, 'fn': 20}",
        ),
    ] = None
    learner: Annotated[
        Names,
        Field(description="Logistic regression, random forest, boosted trees."),
        Shown(metavar="lr,rf,gbm", expected="some of lr, rf, gbm"),
    ] = LEARNERS
    arms: Annotated[
        Names | None,
        Field(description="What is done to training rows, to be compared."),
        Shown(metavar="A,B"),
    ] = None
    folds: Annotated[
        str | None,
        Field(description="Outer folds x repeats."),
        Shown(metavar="5x2", expected="outer folds x repeats, such as '5x2'"),
    ] = None
    sizes: Annotated[
        tuple[Annotated[int, Field(ge=2)], ...] | None,
        Field(
            description="Rows that the learning curve leaves of the smaller class; '' for no "
            "curve.",
        ),
        Shown(metavar="10,20,50,100", expected="numbers of rows, such as [10, 20]"),
    ] = None
    thorough: Annotated[
        bool, Field(description="The whole protocol: more folds, ratios and arms.")
    ] = False
    minutes: Annotated[
        float | None,
        Field(
            gt=0,
            examples=[10],
            description="Take at most M minutes; says how many folds that was enough for.",
        ),
        Shown(metavar="M"),
    ] = None


class Prove(Question, Columns, Seeded):
    """Tell whether balancing would help a classifier at all."""

    verb: ClassVar[str] = "prove"
