"""The Markdown form: read by a Markdown parser, with nothing of the data taken for markup."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.report.pages import Page
from tests.report.scorecards import ODD, Sketch, scorecard
from trimtab.report.document import Document
from trimtab.report.markdown import opening, plain, render_markdown
from trimtab.report.scorecard.page import document

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")


def read(text: str) -> Page:
    return Page(PARSER.render(text))


def test_it_says_what_the_page_says(plain_document: Document) -> None:
    page = read(render_markdown(plain_document))
    assert page.faults == []
    for text in (plain_document.mark, plain_document.title, plain_document.summary):
        assert text in page.text
    for point in plain_document.answer.points:
        assert point.sentence in page.text
    for chapter in plain_document.chapters:
        assert chapter.title in page.text
    for score in plain_document.headlines:
        assert score.title in page.text


@pytest.fixture
def plain_document(request: pytest.FixtureRequest) -> Document:
    made = request.getfixturevalue("plain")
    assert isinstance(made, Document)
    return made


def test_tables_are_whole(odd: Document) -> None:
    """Every line of a table has as many cells as its head: no label adds one."""
    lines = render_markdown(odd).splitlines()
    tables = 0
    for head, rule in pairwise(lines):
        if re.fullmatch(r"\|(---\|)+", rule):
            tables += 1
            cells = rule.count("---")
            assert len(re.findall(r"(?<!\\)\|", head)) == cells + 1
            following = lines[lines.index(head) + 2 :]
            for line in following:
                if not line.startswith("|"):
                    break
                assert len(re.findall(r"(?<!\\)\|", line)) == cells + 1, line
    assert tables > 20


def test_names_and_labels_are_text(odd: Document) -> None:
    page = read(render_markdown(odd))
    assert not {tag for tag, _ in page.tags} & {"script", "img", "code", "a", "em", "hr"}
    for name in ODD:
        shown = " ".join(name.replace("\x00", " ").split())
        assert shown in page.text, name


def test_headings_are_in_order(odd: Document) -> None:
    page = read(render_markdown(odd))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_there_are_no_figures_that_are_none(odd: Document) -> None:
    text = render_markdown(odd)
    assert not re.search(r"\bNone\b|\bnan\b", text)


OBEYED = {*map(chr, range(0x80, 0xA0)), "\u061c", "\u200e", "\u200f"}
OBEYED |= {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x2070))}


@pytest.mark.parametrize("sign", sorted(OBEYED))
def test_what_a_terminal_obeys_is_shown(sign: str) -> None:
    """A page of Markdown is read on terminals too."""
    page = read(f"x {plain(f'a{sign}b')} y")
    assert " ".join(page.pieces).strip() == f"x a{repr(sign)[1:-1]}b y"


@given(st.text(max_size=30).filter(lambda text: not OBEYED & {*text}))
def test_any_text_stays_text(text: str) -> None:
    """What is read back is the text, but for space and control characters."""
    page = read(f"x {plain(text)} y")
    shown = " ".join(page.pieces)
    assert {tag for tag, _ in page.tags} <= {"p"}
    assert squeezed(shown) == squeezed(f"x {text} y")


@given(st.text("-+*=#>1.) `~_|<&a\\[]!", max_size=8))
def test_any_text_can_begin_a_paragraph(text: str) -> None:
    page = read(f"{opening(text)} end")
    assert {tag for tag, _ in page.tags} <= {"p"}
    assert squeezed(" ".join(page.pieces)) == squeezed(f"{text} end")


def squeezed(text: str) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f\u2028\u2029\ufffd]+", "", text)


def test_long_parts_are_cut_and_say_so() -> None:
    text = render_markdown(document(scorecard(Sketch(columns=20, groups=2))))
    assert "140 more lines are in the JSON form of this report." in text
    assert "8 more tables are in the JSON form of this report." in text


def test_the_same_document_makes_the_same_text(odd: Document) -> None:
    assert render_markdown(odd) == render_markdown(odd)
