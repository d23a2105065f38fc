"""Jobs carried out by a server in this process, by the verbs as they are."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.server.cluster import BOTH
from tests.server.jobs.working import Team, small
from tests.server.serving import service_in
from trimtab.server.database.owned import PLANS
from trimtab.server.jobs import states
from trimtab.server.jobs.engine import Engine
from trimtab.server.service import Service
from trimtab.synthesis.synthesizer import load

STUDY = {
    "target": "gender",
    "learner": ["lr"],
    "arms": ["none", "trimtab"],
    "sizes": [],
    "folds": "5x20",
}


def service_with_engine(folder: Path, url: str | None = None, **policy: object) -> Service:
    parts = service_in(folder, url, **policy)
    engine = Engine(parts.settings, parts.database, parts.files)
    return Service(parts.settings, parts.database, parts.files, engine)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    service = service_with_engine(tmp_path_factory.mktemp("service"))
    service.queue.launch()
    try:
        yield Team.of(service)
    finally:
        service.queue.stop(seconds=30)
        service.database.close()


@pytest.fixture(scope="module")
def fitted(team: Team) -> str:
    """The job that fits."""
    return team.submit("fit", rules=False)


def test_a_fit_leaves_a_model(team: Team, fitted: str) -> None:
    job = team.wait(fitted)
    assert job["state"] == "succeeded", job["problem"]
    (model,) = team.models(fitted)
    assert (model["name"], model["summary"]) == ("strokes.csv", job["result"])
    place = team.service.files.place(model["file"])
    assert load(place).to_dict() == job["result"]
    assert team.artifacts(fitted) == {}
    kinds = {event["kind"] for event in team.events(fitted)}
    assert kinds >= {"state", "progress"}


def test_rows_are_drawn_judged_and_what_is_public_is_the_release_edition(
    team: Team, fitted: str
) -> None:
    team.wait(fitted)
    model = team.models(fitted)[0]["id"]
    sample = team.submit("sample", {"data": model}, rows=40, seed=3)
    assert team.wait(sample)["result"]["rows"] == 40
    left = team.artifacts(sample)
    assert list(left) == ["plan.json", "table.csv.gz", "table.parquet"]
    files = team.service.files
    drawn = pq.read_table(files.place(left["table.parquet"]["file"]))
    own = load(files.place(team.models(fitted)[0]["file"]))
    assert drawn.equals(pa.table(own.sample(40, seed=3)).cast(drawn.schema))
    inputs = {
        "data": team.dataset,
        "synthetic": left["table.parquet"]["id"],
        "plan": _plan(team, left["plan.json"]["file"]),
    }
    judged = team.submit("evaluate", inputs, target="gender", sections=["fidelity"])
    job = team.wait(judged)
    assert job["state"] == "succeeded", job["problem"]
    reports = team.artifacts(judged)
    assert {name for name, row in reports.items() if row["public"]} == {"report-release.html"}
    names = ["report-release.html", "report.html", "report.json", "scorecard.json"]
    assert list(reports) == names
    internal = files.place(reports["report.html"]["file"]).read_text("utf-8")
    assert "a job of a trimtab server" in internal


def test_a_balanced_table_comes_with_its_plan_and_its_model(team: Team) -> None:
    job = team.submit("balance", by=["gender"], rules=False)
    found = team.wait(job)
    assert found["state"] == "succeeded", found["problem"]
    left = team.artifacts(job)
    assert list(left) == ["plan.json", "table.csv.gz", "table.parquet"]
    table = pq.read_table(team.service.files.place(left["table.parquet"]["file"]))
    counts = dict(table["gender"].value_counts().to_pylist()[0].items())
    assert counts["counts"] * 2 == table.num_rows == small().num_rows
    assert json.loads(team.service.files.place(left["plan.json"]["file"]).read_text("utf-8"))
    assert len(team.models(job)) == 1


def test_what_a_verb_refuses_is_a_problem_and_can_be_tried_again(team: Team) -> None:
    job = team.submit("balance", by=["nothing"])
    found = team.wait(job)
    assert found["state"] == "failed" and found["problem"]["code"] == "unfit"
    assert "there is no column 'nothing'" in found["problem"]["detail"]
    with team.service.database.writing() as connection:
        row = states.retry(connection, found)
    team.service.queue.enqueue(job, row["attempt"], team.user)
    again = team.wait(job)
    assert (again["state"], again["attempt"]) == ("failed", 2)


def test_an_input_that_is_gone_is_a_problem(team: Team) -> None:
    job = team.submit("fit", {"data": "ds_" + 26 * "a"})
    found = team.wait(job)
    assert (found["state"], found["problem"]["code"]) == ("failed", "not-found")


def test_cancelled_while_it_runs_and_while_it_waits(team: Team) -> None:
    jobs = [team.submit("prove", **STUDY) for _ in range(3)]

    def running() -> list[str]:
        return [id for id in jobs if team.job(id)["state"] == "running"]

    team.wait_until(lambda: len(running()) == 2)
    under_way = running()
    (waiting,) = set(jobs) - set(under_way)
    for id in (waiting, *under_way):
        with team.service.database.writing() as connection:
            states.cancel(connection, team.job(id))
    assert team.job(waiting)["state"] == "cancelled", "one that waits is so at once"
    for id in under_way:
        assert team.wait(id)["state"] == "cancelled"
        assert not any(team.service.files.folder("jobs", id).glob("*/done"))


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
def test_stopped_and_begun_again_it_goes_on_where_it_was(
    tmp_path: Path, database_url: str | None
) -> None:
    """One server after another, which is as much as one process can be."""
    service = service_with_engine(tmp_path, database_url)
    team = Team.of(service)
    _hand_over(service, team)
    service.database.close()


def _hand_over(service: Service, team: Team) -> None:
    short = {**STUDY, "folds": "2x3"}
    queue = service.queue
    queue.launch()
    assert queue.alive
    job = team.submit("prove", **short)
    team.wait_until(lambda: (team.job(job)["progress"] or {"done": 0})["done"] > 1)
    queue.stop(seconds=30)
    assert not queue.alive and team.job(job)["state"] == "interrupted"
    queue.launch()
    found = team.wait(job)
    queue.stop(seconds=30)
    assert (found["state"], found["attempt"]) == ("succeeded", 2), found["problem"]
    why = [e["content"].get("why") for e in team.events(job) if e["kind"] == "state"]
    assert why == ["submitted", None, None, "restarted", None, None]


def _plan(team: Team, file: str) -> str:
    """A plan of the dataset, from what a job has left."""
    with team.service.database.writing() as connection:
        row = PLANS.add(
            connection,
            team.team,
            project_id=team.project,
            dataset_id=team.dataset,
            request={},
            content={},
            file=file,
            created_by=team.user,
        )
    return str(row["id"])


@pytest.mark.stress
def test_a_training_that_was_interrupted_ends_bit_by_bit_as_one_that_was_not(
    tmp_path: Path,
) -> None:
    pytest.importorskip("jax")
    service = service_with_engine(tmp_path, jobs_at_once=1)
    team, queue = Team.of(service, rows=4000), service.queue
    asked = {"model": "network", "rules": False}
    queue.launch()
    whole = team.submit("fit", **asked)
    team.wait(whole)
    cut = team.submit("fit", **asked)
    team.wait_until(lambda: any(e["kind"] == "metric" for e in team.events(cut)))
    queue.stop(seconds=30)
    assert team.job(cut)["state"] == "interrupted"
    assert list(service.files.folder("jobs", cut).glob("1/checkpoint")), "it was not in training"
    queue.launch()
    found = team.wait(cut)
    queue.stop(seconds=30)
    assert (found["state"], found["attempt"]) == ("succeeded", 2), found["problem"]
    lines = [e["content"].get("line", "") for e in team.events(cut)]
    assert not any("begins anew" in line for line in lines)
    one, other = (_arrays(team, id) for id in (whole, cut))
    assert one and one == other
    service.database.close()


def _arrays(team: Team, job: str) -> dict[str, bytes]:
    """The arrays of the model of a job, byte for byte."""
    (model,) = team.models(job)
    with zipfile.ZipFile(team.service.files.place(model["file"])) as bundle:
        names = [name for name in bundle.namelist() if name.endswith(".safetensors")]
        return {name: bundle.read(name) for name in names}
