"""The process of an attempt: what it leaves, whatever happens to it."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.server.jobs.working import small
from trimtab.server.jobs.child import STOPPED
from trimtab.server.jobs.process import child
from trimtab.synthesis.synthesizer import load
from trimtab.table.files import read
from trimtab.table.schema import Column
from trimtab.table.writing import write


@pytest.fixture
def table(tmp_path: Path) -> dict[str, Any]:
    """A dataset, as a job names it."""
    place, found = tmp_path / "table.csv", read(small())
    write(found, place)
    schema = found.schema.change("bmi", reason="said by hand")
    return {"noun": "dataset", "file": str(place), "schema": schema.model_dump(mode="json")}


def job(folder: Path, kind: str, data: Any, *, memory_mib: int = 4096, **request: Any) -> Path:
    asked = {"kind": kind, "request": request, "inputs": {"data": data}, "version": "x"}
    folder.mkdir()
    content = {**asked, "memory_mib": memory_mib, "deadline": None}
    (folder / "job.json").write_text(json.dumps(content), "utf-8")
    return folder


def carried_out(folder: Path) -> tuple[int, list[dict[str, Any]]]:
    with child(folder) as process:
        lines, over = process.heard(240)
        assert over
        return process.status(), lines


def test_a_result_is_there_whole(tmp_path: Path, table: Any) -> None:
    folder = job(tmp_path / "job", "fit", table, rules=False)
    status, lines = carried_out(folder)
    assert status == 0 and any("progress" in line for line in lines)
    assert sorted(p.name for p in folder.iterdir()) == ["done", "job.json"]
    said = json.loads((folder / "done" / "manifest.json").read_text("utf-8"))
    (file,) = said["files"]
    content = (folder / "done" / file["name"]).read_bytes()
    assert (file["name"], file["public"]) == ("model.trimtab", False)
    assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert said["result"] == said["model"] and said["model"]["model"] == "trees"
    assert (folder / "done" / file["name"]).stat().st_mode & 0o077 == 0, "others can read it"
    bmi: Column = load(folder / "done" / file["name"]).schema["bmi"]
    assert bmi.reason == "said by hand", "the corrections of the dataset are the schema"


def test_what_cannot_be_done_is_a_problem_that_names_no_place(tmp_path: Path, table: Any) -> None:
    Path(table["file"]).write_text("")
    folder = job(tmp_path / "job", "fit", table)
    assert carried_out(folder)[0] == 1
    said = json.loads((folder / "problem.json").read_text("utf-8"))
    assert (said["status"], said["code"]) == (422, "unfit")
    assert "the dataset (data)" in said["detail"] and str(tmp_path) not in said["detail"]
    assert not (folder / "done").exists()


def test_a_fault_of_ours_says_nothing_of_the_data(tmp_path: Path, table: Any) -> None:
    folder = job(tmp_path / "job", "a-secret-value", table)
    assert carried_out(folder)[0] == 1
    said = (folder / "problem.json").read_text("utf-8")
    trace = (folder / "trace.txt").read_text("utf-8")
    assert json.loads(said)["code"] == "fault" and "KeyError" in said
    assert "child.py:" in trace and "a-secret-value" not in said + trace


def test_a_job_that_is_too_large_says_so(tmp_path: Path, table: Any) -> None:
    folder = job(tmp_path / "job", "prove", table, memory_mib=160, target="gender")
    with child(folder) as process:
        assert process.heard(240)[1]
        status, words = process.status(), process.last_words()
    told = folder / "problem.json"
    if told.exists():
        assert json.loads(told.read_text("utf-8"))["code"] == "memory", told.read_text("utf-8")
    else:  # where a library ends the process, its last words tell
        assert status != 0 and ("memory" in words or "bad_alloc" in words), words


@pytest.mark.stress
def test_it_stops_when_asked_and_ends_with_its_parent(tmp_path: Path, table: Any) -> None:
    study = {"target": "gender", "folds": "5x20"}
    folder = job(tmp_path / "job", "prove", table, **study)
    with child(folder) as process:
        lines: list[dict[str, Any]] = []
        while not any(line.get("progress", {}).get("done", 0) > 1 for line in lines):
            more, over = process.heard(1)
            lines += more
            assert not over, lines
        process.ask_to_stop()
        assert process.heard(120)[1] and process.status() == STOPPED
    assert (folder / "checkpoint").exists() and not (folder / "problem.json").exists()

    parent = (
        "import sys; from pathlib import Path; from trimtab.server.jobs.process import Child; "
        "print(Child(Path(sys.argv[1]))._process.pid, flush=True); sys.stdin.read()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    words = [sys.executable, "-c", parent, str(folder)]
    started = subprocess.Popen(words, text=True, **pipes)  # type: ignore[call-overload]
    pid = int(started.stdout.readline())
    ended = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
    started.send_signal(signal.SIGKILL)
    started.communicate()
    if ended is not None:
        import select

        assert select.select([ended], [], [], 60)[0], "the child outlived its parent"
        os.close(ended)
