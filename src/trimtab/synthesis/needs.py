"""What a plan needs of a model that is to be learned for it."""

from __future__ import annotations

from dataclasses import replace

from trimtab._arrays import Int
from trimtab.model.coded import Coded
from trimtab.model.kind import Needs
from trimtab.plan.balance.bins import binned
from trimtab.plan.balance.row_weights import row_weights
from trimtab.plan.plan import Plan, Unit
from trimtab.synthesis.coded_plan import coded_plan


def for_plan(needs: Needs, coded: Coded, plan: Plan, rows: Int | None) -> Needs:
    """The needs with weights for what a plan will draw, and what its rows will give.

    A plan of persons gives what is known of the whole of each, and weighs no rows.
    """
    if plan.unit is Unit.PERSONS:
        return needs
    weights = row_weights(plan, binned(coded.table, plan.bins))
    if weights is not None and rows is not None:
        weights = weights[rows]
    request = coded_plan(plan, coded.table.schema, coded.codec, coded.grids)
    return replace(needs, row_weights=weights, asked=tuple(request.patterns()))
