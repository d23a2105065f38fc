"""Figures for who watches over the server, in the form of Prometheus: no names, no data."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from sqlalchemy import func, select

from trimtab.server.database.database import Database
from trimtab.server.database.tables import jobs
from trimtab.server.problems import Away

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What is counted while a server runs; the rest is looked up when it is asked for."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "trimtab_request_seconds",
            "How long answers took, by the template of their route.",
            ["method", "route"],
            registry=self._registry,
        )
        self._answers = Counter(
            "trimtab_answers",
            "Answers, by the template of their route and their status.",
            ["method", "route", "status"],
            registry=self._registry,
        )

    def answered(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count an answer; `route` is a template, and None where there is no such route."""
        at = route or "none"
        self._seconds.labels(method, at).observe(seconds)
        self._answers.labels(method, at, str(status)).inc()

    def text(self, database: Database, data: Path, *, alive: bool) -> bytes:
        """All figures as text."""
        now = CollectorRegistry()
        now.register(_Now(database, data, alive))
        return bytes(generate_latest(self._registry)) + bytes(generate_latest(now))


class _Now:
    """What is so at this moment."""

    def __init__(self, database: Database, data: Path, alive: bool) -> None:
        self._database, self._data, self._alive = database, data, alive

    def collect(self) -> Iterator[Any]:
        """The figures."""
        queue = GaugeMetricFamily("trimtab_queue_alive", "Whether the queue takes jobs.")
        queue.add_metric([], float(self._alive))
        yield queue
        free = GaugeMetricFamily("trimtab_disk_free_bytes", "What is left on the disk of the data.")
        free.add_metric([], shutil.disk_usage(self._data).free)
        yield free
        up = GaugeMetricFamily("trimtab_database_up", "Whether the database answers.")
        chosen = select(jobs.c.kind, jobs.c.state, func.count()).group_by(jobs.c.kind, jobs.c.state)
        try:
            with self._database.reading() as connection:
                rows = connection.execute(chosen).all()
        except Away:
            up.add_metric([], 0.0)
            yield up
            return
        up.add_metric([], 1.0)
        yield up
        found = GaugeMetricFamily(
            "trimtab_jobs", "Jobs that are kept, by kind and state.", labels=["kind", "state"]
        )
        for kind, state, many in rows:
            found.add_metric([kind, state], many)
        yield found
