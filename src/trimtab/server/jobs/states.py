"""The states of a job, and the only code that changes them.

    queued -> running -> succeeded | failed | cancelled | interrupted

Every change asks what the job was (its state, its attempt, who holds the lease of that) in the same
statement that changes it, and tells of it in an event of the same transaction: whoever comes too
late changes nothing. The first statement of each takes the job's row, so that events are numbered
one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, update

from trimtab.server.database.owned import ARTIFACTS, JOBS, MODELS, Row
from trimtab.server.database.tables import events, jobs
from trimtab.server.problems import Conflict, NotFound, problem

ENDED: Final = ("succeeded", "failed", "cancelled")
_AGAIN = ("failed", "cancelled", "interrupted")
_ON = ("failed", "interrupted")
_BY_USERS = ("submitted", "retried", "resumed")  # why a job is queued; from there deaths count


@dataclass(frozen=True)
class Lease:
    """The right of a worker to one attempt at a job: nobody else commits what comes of it."""

    job: str
    attempt: int
    worker: str


@dataclass(frozen=True)
class Told:
    """What an attempt tells on the way: of what kind (log, metric), and what."""

    kind: str
    content: Mapping[str, Any]


def submit(
    connection: Connection,
    *,
    team: str,
    user: str,
    project: str,
    kind: str,
    request: Mapping[str, Any],
    inputs: Mapping[str, str],
) -> Row:
    """A new job, queued."""
    row = JOBS.add(
        connection,
        team,
        project_id=project,
        created_by=user,
        kind=kind,
        request=dict(request),
        inputs=dict(inputs),
        state="queued",
        attempt=1,
        worker_id=None,
        cancel_asked=False,
        progress=None,
        problem=None,
        result=None,
        started_at=None,
        ended_at=None,
    )
    _note(connection, row["id"], "state", {"state": "queued", "attempt": 1, "why": "submitted"})
    return row


def cancel(connection: Connection, job: Row) -> Row:
    """Cancel a job: at once where it waits; where it runs, its worker hears of it.

    Raises Conflict for one that ended otherwise.
    """
    now = _taken(connection, job["id"])
    if now["state"] in ("queued", "interrupted"):
        return _changed(connection, now, "cancelled", "asked", ended_at=time.time())
    if now["state"] == "running":
        connection.execute(_at(now).values(cancel_asked=True))
        return {**now, "cancel_asked": True}
    if now["state"] == "cancelled":
        return now
    raise Conflict(f"the job has {now['state']} already: there is nothing to cancel.")


def retry(connection: Connection, job: Row) -> Row:
    """Queue a job that ended without a result once more, from its beginning. Raises Conflict."""
    return _once_more(connection, job, _AGAIN, "retried")


def resume(connection: Connection, job: Row) -> Row:
    """Queue a job that failed or was interrupted, to go on from where it was. Raises Conflict."""
    return _once_more(connection, job, _ON, "resumed")


def resume_interrupted(connection: Connection) -> list[Row]:
    """Queue all jobs that a server which stopped has interrupted, to go on where they were."""
    chosen = select(jobs.c.id).where(jobs.c.state == "interrupted")
    found = [_taken(connection, id) for id in connection.execute(chosen).scalars().all()]
    return [
        _queued_again(connection, row, "restarted")
        for row in found
        if row["state"] == "interrupted"
    ]


def any_interrupted(connection: Connection) -> bool:
    """Whether there are such jobs."""
    found = connection.execute(select(jobs.c.id).where(jobs.c.state == "interrupted").limit(1))
    return found.first() is not None


def renew(connection: Connection, job: str, attempt: int) -> Row | None:
    """A new attempt at a job that waits, where the queue lost sight of it; None if it does not."""
    now = _found(connection, job)
    if now is None or (now["state"], now["attempt"]) != ("queued", attempt):
        return None
    return _queued_again(connection, now, "requeued")


def waits(connection: Connection, job: str, attempt: int) -> Row | None:
    """The job, if it waits for this attempt."""
    chosen = select(jobs).where(
        jobs.c.id == job, jobs.c.attempt == attempt, jobs.c.state == "queued"
    )
    row = connection.execute(chosen).mappings().first()
    return None if row is None else dict(row)


def has_room(connection: Connection, job: Row, worker: str, at_once: int, of_user: int) -> bool:
    """Whether a worker, and the one who ordered a job, have less under way than they may."""
    running = select(func.count()).select_from(jobs).where(jobs.c.state == "running")
    here = running.where(jobs.c.worker_id == worker)
    theirs = running.where(jobs.c.created_by == job["created_by"])
    if (connection.execute(here).scalar() or 0) >= at_once:
        return False
    return (connection.execute(theirs).scalar() or 0) < of_user


def claim(connection: Connection, lease: Lease) -> bool:
    """Give a worker the lease of an attempt, if the job waits for it."""
    waiting = (
        update(jobs)
        .where(jobs.c.id == lease.job, jobs.c.attempt == lease.attempt, jobs.c.state == "queued")
        .values(state="running", worker_id=lease.worker, started_at=time.time(), progress=None)
    )
    if connection.execute(waiting).rowcount != 1:
        return False
    _note(connection, lease.job, "state", {"state": "running", "attempt": lease.attempt})
    return True


def tell(
    connection: Connection,
    lease: Lease,
    progress: Mapping[str, Any] | None = None,
    told: Sequence[Told] = (),
) -> bool | None:
    """Note how far an attempt is; whether to cancel it, or None where the lease is lost."""
    if progress is None and not told:
        chosen = select(jobs.c.cancel_asked).where(*_holds(lease))
        return connection.execute(chosen).scalar()
    values = {"worker_id": lease.worker} if progress is None else {"progress": dict(progress)}
    changed = update(jobs).where(*_holds(lease)).values(**values)
    if connection.execute(changed).rowcount != 1:
        return None
    for line in told:
        _note(connection, lease.job, line.kind, line.content)
    if progress is not None:
        _note(connection, lease.job, "progress", progress)
    asked = select(jobs.c.cancel_asked).where(jobs.c.id == lease.job)
    return bool(connection.execute(asked).scalar())


def finish(
    connection: Connection,
    lease: Lease,
    result: Mapping[str, Any],
    artifacts: Sequence[Mapping[str, Any]] = (),
    model: Mapping[str, Any] | None = None,
) -> bool:
    """Keep what came of an attempt, once and whole; False where the lease is lost.

    artifacts   name, public, file, bytes, sha256 of each
    model       name, summary, file, bytes, sha256
    """
    if not _end(connection, lease, "succeeded", result=dict(result), problem=None):
        return False
    job = _taken(connection, lease.job)
    of = {"project_id": job["project_id"], "job_id": job["id"]}
    for artifact in artifacts:
        ARTIFACTS.add(connection, job["team_id"], **of, **artifact)
    if model is not None:
        MODELS.add(connection, job["team_id"], **of, created_by=job["created_by"], **model)
    return True


def fail(connection: Connection, lease: Lease, problem: Mapping[str, Any]) -> bool:
    """End an attempt, and the job, with a problem; False where the lease is lost."""
    return _end(connection, lease, "failed", problem=dict(problem))


def cancelled(connection: Connection, lease: Lease) -> bool:
    """End an attempt that was asked to end; False where the lease is lost."""
    return _end(connection, lease, "cancelled")


def interrupt(connection: Connection, lease: Lease) -> bool:
    """End an attempt because its server stops: it can go on; False where the lease is lost."""
    return _end(connection, lease, "interrupted", ended_at=None)


def orphan(connection: Connection, lease: Lease, tries: int) -> Row | None:
    """Take the lease of a worker that died: the job as it is then, None where it held none.

    It is queued again, but for one that was to be cancelled, or whose workers have died `tries`
    times.
    """
    now = _found(connection, lease.job)
    if now is None or (now["state"], now["attempt"], now["worker_id"]) != (
        "running",
        lease.attempt,
        lease.worker,
    ):
        return None
    if now["cancel_asked"]:
        return _changed(connection, now, "cancelled", "asked", ended_at=time.time())
    if _deaths(connection, lease.job) + 1 < tries:
        return _queued_again(connection, now, "died")
    return _changed(connection, now, "failed", "died", ended_at=time.time(), problem=died(tries))


def died(tries: int) -> dict[str, Any]:
    """The problem of a job whose workers die."""
    return problem(
        500,
        "died",
        f"the job was begun {tries} times, and each time the process that carried it out died. "
        "Ask the operator whether the machine has memory enough; then retry it, or ask for less.",
    )


def beginning(connection: Connection, job: str) -> int:
    """The attempt from which on attempts go on from one another: the first, or the last retry."""
    return max(
        content["attempt"]
        for content in _said(connection, job)
        if content.get("why") in ("submitted", "retried")
    )


def running(connection: Connection) -> list[Lease]:
    """The leases that are held."""
    chosen = select(jobs.c.id, jobs.c.attempt, jobs.c.worker_id).where(jobs.c.state == "running")
    return [Lease(*row) for row in connection.execute(chosen).all()]


def queued(connection: Connection) -> list[Row]:
    """The jobs that wait: id, attempt, created_by."""
    chosen = select(jobs.c.id, jobs.c.attempt, jobs.c.created_by).where(jobs.c.state == "queued")
    return [dict(row) for row in connection.execute(chosen.order_by(jobs.c.created_at)).mappings()]


def _once_more(connection: Connection, job: Row, states: Sequence[str], why: str) -> Row:
    now = _taken(connection, job["id"])
    if now["state"] not in states:
        raise Conflict(f"the job is {now['state']}: expected one that is {' or '.join(states)}.")
    return _queued_again(connection, now, why)


def _queued_again(connection: Connection, now: Row, why: str) -> Row:
    return _changed(
        connection,
        now,
        "queued",
        why,
        attempt=now["attempt"] + 1,
        worker_id=None,
        cancel_asked=False,
        problem=None,
        progress=None,
        started_at=None,
        ended_at=None,
    )


def _changed(connection: Connection, now: Row, state: str, why: str, **values: Any) -> Row:
    """A job whose row is taken, in another state."""
    changed = {"worker_id": None, **values, "state": state}
    connection.execute(_at(now).values(**changed))
    row = {**now, **changed}
    _note(connection, now["id"], "state", {"state": state, "attempt": row["attempt"], "why": why})
    return row


def _end(connection: Connection, lease: Lease, state: str, **values: Any) -> bool:
    """The end of an attempt by the one who holds its lease; False where that is lost."""
    ended = {"state": state, "worker_id": None, "ended_at": time.time(), **values}
    if connection.execute(update(jobs).where(*_holds(lease)).values(**ended)).rowcount != 1:
        return False
    _note(connection, lease.job, "state", {"state": state, "attempt": lease.attempt})
    return True


def _holds(lease: Lease) -> tuple[Any, ...]:
    return (
        jobs.c.id == lease.job,
        jobs.c.attempt == lease.attempt,
        jobs.c.worker_id == lease.worker,
        jobs.c.state == "running",
    )


def _at(now: Row) -> Any:
    return update(jobs).where(
        jobs.c.id == now["id"], jobs.c.state == now["state"], jobs.c.attempt == now["attempt"]
    )


def _found(connection: Connection, job: str) -> Row | None:
    """A job whose row nobody else changes until the end of the transaction."""
    row = connection.execute(select(jobs).where(jobs.c.id == job).with_for_update()).mappings()
    return None if (found := row.first()) is None else dict(found)


def _taken(connection: Connection, job: str) -> Row:
    found = _found(connection, job)
    if found is None:
        raise NotFound("there is no such job any more: see the list of them.")
    return found


def _deaths(connection: Connection, job: str) -> int:
    """How often workers have died over a job since a user last asked for it."""
    many = 0
    for content in _said(connection, job):
        why = content.get("why")
        many = 0 if why in _BY_USERS else many + (why == "died")
    return many


def _said(connection: Connection, job: str) -> list[Any]:
    """The contents of a job's changes of state."""
    chosen = select(events.c.content).where(events.c.job_id == job, events.c.kind == "state")
    return list(connection.execute(chosen.order_by(events.c.number)).scalars())


def _note(connection: Connection, job: str, kind: str, content: Mapping[str, Any]) -> None:
    last = select(func.max(events.c.number)).where(events.c.job_id == job)
    number = (connection.execute(last).scalar() or 0) + 1
    row = {"job_id": job, "number": number, "kind": kind, "content": dict(content)}
    connection.execute(insert(events).values(**row, at=time.time()))
