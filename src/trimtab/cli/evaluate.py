"""The command `evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trimtab._validate import one_of
from trimtab.cli.arguments import (
    After,
    AsJson,
    Form,
    check_distinct,
    column_names,
    command_line,
    plan_of,
    source_of,
)
from trimtab.cli.options import Options, command
from trimtab.cli.text_files import text_options
from trimtab.errors import InputError
from trimtab.request.evaluate import Evaluate

if TYPE_CHECKING:
    from trimtab.measure.evidence import Stage
    from trimtab.measure.scorecard import Scorecard
    from trimtab.plan.plan import Plan
    from trimtab.table.schema import Schema

Real = Annotated[str, typer.Argument(metavar="REAL", help="The real table.")]
Synthetic = Annotated[
    str, typer.Argument(metavar="SYNTH", help="The table to judge, whatever made it.")
]
Holdout = Annotated[
    str | None,
    typer.Option("--holdout", metavar="H", help="Real rows that its generator never saw."),
]
PlanFile = Annotated[
    str | None,
    typer.Option("--plan", metavar="PLAN.json", help="The plan it should have kept to."),
    After("origin"),
]
Stages = Annotated[
    str | None,
    typer.Option("--stages", metavar="MODEL", help="Show how the model that made it learned."),
    After("triples"),
]
Output = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="REPORT", help="The report: .html, .md or .json."),
    After("stages"),
]
Facts = Annotated[
    str | None,
    typer.Option("--facts", metavar="FACTS.json", help="Write the scorecard here, as JSON."),
    After("output"),
]
Edition = Annotated[
    str,
    typer.Option(
        "--edition", metavar="internal|release", help="Release shows no figure of real rows."
    ),
    After("facts"),
]
Allow = Annotated[
    str | None,
    typer.Option(
        "--allow", metavar="A,B", help="Sections whose scores the release edition may show."
    ),
    After("edition"),
]


@command(Evaluate)
@text_options("real", "synthetic", "holdout")
def evaluate(
    options: Options[Evaluate],
    real: Real,
    synthetic: Synthetic,
    holdout: Holdout = None,
    plan: PlanFile = None,
    stages: Stages = None,
    output: Output = None,
    form: Form = None,
    facts: Facts = None,
    edition: Edition = "internal",
    allow: Allow = None,
    as_json: AsJson = False,
) -> None:
    """Judge a synthetic table: likeness, usefulness, fairness and copies."""
    from trimtab._run import Run
    from trimtab.cli import terminal, where
    from trimtab.verbs.report import write_report

    where.check_here(**{"--plan": plan, "--stages": stages})

    read = {"REAL": real, "SYNTH": synthetic, "HOLDOUT": holdout, "STAGES": stages}
    check_distinct(**read, **{"-o": output, "--facts": facts})
    _check_edition(edition, allow, output)
    _check_results(output, facts)
    if [str(place) for place in (real, synthetic, holdout)].count("-") > 1:
        raise InputError("two tables are -: standard input can be read once only.")
    request = options.read()
    table = source_of(real, form)
    with terminal.progress(as_json) as progress:
        scorecard = where.carry_out(
            request,
            table,
            Run(progress, watch=terminal.watch),
            synthetic=source_of(synthetic, form),
            holdout=None if holdout is None else source_of(holdout, form),
            plan=None if plan is None else _plan(plan, table, request.schema),
            stages=() if stages is None else _stages(stages),
            asked=command_line(),
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


def _plan(path: str, real: Any, schema: Schema | None) -> Plan:
    from trimtab.table.files import read

    return plan_of(path, read(real, schema).schema)


def _stages(path: str) -> tuple[Stage, ...]:
    from trimtab.synthesis import synthesizer
    from trimtab.verbs import evaluate as verb

    return verb.stages_of(synthesizer.load(path), path)


def _finish(scorecard: Scorecard, output: str | None, facts: str | None, as_json: bool) -> None:
    """Write the facts; show the scorecard."""
    from trimtab.cli import terminal
    from trimtab.cli.scores import notes_of, show_scorecard
    from trimtab.table.output_path import replacing

    if facts is not None:
        with replacing(Path(facts)) as temporary:
            temporary.write_text(scorecard.to_json(), encoding="utf-8")
    if as_json:
        print(scorecard.to_json())
        return
    show_scorecard(scorecard)
    terminal.note(*notes_of(scorecard))
    for place in (output, facts):
        if place is not None:
            terminal.wrote(f"{place}.")
