"""Pairs that were asked for, as pictures of both tables and as a table of text."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from tests.measure.made_tables import compared, simulated
from tests.report.exhibits.drawings import leaves, texts
from trimtab._random import Key
from trimtab.measure.fidelity.shown_pairs import MAX_GROUPS, MAX_POINTS, shown_pairs
from trimtab.measure.judge import evaluate
from trimtab.measure.score import Exhibit
from trimtab.measure.scorecard import Settings
from trimtab.report.exhibits.draw import pictures
from trimtab.report.exhibits.style import GROUP_SHAPES, GROUPS, PALETTE, REAL, SYNTHETIC
from trimtab.report.exhibits.words import described, tabled
from trimtab.report.html import render_html
from trimtab.report.markdown import render_markdown
from trimtab.report.scorecard.page import document

TABLES = compared(simulated(600), simulated(600, 1))
PAIRS = [("size", "spiked"), ("size", "some"), ("some", "flag"), ("flag", "steps")]


def shown(x: str, y: str, group: str | None = None) -> Exhibit:
    (exhibit,) = shown_pairs(TABLES, [(x, y)], group, Key(2)).exhibits
    return exhibit


@pytest.mark.parametrize("group", [None, "some", "size"])
@pytest.mark.parametrize("pair", PAIRS)
def test_both_tables_have_the_same_axes_and_colours(
    pair: tuple[str, str], group: str | None
) -> None:
    made = pictures(shown(*pair, group), "p1")
    assert [p.title for p in made] == ["real", "synthetic"]
    first, second = (p.svg for p in made)
    assert texts(first) == texts(second)
    assert set(pair) <= set(texts(first))
    for svg in (first, second):
        root = ElementTree.fromstring(svg)
        assert float(root.get("width", "0")) <= 381
        painted = {held.get("fill") for _, held in leaves(svg)} - {None, "none", "transparent"}
        assert painted <= set(PALETTE)


@pytest.mark.parametrize("pair", [("size", "spiked"), ("size", "some"), ("flag", "spiked")])
def test_every_point_is_drawn(pair: tuple[str, str]) -> None:
    real, synthetic = (p.svg for p in pictures(shown(*pair), "p1"))
    for svg, colour in ((real, REAL), (synthetic, SYNTHETIC)):
        circles = [held for tag, held in leaves(svg) if tag == "circle"]
        assert len(circles) == MAX_POINTS
        assert {held["fill"] for held in circles} == {colour}


def test_groups_have_colours_shapes_and_a_legend_of_their_own() -> None:
    exhibit = shown("size", "spiked", "some")
    names = sorted(
        {*zip(exhibit.columns["group"], exhibit.columns["group_order"], strict=True)},
        key=lambda g: g[1],
    )
    for picture in pictures(exhibit, "p1"):
        assert [t for t in texts(picture.svg) if t in dict(names)] == [name for name, _ in names]
        fills = {held.get("fill") for _, held in leaves(picture.svg)}
        assert set(GROUPS[: len(names)]) <= fills
        assert not {REAL, SYNTHETIC} & fills


def test_there_is_a_colour_and_a_shape_for_each_group() -> None:
    assert len(set(GROUPS)) == len(set(GROUP_SHAPES)) == MAX_GROUPS
    assert set(GROUPS) <= set(PALETTE)


def test_the_deepest_square_is_of_the_most_frequent_combination() -> None:
    exhibit = shown("some", "flag")
    depth = {}
    for picture, side in zip(pictures(exhibit, "p1"), ("real", "synthetic"), strict=True):
        squares = [h for _, h in leaves(picture.svg) if h.get("fill") in (REAL, SYNTHETIC)]
        depth[side] = max(float(h.get("fill-opacity", "1")) for h in squares)
    shares = dict.fromkeys(depth, 0.0)
    for side, share in zip(exhibit.columns["side"], exhibit.columns["share"], strict=True):
        shares[side] = max(shares[side], share)
    most, least = sorted(shares, key=lambda s: -shares[s])
    for side in (most, least):
        expected = (shares[side] / shares[most]) ** 0.5
        assert depth[side] == pytest.approx(expected, abs=0.03)


def test_the_table_of_points_tells_of_each_group() -> None:
    table = tabled(shown("size", "spiked", "flag"))
    assert table.columns == (
        "flag",
        "table",
        "points",
        "size: median (5 % to 95 %)",
        "spiked: median (5 % to 95 %)",
        "correlation",
    )
    assert [row[:2] for row in table.rows] == [
        (flag, side)
        for flag in (table.rows[0][0], table.rows[2][0])
        for side in ("real", "synthetic")
    ]
    assert sum(int(row[2]) for row in table.rows) == 2 * MAX_POINTS
    exhibit = shown("size", "some")
    assert tabled(exhibit).columns[-1] == "some: most frequent"
    assert described(exhibit) == "Points of 400 real and 400 synthetic rows."


def test_the_table_of_squares_begins_with_the_most_frequent() -> None:
    table = tabled(shown("some", "flag"))
    assert table.columns == ("some", "flag", "real", "synthetic")
    shares = [float(row[2].split()[0]) + float(row[3].split()[0]) for row in table.rows]
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize("name", ["<b>", "a|b", "null\x00byte", "if", "日本", "datum['x']", ""])
def test_any_name_and_label_can_be_drawn(name: str) -> None:
    columns: dict[str, list[Any]] = {name or "empty": [name, "b", None] * 30}
    real = {**columns, "other": [*map(float, range(90))], "y": [*map(float, range(90))]}
    tables = compared(real, real)
    group = name or "empty"
    pairs = [("other", "y"), (group, "y")]
    for exhibit in shown_pairs(tables, pairs, group, Key(1)).exhibits:
        for picture in pictures(exhibit, "p1"):
            ElementTree.fromstring(picture.svg)
            assert "<b>" not in picture.svg
            assert picture.svg.count("<path") > 60


def test_pages_show_pairs_first_and_release_editions_never() -> None:
    settings = Settings(show=(("size", "spiked"), ("some", "flag")), group="some", sections=())
    card = evaluate(TABLES, settings)
    page = render_html(document(card))
    assert page.count("Pairs of columns that were asked for") >= 1
    assert ">size, spiked, some<" in page
    told = render_markdown(document(card))
    assert "**size, spiked, some.** Points of 400 real and 400 synthetic rows, in" in told
    for form in (render_html, render_markdown):
        public = form(document(card, edition="release"))
        assert "asked for" not in public
        assert "spiked: median" not in public
