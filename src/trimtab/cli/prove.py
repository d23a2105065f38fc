"""The command `prove`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from trimtab.cli.arguments import (
    AsJson,
    Data,
    Drop,
    SchemaFile,
    Seed,
    check_distinct,
    column_names,
    number,
    numbers_of,
    schema_of,
    whole_number,
)

if TYPE_CHECKING:
    from trimtab.study.balancing.result import Proof

TargetColumn = Annotated[
    str, typer.Option("--target", metavar="Y", help="The column a classifier is to tell.")
]
Positive = Annotated[
    str | None,
    typer.Option("--positive", metavar="CLASS", help="The class it is about; else the rarer."),
]
Protected = Annotated[
    str | None,
    typer.Option("--protected", metavar="A,B", help="Columns whose groups are compared."),
]
CostOption = Annotated[
    str | None,
    typer.Option("--cost", metavar="fp=1,fn=20", help="What a false positive and negative cost."),
]
LearnerNames = Annotated[
    str,
    typer.Option(
        "--learner",
        metavar="lr,rf,gbm",
        help="Logistic regression, random forest, boosted trees.",
    ),
]
ArmNames = Annotated[
    str | None,
    typer.Option(
        "--arms",
        metavar="A,B",
        help="Of none, weights, oversample, smote, borderline, adasyn, trimtab; or of a package.",
    ),
]
Folds = Annotated[
    str | None,
    typer.Option("--folds", metavar="5x2", help="Outer folds x repeats."),
]
Sizes = Annotated[
    str | None,
    typer.Option(
        "--sizes",
        metavar="10,20,50,100",
        help="Rows that the learning curve leaves of the smaller class; '' for no curve.",
    ),
]
Thorough = Annotated[
    bool, typer.Option("--thorough", help="The whole protocol: more folds, ratios and arms.")
]
WithinMinutes = Annotated[
    float | None,
    typer.Option(
        "--minutes",
        metavar="M",
        parser=number,
        help="Take at most M minutes; says how many folds that was enough for.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        parser=whole_number,
        help="Processes side by side; else one for each core.",
    ),
]
Checkpoint = Annotated[
    str | None,
    typer.Option("--checkpoint", metavar="PART.json", help="Keep results here until all is done."),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on from the checkpoint of a run that was broken off.")
]
Output = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="PROOF", help="The proof: .html, .md or .json."),
]


def prove(
    data: Data,
    target: TargetColumn,
    output: Output = None,
    positive: Positive = None,
    protected: Protected = None,
    cost: CostOption = None,
    learner: LearnerNames = "lr,rf,gbm",
    arms: ArmNames = None,
    folds: Folds = None,
    sizes: Sizes = None,
    thorough: Thorough = False,
    minutes: WithinMinutes = None,
    workers: Workers = None,
    checkpoint: Checkpoint = None,
    resume: Resume = False,
    schema: SchemaFile = None,
    drop: Drop = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Tell whether balancing would help a classifier at all, and what to do instead."""
    from trimtab.cli import terminal
    from trimtab.report.write import check_report, write_study
    from trimtab.verbs import prove as verb

    check_distinct(**{"DATA": data, "-o": output, "--checkpoint": checkpoint})
    if output is not None:
        check_report(output)
    with _resume_hint(checkpoint), terminal.progress(as_json) as progress:
        proof = verb.prove(
            data,
            target,
            positive=positive,
            protected=column_names(protected),
            cost=None if cost is None else numbers_of(cost, "--cost"),
            learner=column_names(learner),
            arms=None if arms is None else column_names(arms),
            folds=folds,
            sizes=None if sizes is None else _whole_numbers(sizes),
            thorough=thorough,
            minutes=minutes,
            workers=workers,
            checkpoint=checkpoint,
            resume=resume,
            schema=schema_of(schema),
            drop=column_names(drop),
            seed=seed,
            progress=progress,
        )
    if output is not None:
        write_study(proof, output)
    _show(proof, output, as_json)


def _whole_numbers(text: str) -> list[int]:
    return [whole_number(part) for part in column_names(text)]


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

    if as_json:
        print(proof.to_json())
        return
    for answer in proof.answers:
        terminal.say(f"{answer.learner}: {answer.verdict}.")
        for advice in answer.advice:
            terminal.say(f"  {advice}")
    terminal.show_proof(proof)
    alarms = [f"ALARM, {c.name}: {c.text}." for c in proof.controls if not c.sound]
    terminal.note((*alarms, *proof.notes))
    if output is not None:
        terminal.say(f"Wrote {output}.")
