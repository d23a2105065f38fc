"""The verb `complete`: partly filled rows, by a model that is chosen by the cells they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from trimtab._run import Progress, Run, silent
from trimtab.request.complete import Complete
from trimtab.request.parts import MIN_COUNT
from trimtab.synthesis.choose import of_persons
from trimtab.synthesis.completion import completion_of
from trimtab.synthesis.learn import in_codes, learn
from trimtab.synthesis.person_rows import (
    check_whose,
    completes_persons,
    names_nobody,
    of_unknown,
)
from trimtab.synthesis.settings import settings_of
from trimtab.synthesis.synthesizer import Synthesizer, partial_rows
from trimtab.table.files import to_native
from trimtab.table.schema import Schema
from trimtab.table.table import Table
from trimtab.verbs.prepared import prepared, ruled


@dataclass(frozen=True)
class Completed:
    """What `complete` made. `result` are the completed rows as a trimtab Table.

    `synthesizer` is what completed them; it conditions exactly on the cells that they gave.
    """

    result: Table
    synthesizer: Synthesizer
    warnings: tuple[str, ...]

    @property
    def table(self) -> Any:
        """The completed rows in the type of the table learned from (pyarrow, if a file)."""
        return to_native(self.result)

    @property
    def reason(self) -> str:
        """Which model completed the rows, and why that one."""
        provenance = self.synthesizer.provenance
        return f"{provenance.model}: {provenance.choice}"

    def to_dict(self) -> dict[str, Any]:
        """How the rows were completed, as plain data; they themselves are data of their own."""
        provenance = self.synthesizer.provenance
        return {
            "rows": self.result.rows,
            "model": provenance.model,
            "reason": provenance.choice,
            "warnings": list(self.warnings),
        }

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(w)}</li>" for w in self.warnings)
        return (
            f"<p><b>{self.result.rows:,} rows</b>, completed by {escape(self.reason)}.</p>"
            f"<ul>{notes}</ul>"
        )


def complete(
    data: Any,
    given: Any,
    *,
    schema: Schema | None = None,
    drop: Sequence[str] = (),
    outcome: str | Sequence[str] | None = None,
    constant: Sequence[str] = (),
    model: str = "auto",
    min_count: int = MIN_COUNT,
    rules: bool = True,
    minutes: float | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Completed:
    """Complete partly filled rows by what a table shows, exactly given the cells that they hold.

    data     the table to learn from
    given    rows with some of its columns: a path or dataframe; empty cells are filled by values,
             columns that are not there may come out missing
    model    "auto" takes a chain of trees in an order that fits the rows, where there is one, and
             else the network; `Completed.reason` says which and why

    Other arguments as in `fit`. A label that too few rows of the table hold stays as given, and
    counts as "a rare one": what is drawn for its row must not tell of those few. Raises, before
    anything is learned, ColumnError and PlanError for columns and values that the table does not
    have, RefusedError for rows that no model at hand conditions on exactly.
    """
    return carry_out(Complete.of(locals()), data, Run(progress), given=given)


def carry_out(request: Complete, data: Any, run: Run, *, given: Any) -> Completed:
    """Complete rows as asked, by what a table shows."""
    settings = settings_of(request.model, request.min_count, request.seed, request.minutes)
    run.tell("reading", 0, 1)
    table = prepared(request, data)
    run.tell("rules", 0, 1)
    with_rules = ruled(request, table)
    coded = in_codes(table := with_rules.table, settings)
    rows = partial_rows(given, table.schema)
    if settings.model == of_persons():
        check_whose(rows, table.schema)
    completion = completion_of(rows, coded)
    synthesizer = learn(
        coded,
        settings,
        run,
        patterns=completion.patterns,
        nameless=names_nobody(rows, table.schema),
        told=with_rules.notes,
    )
    drawn = synthesizer.draw(completion.plan, seed=request.seed, run=run, earlier=table)
    notes = (*completion.plan.warnings, *completion.notes(table.schema), *synthesizer.warnings)
    if completes_persons(synthesizer.learned, completion.plan):
        notes = (*of_unknown(synthesizer.learned, completion.rows, table), *notes)
    return Completed(completion.as_given(drawn), synthesizer, notes)
