"""The command `impute`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trimtab._validate import whole
from trimtab.cli.arguments import (
    AsJson,
    Data,
    Drop,
    MinCount,
    Minutes,
    Model,
    Outcome,
    SchemaFile,
    Seed,
    check_distinct,
    column_names,
    schema_of,
    whole_number,
)
from trimtab.errors import InputError

if TYPE_CHECKING:
    from trimtab.verbs.impute import Imputed

Output = Annotated[
    str,
    typer.Option("-o", "--output", metavar="OUT", help="The filled table: CSV or Parquet."),
]
Multiple = Annotated[
    int,
    typer.Option(
        "--multiple",
        metavar="M",
        parser=whole_number,
        help="How many filled tables, OUT-1, OUT-2, ...: a refit each, so that they can be pooled.",
    ),
]
FromModel = Annotated[
    str | None,
    typer.Option("--from", metavar="MODEL.trimtab", help="Fill from a saved model; fit nothing."),
]

_NOTHING = 1e-9  # of missing information: what rounding makes where there was no gap


def impute(
    data: Data,
    output: Output,
    multiple: Multiple = 1,
    source: FromModel = None,
    schema: SchemaFile = None,
    drop: Drop = None,
    outcome: Outcome = None,
    model: Model = "auto",
    minutes: Minutes = None,
    min_count: MinCount = 5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Fill the gaps of a table by draws, given the other cells of each row."""
    from trimtab.cli import terminal
    from trimtab.synthesis.synthesizer import load
    from trimtab.table.writing import check_writable, write_all
    from trimtab.verbs import impute as verb

    if source is not None and (schema or outcome or model != "auto"):
        raise InputError("--from fits nothing: leave out --schema, --outcome and --model.")
    places = numbered(output, whole(1, multiple=multiple))
    for place in places:
        check_distinct(**{"DATA": data, "--from": source, "--schema": schema, "-o": place})
        check_writable(place)
    with terminal.progress(as_json) as progress:
        imputed = verb.impute(
            data,
            schema=schema_of(schema),
            drop=column_names(drop),
            outcome=column_names(outcome) or None,
            model=model,
            minutes=minutes,
            synthesizer=None if source is None else load(source),
            multiple=multiple,
            min_count=min_count,
            seed=seed,
            progress=progress,
        )
    write_all(list(zip(imputed.results, places, strict=True)))
    _show(imputed, places, as_json)


def numbered(output: str, many: int) -> list[str]:
    """The names of the tables: OUT, or of several OUT-1, OUT-2, ... before the suffix."""
    if many == 1:
        return [output]
    place = Path(output)
    suffix = "".join(place.suffixes[-2:] if place.suffix.lower() == ".gz" else [place.suffix])
    stem = place.name.removesuffix(suffix)
    return [str(place.with_name(f"{stem}-{k}{suffix}")) for k in range(1, many + 1)]


def _show(imputed: Imputed, places: list[str], as_json: bool) -> None:
    """What was filled, and the pooled figures where there are any."""
    from trimtab.cli import terminal

    pooled = imputed.pooled if imputed.proper else ()
    if as_json:
        facts: dict[str, Any] = {"outputs": places, "filled": dict(imputed.filled)}
        facts |= {"proper": imputed.proper, "pooled": [asdict(p) for p in pooled]}
        terminal.print_json({**facts, "warnings": imputed.warnings})
        return
    terminal.note(imputed.warnings)
    if imputed.filled:
        counts = [(name, f"{cells:,}") for name, cells in imputed.filled.items()]
        terminal.show_counts("cells filled", ("column", "cells"), counts)
    terminal.show_pooled([p for p in pooled if p.missing_information > _NOTHING])
    rows = imputed.results[0].rows
    for place in places:
        terminal.say(f"Wrote {place}: {rows:,} rows.")
