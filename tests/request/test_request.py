"""Requests: fields, limits, errors in our words, JSON and back, and what they import."""

from __future__ import annotations

import datetime
import inspect
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import trimtab
from tests.test_exports import HEAVY, modules_after
from trimtab.errors import InputError
from trimtab.model.gan.options import FairGanOptions
from trimtab.plan.balance import balance as plans
from trimtab.request.balance import Balance
from trimtab.request.base import Request, choices, placed, shown
from trimtab.request.complete import Complete
from trimtab.request.evaluate import SECTIONS, Evaluate
from trimtab.request.fit import Fit
from trimtab.request.impute import Impute
from trimtab.request.prove import LEARNERS, Prove
from trimtab.request.sample import Sample, Span
from trimtab.study.learners import SHORT
from trimtab.synthesis.synthesizer import Synthesizer

# Of each request the public function that asks it, and what that takes besides.
FUNCTIONS: dict[type[Request], tuple[Callable[..., Any], set[str]]] = {
    Balance: (trimtab.balance, {"data", "report", "progress"}),
    Complete: (trimtab.complete, {"data", "given", "progress"}),
    Evaluate: (
        trimtab.evaluate,
        {"real", "synthetic", "holdout", "plan", "stages", "progress"},
    ),
    Fit: (trimtab.fit, {"data", "checkpoint", "resume", "progress", *FairGanOptions.fields()}),
    Impute: (trimtab.impute, {"data", "synthesizer", "progress"}),
    Prove: (trimtab.prove, {"data", "workers", "checkpoint", "resume", "progress"}),
    Sample: (Synthesizer.sample, {"self", "given", "plan"}),
}
SCHEMA = trimtab.Schema(
    columns=(trimtab.Column(name="g", kind=trimtab.Kind.LABEL, storage="string"),),
    rules=(trimtab.Rule(text="g present"),),
)
FULL: list[Request] = [
    Balance(
        by=["g", "x"],
        to=[{"g": "a", "x": None, "share": 1.0}],
        mode="augment",
        rows=10,
        bins={"x": [1, 2.5], "y": 4},
        schema=SCHEMA,
        drop="z",
        outcome="y",
        minutes=2,
        min_count=0,
        origin="made",
        holdout=0.2,
        seed=3,
    ),
    Complete(model="network", rules=False),
    Evaluate(
        target="y", protected="g", sections="copies", triples=True, show=("x", "y"), group="g"
    ),
    Fit(
        first="g",
        model="fair-gan",
        options={
            "protected": ["g"],
            "protected_shares": "equal",
            "target_shares": [{"value": "1", "share": 0.5}, {"value": "0", "share": 0.5}],
            "recipe": {"steps": 10, "critic": [8, 8]},
        },
    ),
    Impute(multiple=3),
    Prove(target="y", cost={"fp": 1, "fn": 5}, sizes=[10, 20], arms=["none", "trimtab"]),
    Sample(rows=5, where={"g": ["a", None], "x": Span(low=1), "y": None, "z": "2020-01-01"}),
]


@pytest.mark.parametrize("request_", FULL, ids=lambda r: r.verb)
def test_json_and_back(request_: Request) -> None:
    content = json.loads(request_.to_json())
    assert content["verb"] == request_.verb
    assert [*content][1:] == [*request_.fields()]
    again = type(request_).from_dict(content)
    assert again == request_
    assert again.to_json() == request_.to_json()


def test_json_of_another_verb_is_refused() -> None:
    with pytest.raises(InputError, match="verb = 'complete': expected 'balance'"):
        Balance.from_dict(Complete().to_dict())


@pytest.mark.parametrize("kind", FUNCTIONS, ids=lambda r: r.verb)
def test_a_function_takes_what_a_request_has_with_the_same_defaults(kind: type[Request]) -> None:
    function, beside = FUNCTIONS[kind]
    parameters = inspect.signature(function).parameters
    assert parameters.keys() - beside == kind.fields().keys()
    for name, field in kind.fields().items():
        default = parameters[name].default
        if field.is_required():
            assert default is inspect.Parameter.empty, name
        else:
            assert default == field.default or (default is None and field.default == {}), name


