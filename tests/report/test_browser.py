"""The page in a browser: no errors, readable, and no wider than a telephone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.report.browser import needs_browser, opened
from tests.report.scorecards import Sketch, scorecard
from trimtab.report.document import Document
from trimtab.report.html import render_html
from trimtab.report.scorecard.page import document


@needs_browser
def test_a_report_opens_without_errors(plain: Document, plain_page: str, tmp_path: Path) -> None:
    place = tmp_path / "report.html"
    place.write_text(plain_page, encoding="utf-8")
    page, complaints = opened(place, tmp_path / "profile")
    assert complaints == []
    for point in plain.answer.points:
        assert point.sentence in page.text
    for score in plain.headlines:
        assert score.title in page.text
    assert len(page.all("svg")) == plain_page.count("<svg")


@needs_browser
def test_errors_would_be_seen(tmp_path: Path) -> None:
    """The policy of the page is at work: what it forbids is complained of."""
    made = document(scorecard(Sketch(columns=2))).model_copy(update={"chapters": ()})
    text = render_html(made).replace("<footer>", "<script>1</script><img src='x.png'><footer>")
    place = tmp_path / "report.html"
    place.write_text(text, encoding="utf-8")
    _, complaints = opened(place, tmp_path / "profile")
    assert len(complaints) >= 2
    assert all("Content Security Policy" in c for c in complaints)


@needs_browser
@pytest.mark.parametrize("width", [375, 320])
def test_the_page_is_no_wider_than_a_telephone(width: int, odd_page: str, tmp_path: Path) -> None:
    """With the worst names there are, and everything unfolded."""
    text = odd_page.replace("<details", "<details open")
    (tmp_path / "report.html").write_text(text, encoding="utf-8")
    frame = tmp_path / "frame.html"
    frame.write_text(
        f"<iframe id=f src=report.html width={width} height=600></iframe><p id=w></p><script>"
        "f.onload = () => w.textContent = 'width ' + f.contentDocument.documentElement.scrollWidth"
        "</script>",
        encoding="utf-8",
    )
    options = ("--allow-file-access-from-files", "--virtual-time-budget=5000")
    page, _ = opened(frame, tmp_path / "profile", *options)
    found = re.search(r"width (\d+)", page.text)
    assert found, page.text
    # The frame's own scroll bar takes some of its width.
    assert width - 20 <= int(found[1]) <= width
