"""The command `complete`."""

from __future__ import annotations

from typing import Annotated

import typer

from trimtab.cli.arguments import AsJson, Data, check_distinct
from trimtab.cli.options import Options, command
from trimtab.request.complete import Complete

GivenRows = Annotated[
    str,
    typer.Option("--given", metavar="ROWS.csv", help="Rows to complete: empty cells are holes."),
]
Output = Annotated[
    str,
    typer.Option("-o", "--output", metavar="OUT", help="The completed rows: CSV or Parquet."),
]


@command(Complete)
def complete(
    options: Options[Complete],
    data: Data,
    given: GivenRows,
    output: Output,
    as_json: AsJson = False,
) -> None:
    """Learn a table, and complete partly filled rows exactly given what they hold.

    The model is chosen by which cells the rows give. To complete rows again and again without the
    table, fit --model network once, and use sample --given.
    """
    from trimtab._run import Run
    from trimtab.cli import terminal
    from trimtab.table.writing import check_writable, write
    from trimtab.verbs import complete as verb

    check_distinct(**{"DATA": data, "--given": given, "--schema": options["schema"], "-o": output})
    check_writable(output)
    request = options.read()
    with terminal.progress(as_json) as progress:
        completed = verb.carry_out(request, data, Run(progress, watch=terminal.watch), given=given)
    write(completed.result, output)
    if as_json:
        terminal.print_result({"output": output}, completed.to_dict(), request)
        return
    terminal.note(completed.warnings)
    terminal.wrote(f"{output}: {completed.result.rows:,} rows.")
    terminal.say(f"Model: {completed.reason}.")
