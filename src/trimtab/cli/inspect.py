"""The command `inspect`: a table's columns, or what a model file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from trimtab.cli.arguments import AsJson
from trimtab.errors import InputError

if TYPE_CHECKING:
    from trimtab.synthesis.synthesizer import Synthesizer
    from trimtab.table.schema import Schema

_VALUES_SHOWN = 12


def inspect(
    source: Annotated[str, typer.Argument(metavar="DATA|MODEL", help="A table or a model file.")],
    as_json: AsJson = False,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="S.toml", help="Write the schema here.")
    ] = None,
) -> None:
    """Show what each column is and why, or what a model file holds."""
    show = _inspect_model if source.endswith(".trimtab") else _inspect_table
    show(source, as_json, output)


def _inspect_table(source: str, as_json: bool, output: str | None) -> None:
    """Show or print the schema of a table and the imbalance of its labels; save it on request."""
    from trimtab.cli import terminal
    from trimtab.table.files import read
    from trimtab.table.imbalance import imbalance
    from trimtab.table.schema import Kind, Role

    table = read(source)
    labels = [
        imbalance(table, c.name)
        for c in table.schema
        if c.kind in (Kind.LABEL, Kind.FLAG) and c.role is not Role.DROP
    ]
    _save_schema(table.schema, output)
    if as_json:
        uneven = {
            label.column: {
                "ratio": label.ratio,
                "missing_rows": label.missing_rows,
                "rows": [[v, n] for v, n in label.values],
            }
            for label in labels
        }
        terminal.print_json(
            {"rows": table.rows, **table.schema.model_dump(mode="json"), "labels": uneven}
        )
        return
    terminal.show_schema(table.schema, labels)
    _point_to_schema(output)


def _inspect_model(source: str, as_json: bool, output: str | None) -> None:
    """Show or print what a model file holds, every real value included."""
    from trimtab.cli import terminal
    from trimtab.synthesis.bundle.contents import values_held
    from trimtab.synthesis.synthesizer import load

    synthesizer = load(source)
    values = values_held(synthesizer.learned)
    _save_schema(synthesizer.schema, output)
    if as_json:
        columns = [
            {"column": v.column, "what": v.what, "values": list(v.values), "exact": v.real}
            for v in values
        ]
        terminal.print_json(
            {
                "provenance": synthesizer.provenance.model_dump(mode="json"),
                **conditions_of(synthesizer),
                **synthesizer.schema.model_dump(mode="json"),
                "values": columns,
            }
        )
        return
    _show_model(source, synthesizer)
    terminal.show_schema(synthesizer.schema, [])
    terminal.show_counts(
        "values of the real table that the file holds (all of them with --json)",
        ("column", "what", "how many", "values"),
        [(v.column, v.what, str(len(v.values)), _first_of(v.values)) for v in values],
    )
    terminal.note(synthesizer.warnings)
    _point_to_schema(output)


def _show_model(source: str, synthesizer: Synthesizer) -> None:
    """How a model was learned, what it conditions on, and how it is built."""
    from trimtab.cli import terminal

    provenance = synthesizer.provenance
    terminal.say(
        f"{source}: {provenance.model}, learned from {provenance.rows:,} rows with --min-count "
        f"{provenance.min_count} and --seed {provenance.seed} by trimtab {provenance.trimtab}."
    )
    if provenance.choice:
        terminal.say(f"Why this model: {provenance.choice}.")
    if synthesizer.order:
        terminal.say(f"Draws in this order: {', '.join(synthesizer.order)}.")
    terminal.say(synthesizer.learned.model.conditions)
    for net, layers in synthesizer.summary.items():
        weights = sum(layer.weights for layer in layers)
        terminal.show_counts(
            f"{net}: {weights:,} weights",
            ("layer", "output", "weights"),
            [
                (layer.name, " x ".join(map(str, layer.output)), f"{layer.weights:,}")
                for layer in layers
            ],
        )


def conditions_of(synthesizer: Synthesizer) -> dict[str, Any]:
    """What can be given when sampling, for programs."""
    facts: dict[str, Any] = {
        "model": synthesizer.provenance.model,
        "conditions": synthesizer.learned.model.conditions,
    }
    if synthesizer.order:
        facts |= {"order": synthesizer.order, "block": synthesizer.block}
    if synthesizer.summary:
        facts["nets"] = {
            net: [layer._asdict() for layer in layers]
            for net, layers in synthesizer.summary.items()
        }
    return facts


def _first_of(values: Any) -> str:
    text = ", ".join(map(str, values[:_VALUES_SHOWN]))
    return text + (", ..." if len(values) > _VALUES_SHOWN else "")


def _save_schema(schema: Schema, output: str | None) -> None:
    from trimtab.table.toml import write_schema

    if output is None:
        return
    if not output.endswith((".toml", ".json")):
        raise InputError(f"-o {output}: expected a schema file that ends in .toml or .json.")
    write_schema(schema, output)


def _point_to_schema(output: str | None) -> None:
    from trimtab.cli import terminal

    if output is not None:
        terminal.say(f"Wrote {output}: edit it, and pass it back with --schema {output}.")
