"""The command `complete`."""

from __future__ import annotations

from typing import Annotated

import typer

from trimtab.cli.arguments import (
    AsJson,
    Data,
    Form,
    FormulaSafe,
    check_distinct,
    source_of,
    target_of,
)
from trimtab.cli.options import Options, command
from trimtab.cli.text_files import text_options
from trimtab.errors import InputError
from trimtab.request.complete import Complete

GivenRows = Annotated[
    str,
    typer.Option("--given", metavar="ROWS.csv", help="Rows to complete: empty cells are holes."),
]
Output = Annotated[
    str,
    typer.Option(
        "-o", "--output", metavar="OUT", help="The completed rows; - for standard output."
    ),
]


@command(Complete)
@text_options("data", "given")
def complete(
    options: Options[Complete],
    data: Data,
    given: GivenRows,
    output: Output,
    form: Form = None,
    formula_safe: FormulaSafe = False,
    as_json: AsJson = False,
) -> None:
    """Learn a table, and complete partly filled rows exactly given what they hold.

    The model is chosen by which cells the rows give. To complete rows again and again without the
    table, fit --model network once, and use sample --given.
    """
    from trimtab._run import Run
    from trimtab.cli import terminal, where
    from trimtab.table.writing import write

    check_distinct(**{"DATA": data, "--given": given, "--schema": options["schema"], "-o": output})
    if str(data) == str(given) == "-":
        raise InputError("DATA and --given are both -: standard input can be read once only.")
    target = target_of(output, form, formula_safe, as_json)
    request = options.read()
    with terminal.progress(as_json) as progress:
        table, rows = source_of(data, form), source_of(given, form)
        run = Run(progress, watch=terminal.watch)
        completed = where.carry_out(request, table, run, given=rows)
    write(completed.result, target)
    if as_json:
        terminal.print_result(target.record, completed.to_dict(), request)
        return
    with terminal.beside(target.standard):
        terminal.note(completed.warnings)
        terminal.wrote(f"{output}: {completed.result.rows:,} rows.")
        terminal.say(f"Model: {completed.reason}.")
