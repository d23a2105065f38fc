"""Persons told apart: those of one source are not, and rows dealt to others are."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.measure.persons.made_persons import KEY, changed, dealt, found, people, shuffled_rows
from trimtab.measure.persons.telling import persons_apart, steps_apart
from trimtab.measure.score import Findings, Score, Verdict

REAL, OTHER, HELD = people(150), people(150, seed=1), people(150, seed=2)
TABLES = {
    "other": OTHER,
    "dealt": dealt(OTHER),
    "moved": shuffled_rows(OTHER),
    "one each": changed(OTHER, patient_id=[*range(OTHER.num_rows)]),
    # Each row follows on what it should, but nobody is as heavy as others all along.
    "walk": changed(
        OTHER, weight=np.round(70 + np.cumsum(np.tile([3.0, -3.0], 600))[: OTHER.num_rows], 3)
    ),
}


@cache
def told(name: str) -> tuple[Findings, Findings]:
    persons = found(REAL, TABLES[name], HELD)
    return persons_apart(persons, KEY), steps_apart(persons, KEY)


def score(findings: Findings) -> Score:
    (one,) = findings.scores
    return one


def test_persons_of_one_source_are_not_told_apart() -> None:
    for findings in told("other"):
        own = score(findings)
        assert own.verdict is not Verdict.POOR, own
        assert own.interval is not None and own.interval[0] < 0.5 < own.interval[1]
        assert own.heldout is not None and 0.35 < own.heldout < 0.65
        assert own.headline


def test_rows_dealt_to_others_are_told_apart() -> None:
    for findings in told("dealt"):
        own = score(findings)
        assert own.beyond_doubt, own
        assert own.value is not None and own.value > 0.85


def test_it_is_said_what_tells() -> None:
    (exhibit,) = told("dealt")[0].exhibits
    gains = exhibit.columns["gain"]
    assert gains == sorted(gains, reverse=True)
    assert exhibit.columns["column"][0].startswith(("weight", "time", "state", "day", "born"))


def test_figures_do_not_hang_on_how_rows_stand() -> None:
    # But for which persons are in which fold, which their order says.
    for one, other in zip(told("other"), told("moved"), strict=True):
        assert score(one).value == pytest.approx(score(other).value, abs=0.08)
        assert score(other).verdict is not Verdict.POOR


def test_persons_of_one_row_are_told_apart_but_nothing_follows() -> None:
    by_person, by_step = (score(f) for f in told("one each"))
    assert by_person.beyond_doubt
    assert by_step.verdict is Verdict.UNKNOWN
    assert by_step.headline
    assert "one row" in by_step.because


def test_weights_that_belong_to_nobody_are_told_apart() -> None:
    assert score(told("walk")[0]).beyond_doubt


def test_without_held_out_persons_it_is_said_that_copies_would_look_good() -> None:
    own = score(persons_apart(found(REAL, OTHER), KEY))
    assert own.heldout is None
    assert "copies would look good" in own.because
