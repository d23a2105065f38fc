"""Real rows that were weighted are called so wherever they stand."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.measure.made_tables import compared, simulated
from tests.report.exhibits.drawings import texts
from trimtab.measure.judge import evaluate
from trimtab.measure.score import Exhibit, Section
from trimtab.measure.scorecard import Scorecard, Settings
from trimtab.report.exhibits.draw import pictures
from trimtab.report.exhibits.words import described, tabled
from trimtab.report.html import render_html
from trimtab.report.markdown import render_markdown
from trimtab.report.scorecard.page import document

SHOWN = ("distribution", "cumulative", "associations", "projection", "tails")
HEAD = re.compile(r"^\| [^|]*\|.* real, weighted(,| \|)", re.M)


@pytest.fixture(scope="module")
def cards() -> dict[str, Scorecard]:
    """A table whose flags were balanced, judged by the flag and as it stands."""
    real, synthetic = simulated(400), simulated(400, 1)
    synthetic["flag"] = ["yes", "no"] * 200
    real["flag"] = np.where(np.arange(400) % 5 == 0, "yes", "no").tolist()
    comparison = compared(real, synthetic)
    only = (Section.FIDELITY,)
    return {
        "by": evaluate(comparison, Settings(by=("flag",), sections=only)),
        "plain": evaluate(comparison, Settings(sections=only)),
    }


def of_both(card: Scorecard, name: str) -> Exhibit:
    return next(e for e in card.exhibits if e.name == name and "real" in e.rests_on)


@pytest.mark.parametrize("name", SHOWN)
def test_weighted_rows_are_called_so_in_words(name: str, cards: dict[str, Scorecard]) -> None:
    weighted, plain = (of_both(cards[c], name) for c in ("by", "plain"))
    assert weighted.weighted == ("real",)
    assert plain.weighted == ()
    assert described(weighted).endswith(
        "The real rows are weighted to the synthetic table's groups."
    )
    assert "weighted" not in described(plain)
    for exhibit, is_said in ((weighted, True), (plain, False)):
        table = tabled(exhibit)
        cells = [*table.columns, *(row[0] for row in table.rows)]
        assert any("real, weighted" in cell for cell in cells) == is_said


@pytest.mark.parametrize("name", ["associations", "projection"])
def test_titles_of_pictures_say_it(name: str, cards: dict[str, Scorecard]) -> None:
    titles = [p.title for p in pictures(of_both(cards["by"], name), "p1")]
    assert sum("real, weighted" in title for title in titles) == 1


def test_the_bars_are_those_of_the_weighted_rows(cards: dict[str, Scorecard]) -> None:
    """Of the real flags a fifth is "yes"; weighted to the synthetic ones half of them."""
    assert ("yes", "50.0 %", "50.0 %") in tabled(
        next(e for e in cards["by"].exhibits if e.name == "distribution" and e.about == ("flag",))
    ).rows


def test_pages_say_it_in_legends_and_tables(cards: dict[str, Scorecard]) -> None:
    page = render_html(document(cards["by"]))
    for title in ("Distributions", "Cumulative shares", "Rows on two axes", "Ends of numbers"):
        legend = re.search(rf'>{title}</h4>.*?<p class="legend">(.*?)</p>', page, re.S)
        assert legend
        assert ">real, weighted<" in legend[1]
        assert ">synthetic<" in legend[1]
    plain = render_html(document(cards["plain"]))
    assert "real, weighted" not in plain
    told, untold = (render_markdown(document(cards[c])) for c in ("by", "plain"))
    assert len(HEAD.findall(told)) >= 3
    assert "weighted to the synthetic table's groups" in told
    assert "real, weighted" not in untold


def test_stored_exhibits_of_before_are_read_as_unweighted(cards: dict[str, Scorecard]) -> None:
    stored = of_both(cards["by"], "tails").model_dump(mode="json")
    del stored["weighted"]
    read = Exhibit.model_validate(stored)
    assert read.weighted == ()
    assert "real" in tabled(read).columns
    assert texts(pictures(read, "p1")[0].svg)
