"""Controls: they find arms that leak, and are silent about honest ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from tests.study.study_tables import Leaking, question, study
from trimtab._random import Key
from trimtab._run import Run
from trimtab.errors import InputError
from trimtab.predict.sample import Feature, Form, Sample
from trimtab.study.balancing.arms.arm import Arm, extended
from trimtab.study.balancing.arms.oversampling import RandomOversampling
from trimtab.study.balancing.arms.smote import Interpolation
from trimtab.study.balancing.arms.untouched import Untouched
from trimtab.study.balancing.controls import (
    Control,
    ShuffledResult,
    copy_controls,
    run_shuffled,
    shuffled_controls,
)
from trimtab.study.balancing.copies import Copies, copied
from trimtab.study.balancing.result import PROOF_VERSION, Proof
from trimtab.study.learners import Estimator
from trimtab.study.question import Part, Question, Training

NO_END = Run()


@dataclass(frozen=True)
class Peeking:
    """An arm that writes the classes of all rows into what is learned from: they are no secret."""

    name: str = "peeking"
    adds: bool = True

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        whole = part.question
        return extended(part, whole.sample.take(np.flatnonzero(whole.is_positive == part.rarer)))


def counted(of: Question, arm: Arm) -> Copies:
    parts = [(of.part(a), of.part(b)) for a, b in study(of).outer()]
    return reduce(add, [copied(arm.training(a, 1.0, Key(1)), a, b) for a, b in parts])


def few_labels(rows: int = 900) -> Question:
    """A table in which most rows occur more than once."""
    draw = Key(4).generator()
    features = tuple(Feature(f"c{k}", Form.LABEL, tuple("abcdef"), 6) for k in range(4))
    shares = [0.4, 0.25, 0.15, 0.1, 0.06, 0.04]
    values = {f.name: draw.choice(6, rows, p=shares).astype(np.int64) for f in features}
    hit = draw.random(rows) < 0.05 + 0.05 * sum(v == 0 for v in values.values())
    return Question("y", "yes", features, Sample("real", values, np.ones(rows)), hit, {})


def test_copies_are_counted() -> None:
    whole = question(90, 30)
    train, test = whole.part(np.arange(60)), whole.part(np.arange(60, 90))
    rows = whole.sample.take(np.array([60, 61, 61, 0, 1]))
    made = extended(train, rows)
    found = copied(made, train, test)
    assert (found.added, found.copies, found.novel) == (5, 3, 3)
    assert (found.real, found.real_copies) == (int(train.minority.sum()), 0)
    again = copied(extended(train, rows), train, whole.part(np.arange(5)))
    assert again.copies == 2 and again.novel == 0  # rows 0 and 1 are in the training rows as well
    assert again.real_copies == int(train.minority[:5].sum())


@pytest.mark.parametrize("arm", [RandomOversampling(), Interpolation()], ids=lambda a: a.name)
@pytest.mark.parametrize("labels", [False, True])
def test_honest_arms_are_no_alarm(arm: Arm, labels: bool) -> None:
    """Not even where few labels make rows alike, of which SMOTE repeats the most frequent."""
    found = counted(few_labels() if labels else question(300, 40), arm)
    assert found.added and not found.alarming
    if labels:
        assert found.copies > 0.5 * found.added and found.real_copies
    (said,) = copy_controls({arm.name: found})
    assert said.sound and said.arm == arm.name and "of the rows that" in said.text


@pytest.mark.parametrize("labels", [False, True])
def test_copies_of_test_rows_are_found(labels: bool) -> None:
    found = counted(few_labels() if labels else question(300, 40), Leaking())
    if not labels:
        assert found.alarming
        assert not copy_controls({"leaking": found})[0].sound
    assert found.novel > 0


def test_copies_that_say_nothing() -> None:
    assert not Copies(added=0, copies=0, real=10, real_copies=0).alarming
    assert not Copies(added=9, copies=9, real=0, real_copies=0, novel=9).alarming
    assert Copies(added=99, copies=9, real=99, real_copies=0, novel=9).alarming is False
    assert Copies(added=99, copies=30, real=99, real_copies=0, novel=30).alarming
    assert Copies.model_validate_json('{"added":1,"copies":0,"real":1,"real_copies":0}').novel == 0


def test_shuffled_classes_find_an_arm_that_peeks() -> None:
    nearest = Estimator("nearest row", KNeighborsClassifier(1))
    arms = [Untouched(), RandomOversampling(), Peeking()]
    of = study(question(200, 60), arms, [nearest], folds=5)
    found = shuffled_controls([run_shuffled(of, k, NO_END) for k in range(5)])
    assert [s.arm for s in found] == ["as it is", "random over-sampling", "peeking"]
    assert [s.sound for s in found] == [True, True, False]


def test_shuffled_classes_are_shuffled_alike_in_all_folds() -> None:
    of = study(question(200, 60), [Untouched()])
    one, again = (run_shuffled(of, 1, NO_END) for _ in range(2))
    assert one == again
    assert one != run_shuffled(of, 2, NO_END)


def test_shuffled_error_is_of_an_auc_by_chance() -> None:
    """Hanley and McNeil 1982, against simulated ranks; and the mean over folds that share rows."""
    draw = Key(6).generator()
    hits, misses = 12, 40
    ranks = draw.permuted(np.tile(np.arange(52.0), (4000, 1)), axis=1)[:, :hits].sum(axis=1)
    auc = (ranks - hits * (hits - 1) / 2) / (hits * misses)
    formula = np.sqrt((hits + misses + 1) / (12 * hits * misses))
    assert auc.std() == pytest.approx(formula, rel=0.05)
    of = study(question(156, 36), [Untouched()], folds=3)
    result = run_shuffled(of, 0, NO_END)
    _, test = next(iter(of.outer()))
    rows = of.question.permuted(of.key.child("shuffled").generator()).is_positive[test]
    assert result.error == pytest.approx(np.sqrt(53 / (12 * rows.sum() * (~rows).sum())), rel=1e-9)


def test_shuffled_alarms_are_as_rare_as_they_claim() -> None:
    """Folds learn from each other's rows, so that their mean varies more than of single folds."""
    draw, z = Key(7).generator(), []
    for _ in range(300):
        x, hit = draw.normal(size=(120, 8)), draw.permutation(np.arange(120) < 40)
        fold = np.arange(120) % 5
        results = []
        for k in range(5):
            train, test = fold != k, fold == k
            slope = x[train][hit[train]].mean(axis=0) - x[train][~hit[train]].mean(axis=0)
            n, m = hit[test].sum(), (~hit[test]).sum()
            above = np.subtract.outer(*((x[test] @ slope)[c] for c in (hit[test], ~hit[test]))) > 0
            error = float(np.sqrt((n + m + 1) / (12 * n * m)))
            results.append(ShuffledResult(auc={"a": float(above.mean())}, error=error))
        mean = np.mean([r.auc["a"] for r in results])
        error = np.sqrt(2 * sum(r.error**2 for r in results)) / len(results)
        z.append((mean - 0.5) / error)
        (said,) = shuffled_controls(results)
        assert said.sound is bool(abs(z[-1]) < 3.2905)  # p of .001
    assert 0.85 < np.std(z) < 1.1


