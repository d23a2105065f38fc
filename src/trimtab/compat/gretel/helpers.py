"""Waiting for what was submitted, with lines that tell how far it is."""

from __future__ import annotations

import json
import sys
from typing import Any

from trimtab._run import Run
from trimtab.compat.gretel.projects.project import Submitted

_SAID = {
    "pending": "It waits for its turn.",
    "active": "It is under way.",
    "completed": "What came of it can be had by get_artifact_link.",
}


def poll(job: Submitted) -> None:
    """Wait for a model or a record handler, and tell on standard error how far it is.

    Raises what the work raised; Ctrl-C leaves the job of a server as it is.
    """
    _tell("INFO", "Waiting.")
    print(json.dumps(job.to_dict(), indent=4), file=sys.stderr)
    for line in job.remarks:
        _tell("WARNING", line)
    _tell_status(job.status)
    before = ""

    def progress(phase: str, done: int, total: int, figure: str = "") -> None:
        nonlocal before
        if phase != before or done == total:
            _tell("INFO", f"{phase}: {done} of {total}{f', {figure}' if figure else ''}")
        before = phase

    result: Any = job.work.wait(Run(progress, warn=lambda line: _tell("WARNING", line)))
    for line in getattr(result, "warnings", ()):
        _tell("WARNING", line)
    _tell_status(job.status)


def _tell_status(status: str) -> None:
    _tell("INFO", f"Status is {status}. {_SAID.get(status, '')}".rstrip())


def _tell(level: str, line: str) -> None:
    print(f"{level}: {line}", file=sys.stderr)
