"""Waiting for a job: what is heard, where the line breaks, and how it ends."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.client.answering import Answer, answering, breaking, problem, told
from trimtab._run import Run
from trimtab.client.events import parsed
from trimtab.client.jobs import Job
from trimtab.errors import ColumnError, InputError, ServiceError, StoppedError

SUCCEEDED = {"state": "succeeded", "result": {"rows": 3}, "artifacts": []}


def event(number: int, kind: str, content: str) -> bytes:
    return f"id: {number}\nevent: {kind}\ndata: {content}\n\n".encode()


PROGRESS = event(1, "progress", '{"phase": "reading", "done": 0, "total": 1, "figure": ""}')
WARNING = event(2, "log", '{"line": "mind the gap"}')
METRIC = event(3, "metric", '{"line": "loss 1"}')


def stream(*parts: bytes) -> httpx2.Response:
    return httpx2.Response(200, content=b"".join(parts))


def waited(*answers: Answer) -> tuple[Any, list[Any], Any]:
    """What a job gave, what was heard on the way, and the server."""
    server, heard = answering(*answers), list[Any]()
    run = Run(lambda *said: heard.append(said), warn=heard.append, watch=heard.append)
    return Job("jb_1", "fit", server.line()).wait(run), heard, server


def test_what_is_told_is_heard() -> None:
    result, heard, _ = waited(
        stream(b": alive\n\n", PROGRESS, WARNING, METRIC), told(SUCCEEDED), told(SUCCEEDED)
    )
    assert result == {"rows": 3}
    assert heard == [("reading", 0, 1), "mind the gap", "loss 1"]


def test_a_line_that_breaks_is_taken_up_behind_the_last_event() -> None:
    _, heard, server = waited(
        breaking([PROGRESS, WARNING[:9]]),
        httpx2.ConnectError("refused"),
        problem(503, "away", {"Retry-After": "7"}),
        stream(WARNING),
        told({"state": "interrupted"}),
        stream(METRIC),
        told(SUCCEEDED),
        told(SUCCEEDED),
    )
    assert heard == [("reading", 0, 1), "mind the gap", "loss 1"]
    asked = [r.headers.get("last-event-id") for r in server.asked if r.url.path.endswith("events")]
    assert asked == [None, "1", "1", "1", "2"]
    assert 7.0 in server.waited


def test_a_server_that_stays_away_is_an_error() -> None:
    with pytest.raises(ServiceError, match="What was ordered there goes on"):
        waited(*[httpx2.ConnectError("refused")] * 50)


def test_a_job_that_failed_raises_what_the_verb_raised() -> None:
    failed = {
        "state": "failed",
        "problem": {"status": 422, "error": "ColumnError", "detail": "there is no column 'x'."},
    }
    with pytest.raises(ColumnError, match="there is no column 'x'"):
        waited(stream(), told(failed), told(failed))
    with pytest.raises(StoppedError, match="was cancelled"):
        waited(stream(), told({"state": "cancelled"}), told({"state": "cancelled"}))
    with pytest.raises(InputError, match=r"is running: \.wait"):
        Job("jb_1", "fit", answering(told({"state": "running"})).line()).result()


def test_ctrl_c_leaves_the_job_and_says_how_to_find_it() -> None:
    def interrupt(*said: object) -> None:
        raise KeyboardInterrupt

    server = answering(stream(PROGRESS))
    with pytest.raises(KeyboardInterrupt, match=r"client\.jobs\.get\('jb_1'\)\.wait\(\)"):
        Job("jb_1", "fit", server.line()).wait(Run(interrupt))
    assert [request.method for request in server.asked] == ["GET"]


def test_a_run_that_is_asked_to_stop_cancels_the_job() -> None:
    server = answering(stream(PROGRESS), told({"state": "cancelled"}))
    run = Run()
    run.stop.ask()
    with pytest.raises(StoppedError):
        Job("jb_1", "fit", server.line()).wait(run)
    assert server.asked[-1].url.path == "/v1/jobs/jb_1/cancel"


def test_events_are_read_as_the_standard_has_them() -> None:
    lines = ["id:4", "event: log", 'data: {"a":', "data: 1}", "", ": sign of life", "", "id: 5"]
    assert [(e.number, e.kind, e.content) for e in parsed(lines)] == [(4, "log", {"a": 1})]
