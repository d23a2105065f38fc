"""The release edition: nothing that was computed from real rows gets out, in any form.

The strongest of these tests is non-interference: two scorecards that differ in everything that real
rows had a part in must make the same bytes.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.report.scorecards import MEASURES, Sketch, scorecard
from trimtab.measure.score import Exhibit, Score
from trimtab.measure.scorecard import Scorecard
from trimtab.report.document import Document
from trimtab.report.html import render_html
from trimtab.report.markdown import render_markdown
from trimtab.report.scorecard.page import document
from trimtab.report.scorecard.redaction import own, public

SMALL = Sketch(columns=4, groups=3, stages=True)
SENTINEL, WORD = 0.7318642, "Sentinelville"


def forms(made: Document) -> dict[str, str]:
    return {
        "html": render_html(made),
        "markdown": render_markdown(made),
        "json": made.to_json(),
    }


def changed(value: Any, word: str) -> Any:
    """A cell that has nothing in common with the one there was, where it can differ."""
    if isinstance(value, str):
        return value if value in ("real", "synthetic", "holdout") else word
    return value if value is None else SENTINEL


def tampered(card: Scorecard, word: str = WORD) -> Scorecard:
    """The scorecard with other figures wherever real rows had a part in them."""

    def score(old: Score) -> Score:
        numbers = {
            n: SENTINEL for n in ("value", "ceiling", "noise") if getattr(old, n) is not None
        }
        more = {"interval": (SENTINEL, SENTINEL), "n": 7_318_642, "because": word, "covers": word}
        return old.model_copy(update=numbers | more | {"within": f"group = {word}"})

    def exhibit(old: Exhibit) -> Exhibit:
        if old.rests_on == ("synthetic",):
            return old
        columns = {n: [changed(v, word) for v in values] for n, values in old.columns.items()}
        return old.model_copy(update={"columns": columns, "title": word, "within": word})

    return card.model_copy(
        update={
            "rows": card.rows | {"real": 7_318_642, "holdout": 7_318_642},
            "settings": card.settings.model_copy(
                update={"positive": word, "drop": (word,), "origin": word, "seed": 7_318_642}
            ),
            "scores": tuple(map(score, card.scores)),
            "exhibits": tuple(map(exhibit, card.exhibits)),
            "notes": (word, "7,318,642 rows"),
        }
    )


def test_other_real_rows_make_the_same_bytes() -> None:
    card = scorecard(SMALL)
    first, second = (forms(document(c, edition="release")) for c in (card, tampered(card)))
    assert first == second


def test_planted_figures_are_not_found_in_any_form() -> None:
    made = forms(document(tampered(scorecard(SMALL)), edition="release"))
    for form, text in made.items():
        for trace in (WORD, "0.73", "73.2 %", "7318", "7,318", "26,048", "26048", "16,281"):
            assert trace not in text.replace("\u00a0", " "), (form, trace)


def test_the_search_finds_what_is_there() -> None:
    made = forms(document(tampered(scorecard(SMALL))))
    for text in made.values():
        assert WORD in text
        assert "0.73" in text


def test_the_release_edition_shows_the_synthetic_table() -> None:
    card = scorecard(SMALL)
    made = forms(document(card, edition="release"))
    for form, text in made.items():
        assert "30,000" in text, form
        assert all(name in text for name in card.columns), form
        assert "withheld" in text, form
        assert "planned" in text, form
    assert made["html"].count("<svg") == len(card.columns) + 1


@pytest.mark.parametrize("section", ["fidelity", "usefulness", "fairness", "copies"])
def test_an_allowed_section_shows_its_scores_and_no_other(section: str) -> None:
    card = scorecard(SMALL)
    made = document(card, edition="release", allow=(section,))
    told = [s for s in card.scores if s.section == section and "=" not in s.within]
    shown = {s.name for s in public(card, (section,)).scores}
    assert shown == {s.name for s in told}
    text = render_markdown(made)
    others = {s.title for s in card.scores if s.section != section}
    scores = text.split("## What do the figures mean?")[0]
    assert all(title not in scores for title in others)
    assert all(s.title in scores for s in told)


def test_allowed_scores_are_rounded_to_two_digits() -> None:
    card = scorecard(SMALL)

    def with_value(value: float) -> Scorecard:
        made = MEASURES["auc"].score(
            value,
            n=77_123,
            ceiling=0.91234,
            interval=(0.81234, 0.94321),
            headline=True,
            note="because-of",
        )
        return card.model_copy(update={"scores": (made,)})

    first, second = (
        forms(document(with_value(v), edition="release", allow=("usefulness",)))
        for v in (0.921234, 0.918765)
    )
    assert first == second
    for text in first.values():
        assert "0.92" in text
        assert "0.921" not in text
        assert "0.920" not in text
        assert "0.912" not in text
        assert "0.812" not in text
        assert "77,123" not in text
        assert "77123" not in text
        assert "because-of" not in text
    (told,) = public(with_value(0.921234), ("usefulness",)).scores
    assert (told.value, told.ceiling, told.interval, told.n) == (0.92, 0.91, (0.81, 0.94), 0)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(0.0, 0.0), (0.00123, 0.0), (-0.004, 0.0), (12_345.6, 12_000.0), (3.14159, 3.1), (0.5, 0.5)],
)
def test_two_digits(value: float, rounded: float) -> None:
    card = scorecard(SMALL)
    score = MEASURES["auc"].score(value, n=1)
    card = card.model_copy(update={"scores": (score,)})
    (told,) = public(card, ("usefulness",)).scores
    assert told.value == rounded
    assert str(told.value) == str(rounded)


@pytest.mark.parametrize(
    ("rests_on", "columns", "told"),
    [
        (("synthetic",), {"side": ["synthetic"], "share": [1.0]}, True),
        (("synthetic",), {"side": ["synthetic", "real"], "share": [1.0, 1.0]}, False),
        (("synthetic", "real"), {"side": ["synthetic"], "share": [1.0]}, False),
        (("synthetic", "holdout"), {"side": ["synthetic"], "share": [1.0]}, False),
        ((), {"side": ["synthetic"], "share": [1.0]}, False),
        (("synthetic",), {"group": ["a"], "synthetic": [9], "real": [None]}, True),
        (("synthetic",), {"group": ["a"], "synthetic": [9], "real": [8]}, False),
        (("synthetic",), {"group": ["a"], "rows_real": [8]}, False),
        (("synthetic",), {"label": ["a"], "synthetic": [1], "expected": [1.5]}, False),
        (("synthetic",), {"from": ["holdout"], "share": [1.0]}, False),
    ],
)
def test_an_exhibit_is_public_by_what_it_says_and_by_what_it_holds(
    rests_on: tuple[str, ...], columns: dict[str, list[Any]], told: bool
) -> None:
    assert own(Exhibit(name="x", title="x", columns=columns, rests_on=rests_on)) is told


def test_columns_that_the_synthetic_table_does_not_have_are_not_named() -> None:
    card = scorecard(SMALL)
    card = card.model_copy(
        update={"settings": card.settings.model_copy(update={"protected": ("column_00", WORD)})}
    )
    made = forms(document(card, edition="release"))
    assert all(WORD not in text for text in made.values())
    assert "column\\_00" in made["markdown"] or "column_00" in made["markdown"]


def test_the_answer_of_a_release_edition_does_not_depend_on_verdicts() -> None:
    good = document(scorecard(SMALL), edition="release").answer
    bad = document(
        scorecard(Sketch(columns=4, groups=3, error=0.5, copied=0.5)), edition="release"
    ).answer
    assert good == bad
    assert good.points == ()
    assert good.alarm == ""
