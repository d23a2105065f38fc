"""Documents: complete, the same in JSON, and the same for the same scorecard."""

from __future__ import annotations

import json

import pytest

from tests.report.scorecards import MEASURES, Sketch, scorecard
from trimtab.errors import InputError
from trimtab.measure.score import Exhibit, Section, Split, Topic, Verdict
from trimtab.report.blocks import Figure, ScoreTable
from trimtab.report.document import DOCUMENT_VERSION, Document
from trimtab.report.exhibits.kinds import EXHIBITS, kind_of
from trimtab.report.scorecard.outline import CHAPTERS, PLACES, topic_of
from trimtab.report.scorecard.page import document


def figures(made: Document) -> list[Figure]:
    blocks = [b for c in made.chapters for p in c.parts for b in p.blocks]
    return [b for b in blocks if isinstance(b, Figure)]


def tables(made: Document) -> list[ScoreTable]:
    blocks = [b for c in made.chapters for p in c.parts for b in p.blocks]
    return [b for b in blocks if isinstance(b, ScoreTable)]


def test_every_score_is_told_once() -> None:
    card = scorecard(Sketch(columns=6))
    told = [s for t in tables(document(card)) for s in t.scores]
    assert len(told) == len(card.scores)
    assert {s.name for s in told} == {s.name for s in card.scores}


def test_every_exhibit_is_shown_once() -> None:
    card = scorecard(Sketch(columns=6))
    shown = [p.exhibit for f in figures(document(card)) for p in f.panels]
    richest = [e for e in card.exhibits if e.rests_on != ("synthetic",)]
    # Labels have no order to be added up in.
    richest = [e for e in richest if e.name != "cumulative" or "label 0" not in e.columns["value"]]
    assert len(shown) == len(richest)
    assert all(e in shown for e in richest)


def test_an_exhibit_that_is_new_is_shown_too() -> None:
    card = scorecard(Sketch(columns=4))
    new = Exhibit(name="moons", title="Moons", columns={"planet": ["Mars"], "moons": [2]})
    made = document(card.model_copy(update={"exhibits": (*card.exhibits, new)}))
    assert new in [p.exhibit for f in figures(made) for p in f.panels]


def test_a_score_of_a_new_measure_is_told_too() -> None:
    card = scorecard(Sketch(columns=4))
    new = MEASURES["auc"].model_copy(update={"name": "brand_new"}).score(0.5, n=9)
    made = document(card.model_copy(update={"scores": (*card.scores, new)}))
    assert new in [s for t in tables(made) for s in t.scores]


def test_the_worst_come_first() -> None:
    card = scorecard(Sketch(columns=15, error=0.03))
    table = next(t for t in tables(document(card)) if t.title == "Distance of a column")
    order = [Verdict.POOR, Verdict.MIDDLING, Verdict.UNKNOWN, Verdict.GOOD]
    ranks = [order.index(s.verdict) for s in table.scores]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) > 2
    poor = [s.value for s in table.scores if s.verdict is Verdict.POOR]
    assert poor == sorted(poor, reverse=True)  # type: ignore[type-var]


def test_columns_that_differ_most_come_first() -> None:
    card = scorecard(Sketch(columns=3))
    columns = {
        "side": ["real", "real", "synthetic", "synthetic"],
        "value": ["a", "b", "a", "b"],
        "low": [None] * 4,
        "high": [None] * 4,
        "share": [0.9, 0.1, 0.1, 0.9],
    }
    far = Exhibit(name="distribution", title="far", about=("far",), columns=columns)
    made = document(card.model_copy(update={"exhibits": (*card.exhibits, far)}))
    assert figures(made)[0].panels[0].exhibit is far


def test_the_json_form_is_the_document(plain: Document) -> None:
    text = plain.to_json()
    assert Document.parse(text) == plain
    assert json.loads(text)["version"] == DOCUMENT_VERSION
    assert plain.to_json() == document(scorecard(Sketch(columns=6, groups=4))).to_json()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": "x"}'])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no valid report"):
        Document.parse(text, "report.json")


def test_a_newer_document_is_refused(plain: Document) -> None:
    newer = json.loads(plain.to_json()) | {"version": DOCUMENT_VERSION + 1, "more": 1}
    with pytest.raises(InputError, match="newer"):
        Document.parse(json.dumps(newer))


def test_unknown_editions_and_sections_are_refused() -> None:
    card = scorecard(Sketch(columns=3))
    with pytest.raises(InputError, match="edition = 'public': expected one of internal, release"):
        document(card, edition="public")
    with pytest.raises(InputError, match="allow = 'beauty': expected one of copies, fairness"):
        document(card, edition="release", allow=("beauty",))
    with pytest.raises(InputError, match="allow = fidelity: expected no section"):
        document(card, allow=(Section.FIDELITY,))


def test_the_edition_is_marked() -> None:
    card = scorecard(Sketch(columns=3))
    assert document(card).mark == "INTERNAL: exact figures of real data"
    assert document(card, edition="release").mark.startswith("RELEASE: nothing")
    allowed = document(card, edition="release", allow=("copies",))
    assert "rounded" in allowed.mark
    assert "copies" in allowed.mark


def test_every_kind_of_exhibit_of_a_scorecard_has_a_topic() -> None:
    made = set(map(kind_of, scorecard(Sketch(columns=3, stages=True, persons=True)).exhibits))
    assert made == {kind for kind in EXHIBITS if kind.topic is not None}


def test_every_topic_has_one_place_and_every_chapter_some() -> None:
    assert [place.topic for place in PLACES] == list(Topic)
    assert {str(place.chapter) for place in PLACES} == set(map(str, CHAPTERS))


def test_a_scorecard_of_nothing_makes_a_document() -> None:
    card = scorecard(Sketch(columns=3)).model_copy(update={"scores": (), "exhibits": ()})
    made = document(card)
    assert made.chapters == ()
    assert made.answer.caveat


@pytest.mark.parametrize(
    ("about", "within", "split", "topic"),
    [
        ((), "", Split.UNSAID, Topic.ROWS),
        (("a",), "", Split.UNSAID, Topic.COLUMNS),
        (("a", "b", "c"), "", Split.WHOLE, Topic.RELATIONS),
        (("a",), "a = 1", Split.UNSAID, Topic.GROUPS),
        (("a",), "a = 1", Split.GROUP, Topic.GROUPS),
        (("a",), "random forest", Split.LEARNER, Topic.COLUMNS),
    ],
)
def test_a_measure_without_a_topic_goes_by_what_its_score_is_about(
    about: tuple[str, ...], within: str, split: Split, topic: Topic
) -> None:
    measure = MEASURES["auc"].model_copy(update={"name": "new", "split": split})
    score = measure.score(0.5, n=9, about=about, within=within)
    fidelity = score.model_copy(update={"section": Section.FIDELITY})
    assert topic_of(fidelity, {"new": measure}) is topic
    assert topic_of(score, {"new": measure}) is Topic.MODELS
    said = measure.model_copy(update={"topic": Topic.EXTREMES})
    assert topic_of(fidelity, {"new": said}) is Topic.EXTREMES
