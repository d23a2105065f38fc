"""The queue of DBOS, spoken to by its public calls alone: who waits, who is under way.

It decides when it is whose turn, and how many at a time; what a job is stands in our table alone. A
workflow is one attempt, by its id: to enqueue it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from dbos import DBOS, DBOSConfig

from trimtab.server.jobs.serializer import Plain
from trimtab.server.policy import Policy

_QUEUE, _WORKFLOW = "jobs", "attempt"
_VERSION = "1"  # of what a workflow is: ids and numbers; never that of trimtab
_SECONDS_BETWEEN_LOOKS = 0.5
_FOREVER = None
_LIVE = ("ENQUEUED", "DELAYED", "PENDING")
_AT_A_TIME = 500

Attempt = tuple[str, int]


class Dispatch:
    """The queue, from its making until `close`. One a process, which is how DBOS is made.

    url         of its database
    worker      the id of this process: never that of another, so that DBOS gives nothing to two
    carry_out   an attempt at a job, when it is its turn
    """

    def __init__(
        self, url: str, worker: str, policy: Policy, carry_out: Callable[[str, int], None]
    ) -> None:
        config: DBOSConfig = {
            "name": "trimtab",
            "system_database_url": url,
            "application_version": _VERSION,
            "executor_id": worker,
            "serializer": Plain(),
            "log_level": "ERROR",
            "console_log_level": "ERROR",
            "enable_otlp": False,
        }
        DBOS(config=config)

        def attempt(job: str, number: int) -> None:
            carry_out(job, number)

        DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=_FOREVER)(attempt)
        DBOS.launch()
        DBOS.register_queue(
            _QUEUE,
            worker_concurrency=policy.jobs_at_once,
            partition_concurrency=policy.jobs_at_once_per_user,
            polling_interval_sec=_SECONDS_BETWEEN_LOOKS,
            on_conflict="always_update",
        )

    def enqueue(self, job: str, attempt: int, user: str) -> None:
        """Have an attempt carried out when it is its turn among those of its user."""
        DBOS.enqueue_workflow_with_options(
            {
                "workflow_name": _WORKFLOW,
                "queue_name": _QUEUE,
                "workflow_id": _name(job, attempt),
                "app_version": _VERSION,
                "queue_partition_key": user,
            },
            job,
            attempt,
        )

    def release(self, living: set[str]) -> None:
        """Free the places in the queue of workers that live no more."""
        held = DBOS.list_workflows(
            status="PENDING", queue_name=_QUEUE, load_input=False, load_output=False
        )
        gone = [found.workflow_id for found in held if found.executor_id not in living]
        if gone:
            DBOS.cancel_workflows(gone)

    def known(self, attempts: Iterable[Attempt]) -> dict[Attempt, bool]:
        """Those of the attempts that the queue knows, and whether it will, or does, begin them."""
        names = {_name(*attempt): attempt for attempt in attempts}
        listed, found = list(names), {}
        for k in range(0, len(listed), _AT_A_TIME):
            for row in DBOS.list_workflows(
                workflow_ids=listed[k : k + _AT_A_TIME], load_input=False, load_output=False
            ):
                found[names[row.workflow_id]] = row.status in _LIVE
        return found

    def forget(self, before_seconds: float) -> None:
        """Remove from the queue's tables what ended before a time."""
        ended = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            completed_before=datetime.fromtimestamp(before_seconds, UTC).isoformat(),
            load_input=False,
            load_output=False,
            limit=_AT_A_TIME,
        )
        if ended:
            DBOS.delete_workflows([row.workflow_id for row in ended])

    def close(self) -> None:
        """Take no more."""
        DBOS.destroy(destroy_registry=True)


def _name(job: str, attempt: int) -> str:
    return f"{job}.{attempt}"
