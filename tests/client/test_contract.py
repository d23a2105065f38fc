"""The verbs here and on a server: the same plans, rows, warnings, scores and refusals.

All jobs are ordered at once, and carried out while the verbs are carried out here.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

import trimtab
from trimtab.client.client import Client
from trimtab.client.jobs import Job
from trimtab.errors import ColumnError, InputError, RefusedError

COLUMNS = ["GENDER", "RACE", "ObsDesc", "ObsValueFloat"]
BALANCE: dict[str, Any] = {
    "by": ["GENDER", "RACE"],
    "target": "margins",
    "mode": "augment",
    "rows": 450,
    "origin": "made",
    "holdout": 0.3,
    "seed": 3,
}
PROVE: dict[str, Any] = {
    "target": "GENDER",
    "learner": "lr",
    "arms": ["none", "trimtab"],
    "folds": "2x1",
    "sizes": [],
}


def visits(rows: int = 150) -> pd.DataFrame:
    """Visits with gaps."""
    table: Any = trimtab.datasets.visits(rows, seed=5).select(COLUMNS).to_pandas()
    table.loc[::9, "ObsValueFloat"] = None
    return table


@dataclass(frozen=True)
class Tables:
    """What the verbs work on, in several libraries and as a file."""

    frame: pd.DataFrame
    gaps: pl.DataFrame
    file: Path

    def orders(self) -> dict[str, Callable[..., Any]]:
        """The verbs with their arguments, to be called with what has the verbs."""
        cells = pd.DataFrame({"GENDER": ["F", "M", "F"], "RACE": ["white", "black", None]})
        return {
            "balance": lambda at, **how: at.balance(self.frame, **BALANCE, **how),
            "fit": lambda at, **how: at.fit(self.file, first=["RACE"], seed=2, **how),
            "complete": lambda at, **how: at.complete(self.file, cells, **how),
            "impute": lambda at, **how: at.impute(self.gaps, multiple=2, **how),
            "evaluate": lambda at, **how: at.evaluate(
                self.file, self.frame, target="GENDER", sections="fidelity", **how
            ),
            "prove": lambda at, **how: at.prove(self.file, **PROVE, **how),
            "unknown": lambda at, **how: at.impute(self.gaps, drop=["nope"], **how),
            "unseen": lambda at, **how: at.balance(
                self.frame, ["GENDER", "RACE", "ObsDesc"], target="product", **how
            ),
        }


@dataclass(frozen=True)
class Both:
    """The same tables, and one who asks a server that has begun with all orders."""

    tables: Tables
    client: Client
    jobs: dict[str, Job]
    done: dict[str, Any] = field(default_factory=dict)

    def here(self, name: str) -> Any:
        """What a verb gives here."""
        if name not in self.done:
            self.done[name] = self.tables.orders()[name](trimtab)
        return self.done[name]

    def there(self, name: str) -> Any:
        """What it gave on the server."""
        return self.jobs[name].wait()


@pytest.fixture(scope="module")
def both(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Both:
    folder = tmp_path_factory.mktemp("contract")
    frame = visits()
    file = folder / "visits.csv"
    frame.to_csv(file, index=False)
    frame["Ward"] = [f"ward {k // 3}" for k in range(len(frame))]  # of which a model keeps little
    tables = Tables(frame, pl.from_pandas(frame), file)
    jobs = {name: order(client, submit=True) for name, order in tables.orders().items()}
    return Both(tables, client, jobs)


def warned(call: Callable[[], Any]) -> tuple[Any, list[str]]:
    """What a call gives, and what it warns of before the work begins."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = call()
    return found, [str(w.message) for w in caught]


def test_balance(both: Both) -> None:
    here, told_here = warned(partial(both.here, "balance"))
    heard: list[str] = []
    there = both.jobs["balance"].wait(trimtab.Run(warn=heard.append))
    assert heard == told_here and "Ward" in heard[0]
    pd.testing.assert_frame_equal(there.table, here.table)
    assert there.plan.to_dict() == here.plan.to_dict()
    assert there.warnings == here.warnings
    assert [s.value for s in there.scorecard] == [s.value for s in here.scorecard]
    assert there.result.schema.names == here.result.schema.names
    drawn = there.model.sample(4, where={"RACE": ["black", "asian"]}, seed=8)
    pd.testing.assert_frame_equal(
        drawn, here.synthesizer.sample(4, where={"RACE": ["black", "asian"]}, seed=8)
    )


