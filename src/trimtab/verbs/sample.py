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


@dataclass(frozen=True)
class Sampled:
    """What `sample` drew. `result` is the table as a trimtab Table."""

    result: Table
    plan: Plan

    @property
    def table(self) -> Any:
        """The table in the type of the table learned from (pyarrow, if a file)."""
        return to_native(self.result)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a careful user should know."""
        return self.plan.warnings

    def to_dict(self) -> dict[str, Any]:
        """What was drawn, as plain data; the rows are data of their own."""
        return {
            "rows": self.result.rows,
            "reason": self.plan.reason,
            "warnings": list(self.warnings),
        }

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(w)}</li>" for w in self.warnings)
        return (
            f"<p><b>{self.result.rows:,} rows</b>: {escape(self.plan.reason)}.</p><ul>{notes}</ul>"
        )


def carry_out(
    request: Sample,
    data: Synthesizer,
    run: Run,
    *,
    given: Any = None,
    plan: Plan | None = None,
) -> Sampled:
    """Draw rows from a synthesizer as asked; `given` are rows to complete, or a plan to draw.

    Raises as `Synthesizer.sample` does.
    """
    where = None if request.where is None else {n: _wanted(v) for n, v in request.where.items()}
    wanted = data.plan(request.rows, given=given, where=where, plan=plan)
    return Sampled(data.draw(wanted, seed=request.seed, run=run), wanted)


def _wanted(value: Any) -> Any:
    """What is asked of a column, as a plan takes it."""
    return Range(value.low, value.high) if isinstance(value, Span) else value
