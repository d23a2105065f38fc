"""The release edition: nothing that was computed from real rows gets out, in any form.

The strongest of these tests is non-interference: two scorecards that differ in everything that real
rows had a part in must make the same bytes.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.report.scorecards import MEASURES, Sketch, scorecard
from trimtab import datasets, evaluate
from trimtab.measure.score import Exhibit, Score, Section, Split
from trimtab.measure.scorecard import Scorecard
from trimtab.measure.utility import conclusions
from trimtab.report.document import Document
from trimtab.report.html import render_html
from trimtab.report.markdown import render_markdown
from trimtab.report.scorecard.page import document
from trimtab.report.scorecard.redaction import own
from trimtab.report.scorecard.redaction import public as public_of

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
    told = [s for s in told if s.measure != "rule_broken"]  # rules may say values
    shown = {s.name for s in public_of(card, (section,)).scores}
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
    (told,) = public_of(with_value(0.921234), ("usefulness",)).scores
    assert (told.value, told.ceiling, told.interval, told.n) == (0.92, 0.91, (0.81, 0.94), 0)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(0.0, 0.0), (0.00123, 0.0), (-0.004, 0.0), (12_345.6, 12_000.0), (3.14159, 3.1), (0.5, 0.5)],
)
def test_two_digits(value: float, rounded: float) -> None:
    card = scorecard(SMALL)
    score = MEASURES["auc"].score(value, n=1)
    card = card.model_copy(update={"scores": (score,)})
    (told,) = public_of(card, ("usefulness",)).scores
    assert told.value == rounded
    assert str(told.value) == str(rounded)


@pytest.mark.parametrize(
    ("name", "rests_on", "columns", "public"),
    [
        ("distribution", ("synthetic",), {"side": ["synthetic"], "share": [1.0]}, True),
        ("distribution", ("synthetic",), {"side": ["synthetic", "real"]}, False),
        ("distribution", ("synthetic", "real"), {"side": ["synthetic"]}, False),
        ("distribution", ("synthetic", "holdout"), {"side": ["synthetic"]}, False),
        ("distribution", (), {"side": ["synthetic"], "share": [1.0]}, False),
        ("distribution", ("synthetic",), {"side": ["synthetic"], "arm": ["synthetic"]}, False),
        ("groups", ("synthetic",), {"group": ["a"], "synthetic": [9], "real": [None]}, True),
        ("groups", ("synthetic",), {"group": ["a"], "synthetic": [9], "real": [8]}, False),
        ("groups", ("synthetic",), {"group": ["a"], "rows_real": [8]}, False),
        ("groups", ("synthetic",), {"group": ["a"], "holdout": [8]}, False),
        ("rare labels", ("synthetic",), {"label": ["a"], "synthetic": [1]}, False),
        ("distances", ("synthetic",), {"from": ["synthetic"], "share": [1.0]}, False),
        ("of another package", ("synthetic",), {"synthetic": [1.0]}, False),
        ("of another package", ("synthetic",), {}, False),
    ],
)
def test_an_exhibit_is_public_by_what_it_rests_on_and_by_what_its_kind_says(
    name: str, rests_on: tuple[str, ...], columns: dict[str, list[Any]], public: bool
) -> None:
    assert own(Exhibit(name=name, title="x", columns=columns, rests_on=rests_on)) is public


@pytest.mark.parametrize(
    ("split", "within", "public"),
    [
        (Split.WHOLE, "", True),
        (Split.WHOLE, "F", False),
        (Split.LEARNER, "boosted trees", True),
        (Split.TABLE, "synthetic data", True),
        (Split.END, "lowest 1 %", True),
        (Split.GROUP, "boosted trees", False),
        (Split.UNSAID, "boosted trees", False),
        (Split.UNSAID, "", False),
    ],
)
def test_a_score_is_public_by_what_its_measure_says(
    split: Split, within: str, public: bool
) -> None:
    measure = MEASURES["auc"].model_copy(update={"split": split})
    for score in (
        measure.score(0.9, n=9, within=within),
        measure.missing("no rows", within=within),
    ):
        card = scorecard(SMALL).model_copy(update={"scores": (score,)})
        assert len(public_of(card, ("usefulness",)).scores) == public


# What these rules of before withheld must stay withheld; of what there was then.
_SINCE = {measure.name for measure in conclusions.PART.measures}
_PLAIN_BEFORE = re.compile(
    r"|(?:boosted trees|random forest|ridge regression|logistic regression)"
    r"(?:, trained on (?:real|synthetic) rows)?"
    r"|(?:(?:real|synthetic) )?data|(?:beyond|lowest|highest) [0-9.]+ %"
)


def withheld_before(one: Score | Exhibit) -> bool:
    if isinstance(one, Score):
        return _PLAIN_BEFORE.fullmatch(one.within) is None
    of_tables = [v for n in ("side", "arm", "from") for v in one.columns.get(n, ())]
    real = [n for n in one.columns if n.startswith("real") or n.endswith("_real")]
    values = [v for n in (*real, "expected") for v in one.columns.get(n, ())]
    return (
        one.rests_on != ("synthetic",)
        or any(v != "synthetic" for v in of_tables)
        or any(v is not None for v in values)
    )


@pytest.fixture(scope="module")
def of_everything() -> Scorecard:
    """A scorecard of every section, with every kind of score and exhibit but the training's."""
    table = datasets.strokes(1_000).select(
        ["age", "gender", "bmi", "ever_married", "smoking_status", "stroke"]
    )
    return evaluate(
        table.slice(0, 400),
        table.slice(400, 400),
        holdout=table.slice(800),
        target="stroke",
        protected=["gender", "ever_married"],
        by="smoking_status",
        triples=True,
    )


