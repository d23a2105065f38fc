"""Any request carried out, whatever its verb."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from trimtab._run import Run
from trimtab.errors import InputError
from trimtab.request.balance import Balance
from trimtab.request.base import Request
from trimtab.request.complete import Complete
from trimtab.request.evaluate import Evaluate
from trimtab.request.fit import Fit
from trimtab.request.impute import Impute
from trimtab.request.prove import Prove
from trimtab.request.sample import Sample

VERBS: dict[type[Request], str] = {
    Balance: "trimtab.verbs.balance",
    Complete: "trimtab.verbs.complete",
    Evaluate: "trimtab.verbs.evaluate",
    Fit: "trimtab.verbs.fit",
    Impute: "trimtab.verbs.impute",
    Prove: "trimtab.verbs.prove",
    Sample: "trimtab.verbs.sample",
}


def carry_out(request: Request, data: Any, run: Run, **beside: Any) -> Any:
    """The result of a request. Raises InputError for what is none.

    data     the table, or the synthesizer to draw from
    beside   what the function of this name in the verb's module takes besides: other tables,
             models and places
    """
    home = next((home for kind, home in VERBS.items() if isinstance(request, kind)), None)
    if home is None:
        known = ", ".join(kind.__name__ for kind in VERBS)
        raise InputError(f"request = {request!r:.200}: expected one of trimtab.request: {known}.")
    return import_module(home).carry_out(request, data, run, **beside)
