"""The verbs as commands. Heavy imports wait until a command needs them.

Exit codes: 0 done; 1 a bug of ours; 2 bad input or usage; 3 refused (an infeasible or unsafe request);
130 interrupted.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from trimtab.errors import InputError, RefusedError, TrimtabError

if TYPE_CHECKING:
    from trimtab.plan.plan import Plan
    from trimtab.table.schema import Schema

app = typer.Typer(
    name="trimtab",
    help="Learn a table, and write another one that is balanced or safer to share.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Data = Annotated[str, typer.Argument(help="The table: a CSV (.csv, .tsv, .gz) or Parquet file.")]
SchemaFile = Annotated[
    str | None, typer.Option("--schema", help="An edited schema (TOML), from inspect -o.")
]
Drop = Annotated[str | None, typer.Option("--drop", help="Columns to leave out: A,B.")]
Outcome = Annotated[
    str | None, typer.Option("--outcome", help="The outcome column, drawn last; else guessed.")
]
Model = Annotated[str, typer.Option("--model", help="auto or trees.")]
MinCount = Annotated[
    int,
    typer.Option(
        "--min-count", help="Labels and exact numbers that fewer rows hold never show; 0: all may."
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same rows.")]
AsJson = Annotated[bool, typer.Option("--json", help="The result as JSON on standard output.")]


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
        str | None, typer.Option("-o", "--output", help="Write the schema here, as TOML.")
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
    output: Annotated[str, typer.Option("-o", "--output", help="The model file: MODEL.trimtab.")],
    schema: SchemaFile = None,
    drop: Drop = None,
    first: Annotated[
        str | None, typer.Option("--first", help="Columns to condition on later: A,B.")
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

    check_place(output)
    with terminal.progress(as_json) as report:
        made = workflow.fit(
            data,
            schema=_schema(schema),
            drop=_names(drop),
            first=_names(first),
            outcome=_names(outcome) or None,
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
    model: Annotated[str, typer.Argument(help="A model file made by fit or balance --save.")],
    output: Annotated[str, typer.Option("-o", "--output", help="The table: CSV or Parquet.")],
    rows: Annotated[
        int | None,
        typer.Option("-n", "--rows", help="How many rows; else as many as were learned."),
    ] = None,
    given: Annotated[
        str | None, typer.Option("--given", help="Rows to complete: empty cells are holes.")
    ] = None,
    plan: Annotated[str | None, typer.Option("--plan", help="A saved plan (JSON).")] = None,
    where: Annotated[
        str | None, typer.Option("--where", help="A=x,B=y for all rows; 'A=' asks for missing.")
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
    check_writable(output)
    made = load(model)
    loaded = None if plan is None else from_json(_text_of(plan, "plan"), made.schema, plan)
    wanted = made.plan(rows, given=given, where=_condition(where), plan=loaded)
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
    by: Annotated[str, typer.Option("--by", help="The columns to balance over: A,B,C.")],
    output: Annotated[
        str | None, typer.Option("-o", "--output", help="The table: CSV or Parquet.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="A table of the cells with a count or share column.")
    ] = None,
    mode: Annotated[
        str, typer.Option("--mode", help="replace: a new table; augment: add what is missing.")
    ] = "replace",
    rows: Annotated[
        int | None, typer.Option("-n", "--rows", help="Rows of the result; else as many as DATA.")
    ] = None,
    target: Annotated[
        str, typer.Option("--target", help="product: every combination.")
    ] = "product",
    unseen: Annotated[
        str, typer.Option("--unseen", help="Cells never seen: refuse, skip or generate.")
    ] = "refuse",
    missing: Annotated[
        str, typer.Option("--missing", help="Missing values of --by: group (their own) or exclude.")
    ] = "group",
    schema: SchemaFile = None,
    drop: Drop = None,
    outcome: Outcome = None,
    model: Model = "auto",
    min_count: MinCount = 5,
    origin: Annotated[
        str | None, typer.Option("--origin", help="Name of a column that marks real and synthetic.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan, and fit nothing.")
    ] = False,
    save_plan: Annotated[
        str | None, typer.Option("--save-plan", help="Write the plan here, as JSON.")
    ] = None,
    save: Annotated[
        str | None, typer.Option("--save", help="Write the model here: MODEL.trimtab.")
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Balance a table over any columns, by exact conditional generation."""
    from trimtab import terminal, workflow
    from trimtab.table.files import check_writable, write
    from trimtab.table.place import check_place

    if output is None and not dry_run:
        raise InputError("no output: expected -o OUT.csv, or --dry-run to see the plan only.")
    if output is not None:
        check_writable(output)
    for place in (save_plan, save):
        if place is not None:
            check_place(place)
    asked: dict[str, Any] = {
        "mode": mode,
        "rows": rows,
        "target": target,
        "unseen": unseen,
        "missing": missing,
        "schema": _schema(schema),
        "drop": _names(drop),
    }
    if dry_run:
        plan = workflow.plan_balance(data, _names(by), to, **asked)
        _finish_plan(plan, save_plan, as_json, plan.warnings, {})
        return
    with terminal.progress(as_json) as report:
        made = workflow.balance(
            data,
            _names(by),
            to,
            **asked,
            outcome=_names(outcome) or None,
            model=model,
            min_count=min_count,
            origin=origin,
            seed=seed,
            progress=report,
        )
    write(made.result, str(output))
    if save is not None:
        made.synthesizer.save(save)
    _finish_plan(made.plan, save_plan, as_json, made.warnings, {"output": output, "model": save})
    if not as_json:
        terminal.say(
            f"Wrote {output}: {made.result.rows:,} rows x {len(made.result.schema)} columns."
        )


