"""Persons in a whole evaluation: where they are judged, where not, and why."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.measure.persons.made_persons import SCHEMA, beside, changed, dealt, judged, people
from trimtab.measure.compare.comparison import compare
from trimtab.measure.parts import measures
from trimtab.measure.persons.measures import PERSONS_APART
from trimtab.measure.score import Section, Topic, Verdict
from trimtab.measure.scorecard import Scorecard

REAL, OTHER, HELD = people(80), people(80, seed=1), people(80, seed=2)
OURS = {name for name, m in measures().items() if m.topic is Topic.PERSONS}
COPIES = {"copied_persons", "drawn_to_training_persons"}
FIDELITY = (Section.FIDELITY,)


def judged_of(
    real: pa.Table, synthetic: pa.Table, holdout: pa.Table | None = None, **asked: Any
) -> Scorecard:
    return judged(beside(real, synthetic, holdout), **asked)


def mine(card: Scorecard) -> set[str]:
    return {s.measure for s in card.scores} & (OURS | COPIES)


def test_persons_are_judged_in_the_sections_that_are_asked_for() -> None:
    every = judged_of(REAL, OTHER, HELD, target="ill")
    assert mine(every) == OURS | COPIES
    assert all(s.heldout is not None for s in every.headlines if s.measure.endswith("detection"))
    usefulness = judged_of(REAL, OTHER, HELD, sections=(Section.USEFULNESS,))
    assert mine(usefulness) == {"next_row_skill", "next_row_skill_lost"}
    assert mine(judged_of(REAL, OTHER, HELD, sections=(Section.COPIES,))) == COPIES
    assert mine(judged_of(REAL, OTHER, sections=(Section.COPIES,))) == {"copied_persons"}


def test_the_same_seed_gives_the_same_figures() -> None:
    one, other = (judged_of(REAL, OTHER, sections=FIDELITY, seed=4) for _ in range(2))
    assert [s for s in one.scores if s.measure in OURS] == [
        s for s in other.scores if s.measure in OURS
    ]


def test_a_table_without_the_column_is_told_so() -> None:
    card = judged_of(REAL, OTHER.drop_columns(["patient_id"]), sections=FIDELITY)
    score = card.find(PERSONS_APART.name)
    assert score.verdict is Verdict.UNKNOWN
    assert score.headline
    assert "no column patient_id" in score.because
    assert mine(card) == {PERSONS_APART.name}


def test_a_table_in_which_nobody_has_several_rows_is_not_judged_of() -> None:
    alone = people(80, most=1)
    card = judged_of(alone, OTHER)
    assert mine(card) == set()
    assert not any("person" in note.lower() for note in card.notes)


def test_too_few_real_persons_are_no_fault_of_the_table() -> None:
    card = judged_of(people(15), OTHER, sections=FIDELITY)
    assert mine(card) == set()
    assert any("Persons are not judged: " in note for note in card.notes)


def test_balanced_persons_are_judged_by_weighted_ones() -> None:
    sexes = dict(zip(OTHER["patient_id"].to_pylist(), OTHER["sex"].to_pylist(), strict=True))
    kept = [who for k, (who, sex) in enumerate(sexes.items()) if sex == "f" or k % 4 == 0]
    women = OTHER.filter(pc.is_in(OTHER["patient_id"], pa.array(kept)))
    rows = judged_of(REAL, women, by=("sex",), sections=FIDELITY).exhibit("rows_per_person")
    assert rows is not None
    assert rows.weighted == ("real",)


def test_of_an_augmented_table_only_generated_persons_are_judged() -> None:
    marks = ["real"] * REAL.num_rows + ["synthetic"] * OTHER.num_rows
    new = changed(OTHER, patient_id=[v + 5000 for v in OTHER["patient_id"].to_pylist()])
    both = pa.concat_tables([REAL, new]).append_column("origin", pa.array(marks))
    comparison = compare(REAL, both, HELD, origin="origin", schema=SCHEMA)
    card = judged(comparison)
    plain = judged_of(REAL, new, HELD)
    for name in ("copied_persons", "rows_per_person", "mean_transition_difference"):
        assert card.find(name).value == pytest.approx(plain.find(name).value)
    assert card.find("copied_persons").value == 0


def test_pictures_show_no_single_real_person() -> None:
    card = judged_of(REAL, dealt(OTHER), HELD, sections=FIDELITY)
    shown = [e for e in card.exhibits if e.name in ("courses", "transitions", "rows_per_person")]
    assert {e.name for e in shown} == {"courses", "transitions", "rows_per_person"}
    for exhibit in shown:
        if exhibit.name == "courses":
            assert min(exhibit.columns["persons"]) >= 10
    ids = set(REAL["patient_id"].to_pylist())
    for exhibit in (e for e in card.exhibits if e.name in ("courses", "time_between_rows")):
        for name in ("value", "when"):
            assert not ids & set(exhibit.columns.get(name, ()))


def test_shares_of_what_follows_add_up() -> None:
    card = judged_of(REAL, OTHER, sections=FIDELITY)
    exhibit = card.exhibit("transitions", "state")
    assert exhibit is not None
    total: dict[tuple[str, str], float] = {}
    cells = zip(*(exhibit.columns[n] for n in ("side", "y_value", "share")), strict=True)
    for side, before, share in cells:
        total[side, before] = total.get((side, before), 0.0) + share
    assert total == pytest.approx(dict.fromkeys(total, 1.0))
    assert len(total) == 8
