"""The command `balance`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trimtab.cli.arguments import (
    After,
    AsJson,
    Data,
    Form,
    FormulaSafe,
    check_distinct,
    check_model,
    column_names,
    command_line,
    source_of,
    target_of,
)
from trimtab.cli.options import Options, command
from trimtab.cli.text_files import text_options
from trimtab.errors import InputError
from trimtab.request.balance import Balance

if TYPE_CHECKING:
    from trimtab.plan.plan import Plan
    from trimtab.table.writing import Target
    from trimtab.verbs.balance import Balanced

Output = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="OUT", help="The table; - for standard output."),
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
@text_options("data")
def balance(
    options: Options[Balance],
    data: Data,
    output: Output = None,
    form: Form = None,
    formula_safe: FormulaSafe = False,
    dry_run: DryRun = False,
    save_plan: SavePlan = None,
    save: SaveModel = None,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Balance a table over any columns, by exact conditional generation."""
    from trimtab._run import Run
    from trimtab.cli import terminal, where
    from trimtab.plan.balance.counts import counts_rows
    from trimtab.verbs.balance import plan_to_dict

    if output is None and not dry_run:
        raise InputError("no output: expected -o OUT.csv, or --dry-run to see the plan only.")
    if dry_run and (options["holdout"] or report is not None):
        raise InputError("--dry-run fits nothing: leave out --holdout and --report.")
    places = {"-o": output, "--save-plan": save_plan, "--save": save}
    check_distinct(**{"DATA": data, "--to": options["to"], **places, "--report": report})
    target = None if output is None else target_of(output, form, formula_safe, as_json)
    _check_places(save_plan, save)
    request = options.read(to=counts_rows(options["to"], column_names(options["by"])))
    if dry_run:
        plan = where.plan_of(request, source_of(data, form))
        _save_plan(plan, save_plan)
        if as_json:
            terminal.print_result({"saved_plan": save_plan}, plan_to_dict(plan), request)
        else:
            _show_plan(plan, save_plan)
        return
    assert target is not None
    source = source_of(data, form)
    with terminal.progress(as_json) as progress:
        run = Run(progress, warn=terminal.warn, watch=terminal.watch)
        balanced = where.carry_out(request, source, run, report=report, asked=command_line())
    _write(balanced, target, save, save_plan)
    if as_json:
        written = {**target.record, "model": save, "report": report, "saved_plan": save_plan}
        terminal.print_result(written, balanced.to_dict(), request)
        return
    with terminal.beside(target.standard):
        _show(balanced, target.place, save_plan, report)


def _check_places(save_plan: str | None, save: str | None) -> None:
    """Check, before any work is done, that all results can be written."""
    from trimtab.table.output_path import check_output_path

    if save is not None:
        check_model(save, "--save")
    for place in (save_plan, save):
        if place is not None:
            check_output_path(place)


def _write(balanced: Balanced, output: Target, save: str | None, save_plan: str | None) -> None:
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
