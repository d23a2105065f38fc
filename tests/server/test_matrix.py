"""Who may do what, over every route that there is: nobody, each role, each scope, another team."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from starlette.testclient import TestClient

from tests.server.everything import ASKED, MAKERS, OPEN, Said, Way, ways
from tests.server.people import CANARY, Person, Things, person, team_of, things_of
from tests.server.serving import service_in
from trimtab.server.access.caller import ROLES, SCOPES, Role, Scope
from trimtab.server.app import application
from trimtab.server.database.tables import tables
from trimtab.server.ids import PREFIXES, new_id
from trimtab.server.jobs.kinds import KINDS
from trimtab.server.problems import Unfit
from trimtab.server.service import Service

IDS = [f.name for f in fields(Things) if f.name not in ("name", "secret")]
REFUSED = (401, 403)
# Of routes whose last part is none.
VERBS = {
    "/v1/reports": "evaluate",
    "/v1/models": "fit",
    "/v1/models/{id}/generations": "sample",
}


class Server:
    """One server for all tests here, so that there are as many things of others as may be."""

    def __init__(self, folder: Path) -> None:
        self.outside = folder / "outside.txt"
        self.outside.write_text("what no request reads")
        self.data = folder / "data"
        self.data.mkdir()
        self.service: Service = service_in(self.data, jobs_waiting_per_user=10_000)
        self.app: FastAPI = application(self.service)
        self.client = TestClient(self.app, base_url="http://localhost", follow_redirects=False)
        self.ways = ways(self.app)
        self.people: dict[str, Person] = {}
        for role in ROLES:
            self.people[role] = self.newcomer(role)  # type: ignore[arg-type]
        self.tried: Any = None
        self.count = 0

    def newcomer(self, role: Role = "owner", *, operator: bool = False) -> Person:
        """One in a new team."""
        name = new_id("users")
        return person(self.service, team_of(self.service, name), name, role, operator=operator)

    def ask(self, way: Way, path: str, said: Said, headers: dict[str, str]) -> Any:
        """The answer; nobody's cookies are kept."""
        self.client.cookies.clear()
        sent = said.get("headers", {}) | headers
        return self.client.request(way.method, path, **{**said, "headers": sent})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("server"))
    with pytest.MonkeyPatch.context() as patch, made.client:
        for name, module in list(sys.modules.items()):  # no process is begun for a question
            if name.startswith("trimtab.server.routes.") and hasattr(module, "ask"):
                patch.setattr(module, "ask", _unasked)
        yield made


def _unasked(*about: Any, **more: Any) -> Any:
    raise Unfit("nothing is looked at here.")


@pytest.fixture(scope="module")
def guarded(server: Server) -> list[Way]:
    return [way for way in server.ways if way.path not in OPEN]


def test_each_route_has_its_makers(server: Server) -> None:
    lacking = [part for way in server.ways for part in way.parts if part not in MAKERS]
    assert not lacking, f"say in MAKERS of tests/server/everything.py what these are: {lacking}"
    untold = [w for w in server.ways if w.must_be_told and (w.method, w.path) not in ASKED]
    assert not untold, f"say in ASKED of tests/server/everything.py what these are sent: {untold}"
    known = {(way.method, way.path) for way in server.ways}
    assert not set(ASKED) - known
    assert not set(MAKERS) - {part for way in server.ways for part in way.parts}


def test_what_is_not_open_needs_a_scope(server: Server, guarded: list[Way]) -> None:
    assert len(guarded) > 30
    bare = [str(way) for way in guarded if not way.needs & set(SCOPES)]
    assert not bare, "these depend on none of Reader, Writer and Manager"
    assert {way.path for way in server.ways} >= OPEN


def test_nobody_is_let_in(server: Server, guarded: list[Way]) -> None:
    things = things_of(server.people["owner"])
    nobodies: list[dict[str, str]] = [
        {},
        {"Authorization": f"Bearer tt_{new_id('tokens')[3:]}_{'x' * 43}"},
        {"Authorization": "Basic b3duZXI6b3duZXI="},
        {"Cookie": "trimtab=" + "x" * 43, "X-CSRF-Token": "x"},
    ]
    for way in guarded:
        for headers in nobodies:
            vars(server.service).pop("bad_tokens", None)  # or they were too many
            found = server.ask(way, *way.asked(things), headers)
            assert found.status_code == 401, (str(way), headers)
            if way.method != "HEAD":
                assert found.json()["code"] == "sign-in-needed"


