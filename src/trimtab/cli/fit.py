"""The command `fit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trimtab.cli.arguments import (
    AnyModel,
    AsJson,
    Data,
    Drop,
    First,
    MinCount,
    Minutes,
    Outcome,
    Protected,
    ProtectedShares,
    Recipe,
    Resume,
    SchemaFile,
    Seed,
    TargetShares,
    check_model,
    column_names,
    recipe_of,
    schema_of,
)

if TYPE_CHECKING:
    from trimtab.synthesis.synthesizer import Synthesizer


def fit(
    data: Data,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="MODEL.trimtab", help="The model file.")
    ],
    schema: SchemaFile = None,
    drop: Drop = None,
    first: First = None,
    outcome: Outcome = None,
    model: AnyModel = "auto",
    minutes: Minutes = None,
    resume: Resume = False,
    protected: Protected = None,
    protected_shares: ProtectedShares = None,
    target_shares: TargetShares = None,
    recipe: Recipe = None,
    min_count: MinCount = 5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Learn a table and save the model.

    While a neural model trains, its state is kept in MODEL.trimtab.training, and Ctrl-C stops the
    training and saves the best so far.
    """
    from trimtab.cli import terminal
    from trimtab.cli.inspect import conditions_of
    from trimtab.table.output_path import check_output_path
    from trimtab.verbs import fit as verb

    check_model(output, "-o")
    check_output_path(output)
    training = output + ".training"
    with terminal.progress(as_json) as progress:
        synthesizer = verb.fit(
            data,
            schema=schema_of(schema),
            drop=column_names(drop),
            first=column_names(first),
            outcome=column_names(outcome) or None,
            model=model,
            minutes=minutes,
            checkpoint=training,
            resume=resume,
            protected=column_names(protected),
            protected_shares=protected_shares,
            target_shares=target_shares,
            recipe=recipe_of(recipe),
            min_count=min_count,
            seed=seed,
            progress=progress,
        )
    synthesizer.save(output)
    if as_json:
        facts = {"output": output, **conditions_of(synthesizer)}
        terminal.print_json({**facts, "provenance": synthesizer.provenance.model_dump(mode="json")})
        return
    _tell_fit(synthesizer, output, training)


def _tell_fit(synthesizer: Synthesizer, output: str, training: str) -> None:
    """What a person should know of a fit."""
    from trimtab.cli import terminal

    terminal.note(synthesizer.warnings)
    chain = bool(synthesizer.order)
    for name in synthesizer.schema.outcomes:
        last = " and drawn last" if chain else ""  # other models draw in any order, or at once
        terminal.note([f"{name} is taken as the outcome{last}."])
    if not chain and Path(training).exists():
        terminal.note(
            [f"{training} keeps what was trained: the same command with --resume goes on."]
        )
    terminal.say(f"Wrote {output}: learned from {synthesizer.provenance.rows:,} rows.")
    terminal.say(f"Model: {synthesizer.provenance.model}: {synthesizer.provenance.choice}.")
    terminal.say(synthesizer.learned.model.conditions)
