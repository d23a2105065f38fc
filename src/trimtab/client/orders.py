"""What is sent to order a job, and who gives back what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from trimtab.client.connection import Connection, new_key
from trimtab.client.datasets import Dataset, brought
from trimtab.client.jobs import Job
from trimtab.client.models import Model, model_of
from trimtab.client.plans import id_of
from trimtab.client.results import MAKERS
from trimtab.errors import InputError
from trimtab.request.base import Request
from trimtab.request.sample import Sample


def ordered(
    connection: Connection,
    project: str,
    request: Request,
    data: Any,
    beside: Mapping[str, Any],
) -> Job:
    """A new job that carries out a request.

    project   its id
    data      a table to be brought; of `sample` a model, its id or its file
    beside    other arguments of the verb: tables, models and plans, or their ids
    """
    first = (_model if request.verb == Sample.verb else brought)(connection, project, data)
    content: dict[str, Any] = {
        "project": project,
        "data": first.id,
        "request": request.model_dump(mode="json"),
    }
    for name, given in beside.items():
        if given is None or (isinstance(given, tuple) and not given):
            continue
        if name not in _BESIDE:
            raise InputError(
                f"{name}: a server takes none for {request.verb}: expected some of "
                f"{', '.join(_BESIDE)}."
            )
        content[name] = _BESIDE[name](connection, project, given)
    told = connection.post(f"/jobs/{request.verb}", content, key=new_key())
    make = partial(_made, data=first)
    return Job(told["id"], request.verb, connection, make)


def found(connection: Connection, told: Mapping[str, Any]) -> Job:
    """A job that was ordered before."""
    return Job(told["id"], told["kind"], connection, _made)


def _made(job: Job, told: Mapping[str, Any], data: Any = None) -> Any:
    """The result of a job that has succeeded."""
    if data is None:
        id = told["inputs"]["data"]
        model = job.kind == Sample.verb
        data = model_of(job.connection, id) if model else Dataset(id, job.connection)
    return MAKERS[job.kind](job, told, data)


def _model(connection: Connection, project: str, given: Any) -> Model:
    if isinstance(given, Model):
        return given
    if isinstance(given, (str, Path)):
        return model_of(connection, str(given), project)
    raise InputError(
        f"model = {given!r:.100}: expected a model of the server, its id (md_...), or the path of "
        "a model file."
    )


def _table_id(connection: Connection, project: str, given: Any) -> str:
    return brought(connection, project, given).id


def _model_id(connection: Connection, project: str, given: Any) -> str:
    return _model(connection, project, given).id


def _plan_id(connection: Connection, project: str, given: Any) -> str:
    return id_of(given)


_BESIDE: dict[str, Callable[[Connection, str, Any], str]] = {
    "given": _table_id,
    "synthetic": _table_id,
    "holdout": _table_id,
    "plan": _plan_id,
    "stages": _model_id,
    "synthesizer": _model_id,
}
