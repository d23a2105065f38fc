"""The command `evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trimtab._validate import one_of
from trimtab.cli.arguments import (
    AsJson,
    Drop,
    SchemaFile,
    Seed,
    check_distinct,
    column_names,
    schema_of,
    text_of,
)
from trimtab.errors import InputError

if TYPE_CHECKING:
    from trimtab.measure.fidelity.training_stages import Stage
    from trimtab.measure.scorecard import Scorecard
    from trimtab.plan.plan import Plan

Real = Annotated[str, typer.Argument(metavar="REAL", help="The real table.")]
Synthetic = Annotated[
    str, typer.Argument(metavar="SYNTH", help="The table to judge, whatever made it.")
]
Holdout = Annotated[
    str | None,
    typer.Option("--holdout", metavar="H", help="Real rows that its generator never saw."),
]
TargetColumn = Annotated[
    str | None,
    typer.Option("--target", metavar="Y", help="The outcome column; else guessed."),
]
Positive = Annotated[
    str | None,
    typer.Option("--positive", metavar="CLASS", help="The class it is about; else the rarer."),
]
Protected = Annotated[
    str | None,
    typer.Option("--protected", metavar="A,B", help="Columns it should not depend on."),
]
Reweighted = Annotated[
    str | None,
    typer.Option("--by", metavar="A,B", help="Columns whose shares differ on purpose (balanced)."),
]
Marks = Annotated[
    str | None,
    typer.Option(
        "--origin", metavar="COLUMN", help="Column that marks generated rows 'synthetic'."
    ),
]
PlanFile = Annotated[
    str | None,
    typer.Option("--plan", metavar="PLAN.json", help="The plan it should have kept to."),
]
Sections = Annotated[
    str | None,
    typer.Option(
        "--sections", metavar="A,B", help="Of fidelity, usefulness, fairness, copies; else all."
    ),
]
Triples = Annotated[bool, typer.Option("--triples", help="Judge triples of columns too.")]
Stages = Annotated[
    str | None,
    typer.Option("--stages", metavar="MODEL", help="Show how the model that made it learned."),
]
Output = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="REPORT", help="The report: .html, .md or .json."),
]
Facts = Annotated[
    str | None,
    typer.Option("--facts", metavar="FACTS.json", help="Write the scorecard here, as JSON."),
]
Edition = Annotated[
    str,
    typer.Option(
        "--edition", metavar="internal|release", help="Release shows no figure of real rows."
    ),
]
Allow = Annotated[
    str | None,
    typer.Option(
        "--allow", metavar="A,B", help="Sections whose scores the release edition may show."
    ),
]


def evaluate(
    real: Real,
    synthetic: Synthetic,
    holdout: Holdout = None,
    target: TargetColumn = None,
    positive: Positive = None,
    protected: Protected = None,
    by: Reweighted = None,
    origin: Marks = None,
    plan: PlanFile = None,
    sections: Sections = None,
    triples: Triples = False,
    stages: Stages = None,
    output: Output = None,
    facts: Facts = None,
    edition: Edition = "internal",
    allow: Allow = None,
    schema: SchemaFile = None,
    drop: Drop = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Judge a synthetic table: likeness, usefulness, fairness and copies."""
    from trimtab.cli import terminal
    from trimtab.verbs import evaluate as verb
    from trimtab.verbs.report import write_report

    read = {"REAL": real, "SYNTH": synthetic, "HOLDOUT": holdout, "STAGES": stages}
    check_distinct(**read, **{"-o": output, "--facts": facts})
    _check_edition(edition, allow, output)
    _check_results(output, facts)
    with terminal.progress(as_json) as progress:
        scorecard = verb.evaluate(
            real,
            synthetic,
            holdout=holdout,
            target=target,
            positive=positive,
            protected=column_names(protected),
            by=column_names(by),
            origin=origin,
            plan=None if plan is None else _plan(plan, real, schema),
            drop=column_names(drop),
            schema=schema_of(schema),
            **({} if sections is None else {"sections": column_names(sections)}),
            triples=triples,
            stages=() if stages is None else _stages(stages),
            seed=seed,
            progress=progress,
        )
    if output is not None:
        write_report(scorecard, output, edition=edition, allow=column_names(allow))
    _finish(scorecard, output, facts, as_json)


def _check_edition(edition: str, allow: str | None, output: str | None) -> None:
    one_of(("internal", "release"), edition=edition)
    if edition == "release" and output is None:
        raise InputError("--edition release is about the report: expected -o REPORT.html too.")
    if allow is not None and edition != "release":
        raise InputError("--allow is about the release edition: add --edition release.")


def _check_results(output: str | None, facts: str | None) -> None:
    """Check, before any work is done, that all results can be written."""
    from trimtab.report.write import check_report
    from trimtab.table.output_path import check_output_path

    if output is not None:
        check_report(output)
    if facts is not None:
        check_output_path(facts)


def _plan(path: str, real: str, schema: str | None) -> Plan:
    from trimtab.plan.json import from_json
    from trimtab.table.files import read

    return from_json(text_of(path, "plan"), read(real, schema_of(schema)).schema, path)


def _stages(path: str) -> tuple[Stage, ...]:
    from trimtab.synthesis import synthesizer
    from trimtab.verbs import evaluate as verb

    return verb.stages_of(synthesizer.load(path), path)


def _finish(scorecard: Scorecard, output: str | None, facts: str | None, as_json: bool) -> None:
    """Write the facts; show the scorecard."""
    from trimtab.cli import terminal
    from trimtab.table.output_path import replacing

    if facts is not None:
        with replacing(Path(facts)) as temporary:
            temporary.write_text(scorecard.to_json(), encoding="utf-8")
    if as_json:
        print(scorecard.to_json())
        return
    terminal.show_scorecard(scorecard)
    for place in (output, facts):
        if place is not None:
            terminal.say(f"Wrote {place}.")