def test_fit_and_sample(both: Both, tmp_path: Path) -> None:
    here, there = both.here("fit"), both.there("fit")
    assert there.to_dict() == here.to_dict()
    there.save(tmp_path / "there.trimtab")
    rows = pd.DataFrame({"RACE": ["asian", "white"], "ObsDesc": [None, None]})
    expected = here.sample(given=rows, seed=1)
    assert there.sample(given=rows, seed=1).equals(expected)
    assert trimtab.load(tmp_path / "there.trimtab").sample(given=rows, seed=1).equals(expected)


def test_rows_that_are_the_answer_itself_may_be_asked_for_twice(both: Both) -> None:
    line, model = both.client.connection, both.there("fit")
    headers = {"Accept": "application/vnd.apache.parquet", "Idempotency-Key": "the same"}
    sent = {"json": {"request": {"rows": 3}}, "headers": headers}
    first, second = (line.ask("POST", f"/models/{model.id}/generations", **sent) for _ in range(2))
    assert first.content[:4] == second.content[:4] == b"PAR1"


def test_complete(both: Both) -> None:
    here, there = both.here("complete"), both.there("complete")
    assert there.table.equals(here.table)
    assert (there.reason, there.warnings) == (here.reason, here.warnings)


def test_impute(both: Both) -> None:
    here, there = both.here("impute"), both.there("impute")
    assert len(there.tables) == 2
    assert all(a.equals(b) for a, b in zip(there.tables, here.tables, strict=True))
    assert (there.filled, there.proper) == (here.filled, here.proper)
    assert [f.low for f in there.pooled] == pytest.approx([f.low for f in here.pooled])


def test_evaluate_and_prove(both: Both) -> None:
    here, there = both.here("evaluate"), both.there("evaluate")
    kept = {"inputs", "asked", "date"}
    assert there.model_dump(exclude=kept) == here.model_dump(exclude=kept)
    here, there = both.here("prove"), both.there("prove")
    kept = {"given", "asked_by", "date", "cpu_seconds"}
    assert there.model_dump(exclude=kept) == here.model_dump(exclude=kept)


@pytest.mark.parametrize(("name", "kind"), [("unknown", ColumnError), ("unseen", RefusedError)])
def test_what_is_refused(both: Both, name: str, kind: type[Exception]) -> None:
    with pytest.raises(kind) as here:
        both.here(name)
    with pytest.raises(kind) as there:
        both.there(name)
    assert str(there.value) == str(here.value)
    assert type(there.value) is type(here.value)


def test_what_is_wrong_is_said_before_anything_is_sent(both: Both) -> None:
    jobs = len(list(both.client.jobs))
    for wrong in (
        {"by": ["GENDER"], "mode": "sideways"},
        {"by": ["GENDER"], "rows": 0},
        {"by": ["GENDER"], "to": {("F", "M"): 3}},
    ):
        with pytest.raises(InputError) as here:
            trimtab.balance(both.tables.frame, **wrong)
        with pytest.raises(InputError) as there:
            both.client.balance(both.tables.frame, **wrong)
        assert str(there.value) == str(here.value)
    with pytest.raises(InputError, match="balance has no 'nope': expected some of by"):
        both.client.balance(both.tables.frame, ["GENDER"], nope=1)
    assert len(list(both.client.jobs)) == jobs


def test_a_table_comes_to_the_server_once(both: Both) -> None:
    before = {d.id for d in both.client.datasets}
    assert both.client.bring(both.tables.frame).id in before
    assert both.client.bring(both.tables.file).id in before
    assert both.client.bring(both.tables.frame, project="another").id not in before
    assert {p.name for p in both.client.projects} >= {"tests", "another"}


def test_a_plan_is_kept_and_drawn(both: Both) -> None:
    asked: dict[str, Any] = {"by": ["RACE"], "rows": 8}
    here = trimtab.plan_balance(both.tables.file, **asked)
    there = both.client.plan_balance(both.tables.file, **asked)
    assert there.to_dict() == here.to_dict()
    drawn = both.there("fit").sample(plan=there, seed=1)
    assert drawn.equals(both.here("fit").sample(plan=here, seed=1))


def test_a_job_is_found_again(both: Both, tmp_path: Path) -> None:
    job = both.client.jobs.get(both.jobs["balance"].id)
    assert job.result().plan.to_dict() == both.there("balance").plan.to_dict()
    assert "Rows that could be true" in job.report(tmp_path / "report.html").read_text()
    with pytest.raises(InputError, match=r"left no report\.md"):
        job.report(tmp_path / "report.md")
    failed = [j.id for j in both.client.jobs.of(project="tests", state="failed")]
    assert set(failed) == {both.jobs["unknown"].id, both.jobs["unseen"].id}
