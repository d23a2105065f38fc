"""The verb `prove`: what it says is true of tables whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from tests.places import DATA
from tests.study.study_tables import LR, study
from trimtab import datasets
from trimtab._random import Key
from trimtab._run import Run
from trimtab.errors import ColumnError, InputError, RefusedError
from trimtab.predict.sample import Feature, Form, Sample
from trimtab.request.prove import Prove
from trimtab.study import question as questions
from trimtab.study.balancing.arms.arm import extended
from trimtab.study.balancing.arms.untouched import Untouched
from trimtab.study.balancing.arms.weights import ClassWeights
from trimtab.study.balancing.protocol import Protocol
from trimtab.study.balancing.proving import Proving, execute
from trimtab.study.balancing.result import Proof
from trimtab.study.balancing.summary import proof_of
from trimtab.study.inference import Difference, Effect
from trimtab.study.question import Part, Question, Training, question_of
from trimtab.study.wording import plain, said, signed
from trimtab.table.prepare import prepare
from trimtab.table.schema import Kind, Role
from trimtab.verbs import prove as verb
from trimtab.verbs.prove import prove, study_of

STROKE = DATA / "stroke"
OURS = "trimtab"
COLUMNS, SHIFT = 60, 0.22  # so many say a little each: more than few rows can teach


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few folds, for what is tested hangs on none."""
    small = partial(Protocol, folds=2, repeats=1, inner=2, sizes=(5,), curve_folds=1)
    monkeypatch.setattr(verb, "Protocol", small)


def strokes(rows: int, **changed: Any) -> pd.DataFrame:
    frame = datasets.strokes(rows, seed=1).to_pandas()
    kept = ["age", "gender", "hypertension", "avg_glucose", "stroke"]
    return frame[kept].assign(**changed)


def drawn(draw: np.random.Generator, hit: Any) -> dict[str, Any]:
    """Rows of a simulated table of known classes."""
    return {f"x{k}": draw.normal(size=len(hit)) + SHIFT * hit for k in range(COLUMNS)}


def simulated(rows: int = 600) -> Question:
    hit = np.arange(rows) < rows // 6
    values = drawn(Key(8).generator(), hit)
    features = tuple(Feature(n, Form.NUMBER) for n in values)
    return Question("y", "yes", features, Sample("real", values, np.ones(rows)), hit, {})


@dataclass(frozen=True)
class Oracle:
    """Adds rows of the truth itself (or of nothing but noise): balancing that must help (harm)."""

    truth: bool
    name: str = OURS
    adds: bool = True

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        more = part.wanting(ratio)
        values = drawn(key.generator(), np.full(more, self.truth))
        return extended(part, Sample("real", values, np.ones(more)))


def proof_with(*arms: Any, **protocol: Any) -> Proof:
    folds = {"folds": 5, "repeats": 2, "inner": 2} | protocol
    of = study(simulated(), [Untouched(), *arms], **folds)
    return proof_of(of, execute(of, Run()), OURS, ())


@pytest.fixture(scope="module")
def helped() -> Proof:
    return proof_with(Oracle(True), ClassWeights())


@pytest.fixture(scope="module")
def harmed() -> Proof:
    return proof_with(Oracle(False))


def of_ours(proof: Proof) -> Difference:
    line = proof.line(OURS, LR.name)
    assert line is not None
    return line.differences["auc"]


def test_balancing_that_helps_is_said_to_help(helped: Proof) -> None:
    (answer,) = helped.answers
    found = of_ours(helped)
    assert answer.effect is found.effect is Effect.HELPS
    assert found.low > 0 and found.holm < 0.05
    assert answer.verdict.startswith(f"balancing helps: AUC {said(found)} against doing nothing")
    assert answer.advice[0].startswith("Add the rows, and call a row positive")
    assert all(s.sound for s in helped.controls)  # new rows of the truth are no leak


