"""The sweeper: whatever a worker that died left undone is done by another.

Again and again it compares the table of jobs, which is the truth, with who lives and with what the
queue knows, and mends what differs.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass, field

from trimtab.server.database.database import Database
from trimtab.server.jobs import states
from trimtab.server.jobs.dispatch import Attempt, Dispatch
from trimtab.server.jobs.worker import Watch, remove_locks

_LOG = logging.getLogger("trimtab.server.jobs")
_SECONDS_KNOWN = 30.0  # that an attempt counts as known to the queue without another look
_SECONDS_REMEMBERED = 3600.0  # by the queue, of what ended
_SECONDS_BETWEEN_FORGETTINGS = 600.0


@dataclass
class Sweeper:
    """One who sweeps.

    tries   by how many workers a job is begun, one after the other having died
    """

    database: Database
    dispatch: Dispatch
    watch: Watch
    tries: int
    _known: set[Attempt] = field(default_factory=set)
    _known_at: float = 0.0
    _forgot_at: float = -math.inf

    def sweep(self) -> None:
        """Mend what differs. Raises Away where the database is."""
        living = self._free_the_orphaned()
        self.dispatch.release(living)
        self._enqueue_the_forgotten()
        if time.monotonic() - self._forgot_at > _SECONDS_BETWEEN_FORGETTINGS:
            self._forgot_at = time.monotonic()
            self.dispatch.forget(time.time() - _SECONDS_REMEMBERED)
            remove_locks(self.watch.folder, living)

    def _free_the_orphaned(self) -> set[str]:
        """Give new attempts to the jobs of dead workers; those that live."""
        with self.database.reading() as connection:
            living, dead = self.watch.told_apart(connection)
            held = states.running(connection)
            interrupted = states.any_interrupted(connection)
        lost = [lease for lease in held if lease.worker not in living]
        if not (dead or lost or interrupted):
            return living
        with self.database.writing() as connection:
            # In the order of their rows, so that two who sweep never wait for each other.
            in_order = sorted(lost, key=lambda lease: lease.job)
            freed = [one for one in in_order if states.orphan(connection, one, self.tries)]
            for worker in dead:
                self.watch.bury(connection, worker)
            states.resume_interrupted(connection)
        for lease in freed:
            _LOG.warning("%s.%d: its worker died", lease.job, lease.attempt)
        return living

    def _enqueue_the_forgotten(self) -> None:
        """Have the queue know every job that waits, whoever died between the two."""
        with self.database.reading() as connection:
            waiting = {(row["id"], row["attempt"]): row for row in states.queued(connection)}
        if time.monotonic() - self._known_at > _SECONDS_KNOWN:
            self._known, self._known_at = set(), time.monotonic()
        asked = [attempt for attempt in waiting if attempt not in self._known]
        known = self.dispatch.known(asked)
        for attempt in asked:
            job, number = attempt
            user = str(waiting[attempt]["created_by"])
            if known.get(attempt) is False:  # it was begun, and ended without a claim
                with self.database.writing() as connection:
                    row = states.renew(connection, job, number)
                if row is None:
                    continue
                number = row["attempt"]
            if known.get(attempt) is not True:
                self.dispatch.enqueue(job, number, user)
            self._known.add((job, number))
