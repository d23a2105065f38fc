"""The command `impute`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trimtab.cli.arguments import After, AsJson, Data, check_distinct
from trimtab.cli.options import Options, command
from trimtab.errors import InputError
from trimtab.request.impute import Impute

if TYPE_CHECKING:
    from trimtab.verbs.impute import Imputed

Output = Annotated[
    str,
    typer.Option("-o", "--output", metavar="OUT", help="The filled table: CSV or Parquet."),
]
FromModel = Annotated[
    str | None,
    typer.Option("--from", metavar="MODEL.trimtab", help="Fill from a saved model; fit nothing."),
    After("multiple"),
]

_NOTHING = 1e-9  # of missing information: what rounding makes where there was no gap


@command(Impute)
def impute(
    options: Options[Impute],
    data: Data,
    output: Output,
    source: FromModel = None,
    as_json: AsJson = False,
) -> None:
    """Fill the gaps of a table by draws, given the other cells of each row."""
    from trimtab._run import Run
    from trimtab.cli import terminal
    from trimtab.synthesis.synthesizer import load
    from trimtab.table.writing import check_writable, write_all
    from trimtab.verbs import impute as verb

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
        check_writable(place)
    synthesizer = None if source is None else load(source)
    with terminal.progress(as_json) as progress:
        imputed = verb.carry_out(
            request, data, Run(progress, watch=terminal.watch), synthesizer=synthesizer
        )
    write_all(list(zip(imputed.results, places, strict=True)))
    if as_json:
        terminal.print_result({"outputs": places}, imputed.to_dict(), request)
    else:
        _show(imputed, places)


def numbered(output: str, many: int) -> list[str]:
    """The names of the tables: OUT, or of several OUT-1, OUT-2, ... before the suffix."""
    if many == 1:
        return [output]
    place = Path(output)
    suffix = "".join(place.suffixes[-2:] if place.suffix.lower() == ".gz" else [place.suffix])
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
