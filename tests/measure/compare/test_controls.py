"""What figures stand beside: columns drawn by themselves, and held-out rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.measure.made_tables import compared, real_table, shuffled, simulated, split, taken
from trimtab._random import Key
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.controls import Controls
from trimtab.measure.evidence import Evidence
from trimtab.measure.fidelity import detection, group_fidelity, marginals, pairs, tails
from trimtab.measure.fidelity import published_detection as published
from trimtab.measure.score import Findings, Score, Verdict
from trimtab.measure.scorecard import Settings

KEY = Key(3)


def evidence(comparison: Comparison, **settings: Any) -> Evidence:
    return Evidence(comparison, Settings(**settings), KEY, 50_000)


def found(part: Any, seen: Evidence) -> Findings:
    return sum((step() for step in part.PART.steps(seen)), Findings())


def headline(part: Any, seen: Evidence) -> Score:
    return next(s for s in found(part, seen).scores if s.headline)


def three(rows: int = 1_500, synthetic: Any = None) -> Comparison:
    made = simulated(rows, 2) if synthetic is None else synthetic
    return compared(simulated(rows, 1), made, simulated(rows // 2, 3))


def test_columns_alone_keep_their_columns_and_nothing_else() -> None:
    rows = 4_000
    size = np.random.default_rng(1).normal(size=rows)
    table = {"a": [*size], "b": [*(2 * size)], "c": ["x" if s > 0 else "y" for s in size]}
    alone = Controls.of(compared(table, table), KEY).alone
    drawn = alone.synthetic.values
    assert alone.synthetic.rows == rows and set(drawn["a"]) <= set(size)
    assert abs(np.corrcoef(drawn["a"], drawn["b"])[0, 1]) < 5 / np.sqrt(rows)
    assert abs(np.mean(drawn["a"][drawn["c"] == 0] > 0) - 0.5) < 0.05
    assert abs(drawn["a"].mean()) < 5 / np.sqrt(rows)


def test_columns_alone_are_drawn_by_weight() -> None:
    weights = np.array([3.0] * 500 + [0.0001] * 500)
    table = {"a": [0.0] * 500 + [1.0] * 500}
    alone = Controls.of(compared(table, table, weights=weights), KEY).alone
    assert alone.synthetic.values["a"].mean() < 0.01


def test_headlines_stand_beside_both_controls() -> None:
    seen = evidence(three())
    for part, lost in ((marginals, False), (pairs, True), (detection, True)):
        score = headline(part, seen)
        assert score.heldout is not None and score.columns_alone is not None
        assert score.value is not None and score.ceiling is not None
        # Columns alone have the shape of every column, and no relation.
        apart = score.columns_alone - score.ceiling
        assert (apart > 0.03) == lost, score
        assert abs(score.heldout - score.ceiling) < (0.05 if part is detection else 0.01), score
    outlying = headline(tails, seen)
    assert outlying.heldout is not None and outlying.columns_alone is not None


def test_without_held_out_rows_there_is_no_such_control() -> None:
    seen = evidence(replace(three(), holdout=None))
    for part in (marginals, pairs, detection, tails):
        score = headline(part, seen)
        assert score.heldout is None and score.columns_alone is not None


def test_fewer_held_out_rows_are_as_good_as_many() -> None:
    """The figure of few rows is larger by chance, which is taken off."""
    few, many = (
        headline(pairs, evidence(compared(simulated(3_000, 1), simulated(3_000, 2), held)))
        for held in (simulated(150, 3), simulated(3_000, 3))
    )
    assert few.heldout is not None and many.heldout is not None
    assert few.heldout == pytest.approx(many.heldout, abs=0.03)
    raw = headline(pairs, evidence(compared(simulated(3_000, 1), simulated(150, 3))))
    assert raw.value is not None and raw.value > 2 * few.heldout


def test_relations_that_are_small_are_lost_all_the_same() -> None:
    """One weak relation among columns that have none: the mean error stays small."""
    rows = 6_000
    draw = np.random.default_rng(5)

    def table() -> dict[str, list[Any]]:
        size = draw.normal(size=rows)
        near = size + 3 * draw.normal(size=rows)
        others = {f"n{k}": [*draw.normal(size=rows)] for k in range(3)}
        return {"a": [*size], "b": [*near], **others}

    real, fresh = table(), table()
    kept = headline(pairs, evidence(compared(real, fresh)))
    lost = headline(pairs, evidence(compared(real, shuffled(fresh))))
    assert kept.verdict is Verdict.GOOD
    assert lost.value is not None and lost.value < 0.03 + (lost.ceiling or 0.0)
    assert lost.verdict is Verdict.POOR and lost.beyond_doubt
    assert "more than half of what columns have to do with each other is lost" in lost.because


def test_columns_that_have_drifted_have_lost_no_relation() -> None:
    """Weak relations are small beside a drift of shares, and may be whole all the same."""
    rows, columns = 20_000, 5
    draw = np.random.default_rng(6)

    def table(drift: float) -> dict[str, list[Any]]:
        size = draw.normal(size=rows)
        made = {}
        for k in range(columns):
            chance = np.clip(0.3 + 0.08 * size + drift, 0, 1)
            made[f"c{k}"] = ["yes" if hit else "no" for hit in draw.random(rows) < chance]
        return made

    real, drifted = table(0.0), table(0.03)
    seen = evidence(compared(real, drifted))
    score = headline(pairs, seen)
    assert score.columns_alone is not None and score.interval is not None
    assert score.ceiling is not None
    assert score.interval[0] > (score.columns_alone + score.ceiling) / 2  # else nothing is tested
    assert not score.because.startswith("more than half")
    lost = headline(pairs, evidence(compared(real, shuffled(drifted))))
    assert lost.verdict is Verdict.POOR and lost.because.startswith("more than half")


def test_the_worst_group_stands_beside_both_controls() -> None:
    table = three(2_000)
    score = headline(group_fidelity, evidence(table, protected=("flag",)))
    assert score.value is not None and score.ceiling is not None
    assert score.heldout is not None and abs(score.heldout - score.ceiling) < 0.03
    assert score.columns_alone is not None and score.columns_alone > score.ceiling + 0.02


def test_the_detector_that_papers_publish_honours_weights() -> None:
    """Rows that count for much are not learned by heart."""
    weights = np.where(np.arange(1_500) % 2, 0.3, 5.0)
    real, fresh = simulated(1_500, 1), simulated(3_000, 2)
    keep = np.random.default_rng(1).choice(1_500, 1_500, p=weights / weights.sum())
    made = compared(real, taken(real, list(keep)), simulated(700, 3), weights=weights)
    alike = compared(real, {name: v[:1_500] for name, v in fresh.items()}, weights=weights)
    (score,) = found(published, evidence(made)).scores
    assert score.heldout == pytest.approx(0.5, abs=0.08)
    (fair,) = found(published, evidence(alike)).scores
    assert fair.value == pytest.approx(0.5, abs=0.06)
    assert fair.columns_alone is not None and fair.columns_alone > 0.6


def test_the_detector_that_papers_publish() -> None:
    (good,) = found(published, evidence(three())).scores
    assert good.verdict is Verdict.NONE and not good.headline
    assert good.value == pytest.approx(0.5, abs=0.04)
    assert good.heldout == pytest.approx(0.5, abs=0.06)
    assert good.columns_alone is not None and good.columns_alone > 0.6
    (bad,) = found(published, evidence(three(synthetic=shuffled(simulated(1_500, 2))))).scores
    assert bad.value == pytest.approx(good.columns_alone, abs=0.05)
    few = compared(*({"a": [1.0, 2.0] * 10} for _ in range(2)))
    (none,) = found(published, evidence(few)).scores
    assert none.verdict is Verdict.UNKNOWN and "20 rows" in none.because


@pytest.mark.stress
@pytest.mark.parametrize("name", ["adult", "default", "magic"])
def test_halves_of_real_tables_are_as_good_as_held_out_rows(name: str) -> None:
    half = split(real_table(name).sampled(6_000, KEY), 1)
    thirds = split(half, 2)
    seen = evidence(replace(half, holdout=replace(thirds.synthetic, name="holdout")))
    for part in (marginals, pairs):
        score = headline(part, seen)
        assert score.verdict is Verdict.GOOD and score.heldout is not None
