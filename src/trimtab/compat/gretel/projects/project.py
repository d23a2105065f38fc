"""Projects, models and record handlers: what the notebook submits, polls and gets artifacts of."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trimtab._run import Run
from trimtab.compat.gretel import work
from trimtab.compat.gretel.config import Asked, asked_by, learning, plan_rows, seeding
from trimtab.compat.gretel.session import place
from trimtab.compat.gretel.work import Place, Work
from trimtab.errors import InputError
from trimtab.request.sample import Sample

CREATED = "created"


@dataclass(frozen=True)
class Project:
    """A project: on a server, what is kept and removed together."""

    name: str
    place: Place = field(repr=False)

    def create_model_obj(self, model_config: Mapping[str, Any], data_source: Any) -> Model:
        """A model that is to learn a table: a path, or a dataframe. Raises InputError."""
        asked = asked_by(model_config)
        request = learning(asked)
        return Model(self, request, data_source, asked=asked)


def create_or_get_unique_project(*, name: str) -> Project:
    """The project of a name; on a server it is made where there is none."""
    return Project(name, place())


@dataclass
class Submitted:
    """What is created, then submitted, then polled."""

    project: Project
    request: Any
    data: Any = field(repr=False)
    _work: Work | None = field(default=None, repr=False)
    _folder: Path | None = field(default=None, repr=False)

    noun = ""
    remarks: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict, repr=False)

    def submit_cloud(self) -> Submitted:
        """Begin: as a job of the server, or in this process."""
        self._work = self._begun()
        return self

    submit = submit_cloud

    def _begun(self) -> Work:
        return self.project.place.begin(self.request, self.data, self.project.name)

    @property
    def work(self) -> Work:
        """The work. Raises InputError before it was submitted."""
        if self._work is None:
            raise InputError(f"the {self.noun} was not submitted: call .submit_cloud() first.")
        return self._work

    @property
    def status(self) -> str:
        """Created, pending, active, completed, error, cancelled or lost."""
        return CREATED if self._work is None else self._work.state

    def cancel(self) -> None:
        """Have it end soon."""
        self.work.cancel()

    def get_artifact_link(self, key: str) -> str:
        """The path of a file with what came of it, which lives as long as this object: CSV in gzip
        for a table. Raises InputError.
        """
        if key not in self.kinds:
            raise InputError(f"{key!r:.80}: expected one of {', '.join(self.kinds)}.")
        self.work.wait(Run())
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="trimtab-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        path = self._folder / self.kinds[key]
        if not path.exists():
            self.work.write(self.kinds[key], path)
        return str(path)

    def to_dict(self) -> dict[str, Any]:
        """What is told of it, as plain data."""
        return {
            "uid": None if self._work is None else self._work.id,
            "project": self.project.name,
            "runner_mode": self.project.place.mode,
            "status": self.status,
            "request": self.request.to_dict(),
        }


@dataclass
class Model(Submitted):
    """A model."""

    asked: Asked = field(default_factory=lambda: Asked((), None, {}, ()), repr=False)

    noun = "model"
    kinds: Mapping[str, str] = field(
        default_factory=lambda: {"data_preview": work.DATA, "model": work.MODEL}, repr=False
    )

    def __post_init__(self) -> None:
        self.remarks = self.asked.remarks

    def create_record_handler_obj(
        self, data_source: Any = None, params: Mapping[str, Any] | None = None
    ) -> RecordHandler:
        """Rows that the model is to draw: `num_records` of the parameters, or one for each row of
        the seeds in `data_source`.
        """
        said = dict(params or {})
        rows = said.pop("num_records", None)
        if said:
            raise InputError(f"params: {', '.join(said)}: expected num_records alone.")
        return RecordHandler(self.project, Sample(rows=rows), self, given=data_source)


@dataclass
class RecordHandler(Submitted):
    """Rows that a model draws; seeds that name the model's fields alone are a plan, whose rows come
    combination by combination.
    """

    given: Any = field(default=None, repr=False)

    noun = "record handler"
    kinds: Mapping[str, str] = field(default_factory=lambda: {"data": work.DATA}, repr=False)

    def _begun(self) -> Work:
        model: Model = self.data
        if model.status != "completed":
            raise InputError(f"the model is {model.status}: poll(model) waits for it.")
        at, name, asked = self.project.place, self.project.name, model.asked
        plan = seeding(asked, self.given) if asked.fields and self.given is not None else None
        if plan is None:
            return at.begin(self.request, model.work, name, self.given)
        rows, wanted = plan_rows(plan), self.request.rows
        if wanted not in (None, rows):
            raise InputError(
                f"num_records = {wanted}, but the seeds are {rows} rows: leave it out."
            )
        return at.begin_planned(plan, model.work, self.request.seed, name)
