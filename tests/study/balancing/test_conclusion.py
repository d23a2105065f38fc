"""The bottom line for all learners: on all combinations of effects it says what holds of them."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab._random import Key
from trimtab.study.balancing.conclusion import Worth, concluded
from trimtab.study.inference import Difference, Effect, differences

NAMES = ("lr", "forest", "trees", "mine")
COMBINATIONS = [c for n in range(1, 5) for c in product(Effect, repeat=n)]
DONE = {
    Effect.HARMS: "it harms",
    Effect.SAME: "it makes no difference for",
    Effect.UNSURE: "no difference is shown for",
}


def of(*effects: Effect) -> dict[str, Effect]:
    return dict(zip(NAMES, effects, strict=False))


@pytest.mark.parametrize("effects", COMBINATIONS, ids="-".join)
def test_every_combination(effects: tuple[Effect, ...]) -> None:
    """By the counts alone, and without the rules' own order."""
    found = concluded(of(*effects))
    helps, unsure, harms = (effects.count(e) for e in (Effect.HELPS, Effect.UNSURE, Effect.HARMS))
    assert (found.worth is Worth.ALL) == (helps == len(effects))
    assert (found.worth is Worth.SOME) == (0 < helps < len(effects))
    assert (found.worth is Worth.EVEN) == (effects.count(Effect.SAME) == len(effects))
    assert (found.worth is Worth.UNSHOWN) == (not helps and unsure > 0)
    assert (found.worth is Worth.NONE) == (not helps and not unsure and harms > 0)
    text = found.text
    assert text.startswith("balancing ") and "  " not in text and not text.endswith((".", " "))
    assert ("helps" in text) == (helps > 0)  # never of none, always of some
    if 0 < helps < len(effects):
        named = [n for n, e in of(*effects).items() if e is Effect.HELPS]
        assert f"helps {helps} of {len(effects)} learners ({', '.join(named)}); " in text
    elif not helps and len(effects) > 1:
        assert f"for any of {len(effects)} learners" in text
    if len(set(effects)) > 1:
        for effect, phrase in DONE.items():
            mine = [n for n, e in of(*effects).items() if e is effect]
            assert (f"{phrase} {len(mine)} ({', '.join(mine)})" in text) == bool(mine)
        told = [int(n) for n in re.findall(r"(\d+) (?:of \d+ learners )?\(", text)]
        assert sum(told) == len(effects)  # each learner is counted once


@pytest.mark.parametrize(
    ("effects", "text"),
    [
        ((Effect.HELPS,) * 3, "balancing helps all 3 learners"),
        ((Effect.HELPS,), "balancing helps lr"),
        (
            (Effect.HELPS, Effect.UNSURE, Effect.HARMS),
            "balancing helps 1 of 3 learners (lr); it harms 1 (trees) and no difference is shown "
            "for 1 (forest)",
        ),
        ((Effect.SAME,) * 2, "balancing makes no difference that matters for any of 2 learners"),
        ((Effect.HARMS,) * 3, "balancing is not worth it for any of 3 learners: it harms all"),
        ((Effect.HARMS,), "balancing is not worth it for lr: it harms"),
        (
            (Effect.SAME, Effect.HARMS, Effect.SAME),
            "balancing is not worth it for any of 3 learners: it harms 1 (forest) and it makes "
            "no difference for 2 (lr, trees)",
        ),
        ((Effect.UNSURE,) * 3, "balancing is not shown to be worth it for any of 3 learners"),
        (
            (Effect.UNSURE, Effect.SAME),
            "balancing is not shown to be worth it for any of 2 learners: it makes no difference "
            "for 1 (forest) and no difference is shown for 1 (lr)",
        ),
    ],
)
def test_sentences_by_hand(effects: tuple[Effect, ...], text: str) -> None:
    assert concluded(of(*effects)).text == text


def test_no_learner_concludes_nothing() -> None:
    assert concluded({}).worth is Worth.UNSHOWN


