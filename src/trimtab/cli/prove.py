"""The command `prove`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trimtab.cli.arguments import (
    After,
    AsJson,
    Data,
    Form,
    check_distinct,
    command_line,
    source_of,
    whole_number,
)
from trimtab.cli.options import Options, command
from trimtab.cli.text_files import text_options
from trimtab.errors import InputError
from trimtab.request.prove import Prove

if TYPE_CHECKING:
    from trimtab.study.balancing.result import Proof

Output = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="PROOF", help="The proof: .html, .md or .json."),
    After("target"),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        parser=whole_number,
        help="Processes side by side; else one for each core.",
    ),
    After("minutes"),
]
Checkpoint = Annotated[
    str | None,
    typer.Option("--checkpoint", metavar="PART.json", help="Keep results here until all is done."),
    After("workers"),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on from the checkpoint of a run that was broken off."),
    After("checkpoint"),
]


@command(Prove)
@text_options("data")
def prove(
    options: Options[Prove],
    data: Data,
    output: Output = None,
    form: Form = None,
    workers: Workers = None,
    checkpoint: Checkpoint = None,
    resume: Resume = False,
    as_json: AsJson = False,
) -> None:
    """Tell whether balancing would help a classifier at all, and what to do instead."""
    from trimtab._executor import processes
    from trimtab._run import Run
    from trimtab.cli import terminal, where
    from trimtab.report.write import check_report, write_study

    check_distinct(**{"DATA": data, "-o": output, "--checkpoint": checkpoint})
    where.check_here(**{"--workers": workers, "--checkpoint": checkpoint, "--resume": resume})
    if output is not None:
        check_report(output)
    if resume and checkpoint is None:
        raise InputError(
            "resume goes on from a checkpoint: give its path (--checkpoint PART.json)."
        )
    table = source_of(data, form)
    place = None if checkpoint is None else Path(checkpoint)
    with _resume_hint(checkpoint), terminal.progress(as_json) as progress:
        run = Run(progress, checkpoint=place, resume=resume, executor=processes(workers))
        proof = where.carry_out(options.read(), table, run, asked=command_line())
    if output is not None:
        write_study(proof, output)
    _show(proof, output, as_json)


@contextmanager
def _resume_hint(checkpoint: str | None) -> Iterator[None]:
    """Say, when it is interrupted, how to go on."""
    from trimtab.cli import terminal

    try:
        yield
    except KeyboardInterrupt:
        if checkpoint is not None:
            terminal.note([f"what was done is kept in {checkpoint}: go on with --resume."])
        raise


def _show(proof: Proof, output: str | None, as_json: bool) -> None:
    """The verdicts, then the arms as a table."""
    from trimtab.cli import terminal
    from trimtab.cli.proof import show_proof

    if as_json:
        print(proof.to_json())
        return
    if len(proof.answers) > 1:
        terminal.say(f"All learners: {proof.conclusion.text}.")
    for answer in proof.answers:
        terminal.say(f"{answer.learner}: {answer.verdict}.")
        for advice in answer.advice:
            terminal.say(advice, indent="  ")
    show_proof(proof)
    alarms = [f"ALARM, {c.name}: {c.text}." for c in proof.controls if not c.sound]
    terminal.note(alarms, proof.notes)
    if output is not None:
        terminal.wrote(f"{output}.")
