"""Arms: real rows first and unchanged, exact ratios, and nothing seen but the rows of the part."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from imblearn.over_sampling import ADASYN as Adaptive
from imblearn.over_sampling import SMOTE as Plain
from imblearn.over_sampling import SMOTEN, SMOTENC

from tests.study.study_tables import FEATURES, poisoned, question, same
from trimtab._random import Key
from trimtab.study.balancing.arms.arm import Arm
from trimtab.study.balancing.arms.generated import Generated
from trimtab.study.balancing.arms.oversampling import RandomOversampling
from trimtab.study.balancing.arms.smote import ADASYN, BORDERLINE, SMOTE, Interpolation
from trimtab.study.balancing.arms.untouched import Untouched
from trimtab.study.balancing.arms.weights import ClassWeights
from trimtab.study.question import Part, Question, UnableError, question_of
from trimtab.table.prepare import prepare
from trimtab.table.table import Table

KEY = Key(5)
ADDING: list[Arm] = [RandomOversampling(), *(Interpolation(k) for k in (SMOTE, BORDERLINE, ADASYN))]
ARMS: list[Arm] = [Untouched(), ClassWeights(), *ADDING]


def named(arm: Arm) -> str:
    return arm.name


def table(rows: int = 150) -> tuple[Question, Table]:
    """A question with the table that it is from."""
    draw = Key(1).child("table").generator()
    hit = np.arange(rows) % 5 == 0
    columns = {
        "x": np.round(draw.normal(size=rows) + 2 * hit, 3),
        "place": np.where(hit, draw.choice(["a", "b"], rows), draw.choice(["b", "c"], rows)),
        "y": np.where(hit, "yes", "no"),
    }
    made, features, _ = question_of(prepare(pd.DataFrame(columns)), "y", None, (), KEY)
    return made, features


@pytest.mark.parametrize("positives", [30, 130], ids=["rare", "frequent"])
@pytest.mark.parametrize("arm", ARMS, ids=named)
def test_real_rows_stay_and_the_ratio_is_kept(arm: Arm, positives: int) -> None:
    whole = question(160, positives)
    part = whole.part(np.arange(0, 160, 2))
    few, many = int(part.minority.sum()), int((~part.minority).sum())
    assert few < many and part.rarer is (positives == 30)
    for ratio in (0.1, 0.5, 1.0):
        made = arm.training(part, ratio, KEY)
        first = np.arange(len(part.is_positive))
        assert same(made.sample.take(first), part.sample)
        assert (made.is_positive[first] == part.is_positive).all()
        assert (made.is_positive[len(first) :] == part.rarer).all()
        assert made.new.rows == made.added == len(made.is_positive) - len(first)
        assert made.sample.rows == len(made.is_positive)
        if arm.adds and arm.name not in (ADASYN, BORDERLINE):
            assert few + made.added == max(few, round(ratio * many))
        elif arm.name in (ADASYN, BORDERLINE):  # imbalanced-learn rounds them as it likes
            assert abs(few + made.added - max(few, round(ratio * many))) <= 0.15 * many
        else:
            assert made.added == 0
        again = arm.training(part, ratio, KEY)
        assert same(made.sample, again.sample)


def test_weights_make_the_classes_count_as_asked() -> None:
    part = question(160, 30).part(np.arange(160))
    for ratio in (0.5, 1.0):
        made = ClassWeights().training(part, ratio, KEY)
        assert made.weights is not None
        assert made.weights.mean() == pytest.approx(1)
        share = made.weights[made.is_positive].sum() / made.weights[~made.is_positive].sum()
        assert share == pytest.approx(ratio)
        assert made.share == pytest.approx(ratio / (1 + ratio))
    weights = ClassWeights().training(part, 0.1, KEY).weights  # fewer than there are: as they are
    assert weights is not None and (weights == 1).all()
    assert Untouched().training(part, 1.0, KEY).share == part.share == 30 / 160


@pytest.mark.parametrize("arm", ARMS, ids=named)
def test_other_rows_do_not_matter(arm: Arm) -> None:
    """All rows outside the part are replaced by nonsense: what is trained on stays the same."""
    whole, kept = question(120, 30), np.arange(0, 80)
    made = arm.training(whole.part(kept), 1.0, KEY)
    nonsense = arm.training(poisoned(whole, kept).part(kept), 1.0, KEY)
    assert same(made.sample, nonsense.sample)
    assert (made.is_positive == nonsense.is_positive).all()
    assert not arm.adds or made.added


def test_other_rows_do_not_matter_to_generated_ones() -> None:
    whole, rows = table()
    kept, other = np.arange(100), np.arange(100, 150)
    data = rows.data
    x = data.column("x").to_numpy().copy()
    x[other] = 1e6
    # Labels are exchanged among the other rows: codes go by how frequent they are in all.
    order = np.concatenate([kept, other[::-1]])
    columns = {"x": pa.array(x), "place": data.column("place").take(pa.array(order))}
    nonsense = Table(rows.schema, pa.table(columns), rows.origin)
    bad = replace(
        whole, is_positive=np.where(np.arange(150) < 100, whole.is_positive, ~whole.is_positive)
    )
    made = Generated(rows).training(whole.part(kept), 1.0, KEY)
    other_made = Generated(nonsense).training(bad.part(kept), 1.0, KEY)
    assert made.added == 60
    assert same(made.new, other_made.new)


def test_generated_rows_are_of_the_class_and_exact() -> None:
    whole, rows = table()
    part = whole.part(np.arange(150))
    made = Generated(rows).training(part, 0.5, KEY)
    assert made.added == 30 and made.is_positive[150:].all()
    assert same(made.sample.take(np.arange(150)), part.sample)
    assert Generated(rows).training(part, 0.1, KEY).added == 0
    few = replace(whole, is_positive=np.zeros(150, bool)).part(np.arange(150))
    with pytest.raises(UnableError):
        Generated(rows).training(few, 1.0, KEY)


def test_labels_of_generated_rows_mean_what_those_of_real_rows_mean() -> None:
    """Rows without a class make another label the most frequent one; they are not used."""
    draw = Key(2).generator()
    place = np.repeat(["aaa", "bbb"], [200, 100])
    hit = draw.random(300) < np.where(place == "aaa", 0.3, 0.5)
    hit[150:200] |= np.arange(50) < 10
    y = np.where(hit, "yes", "no").astype(object)
    y[:150] = None  # of 150 "aaa", 50 are left
    x = np.where(place == "aaa", 10.0, -10.0) + draw.normal(size=300)
    frame = pd.DataFrame({"place": place, "x": np.round(x, 3), "y": y})
    whole, rows, notes = question_of(prepare(frame), "y", None, (), KEY)
    assert "150 rows without a known y are left out." in notes
    made = Generated(rows).training(whole.part(np.arange(whole.rows)), 1.0, KEY)
    assert made.added
    for sample in (whole.sample, made.new):
        code = next(f for f in whole.features if f.name == "place").labels.index("aaa")
        assert ((sample.values["x"] > 0) == (sample.values["place"] == code)).mean() > 0.8


def filled(part: Part) -> tuple[Any, Any]:
    gappy = part.sample.values["gappy"]
    known = np.where(np.isnan(gappy), np.nanmedian(gappy), gappy)
    return np.column_stack([part.sample.values["size"], known]), part.sample.values["place"][
        :, None
    ]


def only(whole: Question, form: str) -> Question:
    """The question with its numbers or its labels alone."""
    features = tuple(f for f in FEATURES if f.form == form)
    values = {f.name: whole.sample.values[f.name] for f in features}
    return replace(whole, features=features, sample=replace(whole.sample, values=values))


@pytest.mark.parametrize("form", ["both", "number", "label"])
def test_smote_is_imbalanced_learns(form: str) -> None:
    whole = question(160, 30) if form == "both" else only(question(160, 30), form)
    part = whole.part(np.arange(0, 160, 2))
    made = Interpolation(SMOTE).training(part, 1.0, KEY)
    seed = int(KEY.generator().integers(2**31))
    settings = {"k_neighbors": 5, "random_state": seed}
    numbers, labels = filled(question(160, 30).part(np.arange(0, 160, 2)))
    if form == "number":
        theirs, _ = Plain(**settings).fit_resample(numbers, part.is_positive)
    elif form == "label":
        theirs, _ = SMOTEN(**settings).fit_resample(labels, part.is_positive)
    else:
        matrix = np.hstack([numbers, labels])
        theirs, _ = SMOTENC([2], **settings).fit_resample(matrix, part.is_positive)
    mine = np.column_stack([made.new.values[f.name] for f in part.features])
    assert mine == pytest.approx(theirs[80:])
    assert not np.isnan(mine).any()


def test_adasyn_of_numbers_is_imbalanced_learns() -> None:
    """Of standardised numbers, for it seeks neighbours."""
    part = only(question(160, 30), "number").part(np.arange(160))
    made = Interpolation(ADASYN).training(part, 1.0, KEY)
    numbers, _ = filled(question(160, 30).part(np.arange(160)))
    centre, spread = numbers.mean(axis=0), numbers.std(axis=0)
    seed = int(KEY.generator().integers(2**31))
    theirs, _ = Adaptive(random_state=seed).fit_resample(
        (numbers - centre) / spread, part.is_positive
    )
    mine = np.column_stack([made.new.values[f.name] for f in part.features])
    assert mine == pytest.approx(theirs[160:] * spread + centre)


@pytest.mark.parametrize("kind", [BORDERLINE, ADASYN])
def test_labels_of_interpolated_rows_are_ones_that_occur(kind: str) -> None:
    part = question(160, 30).part(np.arange(160))
    made = Interpolation(kind).training(part, 1.0, KEY)
    assert set(made.new.values["place"]) <= set(part.sample.values["place"])


def test_interpolation_that_cannot_be_done() -> None:
    whole = question(160, 30)
    few = np.flatnonzero(whole.is_positive)[:1]
    part = whole.part(np.concatenate([few, np.flatnonzero(~whole.is_positive)]))
    for kind in (SMOTE, BORDERLINE, ADASYN):
        with pytest.raises(UnableError, match=f"{kind} needs 2 rows of the smaller class, here 1"):
            Interpolation(kind).training(part, 1.0, KEY)
    two = np.flatnonzero(whole.is_positive)[:2]
    part = whole.part(np.concatenate([two, np.flatnonzero(~whole.is_positive)]))
    assert Interpolation(SMOTE).training(part, 1.0, KEY).added == 128
    # Classes far from each other have no border: no row is in danger, and none is easy to mistake.
    apart = replace(
        whole,
        sample=replace(
            whole.sample, values=whole.sample.values | {"size": 1e3 * whole.is_positive}
        ),
    )
    for kind in (BORDERLINE, ADASYN):
        with pytest.raises(UnableError, match=kind):
            Interpolation(kind).training(apart.part(np.arange(160)), 1.0, KEY)


def test_no_row_of_a_class() -> None:
    """Folds by persons may lack a class: nothing is repeated then, and nothing breaks."""
    part = replace(question(), is_positive=np.zeros(160, bool)).part(np.arange(50))
    with pytest.raises(UnableError, match="no row of the smaller class"):
        RandomOversampling().training(part, 1.0, KEY)
    weights = ClassWeights().training(part, 1.0, KEY).weights
    assert weights is not None and (weights == 1).all()
