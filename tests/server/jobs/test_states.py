"""What a job can become, and that nobody who comes too late changes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update

from tests.server.jobs.working import Team
from tests.server.serving import service_in
from trimtab.server.database import tables
from trimtab.server.ids import new_id
from trimtab.server.jobs import states
from trimtab.server.jobs.states import Lease, Told
from trimtab.server.problems import Conflict, NotFound

KEPT = {"file": "jobs/x/1/done/table.parquet", "bytes": 1, "sha256": "0" * 64}
FILES = [{"name": "table.parquet", "public": False, **KEPT}]
MODEL = {"name": "m", "summary": {}, **KEPT}


@pytest.fixture
def team(tmp_path: Path, database_url: str | None) -> Iterator[Team]:
    service = service_in(tmp_path, database_url)
    yield Team.of(service)
    service.database.close()


def running(team: Team) -> Lease:
    lease = Lease(team.submit("fit"), 1, new_id("workers"))
    with team.service.database.writing() as connection:
        assert states.claim(connection, lease)
    return lease


def test_one_result_for_the_one_who_holds_the_lease(team: Team) -> None:
    lease, writing = running(team), team.service.database.writing
    other = Lease(lease.job, 1, new_id("workers"))
    with writing() as connection:
        assert not states.claim(connection, other), "two hold it"
        assert not states.finish(connection, other, {"a": 1}, FILES, MODEL)
        assert states.tell(connection, other, {"phase": "x"}) is None
        assert states.tell(connection, lease, {"phase": "y"}, [Told("log", {"line": "z"})]) is False
        assert states.finish(connection, lease, {"a": 2}, FILES, MODEL)
        assert not states.finish(connection, lease, {"a": 3}, FILES, MODEL), "results twice"
        assert not states.fail(connection, lease, {})
    job = team.job(lease.job)
    assert (job["state"], job["result"], job["worker_id"]) == ("succeeded", {"a": 2}, None)
    assert list(team.artifacts(lease.job)) == ["table.parquet"]
    assert len(team.models(lease.job)) == 1
    events = team.events(lease.job)
    assert [e["number"] for e in events] == [1, 2, 3, 4, 5]
    assert [e["kind"] for e in events] == ["state", "state", "log", "progress", "state"]


def test_a_worker_that_died_can_change_nothing_any_more(team: Team) -> None:
    lease, writing = running(team), team.service.database.writing
    with writing() as connection:
        row = states.orphan(connection, lease, tries=3)
        assert row is not None and (row["state"], row["attempt"]) == ("queued", 2)
        assert states.orphan(connection, lease, tries=3) is None, "freed twice"
    with writing() as connection:
        assert states.tell(connection, lease) is None
        assert not states.finish(connection, lease, {}, FILES)
        assert not states.cancelled(connection, lease)
    assert team.job(lease.job)["state"] == "queued"
    assert team.artifacts(lease.job) == {}


def test_a_job_whose_workers_die_again_and_again_fails(team: Team) -> None:
    job, writing = team.submit("fit"), team.service.database.writing

    def dies(attempt: int) -> Any:
        lease = Lease(job, attempt, new_id("workers"))
        with writing() as connection:
            assert states.claim(connection, lease)
            return states.orphan(connection, lease, tries=2)

    assert dies(1)["state"] == "queued"
    failed = dies(2)
    assert (failed["state"], failed["problem"]["code"]) == ("failed", "died")
    with writing() as connection:
        assert states.beginning(connection, job) == 1
        assert states.resume(connection, failed)["attempt"] == 3
    assert dies(3)["state"] == "queued", "deaths before a user asked again do not count"
    with writing() as connection:
        assert states.beginning(connection, job) == 1, "resumed: goes on"
    with writing() as connection:
        states.cancel(connection, {"id": job})
        states.retry(connection, {"id": job})
        assert states.beginning(connection, job) == 5, "retried: from the beginning"


def test_room_is_of_a_worker_and_of_a_user(team: Team) -> None:
    lease = running(team)
    with team.service.database.reading() as connection:
        row = states.waits(connection, team.submit("fit"), 1)
        assert row is not None
        assert states.has_room(connection, row, lease.worker, 2, 2)
        assert not states.has_room(connection, row, lease.worker, 1, 2)
        assert states.has_room(connection, row, new_id("workers"), 1, 2)
        assert not states.has_room(connection, row, new_id("workers"), 2, 1)


def test_a_job_that_was_removed_is_nobodys(team: Team) -> None:
    lease = running(team)
    with team.service.database.writing() as connection:
        connection.execute(tables.jobs.delete().where(tables.jobs.c.id == lease.job))
    with team.service.database.writing() as connection:
        assert not states.finish(connection, lease, {}, FILES)
        assert states.orphan(connection, lease, 3) is None
        with pytest.raises(NotFound, match="no such job"):
            states.cancel(connection, {"id": lease.job})


class Lifecycle(RuleBasedStateMachine):
    """One job, and a model of it: its state, its attempt, and whether it was asked to end."""

    leases = Bundle("leases")
    team: Team  # of all examples

    def __init__(self) -> None:
        super().__init__()
        self.id = self.team.submit("fit")
        self.state, self.attempt, self.asked, self.deaths = "queued", 1, False, 0
        self.holder: Lease | None = None
        self.results = 0

    def do(self, change: Any, *given: Any) -> Any:
        with self.team.service.database.writing() as connection:
            return change(connection, *given)

    def queued(self) -> None:
        self.state, self.attempt, self.holder, self.asked = "queued", self.attempt + 1, None, False

    @rule(target=leases, attempt=st.integers(1, 6))
    def claim(self, attempt: int) -> Lease:
        lease = Lease(self.id, attempt, new_id("workers"))
        can = self.state == "queued" and attempt == self.attempt
        assert self.do(states.claim, lease) == can
        if can:
            self.state, self.holder = "running", lease
        return lease

    @rule(lease=leases, how=st.sampled_from(["finish", "fail", "cancelled", "interrupt"]))
    def end(self, lease: Lease, how: str) -> None:
        can = lease == self.holder
        said = {"finish": ({}, FILES, MODEL), "fail": ({"code": "x"},)}.get(how, ())
        assert self.do(getattr(states, how), lease, *said) == can
        if can:
            ended = {"finish": "succeeded", "fail": "failed", "interrupt": "interrupted"}
            self.state, self.holder = ended.get(how, "cancelled"), None
            self.results += how == "finish"

    @rule(lease=leases)
    def tell(self, lease: Lease) -> None:
        found = self.do(states.tell, lease, {"phase": "x"})
        assert found is (self.asked if lease == self.holder else None)

    @rule(lease=leases)
    def orphan(self, lease: Lease) -> None:
        row = self.do(states.orphan, lease, 3)
        assert (row is not None) == (lease == self.holder)
        if row is None:
            return
        if self.asked:
            self.state, self.holder = "cancelled", None
        elif self.deaths == 2:
            self.state, self.holder = "failed", None
        else:
            self.deaths += 1
            self.queued()

    @rule()
    def cancel(self) -> None:
        if self.state in ("succeeded", "failed"):
            with pytest.raises(Conflict):
                self.do(states.cancel, {"id": self.id})
            return
        self.do(states.cancel, {"id": self.id})
        if self.state == "running":
            self.asked = True
        else:
            self.state = "cancelled"

    @rule(how=st.sampled_from(["retry", "resume"]))
    def again(self, how: str) -> None:
        takes = ("failed", "interrupted") + (("cancelled",) if how == "retry" else ())
        if self.state not in takes:
            with pytest.raises(Conflict):
                self.do(getattr(states, how), {"id": self.id})
            return
        self.do(getattr(states, how), {"id": self.id})
        self.deaths = 0
        self.queued()

    @rule(attempt=st.integers(1, 6))
    def renew(self, attempt: int) -> None:
        can = self.state == "queued" and attempt == self.attempt
        assert (self.do(states.renew, self.id, attempt) is not None) == can
        if can:
            self.queued()

    @rule()
    def restart(self) -> None:
        many = len(self.do(states.resume_interrupted))
        assert many == (self.state == "interrupted")
        if many:
            self.queued()

    @invariant()
    def agrees(self) -> None:
        job = self.team.job(self.id)
        holder = None if self.holder is None else self.holder.worker
        assert (job["state"], job["attempt"], job["worker_id"]) == (
            self.state,
            self.attempt,
            holder,
        )
        assert len(self.team.artifacts(self.id)) == len(self.team.models(self.id)) == self.results
        assert self.results == (self.state == "succeeded")
        numbers = [e["number"] for e in self.team.events(self.id)]
        assert numbers == list(range(1, len(numbers) + 1))
        last = [e for e in self.team.events(self.id) if e["kind"] == "state"][-1]
        assert last["content"]["state"] == self.state


def test_lifecycle(tmp_path: Path) -> None:
    service = service_in(tmp_path)

    class Here(Lifecycle):
        team = Team.of(service)

    run_state_machine_as_test(Here, settings=settings(max_examples=15, stateful_step_count=20))
    service.database.close()


def test_the_guard_of_a_change_is_what_the_row_was(team: Team) -> None:
    """A row that another changes meanwhile is not changed back (the machine above has one hand)."""
    lease = running(team)
    jobs = tables.jobs
    with team.service.database.writing() as connection:
        connection.execute(update(jobs).where(jobs.c.id == lease.job).values(worker_id="wk_other"))
    with team.service.database.writing() as connection:
        assert not states.interrupt(connection, lease)
        assert connection.execute(select(jobs.c.worker_id)).scalar() == "wk_other"
