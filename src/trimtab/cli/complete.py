"""The command `complete`."""

from __future__ import annotations

from typing import Annotated

import typer

from trimtab.cli.arguments import (
    AsJson,
    Data,
    Drop,
    MinCount,
    Minutes,
    Model,
    Outcome,
    SchemaFile,
    Seed,
    check_distinct,
    column_names,
    schema_of,
)

GivenRows = Annotated[
    str,
    typer.Option("--given", metavar="ROWS.csv", help="Rows to complete: empty cells are holes."),
]
Output = Annotated[
    str,
    typer.Option("-o", "--output", metavar="OUT", help="The completed rows: CSV or Parquet."),
]


def complete(
    data: Data,
    given: GivenRows,
    output: Output,
    schema: SchemaFile = None,
    drop: Drop = None,
    outcome: Outcome = None,
    model: Model = "auto",
    minutes: Minutes = None,
    min_count: MinCount = 5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Learn a table, and complete partly filled rows exactly given what they hold.

    The model is chosen by which cells the rows give. To complete rows again and again without the
    table, fit --model network once, and use sample --given.
    """
    from trimtab.cli import terminal
    from trimtab.table.writing import check_writable, write
    from trimtab.verbs import complete as verb

    check_distinct(**{"DATA": data, "--given": given, "--schema": schema, "-o": output})
    check_writable(output)
    with terminal.progress(as_json) as progress:
        completed = verb.complete(
            data,
            given,
            schema=schema_of(schema),
            drop=column_names(drop),
            outcome=column_names(outcome) or None,
            model=model,
            minutes=minutes,
            min_count=min_count,
            seed=seed,
            progress=progress,
        )
    write(completed.result, output)
    if as_json:
        provenance = completed.synthesizer.provenance
        facts = {"output": output, "rows": completed.result.rows, "model": provenance.model}
        terminal.print_json({**facts, "reason": provenance.choice, "warnings": completed.warnings})
        return
    terminal.note(completed.warnings)
    terminal.say(f"Wrote {output}: {completed.result.rows:,} rows.")
    terminal.say(f"Model: {completed.reason}.")
