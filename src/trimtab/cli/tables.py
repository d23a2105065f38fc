"""What was planned and measured, as tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table as Grid
from rich.text import Text

from trimtab.cli import terminal
from trimtab.cli.terminal import text, texts
from trimtab.measure.score import Exhibit, Verdict
from trimtab.measure.scorecard import Scorecard, about, figure, span
from trimtab.plan.plan import CELL_HEADS, Plan, Support, cell_row
from trimtab.table.imbalance import Imbalance
from trimtab.table.rules.words import shortened
from trimtab.table.schema import Column, Role, Schema

if TYPE_CHECKING:
    from trimtab.synthesis.pooling import Pooled

_CELLS_SHOWN = 60
_FIGURES_SHOWN = 40
_VALUES_SHOWN = 4
_RULES_SHOWN = 5
_VERDICT_STYLE = {Verdict.POOR: "red", Verdict.MIDDLING: "yellow", Verdict.UNKNOWN: "dim"}
_SUPPORT_STYLE = {Support.RARE: "yellow", Support.UNSEEN: "red", Support.STRUCTURAL: "red"}


def show_plan(plan: Plan) -> None:
    """A balance plan as a table."""
    terminal.say(f"{plan.reason}.")
    grid = terminal.grid()
    for name in plan.by:
        grid.add_column(text(name))
    grid.add_column(f"real {plan.unit.value}", justify="right")
    for name in CELL_HEADS[1:]:
        grid.add_column(name, justify="left" if name == "support" else "right")
    for cell in plan.cells[:_CELLS_SHOWN]:
        grid.add_row(*texts(*cell_row(cell)), style=_SUPPORT_STYLE.get(cell.support))
    terminal.out.print(grid)
    if len(plan.cells) > _CELLS_SHOWN:
        more = len(plan.cells) - _CELLS_SHOWN
        terminal.say(f"... and {more} more cells (see them all with --json).")


def show_scorecard(scorecard: Scorecard) -> None:
    """The headlines of a scorecard as a table, and its notes."""
    sizes = ", ".join(f"{n:,} {name}" for name, n in scorecard.rows.items())
    grid = terminal.grid(f"how good it is ({sizes} rows)")
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
        cells = (score.title, about(score), figure(score.value), span(score), *judgement)
        grid.add_row(*texts(*cells), style=_VERDICT_STYLE.get(score.verdict))
    terminal.out.print(grid)
    _show_broken(scorecard.exhibit("broken_rules"))
    terminal.note(scorecard.notes)


def _show_broken(exhibit: Exhibit | None) -> None:
    """The rules of the real table that most rows break, if any do."""
    if exhibit is None:
        return
    columns = exhibit.columns
    names, rows = columns["rule"], columns["synthetic_rows"]
    grid = terminal.grid("rules of the real table that it breaks")
    grid.add_column("rule", overflow="fold")
    for head in ("rows that break it", "share", "real rows that do"):
        grid.add_column(head, justify="right")
    grid.add_column("such as rows", overflow="fold")
    for k in range(min(_RULES_SHOWN, len(names))):
        share = f"{100 * columns['synthetic'][k]:.1f} %"
        counts = (f"{rows[k]:,}", share, f"{columns['real_rows'][k]:,}")
        grid.add_row(*texts(shortened(names[k]), *counts, columns["examples"][k]))
    terminal.out.print(grid)
    if len(names) > _RULES_SHOWN:
        terminal.say(f"... and {len(names) - _RULES_SHOWN} more rules (the report lists them all).")


def show_pooled(figures: Sequence[Pooled]) -> None:
    """Pooled figures as a table, if there are any."""
    if not figures:
        return
    grid = terminal.grid("pooled over the tables, where gaps made a difference")
    grid.add_column("figure", overflow="fold")
    for head in ("value", "95 % interval", "information missing"):
        grid.add_column(head, justify="right")
    for estimate in figures[:_FIGURES_SHOWN]:
        interval = f"{figure(estimate.low)} to {figure(estimate.high)}"
        missing = f"{estimate.missing_information:.0%}"
        grid.add_row(*texts(estimate.name, figure(estimate.value), interval, missing))
    terminal.out.print(grid)
    if len(figures) > _FIGURES_SHOWN:
        more = len(figures) - _FIGURES_SHOWN
        terminal.say(f"... and {more} more figures (see them all with --json).")


def show_schema(schema: Schema, labels: Sequence[Imbalance]) -> None:
    """The columns with the reason for each, then how uneven the labels are."""
    grid = terminal.grid(f"{len(schema)} columns")
    per = any(column.per for column in schema)
    for head in ("column", "kind", "role", *(["per"] if per else []), "why"):
        grid.add_column(head, overflow="fold")
    for column in schema:
        whose = [text(column.per or "")] if per else []
        first = texts(column.name, column.kind)
        grid.add_row(*first, _role(column), *whose, text(_why(column)))
    terminal.out.print(grid)
    if labels:
        terminal.out.print(_labels_grid(labels))


def _labels_grid(labels: Sequence[Imbalance]) -> Grid:
    grid = terminal.grid("how uneven the labels are")
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
        grid.add_row(*texts(label.column, len(label.values), ratio, ", ".join(first)))
    return grid


def _role(column: Column) -> Text:
    style = {Role.DROP: "red", Role.OUTCOME: "cyan", Role.ORDER: "cyan"}.get(column.role, "")
    return text({Role.DROP: "left out"}.get(column.role, column.role.value), style)


def _why(column: Column) -> str:
    return "; ".join([column.reason, *column.flags]) if column.flags else column.reason
