"""The arguments of a client's verbs: those of the request, and how it is carried out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic_core import PydanticUndefined

from trimtab._run import silent
from trimtab._validate import several
from trimtab.errors import InputError
from trimtab.plan.balance.counts import counts_rows
from trimtab.request.base import Request
from trimtab.table.output_path import check_output_path

Verb = TypeVar("Verb", bound=Callable[..., Any])
_HOW: dict[str, Any] = {"project": None, "submit": False, "progress": silent}
_GANS = ("protected", "protected_shares", "target_shares", "recipe")
_REPORTS = (".html", ".json")


def asks(request: type[Request], *more: str, report: bool = False) -> Callable[[Verb], Verb]:
    """Have a verb show all that it takes: the fields of a request stand for `**asked`."""

    def shown(verb: Verb) -> Verb:
        own = inspect.signature(verb)
        named = [p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD]
        known = {p.name for p in named}
        how = _HOW | ({"report": None} if report else {})
        rest = {
            name: inspect.Parameter.empty if f.default is PydanticUndefined else f.default
            for name, f in request.fields().items()
        }
        rest |= dict.fromkeys(more) | how
        keywords = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value)
            for name, value in rest.items()
            if name not in known
        ]
        verb.__signature__ = own.replace(parameters=[*named, *keywords])  # type: ignore[attr-defined]
        return verb

    return shown


def without(asked: dict[str, Any]) -> dict[str, Any]:
    """How it is to be carried out, which is taken out of what is asked."""
    how = {name: asked.pop(name, default) for name, default in _HOW.items()}
    if "report" in asked:
        how["report"] = asked.pop("report")
    return how


def fit_options(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What `trimtab.fit` takes, as the fields of its request."""
    rest = {name: value for name, value in asked.items() if name not in _GANS}
    protected, outcome = asked.get("protected", ()), asked.get("outcome")
    of_gans: dict[str, Any] = {
        "protected": several(protected),
        "protected_shares": counts_rows(asked.get("protected_shares"), protected or None),
        "target_shares": counts_rows(asked.get("target_shares"), outcome or None),
        "recipe": asked.get("recipe") or {},
    }
    said = {name: value for name, value in of_gans.items() if value not in (None, (), {})}
    return rest | {"options": said | dict(asked.get("options") or {})}


def checked_report(report: Any, holdout: float, submit: bool) -> Path | None:
    """Where a report is to be written. Raises InputError where there would be none."""
    if report is None:
        return None
    place = Path(report)
    if place.suffix.lower() not in _REPORTS:
        raise InputError(f"report = {str(report)!r}: a server writes {' and '.join(_REPORTS)}.")
    if not holdout:
        raise InputError(
            "report: a server judges by rows that were held out: add `holdout=0.2`, or judge the "
            "table with `evaluate()`."
        )
    if submit:
        raise InputError("report: with `submit=True` ask the job for it: job.report(path).")
    check_output_path(place)
    return place