@app.command(epilog="Example: trimtab demo")
def demo(
    folder: Annotated[
        str, typer.Option("--folder", help="Where the two tables are written.")
    ] = "demo",
    as_json: AsJson = False,
) -> None:
    """Simulate a table of hospital visits, balance three columns of it, and show before and after."""
    from trimtab import demonstration

    told = demonstration.run(Path(folder), quiet=as_json)
    if as_json:
        _print_json(told)


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


def _names(text: str | None) -> tuple[str, ...]:
    """The names in 'A,B,C'; quotes keep a comma."""
    import csv

    found = next(csv.reader([text], skipinitialspace=True), []) if text else []
    return tuple(n.strip() for n in found if n.strip())


def _condition(text: str | None) -> dict[str, str | None] | None:
    """The condition in 'A=x,B=y'; an empty value asks for missing."""
    import csv

    if text is None:
        return None
    found: dict[str, str | None] = {}
    for part in next(csv.reader([text], skipinitialspace=True), []):
        name, sign, value = part.partition("=")
        if not sign or not name.strip():
            raise InputError(
                f"--where {text!r}: {part!r} is no condition: expected COLUMN=VALUE,COLUMN=VALUE."
            )
        if name.strip() in found:
            raise InputError(f"--where {text!r}: {name.strip()!r} stands twice.")
        found[name.strip()] = value.strip() or None
    return found


def _schema(path: str | None) -> Schema | None:
    from trimtab.table.toml import read_schema

    return None if path is None else read_schema(path)


def _text_of(path: str, what: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the {what} {path}: {error}.") from None


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=1, ensure_ascii=False, default=str))


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    try:
        app()
    except TrimtabError as error:
        from trimtab import terminal

        terminal.complain(str(error), "refused" if isinstance(error, RefusedError) else "error")
        if isinstance(error, RefusedError) and "--unseen skip" in str(error):
            again = shlex.join(["trimtab", *sys.argv[1:], "--unseen", "skip"])
            terminal.err.print(again, markup=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted: nothing was written.", file=sys.stderr)
        sys.exit(130)
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
