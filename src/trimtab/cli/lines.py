"""The progress of work as lines, where there is no terminal: one every ten seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from rich.console import Console
from rich.text import Text

from trimtab._run import Progress as Report
from trimtab._visible import visible

SECONDS = 10.0


@dataclass(frozen=True)
class Standing:
    """How far a phase of work is, and where and when it began."""

    phase: str
    done: int
    total: int
    figure: str
    first: int
    began: float

    def line(self, now: float) -> str:
        """The standing in words, with the time left where it can be told."""
        told = [self.phase]
        if self.total > 1:
            told.append(f"{self.done:,}/{self.total:,}")
        took, walked = now - self.began, self.done - self.first
        if walked > 0 and self.done < self.total:
            left = took * (self.total - self.done) / walked
            told.append(f"{timedelta(seconds=int(left))} left")
        elif self.done < self.total:
            told.append(f"for {timedelta(seconds=int(took))}")
        return ", ".join([*told, self.figure] if self.figure else told)


@contextmanager
def lines(console: Console, seconds: float = SECONDS) -> Iterator[Report]:
    """What reports of progress print while they come: the last one, every so many seconds."""
    over, standing = threading.Event(), list[Standing]()

    def report(phase: str, done: int, total: int, figure: str = "") -> None:
        now = Standing(phase, done, total, figure, done, time.monotonic())
        if standing and standing[-1].phase == phase:
            before = standing[-1]
            kept = figure or before.figure  # what was reached stays in sight
            now = replace(now, figure=kept, first=before.first, began=before.began)
        standing[:] = [now]

    def watch() -> None:
        while not over.wait(seconds):
            for last in standing[:]:
                told = Text(visible(last.line(time.monotonic())))
                console.print(told, soft_wrap=True)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield report
    finally:
        over.set()
        watcher.join()
