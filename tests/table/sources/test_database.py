"""Tables in databases: read by a URL, never written, and no password is shown."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

import trimtab
from trimtab import cli
from trimtab._visible import without_secrets
from trimtab.errors import InputError, TableError
from trimtab.table.files import read, to_native
from trimtab.table.inputs import source_of
from trimtab.table.sources.database import address_of
from trimtab.table.writing import check_writable

ROWS = [(1, 1.5, "a", "2024-02-29"), (2, None, "b", "2024-03-01"), (3, 2.5, None, None)]
EXPECTED = {"n": [1, 2, 3], "x": [1.5, None, 2.5], "s": ["a", "b", None]}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A file of each kind of database, with the same table."""
    made = "CREATE TABLE visits (n INTEGER, x DOUBLE, s TEXT, day DATE)"
    light = sqlite3.connect(tmp_path / "a.sqlite")
    light.execute(made)
    light.executemany("INSERT INTO visits VALUES (?, ?, ?, ?)", ROWS)
    light.commit()
    light.close()
    with duckdb.connect(str(tmp_path / "a.duckdb")) as duck:
        duck.execute(made)
        duck.executemany("INSERT INTO visits VALUES (?, ?, ?, ?)", ROWS)
        duck.execute('CREATE SCHEMA more; CREATE TABLE more."odd name" AS SELECT 7 AS n')
    return {"sqlite": tmp_path / "a.sqlite", "duckdb": tmp_path / "a.duckdb"}


KINDS = pytest.mark.parametrize("kind", ["sqlite", "duckdb"])


@KINDS
def test_a_table_and_a_query_are_read(kind: str, files: dict[str, Path]) -> None:
    table = read(f"{kind}:///{files[kind]}?table=visits")
    assert table.origin.library == "sql"
    back = to_native(table)
    assert back.select(["n", "x", "s"]).to_pydict() == EXPECTED
    assert [str(d)[:10] for d in back.column("day").to_pylist()] == [
        "2024-02-29",
        "2024-03-01",
        "None",
    ]
    for query in (
        "SELECT s FROM visits WHERE n % 2 = 1 AND s <> 'a&b#c?' ORDER BY n;",
        "SELECT%20s%20FROM%20visits%20WHERE%20n%3D1",
        "with v as (select * from visits) select s from v where n = 1",
    ):
        assert read(f"{kind}:///{files[kind]}?query={query}").column("s")[0].as_py() == "a"
    assert source_of(f"{kind}:///{files[kind]}?table=visits").sha256 is None


def test_a_table_of_another_schema(files: dict[str, Path]) -> None:
    assert read(f"duckdb:///{files['duckdb']}?table=more.odd%20name").column("n").to_pylist() == [7]


WRITES = [
    "DELETE FROM visits",
    "INSERT INTO visits VALUES (9, 9, '9', NULL)",
    "UPDATE visits SET n = 1",
    "DROP TABLE visits",
    "CREATE TABLE more_visits AS SELECT * FROM visits",
    "SELECT 1; DELETE FROM visits",
    "ATTACH 'other.db' AS other",
    "PRAGMA journal_mode = DELETE",
    "VACUUM",
]


@KINDS
@pytest.mark.parametrize("query", WRITES)
def test_a_query_that_writes_is_refused(kind: str, query: str, files: dict[str, Path]) -> None:
    before = files[kind].read_bytes(), sorted(p.name for p in files[kind].parent.iterdir())
    with pytest.raises(TableError, match=r"not one SELECT statement: expected a query that reads"):
        read(f"{kind}:///{files[kind]}?query={query}")
    assert before == (
        files[kind].read_bytes(),
        sorted(p.name for p in files[kind].parent.iterdir()),
    )


