"""The `inspect` command: a table's columns, or what a model file holds."""

from __future__ import annotations

from typing import Any

from trimtab.cli import terminal
from trimtab.errors import InputError
from trimtab.model import contents
from trimtab.model.trees import Trees
from trimtab.synthesizer import Synthesizer, load
from trimtab.table.files import read
from trimtab.table.imbalance import imbalance
from trimtab.table.schema import Kind, Role, Schema
from trimtab.table.toml import write_schema

_VALUES_SHOWN = 12


def inspect_table(source: str, as_json: bool, output: str | None) -> None:
    """Show or print the schema of a table and the imbalance of its labels; save it on request."""
    table = read(source)
    labels = [
        imbalance(table, c.name)
        for c in table.schema
        if c.kind in (Kind.LABEL, Kind.FLAG) and c.role is not Role.DROP
    ]
    _save(table.schema, output)
    if as_json:
        uneven = {
            found.column: {
                "ratio": found.ratio,
                "missing_rows": found.missing_rows,
                "rows": [[v, n] for v, n in found.values],
            }
            for found in labels
        }
        terminal.print_json(
            {"rows": table.rows, **table.schema.model_dump(mode="json"), "labels": uneven}
        )
        return
    terminal.show_schema(table.schema, labels)
    _told(output)


def inspect_model(source: str, as_json: bool, output: str | None) -> None:
    """Show or print what a model file holds, every real value included."""
    made = load(source)
    held = contents.values_held(made.learned)
    _save(made.schema, output)
    if as_json:
        terminal.print_json(
            {
                "provenance": made.provenance.model_dump(mode="json"),
                **conditions_of(made),
                **made.schema.model_dump(mode="json"),
                "values": [
                    {
                        "column": h.column,
                        "what": h.what,
                        "values": list(h.values),
                        "exact": h.real,
                    }
                    for h in held
                ],
            }
        )
        return
    provenance = made.provenance
    terminal.say(
        f"{source}: {provenance.model}, learned from {provenance.rows:,} rows with --min-count "
        f"{provenance.min_count} and --seed {provenance.seed} by trimtab {provenance.trimtab}."
    )
    if provenance.choice:
        terminal.say(f"Why this model: {provenance.choice}.")
    if isinstance(made.learned.model, Trees):
        terminal.say(f"Draws in this order: {', '.join(made.learned.model.columns)}.")
    terminal.say(made.learned.model.conditions)
    for net, layers in made.summary.items():
        weights = sum(layer.weights for layer in layers)
        terminal.show_counts(
            f"{net}: {weights:,} weights",
            ("layer", "output", "weights"),
            [
                (layer.name, " x ".join(map(str, layer.output)), f"{layer.weights:,}")
                for layer in layers
            ],
        )
    terminal.show_schema(made.schema, [])
    rows = [(h.column, h.what, str(len(h.values)), _some(h.values)) for h in held]
    terminal.show_counts(
        "values of the real table that the file holds (all of them with --json)",
        ("column", "what", "how many", "values"),
        rows,
    )
    terminal.remark(made.warnings)
    _told(output)


def conditions_of(made: Synthesizer) -> dict[str, Any]:
    """What can be given when sampling, for programs."""
    model = made.learned.model
    told: dict[str, Any] = {"model": made.provenance.model, "conditions": model.conditions}
    if isinstance(model, Trees):
        told |= {"order": model.columns, "block": model.block.columns}
    if made.summary:
        told["nets"] = {
            n: [layer._asdict() for layer in layers] for n, layers in made.summary.items()
        }
    return told


def _some(values: Any) -> str:
    shown = ", ".join(map(str, values[:_VALUES_SHOWN]))
    return shown + (", ..." if len(values) > _VALUES_SHOWN else "")


def _save(schema: Schema, output: str | None) -> None:
    if output is None:
        return
    if not output.endswith((".toml", ".json")):
        raise InputError(f"-o {output}: expected a schema file that ends in .toml or .json.")
    write_schema(schema, output)


def _told(output: str | None) -> None:
    if output is not None:
        terminal.say(f"Wrote {output}: edit it, and pass it back with --schema {output}.")
