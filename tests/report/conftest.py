"""Pages that are drawn once and looked at by many tests."""

from __future__ import annotations

import pytest

from tests.report.scorecards import Sketch, scorecard
from trimtab.report.document import Document
from trimtab.report.html import render_html
from trimtab.report.scorecard.page import document


@pytest.fixture(scope="session")
def plain() -> Document:
    return document(scorecard(Sketch(columns=6, groups=4)))


@pytest.fixture(scope="session")
def odd() -> Document:
    """Names and labels that try to be markup, and worse."""
    return document(scorecard(Sketch(columns=10, groups=4, odd=True, copied=0.05, stages=True)))


@pytest.fixture(scope="session")
def plain_page(plain: Document) -> str:
    return render_html(plain)


@pytest.fixture(scope="session")
def odd_page(odd: Document) -> str:
    return render_html(odd)
