"""The small picture of a figure: each mark where it belongs, and good and poor told apart."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.report.pages import Page
from trimtab.measure.score import Direction, Measure, Score, Section
from trimtab.report.gauge import gauge

LOWER = Measure(
    name="distance",
    section=Section.FIDELITY,
    title="Distance",
    meaning="How far.",
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.01,
    alarm=0.04,
)


def drawn(score: Score, limits: tuple[float, float] | None = None) -> dict[str, float]:
    """Where the marks of a picture are, by their class."""
    page = Page(gauge(score, "good", "<what> it says", limits))
    assert page.faults == []
    marks = {}
    for tag in ("line", "circle", "path", "rect"):
        for mark in page.all(tag):
            name = (mark["class"] or "").split()[0]
            where = mark.get("x1") or mark.get("cx") or mark.get("x")
            where = where or re.findall(r"M([\d.]+)", mark.get("d") or "")[0]
            marks[name] = float(where or 0)
    return marks


def score(value: float, **more: float) -> Score:
    found = LOWER.score(value, n=10, ceiling=0.02, interval=(value - 0.001, value + 0.001))
    return found.model_copy(update=more)


@given(st.floats(0.001, 1.0), st.floats(0.001, 1.0), st.floats(0.001, 1.0))
def test_marks_are_in_order(value: float, heldout: float, alone: float) -> None:
    marks = drawn(score(value, heldout=heldout, columns_alone=alone))
    figures = {"value": value, "held": heldout, "alone": alone, "ideal": 0.0}
    for one, first in figures.items():
        for other, second in figures.items():
            assert (marks[one] - marks[other]) * (first - second) >= 0, (one, other)


def test_what_is_expected_by_chance_is_marked_otherwise() -> None:
    assert "other" in drawn(score(0.02)) and "held" not in drawn(score(0.02))
    assert "held" in drawn(score(0.02, heldout=0.03))


def test_a_good_and_a_poor_figure_do_not_look_alike() -> None:
    good, poor = (drawn(score(v), (0.03, 0.06))["value"] for v in (0.021, 0.3))
    assert good < 70 < 150 < poor


def test_a_picture_says_in_words_what_it_shows() -> None:
    text = gauge(score(0.02), "good", "<what> it says")
    assert 'aria-label="&lt;what&gt; it says"' in text
    assert "<title>&lt;what&gt; it says</title>" in text
    assert gauge(LOWER.missing("no rows"), "unknown", "nothing") == ""
