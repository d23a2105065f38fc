"""Rows per person, time between rows, transitions: held against others' and counts by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import ks_2samp

from tests.measure.persons.made_persons import KEY, changed, dealt, found, people, shuffled_rows
from trimtab.measure.chance.permutation import permute
from trimtab.measure.persons.counted import counted, times_between, transition
from trimtab.measure.score import Score, Verdict

REAL, OTHER, HELD = people(150), people(170, seed=1), people(130, seed=2)
LONGER = people(170, seed=3, most=14)


@cache
def scores(*tables: str) -> dict[str, Score]:
    known = {"real": REAL, "other": OTHER, "held": HELD, "longer": LONGER, "dealt": dealt(OTHER)}
    persons = found(*(known[name] for name in tables))
    return {s.name: s for s in counted(persons, KEY).scores}


def histories(table: pa.Table) -> list[list[dict[str, Any]]]:
    rows = defaultdict(list)
    for row in table.to_pylist():
        rows[row["patient_id"]].append(row)
    return [sorted(own, key=lambda r: r["day"]) for own in rows.values()]


@pytest.mark.parametrize("name", ["other", "longer", "dealt"])
def test_rows_per_person_are_those_of_a_peer(name: str) -> None:
    table = {"other": OTHER, "longer": LONGER, "dealt": dealt(OTHER)}[name]
    wanted = ks_2samp(*([len(h) for h in histories(t)] for t in (REAL, table))).statistic
    assert scores("real", name)["rows_per_person"].value == pytest.approx(wanted)


@pytest.mark.parametrize("name", ["other", "longer"])
def test_times_between_rows_are_those_of_a_peer(name: str) -> None:
    table = {"other": OTHER, "longer": LONGER}[name]
    gaps = [
        [b["day"] - a["day"] for h in histories(t) for a, b in pairwise(h)] for t in (REAL, table)
    ]
    wanted = ks_2samp(*gaps).statistic
    assert scores("real", name)["time_between_rows"].value == pytest.approx(wanted)


@pytest.mark.parametrize("name", ["other", "dealt"])
def test_transitions_are_those_counted_by_hand(name: str) -> None:
    table = {"other": OTHER, "dealt": dealt(OTHER)}[name]
    seen = []
    for t in (REAL, table):
        pairs = Counter((a["state"], b["state"]) for h in histories(t) for a, b in pairwise(h))
        total = sum(pairs.values())
        seen.append({pair: count / total for pair, count in pairs.items()})
    every = set(seen[0]) | set(seen[1])
    wanted = sum(abs(seen[0].get(p, 0.0) - seen[1].get(p, 0.0)) for p in every) / 2
    # Rows of one day come by their values, which rows by hand do not: there are few.
    assert scores("real", name)["transition_difference(state)"].value == pytest.approx(
        wanted, abs=1e-9 if name == "other" else 0.02
    )


def test_the_mean_is_that_of_the_columns() -> None:
    own = scores("real", "other")
    each = [s.value or 0.0 for n, s in own.items() if n.startswith("transition_difference")]
    assert len(each) == 3
    assert own["mean_transition_difference"].value == pytest.approx(np.mean(each))
    assert own["mean_transition_difference"].headline


def test_persons_of_one_source_are_near_what_chance_makes() -> None:
    for score in scores("real", "other", "held").values():
        assert score.verdict is Verdict.GOOD, score
        assert score.heldout is not None and score.ceiling is not None
        assert abs(score.heldout - score.ceiling) < 0.1


def test_rows_dealt_to_others_are_found_out_by_what_follows_on_what() -> None:
    own = scores("real", "dealt", "held")
    assert own["rows_per_person"].verdict is Verdict.GOOD
    for name in ("mean_transition_difference", "transition_difference(state)"):
        assert own[name].verdict is Verdict.POOR
        assert own[name].beyond_doubt


def test_more_rows_are_found_out() -> None:
    score = scores("real", "longer")["rows_per_person"]
    assert score.verdict is Verdict.POOR
    assert score.interval is not None and score.interval[0] > 0.15


def test_figures_do_not_hang_on_how_rows_stand() -> None:
    moved = {s.name: s for s in counted(found(REAL, shuffled_rows(OTHER)), KEY).scores}
    for name, score in scores("real", "other").items():
        assert moved[name].value == pytest.approx(score.value)


def test_persons_of_one_row_have_no_transitions() -> None:
    one = changed(OTHER, patient_id=[*range(OTHER.num_rows)])
    own = {s.measure: s for s in counted(found(REAL, one), KEY).scores}
    assert own["rows_per_person"].beyond_doubt
    for name in ("time_between_rows", "mean_transition_difference"):
        assert own[name].verdict is Verdict.UNKNOWN
        assert "one row" in own[name].because


def test_chance_is_that_of_persons_and_not_of_rows() -> None:
    # What is alike in a person's rows would look far more certain if each row counted by itself.
    persons = found(REAL, OTHER)
    real, synthetic = persons.real, persons.synthetic
    by_person = permute(real.sample, synthetic.sample, KEY)
    alone = [replace(h.sample, people=None) for h in (real, synthetic)]
    by_row = permute(alone[0], alone[1], KEY)
    (weight,) = [f for f in persons.varying if f.name == "weight"]
    wide, narrow = (
        transition(persons, weight, synthetic, p).spread.noise for p in (by_person, by_row)
    )
    assert wide > 1.2 * narrow


def test_noise_is_exceeded_about_once_in_twenty() -> None:
    beyond = {"times": 0, "weight": 0}
    draws = 120
    for seed in range(draws):
        persons = found(people(40, seed=1000 + seed), people(45, seed=5000 + seed))
        dealt_anew = permute(persons.real.sample, persons.synthetic.sample, KEY.child(seed), 100)
        times = times_between(persons, persons.synthetic, dealt_anew)
        (weight,) = [f for f in persons.varying if f.name == "weight"]
        moved = transition(persons, weight, persons.synthetic, dealt_anew)
        beyond["times"] += times.value > times.spread.noise
        beyond["weight"] += moved.value > moved.spread.noise
    # Binomial: 1 to 13 of 120 with 99 % at .05.
    assert all(1 <= times <= 13 for times in beyond.values()), beyond
