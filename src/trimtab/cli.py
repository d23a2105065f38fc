"""The verbs as commands. Heavy imports wait until a command needs them.

Exit codes: 0 done; 1 a bug of ours; 2 bad input or usage; 3 refused (an infeasible or unsafe
request); 130 interrupted.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from trimtab.arguments import (
    AsJson,
    By,
    Data,
    Drop,
    DryRun,
    MaybeOutput,
    MinCount,
    Missing,
    Mode,
    Model,
    OriginColumn,
    Outcome,
    ResultRows,
    SaveModel,
    SavePlan,
    SchemaFile,
    Seed,
    Target,
    To,
    Unseen,
    check_distinct,
    check_model,
    check_places,
    column_names,
    condition_of,
    schema_of,
    text_of,
    whole_number,
)
from trimtab.errors import InputError, RefusedError, TrimtabError

if TYPE_CHECKING:
    from trimtab.plan.plan import Plan
    from trimtab.workflow import Balanced

app = typer.Typer(
    name="trimtab",
    help="Learn a table, and write another one that is balanced or safer to share.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


_INTERRUPTED = 130


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"trimtab {version('trimtab')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command(epilog="Example: trimtab inspect patients.csv -o schema.toml")
def inspect(
    source: Annotated[str, typer.Argument(metavar="DATA|MODEL", help="A table or a model file.")],
    as_json: AsJson = False,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="S.toml", help="Write the schema here.")
    ] = None,
) -> None:
    """Show what each column is and why, or what a model file holds."""
    from trimtab import inspection

    if source.endswith(".trimtab"):
        inspection.inspect_model(source, as_json, output)
    else:
        inspection.inspect_table(source, as_json, output)


@app.command(epilog="Example: trimtab fit patients.csv -o patients.trimtab --first SEX,RACE")
def fit(
    data: Data,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="MODEL.trimtab", help="The model file.")
    ],
    schema: SchemaFile = None,
    drop: Drop = None,
    first: Annotated[
        str | None, typer.Option("--first", metavar="A,B", help="Columns to condition on later.")
    ] = None,
    outcome: Outcome = None,
    model: Model = "auto",
    min_count: MinCount = 5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Learn a table and save the model."""
    from trimtab import terminal, workflow
    from trimtab.table.place import check_place

    check_model(output, "-o")
    check_place(output)
    with terminal.progress(as_json) as report:
        made = workflow.fit(
            data,
            schema=schema_of(schema),
            drop=column_names(drop),
            first=column_names(first),
            outcome=column_names(outcome) or None,
            model=model,
            min_count=min_count,
            seed=seed,
            progress=report,
        )
    made.save(output)
    order, block = made.learned.model.columns, made.learned.model.block.columns
    if as_json:
        told = {"output": output, "order": order, "block": block}
        _print_json({**told, "provenance": made.provenance.model_dump(mode="json")})
        return
    terminal.remark(made.warnings)
    for column in made.schema:
        if column.name in made.schema.outcomes:
            terminal.remark([f"{column.name} is taken as the outcome and drawn last."])
    terminal.say(f"Wrote {output}: learned from {made.provenance.rows:,} rows.")
    terminal.say(f"Any part of these can be given when sampling: {', '.join(block) or 'none'}.")


