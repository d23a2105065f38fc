"""What was planned and measured, as tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import JustifyMethod
from rich.table import Table as Grid
from rich.text import Text

from trimtab.cli import terminal
from trimtab.cli.terminal import head, text, texts
from trimtab.measure.scorecard import figure
from trimtab.plan.plan import CELL_HEADS, Plan, Support, cell_row
from trimtab.table.imbalance import Imbalance
from trimtab.table.schema import Column, Role, Schema

if TYPE_CHECKING:
    from trimtab.synthesis.pooling import Pooled

_CELLS_SHOWN = 60
_FIGURES_SHOWN = 40
_VALUES_SHOWN = 4
_SUPPORT_STYLE = {Support.RARE: "yellow", Support.UNSEEN: "red", Support.STRUCTURAL: "red"}


def show_plan(plan: Plan) -> None:
    """A balance plan as a table."""
    terminal.say(f"{plan.reason}.")
    grid = terminal.grid()
    for name in plan.by:
        grid.add_column(Text("\n").join([text(""), text(name)]), overflow="fold")
    real, generated, *rest = (f"real {plan.unit.value}", *CELL_HEADS[1:])
    apart = any(cell.generated_rows != cell.target_rows for cell in plan.cells)
    for name in (real, generated, *rest) if apart else (real, *rest):
        figures = name != CELL_HEADS[-1]
        justify: JustifyMethod = "right" if figures else "left"
        grid.add_column(head(name), justify=justify, no_wrap=True)
    for cell in plan.cells[:_CELLS_SHOWN]:
        row = list(cell_row(cell))
        if not apart:
            del row[len(cell.values) + 1]
        grid.add_row(*texts(*row), style=_SUPPORT_STYLE.get(cell.support))
    terminal.show(grid)
    if len(plan.cells) > _CELLS_SHOWN:
        more = len(plan.cells) - _CELLS_SHOWN
        terminal.say(f"... and {more} more cells (see them all with --json).")


def show_pooled(figures: Sequence[Pooled]) -> None:
    """Pooled figures as a table, if there are any."""
    if not figures:
        return
    grid = terminal.grid("pooled over the tables, where gaps made a difference")
    grid.add_column(head("figure"), overflow="fold")
    for name in ("value", "95 % interval", "information missing"):
        grid.add_column(head(name), justify="right", no_wrap=True)
    for estimate in figures[:_FIGURES_SHOWN]:
        interval = f"{figure(estimate.low)} to {figure(estimate.high)}"
        missing = f"{estimate.missing_information:.0%}"
        grid.add_row(*texts(estimate.name, figure(estimate.value), interval, missing))
    terminal.show(grid)
    if len(figures) > _FIGURES_SHOWN:
        more = len(figures) - _FIGURES_SHOWN
        terminal.say(f"... and {more} more figures (see them all with --json).")


def show_schema(schema: Schema, labels: Sequence[Imbalance]) -> None:
    """The columns with the reason for each, then how uneven the labels are."""
    grid = terminal.grid(f"{len(schema)} columns")
    per = any(column.per for column in schema)
    for name in ("column", "kind", "role", *(["per"] if per else []), "why"):
        grid.add_column(name, overflow="fold", no_wrap=name in ("kind", "role"))
    for column in schema:
        whose = [text(column.per or "")] if per else []
        first = texts(column.name, column.kind)
        grid.add_row(*first, _role(column), *whose, text(_why(column)))
    terminal.show(grid)
    if labels:
        terminal.show(_labels_grid(labels))


def _labels_grid(labels: Sequence[Imbalance]) -> Grid:
    grid = terminal.grid("how uneven the labels are")
    grid.add_column("column", overflow="fold")
    grid.add_column("values", justify="right", no_wrap=True)
    grid.add_column("largest : smallest", justify="right", no_wrap=True)
    grid.add_column("rows", overflow="fold", ratio=1)
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
