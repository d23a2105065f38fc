"""Pictures of persons with several rows, and what is said of them."""

from __future__ import annotations

from functools import cache
from xml.etree import ElementTree

import pytest

from tests.measure.persons.made_persons import dealt, found, people
from tests.report.exhibits.drawings import leaves, texts
from tests.report.scorecards import ODD
from tests.report.sketched_persons import of_persons
from trimtab.measure.persons.exhibits import pictures as facts
from trimtab.measure.score import Exhibit
from trimtab.report.exhibits.draw import pictures
from trimtab.report.exhibits.style import PALETTE
from trimtab.report.exhibits.words import described, tabled

NAMES = ("rows_per_person", "time_between_rows", "courses", "transitions")


@cache
def shown() -> dict[tuple[str, tuple[str, ...]], Exhibit]:
    persons = found(people(200), dealt(people(200, seed=1)))
    return {(e.name, e.about): e for e in facts(persons)}


@pytest.mark.parametrize("name", NAMES)
def test_all_are_drawn_in_known_colours_and_within_their_width(name: str) -> None:
    mine = [e for e in shown().values() if e.name == name]
    assert mine
    for exhibit in mine:
        drawn = pictures(exhibit, "p1")
        assert len(drawn) == (2 if name == "transitions" else 1)
        for picture in drawn:
            root = ElementTree.fromstring(picture.svg)
            assert float(root.get("width", "0")) <= 381
            painted = {held.get("fill") for _, held in leaves(picture.svg)}
            assert painted - {None, "none", "transparent"} <= set(PALETTE)


def test_odd_labels_are_drawn() -> None:
    exhibits = of_persons(ODD)
    drawn = [p for e in exhibits for p in pictures(e, "p1")]
    assert len(drawn) == len(exhibits) + 1
    for picture in drawn:
        ElementTree.fromstring(picture.svg)


def test_nothing_to_show_is_said() -> None:
    for exhibit in of_persons():
        empty = exhibit.model_copy(update={"columns": {n: [] for n in exhibit.columns}})
        assert pictures(empty, "p1") == []
        assert described(empty)
        assert tabled(empty).rows == ()


def test_both_matrices_have_the_same_axes() -> None:
    for exhibit in (e for e in shown().values() if e.name == "transitions"):
        real, synthetic = pictures(exhibit, "p1")
        assert [p.title for p in (real, synthetic)] == ["real", "synthetic"]
        assert texts(real.svg) == texts(synthetic.svg)
        assert {"row before", "the row after it"} <= set(texts(real.svg))


def test_the_greatest_difference_of_what_follows_is_said() -> None:
    exhibit = shown()["transitions", ("state",)]
    cells = {}
    for side, now, before, share in zip(
        *(exhibit.columns[n] for n in ("side", "x_value", "y_value", "share")), strict=True
    ):
        cells.setdefault((before, now), {})[side] = share
    (before, now), _ = max(cells.items(), key=lambda c: abs(c[1]["real"] - c[1]["synthetic"]))
    assert f"on {before} follows {now}" in described(exhibit)
    table = tabled(exhibit)
    assert table.columns[:2] == ("row before", "the row after it")
    assert table.rows[0][:2] == (before, now)


def test_groups_of_rows_that_do_not_belong_together_fall_upon_each_other() -> None:
    exhibit = shown()["courses", ("weight",)]
    reach = {}
    for side, group, value in zip(
        *(exhibit.columns[n] for n in ("side", "group", "value")), strict=True
    ):
        reach.setdefault((side, group), []).append(value)
    mean = {key: sum(values) / len(values) for key, values in reach.items()}
    far, near = (mean[s, 5] - mean[s, 1] for s in ("real", "synthetic"))
    assert far > 1.4 * near > 0
    assert "real persons" in described(exhibit)
    assert tabled(exhibit).columns[1].startswith("time since the first row")


def test_how_many_rows_are_of_persons() -> None:
    (picture,) = pictures(shown()["rows_per_person", ()], "p1")
    assert "share of persons" in texts(picture.svg)
    (times,) = [e for e in shown().values() if e.name == "time_between_rows"]
    assert "share of rows" in texts(pictures(times, "p1")[0].svg)
