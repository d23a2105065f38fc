"""Servers that die, and those that take over: no job is lost, and none has two results."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from tests.places import ROOT
from tests.server.cluster import BOTH
from tests.server.jobs.test_engine import STUDY, service_with_engine
from tests.server.jobs.working import Team
from tests.server.serving import service_in
from trimtab.server.ids import new_id
from trimtab.server.jobs import states
from trimtab.server.jobs.states import Lease

SHORT = {**STUDY, "folds": "2x2"}


def _kills() -> ModuleType:
    """The benchmark, whose servers these are."""
    found = importlib.util.spec_from_file_location(
        "service_kills", ROOT / "benchmarks" / "service_kills.py"
    )
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


KILLS = _kills()


@contextmanager
def server(team: Team, at_once: int = 2) -> Iterator[subprocess.Popen[bytes]]:
    """A server of jobs in a process of its own."""
    settings = team.service.settings
    process = KILLS.start(settings.data, settings.database, at_once)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def one_result(team: Team, job: str) -> int:
    """The attempt that brought the one result of a job."""
    found = team.wait(job)
    assert found["state"] == "succeeded", found["problem"]
    assert len(list(team.service.files.folder("jobs", job).glob("*/done"))) == 1
    assert list(team.artifacts(job)) == ["proof.html", "proof.json"]
    ends = [e for e in team.events(job) if e["content"].get("state") == "succeeded"]
    assert len(ends) == 1
    return int(found["attempt"])


@pytest.fixture
def team(tmp_path: Path, database_url: str | None) -> Iterator[Team]:
    service = service_in(tmp_path, database_url)
    yield Team.of(service)
    service.database.close()


@pytest.mark.stress
@pytest.mark.parametrize("database_url", BOTH, indirect=True)
def test_killed_with_one_place_the_next_server_has_that_place(team: Team) -> None:
    first, second = team.submit("prove", **SHORT), team.submit("prove", **SHORT)
    with server(team, at_once=1) as process:
        team.wait_until(lambda: "running" in (team.job(first)["state"], team.job(second)["state"]))
        process.kill()
        process.wait()
    with server(team, at_once=1):
        attempts = {one_result(team, first), one_result(team, second)}
    assert max(attempts) > 1, "the one that ran was begun again"


@pytest.mark.stress
def test_begun_while_the_old_server_still_drains(team: Team) -> None:
    job = team.submit("prove", **SHORT)
    with server(team) as old:
        team.wait(job, "running")
        old.terminate()  # it asks its child to stop, and waits for that
        with server(team):
            assert one_result(team, job) > 1
        assert old.wait() == 0, "it ended well"


@pytest.mark.stress
def test_an_attempt_whose_lease_is_lost_leaves_nothing(tmp_path: Path) -> None:
    """As for a server that was stalled, and taken for dead: it hears of it, and ends its child."""
    service = service_with_engine(tmp_path)
    team = Team.of(service)
    service.queue.launch()
    job = team.submit("prove", **SHORT)
    held = team.wait(job, "running")
    lease = Lease(job, 1, held["worker_id"])
    with service.database.writing() as connection:
        assert states.orphan(connection, lease, 5) is not None
        other = Lease(job, 2, new_id("workers"))
        assert states.claim(connection, other), "one who is dead at once, too"
    attempt = one_result(team, job)
    service.queue.stop(seconds=30)
    service.database.close()
    assert attempt == 3


def test_results_that_the_dead_had_finished_are_taken(tmp_path: Path) -> None:
    """A worker that dies between the files and the tables leaves work that need not be redone."""
    service = service_with_engine(tmp_path)
    team = Team.of(service)
    job = team.submit("prove", **SHORT)
    lease = Lease(job, 1, new_id("workers"))
    with service.database.writing() as connection:
        assert states.claim(connection, lease)
    made = service.files.folder("jobs", job) / "1" / "done"
    made.mkdir(parents=True)
    kept = []
    for name in ("proof.html", "proof.json"):
        (made / name).write_text(name, "utf-8")
        kept.append({**vars(service.files.keep(made / name)), "name": name, "public": False})
    said = {"files": kept, "result": {"by": "the dead"}, "model": None}
    (made / "manifest.json").write_text(json.dumps(said), "utf-8")
    service.queue.launch()
    assert one_result(team, job) == 2
    assert team.job(job)["result"] == {"by": "the dead"}
    service.queue.stop(seconds=30)
    service.database.close()


@pytest.mark.stress
def test_ten_kills(tmp_path: Path, database_url: str | None) -> None:
    outcome = KILLS.torment(tmp_path, database_url, 4, 10, seed=2, most_seconds=400)
    assert outcome.sound and outcome.kills + outcome.children_killed == 10, outcome
