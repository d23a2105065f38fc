"""What the first screen says of persons who have several rows, and the chapter on them."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from tests.measure.persons.made_persons import PARTS, beside, changed, dealt, judged, people
from trimtab.measure.compare.comparison import compare
from trimtab.measure.fidelity import marginals
from trimtab.measure.judge import evaluate
from trimtab.measure.score import Section
from trimtab.measure.scorecard import Scorecard, Settings
from trimtab.report.html import render_html
from trimtab.report.markdown import render_markdown
from trimtab.report.scorecard.page import document
from trimtab.report.summary import Point, Recommendation

REAL, OTHER, HELD = people(120), people(120, seed=1), people(120, seed=2)
USE = "Following persons over their rows"
TABLES = {
    "other": OTHER,
    "dealt": dealt(OTHER),
    "one each": changed(OTHER, patient_id=[*range(OTHER.num_rows)]),
    "nobody": OTHER.drop_columns(["patient_id"]),
}


@cache
def card(name: str) -> Scorecard:
    return judged(beside(REAL, TABLES[name], HELD), (marginals.PART, *PARTS))


def points(found: Scorecard, **more: object) -> dict[str, Point]:
    return {p.use: p for p in document(found, **more).answer.points}  # type: ignore[arg-type]


def test_persons_of_one_source_can_be_followed() -> None:
    assert points(card("other"))[USE].stance in (Recommendation.YES, Recommendation.CARE)


def test_rows_may_do_where_persons_do_not() -> None:
    found = points(card("dealt"))
    assert found["Exploring single columns"].stance is not Recommendation.NO
    persons = found[USE]
    assert persons.stance is Recommendation.NO
    assert "Poor are telling persons apart (0." in persons.sentence
    assert "Its rows may do all the same for exploring single columns" in persons.sentence


def test_it_is_said_that_each_person_has_one_row() -> None:
    persons = points(card("one each"))[USE]
    assert persons.stance is Recommendation.NO
    assert "Each person of the synthetic table has one row" in persons.sentence


def test_a_table_that_names_no_persons_is_not_known() -> None:
    persons = points(card("nobody"))[USE]
    assert persons.stance is Recommendation.UNKNOWN
    assert "no column patient_id" in persons.sentence


def test_without_held_out_persons_they_are_followed_with_care_at_best() -> None:
    found = judged(beside(REAL, OTHER))
    assert points(found)[USE].stance is Recommendation.CARE


def test_tables_without_persons_have_no_such_use() -> None:
    alone = [pa.table({n: t[n] for n in ("weight", "state")}) for t in (REAL, OTHER)]
    asked = Settings(rules=False, sections=(Section.FIDELITY,))
    found = evaluate(compare(*alone), asked)
    assert USE not in points(found)
    assert not any(c.title == "Persons" for c in document(found).chapters)


def test_the_chapter_holds_pictures_and_figures() -> None:
    page = document(card("dealt"))
    (chapter,) = [c for c in page.chapters if c.title == "Persons"]
    blocks = [b for part in chapter.parts for b in part.blocks]
    titles = [getattr(b, "title", "") for b in blocks]
    for title in (
        "Rows per person",
        "Time between rows",
        "Courses of persons",
        "What follows on what",
        "What gives synthetic persons away",
        "Figures",
    ):
        assert title in titles
    html, text = render_html(page), render_markdown(page)
    assert "What follows on what" in html
    assert "Telling persons apart" in text


def test_a_release_edition_shows_none_of_it() -> None:
    page = document(card("dealt"), edition="release")
    assert USE not in {p.use for p in page.answer.points}
    html = render_html(page)
    assert "What follows on what" not in html
    assert "Courses of persons" not in html
    allowed = points(card("dealt"), edition="release", allow=["fidelity"])
    assert allowed[USE].stance is Recommendation.NO
