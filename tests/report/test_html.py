"""The HTML page: valid, accessible, self-contained, and nothing from the data is ever markup."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import pairwise

import pytest

from tests.report.pages import Page
from tests.report.scorecards import ODD, Sketch, scorecard
from trimtab.measure.score import Direction, Exhibit, Section
from trimtab.report.document import Document
from trimtab.report.exhibits.style import PALETTE
from trimtab.report.html import render_html
from trimtab.report.scorecard.page import document
from trimtab.report.summary import CAVEAT
from trimtab.report.wording import scale

MAX_BYTES = 3_000_000
STYLE = files("trimtab.report").joinpath("templates/report.css").read_text(encoding="utf-8")


@pytest.fixture(params=["plain_page", "odd_page"])
def page(request: pytest.FixtureRequest) -> Page:
    return Page(request.getfixturevalue(request.param))


def test_tags_are_balanced(page: Page) -> None:
    assert page.faults == []


def test_a_page_that_is_not_balanced_is_found() -> None:
    assert Page("<p><b>x</p></b>").faults
    assert Page("<div>").faults
    assert Page('<p id="a" id="b"></p>').faults


def test_identities_are_unique_and_references_lead_somewhere(page: Page) -> None:
    found = [a["id"] for _, a in page.tags if "id" in a]
    assert len(found) == len(set(found))
    for tag, attributes in page.tags:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set((attributes.get(name) or "").split()) <= set(found), tag
        if tag == "a":
            assert (attributes["href"] or "").removeprefix("#") in found


def test_headings_are_in_order(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_nothing_is_loaded_and_nothing_runs(page: Page) -> None:
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "image", "use", "form"}
    for tag, attributes in page.tags:
        assert not [n for n in attributes if n.startswith("on")], tag
        for name in ("src", "srcset", "href", "xlink:href", "action", "data", "style"):
            assert (attributes.get(name) or "#").startswith("#"), (tag, name)
    policy = next(a for a in page.all("meta") if a.get("http-equiv"))
    assert "default-src 'none'" in (policy["content"] or "")
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_no_address_but_the_namespace_of_svg(plain_page: str, odd_page: str) -> None:
    for text in (plain_page, odd_page):
        assert set(re.findall(r"https?://[^\"' <]+", text)) == {"http://www.w3.org/2000/svg"}


def test_the_page_can_be_read_without_seeing_it(page: Page) -> None:
    assert page.all("html") == [{"lang": "en"}]
    for landmark in ("header", "main", "footer", "nav"):
        assert len(page.all(landmark)) == 1, landmark
    assert all(a.get("scope") in ("col", "row", "rowgroup") for a in page.all("th"))
    for svg in page.all("svg"):
        assert svg["role"] == "img"
        assert svg.get("aria-labelledby") or svg["aria-label"]
    regions = [a for _, a in page.tags if a.get("role") == "region"]
    assert regions
    assert all(a.get("aria-label") and a.get("tabindex") == "0" for a in regions)
    assert page.all("a")[0] == {"class": "skip", "href": "#answer"}
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )


def test_names_and_labels_are_text(odd_page: str) -> None:
    page = Page(odd_page)
    assert page.all("script") == []
    for name in ODD[:5]:
        assert " ".join(name.split()) in page.text
    assert "{{ 7 * 7 }}" in page.text
    assert "49" not in re.findall(r"\{\{[^}]*\}\}", odd_page)
    assert "\x00" not in odd_page


def test_a_title_is_text() -> None:
    made = document(scorecard(Sketch(columns=2, groups=2)), title='</title><script>"&')
    made = made.model_copy(update={"chapters": ()})
    text = render_html(made)
    assert "<script" not in text
    assert '</title><script>"&' in Page(text).text


def test_the_first_screen_comes_first(odd_page: str) -> None:
    text = Page(odd_page).text
    order = [
        "INTERNAL: exact figures of real data",
        "Can I use this table, and for what not?",
        "Copy alarm.",
        "Exploring single columns.",
        CAVEAT,
        "Contents",
        "Is it like the real table?",
    ]
    places = [text.index(t) for t in order]
    assert places == sorted(places)


def test_every_headline_leads_to_its_meaning_which_is_said_once(
    plain: Document, plain_page: str
) -> None:
    page = Page(plain_page)
    anchors = {a["href"] for a in page.all("a")}
    named = {f"#{d['id']}" for d in page.all("dt") if d.get("id")}
    for score in plain.headlines:
        assert score.title in page.text
        assert page.text.count(plain.measures[score.measure].meaning) == 1
    assert len(named) == len(plain.measures)
    assert {a for a in anchors if a and a.startswith("#figure-")} <= named
    assert len(page.all("ul")) >= 1
    assert sum("gauge" in (a.get("class") or "") for a in page.all("svg")) == len(plain.headlines)


def test_every_picture_can_be_read_as_a_table(plain_page: str) -> None:
    page = Page(plain_page)
    assert len(page.all("svg")) >= 20
    assert page.text.count("As a table") >= len(page.all("figure")) - 3


@pytest.mark.stress
def test_fifty_columns_make_a_page_of_moderate_size() -> None:
    text = render_html(document(scorecard(Sketch(columns=50))))
    assert len(text.encode()) < MAX_BYTES
    assert text.count("<svg") > 80
    assert "1,025 more lines are in the JSON form" in text


def test_the_same_document_makes_the_same_page(plain: Document) -> None:
    some = plain.model_copy(update={"chapters": plain.chapters[-1:]})
    assert render_html(some) == render_html(some)


def test_a_document_read_from_json_makes_the_same_page(plain: Document) -> None:
    some = plain.model_copy(update={"chapters": plain.chapters[-1:]})
    assert render_html(Document.parse(some.to_json())) == render_html(some)


def colours(scheme: str) -> dict[str, str]:
    """The named colours of a scheme of the style sheet."""
    light, dark = STYLE.split("prefers-color-scheme: dark")[:2]
    part = light if scheme == "light" else dark.split("}")[0]
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", part))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (WCAG 2.2)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_enough(scheme: str) -> None:
    """4.5 for text and 3 for what charts are made of (WCAG 2.2, 1.4.3 and 1.4.11)."""
    found = colours(scheme)
    for name in ("ink", "muted", "link", "good", "middling", "poor"):
        assert contrast(found[name], found["paper"]) >= 4.5, name
    for name in ("ink", "poor"):
        assert contrast(found[name], found["quiet"]) >= 4.5, name
    for name in ("real", "synthetic", "holdout", "more", "less"):
        assert contrast(found[name], found["paper"]) >= 3, name


def test_contrast_is_what_it_is_known_to_be() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_colour_of_the_charts_follows_the_scheme() -> None:
    light = colours("light")
    assert light.keys() == colours("dark").keys()
    for colour in PALETTE:
        for paint in ("fill", "stroke"):
            name = re.search(rf'\[{paint}="{colour}"\] {{ {paint}: var\(--(\w+)\) }}', STYLE)
            assert name, (paint, colour)
            assert light[name[1]] == colour


def test_the_scale_of_a_measure_is_said() -> None:
    measure = scorecard(Sketch(columns=2)).measures["drawn_to_training_rows"]
    assert scale(measure).startswith("Nearer to the ideal is better (ideal 0.5). Good up to 0.02")
    bare = measure.model_copy(
        update={"direction": Direction.NONE, "tolerance": None, "alarm": None, "source": ""}
    )
    assert scale(bare) == ""


def test_an_exhibit_without_a_chart_is_a_table() -> None:
    card = scorecard(Sketch(columns=2, groups=2))
    new = Exhibit(name="moons", title="Moons", columns={"planet": ["<Mars>"], "moons": [2]})
    made = document(card.model_copy(update={"exhibits": (new,), "scores": ()}))
    assert [c.identity for c in made.chapters] == [str(Section.COPIES)]
    page = Page(render_html(made))
    assert "<Mars>" in page.text
    assert page.all("svg") == []
