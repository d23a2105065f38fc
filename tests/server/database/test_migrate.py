"""The steps from nothing, and from each version, to what this server speaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select, text

from trimtab.errors import InputError
from trimtab.server.database.database import Database
from trimtab.server.database.migrate import NEWEST, _config, copy_sqlite, migrate, version
from trimtab.server.database.tables import tables, teams
from trimtab.server.ids import new_id


@pytest.fixture
def database(database_url: str | None, tmp_path: Path) -> Iterator[Database]:
    made = Database(database_url or f"sqlite:///{tmp_path / 'trimtab.sqlite'}")
    yield made
    made.close()


def test_the_steps_lead_to_the_tables_that_the_code_knows(
    database: Database, tmp_path: Path
) -> None:
    assert version(database) is None
    said: list[str] = []
    migrate(database, tmp_path, said.append)
    assert version(database) == NEWEST
    assert "from nothing" in said[0]
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables) == []


def test_the_version_that_is_spoken_is_that_of_the_last_step() -> None:
    assert ScriptDirectory.from_config(_config()).get_current_head() == NEWEST


def test_a_second_time_there_is_nothing_to_do(database: Database, tmp_path: Path) -> None:
    migrate(database, tmp_path)
    said: list[str] = []
    migrate(database, tmp_path, said.append)
    assert said == []


def test_a_database_of_a_newer_server_is_refused(database: Database, tmp_path: Path) -> None:
    migrate(database, tmp_path)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match="newer than this server"):
        migrate(database, tmp_path)


def test_a_step_that_fails_leaves_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command

    def broken(*given: object) -> None:
        raise RuntimeError("broken")

    real = command.upgrade

    def half(config: object, to: str) -> None:
        real(config, to)  # type: ignore[arg-type]
        broken()

    monkeypatch.setattr(command, "upgrade", half)
    with pytest.raises(RuntimeError, match="broken"):
        migrate(database, tmp_path)
    assert version(database) is None


def test_a_copy_of_a_database_in_use_is_whole(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.sqlite'}")
    migrate(database, tmp_path)
    with database.writing() as connection:
        id = new_id("teams")
        connection.execute(insert(teams).values(id=id, name="team", created_at=1.0))
    copy_sqlite(tmp_path / "a.sqlite", tmp_path / "b.sqlite")
    copy = Database(f"sqlite:///{tmp_path / 'b.sqlite'}")
    with copy.reading() as connection:
        assert connection.execute(select(teams.c.id)).scalar() == id
    for used in (database, copy):
        used.close()
