"""The pictures of a proof: which there are, and that they draw the figures that are told."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.report.study.test_page import ARMS, PLAIN, proof
from trimtab.measure.score import Exhibit
from trimtab.report.blocks import Cell, Figure
from trimtab.report.exhibits import study as charts
from trimtab.report.exhibits.draw import pictures
from trimtab.report.exhibits.style import PALETTE
from trimtab.report.exhibits.trained import bars as charts_of_rows
from trimtab.report.exhibits.words import described, tabled
from trimtab.report.study import tables
from trimtab.report.study.figures import marks
from trimtab.report.study.page import study_document


def exhibits() -> list[Exhibit]:
    two = proof(learners=("one", "other"))
    return [
        panel.exhibit
        for chapter in study_document(two).chapters
        for part in chapter.parts
        for block in part.blocks
        if isinstance(block, Figure)
        for panel in block.panels
    ]


def test_each_learner_has_its_pictures() -> None:
    found = [(e.name, e.within) for e in exhibits() if e.name != "training rows"]
    names = ("ranking differences", "cuts", "reliability", "learning curve")
    assert found == [(n, x) for n in names for x in ("one", "other")]
    columns = [e.about for e in exhibits() if e.name == "training rows"]
    assert columns == [("stroke",), ("gender",)]


@pytest.mark.parametrize("exhibit", exhibits()[::2], ids=lambda e: e.name)
def test_pictures_are_of_the_palette_and_can_be_read_as_tables(exhibit: Exhibit) -> None:
    made = pictures(exhibit, "p1")
    assert made
    for picture in made:
        found = set(re.findall(r'(?:fill|stroke)="([^"]+)"', picture.svg)) - {"none", "transparent"}
        assert found <= set(PALETTE)
    assert {len(row) for row in tabled(exhibit).rows} == {len(tabled(exhibit).columns)}
    assert "None" not in described(exhibit)
    empty = exhibit.model_copy(update={"columns": {n: [] for n in exhibit.columns}})
    assert pictures(empty, "p1") == []
    assert described(empty) == "There is nothing to show."


def test_points_of_calibration_have_enough_rows_and_are_said_once() -> None:
    found = next(e for e in exhibits() if e.name == "reliability").columns
    told = list(zip(found["way"], found["form"], found["stated"], found["rows"], strict=True))
    assert min(found["rows"]) >= 50
    assert [t[1:] for t in told if t[0] == "as it is"][:3] == [
        ("raw", pytest.approx(0.03), 900),
        ("raw", pytest.approx(0.15), 200),
        ("raw", pytest.approx(0.45), 80),
    ]
    assert ("as it is", "prior") not in {t[:2] for t in told}
    assert ("SMOTE", "prior") in {t[:2] for t in told}


def test_pictures_rest_on_the_figures_of_the_proof() -> None:
    first = {e.name: e.columns for e in exhibits()[::2]}
    told = first["ranking differences"]
    harm = [told[n][1] for n in ("measure", "way", "value", "low", "high", "margin", "effect")]
    assert harm == ["AUC", "SMOTE", *map(approx, (-0.0422, -0.0533, -0.0311)), 0.005, "harms"]
    told = first["cuts"]
    assert told["way"] == list(ARMS)
    assert told["at_half"] == approx([0.021, 0.121, 0.221, 0.321])
    assert told["tuned"] == approx([0.281, 0.282, 0.283, 0.284])
    told = first["reliability"]
    assert told["observed"][:3] == approx([20 / 900, 25 / 200, 30 / 80])
    told = first["learning curve"]
    assert [told[n][0] for n in ("measure", "way", "size")] == ["average precision", ARMS[0], 10]
    assert told["value"][:2] == approx([0.15, 0.1712])


def approx(value: Any) -> Any:
    return pytest.approx(value, abs=1e-9)


def records(spec: Any) -> list[dict[str, Any]]:
    """All data of a specification, in the order of its layers, each once."""
    held = [spec.get("data"), *(layer.get("data") for layer in spec["layer"])]
    names = dict.fromkeys(data["name"] for data in held if data)
    return [row for name in names for row in json.loads(spec["datasets"][name])]


def _datasets(spec: Any) -> list[dict[str, Any]]:
    (text,) = spec["datasets"].values()
    return list(json.loads(text))


def test_of_many_groups_the_largest_are_drawn_and_all_are_told() -> None:
    rows = [float(100 + k) for k in range(30)]
    columns: dict[str, list[Any]] = {
        "way": ["as it is"] * 30 + ["ours"] * 30,
        "value": [f"g{k:02}" for k in range(30)] * 2,
        "larger": rows * 2,
        "smaller": [0.0] * 60,
        "added": [0.0] * 60,
        "rows": rows * 2,
    }
    exhibit = Exhibit(name="training rows", title="", columns=columns, rests_on=("real",))
    for spec in charts_of_rows(exhibit).values():
        assert [r["label"] for r in _datasets(spec)] == [f"g{k:02}" for k in range(18, 30)]
    assert len(tabled(exhibit).rows) == 60


def test_charts_draw_what_they_are_given() -> None:
    first = {e.name: e for e in exhibits()[::2]}
    forests = charts.differences(first["ranking differences"])
    assert list(forests) == ["AUC", "average precision"]
    found = records(forests["AUC"])
    assert found[:2] == [{"a": -0.005, "b": 0.005}, {"a": 0}]
    harm = next(r for r in found if r.get("label") == "SMOTE")
    assert (harm["v"], harm["low"], harm["high"]) == approx((-0.0422, -0.0533, -0.0311))
    dots = charts.cuts(first["cuts"])
    assert dots is not None
    assert records(dots)[0] == {"label": "as it is", "half": approx(0.021), "tuned": approx(0.281)}
    bars = charts_of_rows(first["training rows"])
    assert list(bars) == list(ARMS)
    rest = {"label": "stroke ≠ 1", "part": "larger", "from": 0, "to": approx(3111.4)}
    few = {"label": "stroke = 1", "part": "smaller", "from": 0, "to": approx(159.2)}
    new = {"label": "stroke = 1", "part": "added", "from": approx(159.2), "to": approx(3250.2)}
    assert [_datasets(bars[a]) for a in ("as it is", "ours")] == [[few, rest], [few, new, rest]]
    assert {spec["encoding"]["x"]["scale"]["domain"][1] for spec in bars.values()} == {
        3091.0 + 159.2
    }
    small = charts.reliability(first["reliability"])
    assert list(small) == list(ARMS)
    assert {"form": "raw", "x": approx(0.15), "y": approx(0.125)} in records(small["SMOTE"])
    lines = charts.curve(first["learning curve"])
    assert list(lines) == ["average precision", "AUC"]
    assert records(lines["AUC"])[0] == {"way": "as it is", "x": 10, "y": 0.5}


def test_ways_have_their_own_lines() -> None:
    arms = ("as it is", "class weights", "a", "b", "c", "d", "ours")
    assert list(marks(PLAIN.model_copy(update={"arms": arms})).values()) == list(range(7))
    assert marks(PLAIN) == {"as it is": 0, "class weights": 1, "SMOTE": 2, "ours": 6}


def test_the_leading_way_stands_with_the_untouched_one() -> None:
    found = tables.leaders(PLAIN)
    assert found is not None
    assert found.columns == ("10 rows", "50 rows")
    best, other = found.groups[1].lines[0].cells
    assert (best.text, best.notes, best.word) == ("ours", (".716, as it is .500",), "helps")
    assert (other.text, other.notes, other.word) == (
        "ours",
        (".756, as it is .750",),
        "no difference shown",
    )
    alone = tuple(p for p in PLAIN.curve if p.arm == ARMS[0])
    found = tables.leaders(proof(curve=alone))
    assert found is not None
    assert found.groups[1].lines[0].cells[1] == Cell(text="as it is", notes=(".750",))


def test_axes_of_learners_are_the_same() -> None:
    one, other = (e for e in exhibits() if e.name == "ranking differences")
    for end in ("left", "right"):
        assert one.columns[end] == other.columns[end]
    assert min(one.columns["low"]) > min(one.columns["left"])
    assert max(one.columns["high"]) < max(one.columns["right"])
