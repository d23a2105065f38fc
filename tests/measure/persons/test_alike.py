"""How alike a person's rows are, against formulas by hand; and what must be constant."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import rankdata, spearmanr

from tests.measure.persons.made_persons import KEY, changed, dealt, found, people
from trimtab._arrays import Float
from trimtab.measure.persons.alike import (
    alike,
    class_sums,
    constants_kept,
    correlation,
    intraclass,
    lag_sums,
    rate,
    stay_sums,
)
from trimtab.measure.score import Findings, Score, Verdict
from trimtab.predict.sample import Feature

REAL, OTHER, HELD = people(150), people(170, seed=1), people(130, seed=2)


def gappy(table: pa.Table) -> pa.Table:
    """The table with a fifth of the weights missing."""
    values = table["weight"].to_pylist()
    return changed(table, weight=[None if k % 5 == 0 else v for k, v in enumerate(values)])


def feature(name: str, table: pa.Table) -> tuple[Feature, Any]:
    persons = found(table, table)
    return next(f for f in persons.varying if f.name == name), persons.real


def persons_of_table(table: pa.Table) -> list[list[dict[str, Any]]]:
    rows = defaultdict(list)
    for row in table.to_pylist():
        rows[row["patient_id"]].append(row)
    return [sorted(own, key=lambda r: r["day"]) for own in rows.values()]


def once(sums: Float) -> Float:
    return sums.sum(axis=0, keepdims=True)


@pytest.mark.parametrize("table", [REAL, gappy(REAL)])
def test_what_the_row_before_tells_is_spearmans_correlation(table: pa.Table) -> None:
    pairs = [
        (a["weight"], b["weight"])
        for own in persons_of_table(table)
        for a, b in pairwise(own)
        if None not in (a["weight"], b["weight"])
    ]
    wanted = spearmanr(*zip(*pairs, strict=True)).statistic
    weight, histories = feature("weight", table)
    assert correlation(once(lag_sums(weight, histories)))[0] == pytest.approx(wanted)


@pytest.mark.parametrize("table", [REAL, gappy(REAL)])
def test_the_intraclass_correlation_is_that_of_an_analysis_of_variance(table: pa.Table) -> None:
    owners, values = zip(
        *((r["patient_id"], r["weight"]) for r in table.to_pylist() if r["weight"] is not None),
        strict=True,
    )
    ranks = defaultdict(list)
    for who, rank in zip(owners, rankdata(values), strict=True):
        ranks[who].append(rank)
    groups = [np.array(own) for own in ranks.values() if len(own) > 1]
    every = np.concatenate(groups)
    total, number = len(every), len(groups)
    between = sum(len(g) * (g.mean() - every.mean()) ** 2 for g in groups) / (number - 1)
    within = sum(np.square(g - g.mean()).sum() for g in groups) / (total - number)
    each = (total - sum(len(g) ** 2 for g in groups) / total) / (number - 1)
    wanted = (between - within) / (between + (each - 1) * within)
    weight, histories = feature("weight", table)
    assert intraclass(once(class_sums(weight, histories)))[0] == pytest.approx(wanted)


def test_how_often_a_label_stays_is_counted() -> None:
    stays = [a["state"] == b["state"] for own in persons_of_table(REAL) for a, b in pairwise(own)]
    state, histories = feature("state", REAL)
    assert rate(once(stay_sums(state, histories)))[0] == pytest.approx(np.mean(stays))


def test_persons_who_count_twice_are_as_if_they_were_two() -> None:
    table = pa.concat_tables(
        [REAL, changed(REAL, patient_id=[v + 9999 for v in REAL["patient_id"].to_pylist()])]
    )
    weight, histories = feature("weight", REAL)
    _, doubled = feature("weight", table)
    twice = np.full((1, histories.persons), 2.0) @ class_sums(weight, histories)
    assert intraclass(twice)[0] == pytest.approx(
        intraclass(once(class_sums(weight, doubled)))[0], abs=1e-3
    )


@cache
def scores(name: str) -> dict[str, Score]:
    table = {"other": OTHER, "dealt": dealt(OTHER), "same": REAL}[name]
    return {s.name: s for s in alike(found(REAL, table, HELD), KEY).scores}


def test_persons_of_one_source_are_as_alike() -> None:
    assert set(scores("other")) == {
        "change_in_lag_correlation(weight)",
        "change_in_likeness_of_rows(weight)",
        "change_in_stay_rate(state)",
    }
    for score in scores("other").values():
        assert score.verdict is Verdict.GOOD, score
        assert score.interval is not None and score.interval[0] <= 0 <= score.interval[1]
        assert score.heldout is not None and abs(score.heldout) < 0.15
    assert all(s.value == pytest.approx(0) for s in scores("same").values())


def test_rows_that_do_not_belong_together_are_found_out() -> None:
    for score in scores("dealt").values():
        assert score.verdict is Verdict.POOR
        assert score.beyond_doubt
        assert score.value is not None and score.value < -0.3


def test_intervals_cover_what_is_true() -> None:
    # Two samples of one source differ by nothing on average.
    held = 0
    draws = 80
    for seed in range(draws):
        persons = found(people(60, seed=100 + seed), people(60, seed=900 + seed))
        weight = next(s for s in alike(persons, KEY.child(seed)).scores if s.about == ("weight",))
        assert weight.interval is not None
        held += weight.interval[0] <= 0 <= weight.interval[1]
    # Binomial: 70 to 80 of 80 with 99 % at .95.
    assert held >= 70


def kept(found_: Findings) -> Score:
    (score,) = found_.scores
    return score


def test_what_persons_have_once_is_constant() -> None:
    score = kept(constants_kept(found(REAL, OTHER, HELD)))
    assert (score.value, score.ceiling, score.heldout) == (1.0, 1.0, 1.0)
    assert score.verdict is Verdict.GOOD
    assert score.headline


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_persons_in_whom_it_changes_are_counted(share: float) -> None:
    born = OTHER["born"].to_pylist()
    owners = OTHER["patient_id"].to_pylist()
    last = {who: k for k, who in enumerate(owners)}
    several = [who for who in last if owners.count(who) > 1]
    for who in several[: round(share * len(several))]:
        born[last[who]] += 1
    score = kept(constants_kept(found(REAL, changed(OTHER, born=born), HELD)))
    assert score.value == pytest.approx(1 - round(share * len(several)) / len(several))
    assert score.n == len(several)
    assert score.verdict is Verdict.POOR
    assert f"born changes, in {round(share * len(several))} persons" in score.because


def test_rows_dealt_to_others_keep_hardly_any() -> None:
    score = kept(constants_kept(found(REAL, dealt(OTHER))))
    assert score.value is not None and score.value < 0.1
    assert score.beyond_doubt
