"""One attempt at a job: its child started, watched, and what comes of it kept."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection

from trimtab.server.database.database import Database
from trimtab.server.database.owned import THINGS, Row, thing
from trimtab.server.files import Files
from trimtab.server.jobs import states
from trimtab.server.jobs.child import out_of_memory
from trimtab.server.jobs.folders import MODEL, PROBLEM, Done, Folders
from trimtab.server.jobs.process import Child, child
from trimtab.server.jobs.states import Lease, Told
from trimtab.server.policy import Policy
from trimtab.server.problems import Away, NotFound, Problem, problem

_LOG = logging.getLogger("trimtab.server.jobs")
_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_BETWEEN_TRIES = 1.0  # to reach a database that is away
_SECONDS_TO_STOP = 10.0  # for a child that was asked to
_TRAINING = 0.8  # of a job's time: the rest is for drawing and writing
_LINES = 50  # kept of what is told between two looks
_KILLED = -9
_MEMORY = ("memoryerror", "bad_alloc", "out of memory", "cannot allocate memory")

T = TypeVar("T")


@dataclass(frozen=True)
class Attempts:
    """What carries out attempts: one worker's database, files and policy.

    stopping   set when the server is to stop
    """

    database: Database
    files: Files
    policy: Policy
    worker: str
    stopping: threading.Event

    def carry_out(self, job: str, attempt: int) -> None:
        """Carry out an attempt at a job, if the job waits for it and as soon as there is room."""
        lease = Lease(job, attempt, self.worker)
        row = self._claimed(lease)
        if row is not None:
            with self._faults_told(lease):
                _Attempt(self, lease, row).carry_out()

    def insist(self, change: Callable[[Connection], T]) -> T | None:
        """Make a change, however long the database is away; None where the server stops before."""
        while True:
            try:
                with self.database.writing() as connection:
                    return change(connection)
            except Away:
                if self.stopping.wait(_SECONDS_BETWEEN_TRIES):
                    return None

    def _claimed(self, lease: Lease) -> Row | None:
        def claim(connection: Connection) -> tuple[Row | None, bool]:
            row = states.waits(connection, lease.job, lease.attempt)
            most = (self.policy.jobs_at_once, self.policy.jobs_at_once_per_user)
            if row is None or not states.has_room(connection, row, lease.worker, *most):
                return row, False
            return row, states.claim(connection, lease)

        while not self.stopping.is_set():
            row, held = self.insist(claim) or (None, False)
            if held or row is None:
                return row
            self.stopping.wait(_SECONDS_BETWEEN_LOOKS)
        return None

    @contextlib.contextmanager
    def _faults_told(self, lease: Lease) -> Any:
        """Have a fault of ours, or a disk that is full, end the attempt and not the worker."""
        try:
            yield
        except Exception as error:
            _LOG.error("%s.%d: %s", lease.job, lease.attempt, type(error).__name__)
            said = (
                error.content
                if isinstance(error, Problem)
                else problem(
                    500, "fault", "the server made a mistake: tell its operator the id of this job."
                )
            )
            self.insist(lambda connection: states.fail(connection, lease, said))


@dataclass
class _Attempt:
    """An attempt under way, whose lease this worker holds.

    reason   why the child was asked to stop: "cancel", "time", "stopping" or "lost"
    """

    of: Attempts
    lease: Lease
    row: Row
    reason: str = ""
    asked_at: float = 0.0
    told: list[Told] = field(default_factory=list)
    progress: dict[str, Any] | None = None

    def carry_out(self) -> None:
        began = self.of.insist(lambda c: states.beginning(c, self.lease.job))
        if began is None:
            return
        folders = Folders(self.of.files, self.lease.job, began)
        if (done := folders.former(self.lease.attempt)) is not None:
            self._finish(done, folders)
            return
        try:
            folder = folders.make(self.lease.attempt)
            self._ask(folder)
        except Problem as error:
            self._end("fail", error.content)
            return
        with child(folder) as process:
            self._watch(process)
            status, words = process.status(), process.last_words()
        done = folders.done(self.lease.attempt)
        if done is not None:
            self._finish(done, folders)
        else:
            folders.clear(self.lease.attempt, checkpoint=self.reason != "cancel")
            self._conclude(folder, status, words)

    def _ask(self, folder: Path) -> None:
        """Write what the child is to do. Raises NotFound for an input that is there no more."""
        policy, files = self.of.policy, self.of.files
        inputs = {}
        with self.of.database.reading() as connection:
            for name, id in self.row["inputs"].items():
                noun, found = _thing(connection, self.row["team_id"], name, id)
                file = str(files.place(found["file"]).resolve())
                inputs[name] = {"noun": noun, "file": file, "schema": found.get("schema")}
        asked = {
            "kind": self.row["kind"],
            "request": self.row["request"],
            "inputs": inputs,
            "memory_mib": policy.job_memory_mib,
            "deadline": time.time() + 60 * _TRAINING * policy.job_minutes,
            "version": version("trimtab"),
        }
        files.check_room(policy.free_mib)
        (folder / "job.json").write_text(json.dumps(asked), "utf-8")

    def _watch(self, process: Child) -> None:
        """Pass on what the child tells until it has ended; see that it ends when it has to."""
        end = time.monotonic() + 60 * self.of.policy.job_minutes
        while True:
            lines, over = process.heard(_SECONDS_BETWEEN_LOOKS)
            for line in lines:
                self._hear(line)
            asked = self._tell()
            if over:
                return
            if asked is None:
                self.reason = "lost"
                process.kill()
                continue
            if not self.reason:
                self.reason = (
                    "cancel"
                    if asked
                    else "stopping"
                    if self.of.stopping.is_set()
                    else "time"
                    if time.monotonic() > end
                    else ""
                )
                if self.reason:
                    self.asked_at = time.monotonic()
                    process.ask_to_stop()
            elif time.monotonic() > self.asked_at + _SECONDS_TO_STOP:
                process.kill()

    def _hear(self, line: Mapping[str, Any]) -> None:
        if "progress" in line:
            self.progress = dict(line["progress"])
        for kind in ("log", "metric"):
            if kind in line:
                self.told.append(Told(kind, {"line": str(line[kind])}))
        del self.told[:-_LINES]

    def _tell(self) -> bool | None:
        """Note what was heard; whether to cancel, None where the lease is lost."""
        database, silent = self.of.database, self.progress is None and not self.told
        try:
            with database.reading() if silent else database.writing() as connection:
                asked = states.tell(connection, self.lease, self.progress, self.told)
        except Away:
            return False  # told later
        self.progress, self.told = None, []
        return asked

    def _finish(self, done: Done, folders: Folders) -> None:
        """Have what came of it stand in the tables, once."""
        plain = [{k: v for k, v in file.items() if k != "name"} for file in done.files]
        files = {file["name"]: rest for file, rest in zip(done.files, plain, strict=True)}
        made = files.pop(MODEL, None)

        def finish(connection: Connection) -> bool:
            model = None
            if made is not None and done.model is not None:
                kept = {name: made[name] for name in ("file", "bytes", "sha256")}
                model = {"name": self._name(connection), "summary": done.model, **kept}
            artifacts = [{"name": name, **rest} for name, rest in files.items()]
            return states.finish(connection, self.lease, done.result, artifacts, model)

        if self.of.insist(finish):
            _LOG.info("%s.%d: succeeded", self.lease.job, self.lease.attempt)
            folders.keep_only(done)

    def _name(self, connection: Connection) -> str:
        """What a model is called: as the dataset that it learned."""
        try:
            _, found = _thing(connection, self.row["team_id"], "data", self.row["inputs"]["data"])
        except NotFound:
            return str(self.row["kind"])
        return str(found.get("name", self.row["kind"]))

    def _conclude(self, folder: Path, status: int, words: str) -> None:
        """End an attempt that left no result."""
        memory_mib = self.of.policy.job_memory_mib
        if self.reason == "lost":
            return
        if self.reason == "cancel":
            self._end("cancelled")
        elif self.reason == "stopping":
            self._end("interrupt")
        elif (folder / PROBLEM).exists():
            self._end("fail", json.loads((folder / PROBLEM).read_text("utf-8")))
        elif self.reason == "time":
            self._end("fail", _out_of_time(self.of.policy))
        elif status == _KILLED or any(word in words for word in _MEMORY):
            self._end("fail", out_of_memory(memory_mib))
        else:
            self._end("fail", _died(status))

    def _end(self, how: str, *said: Mapping[str, Any]) -> None:
        change: Callable[..., bool] = getattr(states, how)
        self.of.insist(lambda connection: change(connection, self.lease, *said))
        _LOG.info("%s.%d: %s", self.lease.job, self.lease.attempt, how)


def _thing(connection: Connection, team: str, name: str, id: str) -> tuple[str, Row]:
    """What an argument is, and its row. Raises NotFound."""
    found = thing(connection, team, id, THINGS)
    if found is None:
        raise NotFound(f"{name} = {id!r:.80}: there is no such thing.")
    return found


def _out_of_time(policy: Policy) -> dict[str, Any]:
    return problem(
        422,
        "time",
        f"this took more than the {policy.job_minutes:g} minutes that this server gives to a job: "
        "ask for less, or resume it where it trains a network or proves something.",
    )


def _died(status: int) -> dict[str, Any]:
    return problem(
        500,
        "died",
        f"the process that carried it out died (status {status}). Retry it; if it dies again, "
        "tell the operator the id of this job.",
    )
