"""Scorecards: finding scores, JSON, dataframes, and what is shown of them."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from trimtab.errors import InputError
from trimtab.measure.score import Direction, Exhibit, Measure, Score, Section, Verdict
from trimtab.measure.scorecard import (
    SCORECARD_VERSION,
    Scorecard,
    Settings,
    about,
    figure,
    span,
)

DISTANCE = Measure(
    name="distance",
    section=Section.FIDELITY,
    title="A distance",
    meaning="How far.",
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.05,
    alarm=0.2,
)
GAP = DISTANCE.model_copy(update={"name": "gap", "section": Section.FAIRNESS, "title": "<b>Gap"})
SCORES = (
    DISTANCE.score(
        0.125,
        n=40,
        about=("age",),
        interval=(0.1, 0.15),
        covers="rows drawn again",
        ceiling=0.1,
        noise=0.12,
        headline=True,
    ),
    DISTANCE.score(0.5, n=30, about=("age", "sex"), within="forest"),
    GAP.missing("because no row is positive", about=("sex",), within="M", headline=True),
    GAP.score(1234.5, n=3, about=("sex",), within="F"),
)
EXHIBITS = (
    Exhibit(name="tails", title="Tails", columns={"column": ["a"], "real": [0.1]}),
    Exhibit(name="roc", title="ROC", about=("y",), within="forest", columns={"fpr": [0.0, None]}),
    Exhibit(name="roc", title="ROC", about=("y",), within="boosting", rests_on=("synthetic",)),
)


def scorecard(**changes: Any) -> Scorecard:
    given: dict[str, Any] = {
        "trimtab": "0.1.0",
        "rows": {"real": 50, "synthetic": 1500},
        "columns": ("age", "sex"),
        "settings": Settings(target="y", protected=("sex",), seed=3),
        "scores": SCORES,
        "measures": {"distance": DISTANCE, "gap": GAP},
        "exhibits": EXHIBITS,
        "notes": ("no holdout & no peace",),
    }
    return Scorecard(**(given | changes))


def test_json_round_trip() -> None:
    card = scorecard()
    again = Scorecard.parse(card.to_json())
    assert again == card
    assert again.to_json() == card.to_json()
    assert json.loads(card.to_json())["version"] == SCORECARD_VERSION


def test_json_round_trip_of_what_is_not_finite() -> None:
    ratio = DISTANCE.score(2.0, n=1, interval=(0.5, float("inf")), ceiling=float("nan"))
    exhibit = Exhibit(name="n", title="t", columns={"x": [float("inf"), float("nan"), 1.0]})
    card = scorecard(scores=(ratio,), exhibits=(exhibit,))
    assert "NaN" not in card.to_json() and "Infinity" not in card.to_json()
    assert Scorecard.parse(card.to_json()) == card


def changed(**changes: Any) -> str:
    return json.dumps(json.loads(scorecard().to_json()) | changes)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "top level"),
        ("[]", "top level"),
        ("null", "top level"),
        ('{"version": 1}', "trimtab"),
        (changed(more=1), "more"),
        (changed(scores=[{"measure": 3}]), "scores.0"),
        (changed(exhibits=[{"name": "n", "title": "t", "columns": 3}]), "exhibits.0.columns"),
        (changed(exhibits=[{"name": "n", "title": "t", "columns": {"a": [1], "b": []}}]), "0.col"),
        (changed(settings={"sections": ["nonsense"]}), "settings.sections.0"),
    ],
)
def test_what_is_no_scorecard(text: str, place: str) -> None:
    with pytest.raises(InputError) as caught:
        Scorecard.parse(text, "facts.json")
    said = str(caught.value)
    assert said.startswith("facts.json: no valid scorecard, at ")
    assert place in said
    assert "trimtab evaluate" in said


@pytest.mark.parametrize("more", [{}, {"new": 1}, {"scores": "of another kind"}])
def test_a_newer_version_is_named_as_such(more: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"version 99 is newer than 5.*update trimtab"):
        Scorecard.parse(changed(version=99, **more))


def test_find() -> None:
    card = scorecard()
    assert card.find("distance", "age") is SCORES[0]
    assert card.find("distance", "age", "sex") is SCORES[1]
    assert card.find("distance", "age", "sex", within="forest") is SCORES[1]
    assert card.find("gap", "sex") is SCORES[2]
    assert card.find("gap", "sex", within="F") is SCORES[3]


def test_what_is_not_found_names_what_there_is() -> None:
    card = scorecard()
    with pytest.raises(InputError, match=r"no score gap\(sex, X\).*gap\(sex, M\), gap\(sex, F\)"):
        card.find("gap", "sex", within="X")
    with pytest.raises(InputError, match=r"no score nothing\(\): there are distance, gap"):
        card.find("nothing")


def test_exhibits_are_found_by_name_and_what_they_are_about() -> None:
    card = scorecard()
    assert card.exhibit("tails") is EXHIBITS[0]
    assert card.exhibit("roc", "y") is EXHIBITS[1]
    assert card.exhibit("roc", "y", within="boosting") is EXHIBITS[2]
    assert card.exhibit("roc") is None
    assert card.exhibit("roc", "y", within="none") is None


def test_scores_are_counted_and_iterated() -> None:
    card = scorecard()
    assert len(card) == 4
    assert list(card) == list(SCORES)
    assert card.headlines == (SCORES[0], SCORES[2])


def records(frame: Any) -> list[dict[str, Any]]:
    if isinstance(frame, pa.Table):
        return frame.to_pylist()
    if hasattr(frame, "to_dicts"):
        return list(frame.to_dicts())
    plain = frame.astype(object).where(frame.notna(), None)
    return list(plain.to_dict("records"))


@pytest.mark.parametrize(
    ("library", "type_"),
    [("pyarrow", "pyarrow.lib"), ("pandas", "pandas"), ("polars", "polars"), ("csv", "pyarrow")],
)
def test_to_frame(library: str, type_: str) -> None:
    if library in ("pandas", "polars"):
        pytest.importorskip(library)
    frame = scorecard(library=library).to_frame()
    assert type(frame).__module__.startswith(type_)
    rows = records(frame)
    assert len(rows) == 4
    assert rows[0] == {
        "section": "fidelity",
        "measure": "distance",
        "title": "A distance",
        "about": "age",
        "within": "",
        "value": 0.125,
        "low": 0.1,
        "high": 0.15,
        "covers": "rows drawn again",
        "n": 40,
        "direction": "lower",
        "ideal": 0.0,
        "ceiling": 0.1,
        "noise": 0.12,
        "verdict": SCORES[0].verdict.value,
        "because": SCORES[0].because,
        "headline": True,
        "heldout": None,
        "columns_alone": None,
        "beyond_doubt": False,
    }
    assert rows[1]["about"] == "age, sex" and rows[1]["low"] is None
    assert rows[2]["value"] is None and rows[2]["verdict"] == "not computable"
    assert [r["headline"] for r in rows] == [True, False, True, False]


@pytest.mark.parametrize("library", ["pyarrow", "pandas", "polars"])
def test_to_frame_of_no_scores(library: str) -> None:
    if library != "pyarrow":
        pytest.importorskip(library)
    frame = scorecard(scores=(), library=library).to_frame()
    assert len(frame) == 0
    names = frame.column_names if library == "pyarrow" else list(frame.columns)
    assert names[:3] == ["section", "measure", "title"]


def test_to_frame_keeps_types_where_all_is_missing() -> None:
    frame = scorecard(scores=(SCORES[2],)).to_frame()
    assert frame.schema.field("value").type == pa.float64()
    assert frame.schema.field("n").type == pa.int64()
    assert frame.schema.field("headline").type == pa.bool_()


def test_shown() -> None:
    card = scorecard()
    assert repr(card) == "Scorecard(4 scores of 1,500 synthetic rows)"
    page = card.model_copy(update={"exhibits": ()})._repr_html_()
    assert "&lt;b&gt;Gap" in page and "<b>Gap" not in page
    assert "no holdout &amp; no peace" in page
    assert "0.100 to 0.150" in page
    assert page.count("<tr>") == 1 + len(card.headlines)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0.000"),
        (-0.0001, "0.000"),
        (0.12345, "0.123"),
        (-1.5, "-1.500"),
        (999.9994, "999.999"),
        (1234.5, "1,234"),
        (-123456.7, "-123,457"),
    ],
)
def test_figures(value: float | None, text: str) -> None:
    assert figure(value) == text


def test_spans_and_what_scores_are_about() -> None:
    assert span(SCORES[0]) == "0.100 to 0.150"
    assert span(SCORES[2]) == "–"
    assert [about(s) for s in SCORES[:3]] == ["age", "age, sex, forest", "sex, M"]
    assert about(Score(measure="m", section=Section.COPIES, title="t")) == ""
    assert SCORES[2].verdict is Verdict.UNKNOWN
