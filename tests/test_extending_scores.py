"""Scores and exhibits of other packages, as docs/extending.md adds them: told in every form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.extensions import Install, documented
from trimtab import Scorecard, datasets, evaluate, write_report
from trimtab.errors import InputError
from trimtab.measure.parts import PARTS, measures, parts
from trimtab.measure.score import Section, Split, Topic
from trimtab.report.exhibits.kinds import EXHIBITS, kinds

# The least that a package can say: no topic, no split, no object for its exhibit.
BARE = {
    "bare.py": """
from trimtab.measure.part import Part, once
from trimtab.measure.score import Direction, Exhibit, Findings, Measure, Section

ROWS = Measure(
    name="rows_seen",
    section=Section.FIDELITY,
    title="Rows that were seen",
    meaning="How many there are.",
    direction=Direction.NONE,
)


def judge(evidence):
    rows = evidence.comparison.synthetic.rows
    moons = {"planet": ["Mars"], "moons": [2]}
    shown = Exhibit(name="moons", title="Moons", columns=moons, rests_on=("synthetic",))
    return Findings(scores=(ROWS.score(rows, n=rows),), exhibits=(shown,), notes=("Seen.",))


PART = Part("bare", "what is bare", Section.FIDELITY, (ROWS,), once(judge))
WRONG = ROWS
""",
}


def scored() -> Scorecard:
    table = datasets.strokes(600).select(["age", "gender", "ever_married"])
    return evaluate(table.slice(0, 300), table.slice(300), sections="fidelity")


def forms(card: Scorecard, folder: Path, **asked: object) -> dict[str, str]:
    return {
        form: write_report(card, folder / f"report.{form}", **asked).read_text(encoding="utf-8")  # type: ignore[arg-type]
        for form in ("html", "md", "json")
    }


def test_what_the_page_adds_is_told_in_every_form(install: Install, tmp_path: Path) -> None:
    files, points = documented("repeats")
    assert set(files) == {"repeats/score.py", "repeats/exhibit.py"}
    install("repeats", files, points)
    assert parts()[: len(PARTS)] == PARTS and [p.name for p in parts()[len(PARTS) :]] == ["repeats"]
    assert kinds()[len(EXHIBITS) :][0].topic is Topic.ROWS

    card = scored()
    score = card.find("repeated_rows")
    assert score.ceiling is not None and score.split is Split.WHOLE
    assert card.measures["repeated_rows"].topic is Topic.ROWS
    assert card.exhibit("repeats") is not None
    assert Scorecard.parse(card.to_json()) == card
    made = forms(card, tmp_path)
    for form, text in made.items():
        assert "Repeated rows" in text and "Rows said again" in text, form
    for form in ("html", "md"):
        assert "Rows that stand alone: " in made[form]
    rows, extremes = "### Whole rows", "### Rare and extreme values"
    assert "#### Rows said again" in made["md"].partition(rows)[2].partition(extremes)[0]
    assert "times that a row stands in its table" in made["html"]


def test_what_the_page_adds_is_released_as_it_says(install: Install, tmp_path: Path) -> None:
    install("repeats", *documented("repeats"))
    card = scored()
    released = forms(card, tmp_path, edition="release")
    for form, text in released.items():
        assert "Rows said again" in text, form
    own = released["md"].partition("Rows said again")[2].partition("\n## ")[0]
    assert "synthetic" in own and "real" not in own
    allowed = forms(card, tmp_path, edition="release", allow=(Section.FIDELITY,))
    assert '"repeated_rows"' in allowed["json"]


def test_what_is_not_declared_is_told_and_withheld(install: Install, tmp_path: Path) -> None:
    install("bare", BARE, {"trimtab.scores": {"bare": "bare:PART"}})
    card = scored()
    assert card.find("rows_seen").value == 300
    assert "Seen." in card.notes
    for form, text in forms(card, tmp_path).items():
        assert "Rows that were seen" in text and "Moons" in text and "Mars" in text, form
    for asked in ({}, {"allow": tuple(Section)}):
        for form, text in forms(card, tmp_path, edition="release", **asked).items():
            assert "Mars" not in text and "300.0" not in text, form
            scores = text.partition("What do the figures mean?")[0]
            assert form == "json" or "Rows that were seen" not in scores, form


def test_a_part_that_fails_is_named(install: Install) -> None:
    broken = BARE["bare.py"].replace(
        "    rows = evidence", "    raise KeyError('boom')\n    rows = evidence"
    )
    install("bare", {"bare.py": broken}, {"trimtab.scores": {"bare": "bare:PART"}})
    with pytest.raises(InputError, match=r"what is bare \(the part 'bare', .* KeyError: 'boom'"):
        scored()


def test_a_part_is_called_like_no_other(install: Install) -> None:
    twice = {"trimtab.scores": {"bare": "bare:PART", "again": "bare:PART"}}
    install("bare", BARE, twice)
    with pytest.raises(InputError, match="two parts of an evaluation are called 'bare'"):
        measures()


def test_what_is_no_part_is_refused(install: Install) -> None:
    install("bare", BARE, {"trimtab.scores": {"bare": "bare:WRONG"}})
    with pytest.raises(InputError, match=r"bare:WRONG.*is of type Measure: expected Part"):
        measures()


def test_without_other_packages_there_are_ours() -> None:
    assert parts() == PARTS
    assert kinds() == EXHIBITS
    assert "repeated_rows" not in measures()
