"""The tables of the service. Times are seconds since 1970; ids are made by the server (`ids`)."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

tables = MetaData()


def _id() -> Column[str]:
    return Column("id", String, primary_key=True)


def _of(table: str, *, name: str | None = None, null: bool = False) -> Column[str]:
    """A column that names a row of another table, and goes with it."""
    place = name or f"{table.removesuffix('s')}_id"
    key = ForeignKey(f"{table}.id", ondelete="CASCADE")
    return Column(place, String, key, nullable=null, index=True)


def _time(name: str, *, null: bool = False) -> Column[float]:
    return Column(name, Float(53), nullable=null)


teams = Table(
    "teams", tables, _id(), Column("name", String, nullable=False, unique=True), _time("created_at")
)
users = Table(
    "users",
    tables,
    _id(),
    _of("teams"),
    Column("name", String, nullable=False, unique=True),  # what they sign in with
    Column("role", String, nullable=False),  # owner, member, viewer
    Column("operator", Boolean, nullable=False),  # may make teams; sees no team's data by that
    Column("password", String),  # argon2id; none until the first sign-in
    _time("created_at"),
    _time("disabled_at", null=True),
)
sign_ins = Table(  # one-time links
    "sign_ins",
    tables,
    Column("hash", String, primary_key=True),
    _of("users"),
    _time("expires_at"),
    _time("used_at", null=True),
)
sessions = Table(
    "sessions",
    tables,
    Column("hash", String, primary_key=True),
    _of("users"),
    _time("created_at"),
    _time("seen_at"),
    _time("expires_at"),
)
tokens = Table(
    "tokens",
    tables,
    _id(),
    _of("teams"),
    _of("users"),
    Column("name", String, nullable=False),
    Column("hash", String, nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),  # some of read, write, manage
    _time("created_at"),
    _time("expires_at", null=True),
    _time("used_at", null=True),
    _time("revoked_at", null=True),
)
attempts = Table(  # sign-ins that failed
    "attempts",
    tables,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("account", String, nullable=False, index=True),
    Column("address", String, nullable=False, index=True),
    _time("at"),
)
audits = Table(
    "audits",
    tables,
    _id(),
    _of("teams"),
    Column("user_id", String),
    Column("action", String, nullable=False),
    Column("object", String),
    Column("address", String),
    _time("created_at"),
)
projects = Table(
    "projects",
    tables,
    _id(),
    _of("teams"),
    Column("name", String, nullable=False),
    Column("keep_days", Integer),  # what is older goes; none for no end
    Column("created_by", String),
    _time("created_at"),
    UniqueConstraint("team_id", "name"),
)
datasets = Table(
    "datasets",
    tables,
    _id(),
    _of("teams"),
    _of("projects"),
    Column("name", String, nullable=False),  # what it was called where it came from; only shown
    Column("file", String, nullable=False),  # below the data folder
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("columns", Integer, nullable=False),
    Column("schema", JSON, nullable=False),  # as found, then as corrected
    Column("notes", JSON, nullable=False),
    Column("created_by", String),
    _time("created_at"),
)
plans = Table(
    "plans",
    tables,
    _id(),
    _of("teams"),
    _of("projects"),
    _of("datasets"),
    Column("request", JSON, nullable=False),
    Column("content", JSON, nullable=False),
    Column("file", String, nullable=False),
    Column("created_by", String),
    _time("created_at"),
)
jobs = Table(
    "jobs",
    tables,
    _id(),
    _of("teams"),
    _of("projects"),
    Column("created_by", String),
    Column("kind", String, nullable=False),  # the verb
    Column("request", JSON, nullable=False),
    Column("inputs", JSON, nullable=False),  # name of the argument -> id of what it is
    Column("state", String, nullable=False, index=True),
    Column("attempt", Integer, nullable=False),  # of which a worker holds the lease, or will
    Column("worker_id", String, index=True),  # who holds it
    Column("cancel_asked", Boolean, nullable=False),
    Column("progress", JSON),  # phase, done, total, figure
    Column("problem", JSON),  # why it failed
    Column("result", JSON),  # what the verb's result says as plain data
    _time("created_at"),
    _time("started_at", null=True),
    _time("ended_at", null=True),
)
Index("jobs_of_project", jobs.c.project_id, jobs.c.created_at)
models = Table(
    "models",
    tables,
    _id(),
    _of("teams"),
    _of("projects"),
    _of("jobs", null=True),  # that made it, and has its file; none of one that was brought
    Column("name", String, nullable=False),
    Column("file", String, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("summary", JSON, nullable=False),
    Column("created_by", String),
    _time("created_at"),
)
artifacts = Table(
    "artifacts",
    tables,
    _id(),
    _of("teams"),
    _of("projects"),
    _of("jobs"),
    Column("name", String, nullable=False),  # such as table.parquet
    Column("file", String, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("public", Boolean, nullable=False),  # whether a link may show it to anyone
    _time("created_at"),
    UniqueConstraint("job_id", "name"),
)
links = Table(
    "links",
    tables,
    _id(),
    _of("teams"),
    _of("artifacts"),
    Column("hash", String, nullable=False, unique=True),
    Column("created_by", String),
    _time("created_at"),
    _time("expires_at"),
    _time("revoked_at", null=True),
)
events = Table(
    "events",
    tables,
    Column("job_id", String, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),  # from 1
    Column("kind", String, nullable=False),  # state, progress, log, metric
    Column("content", JSON, nullable=False),
    _time("at"),
)
workers = Table(
    "workers",
    tables,
    _id(),
    Column("host", String, nullable=False),
    Column("process", Integer, nullable=False),
    _time("started_at"),
    _time("seen_at"),
)
answers = Table(  # to requests with an Idempotency-Key
    "answers",
    tables,
    Column("user_id", String, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String, primary_key=True),
    Column("request", String, nullable=False),  # hash of method, path and body
    Column("status", Integer),  # none while the first is under way
    Column("content", JSON),
    _time("created_at"),
)
