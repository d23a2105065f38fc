"""A server in a process of its own, and one who speaks to it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx2

_PASSWORD = "correct horse battery"  # of tables simulated for a test


@dataclass(frozen=True)
class Running:
    """A server that runs: its process, where it answers, and what it said at its start."""

    process: subprocess.Popen[str]
    url: str
    said: str

    def end(self) -> int:
        """Ask it to end, and give back its exit code."""
        self.process.terminate()
        return self.process.wait(60)


def start(data: Path, *words: str) -> Running:
    """Start a server on a free port of this machine; it answers when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-m", "trimtab", "serve", "--port", "0", "--data", str(data), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "COLUMNS": "200", "OMP_NUM_THREADS": "1"},
    )
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if found := re.search(r"answers at (\S+)", line):
            threading.Thread(target=_drain, args=(process.stdout,), daemon=True).start()
            return Running(process, found[1], said)
    raise AssertionError(f"the server did not start: {said}")


def _drain(stream: IO[str]) -> None:
    """Read what it logs: a server whose log nobody reads waits when the pipe is full."""
    with suppress(ValueError):  # closed
        for _ in stream:
            pass


@contextmanager
def running(data: Path, *words: str) -> Iterator[Running]:
    """A server for the time of a block."""
    server = start(data, *words)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait(60)
        assert server.process.stdout is not None
        server.process.stdout.close()


def signed_in(server: Running) -> httpx2.Client:
    """One who has used the link of the first start, and asks with a token of their own."""
    link = re.search(r"/sign-in#(\S+)", server.said)
    assert link is not None, server.said
    with httpx2.Client(base_url=server.url) as browser:
        answer = browser.post("/v1/sign-in/link", json={"link": link[1], "password": _PASSWORD})
        assert answer.is_success, answer.text
        csrf = browser.get("/v1/me").json()["csrf"]
        made = browser.post(
            "/v1/tokens",
            json={"name": "test", "scopes": ["read", "write", "manage"]},
            headers={"X-CSRF-Token": csrf},
        )
        assert made.status_code == 201, made.text
    token = made.json()["token"]
    return httpx2.Client(
        base_url=f"{server.url}/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60
    )