@app.command(
    epilog="Example: trimtab sample patients.trimtab -n 1000 -o new.csv --where 'RACE=black,SEX=F'"
)
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
    where: Annotated[
        str | None,
        typer.Option("--where", metavar="A=x,B=y", help="For all rows; 'A=' asks for missing."),
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Draw rows from a saved model."""
    from trimtab import terminal
    from trimtab.plan.plan import from_json
    from trimtab.synthesizer import load
    from trimtab.table.files import check_writable, write

    if sum(x is not None for x in (given, plan, where)) > 1:
        raise InputError("--given, --plan and --where exclude each other: use one of them.")
    check_distinct(**{"MODEL": model, "--given": given, "--plan": plan, "-o": output})
    check_writable(output)
    made = load(model)
    loaded = None if plan is None else from_json(text_of(plan, "plan"), made.schema, plan)
    wanted = made.plan(rows, given=given, where=condition_of(where), plan=loaded)
    with terminal.progress(as_json) as report:
        drawn = made.draw(wanted, seed=seed, progress=lambda a, b: report("drawing rows", a, b))
    write(drawn, output)
    if as_json:
        _print_json({"output": output, "rows": drawn.rows, "reason": wanted.reason})
    else:
        terminal.say(f"Wrote {output}: {wanted.reason}.")


@app.command(epilog="Example: trimtab balance patients.csv --by SEX,RACE -o balanced.csv")
def balance(
    data: Data,
    by: By,
    output: MaybeOutput = None,
    to: To = None,
    mode: Mode = "replace",
    rows: ResultRows = None,
    target: Target = "product",
    unseen: Unseen = "refuse",
    missing: Missing = "group",
    schema: SchemaFile = None,
    drop: Drop = None,
    outcome: Outcome = None,
    model: Model = "auto",
    min_count: MinCount = 5,
    origin: OriginColumn = None,
    dry_run: DryRun = False,
    save_plan: SavePlan = None,
    save: SaveModel = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Balance a table over any columns, by exact conditional generation."""
    from trimtab import terminal, workflow

    if output is None and not dry_run:
        raise InputError("no output: expected -o OUT.csv, or --dry-run to see the plan only.")
    check_distinct(
        **{"DATA": data, "--to": to, "-o": output, "--save-plan": save_plan, "--save": save}
    )
    check_places(output, save_plan, save)
    asked: dict[str, Any] = {
        "mode": mode,
        "rows": rows,
        "target": target,
        "unseen": unseen,
        "missing": missing,
        "schema": schema_of(schema),
        "drop": column_names(drop),
    }
    if dry_run:
        plan = workflow.plan_balance(data, column_names(by), to, **asked)
        _finish_plan(plan, save_plan, as_json, plan.warnings, {})
        return
    with terminal.progress(as_json) as report:
        made = workflow.balance(
            data,
            column_names(by),
            to,
            **asked,
            outcome=column_names(outcome) or None,
            model=model,
            min_count=min_count,
            origin=origin,
            seed=seed,
            progress=report,
        )
    _finish_balanced(made, str(output), save, save_plan, as_json)


@app.command(epilog="Example: trimtab demo")
def demo(
    folder: Annotated[
        str, typer.Option("--folder", metavar="DIR", help="Where the two tables are written.")
    ] = "demo",
    as_json: AsJson = False,
) -> None:
    """Simulate a table of hospital visits, balance three columns of it, show before and after."""
    from trimtab import demonstration

    told = demonstration.run(Path(folder), quiet=as_json)
    if as_json:
        _print_json(told)


def _finish_balanced(
    made: Balanced, output: str, save: str | None, save_plan: str | None, as_json: bool
) -> None:
    """Write and show a balanced table, its plan and its model."""
    from trimtab import terminal
    from trimtab.table.files import write

    write(made.result, output)
    if save is not None:
        made.synthesizer.save(save)
    _finish_plan(made.plan, save_plan, as_json, made.warnings, {"output": output, "model": save})
    if not as_json:
        terminal.say(
            f"Wrote {output}: {made.result.rows:,} rows x {len(made.result.schema)} columns."
        )


def _finish_plan(
    plan: Plan, place: str | None, as_json: bool, warnings: tuple[str, ...], told: dict[str, Any]
) -> None:
    """Save and show a plan."""
    from trimtab import terminal
    from trimtab.table.place import replacing

    if place is not None:
        with replacing(place) as temporary:
            temporary.write_text(plan.to_json(), encoding="utf-8")
    if as_json:
        _print_json({**told, "saved_plan": place, "plan": plan.to_dict(), "warnings": warnings})
        return
    terminal.show_plan(plan)
    terminal.remark(warnings)
    if place is not None:
        terminal.say(f"Wrote {place}.")


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=1, ensure_ascii=False, default=str))


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    try:
        app()
    except SystemExit as stop:
        if stop.code == _INTERRUPTED:
            print("interrupted: nothing was written.", file=sys.stderr)
        raise
    except TrimtabError as error:
        from trimtab import terminal

        terminal.complain(str(error), "refused" if isinstance(error, RefusedError) else "error")
        if isinstance(error, RefusedError) and "--unseen skip" in str(error):
            again = shlex.join(["trimtab", *sys.argv[1:], "--unseen", "skip"])
            terminal.err.print(again, markup=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted: nothing was written.", file=sys.stderr)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("TRIMTAB_TRACEBACK"):
            raise
        print(
            f"a bug of ours: {type(error).__name__}: {error}\n"
            "Please report it, with what TRIMTAB_TRACEBACK=1 shows for the same command.",
            file=sys.stderr,
        )
        sys.exit(1)
    sys.exit(0)
