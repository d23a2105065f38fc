"""The `demo` command: simulate visits, balance three columns, show before and after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trimtab import datasets, workflow
from trimtab.cli import terminal
from trimtab.errors import TableError
from trimtab.table.files import read, write
from trimtab.table.imbalance import imbalance

BY = ("GENDER", "ETHNICITY", "RACE")
HOLDOUT = 0.2


def run(folder: Path, *, quiet: bool) -> dict[str, Any]:
    """Write visits.csv, balanced.csv and report.html into a folder; the counts before and after."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TableError(
            f"cannot make the folder {folder}: {error.strerror}. Name another with --folder."
        ) from None
    visits = read(datasets.visits())
    write(visits, folder / "visits.csv")
    with terminal.progress(quiet) as report:
        made = workflow.balance(
            folder / "visits.csv",
            BY,
            unseen="skip",
            holdout=HOLDOUT,
            report=folder / "report.html",
            progress=report,
        )
    write(made.result, folder / "balanced.csv")
    counts = {}
    for name in BY:
        before, after = (dict(imbalance(t, name).values) for t in (visits, made.result))
        counts[name] = {v: (n, after.get(v, 0)) for v, n in before.items()}
    told = {"folder": str(folder), "rows": made.result.rows, "counts": counts}
    if not quiet:
        _show(folder, made, counts)
    scorecard = made.scorecard
    assert scorecard is not None, "a report was asked for"
    headlines = {s.name: s.model_dump(mode="json") for s in scorecard.headlines}
    return {**told, "headlines": headlines, "warnings": made.warnings}


def _show(folder: Path, made: workflow.Balanced, counts: dict[str, Any]) -> None:
    scorecard = made.scorecard
    assert scorecard is not None, "a report was asked for"
    terminal.say(
        f"{scorecard.rows['real'] + scorecard.rows['holdout']:,} simulated hospital visits, "
        "balanced over "
        f"{' x '.join(BY)}: {made.plan.reason}."
    )
    for name, values in counts.items():
        rows = [(str(v), f"{a:,}", f"{b:,}") for v, (a, b) in values.items()]
        terminal.show_counts(name, ("value", "before", "after"), rows)
    terminal.remark(made.warnings)
    cells = [c.target_rows for c in made.plan.cells]
    terminal.say(f"Each of {len(cells)} cells now holds {min(cells)} to {max(cells)} rows.")
    terminal.show_scorecard(scorecard)
    terminal.say(
        f"Wrote {folder / 'visits.csv'}, {folder / 'balanced.csv'} and {folder / 'report.html'}: "
        "open the report in a browser."
    )
