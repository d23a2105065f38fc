"""A plan in the codes of a model; what it could have kept is refused with how it would."""

from __future__ import annotations

from trimtab.codec.label import LabelCodec
from trimtab.errors import PlanError
from trimtab.model.grid.coding import RareLabelError
from trimtab.model.interface import Request
from trimtab.plan.plan import Plan
from trimtab.synthesis.choose import free
from trimtab.synthesis.coded_plan import coded_plan
from trimtab.synthesis.learned import Learned


def coded_for(learned: Learned, plan: Plan) -> Request:
    """The plan's groups in the codes that were learned; see `coded_plan`."""
    try:
        return coded_plan(plan, learned.schema, learned.codec, learned.grids)
    except RareLabelError as error:
        if error.column in learned.provenance.public:
            raise
        raise PlanError(f"{error} {_kept_by(learned, list(plan.given))}") from None


def _kept_by(learned: Learned, names: list[str]) -> str:
    """What keeps rare labels of columns, so that they can be given."""
    # With more values the columns that lead unasked may be fewer.
    leads = free(learned.provenance.model) or {*names} <= {*learned.provenance.first}
    first = "" if leads else f" and `first={names!r}`"
    ways = f"To ask for a rare one, fit again with a lower `min_count`{first}"
    if all(isinstance(learned.codec.columns[name], LabelCodec) for name in names):
        ways += f"; or save the model of `balance()` with `by={names!r}`, which keeps them all"
    return f"{ways}."
