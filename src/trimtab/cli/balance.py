"""The command `balance`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trimtab.cli.arguments import (
    AsJson,
    Bins,
    By,
    Data,
    Drop,
    DryRun,
    HoldoutShare,
    MaybeOutput,
    MinCount,
    MinSupport,
    Minutes,
    Missing,
    Mode,
    Model,
    OriginColumn,
    Outcome,
    ReportFile,
    ResultRows,
    SaveModel,
    SavePlan,
    SchemaFile,
    Seed,
    Target,
    To,
    Unseen,
    bins_of,
    check_distinct,
    check_places,
    column_names,
    schema_of,
)
from trimtab.errors import InputError

if TYPE_CHECKING:
    from trimtab.plan.plan import Plan
    from trimtab.verbs.balance import Balanced


def balance(
    data: Data,
    by: By,
    output: MaybeOutput = None,
    to: To = None,
    mode: Mode = "replace",
    rows: ResultRows = None,
    target: Target = "auto",
    unseen: Unseen = "refuse",
    missing: Missing = "group",
    min_support: MinSupport = 1,
    bins: Bins = None,
    schema: SchemaFile = None,
    drop: Drop = None,
    outcome: Outcome = None,
    model: Model = "auto",
    minutes: Minutes = None,
    min_count: MinCount = 5,
    origin: OriginColumn = None,
    dry_run: DryRun = False,
    save_plan: SavePlan = None,
    save: SaveModel = None,
    holdout: HoldoutShare = 0.0,
    report: ReportFile = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Balance a table over any columns, by exact conditional generation."""
    from trimtab.cli import terminal
    from trimtab.verbs import balance as verb

    _check_results(output, dry_run, holdout, report)
    places = {"DATA": data, "--to": to, "-o": output, "--save-plan": save_plan, "--save": save}
    check_distinct(**places, **{"--report": report})
    check_places(output, save_plan, save)
    settings: dict[str, Any] = {"mode": mode, "rows": rows, "target": target, "unseen": unseen}
    settings |= {"missing": missing, "min_support": min_support, "bins": bins_of(bins)}
    settings |= {"schema": schema_of(schema), "drop": column_names(drop)}
    if dry_run:
        plan = verb.plan_balance(data, column_names(by), to, **settings)
        _finish_plan(plan, save_plan, as_json, plan.warnings, {})
        return
    with terminal.progress(as_json) as progress:
        balanced = verb.balance(
            data,
            column_names(by),
            to,
            **settings,
            outcome=column_names(outcome) or None,
            model=model,
            minutes=minutes,
            min_count=min_count,
            origin=origin,
            holdout=holdout,
            report=report,
            seed=seed,
            progress=progress,
        )
    _finish_balanced(balanced, str(output), save, save_plan, report, as_json)


def _check_results(output: str | None, dry_run: bool, holdout: float, report: str | None) -> None:
    """Refuse results that no command could give."""
    if output is None and not dry_run:
        raise InputError("no output: expected -o OUT.csv, or --dry-run to see the plan only.")
    if dry_run and (holdout or report is not None):
        raise InputError("--dry-run fits nothing: leave out --holdout and --report.")


def _finish_balanced(
    balanced: Balanced,
    output: str,
    save: str | None,
    save_plan: str | None,
    report: str | None,
    as_json: bool,
) -> None:
    """Write and show a balanced table, its plan and its model."""
    from trimtab.cli import terminal
    from trimtab.table.writing import write

    write(balanced.result, output)
    if save is not None:
        balanced.synthesizer.save(save)
    facts: dict[str, Any] = {"output": output, "model": save, "report": report}
    if balanced.scorecard is not None:
        facts["scorecard"] = balanced.scorecard.model_dump(mode="json", exclude={"exhibits"})
    _finish_plan(balanced.plan, save_plan, as_json, balanced.warnings, facts)
    if not as_json:
        if balanced.scorecard is not None:
            terminal.show_scorecard(balanced.scorecard)
        if report is not None:
            terminal.say(f"Wrote {report}.")
        terminal.say(
            f"Wrote {output}: {balanced.result.rows:,} rows x {len(balanced.result.schema)} "
            "columns."
        )


def _finish_plan(
    plan: Plan, place: str | None, as_json: bool, warnings: tuple[str, ...], facts: dict[str, Any]
) -> None:
    """Save and show a plan."""
    from trimtab.cli import terminal
    from trimtab.table.output_path import replacing

    if place is not None:
        with replacing(place) as temporary:
            temporary.write_text(plan.to_json(), encoding="utf-8")
    if as_json:
        terminal.print_json(
            {**facts, "saved_plan": place, "plan": plan.to_dict(), "warnings": warnings}
        )
        return
    terminal.show_plan(plan)
    terminal.note(warnings)
    if place is not None:
        terminal.say(f"Wrote {place}.")