def test_balancing_that_harms_is_said_to_harm(harmed: Proof) -> None:
    (answer,) = harmed.answers
    assert answer.effect is of_ours(harmed).effect is Effect.HARMS
    assert of_ours(harmed).high < 0
    assert answer.verdict.startswith("balancing harms: AUC -")
    assert answer.advice[0].startswith("Leave the table as it is and call a row positive from")
    assert answer.advice[1].startswith("F1 at the usual cut of .5 (")
    assert answer.advice[1].count("with trimtab") == 2


def test_balancing_that_does_nothing_is_said_to_do_nothing() -> None:
    """The untouched rows under another name: no difference, and surely so."""

    @dataclass(frozen=True)
    class Idle(Untouched):
        name: str = OURS

    (answer,) = (proof := proof_with(Idle(), repeats=1)).answers
    assert answer.effect is Effect.SAME
    assert answer.verdict == "balancing makes no difference: AUC +.000 [+.000, +.000] against " \
        "doing nothing"  # fmt: skip
    assert of_ours(proof).value == 0


def test_what_cannot_be_told_is_not_said(helped: Proof) -> None:
    line = helped.line("class weights", LR.name)
    assert line is not None
    found = line.differences["auc"]
    assert (found.effect is Effect.UNSURE) is (
        found.holm >= 0.05 and max(-found.low, found.high) > 0.005
    )


def test_probabilities_after_balancing(helped: Proof) -> None:
    """Overstated by so much as the shares say, and put right by the shift; ranks stay."""
    line, base = helped.line(OURS, LR.name), helped.line("as it is", LR.name)
    assert line is not None and base is not None
    figures = {n: m.value or 0.0 for n, m in line.figures.items()}
    assert figures["ratio_raw"] > 1.8
    assert figures["brier_raw"] > figures["brier_prior"] + 0.01
    assert 0.6 < figures["ratio_prior"] < 1.6
    assert any(a.startswith("After balancing, stated risks are") for a in helped.answers[0].advice)
    worse = line.differences["brier_raw"]  # less is better of it: above 0 would be an improvement
    assert worse.effect is Effect.HARMS
    assert worse.value == pytest.approx(
        (base.figures["brier_raw"].value or 0) - figures["brier_raw"]
    )
    plain_ = {n: m.value for n, m in base.figures.items()}
    assert plain_["brier_raw"] == plain_["brier_prior"]  # nothing to take back
    assert sum(line.bins["raw"].rows) == 2 * helped.rows


def test_a_proof_survives_json(helped: Proof, harmed: Proof) -> None:
    for proof in (helped, harmed):
        assert Proof.parse(proof.to_json()) == proof
        assert "NaN" not in proof.to_json() and "Infinity" not in proof.to_json()
    with pytest.raises(InputError, match="the proof: no valid proof"):
        Proof.parse("{}")
    with pytest.raises(InputError, match="newer than 3"):
        Proof.parse('{"version": 4}')


@pytest.mark.usefixtures("quick")
def test_strokes_from_end_to_end() -> None:
    steps: list[str] = []
    arguments: dict[str, Any] = {
        "learner": "lr",
        "arms": ("none", "weights", "smote", "trimtab"),
        "protected": "gender",
        "cost": {"fp": 1, "fn": 20},
    }
    frame = strokes(320)
    made = prove(frame, "stroke", progress=lambda what, *_: steps.append(what), **arguments)
    assert made.arms == ("as it is", "class weights", "SMOTE", "trimtab")
    assert (made.rows, made.positive) == (320, "1")
    assert made.positives == made.minority == int((frame["stroke"] == 1).sum())
    assert (made.folds, made.asked, made.curve_folds, made.seed) == (2, 2, 1, 0)
    assert made.learners == (LR.name,)
    assert len(made.lines) == 4 and {p.arm for p in made.curve} == set(made.arms)
    assert {g.group for g in made.groups} == set(frame["gender"])
    assert {s.name for s in made.controls} == {"shuffled classes", "copies of test rows"}
    assert all(s.sound for s in made.controls)
    assert set(made.tails) == {"SMOTE", "trimtab"}
    threshold = made.cost.threshold if made.cost else 0
    assert threshold == pytest.approx(1 / 21)
    assert f"the threshold is {plain(threshold)}" in " ".join(made.answers[0].advice)
    assert dict.fromkeys(steps) == dict.fromkeys(
        ["reading", "outer folds", "shuffled classes", "learning curve"]
    )
    assert Proof.parse(made.to_json()) == made
    assert made.answers[0].verdict in repr(made) and "<li>" in made._repr_html_()


