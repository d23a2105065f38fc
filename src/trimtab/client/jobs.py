"""Jobs of a server, and the files that they leave."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trimtab._run import Run
from trimtab.client.answers import error_of
from trimtab.client.connection import Connection, new_key
from trimtab.client.events import ENDED, Event, events
from trimtab.errors import InputError, StoppedError
from trimtab.table.output_path import replacing


@dataclass(frozen=True)
class Artifact:
    """A file that a job left."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Job:
    """A job of a server: what it says is asked of the server each time.

    make   gives the result of the verb, from the job that has succeeded
    """

    id: str
    kind: str
    connection: Connection
    make: Any = field(default=None, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The job as the server has it now."""
        found: dict[str, Any] = self.connection.get(f"/jobs/{self.id}")
        return found

    @property
    def state(self) -> str:
        """Queued, running, succeeded, failed, cancelled or interrupted."""
        return str(self.to_dict()["state"])

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self.state in ENDED

    def cancel(self) -> Job:
        """Cancel it: at once if it waits, soon if it runs."""
        self.connection.post(f"/jobs/{self.id}/cancel", key=new_key())
        return self

    def retry(self) -> Job:
        """Begin it once more, from its beginning."""
        self.connection.post(f"/jobs/{self.id}/retry", key=new_key())
        return self

    def resume(self) -> Job:
        """Go on with it, from what its training had reached."""
        self.connection.post(f"/jobs/{self.id}/resume", key=new_key())
        return self

    def remove(self) -> None:
        """Remove it with all that it made, when it has ended."""
        self.connection.delete(f"/jobs/{self.id}")

    def events(self, after: int = 0) -> Iterator[Event]:
        """What happened behind an event, and what happens, until it has ended."""
        return events(self.connection, self.id, after)

    def wait(self, run: Run | None = None) -> Any:
        """What came of it, when it has succeeded: the result of its verb.

        run   hears how far it is, and what it warns of; asked to stop, it cancels the job

        Ctrl-C leaves the job as it is. Raises what the verb would raise where the job has failed,
        StoppedError where it was cancelled.
        """
        run = Run() if run is None else run
        try:
            for event in self.events():
                _pass_on(event, run)
            return self.result()
        except StoppedError:
            if run.stop.asked:
                self.cancel()
            raise
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"the job goes on at {self.connection.url}: client.jobs.get({self.id!r}).wait() "
                "waits for it again, and .cancel() ends it."
            ) from None

    def result(self) -> Any:
        """What came of it. Raises InputError for a job that has not ended, and as `wait` does."""
        told = self.to_dict()
        if told["state"] == "succeeded":
            return told["result"] if self.make is None else self.make(self, told)
        if told["state"] == "failed":
            raise error_of(told["problem"] or {"detail": f"the job {self.id} failed."})
        if told["state"] == "cancelled":
            raise StoppedError(f"the job {self.id} was cancelled: .retry() begins it once more.")
        raise InputError(f"the job {self.id} is {told['state']}: .wait() waits for its end.")

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """The files that it left."""
        found = self.connection.get(f"/jobs/{self.id}/artifacts")
        return tuple(Artifact(a["name"], a["bytes"], a["sha256"]) for a in found)

    def download(self, name: str, path: str | Path) -> Path:
        """Write a file that it left to a path, in one step."""
        with replacing(path) as temporary:
            self.connection.download(f"/jobs/{self.id}/artifacts/{name}", temporary)
        return Path(path)

    def content(self, name: str) -> bytes:
        """The bytes of a file that it left."""
        with tempfile.TemporaryDirectory(prefix="trimtab-") as folder:
            place = Path(folder) / "content"
            self.connection.download(f"/jobs/{self.id}/artifacts/{name}", place)
            return place.read_bytes()

    def report(self, path: str | Path) -> Path:
        """Write its report, or its proof, to a path that ends in .html or .json."""
        names = [a.name for a in self.artifacts]
        wanted = [f"{stem}{Path(path).suffix.lower()}" for stem in ("report", "proof")]
        name = next((n for n in wanted if n in names), None)
        if name is None:
            raise InputError(
                f"the job {self.id} left no {' or '.join(wanted)}: it left "
                f"{', '.join(names) or 'nothing'}."
            )
        return self.download(name, path)

    def _repr_html_(self) -> str:
        return f"<p>Job <code>{self.id}</code> ({self.kind}): {self.state}.</p>"


def _pass_on(event: Event, run: Run) -> None:
    """Have a run hear what an event tells."""
    said = event.content
    run.stop.check()
    if event.kind == "progress":
        run.tell(said["phase"], said["done"], said["total"], said.get("figure") or "")
    elif event.kind == "log":
        run.warn(str(said["line"]))
    elif event.kind == "metric":
        run.watch(str(said["line"]))