@pytest.mark.parametrize("role", [*ROLES, "operator"])
def test_roles_may_what_they_may(server: Server, guarded: list[Way], role: Any) -> None:
    operator = role == "operator"
    who = server.newcomer("owner" if operator else role, operator=operator)
    allowed = {*ROLES[who.role], "in person", *(["operator"] if operator else [])}
    for way, answer in _answers(server, guarded, who, who.in_session):
        _check(way, answer, way.needs <= allowed, role)


@pytest.mark.parametrize("scope", SCOPES)
def test_tokens_may_what_their_scope_says(server: Server, guarded: list[Way], scope: Scope) -> None:
    who = server.newcomer("owner", operator=True)
    for way, answer in _answers(server, guarded, who, lambda: who.by_token([scope])):
        may = way.needs <= {scope, "operator"}
        if str(way) == "DELETE /v1/tokens/{id}":  # a token that reads revokes itself and no other
            may = False
        _check(way, answer, may, scope)


def _answers(
    server: Server, guarded: list[Way], who: Person, sent: Callable[[], dict[str, str]]
) -> Iterator[tuple[Way, Any]]:
    """What each way answers one; with new things after each that may have changed them."""
    now = None
    for way in guarded:
        things, headers = now or (things_of(who), sent())
        answer = server.ask(way, *way.asked(things), headers)
        changed = way.method not in ("GET", "HEAD") and answer.status_code < 400
        now = None if changed else (things, headers)
        yield way, answer


def _check(way: Way, answer: Any, may: bool, by: str) -> None:
    told = f"{way} by {by}: {answer.status_code} {answer.text:.300}"
    assert answer.status_code < 500, told
    if way.path == "/v1/me/password" and may:  # whose password is not what is sent
        assert "old password" in answer.text
    elif may:
        assert answer.status_code not in (*REFUSED, 404), told
    else:
        assert answer.status_code == 403, told


def test_what_another_team_has_is_not_there(server: Server, guarded: list[Way]) -> None:
    """Each id in turn, of the path, the query and the body, is another team's."""
    theirs, other = server.people["owner"], server.newcomer("owner", operator=True)
    foreign, own = things_of(theirs), things_of(other)
    by = {True: other.in_session(), False: other.by_token()}
    before, tried = _rows(server, theirs.team), 0
    for way in guarded:
        for name in _named(way, own):
            path, said = way.asked(replace(own, **{name: getattr(foreign, name)}))
            found = server.ask(way, path, said, by["in person" in way.needs])
            assert found.status_code == 404, f"{way}, {name}: {found.status_code} {found.text}"
            assert CANARY not in found.text and theirs.name not in found.text
            tried += 1
    assert tried > 40
    assert _rows(server, theirs.team) == before


def test_lists_have_nothing_of_another_team(server: Server, guarded: list[Way]) -> None:
    theirs, other = server.newcomer(), server.newcomer(operator=True)
    foreign = things_of(theirs)
    marks = [getattr(foreign, name) for name in IDS] + [theirs.id]
    lists = [way for way in guarded if way.method == "GET" and "{" not in way.path]
    assert len(lists) > 10
    own, headers = things_of(other), other.by_token()
    for way in lists:
        found = server.ask(way, *way.asked(own), headers)
        assert found.status_code == 200, f"{way}: {found.text}"
        assert not [mark for mark in marks if mark in found.text], str(way)
        if "application/json" in found.headers["content-type"] and "next" in found.json():
            for mark in marks:
                more = {"params": way.asked(own)[1].get("params", {}) | {"after": mark}}
                again = server.ask(way, way.path, more, headers)
                assert again.status_code == 404, f"{way} after {mark}"


def test_ids_of_other_kinds_name_nothing(server: Server, guarded: list[Way]) -> None:
    """Each id in turn is of two other kinds, so that every kind has its turn somewhere."""
    who = server.people["owner"]
    headers, own = who.by_token(), things_of(who)
    kinds = cycle([*IDS, None])
    for way in guarded:
        if "in person" in way.needs or "operator" in way.needs:
            continue
        for name in _named(way, own):
            for kind in islice((k for k in kinds if k != name), 2):
                wrong = who.team if kind is None else getattr(own, kind)
                path, said = way.asked(replace(own, **{name: wrong}))
                found = server.ask(way, path, said, headers)
                taken = found.status_code in (200, 202) and _takes(way, name, kind)
                assert taken or found.status_code in (404, 422), (
                    f"{way}, {name} is a {kind}: {found.status_code} {found.text:.200}"
                )