@pytest.mark.usefixtures("quick")
def test_the_same_seed_gives_the_same_proof(tmp_path: Path) -> None:
    """Also when it is broken off, and when the seed or the table is another one it is refused."""
    frame, kept = strokes(220), tmp_path / "part.json"
    arguments: dict[str, Any] = {"learner": "lr", "arms": ["none", "trimtab"]}

    def stop(what: str, done: int, total: int) -> None:
        if (what, done) == ("shuffled classes", 1):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prove(frame, "stroke", checkpoint=kept, progress=stop, **arguments)
    again: dict[str, Any] = {"checkpoint": kept, "resume": True, **arguments}
    swapped = frame.assign(age=frame["age"] + 1)
    for table, changed in (
        (frame, {"seed": 1}),
        (frame, {"cost": {"fp": 1, "fn": 2}}),
        (frame, {"arms": ["none", "weights", "trimtab"]}),
        (frame, {"protected": "gender"}),
        (frame, {"drop": "age"}),
        (swapped, {}),
    ):
        with pytest.raises(InputError, match="is of another table, other settings"):
            prove(table, "stroke", **(again | changed))
    made = prove(frame, "stroke", **again)
    fresh = prove(frame, "stroke", **arguments)
    same = {"cpu_seconds": 0.0}
    assert made.model_copy(update=same) == fresh.model_copy(update=same)


def test_results_hang_on_all_that_is_given() -> None:
    frame = strokes(300)

    def mark(table: pd.DataFrame, **changed: Any) -> str:
        asked: dict[str, Any] = {"protected": "gender", "drop": "gender", "learner": "lr"}
        request = Prove(target="stroke", **(asked | changed))
        return Proving(study_of(request, table)[0]).fingerprint

    groups = np.where(frame["gender"] == "Male", "Female", "Male")
    assert mark(frame) == mark(frame.copy())
    others = [
        mark(frame, learner="rf"),
        mark(frame, thorough=True),
        mark(frame.assign(gender=groups)),
        mark(frame.assign(stroke=frame["stroke"].to_numpy()[::-1])),
        mark(frame.assign(age=frame["age"] + 1)),
    ]
    assert len({mark(frame), *others}) == 1 + len(others)


@pytest.mark.usefixtures("quick")
def test_own_classifiers() -> None:
    own = {"mine": LogisticRegression(max_iter=300), "nearest": KNeighborsClassifier(15)}
    made = prove(strokes(220), "stroke", learner=own, arms=("none", "weights", "trimtab"))
    assert made.learners == ("mine", "nearest")
    assert [a.learner for a in made.answers] == ["mine", "nearest"]
    assert made.line("class weights", "nearest") is None
    assert made.line("class weights", "mine") is not None
    assert any("nearest takes no weights of rows" in note for note in made.notes)


@pytest.mark.usefixtures("quick")
def test_the_positive_class_may_be_the_frequent_one() -> None:
    frame = strokes(220)
    frame["stroke"] = np.where(frame["stroke"] == 1, "ill", "well")
    made = prove(frame, "stroke", positive="well", learner="lr", arms=["none", "trimtab"])
    assert made.positive == "well"
    assert made.minority == 220 - made.positives < made.positives
    line = made.line(OURS, LR.name)
    assert line is not None
    assert (line.figures["ratio_raw"].value or 1) < 1  # the other class is made more frequent
    assert line.figures["brier_prior"].value < line.figures["brier_raw"].value  # type: ignore[operator]


