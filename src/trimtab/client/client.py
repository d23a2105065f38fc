"""One's own server, asked with the verbs of this package."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trimtab._run import Progress, Run, silent
from trimtab.client.arguments import asks, checked_report, fit_options, without
from trimtab.client.connection import Connection, new_key
from trimtab.client.datasets import Dataset, brought
from trimtab.client.jobs import Job
from trimtab.client.listing import Listing, Project, project_of
from trimtab.client.models import Model, model_of
from trimtab.client.orders import found, ordered
from trimtab.client.plans import KeptPlan, kept_plan
from trimtab.errors import InputError, TableWarning
from trimtab.plan.balance.counts import counts_rows
from trimtab.request.balance import Balance
from trimtab.request.base import Request
from trimtab.request.complete import Complete
from trimtab.request.evaluate import Evaluate
from trimtab.request.fit import Fit
from trimtab.request.impute import Impute
from trimtab.request.prove import Prove
from trimtab.request.sample import Sample

URL, TOKEN = "TRIMTAB_SERVER", "TRIMTAB_TOKEN"


class Client:
    """A server of trimtab: its verbs take what those of this package take, and give the same.

        client = trimtab.Client("https://tables.example.org", token)
        client.balance(df, by=["sex", "race"]).table

    url       where the server answers; TRIMTAB_SERVER of the environment, if not said
    token     as the server gave it; TRIMTAB_TOKEN, if not said. It is shown nowhere
    project   the name of the project that things are kept in; it is made where there is none
    patience  seconds for which a server that is away is asked again

    Besides their own arguments verbs take `project`, and `submit=True`: they then give the job, and
    do not wait. While one waits, Ctrl-C leaves the job as it is, and says how to find it again.
    What goes wrong on the server raises what it would raise here; ServiceError is raised for a
    server that stays away, AccessError where the token does not do.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        project: str = "default",
        patience: float = 60.0,
        connection: Connection | None = None,
    ) -> None:
        if connection is None:
            url, token = _given(url, URL, "url"), _given(token, TOKEN, "token")
            connection = Connection(url, token, patience=patience)
        self.connection = connection
        self.project = project
        self._projects: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Client({self.connection.url!r}, project={self.project!r})"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the line to the server; it opens again when it is needed."""
        self.connection.close()

    # What the server has.

    @property
    def me(self) -> dict[str, Any]:
        """Who asks, and what they may do."""
        who: dict[str, Any] = self.connection.get("/me")
        return {name: who[name] for name in ("id", "name", "team", "role", "scopes")}

    @property
    def projects(self) -> Listing[Project]:
        """The projects of the team."""
        line = self.connection
        return self._listing("/projects", lambda told: Project(told["id"], told["name"], line))

    @property
    def datasets(self) -> Listing[Dataset]:
        """The tables that were brought."""
        return self._listing("/datasets", lambda told: Dataset(told["id"], self.connection))

    @property
    def models(self) -> Listing[Model]:
        """The models that jobs learned, or that were brought."""
        line = self.connection
        return self._listing("/models", lambda told: Model(told["id"], line, told["summary"]))

    @property
    def jobs(self) -> Listing[Job]:
        """The jobs."""
        return self._listing("/jobs", lambda told: found(self.connection, told))

    def bring(self, data: Any, *, project: str | None = None) -> Dataset:
        """Bring a table, unless the project has it; verbs take it in the place of the table."""
        return brought(self.connection, self._project(project), data)

    def load(self, path: str | Path, *, project: str | None = None) -> Model:
        """Bring a model file, unless the project has it."""
        return model_of(self.connection, str(path), self._project(project))

    # The verbs.

    @asks(Fit, "protected", "protected_shares", "target_shares", "recipe")
    def fit(self, data: Any, **asked: Any) -> Any:
        """Learn a table: the model, which stays on the server. Arguments as in `trimtab.fit`."""
        how = without(asked)
        return self.carry_out(Fit(**fit_options(asked)), data, **how)

    @asks(Balance, report=True)
    def balance(self, data: Any, by: Sequence[str], to: Any = None, **asked: Any) -> Any:
        """Balance a table over the columns `by`. Arguments as in `trimtab.balance`.

        report   where to write what it is good for, .html or .json; it needs a `holdout`
        """
        how = without(asked)
        request = _balance(by, to, asked)
        report = checked_report(how.pop("report", None), request.holdout, how["submit"])
        made = self.carry_out(request, data, **how)
        if report is not None:
            made.job.report(report)
        return made

    @asks(Balance)
    def plan_balance(self, data: Any, by: Sequence[str], to: Any = None, **asked: Any) -> KeptPlan:
        """The plan that `balance` would carry out, which the server keeps. Fits nothing."""
        how = without(asked)
        return self.plan(_balance(by, to, asked), data, project=how["project"])

    @asks(Sample)
    def sample(
        self, model: Any, rows: int | None = None, *, given: Any = None, plan: Any = None,
        **asked: Any,
    ) -> Any:  # fmt: skip
        """Draw rows from a model of the server, by its handle, its id or its file, as a job.
        Arguments as in `Synthesizer.sample`; `Model.sample` gives the table alone.
        """
        how = without(asked)
        return self.carry_out(Sample(rows=rows, **asked), model, given=given, plan=plan, **how)

    @asks(Complete)
    def complete(self, data: Any, given: Any, **asked: Any) -> Any:
        """Complete partly filled rows by what a table shows. Arguments as in `trimtab.complete`."""
        how = without(asked)
        return self.carry_out(Complete(**asked), data, given=given, **how)

    @asks(Impute)
    def impute(self, data: Any, *, synthesizer: Any = None, **asked: Any) -> Any:
        """Fill the gaps of a table by draws. Arguments as in `trimtab.impute`; the synthesizer is a
        model of the server, its id or its file.
        """
        how = without(asked)
        return self.carry_out(Impute(**asked), data, synthesizer=synthesizer, **how)

    @asks(Evaluate)
    def evaluate(
        self, real: Any, synthetic: Any, *, holdout: Any = None, plan: Any = None,
        stages: Any = None, **asked: Any,
    ) -> Any:  # fmt: skip
        """Judge a synthetic table against the real one. Arguments as in `trimtab.evaluate`; the
        plan is one of `plan_balance`, and `stages` a model of the server.
        """
        how = without(asked)
        beside = {"synthetic": synthetic, "holdout": holdout, "plan": plan, "stages": stages}
        return self.carry_out(Evaluate(**asked), real, **beside, **how)

    @asks(Prove)
    def prove(self, data: Any, target: str, **asked: Any) -> Any:
        """Whether balancing helps a classifier of `target`. Arguments as in `trimtab.prove`, but
        for learners of one's own.
        """
        how = without(asked)
        if isinstance(asked.get("learner"), Mapping):
            raise InputError("learner: a server trains its own: expected some of lr, rf, gbm.")
        return self.carry_out(Prove(target=target, **asked), data, **how)

    def carry_out(
        self,
        request: Request,
        data: Any,
        run: Run | None = None,
        *,
        project: str | None = None,
        submit: bool = False,
        progress: Progress = silent,
        **beside: Any,
    ) -> Any:
        """The result of a request, as `trimtab.carry_out` gives it; with `submit` its job."""
        job = ordered(self.connection, self._project(project), request, data, beside)
        return job if submit else job.wait(Run(progress, warn=_aloud) if run is None else run)

    def plan(self, request: Balance, data: Any, *, project: str | None = None) -> KeptPlan:
        """The plan of a request, which the server keeps."""
        project = self._project(project)
        dataset = brought(self.connection, project, data)
        order = {
            "project": project,
            "data": dataset.id,
            "request": request.model_dump(mode="json"),
        }
        told = self.connection.post("/plans", order, key=new_key())
        return kept_plan(told["id"], told["content"]["plan"], dataset)

    def _listing(self, path: str, make: Any) -> Listing[Any]:
        return Listing(path, self.connection, make, self._filter)

    def _filter(self, name: str, value: str) -> str:
        return self._project(value) if name == "project" else value

    def _project(self, name: str | None) -> str:
        """The id of a project, by its name."""
        name = self.project if name is None else name
        if name not in self._projects:
            self._projects[name] = project_of(self.connection, name).id
        return self._projects[name]


def _balance(by: Any, to: Any, asked: Mapping[str, Any]) -> Balance:
    names = Balance(by=by, **asked).by
    rows: Any = counts_rows(to, names)
    return Balance(by=names, to=rows, **asked)


def _given(value: str | None, variable: str, name: str) -> str:
    found = os.environ.get(variable) if value is None else value
    if not found:
        raise InputError(f"no {name}: give it, or set {variable} in the environment.")
    return found


def _aloud(line: str) -> None:
    """Warn as Python does, where the caller of a verb is."""
    warnings.warn(line, TableWarning, stacklevel=7)
