"""The whole way, as one who uses the service goes it: from the first start to a judged table."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq

import trimtab
from tests.server.process import running, signed_in

BY = ["GENDER", "RACE"]
COLUMNS = [*BY, "PatientID", "ObsDesc", "ObsValueFloat"]


def ended(client: httpx2.Client, job: dict[str, Any], after: int = 0) -> tuple[Any, list[Any]]:
    """A job when it has ended, and the events that told of it."""
    told: list[Any] = []
    headers = {"Last-Event-ID": str(after)} if after else {}
    with client.stream("GET", f"/jobs/{job['id']}/events", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        number, kind = 0, ""
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                number = int(value)
            elif name == "event":
                kind = value
            elif name == "data":
                told.append((number, kind, json.loads(value)))
    return client.get(f"/jobs/{job['id']}").json(), told


def test_from_the_first_start_to_a_judged_table(tmp_path: Path) -> None:
    table = trimtab.datasets.visits(300, seed=1).select(COLUMNS)
    trimtab.write(trimtab.read(table), tmp_path / "visits.csv")
    content = (tmp_path / "visits.csv").read_bytes()
    with running(tmp_path / "data") as server, signed_in(server) as client:
        assert str(tmp_path / "data") in server.said
        project = client.post("/projects", json={"name": "visits"}).json()["id"]

        at = {"project": project, "name": "visits.csv"}
        dataset = client.post("/datasets", params=at, content=content).json()
        assert (dataset["rows"], dataset["columns"]) == (300, len(COLUMNS))
        assert client.get(f"/datasets/{dataset['id']}/file").content == content

        asked = {"by": BY, "target": "margins", "rows": 200}
        order = {"project": project, "data": dataset["id"], "request": asked}
        plan = client.post("/plans", json=order).json()
        assert plan["content"]["plan"]["rows"] == 200
        assert plan["content"]["cost"]["cpu_seconds"] > 0

        answer = client.post("/jobs/balance", json=order, headers={"Idempotency-Key": "once"})
        again = client.post("/jobs/balance", json=order, headers={"Idempotency-Key": "once"})
        assert answer.status_code == 202 and again.json()["id"] == answer.json()["id"]
        job, told = ended(client, answer.json())
        assert job["state"] == "succeeded", job["problem"]
        numbers = [number for number, _, _ in told]
        assert numbers == list(range(1, len(told) + 1))
        assert [c["state"] for _, kind, c in told if kind == "state"] == [
            "queued",
            "running",
            "succeeded",
        ]
        _, rest = ended(client, job, after=numbers[-2])
        assert [number for number, _, _ in rest] == numbers[-1:]

        place = f"/jobs/{job['id']}/artifacts"
        made = pq.read_table(io.BytesIO(client.get(f"{place}/table.parquet").content))
        assert made.num_rows == 200
        counts = made.group_by("GENDER").aggregate([([], "count_all")])["count_all"].to_pylist()
        assert max(counts) - min(counts) <= 1
        stream = client.get(
            f"{place}/table", headers={"Accept": "application/vnd.apache.arrow.stream"}
        )
        assert pa.ipc.open_stream(stream.content).read_all().equals(made)
        part = client.get(f"{place}/table.parquet", headers={"Range": "bytes=0-3"})
        assert (part.status_code, part.content) == (206, b"PAR1")
        tag = part.headers["etag"]
        same = client.get(f"{place}/table.parquet", headers={"If-None-Match": tag})
        assert same.status_code == 304

        model = job["model_id"]
        drawn = client.post(f"/models/{model}/generations", json={"request": {"rows": 5}})
        assert drawn.status_code == 200 and len(drawn.json()["table"]) == 5

        order = {"project": project, "data": dataset["id"], "request": {"by": ["nope"]}}
        failed, _ = ended(client, client.post("/jobs/balance", json=order).json())
        assert failed["state"] == "failed"
        assert "there is no column 'nope'" in failed["problem"]["detail"]

        assert client.delete(f"/projects/{project}").status_code == 204
        assert client.get(f"/datasets/{dataset['id']}").status_code == 404
        kept = [p for p in (tmp_path / "data").rglob("*") if p.is_file() and p.parent.parent.name]
        assert not [p for p in kept if p.suffix in (".csv", ".parquet", ".trimtab", ".html")]
        assert server.end() == 0