def test_a_plan_is_asked_for_as_a_balanced_table_is() -> None:
    parameters = inspect.signature(trimtab.plan_balance).parameters
    whole = inspect.signature(trimtab.balance).parameters
    for name, parameter in parameters.items():
        assert parameter.default == whole[name].default, name


def test_every_field_is_described_and_set_once() -> None:
    for kind in FUNCTIONS:
        for name, field in kind.fields().items():
            assert field.description and field.description.endswith((".", "curve.")), name
            takes = field.annotation is bool or shown(field).metavar or choices(field)
            assert takes or name == "options", name


def test_lists_agree_with_those_of_the_layers_above() -> None:
    fields = Balance.fields()
    assert choices(fields["mode"]) == plans.MODES
    assert choices(fields["unseen"]) == plans.UNSEEN
    assert choices(fields["missing"]) == plans.MISSING
    assert choices(fields["target"]) == plans.TARGETS
    assert tuple(SHORT) == LEARNERS
    assert tuple(trimtab.measure.score.Section) == SECTIONS  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"min_count": -1}, "min_count = -1: expected a whole number of at least 0."),
        ({"min_count": "3"}, "min_count = '3': expected a whole number of at least 0."),
        ({"min_count": True}, "min_count = True: expected a whole number of at least 0."),
        ({"rows": 0}, "rows = 0: expected a whole number of at least 1."),
        ({"min_support": 0}, "min_support = 0: expected a whole number of at least 1."),
        ({"seed": 1.5}, "seed = 1.5: expected a whole number of at least 0."),
        ({"minutes": 0}, "minutes = 0: expected a number above 0, such as 5."),
        ({"minutes": "x"}, "minutes = 'x': expected a number above 0, such as 5."),
        ({"mode": "both"}, "mode = 'both': expected one of augment, replace."),
        ({"holdout": 0.6}, "holdout = 0.6: expected a share of the rows above 0 and at most 0.5"),
        ({"bins": [3]}, "bins = [3]: expected a dict such as {'age': [18, 65]}"),
        ({"to": "counts.csv"}, "to = 'counts.csv': expected 'equal', or rows of cells"),
        ({"origin": 3}, "origin = 3: expected a text."),
        ({"drop": 3}, "drop = 3: expected names of columns."),
        ({"schema": {"columns": 3}}, "schema: the schema is not valid at columns"),
        ({"report": "r.html"}, "balance has no 'report': expected some of by, to, mode, rows"),
    ],
)
def test_what_cannot_be_asked(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Balance(**{"by": "g", **given})
    assert str(caught.value).startswith(message)


def test_what_is_missing() -> None:
    with pytest.raises(InputError, match="by is missing: expected names of columns"):
        Balance()
    with pytest.raises(InputError, match="target is missing: expected a text"):
        Prove()
    with pytest.raises(InputError, match="sizes = 1: expected a whole number of at least 2"):
        Prove(target="y", sizes=[10, 1])
    with pytest.raises(InputError, match="sections = 'a': expected one of copies, fairness"):
        Evaluate(sections=["copies", "a"])


def test_no_field_takes_just_anything() -> None:
    for kind in FUNCTIONS:
        required = {n: "x" for n, f in kind.fields().items() if f.is_required()}
        for name, field in kind.fields().items():
            with pytest.raises(InputError, match=rf"^{name}( = |: ).*: expected .*\.") as caught:
                kind(**{**required, name: object()})
            assert caught.value.__cause__ is None
            assert field.is_required() or kind(**required) is not None


def test_requests_do_not_change() -> None:
    with pytest.raises(Exception, match="frozen"):
        Complete().seed = 3


def test_values_of_any_library_become_plain() -> None:
    where = {
        "a": np.float64(2),
        "b": np.array([1, 2]),
        "c": float("nan"),
        "d": pd.NaT,
        "e": pd.Timestamp("2020-01-02 03:04:05"),
        "f": datetime.date(2020, 1, 2),
        "g": {"y", "x"},
        "h": trimtab.Range(float("-inf"), datetime.date(2020, 1, 2)),
        "i": np.bool_(True),
        "j": float("inf"),
    }
    plain = {
        "a": 2.0,
        "b": [1, 2],
        "c": None,
        "d": None,
        "e": "2020-01-02T03:04:05.000000",
        "f": "2020-01-02",
        "g": ["x", "y"],
        "h": {"low": None, "high": "2020-01-02"},
        "i": True,
        "j": "inf",
    }
    request = Sample(rows=np.int64(3), where=where)
    assert request.to_dict()["where"] == plain
    assert type(request.rows) is int
    assert Balance(by=pd.Index(["g", "x"])).by == ("g", "x")
    assert Balance(by=dict.fromkeys("gx").keys()).by == ("g", "x")


def test_names_are_placed() -> None:
    pairs = [("a", None), ("b", "c"), ("c", None), ("d", "b"), ("e", "a")]
    assert placed(pairs) == ["a", "e", "c", "b", "d"]
    assert [*Fit.fields()][:4] == ["schema", "drop", "first", "outcome"]


def test_importing_requests_imports_no_engine() -> None:
    modules = ("balance", "complete", "evaluate", "fit", "impute", "prove", "sample")
    code = "; ".join(f"import trimtab.request.{m}" for m in modules)
    run = "trimtab.request.balance.Balance(by='g').to_json()"
    assert not modules_after(f"{code}; {run}") & (set(HEAVY) - {"pydantic"})


@pytest.mark.parametrize("content", [[1, 2], "abc", {1: 2}, None])
def test_what_is_no_json_of_a_request_is_refused(content: Any) -> None:
    with pytest.raises(InputError, match="expected names of fields and their values"):
        Balance.from_dict(content)


def test_only_requests_are_carried_out() -> None:
    for request in ({"verb": "fit"}, "fit", Request):
        with pytest.raises(InputError, match=r"expected one of trimtab\.request: Bal"):
            trimtab.carry_out(request, None, trimtab.Run())  # type: ignore[arg-type]


def test_what_callers_give_becomes_plain_data() -> None:
    moments = np.array(["2020-06-01T12:00:00.5"], "datetime64[ns]")
    where = {"when": moments, "n": pa.scalar(3), "of": range(2), "g": (None, np.int64(4))}
    assert Sample(where=where).to_dict()["where"] == {
        "when": ["2020-06-01T12:00:00.500000"],
        "n": 3,
        "of": [0, 1],
        "g": [None, 4],
    }


@pytest.mark.parametrize(
    ("verb", "given", "message"),
    [
        (Prove, {"sizes": 5}, "sizes = 5: expected numbers of rows"),
        (Prove, {"folds": 5}, "folds = 5: expected outer folds x repeats, such as '5x2'"),
        (Prove, {"positive": 1}, "positive = 1: expected a class as text, such as '1'"),
        (Prove, {"cost": {"fp": float("inf")}}, "cost = .*: expected what a false positive"),
        (Complete, {"model": None}, "model = None: expected the name of a kind of model"),
    ],
)
def test_what_is_expected_is_said(verb: type[Request], given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        verb(**({"target": "y"} if verb is Prove else {}), **given)


def test_columns_of_counts_are_told_once() -> None:
    people = trimtab.datasets.strokes(200).select(["gender", "age"])
    values = sorted(set(people["gender"].to_pylist()))
    to = dict.fromkeys(values, 5)
    plan = trimtab.plan_balance(people, (name for name in ["gender"]), to)  # type: ignore[arg-type]
    assert plan.rows == 5 * len(values)
    with pytest.raises(InputError, match="by = 3: expected names of columns"):
        trimtab.plan_balance(people, 3, to)  # type: ignore[arg-type]
