"""Charts of results for notebooks: each is a chart that Altair knows, and shows the figures."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import altair as alt
import pytest
import vl_convert

import trimtab
from tests.report.study.test_page import proof
from trimtab.errors import InputError
from trimtab.measure.scorecard import Scorecard
from trimtab.report.exhibits.svg import VEGA_LITE


@pytest.fixture(scope="module")
def judged() -> Scorecard:
    real = trimtab.datasets.strokes(400, seed=1)
    return trimtab.evaluate(real, trimtab.datasets.strokes(400, seed=2), target="stroke")


def test_of_a_scorecard(judged: Scorecard) -> None:
    found = trimtab.charts(judged)
    assert len(found) > 5 and any("age" in title for title in found)
    for title, chart in found.items():
        assert isinstance(chart, alt.TopLevelMixin), title
        assert vl_convert.vegalite_to_svg(chart.to_dict(validate=False), vl_version=VEGA_LITE)


def test_of_a_proof() -> None:
    found = trimtab.charts(proof(learners=("one", "other")))
    assert {"one", "other"} <= {word for title in found for word in title.replace(":", "").split()}
    assert all(isinstance(chart, alt.TopLevelMixin) for chart in found.values())


def test_of_a_plan_with_every_cell_and_its_rows() -> None:
    plan = trimtab.plan_balance(trimtab.datasets.strokes(400, seed=1), by=["stroke"])
    chart = trimtab.charts(plan)["rows"]
    (values,) = chart.to_dict()["datasets"].values()
    told = {(row["cell"], row["of"]): row["rows"] for row in json.loads(values)}
    for cell in plan.cells:
        name = str(cell.values[0])
        assert told[name, "generated"] == cell.generated_rows
        assert told[name, "real"] + told[name, "generated"] == cell.target_rows
    assert "generated" in vl_convert.vegalite_to_svg(chart.to_dict(), vl_version=VEGA_LITE)


@pytest.mark.stress
def test_results_show_them_in_a_notebook_without_any_network(judged: Scorecard) -> None:
    plan = trimtab.plan_balance(trimtab.datasets.strokes(400, seed=1), by=["stroke"])
    proved = proof(learners=("one",))
    for result in (judged, proved, plan):
        assert result.charts.keys() == trimtab.charts(result).keys()
        page = result._repr_html_()
        pictures = page.count("<svg ")
        kinds = {title.partition(": ")[0] for title in result.charts}
        assert pictures == min(len(kinds), 8) > 0 and page.count("<figure") == pictures
        identities = re.findall(r' id="([^"]+)"', page)
        assert len(identities) == len(set(identities)) >= 2 * pictures
        assert "<script" not in page and "http" not in page.replace("http://www.w3.org", "")
        rest = len(result.charts) - pictures
        assert page.count("<code>") == rest + bool(rest)
    assert plan.charts._repr_html_().count("<svg ") == 1
    empty = trimtab.plan_balance(trimtab.datasets.strokes(400, seed=1), by=["stroke"])
    assert "<svg" not in replace(empty, cells=())._repr_html_()


def test_of_anything_else() -> None:
    with pytest.raises(InputError, match="charts of a dict: expected a scorecard"):
        trimtab.charts({})  # type: ignore[arg-type]
