"""The progress of work as bars on a terminal: a line for each phase."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from trimtab._run import Progress as Report
from trimtab._visible import visible


class _Count(ProgressColumn):
    """How many of how many, where there are several."""

    def render(self, task: Task) -> Text:
        several = task.total is not None and task.total > 1
        return Text(f"{task.completed:,.0f}/{task.total:,.0f}" if several else "")


class _Clock(ProgressColumn):
    """The time that is left while it is known, else the time it took."""

    def render(self, task: Task) -> Text:
        left = None if task.finished else task.time_remaining
        took = task.finished_time if task.finished else task.elapsed
        time = str(timedelta(seconds=int((took if left is None else left) or 0)))
        return Text(time if left is None else f"{time} left")


@contextmanager
def bars(console: Console) -> Iterator[Report]:
    """What reports of progress draw on a console while they come."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        _Count(Column(no_wrap=True, justify="right")),
        _Clock(Column(no_wrap=True)),
        TextColumn("{task.fields[figure]}", markup=False, table_column=Column(no_wrap=True)),
    )
    with Progress(*columns, console=console, transient=True) as shown:
        tasks: dict[str, TaskID] = {}

        def report(phase: str, done: int, total: int, figure: str = "") -> None:
            if phase not in tasks:
                for task in shown.tasks:  # the phases before are over
                    shown.update(task.id, total=task.total or 1, completed=task.total or 1)
                tasks[phase] = shown.add_task(visible(phase), total=None, figure="")
            # What was reached stays in sight.
            fields: Any = {"figure": visible(figure)} if figure else {}
            known = None if total == 1 and done == 0 else total
            shown.update(tasks[phase], completed=done, total=known, **fields)

        yield report