def _takes(way: Way, name: str, kind: str | None) -> bool:
    """Whether an argument of a job can be a thing of another kind."""
    verb = VERBS.get(way.path, way.path.split("/")[-1])
    inputs = KINDS[verb].inputs.values() if verb in KINDS else ()
    return any(name in nouns and kind in nouns for nouns in inputs)


_pieces = st.sampled_from(
    ["..", "/", "\\", "%2e%2e", "%2f", ".", "~", "\0", "etc", "passwd", "outside.txt", "data",
     "trimtab.sqlite", "secret", "file:", "http://", "*", "'", '"', ";", "--", "<b>", "\r\n",
     "\u202e", "\ud800", "𝒳", "CON", "ds_", "a" * 26, "0", "-1", "1e999", "null"]
)  # fmt: skip
_names = st.one_of(
    st.lists(_pieces, min_size=1, max_size=8).map("".join),
    st.text(max_size=40),
    st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26).flatmap(
        lambda letters: st.sampled_from([f"{p}_{letters}" for p in PREFIXES.values()])
    ),
)


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_name_reaches_a_file_outside(server: Server, data: st.DataObject) -> None:
    """Names and ids of any letters: no fault of the server, and nothing read or made outside."""
    _try_a_name(server, data)


@pytest.mark.stress
@settings(max_examples=10_000, derandomize=False, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_none_of_many_names_reaches_a_file_outside(server: Server, data: st.DataObject) -> None:
    _try_a_name(server, data)


def _try_a_name(server: Server, data: st.DataObject) -> None:
    who = server.people["owner"]
    if server.count % 100 == 0:  # some of them are removed by and by
        server.tried = things_of(who), who.by_token()
    server.count += 1
    own, headers = server.tried
    candidates = [w for w in server.ways if w.path not in ("/v1/tokens/{id}",) and "{" in w.path]
    candidates += [w for w in server.ways if (w.method, w.path) in ASKED and "{" not in w.path]
    way = data.draw(st.sampled_from(candidates), label="route")
    name = data.draw(_names, label="name")
    path, said = way.asked(own)
    if "{" in way.path and data.draw(st.booleans(), label="in the path"):
        part = data.draw(st.sampled_from(way.parts))
        value = getattr(own, MAKERS[part])
        raw = data.draw(st.booleans(), label="as it is")
        shown = quote(name.encode("utf-8", "surrogatepass"), safe="/%.*" if raw else "")
        path = path.replace(value, shown)
    else:
        said = _with(said, name, data)
    try:
        found = server.ask(way, path, said, headers)
    except UnicodeEncodeError:  # which httpx sends in no URL
        return
    assert found.status_code < 500, found.text
    assert "what no request reads" not in found.text
    assert "root:" not in found.text
    assert {p.name for p in server.data.parent.iterdir()} == {"data", "outside.txt"}


def _with(said: Said, name: str, data: st.DataObject) -> Said:
    """What is sent, with a text in it that is another."""
    sent = {**said}
    if "params" in sent:
        key = data.draw(st.sampled_from(sorted(sent["params"])))
        sent["params"] = {**sent["params"], key: name}
    if "json" in sent:
        key = data.draw(st.sampled_from([*sorted(sent["json"]), "more"]))
        value = data.draw(st.sampled_from([name, [name], {name: name}]))
        sent["content"] = json.dumps({**sent.pop("json"), key: value}).encode()
        sent["headers"] = {"Content-Type": "application/json"}
    return sent


def _named(way: Way, own: Things) -> list[str]:
    """The fields of things that a route is asked with."""
    sent = str(way.asked(own))
    return [name for name in IDS if getattr(own, name) in sent]


def _rows(server: Server, team: str) -> dict[str, Any]:
    """All that a team has."""
    with server.service.database.reading() as connection:
        return {
            table.name: connection.execute(
                select(table).where(table.c.team_id == team).order_by(table.c.id)
            ).all()
            for table in tables.sorted_tables
            if "team_id" in table.c
        }