@pytest.mark.usefixtures("quick")
def test_persons_and_missing_classes() -> None:
    frame = strokes(240)
    frame["person"] = [f"P{k // 2:05d}" for k in range(240)]
    frame["stroke"] = np.where(np.arange(240) < 20, None, frame["stroke"].astype(str))
    read = prepare(frame)
    schema = read.schema.change("person", kind=Kind.ENTITY, role=Role.KEEP)
    made = prove(frame, "stroke", learner="lr", arms=["none", "trimtab"], schema=schema)
    assert made.rows == 220 and made.people == 110
    assert "20 rows without a known stroke are left out." in made.notes
    assert any("The 220 rows are those of 110 persons" in note for note in made.notes)
    question, table, _ = question_of(prepare(frame, schema=schema), "stroke", None, (), Key(0))
    assert "person" not in {f.name for f in question.features}
    assert "stroke" not in table.schema
    for train, test in study(question).outer():
        people = question.sample.people
        assert people is not None and not set(people[train]) & set(people[test])


def test_a_column_that_is_known_only_where_the_class_is_not() -> None:
    frame = strokes(300)
    frame["stroke"] = np.where(np.arange(300) < 20, None, frame["stroke"].astype(str))
    frame["late"] = np.where(np.arange(300) < 20, np.arange(300) / 7, np.nan)
    question, _, notes = question_of(prepare(frame), "stroke", None, (), Key(0))
    assert np.isnan(question.sample.values["late"]).all()
    assert notes == ("20 rows without a known stroke are left out.",)


def test_a_column_that_knows_the_answer() -> None:
    frame = strokes(300)
    frame["treated"] = np.where(frame["stroke"] == 1, "yes", "no")
    frame["score"] = frame["stroke"] * 9.5 - np.arange(300) / 100
    notes = question_of(prepare(frame), "stroke", None, (), Key(0))[2]
    told = [n for n in notes if "ranks the rows almost without error" in n]
    assert [n.split()[0] for n in told] == ["treated", "score"]


def test_of_many_rows_some_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MAX_ROWS", 200)
    frame = strokes(300, avg_glucose=np.arange(300) + 0.5)
    question, table, notes = question_of(prepare(frame), "stroke", None, ("gender",), Key(0))
    assert question.rows == table.rows == 200 == len(question.protected["gender"])
    assert any(n.startswith("200 of 300 rows were drawn at random") for n in notes)
    # Rows, classes, groups and the table are of the same rows.
    glucose = table.column("avg_glucose").to_numpy()
    assert (question.sample.values["avg_glucose"] == glucose).all()
    mine = frame.iloc[(glucose - 0.5).astype(int)]
    assert (question.is_positive == (mine["stroke"] == 1)).all()
    assert (question.protected["gender"] == mine["gender"]).all()
    assert table.column("age").to_pylist() == mine["age"].tolist()


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"target": "strok"}, ColumnError, r"target: there is no column 'strok'.*'stroke'"),
    ({"target": "age"}, ColumnError, "target 'age' is a number with many values"),
    ({"target": "sort"}, ColumnError, "target 'sort' has 3 classes: name the one.*: x, y, z"),
    ({"positive": "2"}, ColumnError, "positive = '2': 'stroke' has no such class"),
    ({"protected": "race"}, ColumnError, "protected: there is no column 'race'"),
    ({"protected": "stroke"}, ColumnError, "protected: 'stroke' is the target"),
    ({"drop": "stroke"}, ColumnError, "stroke"),
    ({"cost": {"fp": 1}}, InputError, "cost = "),
    ({"arms": ["none", "weights"]}, InputError, "expected 'none' and 'trimtab' among them"),
    ({"arms": "smoke"}, InputError, "arms = 'smoke': expected one of"),
    ({"learner": "svm"}, InputError, "learner = 'svm': expected some of lr, rf, gbm"),
    ({"learner": LogisticRegression()}, InputError, "learner = .*expected some of"),
    ({"minutes": 0}, InputError, "minutes = 0: expected a number above 0"),
    ({"minutes": True}, InputError, "minutes = True"),
    ({"minutes": float("inf")}, InputError, "minutes = inf"),
    ({"minutes": 1e-4}, RefusedError, r"minutes = 0.0001 was enough for 0 of 10 outer folds: at"),
    ({"workers": 0}, InputError, "workers = 0: expected a whole number of at least 1"),
    ({"seed": -1}, InputError, "seed = -1"),
    ({"resume": True}, InputError, "`resume` was asked without a `checkpoint`"),
    ({"target": "rare"}, RefusedError, "the smaller class has 7 rows: at least 8 are needed"),
]


