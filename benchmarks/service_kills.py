"""Jobs of the service, while servers are killed at random: is one lost, has one two results?

Servers (processes that only carry out jobs) are killed by SIGKILL again and again, or their
children are, while jobs wait and run. At the end the tables and the files say what became of them.

    python benchmarks/service_kills.py [--kills 200] [--jobs 100] [--database URL]

Small jobs draw rows of one model; every tenth is a study (`prove`) with a checkpoint, and what it
found is compared, value by value, with that of a run that nobody interrupted.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from trimtab.datasets import strokes
from trimtab.server.database import tables
from trimtab.server.database.database import Database
from trimtab.server.database.migrate import migrate
from trimtab.server.database.owned import DATASETS, MODELS, PROJECTS
from trimtab.server.files import Files
from trimtab.server.ids import new_id
from trimtab.server.jobs import states
from trimtab.server.jobs.kinds import KINDS
from trimtab.server.policy import Policy
from trimtab.server.settings import Settings

_ROWS = 120
_COLUMNS = ["age", "gender", "hypertension", "bmi", "stroke"]
_STUDY_OF_EVERY = 10
_STUDY = {"target": "gender", "learner": ["lr"], "arms": ["none", "trimtab"], "sizes": []}
_SECONDS_TO_START = 60.0
_BY_KILLS = ("died", "memory")  # codes of jobs whose child was killed
_MANY_TRIES = 10_000  # here workers die all the time


@dataclass
class Outcome:
    """What became of the jobs."""

    jobs: int
    kills: int
    children_killed: int
    seconds: float = 0.0
    slowest_start: float = 0.0
    lost: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    attempts: int = 0
    resumed: int = 0
    unequal: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing was lost, doubled or otherwise than uninterrupted."""
        return not (self.lost or self.failed or self.doubled or self.unequal)


def serve(data: Path, url: str | None, at_once: int = 2) -> None:
    """Carry out jobs until the process is told to end: the process that is killed."""
    from trimtab.server.jobs.engine import Engine

    most = {"jobs_at_once": at_once, "jobs_at_once_per_user": at_once}
    policy = Policy(free_mib=0, job_tries=_MANY_TRIES, **most)
    settings = Settings(data, url, policy=policy)
    database, over = Database(settings.database_url), threading.Event()
    engine = Engine(settings, database, Files(data))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: over.set())
    faulthandler.dump_traceback_later(_SECONDS_TO_START)  # says where it hangs
    engine.launch()
    faulthandler.cancel_dump_traceback_later()
    print("ready", flush=True)
    over.wait()
    engine.stop(seconds=20)
    database.close()


