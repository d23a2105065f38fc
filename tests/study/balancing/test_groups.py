"""Gaps between groups: as fairlearn finds them on the same calls, and their error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fairlearn.metrics import (
    demographic_parity_difference,
    equal_opportunity_difference,
    selection_rate,
)

from trimtab._random import Key
from trimtab.study.balancing.fold import FoldResult, Outcome, Rates
from trimtab.study.balancing.groups import gaps, groups

BASE, ARM = "as it is", "trimtab"
FOLDS, SHARE = 5, 0.25


def calls(rows: int = 600, seed: int = 1) -> tuple[Any, Any, dict[str, Any], Any]:
    """Groups, truths, the calls of two arms, and outer folds."""
    draw = Key(seed).generator()
    group = draw.choice(["a", "b", "c"], rows, p=[0.5, 0.3, 0.2])
    hit = draw.random(rows) < np.where(group == "a", 0.3, 0.5)
    score = draw.random(rows) + 0.3 * hit - 0.2 * (group == "c")
    called = {BASE: score > 0.6, ARM: score + 0.1 * (group == "c") > 0.55}
    return group, hit, called, np.arange(rows) % FOLDS


def result(group: Any, hit: Any, called: dict[str, Any], rows: Any) -> FoldResult:
    def rates(arm: str) -> tuple[Rates, ...]:
        return tuple(
            Rates(
                column="race",
                group=str(g),
                rows=int((m := rows & (group == g)).sum()),
                positives=int((m & hit).sum()),
                called=int((m & called[arm]).sum()),
                right=int((m & hit & called[arm]).sum()),
            )
            for g in np.unique(group[rows])
        )

    return FoldResult(
        outcomes=tuple(
            Outcome(
                arm=arm,
                learner="lr",
                ratio=1.0,
                figures={},
                thresholds={},
                bins={},
                rates=rates(arm),
            )
            for arm in called
        )
    )


def results(group: Any, hit: Any, called: dict[str, Any], fold: Any) -> list[FoldResult]:
    return [result(group, hit, called, fold == k) for k in range(FOLDS)]


def test_gaps_are_fairlearns() -> None:
    group, hit, called, fold = calls()
    folds = results(group, hit, called, fold)
    found = {g.arm: g for g in gaps(folds, SHARE)}
    parity, opportunity = {}, {}
    for arm, said in called.items():
        parity[arm] = demographic_parity_difference(hit, said, sensitive_features=group)
        opportunity[arm] = equal_opportunity_difference(hit, said, sensitive_features=group)
        assert found[arm].selected == pytest.approx(parity[arm])
        assert found[arm].recalled == pytest.approx(opportunity[arm])
    assert found[BASE].selected_change is found[BASE].recalled_change is None
    for change, theirs in (
        (found[ARM].selected_change, parity),
        (found[ARM].recalled_change, opportunity),
    ):
        assert change is not None
        assert change[0] == pytest.approx(theirs[ARM] - theirs[BASE])
    rates = {(g.arm, g.group): g for g in groups(folds)}
    assert len(rates) == 6
    for (arm, name), of in rates.items():
        assert of.rows == (group == name).sum()
        mine = group == name
        assert of.selected == pytest.approx(selection_rate(hit[mine], called[arm][mine]))
        assert of.recalled == pytest.approx(called[arm][mine & hit].mean())


def test_error_of_a_change_is_the_widened_jackknifes() -> None:
    group, hit, called, fold = calls()
    found = {g.arm: g for g in gaps(results(group, hit, called, fold), SHARE)}
    change = found[ARM].selected_change
    assert change is not None

    def without(k: int) -> float:
        rows = fold != k
        one, other = (
            demographic_parity_difference(
                hit[rows], called[a][rows], sensitive_features=group[rows]
            )
            for a in (ARM, BASE)
        )
        return float(one - other)

    left = np.array([without(k) for k in range(FOLDS)])
    plain = np.sqrt((FOLDS - 1) / FOLDS * np.square(left - left.mean()).sum())
    assert plain > 0
    assert change[1] == pytest.approx(plain * np.sqrt(1 + FOLDS * SHARE))


def test_repeats_do_not_pass_for_new_rows() -> None:
    """The same rows tested twice: nothing more is known, and the error hardly falls."""
    group, hit, called, fold = calls()
    once = results(group, hit, called, fold)
    (one,) = (g.selected_change for g in gaps(once, SHARE) if g.arm == ARM)
    (two,) = (g.selected_change for g in gaps(once * 2, SHARE) if g.arm == ARM)
    assert one is not None and two is not None
    assert two[0] == pytest.approx(one[0])
    assert 0.8 * one[1] < two[1] <= one[1]


def test_small_groups_are_not_compared() -> None:
    group, hit, called, fold = calls()
    group = np.where(np.arange(600) < 20, "tiny", group)
    found = {g.arm: g for g in gaps(results(group, hit, called, fold), SHARE)}
    large = group != "tiny"
    theirs = demographic_parity_difference(
        hit[large], called[ARM][large], sensitive_features=group[large]
    )
    assert found[ARM].selected == pytest.approx(theirs)
    twice = {g.arm: g for g in gaps(results(group, hit, called, fold) * 2, SHARE, repeats=2)}
    assert twice[ARM].selected == pytest.approx(theirs)  # 40 tests of 20 rows are not 40 rows
    alone = np.full(600, "a")
    for gap in gaps(results(alone, hit, called, fold), SHARE):
        assert gap.selected is gap.recalled is gap.selected_change is None


def test_an_arm_without_a_base() -> None:
    group, hit, called, fold = calls()
    folds = results(group, hit, {ARM: called[ARM]}, fold)
    (found,) = gaps(folds, SHARE)
    assert found.selected is not None and found.selected_change is None
    assert groups([]) == gaps([], SHARE) == ()
