"""The command `inspect`: a table's columns, or what a model file holds."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trimtab.cli.arguments import AsJson, Form, source_of
from trimtab.cli.text_files import text_options
from trimtab.errors import InputError

if TYPE_CHECKING:
    from trimtab.synthesis.synthesizer import Synthesizer
    from trimtab.table.schema import Schema
    from trimtab.verbs.inspect import InspectedModel, InspectedTable

_VALUES_SHOWN = 12
_CHARACTERS = 200  # of a rule


@text_options("source")
def inspect(
    source: Annotated[
        str | None, typer.Argument(metavar="DATA|MODEL", help="A table or a model file.")
    ] = None,
    rules: Annotated[
        bool, typer.Option("--rules/--no-rules", help="Find the rules that the rows keep.")
    ] = True,
    system: Annotated[
        bool, typer.Option("--system", help="Show what is installed here, and what draws rows.")
    ] = False,
    as_json: AsJson = False,
    form: Form = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="S.toml", help="Write the schema here.")
    ] = None,
) -> None:
    """Show what each column is and why, and the rules of rows; or what a model file holds."""
    from trimtab.cli import terminal
    from trimtab.cli.tables import show_schema
    from trimtab.synthesis.synthesizer import load
    from trimtab.verbs import inspect as verb

    if system:
        _show_system(source, output, as_json)
        return
    if source is None:
        raise InputError("expected DATA or MODEL, a table or a model file to inspect; or --system.")
    inspected: InspectedTable | InspectedModel
    if str(source).endswith(".trimtab"):
        inspected = verb.inspect_model(load(source))
    else:
        inspected = verb.inspect_table(source_of(source, form), rules=rules)
    _save_schema(inspected.schema, output)
    if as_json:
        terminal.print_json(inspected.to_dict())
        return
    if isinstance(inspected, verb.InspectedModel):
        _show_model(source, inspected)
    else:
        for line in inspected.told:
            terminal.say(line)
        show_schema(inspected.schema, inspected.labels)
        for text in inspected.persons:
            terminal.say(text)
        _show_rules(inspected.schema)
    if output is not None:
        terminal.wrote(f"{output}: edit it, and pass it back with --schema {output}.")


def _show_system(source: str | None, output: str | None, as_json: bool) -> None:
    """Show what is installed here."""
    from trimtab.cli import terminal
    from trimtab.verbs import inspect as verb

    for given in (source, output):
        if given is not None:
            raise InputError(f"--system is about this machine: leave out {given}.")
    inspected = verb.inspect_system()
    if as_json:
        terminal.print_json(inspected.to_dict())
    else:
        terminal.say(f"{inspected}.")


def _show_model(source: str, inspected: InspectedModel) -> None:
    """Show how a model was learned, what it conditions on, and every real value that it holds."""
    from trimtab.cli import terminal
    from trimtab.cli.tables import show_schema

    _show_learned(source, inspected.synthesizer)
    show_schema(inspected.schema, [])
    _show_rules(inspected.schema)
    terminal.show_counts(
        "values of the real table that the file holds (all of them with --json)",
        ("column", "what", "how many", "values"),
        [(v.column, v.what, str(len(v.values)), _first_of(v.values)) for v in inspected.values],
    )
    terminal.note(inspected.synthesizer.warnings)


def _show_rules(schema: Schema) -> None:
    """Show the rules that rows keep, and why each is there; nothing where nobody looked for any."""
    from trimtab.cli import terminal
    from trimtab.table.rules.saying import counts, evidence_of, in_order
    from trimtab.table.rules.words import shortened
    from trimtab.verbs.inspect import RULES_SHOWN

    if schema.rules is None:
        return
    if not schema.rules:
        terminal.say("No rule was found that the rows keep.")
        return
    shown = in_order(schema.rules)[:RULES_SHOWN]
    terminal.say(f"{counts(schema.rules)}.")
    for status, rules in groupby(shown, key=lambda rule: rule.status):
        rows = [(shortened(r.text, _CHARACTERS), evidence_of(r)) for r in rules]
        terminal.show_counts(f"rules that are {status}", ("rule", "evidence"), rows)
    if len(schema.rules) > len(shown):
        more = len(schema.rules) - len(shown)
        terminal.say(f"... and {more:,} more rules (see them all with --json, or in a schema, -o).")


def _show_learned(source: str, synthesizer: Synthesizer) -> None:
    """Show how a model was learned, what it conditions on, and how it is built."""
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
    if synthesizer.schema.rules is None:
        terminal.say("Nobody looked for rules that the rows keep.")
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
