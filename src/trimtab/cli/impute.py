"""The command `impute`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trimtab.cli.arguments import (
    After,
    AsJson,
    Data,
    Form,
    FormulaSafe,
    check_distinct,
    source_of,
    target_of,
)
from trimtab.cli.options import Options, command
from trimtab.cli.text_files import text_options
from trimtab.errors import InputError
from trimtab.request.impute import Impute

if TYPE_CHECKING:
    from trimtab.verbs.impute import Imputed

Output = Annotated[
    str,
    typer.Option("-o", "--output", metavar="OUT", help="The filled table; - for standard output."),
]
FromModel = Annotated[
    str | None,
    typer.Option("--from", metavar="MODEL.trimtab", help="Fill from a saved model; fit nothing."),
    After("multiple"),
]

_NOTHING = 1e-9  # of missing information: what rounding makes where there was no gap


@command(Impute)
@text_options("data")
def impute(
    options: Options[Impute],
    data: Data,
    output: Output,
    form: Form = None,
    formula_safe: FormulaSafe = False,
    source: FromModel = None,
    as_json: AsJson = False,
) -> None:
    """Fill the gaps of a table by draws, given the other cells of each row."""
    from trimtab._run import Run
    from trimtab.cli import terminal, where
    from trimtab.table.writing import write_all

    if source is not None and (
        any(options[n] for n in ("schema", "outcome", "constant")) or options["model"] != "auto"
    ):
        raise InputError(
            "--from fits nothing: leave out --schema, --outcome, --constant and --model."
        )
    request = options.read()
    places = numbered(output, request.multiple)
    for place in places:
        check_distinct(
            **{"DATA": data, "--from": source, "--schema": options["schema"], "-o": place}
        )
    targets = [target_of(place, form, formula_safe, as_json) for place in places]
    synthesizer = None if source is None else where.load(source)
    with terminal.progress(as_json) as progress:
        run, table = Run(progress, watch=terminal.watch), source_of(data, form)
        imputed = where.carry_out(request, table, run, synthesizer=synthesizer)
    write_all(list(zip(imputed.results, targets, strict=True)))
    if as_json:
        record = {**targets[0].record, "outputs": places}
        record.pop("output")
        terminal.print_result(record, imputed.to_dict(), request)
        return
    with terminal.beside(targets[0].standard):
        _show(imputed, places)


def numbered(output: str, many: int) -> list[str]:
    """The names of the tables: OUT, or of several OUT-1, OUT-2, ... before the suffix."""
    if many == 1:
        return [output]
    from trimtab.table.sources.packing import ENDINGS

    if output == "-":
        raise InputError("-o - takes one table: leave out --multiple, or write to files.")
    place = Path(output)
    suffix = "".join(place.suffixes[-2:] if place.suffix.lower() in ENDINGS else [place.suffix])
    stem = place.name.removesuffix(suffix)
    return [str(place.with_name(f"{stem}-{k}{suffix}")) for k in range(1, many + 1)]


def _show(imputed: Imputed, places: list[str]) -> None:
    """Tell what was filled, and the pooled figures where there are any."""
    from trimtab.cli import terminal
    from trimtab.cli.tables import show_pooled

    pooled = imputed.pooled if imputed.proper else ()
    terminal.note(imputed.warnings)
    if imputed.filled:
        counts = [(name, f"{cells:,}") for name, cells in imputed.filled.items()]
        terminal.show_counts("cells filled", ("column", "cells"), counts)
    show_pooled([p for p in pooled if p.missing_information > _NOTHING])
    rows = imputed.results[0].rows
    for place in places:
        terminal.wrote(f"{place}: {rows:,} rows.")
