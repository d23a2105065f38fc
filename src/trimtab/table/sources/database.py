"""Tables in databases, read by a URL: duckdb:///file.db?table=visits, sqlite:///..., and servers.

Three slashes lead to a path from here, four to one from the root. `?query=` takes one SELECT
statement; as it comes last, it may hold any character. It is read-only by the database's own means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode

import pyarrow as pa

from trimtab._visible import without_secrets
from trimtab.errors import TableError
from trimtab.table.sources.extras import needed
from trimtab.table.sources.format import Found

_EXAMPLE = "duckdb:///file.db?table=visits or sqlite:///file.db?query=SELECT * FROM visits"
_READ_ONLY = "-c default_transaction_read_only=on"


@dataclass(frozen=True)
class Address:
    """A database, and what is read of it.

    place    the path of its file, or the URL of its server with what the server should know
    query    the SELECT statement
    where    how messages name it: without a password
    """

    kind: str
    place: str
    query: str
    where: str


def read(url: str) -> tuple[Found, str]:
    """What a table or a query of a database holds, and how messages name it. Raises TableError."""
    address = address_of(url)
    found = _KINDS[address.kind](address)
    if found.table.num_columns == 0:
        raise _refused(address, "it gives no columns")
    return found, address.where


def address_of(url: str) -> Address:
    """The address in a URL. Raises TableError."""
    where = without_secrets(url)
    kind, _, rest = url.partition("://")
    kind = {"postgres": "postgresql"}.get(kind.lower(), kind.lower())
    if kind not in _KINDS:
        raise TableError(
            f"{where}: {kind!r} is no database that can be read: expected {', '.join(_KINDS)}, "
            f"such as {_EXAMPLE}; or the path of a file."
        )
    place, _, asked = rest.partition("?")
    before, query = _split(asked)
    fields = dict(parse_qsl(before, keep_blank_values=True))
    table = fields.pop("table", None)
    if (table is None) == (query is None) or table == "" or query == "":
        raise TableError(f"{where}: expected either ?table= or ?query=, such as {_EXAMPLE}.")
    query = query or f"SELECT * FROM {_quoted(str(table))}"
    if kind == "postgresql":
        options = " ".join([*filter(None, [fields.pop("options", "")]), _READ_ONLY])
        fields = {**fields, "options": options}
        server = f"postgresql://{place}?{urlencode(fields, quote_via=quote)}"
        return Address(kind, server, query, where)
    if fields or not place.startswith("/") or place == "/":
        said = f"{', '.join(fields)} is unknown" if fields else "the path has no slash before it"
        raise TableError(f"{where}: {said}: expected a URL such as {_EXAMPLE}.")
    path = unquote(place[1:])
    if not Path(path).is_file():
        raise TableError(
            f"{where}: there is no file {path} (looked from {Path.cwd()}): check the path. Three "
            "slashes lead to a path from here, four to one from the root."
        )
    return Address(kind, path, query, where)


def _split(asked: str) -> tuple[str, str | None]:
    """What is asked before the query, and the query: decoded, unless blanks show that it is not."""
    match = re.search(r"(?:^|&)query=(.*)\Z", asked, re.S)
    if match is None:
        return asked, None
    query = match[1] if re.search(r"\s", match[1]) else unquote(match[1])
    return asked[: match.start()], query.strip().rstrip(";").rstrip()


def _quoted(table: str) -> str:
    """The name of a table, perhaps after that of its schema, as SQL takes it."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))


def _duckdb(address: Address) -> Found:
    duckdb = needed("duckdb", "sql", f"{address.where} is a DuckDB file")
    closed = {"enable_external_access": "false", "lock_configuration": "true"}
    try:
        with duckdb.connect(address.place, read_only=True, config=closed) as connection:
            statements = connection.extract_statements(address.query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise _refused(address, "it is not one SELECT statement")
            return _typed(connection.sql(address.query).to_arrow_table())
    except duckdb.Error as error:
        raise _failed(address, str(error)) from None


def _sqlite(address: Address) -> Found:
    import sqlite3

    from trimtab.table.sources.values import found

    reads = {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }
    place = f"file:{quote(str(Path(address.place).absolute()))}?mode=ro"
    connection = sqlite3.connect(place, uri=True)
    denied: list[int] = []

    def allowed(action: int, *_: object) -> int:
        if action not in reads:
            denied.append(action)
        return sqlite3.SQLITE_OK if action in reads else sqlite3.SQLITE_DENY

    try:
        connection.set_authorizer(allowed)
        cursor = connection.execute(address.query)
        rows = cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        if denied or "one statement" in str(error):
            raise _refused(address, "it is not one SELECT statement") from None
        raise _failed(address, str(error)) from None
    finally:
        connection.close()
    names = [column[0] for column in cursor.description or ()]
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in names]
    return found(columns, names, "sql", address.where)


def _postgresql(address: Address) -> Found:
    driver = needed("adbc_driver_postgresql.dbapi", "sql", f"{address.where} is a PostgreSQL table")
    try:
        with driver.connect(address.place) as connection, connection.cursor() as cursor:
            cursor.execute(address.query)
            return _typed(cursor.fetch_arrow_table())
    except (driver.Error, pa.ArrowException, OSError) as error:
        if "read-only transaction" in str(error):
            raise _refused(address, "it writes") from None
        raise _failed(address, without_secrets(str(error))) from None


def _typed(table: pa.Table) -> Found:
    """What a database gave as Arrow: types that Arrow has no name for came as text."""
    textual = set()
    columns = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if isinstance(column.type, pa.BaseExtensionType):
            column = pa.chunked_array([c.storage for c in column.chunks], column.type.storage_type)
            textual.add(name)
        columns.append(column)
    plain = pa.Table.from_arrays(columns, names=table.column_names)
    return Found(plain, "sql", frozenset(textual))


def _refused(address: Address, why: str) -> TableError:
    return TableError(
        f"{address.where}: {why}: expected a query that reads, such as SELECT age, sex FROM visits."
    )


def _failed(address: Address, error: str) -> TableError:
    first = error.strip().partition("\n")[0] or "it gave no reason"
    return TableError(
        f"cannot read {address.where}: {first}. Check the query, and that the database is there "
        "and not in use by a program that writes; then try again."
    )


_KINDS: Mapping[str, Callable[[Address], Found]] = {
    "duckdb": _duckdb,
    "sqlite": _sqlite,
    "postgresql": _postgresql,
}
