"""The command `demo`: simulate visits, balance three columns, show before and after."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trimtab.cli.arguments import AsJson, command_line
from trimtab.errors import TableError

if TYPE_CHECKING:
    from trimtab.plan.plan import Plan
    from trimtab.verbs.balance import Balanced

BY = ("GENDER", "ETHNICITY", "RACE")
HOLDOUT = 0.2


def demo(
    folder: Annotated[
        str,
        typer.Option("--folder", metavar="DIR", help="Where the tables and report are written."),
    ] = "demo",
    as_json: AsJson = False,
) -> None:
    """Simulate hospital visits, balance three columns, show before and after, and judge it."""
    from trimtab.cli import terminal

    facts = _run(Path(folder), quiet=as_json)
    if as_json:
        terminal.print_json(facts)


def _run(folder: Path, *, quiet: bool) -> dict[str, Any]:
    """Write the tables and report.html into a folder; the counts before and after."""
    from trimtab import datasets
    from trimtab._run import Run
    from trimtab.cli import terminal
    from trimtab.request.balance import Balance
    from trimtab.table.files import read
    from trimtab.table.imbalance import imbalance
    from trimtab.table.writing import write
    from trimtab.verbs import balance as verb
    from trimtab.verbs.inspect import inspect_system

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TableError(
            f"cannot make the folder {folder}: {error.strerror}. Name another with --folder."
        ) from None
    visits = read(datasets.visits())
    write(visits, folder / "visits.csv")
    with terminal.progress(quiet) as progress:
        balanced = verb.carry_out(
            Balance(by=BY, unseen="skip", holdout=HOLDOUT),
            folder / "visits.csv",
            Run(progress, watch=terminal.watch),
            report=folder / "report.html",
            asked=command_line(),
        )
    write(balanced.result, folder / "balanced.csv")
    # The same model balances persons: so many of each cell, whatever rows each of them has.
    persons = verb.plan_of(Balance(by=BY, unseen="skip", unit="persons"), folder / "visits.csv")
    write(balanced.synthesizer.draw(persons), folder / "persons.csv")
    counts = {}
    for name in BY:
        before, after = (dict(imbalance(t, name).values) for t in (visits, balanced.result))
        counts[name] = {v: (n, after.get(v, 0)) for v, n in before.items()}
    system = inspect_system()
    if not quiet:
        terminal.say(f"{system}.")
        _show(folder, balanced, counts, persons)
    scorecard = balanced.scorecard
    assert scorecard is not None, "a report was asked for"
    return {
        "folder": str(folder),
        "rows": balanced.result.rows,
        "persons": persons.rows,
        "counts": counts,
        "headlines": {s.name: s.model_dump(mode="json") for s in scorecard.headlines},
        "warnings": balanced.warnings,
        "system": system.to_dict(),
    }


def _show(folder: Path, balanced: Balanced, counts: dict[str, Any], persons: Plan) -> None:
    from trimtab.cli import terminal
    from trimtab.cli.scores import notes_of, show_scorecard

    scorecard = balanced.scorecard
    assert scorecard is not None, "a report was asked for"
    terminal.say(
        f"{scorecard.rows['real'] + scorecard.rows['holdout']:,} simulated hospital visits, "
        "balanced over "
        f"{' x '.join(BY)}: {balanced.plan.reason}."
    )
    for name, values in counts.items():
        rows = [(str(v), f"{a:,}", f"{b:,}") for v, (a, b) in values.items()]
        terminal.show_counts(name, ("value", "before", "after"), rows)
    cells = [c.target_rows for c in balanced.plan.cells]
    each = [c.target_rows for c in persons.cells]
    terminal.say(
        f"Each of {len(cells)} cells now holds {min(cells)} to {max(cells)} rows of whole persons "
        f"(balanced.csv); or {min(each)} to {max(each)} persons, with all their rows (persons.csv)."
    )
    show_scorecard(scorecard)
    terminal.note(balanced.warnings, *notes_of(scorecard))
    terminal.wrote(
        f"{folder / 'visits.csv'}, {folder / 'balanced.csv'}, {folder / 'persons.csv'} and "
        f"{folder / 'report.html'}: open the report in a browser."
    )