def test_shuffled_auc_far_from_chance() -> None:
    far = [ShuffledResult(auc={"a": 0.9, "b": 0.5}, error=0.05) for _ in range(5)]
    a, b = shuffled_controls(far)
    assert (a.sound, b.sound) == (False, True)
    assert "the AUC of 'a' is .900" in a.text
    low = [ShuffledResult(auc={"a": 0.1}, error=0.05) for _ in range(5)]
    assert not shuffled_controls(low)[0].sound
    assert shuffled_controls([]) == ()


def test_a_proof_of_version_1_calls_them_sentinels() -> None:
    control = Control(name="copies of test rows", arm="SMOTE", sound=True, text="none do")
    proof = Proof(
        trimtab="9.8.7",
        target="y",
        positive="yes",
        rows=100,
        positives=20,
        minority=20,
        people=None,
        arms=("as it is", "SMOTE"),
        ours="ours",
        learners=("boosted trees",),
        folds=2,
        asked=2,
        repeats=1,
        inner=3,
        ratios=(1.0,),
        sizes=(),
        curve_folds=0,
        seed=0,
        answers=(),
        lines=(),
        controls=(control,),
    )
    content = json.loads(proof.to_json())
    assert content["version"] == PROOF_VERSION == 3 and "sentinels" not in content
    assert Proof.parse(json.dumps(content)) == proof
    old = content | {"version": 1, "sentinels": content.pop("controls")}
    assert Proof.parse(json.dumps(old)) == proof
    with pytest.raises(InputError, match="no valid proof, at more"):
        Proof.parse(json.dumps(old | {"more": 1}))
