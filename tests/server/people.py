"""People of teams, each with what they send; and teams that have one of everything."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, update

from trimtab.server.access import links, sessions, tokens
from trimtab.server.access.caller import ROLES, SCOPES, Caller, Role, Scope
from trimtab.server.access.first_run import add_team, add_user
from trimtab.server.access.secrets import fingerprint
from trimtab.server.database import tables
from trimtab.server.database.owned import ARTIFACTS, DATASETS, JOBS, MODELS, PLANS, PROJECTS
from trimtab.server.ids import new_id
from trimtab.server.service import Service
from trimtab.verbs.inspect import inspect_table

Headers = dict[str, str]
CANARY = "a value of a row"
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Person:
    """One of a team."""

    service: Service
    id: str
    team: str
    name: str
    role: Role
    operator: bool = False

    @property
    def caller(self) -> Caller:
        """Them, as routes know them."""
        return Caller(self.id, self.team, self.name, self.role, ROLES[self.role], self.operator)

    def token(self, scopes: Sequence[Scope] = SCOPES) -> str:
        """A new token of theirs."""
        with self.service.database.writing() as connection:
            return tokens.make(connection, self.service, self.caller, "test", scopes, 1)[1]

    def by_token(self, scopes: Sequence[Scope] = SCOPES) -> Headers:
        """What they send with a token."""
        return {"Authorization": f"Bearer {self.token(scopes)}"}

    def in_session(self) -> Headers:
        """What they send from the pages of a session."""
        with self.service.database.writing() as connection:
            cookie = sessions.begin(connection, self.service, self.id)
        name = sessions.cookie_name(self.service.settings)
        csrf = fingerprint(self.service.key, "csrf", cookie)
        return {"Cookie": f"{name}={cookie}", "X-CSRF-Token": csrf}


def team_of(service: Service, name: str) -> str:
    """A new team."""
    with service.database.writing() as connection:
        return add_team(connection, name)


def person(
    service: Service, team: str, name: str, role: Role = "owner", *, operator: bool = False
) -> Person:
    """One more in a team."""
    with service.database.writing() as connection:
        row = add_user(connection, team, name, role, operator=operator)
    return Person(service, row["id"], team, name, role, operator)


def set_password(someone: Person, kept: str) -> None:
    """Have a password be kept for one."""
    with someone.service.database.writing() as connection:
        here = tables.users.c.id == someone.id
        connection.execute(update(tables.users).where(here).values(password=kept))


@dataclass(frozen=True)
class Things:
    """The ids of one of everything that a team has; `name` and `secret` are no ids."""

    user: str
    token: str
    project: str
    dataset: str
    plan: str
    job: str
    model: str
    artifact: str
    link: str
    audit: str
    name: str
    secret: str


def things_of(someone: Person) -> Things:
    """One of everything, for a team; files hold the canary."""
    service = someone.service
    with service.database.writing() as connection:
        return _Making(service, someone, connection).all()


@dataclass(frozen=True)
class _Making:
    service: Service
    someone: Person
    connection: Connection

    def all(self) -> Things:
        who = self.someone
        project = self._add(PROJECTS, name=new_id("projects"), created_by=who.id)
        of: dict[str, Any] = {"project_id": project, "created_by": who.id}
        dataset = self._add(
            DATASETS,
            name="rows.csv",
            rows=4,
            columns=2,
            schema=_schema(),
            notes=[],
            **of,
            **self._file("datasets", "table.csv"),
        )
        plan = self._add(
            PLANS,
            dataset_id=dataset,
            request={},
            content={},
            **self._file("plans", "plan.json", only=("id", "file")),
            **of,
        )
        job = self._add(
            JOBS,
            kind="fit",
            request={},
            inputs={"data": dataset},
            state="succeeded",
            attempt=1,
            cancel_asked=False,
            ended_at=time.time(),
            **of,
        )
        model = self._add(
            MODELS, name="model", summary={}, **of, **self._file("models", "model.trimtab")
        )
        artifact = self._add(
            ARTIFACTS,
            project_id=project,
            job_id=job,
            name="report.html",
            public=True,
            **self._file("jobs", "report.html", id=job, only=("file", "bytes", "sha256")),
        )
        link, secret = links.make(self.connection, self.service, who.caller, artifact)
        token, _ = tokens.make(self.connection, self.service, who.caller, "kept", SCOPES, 1)
        user = add_user(self.connection, who.team, new_id("users"), "member")["id"]
        audit = _audit(self.connection, who)
        return Things(
            user, token["id"], project, dataset, plan, job, model, artifact, link["id"], audit,
            "report.html", secret,
        )  # fmt: skip

    def _add(self, owned: Any, **values: Any) -> str:
        return str(owned.add(self.connection, self.someone.team, **values)["id"])

    def _file(
        self, table: str, name: str, id: str | None = None, only: Sequence[str] = ()
    ) -> dict[str, Any]:
        """A file of a thing, and what its row says of it, or some of that."""
        id = id or new_id(table)
        place = self.service.files.folder(table, id) / name
        place.parent.mkdir(parents=True)
        place.write_text(f"A,B\n{CANARY},1\nb,2\na,3\nb,4\n")
        said = {"id": id, **vars(self.service.files.keep(place))}
        return {name: said[name] for name in only or said}


def _audit(connection: Connection, who: Person) -> str:
    from trimtab.server.database.owned import AUDITS

    return str(AUDITS.add(connection, who.team, user_id=who.id, action="made for a test")["id"])


@cache
def _schema() -> dict[str, Any]:
    table = pa.table({"A": [CANARY, "b", "a", "b"], "B": [1, 2, 3, 4]})
    found: dict[str, Any] = inspect_table(table, rules=False).schema.model_dump(mode="json")
    return found
