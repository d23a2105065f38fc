"""Plans of a server."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

from trimtab.client.datasets import Dataset
from trimtab.errors import InputError
from trimtab.plan.json import from_json
from trimtab.plan.plan import Plan


@dataclass(frozen=True, repr=False)
class KeptPlan(Plan):
    """A plan that a server keeps, by its id."""

    id: str = ""


def kept_plan(id: str, content: Any, dataset: Dataset) -> KeptPlan:
    """A plan for a dataset, as the server tells it."""
    plan = plan_of(content, dataset)
    return KeptPlan(**{f.name: getattr(plan, f.name) for f in fields(Plan)}, id=id)


def plan_of(content: Any, dataset: Dataset) -> Plan:
    """A plan as plain data, for the rows of a dataset."""
    return from_json(json.dumps(content), dataset.table.schema, "the plan")


def id_of(plan: Any) -> str:
    """The id of a plan. Raises InputError for one that the server does not keep."""
    if isinstance(plan, KeptPlan):
        return plan.id
    if isinstance(plan, str):
        return plan
    raise InputError(
        f"plan = {plan!r:.100}: a server carries out plans that it keeps. Expected one of "
        "`Client.plan_balance`, or the id of one."
    )
