"""The command `sample`."""

from __future__ import annotations

from typing import Annotated

import typer

from trimtab.cli.arguments import After, AsJson, check_distinct, condition_of, plan_of
from trimtab.cli.options import Options, command
from trimtab.errors import InputError
from trimtab.request.sample import Sample

Model = Annotated[
    str, typer.Argument(metavar="MODEL", help="A model file made by fit or balance --save.")
]
Output = Annotated[
    str, typer.Option("-o", "--output", metavar="OUT", help="The table: CSV or Parquet.")
]
GivenRows = Annotated[
    str | None,
    typer.Option("--given", metavar="ROWS.csv", help="Rows to complete: empty cells are holes."),
    After("rows"),
]
PlanFile = Annotated[
    str | None, typer.Option("--plan", metavar="PLAN.json", help="A saved plan."), After("given")
]


@command(Sample)
def sample(
    options: Options[Sample],
    model: Model,
    output: Output,
    given: GivenRows = None,
    plan: PlanFile = None,
    as_json: AsJson = False,
) -> None:
    """Draw rows from a saved model."""
    from trimtab._run import Run
    from trimtab.cli import terminal
    from trimtab.synthesis.condition_text import typed_condition
    from trimtab.synthesis.synthesizer import load
    from trimtab.table.writing import check_writable
    from trimtab.verbs import sample as verb

    if sum(x is not None for x in (given, plan, options["where"])) > 1:
        raise InputError("--given, --plan and --where exclude each other: use one of them.")
    check_distinct(**{"MODEL": model, "--given": given, "--plan": plan, "-o": output})
    check_writable(output)
    synthesizer = load(model)
    loaded = None if plan is None else plan_of(plan, synthesizer.schema)
    request = options.read(where=typed_condition(condition_of(options["where"]), synthesizer))
    with terminal.progress(as_json) as progress:
        run = Run(progress, watch=terminal.watch)
        drawn = verb.carry_out(request, synthesizer, run, given=given, plan=loaded, output=output)
    if as_json:
        terminal.print_result({"output": output}, drawn.to_dict(), request)
    else:
        terminal.note(drawn.warnings)
        terminal.wrote(f"{output}: {drawn.plan.reason}.")
