"""The command `sample`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trimtab.cli.arguments import (
    After,
    AsJson,
    Form,
    FormulaSafe,
    check_distinct,
    condition_of,
    plan_of,
    source_of,
    target_of,
)
from trimtab.cli.options import Options, command
from trimtab.errors import InputError
from trimtab.request.sample import Sample

if TYPE_CHECKING:
    from trimtab.table.writing import Target

Model = Annotated[
    str | None,
    typer.Argument(metavar="MODEL", help="A model file made by fit or balance --save."),
]
Output = Annotated[
    str, typer.Option("-o", "--output", metavar="OUT", help="The table; - for standard output.")
]
GivenRows = Annotated[
    str | None,
    typer.Option("--given", metavar="ROWS.csv", help="Rows to complete: empty cells are holes."),
    After("rows"),
]
PlanFile = Annotated[
    str | None, typer.Option("--plan", metavar="PLAN.json", help="A saved plan."), After("given")
]
SchemaFile = Annotated[
    str | None,
    typer.Option("--schema", metavar="S.toml", help="No model: make rows up from a schema."),
    After("plan"),
]


@command(Sample)
def sample(
    options: Options[Sample],
    output: Output,
    model: Model = None,
    form: Form = None,
    formula_safe: FormulaSafe = False,
    given: GivenRows = None,
    plan: PlanFile = None,
    schema: SchemaFile = None,
    as_json: AsJson = False,
) -> None:
    """Draw rows from a saved model; or make rows up from a schema, where there is no table yet."""
    from trimtab._run import Run
    from trimtab.cli import terminal, where
    from trimtab.synthesis.condition_text import typed_condition

    where.check_here(**{"--schema": schema, "--plan": plan})
    if schema is not None:
        others = {"MODEL": model, "--given": given, "--plan": plan, "--where": options["where"]}
        _make_up(options, schema, others, target_of(output, form, formula_safe, as_json), as_json)
        return
    if model is None:
        raise InputError("expected MODEL, a model file to draw from; or --schema S.toml.")
    if sum(x is not None for x in (given, plan, options["where"])) > 1:
        raise InputError("--given, --plan and --where exclude each other: use one of them.")
    check_distinct(**{"MODEL": model, "--given": given, "--plan": plan, "-o": output})
    target = target_of(output, form, formula_safe, as_json)
    synthesizer = where.load(model)
    loaded = None if plan is None else plan_of(plan, synthesizer.schema)
    request = options.read(where=typed_condition(condition_of(options["where"]), synthesizer))
    rows = None if given is None else source_of(given, form)
    with terminal.progress(as_json) as progress:
        run = Run(progress, watch=terminal.watch)
        drawn = where.carry_out(request, synthesizer, run, given=rows, plan=loaded, output=target)
    if as_json:
        terminal.print_result(target.record, drawn.to_dict(), request)
        return
    with terminal.beside(target.standard):
        terminal.note(drawn.warnings)
        terminal.wrote(f"{output}: {drawn.to_dict()['reason']}.")


def _make_up(
    options: Options[Sample],
    schema: str,
    others: dict[str, str | None],
    target: Target,
    as_json: bool,
) -> None:
    """Make rows up from a schema, and say what they are."""
    from trimtab import datasets
    from trimtab.cli import terminal
    from trimtab.table.files import read
    from trimtab.table.schema import Schema
    from trimtab.table.toml import read_schema
    from trimtab.table.writing import write

    request = options.read(where=None)
    for name, value in {**others, "--persons": request.persons}.items():
        if value is not None:
            raise InputError(f"--schema makes rows up, without a model: leave out {name}.")
    if request.rows is None:
        raise InputError("--schema makes as many rows as you ask for: add -n 1000.")
    check_distinct(**{"--schema": schema, "-o": target.place})
    said_of = read_schema(schema)
    made = datasets.from_schema(said_of, request.rows, request.seed)
    kept = tuple(said_of[name] for name in made.column_names)
    table = read(made, Schema(columns=kept))  # whose formats and patterns are written
    write(table, target)
    said = f"{target.place}: {table.origin.notes[0]}."
    if not target.keeps_marks:
        said += " A file of this form has no place for that: keep it apart from real tables."
    if as_json:
        record = {"rows": table.rows, "warnings": [said]}
        terminal.print_result({**target.record, "schema": schema}, record, request)
        return
    with terminal.beside(target.standard):
        terminal.warn(said)  # in full, unlike a note
        terminal.wrote(f"{target.place}: {table.rows:,} rows x {len(table.schema)} columns.")