def start(data: Path, url: str | None, at_once: int = 2) -> subprocess.Popen[bytes]:
    """A process that serves; it carries out jobs when this returns."""
    words = [sys.executable, __file__, "--serve", str(data), "--at-once", str(at_once)]
    process = subprocess.Popen(
        words + ([] if url is None else ["--database", url]), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    if process.stdout.readline() != b"ready\n":
        raise RuntimeError("the server did not start")
    process.stdout.close()
    return process


def prepare(database: Database, files: Files) -> dict[str, str]:
    """A team with a dataset and a model: their ids."""
    from trimtab.table.files import read
    from trimtab.table.writing import write
    from trimtab.verbs.fit import fit

    table = read(read(strokes(_ROWS, seed=1)).data.select(_COLUMNS))
    ids = {name: new_id(name) for name in ("teams", "users", "datasets", "models")}
    for name in ("datasets", "models"):
        files.folder(name, ids[name]).mkdir(parents=True)
    csv = files.folder("datasets", ids["datasets"]) / "table.csv"
    bundle = files.folder("models", ids["models"]) / "model.trimtab"
    write(table, csv)
    synthesizer = fit(table, rules=False)
    synthesizer.save(bundle)
    now, team = time.time(), ids["teams"]
    with database.writing() as connection:
        connection.execute(insert(tables.teams).values(id=team, name="t", created_at=now))
        person = {"team_id": team, "name": "u", "role": "owner", "operator": False}
        user = {"id": ids["users"], "created_at": now, **person}
        connection.execute(insert(tables.users).values(**user))
        by = {"created_by": ids["users"]}
        ids["projects"] = PROJECTS.add(connection, team, name="p", keep_days=None, **by)["id"]
        of = {"project_id": ids["projects"], "name": "strokes", **by}
        what = {"rows": _ROWS, "columns": len(_COLUMNS), "notes": []}
        said = {"schema": table.schema.model_dump(mode="json"), **what}
        found = vars(files.keep(csv))
        DATASETS.add(connection, team, id=ids["datasets"], **of, **said, **found)
        made = {"id": ids["models"], "job_id": None, "summary": synthesizer.to_dict()}
        MODELS.add(connection, team, **of, **made, **vars(files.keep(bundle)))
    return ids


def submit(database: Database, ids: dict[str, str], number: int) -> str:
    """A job: to draw rows, or a study."""
    kind, asked, data = "sample", {"rows": 20, "seed": number}, ids["models"]
    if number % _STUDY_OF_EVERY == 0:
        kind, asked, data = "prove", {**_STUDY, "folds": "2x2", "seed": 1}, ids["datasets"]
    with database.writing() as connection:
        row = states.submit(
            connection,
            team=ids["teams"],
            user=ids["users"],
            project=ids["projects"],
            kind=kind,
            request=KINDS[kind].request(**asked).to_dict(),
            inputs={"data": data},
        )
    return str(row["id"])


def torment(
    data: Path, url: str | None, jobs: int, kills: int, seed: int, most_seconds: float
) -> Outcome:
    """Kill servers, and children of theirs, while jobs are carried out; then let them finish."""
    chance, outcome = random.Random(seed), Outcome(jobs, 0, 0)
    settings = Settings(data, url)
    database, files = Database(settings.database_url), Files(data)
    migrate(database, data)
    ids = prepare(database, files)
    began = time.monotonic()
    quiet = submit(database, ids, 0)  # nobody is killed over this one
    server = start(data, url)
    _finish(database, [quiet], began + most_seconds)
    ordered = [submit(database, ids, number) for number in range(jobs)]
    try:
        while outcome.kills + outcome.children_killed < kills:
            # From before it has done anything until some jobs are done.
            time.sleep(chance.choice([0.05, 0.5, 3, 6, 12]) * chance.random())
            child = _child(server.pid) if chance.random() < 0.2 else None
            if child is not None:
                _kill(child)
                outcome.children_killed += 1
                continue
            server.kill()
            server.wait()
            outcome.kills += 1
            again = time.monotonic()
            server = start(data, url)
            outcome.slowest_start = max(outcome.slowest_start, time.monotonic() - again)
        _finish(database, ordered, began + most_seconds)
    finally:
        server.terminate()
        server.wait()
    outcome.seconds = time.monotonic() - began
    _judge(database, files, ids, quiet, ordered, outcome)
    database.close()
    return outcome


def _finish(database: Database, ordered: list[str], until: float) -> None:
    """Wait for the jobs; one whose child was killed failed, and is ordered once more."""
    while time.monotonic() < until:
        now = _states(database, ordered)
        if set(now) == {"succeeded"}:
            return
        for job, state in zip(ordered, now, strict=True):
            if state == "failed":
                with database.writing() as connection:
                    chosen = select(tables.jobs.c.problem).where(tables.jobs.c.id == job)
                    problem = connection.execute(chosen).scalar()
                    if problem["code"] not in _BY_KILLS:
                        raise RuntimeError(problem["detail"])
                    states.resume(connection, {"id": job})
        time.sleep(0.2)


def _judge(
    database: Database,
    files: Files,
    ids: dict[str, str],
    quiet: str,
    ordered: list[str],
    outcome: Outcome,
) -> None:
    jobs, artifacts = tables.jobs, tables.artifacts
    with database.reading() as connection:
        found = {row["id"]: row for row in connection.execute(select(jobs)).mappings()}
        for id in ordered:
            row = found.get(id)
            if row is None or row["state"] in ("queued", "running", "interrupted"):
                outcome.lost.append(id)
                continue
            if row["state"] != "succeeded":
                outcome.failed.append(id)
                continue
            outcome.attempts += row["attempt"]
            many = select(func.count()).where(artifacts.c.job_id == id)
            wanted = 2 if row["kind"] == "prove" else 3
            results = list(files.folder("jobs", id).glob("*/done"))
            ends = select(tables.events.c.content).where(tables.events.c.job_id == id)
            said = [c for c in connection.execute(ends).scalars() if c.get("state") == "succeeded"]
            if connection.execute(many).scalar() != wanted or len(results) != 1 or len(said) != 1:
                outcome.doubled.append(id)
            if row["kind"] == "prove":
                outcome.resumed += row["attempt"] > 1
                if _figures(row["result"]) != _figures(found[quiet]["result"]):
                    outcome.unequal.append(id)


def _figures(result: Any) -> str:
    """All that a study found, but for how long it took."""
    return json.dumps({k: v for k, v in result.items() if k not in ("date", "cpu_seconds")})


def _states(database: Database, ordered: list[str]) -> list[str]:
    with database.reading() as connection:
        chosen = select(tables.jobs.c.id, tables.jobs.c.state)
        found = {row.id: row.state for row in connection.execute(chosen)}
    return [found.get(id, "lost") for id in ordered]


def _child(parent: int) -> int | None:
    """A child process of a process, on Linux."""
    place = Path(f"/proc/{parent}/task")
    words = [w for t in place.glob("*/children") for w in t.read_text().split()]
    return int(words[0]) if words else None


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--database", help="URL of an empty database of PostgreSQL; else SQLite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=120, help="after which it gives up")
    parser.add_argument("--at-once", type=int, default=2, help="jobs that a server carries out")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve is not None:
        serve(asked.serve, asked.database, asked.at_once)
        return
    with tempfile.TemporaryDirectory() as folder:
        outcome = torment(
            Path(folder), asked.database, asked.jobs, asked.kills, asked.seed, 60 * asked.minutes
        )
    said = vars(outcome) | {"sound": outcome.sound}
    print(json.dumps(said, indent=1))
    sys.exit(not outcome.sound)


if __name__ == "__main__":
    main()
