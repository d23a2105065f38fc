"""How quick a server is: start, submissions, reads beside two jobs, and memory over time.

    python benchmarks/service.py [--database URL] [--minutes 20]

The server runs in a process of its own on this machine. Requests come one after the other, but for
submissions, which come from four threads. Times are those of the clock: other work shows in them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import trimtab  # noqa: E402
from tests.server.process import Running, running, signed_in  # noqa: E402

SUBMISSIONS, READS, ROWS = 200, 1000, 20_000
POLICY = "jobs_waiting_per_user = 1000\nfree_mib = 0\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", help="PostgreSQL, as postgresql://...; else SQLite")
    parser.add_argument("--minutes", type=float, default=20, help="of the soak; 0 for none")
    asked = parser.parse_args()
    words = [] if asked.database is None else ["--database", asked.database]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        (data / "policy.toml").write_text(POLICY)
        with running(data, *words):
            pass  # the first start makes the tables
        began = time.perf_counter()
        with running(data, *words, "--sign-in-link") as server:
            httpx2.get(f"{server.url}/readyz").raise_for_status()
            print(f"start to ready: {time.perf_counter() - began:.2f} s")
            with signed_in(server) as client:
                measure(server, client, asked.minutes)


def measure(server: Running, client: httpx2.Client, minutes: float) -> None:
    """Print the figures of a server."""
    project = client.post("/projects", json={"name": "bench"}).json()["id"]
    small = brought(client, project, 200)
    order = {"project": project, "data": small, "request": {}}
    with ThreadPoolExecutor(4) as threads:
        began = time.perf_counter()
        answers = list(
            threads.map(lambda _: client.post("/jobs/fit", json=order), range(SUBMISSIONS))
        )
        rate = SUBMISSIONS / (time.perf_counter() - began)
    print(f"submissions: {rate:.0f} a second, {sum(a.status_code == 202 for a in answers)} taken")
    for answer in answers:
        client.post(f"/jobs/{answer.json()['id']}/cancel")
    large = brought(client, project, ROWS)
    order = {"project": project, "data": large, "request": {"rules": False}}
    jobs = [client.post("/jobs/fit", json=order).json()["id"] for _ in range(2)]
    while {state(client, id) for id in jobs} == {"queued"}:
        time.sleep(0.1)
    taken = []
    for number in range(READS):
        began = time.perf_counter()
        client.get(f"/jobs/{jobs[number % 2]}")
        taken.append(1000 * (time.perf_counter() - began))
    beside = sorted({state(client, id) for id in jobs})
    print(
        f"status reads: median {statistics.median(taken):.1f} ms, "
        f"p99 {statistics.quantiles(taken, n=100)[98]:.1f} ms, beside jobs that are {beside}"
    )
    if minutes:
        soak(server, client, order | {"data": small}, minutes)


def soak(server: Running, client: httpx2.Client, order: dict[str, object], minutes: float) -> None:
    """Order, read and draw for some minutes, and print how memory goes."""
    end, sizes, rounds = time.time() + 60 * minutes, [resident(server)], 0
    while time.time() < end:
        id = client.post("/jobs/fit", json=order).json()["id"]
        while state(client, id) not in ("succeeded", "failed", "cancelled"):
            client.get("/jobs")
            time.sleep(0.05)
        client.get(f"/jobs/{id}/events")
        client.delete(f"/jobs/{id}")
        rounds += 1
        sizes.append(resident(server))
    third = len(sizes) // 3
    print(
        f"soak: {minutes:g} minutes, {rounds} jobs; resident {sizes[0]:.0f} MiB at first, "
        f"{statistics.mean(sizes[third : 2 * third]):.0f} in the middle third, "
        f"{statistics.mean(sizes[2 * third :]):.0f} in the last"
    )


def state(client: httpx2.Client, id: str) -> str:
    """The state of a job."""
    return str(client.get(f"/jobs/{id}").json()["state"])


def brought(client: httpx2.Client, project: str, rows: int) -> str:
    """A simulated table of so many rows, brought."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "table.csv"
        trimtab.write(trimtab.read(trimtab.datasets.strokes(rows)), place)
        at = {"project": project, "name": "table.csv"}
        return str(client.post("/datasets", params=at, content=place.read_bytes()).json()["id"])


def resident(server: Running) -> float:
    """MiB of memory that the server itself holds."""
    text = Path(f"/proc/{server.process.pid}/status").read_text()
    line = next(line for line in text.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
