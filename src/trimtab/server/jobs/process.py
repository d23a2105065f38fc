"""A child process, as the one who started it sees it: its lines, and its end."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trimtab.server.bounds import ENVIRONMENT

_PROCESS = "trimtab.server.jobs.child"
_LAST_WORDS = 4096  # bytes
_SECONDS_TO_END = 10.0  # for a process that has closed its output


class Child:
    """A child process that carries out the job in a folder."""

    def __init__(self, folder: Path) -> None:
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 (closed in `close`; it has no name)
        self._process = subprocess.Popen(
            [sys.executable, "-m", _PROCESS, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            cwd=folder,
            env={**os.environ, **ENVIRONMENT},
            start_new_session=True,
        )
        self._lines: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def heard(self, seconds: float) -> tuple[list[dict[str, Any]], bool]:
        """What it tells within some seconds, and whether it has ended meanwhile."""
        until = time.monotonic() + seconds
        lines: list[dict[str, Any]] = []
        while (left := until - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                break
            if line is None:
                return lines, True
            lines.append(line)
        return lines, False

    def ask_to_stop(self) -> None:
        """Ask it to end soon."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        """End it, and all that it started, at once."""
        if self._process.returncode is not None:  # its number may be another's by now
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def status(self) -> int:
        """Its status, once it has closed its output."""
        try:
            return self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()

    def last_words(self) -> str:
        """The end of what it wrote as errors: to tell why it died, and not to be kept."""
        size = self._words.seek(0, os.SEEK_END)
        self._words.seek(max(0, size - _LAST_WORDS))
        return self._words.read().decode("utf-8", "replace").lower()

    def close(self) -> None:
        """Leave nothing of it behind."""
        self.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._words):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        with stream:
            for line in stream:
                with contextlib.suppress(ValueError):
                    self._lines.put(json.loads(line))
        self._lines.put(None)


@contextmanager
def child(folder: Path) -> Iterator[Child]:
    """A child process for the time of a block."""
    started = Child(folder)
    try:
        yield started
    finally:
        started.close()
