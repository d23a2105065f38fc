"""What several commands take besides what is asked, and how texts of options are read."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trimtab.cli.words import shell_line
from trimtab.errors import InputError

if TYPE_CHECKING:
    from trimtab.plan.plan import Plan
    from trimtab.table.schema import Schema
    from trimtab.table.writing import Target


@dataclass(frozen=True)
class After:
    """The option that a place stands behind in the help; before all of them if none is said."""

    name: str


def command_line() -> str:
    """The command as a shell takes it again; its name alone where another program runs it."""
    typed = Path(sys.argv[0]).stem in ("trimtab", "__main__")
    return shell_line(["trimtab", *(sys.argv[1:] if typed else [])])


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
    typer.Argument(
        metavar="DATA",
        help="The table: a file (CSV, Parquet, JSON lines, Excel), a folder, a database, or -.",
    ),
]
Form = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="csv|jsonl|parquet|xlsx",
        help="The form of - (standard input or output), or of a name that does not tell it.",
    ),
    After("output"),
]
FormulaSafe = Annotated[
    bool,
    typer.Option("--formula-safe", help="A quote before texts that look like formulae, in CSV."),
    After("form"),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="The result as JSON on standard output."), After("seed")
]


def source_of(place: Any, form: str | None) -> Any:
    """What a command reads: a place, or what came through standard input, which is read once.

    place  a text, or `Formed` where something was said of the text file there
    """
    from trimtab.table.sources.place import STANDARD, Formed, Piped

    known = place if isinstance(place, Formed) else Formed(place)
    if known.place == STANDARD:
        return Piped(sys.stdin.buffer.read(), form or "csv", asked=known.asked)
    return place if form is None else replace(known, form=form)


def target_of(place: str, form: str | None, formula_safe: bool, as_json: bool) -> Target:
    """Where a command writes its table, checked before any work is done."""
    from trimtab.table.writing import Target, check_writable

    target = check_writable(Target(place, form, formula_safe))
    if target.standard and as_json:
        raise InputError(
            f"-o {place} and --json both write to standard output: leave out --json, or write the "
            "table to a file."
        )
    return target


def check_model(path: str, option: str) -> None:
    """Refuse a name that is not that of a model file."""
    # The other commands know a model by its name.
    if not path.endswith(".trimtab"):
        raise InputError(f"{option} {path}: expected the name of a model file, MODEL.trimtab.")


def check_distinct(**places: str | None) -> None:
    """Refuse to write over a file that is read, or twice to the same place."""
    options: dict[Path, str] = {}
    for option, place in places.items():
        if place is None or str(place) == "-" or "://" in str(place):
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


def shares_of(text: str | None) -> Any:
    """The shares in a file, as rows; or "equal"."""
    from trimtab.plan.balance.counts import counts_rows

    return counts_rows(text, None)


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


def plan_of(path: str, schema: Schema) -> Plan:
    """The plan in a file, for tables of a schema."""
    from trimtab.plan.json import from_json

    return from_json(text_of(path, "plan"), schema, path)
