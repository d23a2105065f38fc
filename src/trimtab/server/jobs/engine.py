"""The queue of the service: this process as a worker, with its sweeper and its place in DBOS."""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import dataclass

from trimtab.server.database.database import Database
from trimtab.server.files import Files
from trimtab.server.jobs.attempt import Attempts
from trimtab.server.jobs.dispatch import Dispatch
from trimtab.server.jobs.sweeper import Sweeper
from trimtab.server.jobs.worker import SECONDS_BETWEEN_BEATS, Watch, Worker
from trimtab.server.settings import Settings

_LOG = logging.getLogger("trimtab.server.jobs")
_SECONDS_BETWEEN_SWEEPS = 2.0
_SECONDS_TO_JOIN = 5.0


@dataclass
class _Running:
    """The parts of an engine that runs."""

    worker: Worker
    dispatch: Dispatch
    threads: tuple[threading.Thread, ...] = ()


class Engine:
    """The queue: what is enqueued is carried out by this process, or by another of its kind.

    To enqueue waits for nobody: the queue hears of it from a thread, and from the table of jobs
    where that thread dies before it could say so.
    """

    def __init__(self, settings: Settings, database: Database, files: Files) -> None:
        self._settings, self._database, self._files = settings, database, files
        self._stopping = threading.Event()
        self._fed: queue.SimpleQueue[tuple[str, int, str] | None] = queue.SimpleQueue()
        self._under_way: set[tuple[str, int]] = set()
        self._idle = threading.Condition()
        self._attempts: Attempts | None = None
        self._running: _Running | None = None

    @property
    def alive(self) -> bool:
        """Whether it takes jobs."""
        parts = self._running
        return (
            parts is not None
            and not self._stopping.is_set()
            and all(thread.is_alive() for thread in parts.threads)
        )

    def launch(self) -> None:
        """Begin to carry out jobs, those that were left undone among them. Raises Away."""
        if self._running is not None:
            return
        self._stopping.clear()
        policy, folder = self._settings.policy, self._settings.data / "workers"
        worker = Worker(self._database, folder)
        self._attempts = Attempts(self._database, self._files, policy, worker.id, self._stopping)
        dispatch = Dispatch(self._settings.queue_url, worker.id, policy, self._carry_out)
        self._running = parts = _Running(worker, dispatch)
        sweeper = Sweeper(self._database, dispatch, Watch(folder), policy.job_tries)
        parts.threads = tuple(
            threading.Thread(target=work, args=args, name=f"trimtab-{name}", daemon=True)
            for name, work, args in (
                ("beat", self._again, (worker.beat, SECONDS_BETWEEN_BEATS)),
                ("sweep", self._again, (sweeper.sweep, _SECONDS_BETWEEN_SWEEPS)),
                ("feed", self._feed, (dispatch,)),
            )
        )
        for thread in parts.threads:
            thread.start()

    def enqueue(self, job: str, attempt: int, user: str) -> None:
        """Have an attempt at a job carried out, once, when it is its turn."""
        self._fed.put((job, attempt, user))

    def stop(self, seconds: float) -> None:
        """Take no more; have those under way interrupted, so that they can be resumed."""
        parts = self._running
        if parts is None:
            return
        self._stopping.set()
        self._fed.put(None)
        with self._idle:
            self._idle.wait_for(lambda: not self._under_way, seconds)
        for thread in parts.threads:
            thread.join(_SECONDS_TO_JOIN)
        parts.dispatch.close()
        parts.worker.end()
        self._running = None

    def _carry_out(self, job: str, attempt: int) -> None:
        """An attempt, in a thread of DBOS; it never raises, for DBOS would keep the error."""
        if self._attempts is None:
            return
        with self._idle:
            self._under_way.add((job, attempt))
        try:
            self._attempts.carry_out(job, attempt)
        except Exception as error:
            _LOG.error("%s.%d: %s", job, attempt, type(error).__name__)
        finally:
            with self._idle:
                self._under_way.discard((job, attempt))
                self._idle.notify_all()

    def _again(self, work: object, seconds: float) -> None:
        """Do some work again and again, whatever happens to it."""
        assert callable(work)
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                work()
            except Exception as error:
                _LOG.warning("%s: %s", threading.current_thread().name, type(error).__name__)
            self._stopping.wait(max(0.1, seconds - (time.monotonic() - began)))

    def _feed(self, dispatch: Dispatch) -> None:
        """Tell the queue what was enqueued; what it does not hear, the sweeper tells it."""
        while (fed := self._fed.get()) is not None:
            try:
                dispatch.enqueue(*fed)
            except Exception as error:
                _LOG.warning("%s.%d: not yet queued (%s)", fed[0], fed[1], type(error).__name__)
