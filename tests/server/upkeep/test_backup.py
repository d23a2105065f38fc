"""Backups of a server in use, what is restored from them, and whether that is well."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.server.people import person, team_of, things_of
from tests.server.serving import service_in
from trimtab.errors import InputError
from trimtab.server.database.database import Database
from trimtab.server.database.tables import datasets
from trimtab.server.service import Service
from trimtab.server.settings import Settings
from trimtab.server.upkeep.backup import back_up, restore
from trimtab.server.upkeep.doctor import examine


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = service_in(tmp_path / "data")
    made.key  # noqa: B018 (it is made where there is none)
    things_of(person(made, team_of(made, "team"), "owner"))
    yield made
    made.database.close()


def ill(data: Path, *, thorough: bool = False) -> list[str]:
    return [f.what for f in examine(Settings(data), thorough=thorough) if not f.well]


def test_what_is_restored_is_what_was_there(service: Service, tmp_path: Path) -> None:
    target, said = tmp_path / "backup.tar", list[str]()
    back_up(service.settings, target, said.append)
    assert target.stat().st_mode & 0o777 == 0o600 and "as safe as" in said[0]
    before = {
        str(p.relative_to(service.files.root)): p.read_bytes()
        for name in ("datasets", "plans", "models", "jobs")
        for p in (service.files.root / name).rglob("*")
        if p.is_file()
    }
    restore(target, tmp_path / "new", said.append)
    after = {name: (tmp_path / "new" / name).read_bytes() for name in before}
    assert before and after == before
    assert (tmp_path / "new" / "secret").stat().st_mode & 0o777 == 0o600
    database = Database(Settings(tmp_path / "new").database_url)
    with database.reading() as connection:
        assert connection.execute(select(datasets.c.name)).scalars().all() == ["rows.csv"]
    database.close()
    assert ill(tmp_path / "new", thorough=True) == ill(service.files.root) == []


def test_nothing_is_written_over(service: Service, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("x")
    with pytest.raises(InputError, match="there already"):
        back_up(service.settings, tmp_path / "there", lambda line: None)
    back_up(service.settings, tmp_path / "backup.tar", lambda line: None)
    with pytest.raises(InputError, match="empty folder"):
        restore(tmp_path / "backup.tar", service.files.root, lambda line: None)


def test_a_folder_of_no_server_and_a_file_that_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no server has kept"):
        back_up(Settings(tmp_path), tmp_path / "x.tar", lambda line: None)
    assert not (tmp_path / "x.tar").exists()
    (tmp_path / "x.tar").write_bytes(b"nonsense")
    for place in ("x.tar", "absent.tar"):
        with pytest.raises(InputError, match="is no backup"):
            restore(tmp_path / place, tmp_path / "new", lambda line: None)


def test_a_backup_cannot_write_elsewhere(service: Service, tmp_path: Path) -> None:
    back_up(service.settings, tmp_path / "backup.tar", lambda line: None)
    with tarfile.open(tmp_path / "backup.tar", "a") as archive:
        member = tarfile.TarInfo("../outside")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(InputError, match="is no backup"):
        restore(tmp_path / "backup.tar", tmp_path / "new" / "data", lambda line: None)
    assert not (tmp_path / "new" / "outside").exists()


def test_what_is_ill_is_found(service: Service) -> None:
    root = service.files.root
    assert ill(root) == []
    with service.database.reading() as connection:
        file = root / connection.execute(select(datasets.c.file)).scalar_one()
    content = file.read_bytes()
    file.write_bytes(content[::-1])
    assert ill(root) == [] and ill(root, thorough=True) == ["files"]
    file.unlink()
    assert ill(root) == ["files"]
    file.write_bytes(content)
    (root / "models" / "left").mkdir()
    (root / "secret").chmod(0o644)
    (root / "policy.toml").write_text("free_mib = 1000000000")
    assert ill(root) == ["strays", "secret", "disk"]
