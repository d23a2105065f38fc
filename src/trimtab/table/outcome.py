"""A careful guess of the column that a table is about."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab.table import personal
from trimtab.table.profile import Profile
from trimtab.table.schema import Column, Kind, Role

# Names of outcomes whatever they hold, and names of outcomes if they hold a few labels.
_SURE = frozenset({"target", "label", "class", "outcome", "y", "response"})
_LIKELY = frozenset(
    {"income", "stroke", "churn", "churned", "died", "death", "mortality", "readmitted", "fraud"}
    | {"isfraud", "survived", "diagnosis", "species", "attrition", "exited", "approved", "default"}
    | {"loanstatus", "creditrisk"}
)
_ABOUT_PEOPLE = frozenset(
    {"sex", "gender", "race", "ethnicity", "marital", "religion", "nationality", "country"}
    | {"education", "state", "county", "region", "language"}
)
_FEW_CLASSES = 3


def guessed(columns: Sequence[Column], profiles: Sequence[Profile]) -> list[Column]:
    """The columns, at most one of them marked as the outcome, with the reason added."""
    choice = _choice(columns, profiles)
    if choice is None:
        return list(columns)
    chosen, why = choice
    marked = chosen.model_copy(
        update={"role": Role.OUTCOME, "reason": f"{chosen.reason}; guessed as the outcome: {why}"}
    )
    return [marked if column is chosen else column for column in columns]


def _choice(columns: Sequence[Column], profiles: Sequence[Profile]) -> tuple[Column, str] | None:
    kinds = (Kind.FLAG, Kind.LABEL)
    kept = [c for c in columns if c.role is Role.KEEP]
    labels = [c for c in kept if c.kind in kinds]
    sure = [c for c in kept if c.kind in (*kinds, Kind.NUMBER) and _joined(c) in _SURE]
    for candidates in (sure, [c for c in labels if _likely(c)]):
        if candidates:
            return candidates[-1], f"its name {candidates[-1].name!r} says so"
    last = columns[-1]
    words = set(personal.words(last.name))
    apt = last in labels and len(columns) > 1 and not words & _ABOUT_PEOPLE and not last.flags
    if apt and profiles[-1].n <= _FEW_CLASSES:
        return last, f"it is the last column and has {profiles[-1].n} values"
    return None


def _joined(column: Column) -> str:
    return "".join(personal.words(column.name))


def _likely(column: Column) -> bool:
    parts = personal.words(column.name)
    return (
        _joined(column) in _LIKELY
        or (len(parts) > 1 and parts[-1] == "recid")
        or parts[:2] == ("default", "payment")
    )
