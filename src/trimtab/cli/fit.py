"""The command `fit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trimtab.cli.arguments import After, AsJson, Data, Form, check_model, source_of
from trimtab.cli.options import Options, command
from trimtab.cli.text_files import text_options
from trimtab.request.fit import Fit

if TYPE_CHECKING:
    from trimtab.synthesis.synthesizer import Synthesizer


Output = Annotated[
    str, typer.Option("-o", "--output", metavar="MODEL.trimtab", help="The model file.")
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on with a training that was broken off."),
    After("minutes"),
]


@command(Fit)
@text_options("data")
def fit(
    options: Options[Fit],
    data: Data,
    output: Output,
    form: Form = None,
    resume: Resume = False,
    as_json: AsJson = False,
) -> None:
    """Learn a table and save the model.

    While a neural model trains, its state is kept in MODEL.trimtab.training, and Ctrl-C stops the
    training and saves the best so far.
    """
    from trimtab._run import Run
    from trimtab.cli import terminal, where
    from trimtab.table.output_path import check_output_path

    check_model(output, "-o")
    where.check_here(**{"--resume": resume})
    check_output_path(output)
    training = Path(output + ".training")
    request = options.read()
    table = source_of(data, form)
    with terminal.progress(as_json) as progress:
        run = Run(
            progress,
            warn=terminal.warn,
            watch=terminal.watch,
            checkpoint=training,
            resume=resume,
        )
        synthesizer = where.carry_out(request, table, run)
    synthesizer.save(output)
    if as_json:
        terminal.print_result({"output": output}, synthesizer.to_dict(), request)
    else:
        _show(synthesizer, output, training)


def _show(synthesizer: Synthesizer, output: str, training: Path) -> None:
    """Tell what a person should know of a fit."""
    from trimtab.cli import terminal
    from trimtab.table.rules.saying import counts

    chain = bool(synthesizer.order)
    last = " and drawn last" if chain else ""  # other models draw in any order, or at once
    told = [f"{name} is taken as the outcome{last}." for name in synthesizer.schema.outcomes]
    kept = []
    if not chain and training.exists():
        kept = [f"{training} keeps what was trained: the same command with --resume goes on."]
    terminal.note(kept, synthesizer.warnings, told)
    terminal.wrote(f"{output}: learned from {synthesizer.provenance.rows:,} rows.")
    terminal.say(f"Model: {synthesizer.provenance.model}: {synthesizer.provenance.choice}.")
    terminal.say(synthesizer.learned.model.conditions)
    if synthesizer.schema.rules:
        terminal.say(f"{counts(synthesizer.schema.rules)} (`trimtab inspect {output}` shows them).")
