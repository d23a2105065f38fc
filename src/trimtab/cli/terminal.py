"""What a person sees on a terminal: tables, notes, progress. Quiet in a pipe.

Whatever goes out here may quote a table, a file name or a library: `_text` is the one way from a
string to what is shown. Rich would take markup out of it, and let escapes through.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.table import Column as GridColumn
from rich.table import Table as Grid
from rich.text import Text

from trimtab._run import Progress as Report
from trimtab._run import silent
from trimtab._visible import visible, visible_json
from trimtab.cli.words import in_options
from trimtab.measure.score import Exhibit, Verdict
from trimtab.measure.scorecard import Scorecard, about, figure, span
from trimtab.plan.plan import CELL_HEADS, Plan, Support, cell_row
from trimtab.request.base import Request
from trimtab.study.balancing.result import Proof
from trimtab.study.inference import Difference, Effect
from trimtab.study.wording import plain, said
from trimtab.synthesis.pooling import Pooled
from trimtab.table.imbalance import Imbalance
from trimtab.table.rules.words import shortened
from trimtab.table.schema import Column, Role, Schema

_CELLS_SHOWN = 60
_FIGURES_SHOWN = 40
_VALUES_SHOWN = 4
_RULES_SHOWN = 5
_VERDICT_STYLE = {Verdict.POOR: "red", Verdict.MIDDLING: "yellow", Verdict.UNKNOWN: "dim"}
_EFFECT_STYLE = {Effect.HELPS: "green", Effect.HARMS: "red"}
_SUPPORT_STYLE = {Support.RARE: "yellow", Support.UNSEEN: "red", Support.STRUCTURAL: "red"}

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def _text(value: Any, style: str = "") -> Text:
    """A text to be shown as it is: no markup, and nothing in it that a terminal obeys."""
    return Text(visible(str(value)), style)


def _texts(*values: Any) -> list[Text]:
    return [_text(value) for value in values]


def _grid(title: str | None = None) -> Grid:
    return Grid(title=None if title is None else _text(title, "table.title"), title_justify="left")


def say(text: str) -> None:
    """One line of result, for people: on standard output."""
    out.print(_text(in_options(text)), soft_wrap=True)


def print_json(value: Any) -> None:
    """A result as JSON, for programs: on standard output."""
    print(visible_json(json.dumps(value, indent=1, ensure_ascii=False, default=str)))


def print_result(places: Mapping[str, Any], result: Mapping[str, Any], request: Request) -> None:
    """What came of a request as JSON: the places written, the result, and what was asked."""
    print_json({**places, **result, "request": request.to_dict()})


def note(texts: Sequence[str]) -> None:
    """Notes and warnings, on standard error."""
    for text in texts:
        _remark("note", "bold yellow", text)


def complain(text: str, prefix: str = "error") -> None:
    """An error, on standard error."""
    _remark(prefix, "bold red", text)


def _remark(prefix: str, style: str, text: str) -> None:
    err.print(Text.assemble((f"{prefix}: ", style), _text(in_options(text))), soft_wrap=True)


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
def progress(quiet: bool) -> Iterator[Report]:
    """A progress report: phases with a bar and the time left; silent in a pipe.

    A phase of one piece has no count, and shows the time that it took until now.
    """
    if quiet or not err.is_terminal:
        yield silent
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        _Count(GridColumn(no_wrap=True, justify="right")),
        _Clock(GridColumn(no_wrap=True)),
        TextColumn("{task.fields[figure]}", markup=False, table_column=GridColumn(no_wrap=True)),
    )
    with Progress(*columns, console=err, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(phase: str, done: int, total: int, figure: str = "") -> None:
            if phase not in tasks:
                for task in bars.tasks:  # the phases before are over
                    bars.update(task.id, total=task.total or 1, completed=task.total or 1)
                tasks[phase] = bars.add_task(visible(phase), total=None, figure="")
            # What was reached stays in sight.
            fields: Any = {"figure": visible(figure)} if figure else {}
            known = None if total == 1 and done == 0 else total
            bars.update(tasks[phase], completed=done, total=known, **fields)

        yield report


def show_plan(plan: Plan) -> None:
    """A balance plan as a table."""
    say(f"{plan.reason}.")
    grid = _grid()
    for name in plan.by:
        grid.add_column(_text(name))
    grid.add_column(f"real {plan.unit.value}", justify="right")
    for name in CELL_HEADS[1:]:
        grid.add_column(name, justify="left" if name == "support" else "right")
    for cell in plan.cells[:_CELLS_SHOWN]:
        grid.add_row(*_texts(*cell_row(cell)), style=_SUPPORT_STYLE.get(cell.support))
    out.print(grid)
    if len(plan.cells) > _CELLS_SHOWN:
        say(f"... and {len(plan.cells) - _CELLS_SHOWN} more cells (see them all with --json).")


def show_scorecard(scorecard: Scorecard) -> None:
    """The headlines of a scorecard as a table, and its notes."""
    sizes = ", ".join(f"{n:,} {name}" for name, n in scorecard.rows.items())
    grid = _grid(f"how good it is ({sizes} rows)")
    for head in ("score", "about"):
        grid.add_column(head, overflow="fold")
    for head in ("value", "95 % interval", "real rows", "columns alone"):
        grid.add_column(head, justify="right")
    for head in ("verdict", "why"):
        grid.add_column(head, overflow="fold")
    for score in scorecard.headlines:
        judgement = (
            figure(score.real_rows),
            figure(score.columns_alone),
            score.verdict.value,
            score.because.partition(";")[0],  # the rest is in the report
        )
        texts = (score.title, about(score), figure(score.value), span(score), *judgement)
        grid.add_row(*_texts(*texts), style=_VERDICT_STYLE.get(score.verdict))
    out.print(grid)
    _show_broken(scorecard.exhibit("broken_rules"))
    note(scorecard.notes)


def _show_broken(exhibit: Exhibit | None) -> None:
    """The rules of the real table that most rows break, if any do."""
    if exhibit is None:
        return
    columns = exhibit.columns
    names, rows = columns["rule"], columns["synthetic_rows"]
    grid = _grid("rules of the real table that it breaks")
    grid.add_column("rule", overflow="fold")
    for head in ("rows that break it", "share", "real rows that do"):
        grid.add_column(head, justify="right")
    grid.add_column("such as rows", overflow="fold")
    for k in range(min(_RULES_SHOWN, len(names))):
        share = f"{100 * columns['synthetic'][k]:.1f} %"
        counts = (f"{rows[k]:,}", share, f"{columns['real_rows'][k]:,}")
        grid.add_row(*_texts(shortened(names[k]), *counts, columns["examples"][k]))
    out.print(grid)
    if len(names) > _RULES_SHOWN:
        say(f"... and {len(names) - _RULES_SHOWN} more rules (the report lists them all).")


def show_proof(proof: Proof) -> None:
    """What each arm came to, as a table for each learner."""
    say(
        f"{proof.rows:,} rows, {proof.positives:,} of them {proof.target} = {proof.positive}. "
        f"Means over {proof.folds} of {proof.asked} outer folds; AUC against the table as it is, "
        "with intervals that are corrected for the number of ways to train."
    )
    for learner in proof.learners:
        lines = [line for line in proof.lines if line.learner == learner]
        grid = _grid(learner)
        grid.add_column("training rows", overflow="fold")
        for head in ("AUC", "against it"):
            grid.add_column(head, justify="right", no_wrap=True)
        grid.add_column("effect", overflow="fold")
        for head in ("F1 at .5", "F1 tuned"):
            grid.add_column(head, justify="right")
        for line in lines:
            difference = line.differences.get("auc")
            against, effect = ("", "") if difference is None else _against(difference)
            auc, half, tuned = (plain(line.figures[n].value) for n in ("auc", "f1_at_half", "f1"))
            style = None if difference is None else _EFFECT_STYLE.get(difference.effect)
            grid.add_row(*_texts(line.arm, auc, against, effect, half, tuned), style=style)
        out.print(grid)


def _against(difference: Difference) -> tuple[str, str]:
    """A difference with its interval, and what it comes to."""
    return said(difference), str(difference.effect)


def show_pooled(figures: Sequence[Pooled]) -> None:
    """Pooled figures as a table, if there are any."""
    if not figures:
        return
    grid = _grid("pooled over the tables, where gaps made a difference")
    grid.add_column("figure", overflow="fold")
    for head in ("value", "95 % interval", "information missing"):
        grid.add_column(head, justify="right")
    for estimate in figures[:_FIGURES_SHOWN]:
        interval = f"{figure(estimate.low)} to {figure(estimate.high)}"
        missing = f"{estimate.missing_information:.0%}"
        grid.add_row(*_texts(estimate.name, figure(estimate.value), interval, missing))
    out.print(grid)
    if len(figures) > _FIGURES_SHOWN:
        say(f"... and {len(figures) - _FIGURES_SHOWN} more figures (see them all with --json).")


def show_schema(schema: Schema, labels: Sequence[Imbalance]) -> None:
    """The columns with the reason for each, then how uneven the labels are."""
    grid = _grid(f"{len(schema)} columns")
    per = any(column.per for column in schema)
    for head in ("column", "kind", "role", *(["per"] if per else []), "why"):
        grid.add_column(head, overflow="fold")
    for column in schema:
        whose = [_text(column.per or "")] if per else []
        first = _texts(column.name, column.kind)
        grid.add_row(*first, _role(column), *whose, _text(_why(column)))
    out.print(grid)
    if labels:
        out.print(_labels_grid(labels))


def _labels_grid(labels: Sequence[Imbalance]) -> Grid:
    grid = _grid("how uneven the labels are")
    grid.add_column("column")
    grid.add_column("values", justify="right")
    grid.add_column("largest : smallest", justify="right")
    grid.add_column("rows", overflow="fold")
    for label in labels:
        first = [f"{v} {n}" for v, n in label.values[:_VALUES_SHOWN]]
        rest = len(label.values) - _VALUES_SHOWN
        first += [f"and {rest} more"] if rest > 0 else []
        first += [f"missing {label.missing_rows}"] if label.missing_rows else []
        ratio = f"{label.ratio:,.1f}"
        grid.add_row(*_texts(label.column, len(label.values), ratio, ", ".join(first)))
    return grid


def _role(column: Column) -> Text:
    style = {Role.DROP: "red", Role.OUTCOME: "cyan", Role.ORDER: "cyan"}.get(column.role, "")
    return _text({Role.DROP: "left out"}.get(column.role, column.role.value), style)


def _why(column: Column) -> str:
    return "; ".join([column.reason, *column.flags]) if column.flags else column.reason


def show_counts(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A small table of texts; numbers are right-aligned."""
    grid = _grid(title)
    for k, head in enumerate(heads):
        numbers = k > 0 and all(row[k].replace(",", "").isdigit() for row in rows)
        grid.add_column(_text(head), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        grid.add_row(*_texts(*row))
    out.print(grid)
