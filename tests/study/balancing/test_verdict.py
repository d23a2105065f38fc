"""What a learner's folds say in words: what they cannot tell never reads as "no difference"."""

from __future__ import annotations

from itertools import product

import pytest

from tests.report.study.test_page import ARMS, difference, line, proof
from trimtab.study.balancing.result import Answer
from trimtab.study.balancing.verdict import answers
from trimtab.study.inference import Effect

MEANT = {
    Effect.HELPS: "balancing helps: AUC",
    Effect.HARMS: "balancing harms: AUC",
    Effect.SAME: "balancing makes no difference: AUC",
    Effect.UNSURE: "balancing is not shown to make a difference: AUC",
}
WEIGHTS = {
    Effect.SAME: "class weights rank as well (AUC +.",
    Effect.UNSURE: "class weights are not shown to help or harm (AUC +.",
}


def told(ours: Effect, weights: Effect) -> Answer:
    """The answer where balancing and class weights have these effects."""
    effects = dict.fromkeys(ARMS, Effect.SAME) | {"class weights": weights, "ours": ours}
    lines = tuple(
        line(arm, "lr").model_copy(update={"differences": {"auc": difference(0.02, effect, 0.04)}})
        for arm, effect in effects.items()
    )
    (answer,) = answers(proof(learners=("lr",), lines=lines))
    return answer


@pytest.mark.parametrize(("ours", "weights"), [*product(Effect, Effect)])
def test_words_are_those_of_the_effects(ours: Effect, weights: Effect) -> None:
    answer = told(ours, weights)
    assert answer.effect is ours
    assert answer.verdict.startswith(MEANT[ours])
    assert ("these 10 folds cannot tell from chance" in answer.verdict) == (ours is Effect.UNSURE)
    advice = " ".join(answer.advice)
    for effect, phrase in WEIGHTS.items():
        assert (phrase in advice) == (effect is weights)
    assert "show no difference" not in advice and "shows no difference" not in answer.verdict
