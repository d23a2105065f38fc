"""The process of one attempt at a job: `python -m trimtab.server.jobs.child FOLDER`.

It reads `job.json` in the folder, tells how far it is by lines of JSON on its standard output, and
leaves there

    done/           what came of it: the files, and manifest.json, which lists them; there whole or
                    not at all
    problem.json    or why nothing did
    checkpoint      where it was, while it goes on
    trace.txt       of a fault of ours: kinds of errors and numbers of lines, no data

SIGTERM asks it to stop; it ends with status 4 then. It ends with the one who started it.
"""

from __future__ import annotations

import inspect
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from trimtab.errors import InputError, StoppedError, TrimtabError
from trimtab.server.bounds import bound, end_with_input
from trimtab.server.files import FULL, Files, land, sync
from trimtab.server.jobs.folders import CHECKPOINT, MANIFEST, PROBLEM, PUBLIC, TRACE

STOPPED = 4  # the status of a process that was asked to stop
_MEMORY = (
    "bad_alloc",
    "out of memory",
    "cannot allocate memory",
    "can't start new thread",
    "failed to map segment",  # of a library that is loaded
)
_ASKED = "a job of a trimtab server"

Job = Mapping[str, Any]
Tell = Callable[..., None]


def main(folder: Path) -> int:
    """Carry out the job in a folder; the status of the process."""
    job = json.loads((folder / "job.json").read_text("utf-8"))
    bound(job["memory_mib"])
    end_with_input()
    tell = _teller()
    from trimtab._run import Stop

    stop = Stop()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.ask())
    try:
        result = _carried_out(job, folder, stop, tell)
        if stop.asked:  # what a training had reached until then is none of what was asked for
            return STOPPED
        _keep(result, folder)
        return 0
    except BaseException as error:
        if isinstance(error, StoppedError) and stop.asked:
            return STOPPED
        problem = _problem(error, folder, job)
        (folder / "unfinished.json").write_text(json.dumps(problem), "utf-8")
        os.replace(folder / "unfinished.json", folder / PROBLEM)
        return 1


def _carried_out(job: Job, folder: Path, stop: Any, tell: Tell) -> Any:
    """The result of the verb."""
    from trimtab._run import Run
    from trimtab.server.jobs.kinds import KINDS
    from trimtab.verbs.carry_out import VERBS, carry_out

    kind = KINDS[job["kind"]]
    request: Any = kind.request.from_dict(job["request"])
    inputs = {name: _Input(**said) for name, said in job["inputs"].items()}
    data, schema = inputs.pop("data").read(), None
    if (said := job["inputs"]["data"]["schema"]) is not None:
        from trimtab.table.schema import Schema

        schema = Schema.parse(said, "the schema of the dataset")
        if "schema" in type(request).model_fields:
            request = request if request.schema else request.model_copy(update={"schema": schema})
    beside = {name: found.read(data, schema) for name, found in inputs.items()}
    takes = inspect.signature(import_module(VERBS[kind.request]).carry_out).parameters
    if "asked" in takes:
        beside["asked"] = _ASKED
    place = folder / CHECKPOINT if kind.resumes else None
    run = Run(
        lambda phase, done, total, figure="": tell(
            progress={"phase": phase, "done": done, "total": total, "figure": figure}
        ),
        stop,
        job["deadline"],
        place,
        place is not None and place.exists(),
        warn=lambda line: tell(log=line),
        watch=lambda line: tell(metric=line),
    )
    try:
        return carry_out(request, data, run, **beside)
    except InputError as error:
        if place is None or not run.resume or place.name not in str(error):
            raise
        tell(log="What an earlier attempt had reached does not fit: it begins anew.")
        place.unlink(missing_ok=True)
        return carry_out(request, data, replace(run, resume=False), **beside)


class _Input:
    """What an argument of the verb is: the noun for it, its file, and the schema of a dataset."""

    def __init__(self, noun: str, file: str, schema: Any) -> None:
        self.noun, self.file, self.schema = noun, file, schema

    def read(self, data: Any = None, schema: Any = None) -> Any:
        """As the verb takes it; `data` and its schema tell what the values of a plan are."""
        if self.noun == "model":
            from trimtab.synthesis.synthesizer import load

            return load(self.file)
        if self.noun == "plan":
            from trimtab.plan.json import from_json

            text = Path(self.file).read_text("utf-8")
            return from_json(text, data.schema if schema is None else schema, "the plan")
        return self.file


def _keep(result: Any, folder: Path) -> None:
    """Have what came of it stand in `done`, whole and on the disk, in one step."""
    from trimtab.server.files import room_needed
    from trimtab.server.jobs.results import left_by, plain, summary_of

    work = folder / "work"
    with room_needed():
        work.mkdir(mode=0o700)
        files = []
        for left in left_by(result):
            left.write(work / left.name)
            kept = Files(work).keep(work / left.name)
            files.append({**vars(kept), "name": left.name, "public": left.name == PUBLIC})
        manifest = {"files": files, "result": plain(result), "model": summary_of(result)}
        (work / MANIFEST).write_text(json.dumps(manifest), "utf-8")
        land(work)
        os.rename(work, folder / "done")
        sync(folder)


def _teller() -> Tell:
    """What writes a line to the one who waits; whatever else is printed goes nowhere."""
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)

    def tell(**said: Any) -> None:
        lines.write(json.dumps(said) + "\n")

    return tell


def _problem(error: BaseException, folder: Path, job: Job) -> dict[str, Any]:
    """What the one who asked is told; a fault of ours without anything of the data."""
    from trimtab.server.problems import NoRoom, of_error, problem

    if any(isinstance(e, OSError) and e.errno in FULL for e in _causes(error)):
        error = NoRoom("the disk of the server is full: nothing was kept.")
    if isinstance(error, TrimtabError):
        return _without_places(of_error(error), folder, job)
    if isinstance(error, MemoryError) or any(w in str(error).lower() for w in _MEMORY):
        return out_of_memory(job["memory_mib"])
    (folder / TRACE).write_text("\n".join(_trace(error)) + "\n", "utf-8")
    return problem(
        500,
        "fault",
        f"the server made a mistake ({type(error).__name__}), which is none of yours: tell its "
        "operator the id of this job. Another request may go well.",
    )


def out_of_memory(memory_mib: int) -> dict[str, Any]:
    """The problem of a job that is too large."""
    from trimtab.server.problems import problem

    return problem(
        413,
        "memory",
        f"this is too large for this server, which gives a job {memory_mib:,} MiB: give fewer rows "
        "or columns, or ask its operator for more.",
    )


def _without_places(problem: dict[str, Any], folder: Path, job: Job) -> dict[str, Any]:
    """A problem that does not say where the server keeps its files."""
    said = problem["detail"]
    for name, found in job["inputs"].items():
        said = said.replace(found["file"], f"the {found['noun']} ({name})")
        said = said.replace(Path(found["file"]).name, f"the {found['noun']} ({name})")
    return problem | {"detail": said.replace(f"{folder}{os.sep}", "")}


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _trace(error: BaseException) -> Iterator[str]:
    for cause in _causes(error):
        yield type(cause).__name__
        for frame in traceback.extract_tb(cause.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} {frame.name}"


if __name__ == "__main__":
    status = main(Path(sys.argv[1]))
    sys.stdout.flush()
    os._exit(status)  # no thread of a library holds it up
