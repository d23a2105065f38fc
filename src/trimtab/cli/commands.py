"""The commands `inspect`, `fit`, `sample` and `demo`. Heavy imports wait until one is run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trimtab.cli.arguments import (
    AnyModel,
    AsJson,
    Data,
    Drop,
    First,
    MinCount,
    Minutes,
    Outcome,
    Protected,
    ProtectedShares,
    Recipe,
    Resume,
    SchemaFile,
    Seed,
    TargetShares,
    Where,
    check_distinct,
    check_model,
    column_names,
    condition_of,
    recipe_of,
    schema_of,
    text_of,
    whole_number,
)
from trimtab.errors import InputError

if TYPE_CHECKING:
    from trimtab.synthesizer import Synthesizer


def inspect(
    source: Annotated[str, typer.Argument(metavar="DATA|MODEL", help="A table or a model file.")],
    as_json: AsJson = False,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="S.toml", help="Write the schema here.")
    ] = None,
) -> None:
    """Show what each column is and why, or what a model file holds."""
    from trimtab.cli import inspection

    if source.endswith(".trimtab"):
        inspection.inspect_model(source, as_json, output)
    else:
        inspection.inspect_table(source, as_json, output)


def fit(
    data: Data,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="MODEL.trimtab", help="The model file.")
    ],
    schema: SchemaFile = None,
    drop: Drop = None,
    first: First = None,
    outcome: Outcome = None,
    model: AnyModel = "auto",
    minutes: Minutes = None,
    resume: Resume = False,
    protected: Protected = None,
    protected_shares: ProtectedShares = None,
    target_shares: TargetShares = None,
    recipe: Recipe = None,
    min_count: MinCount = 5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Learn a table and save the model.

    While a neural model trains, its state is kept in MODEL.trimtab.training, and Ctrl-C stops the
    training and saves the best so far.
    """
    from trimtab import workflow
    from trimtab.cli import terminal
    from trimtab.cli.inspection import conditions_of
    from trimtab.table.place import check_place

    check_model(output, "-o")
    check_place(output)
    training = output + ".training"
    with terminal.progress(as_json) as report:
        made = workflow.fit(
            data,
            schema=schema_of(schema),
            drop=column_names(drop),
            first=column_names(first),
            outcome=column_names(outcome) or None,
            model=model,
            minutes=minutes,
            checkpoint=training,
            resume=resume,
            protected=column_names(protected),
            protected_shares=protected_shares,
            target_shares=target_shares,
            recipe=recipe_of(recipe),
            min_count=min_count,
            seed=seed,
            progress=report,
        )
    made.save(output)
    if as_json:
        told = {"output": output, **conditions_of(made)}
        terminal.print_json({**told, "provenance": made.provenance.model_dump(mode="json")})
        return
    _tell_fit(made, output, training)


def _tell_fit(made: Synthesizer, output: str, training: str) -> None:
    """What a person should know of a fit."""
    from trimtab.cli import terminal

    terminal.remark(made.warnings)
    chain = made.provenance.model == "trees"
    for name in made.schema.outcomes:
        last = " and drawn last" if chain else ""  # other models draw in any order, or at once
        terminal.remark([f"{name} is taken as the outcome{last}."])
    if not chain and Path(training).exists():
        terminal.remark(
            [f"{training} keeps what was trained: the same command with --resume goes on."]
        )
    terminal.say(f"Wrote {output}: learned from {made.provenance.rows:,} rows.")
    terminal.say(f"Model: {made.provenance.model}: {made.provenance.choice}.")
    terminal.say(made.learned.model.conditions)


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
    from trimtab.cli.conditions import typed_condition
    from trimtab.plan.stored import from_json
    from trimtab.synthesizer import load
    from trimtab.table.files import check_writable, write

    if sum(x is not None for x in (given, plan, where)) > 1:
        raise InputError("--given, --plan and --where exclude each other: use one of them.")
    check_distinct(**{"MODEL": model, "--given": given, "--plan": plan, "-o": output})
    check_writable(output)
    made = load(model)
    loaded = None if plan is None else from_json(text_of(plan, "plan"), made.schema, plan)
    condition = typed_condition(condition_of(where), made)
    wanted = made.plan(rows, given=given, where=condition, plan=loaded)
    with terminal.progress(as_json) as report:
        drawn = made.draw(wanted, seed=seed, progress=lambda a, b: report("drawing rows", a, b))
    write(drawn, output)
    if as_json:
        told = {"output": output, "rows": drawn.rows, "reason": wanted.reason}
        terminal.print_json({**told, "warnings": wanted.warnings})
    else:
        terminal.remark(wanted.warnings)
        terminal.say(f"Wrote {output}: {wanted.reason}.")


def demo(
    folder: Annotated[
        str,
        typer.Option("--folder", metavar="DIR", help="Where the tables and report are written."),
    ] = "demo",
    as_json: AsJson = False,
) -> None:
    """Simulate hospital visits, balance three columns, show before and after, and judge it."""
    from trimtab.cli import demonstration, terminal

    told = demonstration.run(Path(folder), quiet=as_json)
    if as_json:
        terminal.print_json(told)
