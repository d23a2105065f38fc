"""Requests carried out: the same as the public functions, and results as plain data."""

from __future__ import annotations

import json
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import trimtab
from tests.request.test_request import FUNCTIONS
from trimtab import datasets
from trimtab._run import Run, Stop
from trimtab.errors import StoppedError
from trimtab.request.balance import Balance
from trimtab.request.complete import Complete
from trimtab.request.evaluate import Evaluate
from trimtab.request.fit import Fit
from trimtab.request.impute import Impute
from trimtab.request.sample import Sample
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.verbs import balance, inspect
from trimtab.verbs.carry_out import VERBS, carry_out


@pytest.fixture(scope="module")
def strokes() -> pa.Table:
    return datasets.strokes(200).select(["age", "gender", "bmi", "stroke"])


@pytest.fixture(scope="module")
def synthesizer(strokes: pa.Table) -> Synthesizer:
    return trimtab.fit(strokes, first=["gender", "age"], model="trees")


def plain(result: Any) -> Any:
    """What a result tells, through JSON."""
    assert "<" in result._repr_html_()
    return json.loads(json.dumps(result.to_dict()))


def test_every_request_has_a_function() -> None:
    assert VERBS.keys() == FUNCTIONS.keys()
    for request, module in VERBS.items():
        assert module.endswith("." + request.verb)
        assert [*signature(import_module(module).carry_out).parameters][:3] == [
            "request",
            "data",
            "run",
        ]


def test_a_balanced_table_is_asked_as_json(strokes: pa.Table, tmp_path: Path) -> None:
    asked = {"verb": "balance", "by": ["gender"], "rows": 20, "holdout": 0.2, "model": "trees"}
    asked |= {"to": [{"gender": "Male", "share": 0.25}, {"gender": "Female", "share": 0.75}]}
    request = Balance.from_dict(asked)
    balanced = carry_out(request, strokes, Run(), report=tmp_path / "report.md")
    to = {"Male": 0.25, "Female": 0.75}
    same = trimtab.balance(strokes, "gender", to, rows=20, holdout=0.2, model="trees")
    assert balanced.table.equals(same.table)
    assert (tmp_path / "report.md").exists()
    facts = plain(balanced)
    assert facts.keys() == {"plan", "warnings", "scorecard"}
    assert facts["plan"] == same.plan.to_dict()
    assert balance.plan_to_dict(balance.plan_of(request, strokes))["plan"] == facts["plan"]


@pytest.mark.parametrize(
    "to",
    [
        {"Male": 3, "Female": 5},
        {"gender": {"Male": 0.5, "Female": 0.5}},
        {"gender": "equal"},
        pa.table({"gender": ["Male", "Female"], "Share": [0.4, 0.6]}),
        [{"gender": "Male", "count": 2}],
        "equal",
        None,
    ],
)
def test_what_is_asked_of_a_plan_outlives_json(strokes: pa.Table, to: Any) -> None:
    from trimtab.plan.balance.counts import counts_rows

    request = Balance(by="gender", to=counts_rows(to, "gender"), rows=20 if to is None else None)
    again = Balance.from_dict(json.loads(request.to_json()))
    assert balance.plan_of(again, strokes).to_dict() == balance.plan_of(request, strokes).to_dict()
    rows = request.rows
    assert (
        balance.plan_of(again, strokes).to_dict()
        == trimtab.plan_balance(strokes, "gender", to, rows=rows).to_dict()
    )


def test_rows_are_drawn_as_asked(synthesizer: Synthesizer) -> None:
    where = {"gender": ["Male"], "age": {"low": 30, "high": 60}}
    drawn = carry_out(Sample(rows=9, where=where, seed=2), synthesizer, Run())
    same = {"gender": ["Male"], "age": trimtab.Range(30, 60)}
    assert drawn.table.equals(synthesizer.sample(9, where=same, seed=2))
    reason = synthesizer.plan(9, where=same).reason
    assert plain(drawn) == {"rows": 9, "reason": reason, "warnings": []}


def test_rows_are_completed_as_asked(strokes: pa.Table) -> None:
    given = pa.table({"gender": ["Male", "Female"]})
    completed = carry_out(Complete(model="trees", seed=1), strokes, Run(), given=given)
    assert completed.table.equals(trimtab.complete(strokes, given, model="trees", seed=1).table)
    facts = plain(completed)
    assert facts.keys() == {"rows", "model", "reason", "warnings"}
    assert (facts["rows"], facts["model"]) == (2, "trees")


def test_gaps_are_filled_as_asked(strokes: pa.Table) -> None:
    imputed = carry_out(Impute(model="trees", multiple=2), strokes, Run())
    facts = plain(imputed)
    assert facts.keys() == {"filled", "proper", "pooled", "warnings"}
    assert facts["proper"] and facts["pooled"][0].keys() >= {"name", "value", "low", "high"}


def test_what_was_learned_and_what_is_inspected(
    strokes: pa.Table, synthesizer: Synthesizer
) -> None:
    learned = carry_out(Fit(first=["gender", "age"], model="trees"), strokes, Run())
    assert learned.provenance == synthesizer.provenance
    facts = json.loads(json.dumps(learned.to_dict()))
    assert facts.keys() == {"model", "conditions", "order", "block", "provenance"}
    of_table = plain(inspect.inspect_table(strokes))
    assert (of_table["rows"], len(of_table["columns"])) == (200, 4)
    assert "gender" in of_table["labels"]
    of_model = plain(inspect.inspect_model(learned))
    assert of_model.keys() > facts.keys()
    assert {v["column"] for v in of_model["values"]} >= {"gender"}


def test_a_table_is_judged_as_asked(strokes: pa.Table, synthesizer: Synthesizer) -> None:
    drawn = synthesizer.sample(100)
    card = carry_out(Evaluate(sections="copies"), strokes, Run(), synthetic=drawn)
    assert card == trimtab.evaluate(strokes, drawn, sections="copies")


@pytest.mark.parametrize("kind", ["balance", "complete", "impute", "fit"])
def test_what_was_stopped_does_nothing(strokes: pa.Table, kind: str) -> None:
    stop = Stop()
    stop.ask()
    requests = {"balance": Balance(by="gender"), "complete": Complete(), "impute": Impute()}
    beside = {"given": strokes} if kind == "complete" else {}
    with pytest.raises(StoppedError):
        carry_out(requests.get(kind, Fit()), strokes, Run(stop=stop), **beside)
