"""Work as it is done here and on a server, in one shape."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

from trimtab._run import Run, Stop
from trimtab.client.client import Client
from trimtab.client.jobs import Job
from trimtab.client.models import Model
from trimtab.errors import InputError, StoppedError
from trimtab.request.balance import Balance
from trimtab.request.base import Request
from trimtab.request.fit import Fit
from trimtab.request.sample import Sample

DATA, MODEL = "data.csv.gz", "model.trimtab"
STATES = {
    "queued": "pending",
    "running": "active",
    "succeeded": "completed",
    "failed": "error",
    "cancelled": "cancelled",
    "interrupted": "lost",
}


class Work(ABC):
    """A piece of work under way."""

    id: str

    @property
    @abstractmethod
    def state(self) -> str:
        """One of the values of STATES."""

    @abstractmethod
    def wait(self, run: Run) -> Any:
        """What came of it; `run` hears what it tells."""

    @abstractmethod
    def cancel(self) -> None:
        """Have it end soon."""

    @abstractmethod
    def write(self, name: str, place: Path) -> None:
        """Write the table, or the model, that came of it."""


class Place(ABC):
    """Where work is done."""

    mode: str

    @abstractmethod
    def begin(self, request: Request, data: Any, project: str, given: Any = None) -> Work:
        """Begin with what is asked: `data` is a table, or the work that learned a model."""

    @abstractmethod
    def begin_planned(self, request: Balance, learned: Work, seed: int, project: str) -> Work:
        """Begin to draw the rows of a plan from the model that work has learned: that plan is of
        the table which it learned.
        """


@dataclass(frozen=True)
class There(Place):
    """A server."""

    client: Client
    mode: str = "cloud"

    def begin(self, request: Request, data: Any, project: str, given: Any = None) -> Work:
        """Order a job."""
        first = data.model if isinstance(data, Ordered) else data
        how: dict[str, Any] = {"project": project, "submit": True}
        return Ordered(self.client.carry_out(request, first, given=given, **how))

    def begin_planned(self, request: Balance, learned: Work, seed: int, project: str) -> Work:
        """Order a job that draws a plan of the server."""
        assert isinstance(learned, Ordered)
        table = learned.job.to_dict()["inputs"]["data"]
        plan = self.client.plan(request, table, project=project)
        how: dict[str, Any] = {"project": project, "submit": True}
        return Ordered(self.client.carry_out(Sample(seed=seed), learned.model, plan=plan, **how))


@dataclass
class Ordered(Work):
    """A job of a server."""

    job: Job

    @property
    def model(self) -> Model:
        """The model that the job has learned."""
        made = self.job.result()
        found: Model = made if self.job.kind == Fit.verb else made.model
        return found

    @property
    def id(self) -> str:  # type: ignore[override]
        """Its id on the server."""
        return self.job.id

    @property
    def state(self) -> str:
        """As the server has it now."""
        return STATES[self.job.state]

    def wait(self, run: Run) -> Any:
        """The result, when the job has ended."""
        return self.job.wait(run)

    def cancel(self) -> None:
        """Cancel the job."""
        self.job.cancel()

    def write(self, name: str, place: Path) -> None:
        """Download a file that the job left."""
        if name == MODEL:
            self.model.save(place)
        else:
            self.job.download("table.csv.gz" if name == DATA else name, place)


@dataclass(frozen=True)
class Here(Place):
    """This process: work is done by a thread."""

    mode: str = "local"

    def begin(self, request: Request, data: Any, project: str, given: Any = None) -> Work:
        """Start a thread."""
        first = data.model if isinstance(data, Threaded) else data
        return Threaded.begun(request, first, {} if given is None else {"given": given})

    def begin_planned(self, request: Balance, learned: Work, seed: int, project: str) -> Work:
        """Start a thread that draws a plan."""
        from trimtab.verbs.balance import plan_of

        assert isinstance(learned, Threaded)
        plan = plan_of(request, learned.data)
        return Threaded.begun(Sample(seed=seed), learned.model, {"plan": plan})


@dataclass
class Threaded(Work):
    """Work of a thread. What it tells waits until somebody listens."""

    kind: str
    data: Any
    id: str = field(default_factory=lambda: f"local_{uuid4().hex[:12]}")
    told: SimpleQueue[Any] = field(default_factory=SimpleQueue)
    stop: Stop = field(default_factory=Stop)
    now: str = "queued"
    result: Any = None
    error: BaseException | None = None

    @classmethod
    def begun(cls, request: Request, data: Any, beside: dict[str, Any]) -> Threaded:
        """Begin."""
        work = cls(request.verb, data)
        threading.Thread(target=work._carry_out, args=(request, data, beside), daemon=True).start()
        return work

    @property
    def model(self) -> Any:
        """The synthesizer that was learned."""
        return self.result if self.kind == Fit.verb else self.result.synthesizer

    @property
    def state(self) -> str:
        """As it is now."""
        return STATES[self.now]

    def wait(self, run: Run) -> Any:
        """The result, when the thread has ended. Ctrl-C asks it to stop."""
        try:
            while (said := self.told.get()) is not None:
                said(run)
        except KeyboardInterrupt:
            self.cancel()
            raise
        self.told.put(None)  # for who waits again
        if self.error is not None:
            raise self.error
        return self.result

    def cancel(self) -> None:
        """Ask it to stop."""
        self.stop.ask()

    def write(self, name: str, place: Path) -> None:
        """Write what came of it."""
        from trimtab.table.writing import write

        if name == DATA and self.kind != "fit":
            write(self.result.result, place)
        elif name == MODEL and self.kind != "sample":
            self.model.save(place)
        else:
            raise InputError(f"{self.kind} left no {name}.")

    def _carry_out(self, request: Request, data: Any, beside: dict[str, Any]) -> None:
        from trimtab.verbs.carry_out import carry_out

        run = Run(
            lambda *said, **more: self.told.put(lambda run: run.tell(*said, **more)),
            self.stop,
            warn=lambda line: self.told.put(lambda run: run.warn(line)),
        )
        self.now = "running"
        try:
            self.result = carry_out(request, data, run, **beside)
            self.now = "succeeded"
        except BaseException as error:  # which is raised where somebody waits
            self.error = error
            self.now = "cancelled" if isinstance(error, StoppedError) else "failed"
        self.told.put(None)
