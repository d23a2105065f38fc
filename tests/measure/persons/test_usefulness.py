"""What learners make of synthetic persons: nothing lost by real ones, much by rows dealt anew."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.measure.persons.made_persons import KEY, changed, dealt, found, people
from trimtab._arrays import Float
from trimtab.measure.persons.usefulness import _uncertainty_taken, next_rows, outcomes
from trimtab.measure.score import Score, Verdict

REAL, OTHER, HELD = people(150), people(150, seed=1), people(150, seed=2)


@cache
def scores(name: str) -> dict[str, Score]:
    table = {"other": OTHER, "dealt": dealt(OTHER), "same": REAL}[name]
    return {s.name: s for s in next_rows(found(REAL, table, HELD), KEY).scores}


def test_other_persons_teach_as_much() -> None:
    own = scores("other")
    assert set(own) == {
        "next_row_skill_lost",
        "next_row_skill(weight)",
        "next_row_skill(state)",
    }
    lost = own["next_row_skill_lost"]
    assert lost.headline
    assert lost.verdict is Verdict.GOOD, lost
    assert own["next_row_skill(weight)"].value == pytest.approx(0.85, abs=0.12)
    assert "held-out persons" in lost.because


def test_the_same_persons_lose_nothing() -> None:
    assert scores("same")["next_row_skill_lost"].value == pytest.approx(0)


def test_rows_dealt_to_others_teach_nothing_of_the_next_row() -> None:
    lost = scores("dealt")["next_row_skill_lost"]
    assert lost.beyond_doubt
    assert lost.value is not None and lost.value > 0.5
    state = scores("dealt")["next_row_skill(state)"]
    assert state.value is not None and state.value < 0.05
    assert state.ceiling is not None and state.ceiling > 0.2
    # What a row says of the person still tells of its own weight, but less than the row before.
    weight = scores("dealt")["next_row_skill(weight)"]
    assert weight.beyond_doubt


def test_where_rows_tell_nothing_there_is_nothing_to_lose() -> None:
    draw = KEY.child("noise").generator()

    def noise(table):  # type: ignore[no-untyped-def]
        rows = table.num_rows
        return changed(
            table, weight=draw.normal(size=rows), state=draw.choice(["a", "b"], rows).tolist()
        )

    found_ = next_rows(found(noise(REAL), noise(OTHER), noise(HELD)), KEY)
    (lost,) = [s for s in found_.scores if s.measure == "next_row_skill_lost"]
    assert lost.verdict is Verdict.UNKNOWN
    assert not lost.headline


def test_without_held_out_persons_a_quarter_is_tested() -> None:
    (lost,) = [
        s for s in next_rows(found(REAL, OTHER), KEY).scores if s.measure == "next_row_skill_lost"
    ]
    assert "a quarter of the real persons" in lost.because
    assert lost.n < 60


@pytest.mark.parametrize("times", [np.ones((1, 6)), np.array([[2.0, 1, 0, 1, 3, 1]])])
def test_uncertainty_taken_away_is_that_of_the_entropy(times: Float) -> None:
    truth = np.array([0, 1, 1, 2, 0, 0])
    stated = np.array([[0.6, 0.3, 0.1]] * 3 + [[0.2, 0.2, 0.6]] * 3)
    drawn = np.repeat(np.arange(6), times[0].astype(int))
    shares = np.bincount(truth[drawn], minlength=3) / len(drawn)
    entropy = -np.sum(shares[shares > 0] * np.log(shares[shares > 0]))
    loss = -np.mean(np.log(stated[drawn, truth[drawn]]))
    assert _uncertainty_taken(truth, stated, times)[0] == pytest.approx(1 - loss / entropy)


def outcome(name: str) -> Score:
    shuffled = [*OTHER["ill"].to_pylist()]
    by_person = dict(zip(OTHER["patient_id"].to_pylist(), shuffled, strict=True))
    answers = KEY.child("answers").generator().permutation([*by_person.values()])
    anew = dict(zip(by_person, map(str, answers), strict=True))
    wrong = changed(OTHER, ill=[anew[who] for who in OTHER["patient_id"].to_pylist()])
    only = changed(OTHER, ill=["yes"] * OTHER.num_rows)
    persons = found(REAL, {"other": OTHER, "wrong": wrong, "only": only}[name], HELD)
    target = next(f for f in persons.constants if f.name == "ill")
    (score,) = outcomes(persons, target, KEY).scores
    return score


def test_the_outcome_of_persons_is_learned_from_all_their_rows() -> None:
    good, wrong = outcome("other"), outcome("wrong")
    assert good.verdict is Verdict.GOOD, good
    assert good.about == ("ill",)
    assert "AUC 0.9" in good.because or "AUC 0.8" in good.because
    assert wrong.beyond_doubt
    assert wrong.value is not None and wrong.value > 0.2


def test_an_outcome_of_one_value_cannot_be_learned() -> None:
    score = outcome("only")
    assert score.verdict is Verdict.UNKNOWN
    assert "one value only in the synthetic table" in score.because


def test_an_outcome_that_is_a_number_is_learned_too() -> None:
    persons = found(REAL, OTHER, HELD)
    target = next(f for f in persons.constants if f.name == "born")
    (score,) = outcomes(persons, target, KEY).scores  # which nothing tells of
    assert "R²" in score.because
    assert score.verdict in (Verdict.GOOD, Verdict.MIDDLING)
