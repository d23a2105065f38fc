"""What a person sees on a terminal: lines, notes, progress. Quiet in a pipe.

Whatever goes out here may quote a table, a file name or a library: `text` is the one way from a
string to what is shown. Rich would take markup out of it, and let escapes through.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from trimtab._run import Progress as Report
from trimtab._run import silent
from trimtab._visible import visible, visible_json
from trimtab.cli.notes import PREFIX, brief, refusal, wrapped
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


class Loudness(Enum):
    """How much is shown besides errors, and besides results as JSON."""

    QUIET = "what was written"
    PLAIN = "results, and the notes that matter most"
    VERBOSE = "all notes, the reasons of verdicts, and how trainings go"


_loudness: ContextVar[Loudness] = ContextVar("loudness", default=Loudness.PLAIN)


@contextmanager
def loud(loudness: Loudness) -> Iterator[None]:
    """Inside, show so much: the command line says it once, for the command that it runs."""
    before = _loudness.set(loudness)
    try:
        yield
    finally:
        _loudness.reset(before)


def is_verbose() -> bool:
    """Whether all is to be shown."""
    return _loudness.get() is Loudness.VERBOSE


def text(value: Any, style: str = "") -> Text:
    """A text to be shown as it is: no markup, and nothing in it that a terminal obeys."""
    return Text(visible(str(value)), style)


def texts(*values: Any) -> list[Text]:
    """Values as they are shown, one each."""
    return [text(value) for value in values]


def grid(title: str | None = None) -> Grid:
    """A table without columns yet, under a title."""
    return Grid(
        title=None if title is None else text(title),
        box=box.SIMPLE_HEAD,
        show_edge=False,
        collapse_padding=True,
    )


def head(words: str) -> Text:
    """The head of a column on two lines: a single word stands on the second."""
    first, _, last = words.rpartition(" ")
    return Text("\n").join(texts(first, last))


def show(shown: RenderableType) -> None:
    """A table of results and the empty line behind it, or a line, on standard output."""
    if _loudness.get() is Loudness.QUIET:
        return
    if not isinstance(shown, Grid):
        out.print(shown)
        return
    if shown.title is not None:  # rich would squeeze it into the width of the table
        out.print(shown.title, style="table.title")
        shown.title = None
    out.print(shown)
    out.print()


def say(line: str, indent: str = "") -> None:
    """One line of result, for people: on standard output."""
    if _loudness.get() is not Loudness.QUIET:
        _lay(out, "", "", in_options(line), indent)


def wrote(line: str) -> None:
    """What was written and where: on standard output, even where all else is quiet."""
    _lay(out, "", "", f"Wrote {line}")


def print_json(value: Any) -> None:
    """A result as JSON, for programs: on standard output."""
    print(visible_json(json.dumps(value, indent=1, ensure_ascii=False, default=str)))


def print_result(places: Mapping[str, Any], result: Mapping[str, Any], request: Request) -> None:
    """What came of a request as JSON: the places written, the result, and what was asked."""
    print_json({**places, **result, "request": request.to_dict()})


def note(*groups: Sequence[str]) -> None:
    """Notes and warnings on standard error, the most important groups first; not all of them,
    unless that is asked for.
    """
    if _loudness.get() is Loudness.QUIET:
        return
    every = [in_options(line) for group in groups for line in group]
    for line in every if is_verbose() else brief(groups):
        _lay(err, PREFIX, "bold yellow", line)


def warn(line: str) -> None:
    """A warning before the work begins, on standard error."""
    if _loudness.get() is not Loudness.QUIET:
        _lay(err, "warning: ", "bold yellow", in_options(line))


def complain(line: str, prefix: str = "error") -> None:
    """An error, on standard error; what to do comes first where there is much to say."""
    lead, *rest = refusal(in_options(line), f"{prefix}: ")
    _lay(err, f"{prefix}: ", "bold red", lead)
    for part in rest:
        _lay(err, "", "", part)


def watch(line: str) -> None:
    """How a training goes, on standard error, where all is to be shown."""
    if is_verbose():
        _lay(err, "", "", line)


def _lay(console: Console, prefix: str, style: str, line: str, indent: str = "") -> None:
    """Print a line: on a terminal broken between words, in a pipe as one."""
    shown = visible(f"{prefix}{line}")
    if console.is_terminal:
        shown = wrapped(shown, console.width - len(indent))
    shown = indent + shown.replace("\n", f"\n{indent}")
    start = len(indent)
    laid = Text(shown)
    laid.stylize(style, start, start + len(prefix))
    console.print(laid, soft_wrap=True)


@contextmanager
def progress(as_json: bool) -> Iterator[Report]:
    """A progress report: phases with a bar and the time left; in a pipe a line now and then.

    A phase of one piece has no count, and shows the time that it took until now.
    """
    if _loudness.get() is Loudness.QUIET or (as_json and not is_verbose()):
        yield silent
        return
    if err.is_terminal:
        from trimtab.cli.bars import bars as shown
    else:
        from trimtab.cli.lines import lines as shown
    with shown(err) as report:
        yield report


def show_counts(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A small table of texts; numbers are right-aligned."""
    counts = grid(title)
    for k, name in enumerate(heads):
        numbers = k > 0 and all(row[k].replace(",", "").isdigit() for row in rows)
        counts.add_column(text(name), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        counts.add_row(*texts(*row))
    show(counts)