@pytest.mark.parametrize(("changed", "error", "text"), BAD)
def test_bad_requests(changed: dict[str, Any], error: type[Exception], text: str) -> None:
    frame = strokes(300).assign(sort=["x", "y", "z"] * 100, rare=["r"] * 7 + ["s"] * 293)
    arguments: dict[str, Any] = {"target": "stroke"} | changed
    with pytest.raises(error, match=text):
        prove(frame, **arguments)


def test_folds_fit_the_smaller_class() -> None:
    frame = strokes(120).assign(y=["r"] * 9 + ["s"] * 111)
    question = question_of(prepare(frame), "y", None, (), Key(0))[0]
    assert verb._protocol(question, None, None, False, None).folds == 4
    with pytest.raises(RefusedError, match="at least 12 are needed"):
        verb._protocol(question, None, None, True, None)
    large = question_of(prepare(strokes(900)), "gender", "Male", (), Key(0))[0]
    found = verb._protocol(large, None, None, True, None)
    assert (found.folds, found.repeats, found.inner, found.curve_folds) == (10, 10, 5, 20)
    assert verb._protocol(large, None, None, False, None) == Protocol()


@pytest.mark.usefixtures("quick")
def test_a_class_of_few_rows_is_studied_and_said_to_be() -> None:
    """Eight rows leave two in an inner fold of two, which `balance` refuses; the arm goes on."""
    frame = strokes(200).assign(y=["r"] * 8 + ["s"] * 192)
    made = prove(frame, "y", learner="lr", arms=["none", "trimtab"], sizes=())
    assert any("Some parts leave only 2 rows of the smaller class" in note for note in made.notes)
    assert made.line(OURS, LR.name) is not None
    enough = study_of(Prove(target="stroke", sizes=()), strokes(600))[1]
    fewer = study_of(Prove(target="stroke", sizes=(2, 20)), strokes(600))[1]
    assert "Some parts leave only 2 rows" in " ".join(fewer)
    assert not any("Some parts leave" in note for note in enough)


def test_numbers_in_words() -> None:
    assert [signed(x) for x in (0.0454, -0.0454, 0.0, -0.0001, 1.5, -1.25)] == [
        *("+.045", "-.045", "+.000", "+.000", "+1.500", "-1.250")
    ]
    assert [plain(x) for x in (0.25, 1.0, None, -0.0)] == [".250", "1.000", "–", ".000"]


@pytest.mark.stress
@pytest.mark.skipif(not STROKE.is_dir(), reason="../shared/data/stroke is not here")
@pytest.mark.usefixtures("quick")
def test_stroke_is_not_helped() -> None:
    """The table of many papers that balance: the ranking of rows does not improve."""
    frame = pd.read_csv(STROKE / "train.csv").head(450)
    frame = frame[["age", "hypertension", "avg_glucose_level", "gender", "stroke"]]
    made = prove(frame, "stroke", learner="lr", arms=("none", "trimtab"))
    base = made.line("as it is", LR.name)
    assert base is not None
    assert 0.6 < (base.figures["auc"].value or 0) < 0.95
    assert made.answers[0].effect is not Effect.HELPS
    assert (base.figures["f1_at_half"].value or 0) < (base.figures["f1"].value or 0)
    assert all(s.sound for s in made.controls)
