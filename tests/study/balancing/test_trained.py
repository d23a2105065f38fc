"""Training rows by class and group, counted beside a count by hand."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from tests.study.study_tables import FEATURES, question, study
from trimtab._random import Key
from trimtab._run import Run
from trimtab.predict.sample import MISSING
from trimtab.study.balancing.arms.oversampling import RandomOversampling
from trimtab.study.balancing.arms.smote import SMOTE, Interpolation
from trimtab.study.balancing.arms.untouched import Untouched
from trimtab.study.balancing.arms.weights import ClassWeights
from trimtab.study.balancing.proving import execute
from trimtab.study.balancing.summary import proof_of
from trimtab.study.balancing.trained import TrainingRows, averaged, counted
from trimtab.study.question import Part, Question

NAMES = {MISSING: "(missing)", 0: "A", 1: "B", 2: "C"}


def grouped(rows: int = 160, positives: int = 40) -> Question:
    """The column "place" is protected; its groups are written otherwise than its labels."""
    plain = question(rows, positives)
    places = [NAMES[code] for code in plain.sample.values["place"].tolist()]
    return question(rows, positives, protected={"place": places, "size": ["x"] * rows})


def part_of(of: Question) -> Part:
    return of.part(np.arange(0, of.rows, 2))


@pytest.mark.parametrize("arm", [Untouched(), RandomOversampling(), Interpolation(SMOTE)])
@pytest.mark.parametrize("positives", [40, 120])  # the class that has fewer rows, and more
def test_rows_by_hand(arm: Any, positives: int) -> None:
    part = part_of(grouped(positives=positives))
    training = arm.training(part, 1.0, Key(4))
    real = len(part.is_positive)
    few = Counter(part.is_positive.tolist()).most_common()[-1][0]
    tally: Counter[tuple[str, str, str]] = Counter()
    codes = training.sample.values["place"].tolist()
    for k, (positive, code) in enumerate(zip(training.is_positive.tolist(), codes, strict=True)):
        kind = "added" if k >= real else "smaller" if positive == few else "larger"
        tally["y", "y = yes" if positive else "y ≠ yes", kind] += 1
        tally["place", NAMES[code], kind] += 1
    told = {
        (r.column, r.value, kind): getattr(r, kind)
        for r in counted(training, part)
        for kind in ("larger", "smaller", "added")
        if getattr(r, kind)
    }
    assert told == tally
    classes = [r for r in counted(training, part) if r.column == "y"]
    assert sum(r.rows for r in classes) == len(training.is_positive)
    if arm.adds:
        assert classes[0].rows == classes[1].rows  # levelled


def test_weights_count_rows_by_what_they_weigh() -> None:
    part = part_of(grouped())
    found = counted(ClassWeights().training(part, 1.0, Key(4)), part)
    yes, no = (r for r in found if r.column == "y")
    assert (yes.value, no.value) == ("y = yes", "y ≠ yes")
    assert yes.smaller == pytest.approx(no.larger) == pytest.approx(len(part.is_positive) / 2)
    assert yes.added == no.added == 0


def test_groups_of_numbers_are_not_counted() -> None:
    part = part_of(grouped())
    assert {r.column for r in counted(Untouched().training(part, 1.0, Key(0)), part)} == {
        "y",
        "place",
    }
    assert next(f for f in FEATURES if f.name == "size").is_number


def test_means_count_what_is_not_there_as_none() -> None:
    one = (TrainingRows(column="g", value="a", larger=4, added=2),)
    two = (*one, TrainingRows(column="g", value="b", smaller=3))
    assert averaged([one, two, two]) == (
        TrainingRows(column="g", value="a", larger=4, added=2),
        TrainingRows(column="g", value="b", smaller=2),
    )
    assert averaged([]) == ()


def test_a_proof_tells_the_mean_over_its_folds() -> None:
    of = study(grouped(), [Untouched(), RandomOversampling()], folds=3, repeats=2)
    proof = proof_of(of, execute(of, Run()), "as it is", ())
    before, after = (
        {r.value: r for r in proof.trained[arm.name] if r.column == "y"} for arm in of.arms
    )
    # Two of three folds are trained on: of 160 rows, of which 40 are positive.
    assert before["y = yes"].smaller == pytest.approx(40 * 2 / 3)
    assert before["y ≠ yes"].larger == pytest.approx(120 * 2 / 3)
    assert after["y = yes"].added == pytest.approx(80 * 2 / 3)
    assert after["y ≠ yes"] == before["y ≠ yes"]
