"""Ask a question: start its process, and wait for the answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from trimtab.server.bounds import ENVIRONMENT
from trimtab.server.files import room_needed
from trimtab.server.policy import Policy
from trimtab.server.problems import Problem, TooMany, Unfit
from trimtab.server.service import Service

_PROCESS = "trimtab.server.questions.process"
_AT_ONCE = threading.BoundedSemaphore(4)
_SECONDS_TO_WAIT = 30  # for one's turn


class Asked(Problem):
    """The problem that a process told."""

    def __init__(self, content: dict[str, Any]) -> None:
        super().__init__(str(content["detail"]))
        self.status, self.code = int(content["status"]), str(content["code"])
        self.told = content

    @property
    def content(self) -> dict[str, Any]:
        """As it was told."""
        return self.told


def ask(question: str, folder: Path, service: Service, **asked: Any) -> dict[str, Any]:
    """The answer to a question, asked in a folder of its own.

    Raises Asked for a problem that it found, Unfit where it took too much time or memory, TooMany
    where others ask too much at once.
    """
    policy = service.policy
    content = {
        **asked,
        "root": str(service.files.root),
        "question": question,
        "memory_mib": policy.job_memory_mib,
        "seconds": policy.check_seconds,
    }
    with room_needed():
        (folder / "asked.json").write_text(json.dumps(content), "utf-8")
    if not _AT_ONCE.acquire(timeout=_SECONDS_TO_WAIT):
        raise TooMany("the server answers others: try again soon.", headers={"Retry-After": "10"})
    try:
        _run(folder, policy)
    finally:
        _AT_ONCE.release()
    told = folder / "answer.json"
    if not told.exists():
        raise Unfit(
            "this took more memory or time than this server gives to it: give a smaller table, or "
            "ask the operator for more."
        )
    found = json.loads(told.read_text("utf-8"))
    for place in (told, folder / "asked.json"):  # the folder is left with what the answer made
        place.unlink()
    if "problem" in found:
        raise Asked(found["problem"])
    answer: dict[str, Any] = found["answer"]
    return answer


def _run(folder: Path, policy: Policy) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", _PROCESS, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, **ENVIRONMENT},
        start_new_session=True,
    )
    try:
        process.wait(2 * policy.check_seconds)
    except subprocess.TimeoutExpired:
        pass
    finally:
        process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
