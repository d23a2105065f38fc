"""Where commands do their work: here, or on a server. The one place that tells these apart."""

from __future__ import annotations

import tempfile
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trimtab.errors import InputError

if TYPE_CHECKING:
    from trimtab._run import Run
    from trimtab.client.client import Client
    from trimtab.request.balance import Balance
    from trimtab.request.base import Request
    from trimtab.synthesis.synthesizer import Synthesizer

THERE = ("balance", "complete", "evaluate", "fit", "impute", "prove", "sample")
_client: ContextVar[Client | None] = ContextVar("client", default=None)


def work_at(url: str | None, project: str, command: str | None) -> None:
    """Say where the work of a command is done: on the server of a URL, or here.

    Raises InputError for a command that is for here alone, or without a token.
    """
    _client.set(None)
    if url is None:
        return
    if command not in THERE:
        raise InputError(
            f"--server: {command} is done here: leave it out. On a server there are "
            f"{', '.join(THERE)}."
        )
    from trimtab.client.client import Client

    _client.set(Client(url, project=project))


def check_here(**options: Any) -> None:
    """Refuse options that a server does not have. Raises InputError."""
    given = [flag for flag, value in options.items() if value]
    if _client.get() is not None and given:
        raise InputError(
            f"{', '.join(given)}: not with --server, where the work is done elsewhere: leave it "
            "out."
        )


def carry_out(request: Request, data: Any, run: Run, **beside: Any) -> Any:
    """What a request gives, as `trimtab.carry_out` has it, wherever that is done."""
    client = _client.get()
    if client is None:
        from trimtab.verbs.carry_out import carry_out as here

        return here(request, data, run, **beside)
    return _there(client, request, data, run, beside)


def plan_of(request: Balance, data: Any) -> Any:
    """The plan of a request to balance, wherever it is made."""
    client = _client.get()
    if client is None:
        from trimtab.verbs.balance import plan_of as here

        return here(request, data)
    return client.plan(request, data)


def load(place: str) -> Synthesizer:
    """The model of a file; or of an id, such as md_..., of the server."""
    from trimtab.synthesis.synthesizer import load as here

    client = _client.get()
    if client is None or Path(place).exists() or not place.startswith("md_"):
        return here(place)
    with tempfile.TemporaryDirectory(prefix="trimtab-") as folder:
        brought = Path(folder) / "model.trimtab"
        client.models.get(place).save(brought)
        return here(brought)


def _there(client: Client, request: Request, data: Any, run: Run, beside: dict[str, Any]) -> Any:
    """What a server gives; its files are brought here, and the report is written here."""
    report, output = beside.pop("report", None), beside.pop("output", None)
    beside.pop("asked", None)
    if report is not None and not getattr(request, "holdout", 0):
        raise InputError(
            "--report: a server judges by rows that were held out: add --holdout 0.2, or judge the "
            "table with evaluate."
        )
    with tempfile.TemporaryDirectory(prefix="trimtab-") as folder:
        place = Path(folder) / "model.trimtab"
        if request.verb == "sample":
            data.save(place)
            data = client.load(place)
        elif beside.get("synthesizer") is not None:
            beside["synthesizer"].save(place)
            beside["synthesizer"] = client.load(place)
        made = client.carry_out(request, data, run, **beside)
        if request.verb == "fit":
            made.save(place)
            return load(str(place))
    if output is not None:
        from trimtab.table.writing import write

        write(made.result, output)
    if report is not None:
        from trimtab.verbs.report import write_report

        write_report(made.scorecard, report)
    return made