def test_a_learner_that_is_as_good_without_is_told() -> None:
    """To help a learner that another one outdoes on the table as it is is no reason to balance."""
    effects = of(Effect.HELPS, Effect.UNSURE, Effect.HARMS)
    untouched = {"lr": 0.70, "forest": 0.81, "trees": 0.84}
    weaker = concluded(effects, untouched, {"lr": 0.80, "forest": 0.9, "trees": 0.9}).text
    assert weaker.endswith(
        ". On the table as it is trees ranks as well or better (AUC .840, of those that it helps "
        "at most .800)"
    )
    better = concluded(effects, untouched, {"lr": 0.85})
    assert better == concluded(effects)
    every = concluded(of(Effect.HELPS), {"lr": 0.7}, {"lr": 0.8})
    assert every == concluded(of(Effect.HELPS))


def test_learners_that_are_helped_by_themselves_alone() -> None:
    effects = of(Effect.HELPS, Effect.HARMS, Effect.SAME, Effect.UNSURE)
    few = concluded(effects, ps={"lr": 0.04, "forest": 0.03, "trees": 0.9, "mine": 0.5})
    assert few.worth is Worth.UNSHOWN
    assert few.text == (
        "balancing is not shown to be worth it for any of 4 learners: it makes no difference for 1 "
        "(trees) and no difference is shown for 3 (lr, forest, mine). That it helps lr and harms "
        "forest is shown where a learner is tested by itself, and among 4 learners can be chance"
    )
    sure = concluded(effects, ps={"lr": 0.012, "forest": 0.016, "trees": 0.9, "mine": 0.5})
    assert sure == concluded(effects)
    alone = {"lr": Effect.HELPS}
    assert concluded(alone, ps={"lr": 0.049}) == concluded(alone)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(Effect), st.integers(0, 99)), min_size=1, max_size=4))
def test_the_bottom_line_names_what_holm_rejects(told: list[tuple[Effect, int]]) -> None:
    """Of what is helped or harmed; his procedure is stepped through here."""
    effects = of(*(effect for effect, _ in told))
    # Nearer to 0 the smaller, and off every level that is tested at.
    ps = {x: (n / 100) ** 2 + 1e-4 for x, (_, n) in zip(effects, told, strict=True)}
    rejected = set()
    for place, x in enumerate(sorted(ps, key=lambda x: ps[x])):
        if ps[x] >= 0.05 / (len(ps) - place):
            break
        rejected.add(x)
    both = (Effect.HELPS, Effect.HARMS)
    kept = {
        x: Effect.UNSURE if effect in both and x not in rejected else effect
        for x, effect in effects.items()
    }
    found, plain = concluded(effects, ps=ps), concluded(kept)
    assert found.worth is plain.worth
    assert found.text.startswith(plain.text)
    for x, effect in effects.items():
        assert (f"{effect} {x}" in found.text.removeprefix(plain.text)) == (effect is not kept[x])


def test_learners_without_an_effect_are_named_as_rarely_as_one() -> None:
    """Of four independent ones, one or more is in 4.9 % of proofs; by themselves in 18.5 %."""
    studies, learners = 1500, 4
    draw = Key(4).generator().normal(size=(studies, learners, 8))
    named, helped, by_themselves = [], [], []
    for one in draw:
        found: dict[str, Difference] = {
            x: differences({"ours": list(f)}, 0.0, 0.0)["ours"]
            for x, f in zip(NAMES, one, strict=True)
        }
        effects = {x: d.effect for x, d in found.items()}
        text = concluded(effects, ps={x: d.holm for x, d in found.items()}).text
        line = text.split(". That it")[0]
        helped.append("helps" in line)
        named.append("helps" in line or "harms" in line)
        by_themselves.append(any(e is not Effect.UNSURE for e in effects.values()))
    for rates, expected in (
        (named, 1 - (1 - 0.05 / learners) ** learners),
        (helped, 1 - (1 - 0.025 / learners) ** learners),  # a half of it, nearly
        (by_themselves, 1 - 0.95**learners),
    ):
        assert abs(np.mean(rates) - expected) < 4 * np.sqrt(expected * (1 - expected) / studies)
