"""The chapter on a training: in every form of a report, and in no release edition."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tests.report.pages import Page
from tests.report.scorecards import Sketch, scorecard
from trimtab.report.document import Document
from trimtab.report.exhibits.draw import pictures
from trimtab.report.exhibits.style import HOLDOUT, SYNTHETIC
from trimtab.report.html import render_html
from trimtab.report.markdown import render_markdown
from trimtab.report.scorecard.page import document

CARD = scorecard(Sketch(columns=3, groups=2, stages=True))
QUESTION = "How did it learn?"
KINDS = ("training", "stages", "stage pairs")


@pytest.fixture(scope="module")
def learned() -> Document:
    """A document of nothing but the training."""
    mine = tuple(e for e in CARD.exhibits if e.name in KINDS)
    return document(CARD.model_copy(update={"exhibits": mine, "scores": ()}))


def test_the_chapter_is_in_every_form(learned: Document) -> None:
    assert [c.title for c in learned.chapters] == [QUESTION]
    page = Page(render_html(learned))
    assert page.faults == []
    assert QUESTION in page.text
    assert len(page.all("svg")) == 1 + 3 + 1
    assert "real, held out" in page.text
    text = render_markdown(learned)
    assert f"## {QUESTION}" in text
    assert "| value | step 100 | step 2,000 | step 30,000 | held-out real |" in text
    assert "The distance was 40.0 % at step 100 and 5.0 % at step 30,000, the last" in text
    assert Document.parse(learned.to_json()) == learned


def test_it_stands_last_and_only_where_there_are_stages() -> None:
    assert document(CARD).chapters[-1].title == QUESTION
    bare = document(scorecard(Sketch(columns=3, groups=2)))
    assert QUESTION not in [c.title for c in bare.chapters]


@pytest.mark.parametrize("allow", [(), ("fidelity", "copies")])
def test_no_stage_is_in_a_release_edition(allow: tuple[str, ...]) -> None:
    made = document(CARD, edition="release", allow=allow)
    for text in (made.to_json(), render_markdown(made), render_html(made)):
        assert QUESTION not in text
        assert "step 100" not in text
        assert "stage" not in text


@pytest.mark.parametrize("kind", ["stages", "stage pairs"])
def test_the_pictures_of_a_strip_are_in_the_order_of_the_steps(kind: str) -> None:
    exhibit = next(e for e in CARD.exhibits if e.name == kind)
    (picture,) = pictures(exhibit, "p1")
    names = [
        t for t in re.findall(r">([^<]+)</text>", picture.svg) if t.startswith(("step", "held"))
    ]
    last = ["held-out real"] if kind == "stage pairs" else []
    assert names == ["step 100", "step 2,000", "step 30,000", *last]
    assert picture.wide
    root = ElementTree.fromstring(picture.svg)
    found = {e.get("fill") for e in root.iter()} | {e.get("stroke") for e in root.iter()}
    assert {HOLDOUT, SYNTHETIC} <= found


def test_a_cell_without_rows_is_not_drawn() -> None:
    exhibit = next(e for e in CARD.exhibits if e.name == "stage pairs")
    alone = [1.0] + [0.0] * 23
    columns = {
        n: alone if n.startswith(("step", "hold")) else v for n, v in exhibit.columns.items()
    }
    (picture,) = pictures(exhibit.model_copy(update={"columns": columns}), "p1")
    cells = re.findall(rf'fill="(?:{HOLDOUT}|{SYNTHETIC})"><path d="([^"]+)"', picture.svg)
    assert len(cells) == 4
    assert len(set(cells)) == 1
    assert cells[0].count("Z") == 1
