"""The first screen: it follows from the verdicts, and claims nothing more."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.report.scorecards import DRAWN, MEASURES, Sketch, scorecard
from trimtab.measure.score import Score, Section
from trimtab.measure.scorecard import Scorecard, Settings
from trimtab.report.markdown import render_markdown
from trimtab.report.scorecard.page import document
from trimtab.report.scorecard.summary import NO_HOLDOUT, answer
from trimtab.report.summary import CAVEAT, Answer, Recommendation

USES = ("columns", "relations", "models", "groups", "copies")


def card(*scores: Score, **more: Any) -> Scorecard:
    settings = Settings(target="y", protected=("sex",))
    fields = {"rows": {"real": 900, "synthetic": 900, "holdout": 300}, "settings": settings} | more
    return Scorecard(
        trimtab="0.1.0", columns=("x", "y", "sex"), scores=scores, measures=MEASURES, **fields
    )


def said(found: Scorecard, **more: Any) -> Answer:
    return answer(found, heldout="holdout" in found.rows, **more)


def stances(found: Answer) -> dict[str, Recommendation]:
    return dict(zip(USES, (p.stance for p in found.points), strict=True))


def auc(value: float, **more: Any) -> Score:
    return MEASURES["auc"].score(value, n=300, ceiling=0.9, headline=True, about=("y",), **more)


@pytest.mark.parametrize(
    ("values", "stance"),
    [
        ((0.9,), Recommendation.YES),
        ((0.88,), Recommendation.CARE),
        ((0.7,), Recommendation.NO),
        ((0.9, 0.7), Recommendation.CARE),
        ((0.7, 0.6), Recommendation.NO),
    ],
)
def test_a_use_follows_from_its_headlines(
    values: tuple[float, ...], stance: Recommendation
) -> None:
    found = said(card(*(auc(v, within=f"learner {k}") for k, v in enumerate(values))))
    assert stances(found)["models"] is stance
    point = found.points[USES.index("models")]
    assert all(f"{v:.3f}" in point.figures for v in values)
    assert "real held-out rows 0.900" in point.figures
    assert "other real rows 0.900" in answer(card(auc(0.9)), heldout=False).points[2].figures


def test_figures_that_are_no_headline_decide_where_there_is_none() -> None:
    def column(name: str, value: float) -> Score:
        return MEASURES["total_variation"].score(value, n=300, ceiling=0.0, about=(name,))

    good = [column(f"c{k}", 0.001) for k in range(9)]
    assert stances(said(card(*good)))["columns"] is Recommendation.YES
    assert stances(said(card(*good, column("bad", 0.5))))["columns"] is Recommendation.CARE
    poor = [column(f"c{k}", 0.5) for k in range(9)]
    assert stances(said(card(*poor)))["columns"] is Recommendation.NO


def test_exceptions_are_named_and_many_of_them_call_for_care() -> None:
    first = auc(0.9)
    poor = [MEASURES["f1"].score(0.2, n=300, ceiling=0.7, about=(f"t{k}",)) for k in range(5)]
    good = [MEASURES["f1"].score(0.7, n=300, ceiling=0.7, about=(f"g{k}",)) for k in range(50)]
    found = said(card(first, *poor, *good)).points[USES.index("models")]
    assert found.stance is Recommendation.YES
    assert "Except for 5 targets whose figures are poor: t0; t1; t2; and 2 more." in found.sentence
    assert said(card(first, *poor)).points[USES.index("models")].stance is Recommendation.CARE


@pytest.mark.parametrize(
    ("more", "use", "reason"),
    [
        ({}, "models", "no figure about it has a verdict"),
        ({"settings": Settings(protected=("sex",))}, "models", "no target column was named"),
        ({"settings": Settings(target="y")}, "groups", "no protected column was named"),
        ({"settings": Settings(sections=(Section.COPIES,))}, "columns", "not asked for"),
        ({"settings": Settings(sections=(Section.FIDELITY,))}, "copies", "not asked for"),
    ],
)
def test_what_is_not_known_says_why(more: dict[str, Any], use: str, reason: str) -> None:
    found = said(card(**more))
    point = found.points[USES.index(use)]
    assert point.stance is Recommendation.UNKNOWN
    assert point.word == "not known"
    assert reason in point.sentence


def test_what_could_not_be_computed_says_why() -> None:
    missing = MEASURES["auc"].missing("the holdout has one class", about=("y",), headline=True)
    point = said(card(missing)).points[USES.index("models")]
    assert point.stance is Recommendation.UNKNOWN
    assert "the holdout has one class" in point.sentence


def test_a_copy_alarm_stands_first_whatever_else_is_good() -> None:
    copied = MEASURES["exact_copies"].score(0.2, n=900, ceiling=0.0)
    assert not copied.headline
    found = said(card(auc(0.9), copied))
    assert found.alarm.startswith("Do not share this table.")
    assert "Rows copied: 0.200" in found.alarm
    assert found.points[-1].word == "alarm"
    text = render_markdown(document(card(auc(0.9), copied)))
    assert text.index("Copy alarm") < text.index("Exploring single columns")


def test_no_alarm_without_a_poor_copy_figure() -> None:
    found = said(card(MEASURES["exact_copies"].score(0.0, n=900, ceiling=0.0, headline=True)))
    assert found.alarm == ""
    assert found.points[-1].word == "none found"
    assert CAVEAT in found.caveat


def test_a_copy_check_that_was_made_in_part_says_so() -> None:
    exact = MEASURES["exact_copies"].score(0.0, n=900, ceiling=0.0, headline=True)
    drawn = MEASURES[DRAWN].missing("because no rows were held out", headline=True)
    point = said(card(exact, drawn)).points[-1]
    assert (point.stance, point.word) == (Recommendation.CARE, "partly checked")
    assert point.sentence.endswith("not all could be checked: no rows were held out.")
    alarm = MEASURES["exact_copies"].score(0.5, n=900, ceiling=0.0, headline=True)
    assert said(card(alarm, drawn)).points[-1].word == "alarm"


def test_without_held_out_rows_the_answer_says_what_cannot_be_known() -> None:
    rows = {"real": 900, "synthetic": 900}
    assert NO_HOLDOUT in said(card(rows=rows)).unknown
    assert NO_HOLDOUT not in said(card()).unknown


def test_an_edition_that_may_not_speak_of_a_section_does_not() -> None:
    found = said(card(auc(0.5)), told=(Section.FIDELITY,))
    assert [p.use for p in found.points] == [
        "Exploring single columns",
        "Studying relations between columns",
    ]
    assert "does not speak of usefulness, fairness, copies" in found.unknown[0]


@pytest.mark.parametrize("sketch", [Sketch(columns=5), Sketch(columns=5, error=0.2, copied=0.1)])
def test_no_claim_that_nobody_can_make(sketch: Sketch) -> None:
    text = document(scorecard(sketch)).to_json().lower()
    words = r"anonym|guarantee|gdpr|hipaa|complian|legal|\bsafe\b|risk-free|100 %"
    assert not re.search(words, text.replace("100.0 %", ""))
