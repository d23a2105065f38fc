"""The first screen: it follows from the verdicts, and claims nothing more."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.report.scorecards import DRAWN, MEASURES, PARITY, Sketch, scorecard
from trimtab.measure.score import Score, Section, Verdict
from trimtab.measure.scorecard import Scorecard, Settings
from trimtab.report.markdown import render_markdown
from trimtab.report.scorecard.page import document
from trimtab.report.scorecard.summary import NO_HOLDOUT, answer
from trimtab.report.summary import CAVEAT, Answer, Recommendation

USES = ("possible", "columns", "relations", "models", "groups", "copies")


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
        ((0.9, 0.88), Recommendation.CARE),
        ((0.9, 0.7), Recommendation.NO),
        ((0.7, 0.6), Recommendation.NO),
    ],
)
def test_a_use_follows_from_its_headlines(
    values: tuple[float, ...], stance: Recommendation
) -> None:
    found = said(card(*(auc(v, within=f"learner {k}") for k, v in enumerate(values))))
    assert stances(found)["models"] is stance
    point = found.points[USES.index("models")]
    assert sorted(s.value or 0.0 for s in point.headlines) == sorted(values)


LOWEST = MEASURES["mean_column_error"].model_copy(update={"tolerance": 0.01, "alarm": 0.04})


def columns(value: float, reach: float = 0.001, **more: Any) -> Score:
    interval = (value - reach, value + reach)
    return LOWEST.score(value, n=300, ceiling=0.0, interval=interval, headline=True, **more)


def test_one_headline_that_is_poor_beyond_doubt_decides() -> None:
    good = columns(0.001, within="one")
    found = {reach: columns(0.1, reach, within="other") for reach in (0.001, 0.09)}
    assert [s.beyond_doubt for s in found.values()] == [True, False]
    for reach, stance in ((0.001, Recommendation.NO), (0.09, Recommendation.CARE)):
        assert stances(said(card(good, found[reach])))["columns"] is stance
    unsure = [columns(0.1, 0.09, within=str(k)) for k in range(3)]
    for poor, stance in ((1, Recommendation.CARE), (2, Recommendation.NO), (3, Recommendation.NO)):
        assert stances(said(card(good, *unsure[:poor])))["columns"] is stance
    assert stances(said(card(unsure[0])))["columns"] is Recommendation.CARE


def relation(value: float, area: float) -> tuple[Score, Score]:
    pair = MEASURES["mean_pair_error"].model_copy(update={"tolerance": 0.01, "alarm": 0.03})
    rows = MEASURES["detection"].model_copy(update={"tolerance": 0.02, "alarm": 0.1})
    ends = (value - 0.002, value + 0.002), (area - 0.005, min(1.0, area + 0.005))
    return (
        pair.score(value, n=300, ceiling=0.0, interval=ends[0], headline=True),
        rows.score(area, n=300, ceiling=0.5, interval=ends[1], headline=True),
    )


@pytest.mark.parametrize(
    ("value", "area", "stance"),
    [
        (0.004, 0.51, Recommendation.YES),
        (0.004, 0.55, Recommendation.CARE),
        (0.004, 0.97, Recommendation.CARE),  # what gives rows away is in single columns
        (0.004, 0.999, Recommendation.NO),  # but every row is given away
        (0.02, 0.55, Recommendation.CARE),
        (0.02, 0.97, Recommendation.CARE),
        (0.02, 0.999, Recommendation.NO),
        (0.05, 0.51, Recommendation.NO),
    ],
)
def test_what_relations_come_to(value: float, area: float, stance: Recommendation) -> None:
    assert stances(said(card(*relation(value, area))))["relations"] is stance


def test_there_are_no_relations_between_columns_that_are_wrong() -> None:
    found = said(card(columns(0.3), *relation(0.004, 0.51)))
    assert stances(found)["columns"] is Recommendation.NO
    assert stances(found)["relations"] is Recommendation.NO
    assert "the columns themselves differ" in found.points[USES.index("relations")].sentence


def test_missing_evidence_never_makes_an_answer_better() -> None:
    order = [Recommendation.YES, Recommendation.CARE, Recommendation.NO]
    rows = {"real": 900, "synthetic": 900}
    for value in (0.001, 0.02, 0.1):
        for area in (0.5, 0.55, 0.7, 0.999):
            scores = (columns(value), *relation(value, area), auc(0.9))
            with_rows, without = (stances(said(card(*scores, **m))) for m in ({}, {"rows": rows}))
            for use, stance in without.items():
                if stance in order:
                    assert order.index(stance) >= order.index(with_rows[use]), use
    without = said(card(*relation(0.004, 0.51), rows=rows)).points[USES.index("relations")]
    assert without.stance is Recommendation.CARE
    assert without.sentence.endswith("But rows learned by heart would look as good.")


def test_a_group_that_was_not_judged_is_no_yes() -> None:
    group = MEASURES["group_distance"]
    worst = group.score(0.01, n=300, ceiling=0.01, noise=0.02, headline=True, within="sex = F")
    few = group.missing("it has 5 real rows", about=("sex",), within="sex = X")
    assert stances(said(card(worst)))["groups"] is Recommendation.YES
    point = said(card(worst, few)).points[USES.index("groups")]
    assert point.stance is Recommendation.CARE
    assert "But 1 group was not judged, for too few rows: sex = X." in point.sentence


def test_gaps_that_real_rows_show_too_are_no_reason_for_a_no() -> None:
    large = MEASURES[PARITY].score(0.6, n=300, interval=(0.55, 0.65), headline=True)
    kept = {"verdict": Verdict.POOR, "beyond_doubt": False, "because": "keeps the gap"}
    both = [large.model_copy(update=kept | {"about": (name,)}) for name in ("sex", "age")]
    assert stances(said(card(*both)))["groups"] is Recommendation.CARE


def test_groups_that_are_too_small_to_tell_are_no_yes() -> None:
    worst = MEASURES["group_distance"].score(
        0.01, n=300, ceiling=0.01, noise=0.02, headline=True, within="sex = F"
    )
    gap = MEASURES[PARITY].score(0.2, n=300, headline=True, about=("sex",))
    none = {"verdict": Verdict.NONE, "because": "the groups are too small to tell: .3; AUC .9"}
    point = said(card(worst, gap.model_copy(update=none))).points[USES.index("groups")]
    assert point.stance is Recommendation.CARE
    assert "was not judged (the groups are too small to tell: .3)" in point.sentence


def test_a_release_is_never_milder() -> None:
    """Whatever is withheld: single groups, digits, whole sections."""
    order = [Recommendation.YES, Recommendation.CARE, Recommendation.NO]
    group = MEASURES["group_distance"]
    worst = group.score(0.01, n=300, ceiling=0.01, noise=0.02, headline=True, within="sex = F")
    few = group.missing("it has 5 real rows", about=("sex",), within="sex = X")
    parity = MEASURES[PARITY].score(0.0, n=300, noise=0.1, headline=True, about=("sex",))
    for scores in (
        (worst, few, parity),
        (*relation(0.004, 0.996), columns(0.001)),
        (*relation(0.02, 0.6), columns(0.1), worst, few, parity),
    ):
        whole = card(*scores, version=3)
        inside = stances(said(whole))
        for allow in (tuple(Section), (Section.FIDELITY,), (Section.FAIRNESS,)):
            made = document(whole, edition="release", allow=allow)
            for point in made.answer.points:
                mine = inside[USES[[p.use for p in said(whole).points].index(point.use)]]
                if point.stance in order and mine in order and len(allow) == len(Section):
                    assert order.index(point.stance) >= order.index(mine), point
                if point.stance is Recommendation.YES:
                    assert mine in (Recommendation.YES, Recommendation.UNKNOWN), (allow, point)


def test_a_headline_that_is_not_known_is_no_yes() -> None:
    rows = MEASURES["detection"].missing("because there are 3 rows", headline=True)
    point = said(card(relation(0.004, 0.51)[0], rows)).points[USES.index("relations")]
    assert point.stance is Recommendation.CARE
    assert "could not be computed (there are 3 rows)" in point.sentence


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
    poor = [
        MEASURES["f1"].score(0.2, n=300, ceiling=0.7, interval=(0.0, 0.66), about=(f"t{k}",))
        for k in range(5)
    ]
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


def test_a_copy_figure_that_chance_might_explain_calls_for_a_closer_look() -> None:
    exact = MEASURES["exact_copies"]
    for ends, word in (((0.0005, 0.01), "look closer"), ((0.002, 0.01), "alarm")):
        score = exact.score(0.005, n=900, ceiling=0.0, interval=ends, headline=True)
        assert score.verdict is Verdict.POOR
        assert said(card(score)).points[-1].word == word
        assert bool(said(card(score)).alarm) == (word == "alarm")


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
        "Rows that could be true",
        "Exploring single columns",
        "Studying relations between columns",
    ]
    assert "does not speak of usefulness, fairness, copies" in found.unknown[0]


@pytest.mark.parametrize("sketch", [Sketch(columns=5), Sketch(columns=5, error=0.2, copied=0.1)])
def test_no_claim_that_nobody_can_make(sketch: Sketch) -> None:
    text = document(scorecard(sketch)).to_json().lower()
    words = r"anonym|guarantee|gdpr|hipaa|complian|legal|\bsafe\b|risk-free|100 %"
    assert not re.search(words, text.replace("100.0 %", ""))