def test_a_query_reads_no_other_files(files: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with pytest.raises(TableError, match=r"cannot read .*[Pp]ermission"):
        read(f"duckdb:///{files['duckdb']}?query=SELECT * FROM '{tmp_path / 'secret.csv'}'")


BAD_URLS = [
    ("mysql://h/d?table=t", "'mysql' is no database that can be read: expected duckdb, sqlite"),
    ("duckdb:///{file}", "expected either .table= or .query="),
    ("duckdb:///{file}?table=", "expected either"),
    ("duckdb:///{file}?table=a&query=SELECT 1", "expected either"),
    ("duckdb://{file}x?table=a&mode=rw", "mode is unknown"),
    ("sqlite://gone.db?table=a", "no slash before it"),
    ("sqlite:///gone.db?table=a", "there is no file gone.db"),
    ("sqlite:///{file}?table=visits", "file is not a database|no such table"),
    ("duckdb:///{file}?table=no", "cannot read .*no"),
]


@pytest.mark.parametrize(("url", "message"), BAD_URLS, ids=lambda v: None)
def test_bad_urls_are_refused(url: str, message: str, files: dict[str, Path]) -> None:
    with pytest.raises(TableError, match=f"(?s){message}"):
        read(url.format(file=files["duckdb"]))


@KINDS
def test_a_database_that_is_damaged_in_the_middle(kind: str, files: dict[str, Path]) -> None:
    place = files[kind]
    if kind == "sqlite":
        light = sqlite3.connect(place)
        light.executemany(
            "INSERT INTO visits VALUES (?, 1, ?, NULL)", [(n, "y" * 400) for n in range(999)]
        )
        light.commit()
        light.close()
        content = place.read_bytes()
        place.write_bytes(content[: len(content) // 2])
    else:
        place.write_bytes(place.read_bytes()[:9_000])
    with pytest.raises(TableError, match=r"cannot read .*a\."):
        read(f"{kind}:///{place}?table=visits")


def test_values_that_no_column_has_are_named(files: dict[str, Path]) -> None:
    light = sqlite3.connect(files["sqlite"])
    light.execute("INSERT INTO visits (n, s) VALUES (4, x'00ff')")
    light.commit()
    light.close()
    with pytest.raises(TableError, match="column 's' holds a bytes in row 4"):
        read(f"sqlite:///{files['sqlite']}?table=visits")


def test_databases_are_only_read(files: dict[str, Path]) -> None:
    with pytest.raises(TableError, match="databases are only read"):
        check_writable(f"duckdb:///{files['duckdb']}?table=new")


SECRET = "postgresql://me:s3c:r@t@localhost:1/d?sslpassword=s3cret2&table=t"


def test_no_password_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert without_secrets(SECRET) == "postgresql://me:***@localhost:1/d?sslpassword=***&table=t"
    assert without_secrets("sqlite:///a.db?query=SELECT 'a:b@c'").endswith("'a:b@c'")
    assert "s3c" not in str(InputError(f"given {SECRET!r}"))
    assert "s3c" not in source_of(SECRET).name
    assert "s3c" not in address_of(SECRET).where
    for words in (["inspect", SECRET], ["fit", SECRET], ["inspect", SECRET, SECRET]):
        monkeypatch.setattr(sys, "argv", ["trimtab", *words])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        said = capsys.readouterr()
        assert stop.value.code == 2
        assert "s3c" not in said.out + said.err


def test_without_the_extra_it_is_said_what_to_install(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql.dbapi", None)
    with pytest.raises(TableError, match=r"needs duckdb: .*pip install 'trimtab\[sql\]'"):
        read(f"duckdb:///{files['duckdb']}?table=visits")
    with pytest.raises(TableError, match=r"needs adbc-driver-postgresql: .*'trimtab\[sql\]'"):
        read("postgresql://localhost:1/d?table=t")


BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server of our own on the loopback, which ends with the tests."""
    if not BINARIES:
        pytest.skip("no PostgreSQL server is installed here")
    with tempfile.TemporaryDirectory(prefix="trimtab-") as folder:
        yield from serving(Path(folder))


def serving(folder: Path) -> Iterator[str]:
    """The URL of a server whose files lie in a folder."""
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # which the server refuses to run as
        names = {entry.pw_name for entry in pwd.getpwall()}
        if "postgres" not in names:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, word = folder / "data", folder / "word"
    word.write_text("s3cret")
    word.chmod(0o644)
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **user}
    made = [str(BINARIES[-1].with_name("initdb")), "-D", str(data), "-U", "me"]
    made += ["--pwfile", str(word), "-A", "scram-sha-256", "-N", "--no-locale", "-E", "UTF8"]
    subprocess.run(made, check=True, cwd=folder, **quiet)
    started = [str(BINARIES[-1]), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-F"]
    process = subprocess.Popen([*started, "-k", str(folder)], cwd=folder, **quiet)
    try:
        yield ready(f"postgresql://me:s3cret@127.0.0.1:{port}/postgres", process)
    finally:
        process.terminate()
        process.wait(20)


def ready(url: str, process: subprocess.Popen[bytes]) -> str:
    from adbc_driver_postgresql import dbapi

    for _ in range(100):
        assert process.poll() is None, "the server ended"
        try:
            with dbapi.connect(url) as connection, connection.cursor() as cursor:
                cursor.execute(
                    "CREATE TABLE visits AS SELECT n, n / 2.0 AS x, n::numeric(9, 2) AS price, "
                    "'s' || n AS s, date '2024-01-01' + n AS day FROM generate_series(1, 50) AS n"
                )
                connection.commit()
            return url
        except dbapi.Error:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


def test_postgresql_is_read_and_not_written(server: str) -> None:
    table = read(f"{server}?table=public.visits")
    assert table.column("n").to_pylist() == list(range(1, 51))
    assert table.column("price").to_pylist() == [float(n) for n in range(1, 51)]
    assert str(table.column("day")[0].as_py()) == "2024-01-02"
    assert read(f"{server}?query=SELECT s FROM visits WHERE n = 3").column("s")[0].as_py() == "s3"
    for query in WRITES[:6]:
        with pytest.raises(TableError) as refused:
            read(
                f"{server}?query={query} RETURNING 1"
                if query == WRITES[0]
                else f"{server}?query={query}"
            )
        assert "s3cret" not in str(refused.value)
    assert read(f"{server}?query=SELECT count(*) AS n FROM visits").column("n")[0].as_py() == 50


def test_a_server_that_goes_away_in_the_middle(server: str, tmp_path: Path) -> None:
    ends = "CASE WHEN n = 40 THEN pg_terminate_backend(pg_backend_pid()) END"
    with pytest.raises(TableError, match=r"cannot read postgresql://me:\*\*\*@") as failed:
        read(f"{server}?query=SELECT n, {ends} AS e FROM visits")
    assert "s3cret" not in str(failed.value)
    with pytest.raises(TableError, match="cannot read") as failed:
        read(server.replace("s3cret", "wr0ng") + "?table=visits")
    assert "wr0ng" not in str(failed.value)


def test_inspect_says_where_it_is_from(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with duckdb.connect(str(files["duckdb"])) as duck:
        strokes = trimtab.datasets.strokes(60)
        duck.register("strokes", strokes)
        duck.execute("CREATE TABLE patients AS SELECT * FROM strokes")
    words = ["trimtab", "inspect", f"duckdb:///{files['duckdb']}?table=patients", "--no-rules"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 0 and "smoking_status" in capsys.readouterr().out
