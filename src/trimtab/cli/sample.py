"""The command `sample`."""

from __future__ import annotations

from typing import Annotated

import typer

from trimtab._run import Run
from trimtab.cli.arguments import (
    AsJson,
    Seed,
    Where,
    check_distinct,
    condition_of,
    text_of,
    whole_number,
)
from trimtab.errors import InputError


def sample(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A model file made by fit or balance --save.")
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="OUT", help="The table: CSV or Parquet.")
    ],
    rows: Annotated[
        int | None,
        typer.Option(
            "-n",
            "--rows",
            metavar="N",
            parser=whole_number,
            help="How many rows; else as many as were learned.",
        ),
    ] = None,
    given: Annotated[
        str | None,
        typer.Option(
            "--given", metavar="ROWS.csv", help="Rows to complete: empty cells are holes."
        ),
    ] = None,
    plan: Annotated[
        str | None, typer.Option("--plan", metavar="PLAN.json", help="A saved plan.")
    ] = None,
    where: Where = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Draw rows from a saved model."""
    from trimtab.cli import terminal
    from trimtab.plan.json import from_json
    from trimtab.synthesis.condition_text import typed_condition
    from trimtab.synthesis.synthesizer import load
    from trimtab.table.writing import check_writable, write_parts

    if sum(x is not None for x in (given, plan, where)) > 1:
        raise InputError("--given, --plan and --where exclude each other: use one of them.")
    check_distinct(**{"MODEL": model, "--given": given, "--plan": plan, "-o": output})
    check_writable(output)
    synthesizer = load(model)
    loaded = None if plan is None else from_json(text_of(plan, "plan"), synthesizer.schema, plan)
    condition = typed_condition(condition_of(where), synthesizer)
    wanted = synthesizer.plan(rows, given=given, where=condition, plan=loaded)
    with terminal.progress(as_json) as progress:
        write_parts(synthesizer.draw_parts(wanted, seed=seed, run=Run(progress)), output)
    if as_json:
        facts = {"output": output, "rows": wanted.rows, "reason": wanted.reason}
        terminal.print_json({**facts, "warnings": wanted.warnings})
    else:
        terminal.note(wanted.warnings)
        terminal.say(f"Wrote {output}: {wanted.reason}.")
