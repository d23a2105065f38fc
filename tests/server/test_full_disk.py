"""A disk that is full: said, nothing half kept, and all goes on when there is room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.server.people import person, team_of
from tests.server.serving import service_in
from trimtab.server.app import application

_MIB = 1 << 20
CSV = b"SEX,AGE\n" + b"F,41\nM,33\n" * 200


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(asked, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk, and not everywhere")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk(small: Path) -> None:
    service = service_in(small / "data")
    one = person(service, team_of(service, "team"), "owner")
    with TestClient(
        application(service), base_url="http://127.0.0.1", headers=one.by_token()
    ) as client:
        project = client.post("/v1/projects", json={"name": "p"}).json()["id"]
        at = {"project": project, "name": "t.csv"}
        kept = client.post("/v1/datasets", params=at, content=CSV).json()["id"]
        answer = client.post("/v1/datasets", params=at, content=b"SEX,AGE\n" + b"F,41\n" * 5 * _MIB)
        assert answer.status_code == 507, answer.text
        assert "nothing was kept" in answer.json()["detail"]
        assert [p.name for p in (service.files.root / "datasets").iterdir()] == [kept]
        assert not list((service.files.root / "scratch").iterdir())
        filler = small / "filler"
        with pytest.raises(OSError), filler.open("wb", buffering=0) as out:
            while True:
                out.write(b"x" * 4096)
        said = {client.post("/v1/datasets", params=at, content=CSV).status_code for _ in range(3)}
        assert said <= {503, 507}
        assert client.get(f"/v1/datasets/{kept}").status_code == 200
        filler.unlink()
        assert client.post("/v1/datasets", params=at, content=CSV).status_code == 201
    service.database.close()
