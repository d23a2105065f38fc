"""What a person sees on a terminal: lines, notes, progress. Quiet in a pipe.

Whatever goes out here may quote a table, a file name or a library: `text` is the one way from a
string to what is shown. Rich would take markup out of it, and let escapes through.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from trimtab._run import Progress as Report
from trimtab._run import silent
from trimtab._visible import visible, visible_json
from trimtab.cli.words import in_options
from trimtab.request.base import Request

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def beside(table: bool) -> Iterator[None]:
    """Where the table itself goes to standard output, all else goes to standard error."""
    out.stderr = table
    try:
        yield
    finally:
        out.stderr = False


def text(value: Any, style: str = "") -> Text:
    """A text to be shown as it is: no markup, and nothing in it that a terminal obeys."""
    return Text(visible(str(value)), style)


def texts(*values: Any) -> list[Text]:
    """Values as they are shown, one each."""
    return [text(value) for value in values]


def grid(title: str | None = None) -> Grid:
    """A table without columns yet, under a title."""
    return Grid(title=None if title is None else text(title, "table.title"), title_justify="left")


def say(line: str) -> None:
    """One line of result, for people: on standard output."""
    out.print(text(in_options(line)), soft_wrap=True)


def print_json(value: Any) -> None:
    """A result as JSON, for programs: on standard output."""
    print(visible_json(json.dumps(value, indent=1, ensure_ascii=False, default=str)))


def print_result(places: Mapping[str, Any], result: Mapping[str, Any], request: Request) -> None:
    """What came of a request as JSON: the places written, the result, and what was asked."""
    print_json({**places, **result, "request": request.to_dict()})


def note(lines: Sequence[str]) -> None:
    """Notes and warnings, on standard error."""
    for line in lines:
        _remark("note", "bold yellow", line)


def warn(line: str) -> None:
    """A warning before the work begins, on standard error."""
    _remark("warning", "bold yellow", line)


def complain(line: str, prefix: str = "error") -> None:
    """An error, on standard error."""
    _remark(prefix, "bold red", line)


def _remark(prefix: str, style: str, line: str) -> None:
    err.print(Text.assemble((f"{prefix}: ", style), text(in_options(line))), soft_wrap=True)


@contextmanager
def progress(quiet: bool) -> Iterator[Report]:
    """A progress report: phases with a bar and the time left; silent in a pipe.

    A phase of one piece has no count, and shows the time that it took until now.
    """
    if quiet or not err.is_terminal:
        yield silent
        return
    from trimtab.cli.bars import bars

    with bars(err) as report:
        yield report


def show_counts(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A small table of texts; numbers are right-aligned."""
    counts = grid(title)
    for k, head in enumerate(heads):
        numbers = k > 0 and all(row[k].replace(",", "").isdigit() for row in rows)
        counts.add_column(text(head), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        counts.add_row(*texts(*row))
    out.print(counts)
