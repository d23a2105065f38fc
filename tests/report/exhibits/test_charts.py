"""Charts: they show what the exhibit holds, small and fit to stand in one page."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.exhibits.drawings import SVG, drawn, leaves, texts
from tests.report.scorecards import ODD, Sketch, scorecard
from trimtab.measure.score import Exhibit
from trimtab.report.exhibits.draw import Picture, pictures
from trimtab.report.exhibits.kinds import EXHIBITS, kind_of
from trimtab.report.exhibits.relations import MAX_COLUMNS, chosen
from trimtab.report.exhibits.shares import difference
from trimtab.report.exhibits.style import LESS, MORE, PALETTE, REAL, SYNTHETIC, WIDTH
from trimtab.report.exhibits.text_table import plain
from trimtab.report.exhibits.words import described, tabled
from trimtab.report.formatting import rows

CARD = scorecard(Sketch(columns=6, groups=4, odd=True, stages=True))
PAGE = 832  # pixels of the page's text
STRIPS = ("stages", "stage pairs")
TABLES = ("classification report", "broken_rules")  # read, not drawn
ONE_OF_EACH = list({e.name: e for e in CARD.exhibits if e.rests_on != ("synthetic",)}.values())


@cache
def pictured(name: str) -> tuple[Picture, ...]:
    """The pictures of one exhibit of each kind, drawn once."""
    return tuple(pictures(next(e for e in ONE_OF_EACH if e.name == name), "p77"))


def shares(**sides: list[float]) -> dict[str, list[Any]]:
    """A distribution over labels a, b, c, ..."""
    size = len(next(iter(sides.values())))
    return {
        "side": [s for s in sides for _ in range(size)],
        "value": [chr(97 + k) for _ in sides for k in range(size)],
        "low": [None] * size * len(sides),
        "high": [None] * size * len(sides),
        "share": [v for values in sides.values() for v in values],
    }


@pytest.mark.parametrize("exhibit", ONE_OF_EACH, ids=lambda e: e.name)
def test_every_exhibit_is_a_picture_and_a_table(exhibit: Exhibit) -> None:
    made = pictured(exhibit.name)
    assert bool(made) == (exhibit.name not in TABLES)
    for picture in made:
        root = ElementTree.fromstring(picture.svg)
        assert root.get("role") == "img"
        title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None
        assert desc is not None
        assert title.text
        assert desc.text
        assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    table = tabled(exhibit)
    assert table.rows
    assert {len(row) for row in table.rows} == {len(table.columns)}
    assert kind_of(exhibit) in EXHIBITS
    assert kind_of(exhibit).table is not plain


@pytest.mark.parametrize("exhibit", ONE_OF_EACH, ids=lambda e: e.name)
def test_colours_are_of_the_palette_and_fonts_are_the_page_s(exhibit: Exhibit) -> None:
    for picture in pictured(exhibit.name):
        found = set(re.findall(r'(?:fill|stroke)="([^"]+)"', picture.svg)) - {"none", "transparent"}
        assert found <= set(PALETTE)
        assert "font-family" not in picture.svg
        assert "style=" not in picture.svg
        assert "http" not in picture.svg.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("exhibit", ONE_OF_EACH, ids=lambda e: e.name)
def test_pictures_without_facts_are_not_drawn(exhibit: Exhibit) -> None:
    empty = exhibit.model_copy(update={"columns": {n: [] for n in exhibit.columns}})
    assert pictures(empty, "p1") == []
    assert tabled(empty).rows == () or exhibit.name in ("cumulative", "roc")
    assert described(empty) == "There is nothing to show."


@pytest.mark.parametrize("exhibit", ONE_OF_EACH, ids=lambda e: e.name)
def test_figures_that_are_missing_are_left_out(exhibit: Exhibit) -> None:
    """Every number missing: nothing to draw, and no error."""
    kept = {"side", "arm", "from", "group", "column", "label", "end", "a", "b", "kind", "class"}
    bare = {n: v if n in kept else [None] * len(v) for n, v in exhibit.columns.items()}
    made = exhibit.model_copy(update={"columns": bare})
    assert all("NaN" not in p.svg and "undefined" not in p.svg for p in pictures(made, "p1"))
    assert described(made)
    tabled(made)


def bar_lengths(svg: str, colour: str) -> list[float]:
    """The lengths of horizontal bars of a colour, from the top."""
    bars = []
    for _, held in leaves(svg):
        if held.get("fill") == colour:
            bars += re.findall(r"M0,([\d.]+)h([\d.]+)v", held.get("d", ""))
    return [float(length) for _, length in sorted(bars, key=lambda b: float(b[0]))]


def test_bars_are_as_long_as_shares() -> None:
    real, synthetic = [0.5, 0.3, 0.15, 0.05], [0.4, 0.4, 0.1, 0.1]
    (svg,) = drawn("distribution", shares(real=real, synthetic=synthetic))
    for values, colour in ((real, REAL), (synthetic, SYNTHETIC)):
        lengths = bar_lengths(svg, colour)
        assert len(lengths) == 4
        unit = sum(lengths) / sum(values)
        assert lengths == pytest.approx([unit * v for v in values], abs=0.11)


def test_labels_beyond_the_first_dozen_are_added_up() -> None:
    values = [1 / 20] * 20
    (svg,) = drawn("distribution", shares(real=values, synthetic=values))
    assert "(8 others)" in svg
    lengths = bar_lengths(svg, REAL)
    assert lengths[-1] == pytest.approx(8 * lengths[0], abs=1.0)


def test_labels_that_are_numbers_stand_by_their_size() -> None:
    columns = shares(real=[0.4, 0.3, 0.1, 0.2])
    columns["value"] = ["0", "10", "-2", "2"]
    (svg,) = drawn("distribution", columns)
    assert [t for t in texts(svg) if t in columns["value"]] == ["-2", "0", "2", "10"]
    columns["value"] = ["0", "b", "(missing)", "2"]
    (svg,) = drawn("distribution", columns)
    assert [t for t in texts(svg) if t in columns["value"]] == ["0", "b", "2", "(missing)"]


def test_what_is_missing_is_not_added_up_with_others() -> None:
    values = [1 / 20] * 20
    columns = shares(real=values)
    columns["value"][15], columns["value"][3] = "(missing)", "(others)"
    (svg,) = drawn("distribution", columns)
    assert "(missing)" in texts(svg)
    # Of how many labels the others are is not known once some were added up before.
    columns["value"][3], columns["value"][19] = "x", "(others)"
    (svg,) = drawn("distribution", columns)
    assert "(others)" in texts(svg)
    assert "others)" not in "".join(t for t in texts(svg) if t != "(others)")


def test_bins_of_unequal_width_show_shares_per_unit() -> None:
    """Two bins of the same density are as high as each other, whatever their widths."""
    columns = {
        "side": ["real"] * 2,
        "value": [None] * 2,
        "low": [0.0, 1.0],
        "high": [1.0, 4.0],
        "share": [0.25, 0.75],
    }
    (svg,) = drawn("distribution", columns)
    assert "density" in svg
    line = next(held["d"] for _, held in leaves(svg) if held.get("stroke") == REAL)
    heights = {y for _, y in re.findall(r"L([\d.]+),([\d.]+)", line)}
    assert len(heights) == 2


def test_a_point_for_each_row_of_a_projection() -> None:
    columns = {"side": ["real"] * 5 + ["synthetic"] * 3, "x": list(range(8)), "y": [1.0] * 8}
    real, synthetic = drawn("projection", columns)
    assert real.count("<circle") == 5
    assert synthetic.count("<circle") == 3


def test_a_square_for_each_pair() -> None:
    columns = {"a": ["x", "x", "y"], "b": ["y", "z", "z"], "kind": ["mixed"] * 3}
    figures = {"real": [1.0, 0.5, 0.0], "synthetic": [0.5, None, -1.0]}
    both, apart = drawn("associations", {**columns, **figures})

    def squares(svg: str) -> int:
        filled = (held for _, held in leaves(svg) if held.get("fill") in (MORE, LESS))
        return sum(held["d"].count("Z") for held in filled)

    # Nothing is drawn for an association of 0.
    assert squares(both) == 4
    assert squares(apart) == 2


def test_wide_tables_keep_the_columns_that_differ_most() -> None:
    found = [
        {"a": f"c{k}", "b": f"c{k + 1}", "real": 0.0, "synthetic": 0.9 if k == 150 else 0.0}
        for k in range(200)
    ]
    kept = chosen(found)
    assert len(kept) == MAX_COLUMNS
    assert {"c150", "c151"} <= set(kept)
    assert kept == sorted(kept, key=lambda n: int(n[1:]))


@pytest.mark.parametrize(
    "label", [*ODD, "\ud800", "\ufffe", "\x1b[31m", "", " ", "\u202eabc", "if"]
)
def test_any_label_can_be_drawn(label: str) -> None:
    columns = shares(real=[0.5, 0.5], synthetic=[0.4, 0.6])
    columns["value"] = [label, "b"] * 2
    (svg,) = drawn("distribution", columns)
    ElementTree.fromstring(svg)
    assert "<script" not in svg


@given(st.text(max_size=12), st.text(max_size=12))
@settings(max_examples=12, deadline=None)
def test_titles_are_text(title: str, label: str) -> None:
    columns = shares(real=[1.0])
    columns["value"] = [label]
    exhibit = Exhibit(name="distribution", title=title, about=(title,), columns=columns)
    (picture,) = pictures(exhibit, "p1")
    root = ElementTree.fromstring(picture.svg)
    assert not [e for e in root.iter() if e.tag.removeprefix(SVG) not in KNOWN]


KNOWN = {"svg", "title", "desc", "g", "path", "text", "line", "circle", "rect", "defs", "clipPath"}


def test_identities_carry_the_picture_s_name() -> None:
    for exhibit in ONE_OF_EACH:
        for picture in pictured(exhibit.name):
            found = re.findall(r'\bid="([^"]+)"', picture.svg)
            assert found
            assert all(f.startswith("p77-") for f in found)
            assert set(re.findall(r"url\(#([^)]+)\)", picture.svg)) <= set(found)


def test_pictures_are_as_wide_as_a_column_of_the_page() -> None:
    for exhibit in ONE_OF_EACH:
        for picture in pictured(exhibit.name):
            width = float(ElementTree.fromstring(picture.svg).get("width", "0"))
            assert width <= (PAGE if exhibit.name in STRIPS else WIDTH + 1)
            assert picture.wide == (exhibit.name in STRIPS)
    wide = scorecard(Sketch(columns=20)).exhibit("associations")
    assert wide is not None
    assert all(p.wide for p in pictures(wide, "p1"))


def test_the_same_exhibit_makes_the_same_picture() -> None:
    exhibit = Exhibit(name="distribution", title="x", columns=shares(real=[0.5, 0.5]))
    assert pictures(exhibit, "p1") == pictures(exhibit, "p1")


def test_the_difference_of_two_distributions() -> None:
    def of(**sides: list[float]) -> float:
        return difference(Exhibit(name="distribution", title="", columns=shares(**sides)))

    assert of(real=[0.5, 0.5], synthetic=[0.5, 0.5]) == 0
    assert of(real=[1.0, 0.0], synthetic=[0.0, 1.0]) == 1
    assert of(real=[0.5, 0.5], synthetic=[0.25, 0.75]) == pytest.approx(0.25)
    assert of(synthetic=[0.5, 0.5]) == 0


def test_what_is_said_of_a_chart_names_the_greatest_difference() -> None:
    columns = shares(real=[0.5, 0.3, 0.2], synthetic=[0.5, 0.1, 0.4])
    columns["share"][1] = 0.35
    said = described(Exhibit(name="distribution", title="", columns=columns))
    assert (
        said == "The greatest difference is at b: 35.0 % of real rows and 10.0 % of synthetic ones."
    )


def test_a_table_of_associations_begins_with_the_greatest_difference() -> None:
    exhibit = CARD.exhibit("associations")
    assert exhibit is not None
    worst = max(rows(exhibit), key=lambda r: abs((r["real"] or 0) - (r["synthetic"] or 0)))
    assert tabled(exhibit).rows[0][0] == f"{worst['a']} and {worst['b']}"


def test_moments_are_shown_as_dates() -> None:
    columns = {
        "side": ["real"] * 2,
        "value": [None] * 2,
        "low": [0.0, 86_400.0 * 366],
        "high": [86_400.0 * 366, 86_400.0 * 731],
        "share": [0.25, 0.75],
        "unit": ["seconds since 1970"] * 2,
    }
    (svg,) = drawn("distribution", columns)
    assert {"1970", "1971"} <= set(re.findall(r">(\d{4})<", svg))
    exhibit = Exhibit(name="distribution", title="", columns=columns)
    assert tabled(exhibit).rows[0][0] == "1970-01-01 to 1971-01-02"
    curve = {
        "side": ["real"] * 3,
        "value": [0.0, 3600.0, 86_400.0],
        "share": [0.2, 0.6, 1.0],
        "unit": ["seconds since 1970"] * 3,
    }
    exhibit = Exhibit(name="cumulative", title="", columns=curve)
    assert described(exhibit) == "Half of the rows is reached at 1970-01-01 01:00:00 for real rows."
    assert pictures(exhibit, "p1")


@pytest.mark.parametrize(
    ("most", "shown"), [(0.4, "0.1"), (40.0, "10"), (4_000.0, "1,000"), (4_000_000.0, "1M")]
)
def test_numbers_of_any_size_are_written_plainly(most: float, shown: str) -> None:
    edges = [most * k / 8 for k in range(9)]
    columns = {
        "side": ["real"] * 8,
        "value": [None] * 8,
        "low": edges[:-1],
        "high": edges[1:],
        "share": [1 / 8] * 8,
    }
    (svg,) = drawn("distribution", columns)
    assert f">{shown}<" in svg


def test_groups_are_named_without_the_columns_that_are_named_above() -> None:
    columns = {"group": ["sex = F, race = sex = F"], "synthetic": [3], "real": [2]}
    (svg,) = drawn("groups", columns, about=("sex", "race"))
    assert ">F, sex = F<" in svg
    (svg,) = drawn("groups", columns, about=("a|b", "race"))
    assert ">sex = F, sex = F<" in svg
    (svg,) = drawn("groups", columns)
    assert ">sex = F, race = sex = F<" in svg


@pytest.mark.parametrize(("most", "shown"), [(7, "2"), (90, "20"), (900, "200"), (90_000, "20k")])
def test_counts_of_any_size_are_written_plainly(most: int, shown: str) -> None:
    columns = {"group": ["a", "b"], "synthetic": [most, 1], "real": [2, 3]}
    (svg,) = drawn("groups", columns)
    assert f">{shown}<" in svg
    assert "e+" not in svg
