"""What verbs gave on a server, in the shape that they give here."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq

from trimtab.client.datasets import Dataset
from trimtab.client.given_back import as_given
from trimtab.client.jobs import Job
from trimtab.client.models import Model
from trimtab.client.plans import plan_of
from trimtab.measure.scorecard import Scorecard
from trimtab.plan.plan import Plan
from trimtab.study.balancing.result import Proof
from trimtab.table.files import to_native
from trimtab.table.table import Table

Told = Mapping[str, Any]  # a job that has succeeded, as the server has it


@dataclass(frozen=True)
class Result:
    """What came of a job.

    said   the result as plain data, as the verb's `to_dict` gives it
    """

    said: Told
    warnings: tuple[str, ...]
    job: Job

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data; tables are data of their own."""
        return dict(self.said)


@dataclass(frozen=True)
class Made(Result):
    """Rows: `result` is the table as a trimtab Table."""

    result: Table

    @property
    def table(self) -> Any:
        """The table in the caller's type (a pyarrow table, if that was a file)."""
        return to_native(self.result)


@dataclass(frozen=True)
class Learnt(Made):
    """Rows, and the model that made them."""

    model: Model

    @property
    def synthesizer(self) -> Model:
        """The model: it draws on the server, and `save` brings its file here."""
        return self.model


@dataclass(frozen=True)
class Balanced(Learnt):
    """What `balance` made; `scorecard` says how good it is, if rows were held out."""

    plan: Plan
    scorecard: Scorecard | None


@dataclass(frozen=True)
class Completed(Learnt):
    """What `complete` made."""

    @property
    def reason(self) -> str:
        """Which model completed the rows, and why that one."""
        return self.model.reason


@dataclass(frozen=True)
class Sampled(Made):
    """What `sample` drew."""

    @property
    def rows(self) -> int:
        """How many rows."""
        return self.result.rows

    @property
    def reason(self) -> str:
        """What was drawn, in words."""
        return str(self.said["reason"])


@dataclass(frozen=True)
class Figure:
    """A figure that is pooled over the filled tables; `trimtab.synthesis.pooling` defines it."""

    name: str
    value: float
    error: float
    low: float
    high: float
    degrees: float
    missing_information: float
    within: float
    between: float


@dataclass(frozen=True)
class Imputed(Result):
    """What `impute` made: the filled tables as trimtab Tables.

    index   the row labels of a pandas table
    """

    results: tuple[Table, ...]
    index: Any = None

    @property
    def filled(self) -> Mapping[str, int]:
        """How many cells were filled, by column."""
        return dict(self.said["filled"])

    @property
    def proper(self) -> bool:
        """Whether the tables may be pooled: each comes from a model of its own."""
        return bool(self.said["proper"])

    @property
    def pooled(self) -> tuple[Figure, ...]:
        """The pooled mean of each number and share of each value of a label."""
        return tuple(Figure(**figure) for figure in self.said["pooled"])

    @property
    def tables(self) -> tuple[Any, ...]:
        """The filled tables in the caller's type."""
        return tuple(self._native(result) for result in self.results)

    @property
    def table(self) -> Any:
        """The first of the filled tables."""
        return self._native(self.results[0])

    def _native(self, result: Table) -> Any:
        native = to_native(result)
        if self.index is not None:
            native.index = self.index
        return native


def fitted(job: Job, told: Told, data: Dataset) -> Model:
    """The model that a job learned."""
    like = None if data.given is None else data.table
    return Model(told["model_id"], job.connection, told["result"], like, job)


def balanced(job: Job, told: Told, data: Dataset) -> Balanced:
    """What came of a job to balance a table."""
    said = told["result"]
    plan = plan_of(said["plan"], data)
    real_rows = data.table.rows if plan.mode == "augment" else 0
    return Balanced(
        said,
        tuple(said["warnings"]),
        job,
        _table(job, "table.parquet", data.table, real_rows),
        _model(job, told, data),
        plan,
        _scorecard(job) if "scorecard.json" in told["artifacts"] else None,
    )


def completed(job: Job, told: Told, data: Dataset) -> Completed:
    """What came of a job to complete rows."""
    said = told["result"]
    rows = _table(job, "table.parquet", data.table)
    return Completed(said, tuple(said["warnings"]), job, rows, _model(job, told, data))


def sampled(job: Job, told: Told, model: Model) -> Sampled:
    """What came of a job to draw rows."""
    said = told["result"]
    drawn = pq.read_table(io.BytesIO(job.content("table.parquet")))
    from trimtab.table.files import read

    table = read(drawn) if model.like is None else as_given(drawn, model.like)
    return Sampled(said, tuple(said["warnings"]), job, table)


def imputed(job: Job, told: Told, data: Dataset) -> Imputed:
    """What came of a job to fill gaps."""
    said, names = told["result"], told["artifacts"]
    tables = [n for n in names if n.startswith("table") and n.endswith(".parquet")]
    results = [_table(job, name, data.table) for name in sorted(tables, key=_number)]
    index = getattr(data.given, "index", None) if hasattr(data.given, "iloc") else None
    return Imputed(said, tuple(said["warnings"]), job, tuple(results), index)


def evaluated(job: Job, told: Told, data: Dataset) -> Scorecard:
    """What came of a job to judge a table."""
    card = _scorecard(job)
    library = "pyarrow" if data.given is None else data.table.origin.library
    known = library if library in ("pandas", "polars") else "pyarrow"
    return card.model_copy(update={"library": known})


def proved(job: Job, told: Told, data: Dataset) -> Proof:
    """What came of a job to prove."""
    return Proof.parse(job.content("proof.json").decode(), "the proof")


Maker = Callable[[Job, Told, Any], Any]
MAKERS: dict[str, Maker] = {
    "balance": balanced,
    "complete": completed,
    "evaluate": evaluated,
    "fit": fitted,
    "impute": imputed,
    "prove": proved,
    "sample": sampled,
}


def _table(job: Job, name: str, like: Table, real_rows: int = 0) -> Table:
    return as_given(pq.read_table(io.BytesIO(job.content(name))), like, real_rows)


def _model(job: Job, told: Told, data: Dataset) -> Model:
    """The model that a job made beside its table, with what it says of itself."""
    found = job.connection.get(f"/models/{told['model_id']}")
    return Model(found["id"], job.connection, found["summary"], data.table, job)


def _scorecard(job: Job) -> Scorecard:
    return Scorecard.parse(job.content("scorecard.json").decode(), "the scorecard")


def _number(name: str) -> int:
    """The number of a filled table in its name: table-12.parquet."""
    digits = name.removesuffix(".parquet").rpartition("-")[2]
    return int(digits) if digits.isdecimal() else 1
