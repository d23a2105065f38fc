"""Ordering a job: what it asks is within the policy, what it names is there, and there is room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from trimtab.request.base import Request
from trimtab.server.access.audit import note
from trimtab.server.access.caller import Caller
from trimtab.server.database import tables
from trimtab.server.database.owned import JOBS, PROJECTS, Row, thing
from trimtab.server.jobs import states
from trimtab.server.jobs.kinds import Kind
from trimtab.server.policy import Policy
from trimtab.server.problems import TooMany, Unfit
from trimtab.server.removal import check_space
from trimtab.server.service import Service

_ACTIVE = ("queued", "running", "interrupted")


def order(
    service: Service,
    caller: Caller,
    kind: Kind,
    project: str,
    request: Request,
    inputs: Mapping[str, str | None],
) -> Row:
    """The row of a new job, which waits for its turn.

    inputs   name of the argument -> id of a dataset, a model, a plan or an artifact

    Raises Unfit, NotFound, TooMany and NoRoom.
    """
    check_request(request, service.policy)
    named = {name: id for name, id in inputs.items() if id is not None}
    with service.database.writing() as connection:
        PROJECTS.get(connection, caller.team, project)
        for name, id in named.items():
            check_input(connection, caller.team, kind, name, id)
        _check_waiting(connection, caller, service.policy)
        check_space(connection, service, caller.team)
        row = states.submit(
            connection,
            team=caller.team,
            user=caller.user,
            project=project,
            kind=kind.verb,
            request=request.to_dict(),
            inputs=named,
        )
        note(connection, caller, f"{kind.verb} ordered", row["id"])
    service.queue.enqueue(row["id"], row["attempt"], caller.user)
    return row


def again(service: Service, caller: Caller, id: str, *, resume: bool) -> Row:
    """A job that ended, queued once more: from its beginning, or from where it was.

    Raises NotFound, and Conflict for a job that did not end so.
    """
    with service.database.writing() as connection:
        job = JOBS.get(connection, caller.team, id)
        _check_waiting(connection, caller, service.policy)
        row = (states.resume if resume else states.retry)(connection, job)
        note(connection, caller, "job resumed" if resume else "job retried", id)
    service.queue.enqueue(id, row["attempt"], str(job["created_by"]))
    return row


def check_input(connection: Connection, team: str, kind: Kind, name: str, id: str) -> Row:
    """The row of what an argument names. Raises Unfit for another kind of thing, NotFound."""
    wanted = kind.inputs[name]
    found = thing(connection, team, id, wanted)
    if found is None:
        raise Unfit(f"{name} = {id!r:.80}: expected the id of a {' or a '.join(wanted)}.")
    return found[1]


def check_request(request: Request, policy: Policy) -> None:
    """Refuse what is beyond the policy. Raises Unfit, which names the field and its bound."""
    asked = request.model_dump(mode="python")
    for name, most in {
        "minutes": policy.training_minutes,
        "rows": policy.generated_rows,
        "persons": policy.generated_rows,
        "multiple": policy.most_tables,
    }.items():
        value = asked.get(name)
        if value is not None and value > most:
            raise Unfit(f"{name} = {value:,}: this server allows at most {most:,}.")
    if asked.get("min_count", policy.least_min_count) < policy.least_min_count:
        raise Unfit(
            f"min_count = {asked['min_count']}: this server allows no less than "
            f"{policy.least_min_count}, so that nothing shows what fewer rows or persons hold."
        )
    if _counted(asked.get("to")) > policy.generated_rows:
        raise Unfit(f"to: this server allows at most {policy.generated_rows:,} rows in all.")


def _counted(to: Any) -> float:
    """The rows that a table of counts asks for."""
    if not isinstance(to, (tuple, list)):
        return 0
    counts = [cell.get("count") for cell in to]
    return sum(count for count in counts if isinstance(count, (int, float)))


def _check_waiting(connection: Connection, caller: Caller, policy: Policy) -> None:
    jobs = tables.jobs
    active = (
        select(func.count())
        .select_from(jobs)
        .where(jobs.c.created_by == caller.user, jobs.c.state.in_(_ACTIVE))
    )
    many = connection.execute(active).scalar() or 0
    if many >= policy.jobs_waiting_per_user:
        raise TooMany(
            f"{many} of your jobs wait or run, as many as this server allows: wait for one, or "
            "cancel one.",
            headers={"Retry-After": "30"},
        )
