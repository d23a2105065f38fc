"""The verb `charts`: what a result shows, as charts for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trimtab.errors import InputError

if TYPE_CHECKING:
    from trimtab.measure.scorecard import Scorecard
    from trimtab.plan.plan import Plan
    from trimtab.report.charts import Charts
    from trimtab.study.balancing.result import Proof


def charts(result: Scorecard | Proof | Plan) -> Charts:
    """The charts of a scorecard, a proof or a balance plan, by their titles (a mapping): Altair
    charts, which notebooks show, and which can be changed and saved.

    `result.charts` is the same. What the reports show is what these show. A plan has one, "rows": a
    bar for each cell, with a tick at the rows that the real table has. Raises InputError for what
    is none of the three.
    """
    from trimtab.measure.scorecard import Scorecard
    from trimtab.plan.plan import Plan
    from trimtab.report.charts import charts_of
    from trimtab.study.balancing.result import Proof

    if not isinstance(result, Scorecard | Proof | Plan):
        raise InputError(
            f"charts of a {type(result).__name__}: expected a scorecard (of `evaluate`, or "
            "`.scorecard` of what `balance` gave), a proof, or a plan (`.plan`)."
        )
    return charts_of(result)


def pictures(result: Scorecard | Proof | Plan) -> str:
    """One of each kind of its charts, as HTML that works without anything else."""
    return charts(result).first_of_each()
