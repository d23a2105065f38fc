"""Copies of whole persons are found, and nothing else is."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.measure.persons.made_persons import KEY, changed, found, people, shuffled_rows
from trimtab.measure.persons.copies import copied_persons
from trimtab.measure.score import Score, Verdict

REAL, OTHER, HELD = people(150), people(150, seed=1), people(150, seed=2)


def scores(table: pa.Table, holdout: pa.Table | None = HELD) -> dict[str, Score]:
    found_ = copied_persons(found(REAL, table, holdout), KEY)
    return {s.measure: s for s in found_.scores}


def renamed(table: pa.Table) -> pa.Table:
    return changed(table, patient_id=[v + 5000 for v in table["patient_id"].to_pylist()])


def with_copies(persons: int) -> pa.Table:
    """Other persons, and some real ones with several rows under new names, their rows anyhow."""
    ids = REAL["patient_id"].to_pylist()
    several = [who for who in dict.fromkeys(ids) if ids.count(who) > 1][:persons]
    copied = REAL.filter(pc.is_in(REAL["patient_id"], pa.array(several)))
    return pa.concat_tables([OTHER, renamed(shuffled_rows(copied))])


def test_other_persons_are_no_copies() -> None:
    own = scores(OTHER)
    assert own["copied_persons"].value == 0
    assert own["copied_persons"].verdict is Verdict.GOOD
    assert own["drawn_to_training_persons"].verdict is Verdict.GOOD


@pytest.mark.parametrize("holdout", [HELD, None])
def test_copied_persons_are_counted(holdout: pa.Table | None) -> None:
    copied = scores(with_copies(20), holdout)["copied_persons"]
    assert copied.value is not None
    assert copied.value * copied.n == pytest.approx(20)
    assert copied.verdict is Verdict.POOR and copied.beyond_doubt
    assert copied.because.count("20 of ") == 1


def test_a_copy_but_for_one_value_is_none() -> None:
    table = renamed(REAL)
    weights = table["weight"].to_pylist()
    ids = table["patient_id"].to_pylist()
    for place in {who: k for k, who in enumerate(ids)}.values():
        weights[place] += 0.5
    nearly = changed(table, weight=weights)
    own = scores(nearly)
    assert own["copied_persons"].value == 0
    # The distance to training persons finds them all the same.
    drawn = own["drawn_to_training_persons"]
    assert drawn.beyond_doubt and drawn.value is not None and drawn.value > 0.9


def test_held_out_persons_are_the_yardstick() -> None:
    # Where real persons repeat each other, copies are no wonder.
    coarse = [changed(t, weight=[70.0] * t.num_rows, day=[0] * t.num_rows) for t in (REAL, OTHER)]
    held = changed(HELD, weight=[70.0] * HELD.num_rows, day=[0] * HELD.num_rows)
    persons = found(coarse[0], coarse[1], held)
    (copied, *_) = copied_persons(persons, KEY).scores
    assert copied.value is not None and copied.value > 0.3
    assert copied.verdict is not Verdict.POOR
    assert copied.heldout == pytest.approx(copied.value, abs=0.2)


def test_persons_of_one_row_are_left_to_the_search_for_rows() -> None:
    assert scores(changed(OTHER, patient_id=[*range(OTHER.num_rows)])) == {}
