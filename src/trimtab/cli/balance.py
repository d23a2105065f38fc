"""The command `balance`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trimtab.cli.arguments import (
    After,
    AsJson,
    Data,
    check_distinct,
    check_model,
    column_names,
    command_line,
)
from trimtab.cli.options import Options, command
from trimtab.errors import InputError
from trimtab.request.balance import Balance

if TYPE_CHECKING:
    from trimtab.plan.plan import Plan
    from trimtab.verbs.balance import Balanced

Output = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="OUT", help="The table: CSV or Parquet."),
    After("by"),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show the plan, and fit nothing."), After("origin")
]
SavePlan = Annotated[
    str | None,
    typer.Option("--save-plan", metavar="PLAN.json", help="Write the plan here, as JSON."),
    After("dry_run"),
]
SaveModel = Annotated[
    str | None,
    typer.Option("--save", metavar="MODEL.trimtab", help="Write the model here."),
    After("save_plan"),
]
Report = Annotated[
    str | None,
    typer.Option("--report", metavar="REPORT", help="Judge it, too: .html, .md or .json."),
    After("holdout"),
]


@command(Balance)
def balance(
    options: Options[Balance],
    data: Data,
    output: Output = None,
    dry_run: DryRun = False,
    save_plan: SavePlan = None,
    save: SaveModel = None,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Balance a table over any columns, by exact conditional generation."""
    from trimtab._run import Run
    from trimtab.cli import terminal
    from trimtab.plan.balance.counts import counts_rows
    from trimtab.verbs import balance as verb

    if output is None and not dry_run:
        raise InputError("no output: expected -o OUT.csv, or --dry-run to see the plan only.")
    if dry_run and (options["holdout"] or report is not None):
        raise InputError("--dry-run fits nothing: leave out --holdout and --report.")
    places = {"-o": output, "--save-plan": save_plan, "--save": save}
    check_distinct(**{"DATA": data, "--to": options["to"], **places, "--report": report})
    _check_places(output, save_plan, save)
    request = options.read(to=counts_rows(options["to"], column_names(options["by"])))
    if dry_run:
        plan = verb.plan_of(request, data)
        _save_plan(plan, save_plan)
        if as_json:
            terminal.print_result({"saved_plan": save_plan}, verb.plan_to_dict(plan), request)
        else:
            _show_plan(plan, save_plan)
        return
    with terminal.progress(as_json) as progress:
        balanced = verb.carry_out(
            request, data, Run(progress, watch=terminal.watch), report=report, asked=command_line()
        )
    _write(balanced, str(output), save, save_plan)
    if as_json:
        written = {"output": output, "model": save, "report": report, "saved_plan": save_plan}
        terminal.print_result(written, balanced.to_dict(), request)
    else:
        _show(balanced, str(output), save_plan, report)


def _check_places(output: str | None, save_plan: str | None, save: str | None) -> None:
    """Check, before any work is done, that all results can be written."""
    from trimtab.table.output_path import check_output_path
    from trimtab.table.writing import check_writable

    if output is not None:
        check_writable(output)
    if save is not None:
        check_model(save, "--save")
    for place in (save_plan, save):
        if place is not None:
            check_output_path(place)


def _write(balanced: Balanced, output: str, save: str | None, save_plan: str | None) -> None:
    """Write a balanced table, its model and its plan."""
    from trimtab.table.writing import write

    write(balanced.result, output)
    if save is not None:
        balanced.synthesizer.save(save)
    _save_plan(balanced.plan, save_plan)


def _save_plan(plan: Plan, place: str | None) -> None:
    from trimtab.table.output_path import replacing

    if place is not None:
        with replacing(place) as temporary:
            temporary.write_text(plan.to_json(), encoding="utf-8")


def _show(balanced: Balanced, output: str, save_plan: str | None, report: str | None) -> None:
    """Tell what was made, and how good it is."""
    from trimtab.cli import terminal
    from trimtab.cli.scores import notes_of, show_scorecard
    from trimtab.cli.tables import show_plan

    show_plan(balanced.plan)
    notes: tuple[list[str], ...] = ()
    if balanced.scorecard is not None:
        show_scorecard(balanced.scorecard)
        notes = notes_of(balanced.scorecard)
    terminal.note(balanced.warnings, *notes)
    if save_plan is not None:
        terminal.wrote(f"{save_plan}.")
    if report is not None:
        terminal.wrote(f"{report}.")
    rows, columns = balanced.result.rows, len(balanced.result.schema)
    terminal.wrote(f"{output}: {rows:,} rows x {columns} columns.")


def _show_plan(plan: Plan, place: str | None) -> None:
    """Tell what would be made."""
    from trimtab.cli import terminal
    from trimtab.cli.tables import show_plan

    show_plan(plan)
    terminal.note(plan.warnings)
    if place is not None:
        terminal.wrote(f"{place}.")