def test_what_was_withheld_before_is_withheld(of_everything: Scorecard) -> None:
    sketch = scorecard(Sketch(columns=6, groups=4, odd=True, stages=True))
    for card in (of_everything, sketch):
        released = public_of(card, tuple(Section))
        old = [s for s in card.scores if withheld_before(s) and s.measure not in _SINCE]
        assert old and {s.section for s in card.scores} == set(Section)
        assert not {s.name for s in old} & {s.name for s in released.scores}
        assert not any(withheld_before(e) for e in released.exhibits)
    assert of_everything.exhibits and public_of(of_everything, ()).exhibits


def test_the_rules_of_before_withheld_no_more_of_what_is_ours(of_everything: Scorecard) -> None:
    released = public_of(of_everything, tuple(Section))
    shown = [s for s in released.scores if s.measure not in _SINCE]
    known = [s for s in of_everything.scores if s.measure not in _SINCE]
    assert len(shown) == sum(not withheld_before(s) for s in known)
    assert len(released.exhibits) == sum(not withheld_before(e) for e in of_everything.exhibits)


def test_a_scorecard_of_before_is_told_as_it_was(of_everything: Scorecard) -> None:
    """Its JSON says neither topics nor splits: all forms are the same, and none tells more."""
    known = tuple(s for s in of_everything.scores if s.measure not in _SINCE)
    of_everything = of_everything.model_copy(update={"scores": known})
    content = of_everything.to_dict() | {"version": 1}
    for score in content["scores"]:
        del score["split"]
    for measure in content["measures"].values():
        del measure["split"], measure["topic"]
    before = Scorecard.parse(json.dumps(content))
    for asked in ({}, {"edition": "release"}, {"edition": "release", "allow": tuple(Section)}):
        made = [document(card, **asked) for card in (before, of_everything)]  # type: ignore[arg-type]
        assert render_html(made[0]) == render_html(made[1])
        assert render_markdown(made[0]) == render_markdown(made[1])


def test_what_a_file_says_of_its_scores_releases_nothing(of_everything: Scorecard) -> None:
    """Splits that somebody wrote into the JSON, and measures that no package here defines."""
    content = of_everything.to_dict()
    groups = {s["within"] for s in content["scores"] if s["split"] == "group" and s["within"]}
    assert groups
    for score in content["scores"]:
        score["split"] = "learner"
    (unknown,) = [s for s in content["scores"] if s["measure"] == "detection"][:1]
    content["scores"].append(unknown | {"measure": "made_up", "within": WORD})
    card = Scorecard.parse(json.dumps(content))
    allowed = public_of(card, tuple(Section)).scores
    assert allowed and not {s.within for s in allowed} & groups
    assert all(s.measure != "made_up" for s in allowed)


def test_a_column_that_is_not_declared_is_not_even_named() -> None:
    exhibit = next(e for e in scorecard(SMALL).exhibits if own(e))
    more = exhibit.columns | {WORD: [None] * len(next(iter(exhibit.columns.values())))}
    card = scorecard(SMALL).model_copy(
        update={"exhibits": (exhibit.model_copy(update={"columns": more}),)}
    )
    assert all(WORD not in text for text in forms(document(card, edition="release")).values())


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
