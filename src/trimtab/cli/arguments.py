"""What the commands take: their options, and how the texts of these are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trimtab.errors import InputError

if TYPE_CHECKING:
    from trimtab.table.schema import Schema


def whole_number(text: str) -> int:
    """A whole number; the message names what was given."""
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no whole number, such as 1000.") from None


def number(text: str) -> float:
    """A number; the message names what was given."""
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no number, such as 5.") from None


Data = Annotated[
    str,
    typer.Argument(metavar="DATA", help="The table: a CSV (.csv, .tsv, .gz) or Parquet file."),
]
SchemaFile = Annotated[
    str | None,
    typer.Option("--schema", metavar="S.toml", help="An edited schema (TOML), from inspect -o."),
]
Drop = Annotated[str | None, typer.Option("--drop", metavar="A,B", help="Columns to leave out.")]
First = Annotated[
    str | None, typer.Option("--first", metavar="A,B", help="Columns to condition on later.")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with a training that was broken off.")
]
Outcome = Annotated[
    str | None,
    typer.Option("--outcome", metavar="Y", help="The outcome column, drawn last; else guessed."),
]
Model = Annotated[
    str, typer.Option("--model", metavar="auto|trees|network|cgan", help="The kind of model.")
]
AnyModel = Annotated[
    str,
    typer.Option(
        "--model", metavar="auto|trees|network|gan|cgan|fair-gan", help="The kind of model."
    ),
]
Protected = Annotated[
    str | None,
    typer.Option(
        "--protected", metavar="A,B", help="Columns that fair-gan makes the outcome fair to."
    ),
]
ProtectedShares = Annotated[
    str | None,
    typer.Option(
        "--protected-shares",
        metavar="equal|SHARES",
        help="How fair-gan draws them: equally, or by a table with a column share.",
    ),
]
TargetShares = Annotated[
    str | None,
    typer.Option("--target-shares", metavar="equal|SHARES", help="How fair-gan draws the outcome."),
]
Recipe = Annotated[
    str | None,
    typer.Option("--recipe", metavar="steps=1000,batch=64", help="How a GAN is built and trained."),
]
Minutes = Annotated[
    float | None,
    typer.Option(
        "--minutes",
        metavar="M",
        parser=number,
        help="Train a network for at most M minutes; lets auto compare it with the trees.",
    ),
]
MinCount = Annotated[
    int,
    typer.Option(
        "--min-count",
        metavar="K",
        parser=whole_number,
        help="Labels and exact numbers that fewer rows hold never show; 0: all may.",
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed", metavar="N", parser=whole_number, help="The same seed gives the same rows."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="The result as JSON on standard output.")]
By = Annotated[str, typer.Option("--by", metavar="A,B,C", help="The columns to balance over.")]
MaybeOutput = Annotated[
    str | None, typer.Option("-o", "--output", metavar="OUT", help="The table: CSV or Parquet.")
]
To = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="COUNTS", help="A table of cells, or of column,value, with count or share."
    ),
]
Mode = Annotated[
    str,
    typer.Option("--mode", metavar="replace|augment", help="A new table, or add what is missing."),
]
ResultRows = Annotated[
    int | None,
    typer.Option(
        "-n",
        "--rows",
        metavar="N",
        parser=whole_number,
        help="Rows of the result; else as many as DATA.",
    ),
]
Target = Annotated[
    str,
    typer.Option(
        "--target",
        metavar="auto|product|margins",
        help="Balance every combination, or each column by itself; auto: as the cells allow.",
    ),
]
Unseen = Annotated[
    str,
    typer.Option(
        "--unseen", metavar="refuse|skip|generate", help="What to do with cells never seen."
    ),
]
MinSupport = Annotated[
    int,
    typer.Option(
        "--min-support",
        metavar="K",
        parser=whole_number,
        help="Cells of fewer real rows count as never seen.",
    ),
]
Where = Annotated[
    str | None,
    typer.Option(
        "--where",
        metavar="A=x,B=60..70",
        help="For all rows: a value, a range or one of x|y; 'A=' asks for missing.",
    ),
]
Bins = Annotated[
    str | None,
    typer.Option(
        "--bins",
        metavar="AGE=4,DATE=a|b",
        help="Cut numbers and dates of --by: into so many bins, or at these points.",
    ),
]
Missing = Annotated[
    str,
    typer.Option(
        "--missing",
        metavar="group|exclude",
        help="Missing values of --by: a group of their own, or none.",
    ),
]
OriginColumn = Annotated[
    str | None,
    typer.Option(
        "--origin", metavar="COLUMN", help="Name of a column that marks real and synthetic."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan, and fit nothing.")]
SavePlan = Annotated[
    str | None,
    typer.Option("--save-plan", metavar="PLAN.json", help="Write the plan here, as JSON."),
]
SaveModel = Annotated[
    str | None, typer.Option("--save", metavar="MODEL.trimtab", help="Write the model here.")
]
HoldoutShare = Annotated[
    float,
    typer.Option(
        "--holdout", metavar="SHARE", help="Hold out this share of the rows, to judge by them."
    ),
]
ReportFile = Annotated[
    str | None,
    typer.Option("--report", metavar="REPORT", help="Judge it, too: .html, .md or .json."),
]


def check_model(path: str, option: str) -> None:
    """Refuse a name that is not that of a model file."""
    # The other commands know a model by its name.
    if not path.endswith(".trimtab"):
        raise InputError(f"{option} {path}: expected the name of a model file, MODEL.trimtab.")


def check_places(output: str | None, save_plan: str | None, save: str | None) -> None:
    """Check, before any work is done, that all results can be written."""
    from trimtab.table.output_path import check_output_path
    from trimtab.table.writing import check_writable

    if output is not None:
        check_writable(output)
    if save is not None:
        check_model(save, "--save")
    for place in (save_plan, save):
        if place is not None:
            check_output_path(place)


def check_distinct(**places: str | None) -> None:
    """Refuse to write over a file that is read, or twice to the same place."""
    options: dict[Path, str] = {}
    for option, place in places.items():
        if place is None:
            continue
        path = Path(place).resolve()
        if (
            path in options
            and option.startswith("-")
            and option not in ("--to", "--given", "--plan")
        ):
            raise InputError(
                f"{option} {place} is the same file as {options[path]}: write to another one."
            )
        options[path] = option


def column_names(text: str | None) -> tuple[str, ...]:
    """The names in 'A,B,C'; quotes keep a comma."""
    names = _parts(text) if text else []
    return tuple(n.strip() for n in names if n.strip())


def condition_of(text: str | None) -> dict[str, str | None] | None:
    """The condition in 'A=x,B=y', as texts; an empty value asks for missing."""
    if text is None:
        return None
    condition: dict[str, str | None] = {}
    for part in _parts(text):
        name, sign, value = part.partition("=")
        if name.endswith(" "):  # written "A = x"; otherwise spaces belong to the value
            value = value.strip()
        if not sign or not name.strip():
            raise InputError(
                f"--where {text!r}: {part!r} is no condition: expected COLUMN=VALUE,COLUMN=VALUE."
            )
        if name.strip() in condition:
            raise InputError(f"--where {text!r}: {name.strip()!r} stands twice.")
        condition[name.strip()] = value or None
    return condition


def bins_of(text: str | None) -> dict[str, int | list[str]]:
    """The bins in 'age=4,income=1000|5000': how many, or where to cut."""
    bins: dict[str, int | list[str]] = {}
    for part in _parts(text) if text else []:
        name, sign, value = (piece.strip() for piece in part.partition("="))
        cuts = [cut.strip() for cut in value.split("|")]
        many = len(cuts) == 1 and cuts[0].isdecimal()
        if len(cuts) == 2 and not cuts[1]:  # a single cut is written "65|"
            cuts.pop()
        if not sign or not name or not all(cuts):
            raise InputError(
                f"--bins {text!r}: {part!r} makes no bins: expected COLUMN=NUMBER of bins, or "
                "COLUMN=CUT|CUT|CUT."
            )
        if name in bins:
            raise InputError(f"--bins {text!r}: {name!r} stands twice.")
        bins[name] = int(cuts[0]) if many else cuts
    return bins


def numbers_of(text: str, option: str) -> dict[str, float]:
    """The numbers in 'fp=1,fn=20', as an option takes them."""
    numbers = {}
    for part in _parts(text):
        name, sign, value = part.partition("=")
        if not sign or not name.strip():
            raise InputError(f"{option} {text!r}: {part!r} is none of NAME=NUMBER,NAME=NUMBER.")
        try:
            numbers[name.strip()] = float(value)
        except ValueError:
            raise InputError(f"{option} {text!r}: {value!r} is no number, such as 20.") from None
    return numbers


def recipe_of(text: str | None) -> dict[str, str]:
    """The changes in 'steps=1000,batch=64'."""
    changes = {}
    for part in _parts(text) if text else []:
        name, sign, value = part.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise InputError(
                f"--recipe {text!r}: {part!r} is no change: expected NAME=NUMBER,NAME=NUMBER."
            )
        changes[name.strip()] = value.strip()
    return changes


def _parts(text: str) -> list[str]:
    """The parts between commas; quotes keep a comma or a line break."""
    import csv

    try:
        return next(csv.reader(text.splitlines(keepends=True), skipinitialspace=True), [])
    except csv.Error as error:
        raise InputError(
            f"{text!r} cannot be split at its commas ({error}): quote the name or value."
        ) from None


def schema_of(path: str | None) -> Schema | None:
    """The schema in a file, if there is one."""
    from trimtab.table.toml import read_schema

    return None if path is None else read_schema(path)


def text_of(path: str, what: str) -> str:
    """The text of a file that is `what`."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the {what} {path}: {error}.") from None
