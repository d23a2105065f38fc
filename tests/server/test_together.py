"""Large uploads, jobs, readers and writers at the same time: nobody is told that a lock is held."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.server.process import running, signed_in

_MIB = 1 << 20


@pytest.mark.stress
def test_an_upload_while_jobs_run_and_others_write(tmp_path: Path) -> None:
    small = b"SEX,AGE\n" + b"".join(f"{'FM'[k % 2]},{k % 60}\n".encode() for k in range(400))
    line = b"F,41,some words that take their room\n"
    large = b"SEX,AGE,WORDS\n" + line * (30 * _MIB // len(line))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "policy.toml").write_text("jobs_waiting_per_user = 100\nfree_mib = 0\n")
    with running(tmp_path / "data") as server, signed_in(server) as client:
        project = client.post("/projects", json={"name": "together"}).json()["id"]
        at = {"project": project, "name": "small.csv"}
        dataset = client.post("/datasets", params=at, content=small).json()["id"]
        order = {"project": project, "data": dataset, "request": {"rules": False}}
        for _ in range(2):
            assert client.post("/jobs/fit", json=order).status_code == 202
        over, found = threading.Event(), list[int]()

        def write() -> None:
            number = 0
            while not over.is_set():
                number += 1
                named = {"name": f"{threading.get_ident()} {number}"}
                found.append(client.post("/projects", json=named).status_code)
                found.append(client.get("/jobs").status_code)

        with ThreadPoolExecutor(3) as threads:
            writers = [threads.submit(write) for _ in range(3)]
            at = {"project": project, "name": "large.csv"}
            answer = client.post("/datasets", params=at, content=large)
            over.set()
            for writer in writers:
                writer.result()
    assert answer.status_code == 201, answer.text
    assert set(found) == {200, 201}
