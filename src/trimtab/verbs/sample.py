"""The verb `sample`: rows drawn from what was learned."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from trimtab._run import Run
from trimtab.plan.plan import Plan
from trimtab.plan.ranges import Range
from trimtab.request.sample import Sample, Span
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.table.files import to_native
from trimtab.table.table import Table
from trimtab.table.writing import Place, write_parts


@dataclass(frozen=True)
class Sampled:
    """What `sample` drew: by which plan, and how many rows.

    `result` is the table as a trimtab Table; None where it went to a file, batch by batch.
    """

    plan: Plan
    rows: int
    result: Table | None = None

    @property
    def table(self) -> Any:
        """The table in the type of the table learned from (pyarrow, if a file), if it is here."""
        return None if self.result is None else to_native(self.result)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a careful user should know."""
        return self.plan.warnings

    def to_dict(self) -> dict[str, Any]:
        """What was drawn, as plain data; the rows are data of their own."""
        return {
            "rows": self.rows,
            "reason": self.plan.reason,
            "warnings": list(self.warnings),
        }

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(w)}</li>" for w in self.warnings)
        return f"<p><b>{self.rows:,} rows</b>: {escape(self.plan.reason)}.</p><ul>{notes}</ul>"


def carry_out(
    request: Sample,
    data: Synthesizer,
    run: Run,
    *,
    given: Any = None,
    plan: Plan | None = None,
    output: Place | None = None,
) -> Sampled:
    """Draw rows from a synthesizer as asked; `given` are rows to complete, or a plan to draw.

    With `output` the rows go to that file as they are drawn: so many as there may be, it takes the
    memory of a batch. Raises as `Synthesizer.sample` does, and TableError for what cannot be
    written.
    """
    where = None if request.where is None else {n: _wanted(v) for n, v in request.where.items()}
    wanted = data.plan(request.rows, persons=request.persons, given=given, where=where, plan=plan)
    if output is not None:
        rows = write_parts(data.draw_parts(wanted, seed=request.seed, run=run), output)
        return Sampled(wanted, rows)
    drawn = data.draw(wanted, seed=request.seed, run=run)
    return Sampled(wanted, drawn.rows, drawn)


def _wanted(value: Any) -> Any:
    """What is asked of a column, as a plan takes it."""
    return Range(value.low, value.high) if isinstance(value, Span) else value
