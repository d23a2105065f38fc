"""Which columns persons have once, in which order their rows come, and whole persons."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.measure.persons.made_persons import (
    KEY,
    beside,
    changed,
    dealt,
    found,
    people,
    shuffled_rows,
)
from trimtab.measure.compare.comparison import compare
from trimtab.measure.persons.histories import Histories, NoPersons, Persons, persons_of

PEOPLE = people(120)


def test_what_persons_have_once() -> None:
    known = found(PEOPLE, PEOPLE).understood
    assert set(known.constants) == {"sex", "born", "ill"}
    assert set(known.varying) == {"day", "weight", "state"}
    assert known.moment == "day"
    once = changed(PEOPLE, sex=["x", *PEOPLE["sex"].to_pylist()[1:]])
    first = PEOPLE["patient_id"].to_pylist()
    if first.count(first[0]) > 1:  # one change in one person is enough
        assert "sex" in found(once, once).understood.varying


def test_nothing_hangs_on_how_rows_stand() -> None:
    # Half of the days are of two rows of a person, so that ties must be settled by values.
    coarse = changed(PEOPLE, day=pc.divide(PEOPLE["day"], 40).to_pylist())
    as_it_is = found(coarse, coarse).synthetic
    for seed in range(3):
        moved = found(coarse, shuffled_rows(coarse, seed)).synthetic
        assert sorted(_courses(moved)) == sorted(_courses(as_it_is))


def _courses(histories: Histories) -> list[tuple[float, ...]]:
    rows = np.stack(
        [histories.sample.values[n].astype(float) for n in ("day", "weight", "state")], axis=1
    )
    parts = np.split(rows, histories.starts[1:])
    return [tuple(part.reshape(-1)) for part in parts]


def test_rows_are_in_order_and_persons_together() -> None:
    histories = found(PEOPLE, shuffled_rows(PEOPLE)).synthetic
    owner = {}
    for who, day in zip(*(PEOPLE[n].to_pylist() for n in ("patient_id", "day")), strict=True):
        owner.setdefault(who, []).append(day)
    days = np.split(histories.sample.values["day"], histories.starts[1:])
    assert sorted(map(sorted, owner.values())) == sorted(d.tolist() for d in days)
    assert all((np.diff(d) >= 0).all() for d in days)
    assert histories.several == sum(len(d) > 1 for d in owner.values())
    assert (histories.turns[histories.starts] == 0).all()
    assert len(histories.again) == histories.sample.rows - histories.persons


def test_whole_persons_are_chosen() -> None:
    whole = found(PEOPLE, PEOPLE).real
    some = whole.sampled(200, KEY)
    assert 190 <= some.sample.rows <= 200
    assert 0 < some.persons < whole.persons
    assert set(_courses(some)) <= set(_courses(whole))
    half = whole.take(np.arange(0, whole.persons, 2), np.arange(whole.persons // 2) + 1.0)
    assert _courses(half) == _courses(whole)[::2]
    np.testing.assert_allclose(half.weights / half.weights[0], np.arange(whole.persons // 2) + 1.0)
    assert half.sample.weights.mean() == pytest.approx(1)


def test_persons_are_weighted_by_what_they_have_once() -> None:
    other = people(90, seed=5)
    women = other.filter(pc.or_(pc.equal(other["sex"], "f"), pc.less(other["born"], 1945)))
    persons = found(PEOPLE, women, people(80, seed=6)).weighted(("sex", "state"))
    assert persons.holdout is not None

    def share(histories: Histories) -> float:
        first = histories.sample.values["sex"][histories.starts]
        return float(np.average(first == 0, weights=histories.weights))

    wanted = share(persons.synthetic)
    assert share(persons.real) == pytest.approx(wanted)
    assert share(persons.holdout) == pytest.approx(wanted)
    assert share(found(PEOPLE, women).real) != pytest.approx(wanted, abs=0.05)
    assert any("not weighted by state" in note for note in persons.notes)


def test_why_persons_are_not_judged() -> None:
    none = PEOPLE.drop_columns(["patient_id"])
    lacking = persons_of(beside(PEOPLE, none), 10**9, KEY)
    assert isinstance(lacking, NoPersons)
    assert lacking.at_fault and "no column patient_id" in lacking.because
    few = persons_of(beside(PEOPLE, people(9)), 10**9, KEY)
    assert isinstance(few, NoPersons)
    assert few.at_fault and "9 persons" in few.because
    real = persons_of(beside(people(12), PEOPLE), 10**9, KEY)
    assert isinstance(real, NoPersons)
    assert not real.at_fault
    assert persons_of(beside(people(50, most=1), PEOPLE), 10**9, KEY) is None
    assert persons_of(compare(none, none), 10**9, KEY) is None


def test_few_held_out_persons_are_none() -> None:
    persons = found(PEOPLE, PEOPLE, people(8, seed=3))
    assert persons.holdout is None
    assert any("held-out" in note for note in persons.notes)
    assert found(PEOPLE, PEOPLE, people(60, seed=3)).holdout is not None


def test_generated_rows_of_real_persons_are_told_of() -> None:
    marks = pa.array(["real"] * 300 + ["synthetic"] * (PEOPLE.num_rows - 300))
    both = PEOPLE.append_column("origin", marks)
    comparison = compare(PEOPLE, both, origin="origin", schema=beside(PEOPLE, PEOPLE).schema)
    persons = persons_of(comparison, 10**9, KEY)
    assert isinstance(persons, Persons)
    ids = np.array(PEOPLE["patient_id"].to_pylist())
    parted = len(set(ids[:300]) & set(ids[300:]))
    told = [note for note in persons.notes if "real and generated rows" in note]
    assert (parted == 1 and told[0].startswith("1 person has")) or (parted == 0 and not told)
    assert persons.synthetic.sample.rows == PEOPLE.num_rows - 300


def test_rows_dealt_to_others_are_persons_too() -> None:
    assert found(PEOPLE, dealt(PEOPLE)).synthetic.persons == found(PEOPLE, PEOPLE).real.persons
