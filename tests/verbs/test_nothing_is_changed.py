"""Judging never changes what it was handed: tables, files, plans, settings, models, results."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LogisticRegression

import trimtab
from trimtab import datasets
from trimtab.measure.evidence import Stage
from trimtab.report.write import write_study
from trimtab.study.balancing.protocol import Protocol
from trimtab.table.files import read
from trimtab.verbs import prove as verb
from trimtab.verbs.evaluate import evaluate
from trimtab.verbs.prove import prove
from trimtab.verbs.report import write_report

COLUMNS = ["age", "gender", "hypertension", "bmi", "avg_glucose", "stroke"]


def strokes(rows: int, seed: int) -> pd.DataFrame:
    """Columns with and without gaps, whole numbers, labels as objects and as categories."""
    frame = datasets.strokes(rows, seed=seed).to_pandas()[COLUMNS]
    frame["gender"] = frame["gender"].astype("category")
    frame["ward"] = np.where(np.arange(rows) % 3, "east", None)
    frame["key"] = [f"{seed}-{k * 7919 % 99_991:x}" for k in range(rows)]
    return frame.set_index(pd.Index(range(7, rows + 7), name="row"))


def as_csv(frame: pd.DataFrame, place: Path) -> Path:
    frame.to_csv(place.with_suffix(".csv"), index=False)
    return place.with_suffix(".csv")


def as_parquet(frame: pd.DataFrame, place: Path) -> Path:
    pq.write_table(as_arrow(frame, place), place.with_suffix(".parquet"))
    return place.with_suffix(".parquet")


def as_arrow(frame: pd.DataFrame, place: Path) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


FORMS: dict[str, Callable[[pd.DataFrame, Path], Any]] = {
    "pandas": lambda frame, place: frame,
    "polars": lambda frame, place: pl.from_pandas(frame),
    "pyarrow": as_arrow,
    "csv": as_csv,
    "parquet": as_parquet,
}


def digest(given: Any) -> Any:
    """All there is of a table: a digest of its cells, its dtypes, names and index."""
    if isinstance(given, Path):
        state = given.stat()
        return hashlib.sha256(given.read_bytes()).hexdigest(), state.st_mtime_ns, state.st_ino
    if isinstance(given, pd.DataFrame):
        cells = pd.util.hash_pandas_object(given, index=True).to_numpy().tobytes()
        kept = digest(pa.Table.from_pandas(given))  # with the index and pandas' own metadata
        return kept, cells, given.attrs, list(given.dtypes), list(given.columns)
    if isinstance(given, pl.DataFrame):
        given = given.to_arrow()
    if isinstance(given, trimtab.Table):
        given = given.data
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, given.schema) as stream:
        stream.write_table(given)
    return hashlib.sha256(sink.getvalue()).hexdigest()


def test_a_change_would_be_seen(tmp_path: Path) -> None:
    frame = strokes(40, 1)
    for make in (FORMS["pandas"], FORMS["csv"]):
        given = make(frame, tmp_path / "one")
        before = digest(given)
        assert digest(given) == before
        changed = frame.copy()
        changed.iloc[3, 0] += 1
        assert digest(make(changed, tmp_path / "one")) != before
    cells = np.arange(9.0)
    table = pa.table({"x": cells})  # of the same memory
    before = digest(table)
    cells[4] = -1
    assert digest(table) != before


@pytest.fixture(scope="module")
def plan() -> trimtab.Plan:
    return trimtab.plan_balance(strokes(240, 1), by="gender")


@pytest.mark.parametrize("form", FORMS)
def test_evaluate_changes_nothing(form: str, plan: trimtab.Plan, tmp_path: Path) -> None:
    """Nor does the report, or the table of scores."""
    frames = [strokes(240, 1), strokes(200, 2).assign(tool="x"), strokes(120, 3)]
    tables = [FORMS[form](f, tmp_path / f"t{k}") for k, f in enumerate(frames)]
    stages = [Stage(step=10, figure=0.5, table=read(strokes(60, 4)))]
    asked: dict[str, Any] = {"protected": ["gender"], "by": ["gender"], "drop": ["key"]}
    schema = read(tables[0]).schema
    drawn = stages[0].table

    def handed() -> Any:
        digests = [digest(t) for t in (*tables, drawn)]
        return digests, plan.to_json(), copy.deepcopy((asked, schema))

    before = handed()
    card = evaluate(
        *(tables[0], tables[1]),
        holdout=tables[2],
        target="stroke",
        plan=plan,
        schema=schema,
        stages=stages,
        sections=["fidelity", "usefulness", "copies"],
        **asked,
    )
    assert handed() == before and len(stages) == 1
    facts = card.to_json()
    for edition in ("internal", "release"):
        write_report(card, tmp_path / f"{edition}.md", edition=edition)
    card.to_frame()
    assert card.to_json() == facts
    assert handed() == before


@pytest.mark.parametrize("form", FORMS)
def test_prove_changes_nothing(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor are learners of one's own trained: copies of them are."""
    quick = partial(Protocol, folds=2, repeats=1, inner=2, curve_folds=1)
    monkeypatch.setattr(verb, "Protocol", quick)
    table = FORMS[form](strokes(220, 1), tmp_path / "t")
    own = {"mine": LogisticRegression(max_iter=150)}
    cost, arms, protected = {"fp": 1, "fn": 9}, ["none", "smote", "trimtab"], ["gender"]
    handed = (cost, arms, protected, own["mine"].get_params())
    before = digest(table), copy.deepcopy(handed)
    proof = prove(
        table,
        "stroke",
        learner=own,
        cost=cost,
        arms=arms,
        protected=protected,
        sizes=[3],
        drop=["key"],
    )
    assert (digest(table), handed) == before
    assert not [n for n in vars(own["mine"]) if n.endswith("_")]
    facts = proof.to_json()
    write_study(proof, tmp_path / "proof.html")
    assert proof.to_json() == facts
    assert digest(table) == before[0]
