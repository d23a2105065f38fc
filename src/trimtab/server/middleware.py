"""What stands before every route, from the outside in.

Headed    headers that every answer has
Logged    a line of the log for each answer; an error that nobody expected becomes an answer
Proxied   who asks, as a trusted proxy says
Guarded   hosts and methods that are known, and no others
Capped    bodies up to what is allowed, as they are read
"""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trimtab.server.answer import answer
from trimtab.server.headers import headers
from trimtab.server.metrics import Metrics
from trimtab.server.problems import problem
from trimtab.server.settings import LOOPBACK, Settings

VERSION: Final = "/v1"  # before the path of every route that is no page
REQUEST_ID: Final = "X-Request-Id"
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
# Routes that take files; nothing else does.
UPLOADS: Final = (re.compile(r"/v1/datasets"), re.compile(r"/v1/models/import"))
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?")
_ACCESS = logging.getLogger("trimtab.server.access")
_FAULTS = logging.getLogger("trimtab.server.faults")


def is_upload(path: str) -> bool:
    """Whether a route takes a file as its body."""
    return any(place.fullmatch(path) for place in UPLOADS)


def dressed(app: ASGIApp, settings: Settings, metrics: Metrics) -> ASGIApp:
    """An application with all that stands before it."""
    app = Guarded(Capped(app, settings), settings)
    return Headed(Logged(Proxied(app) if settings.proxied else app, metrics), settings)


@dataclass(frozen=True)
class Logged:
    """One line of JSON an answer, with the template of its route: never its path, whose parts
    may be secrets, nor anything else that was sent.
    """

    app: ASGIApp
    metrics: Metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, say that, and count it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, id, status = time.perf_counter(), uuid4().hex, 0
        state = scope.setdefault("state", {})
        state["request_id"] = id

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = id
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            _FAULTS.error(json.dumps({"time": time.time(), "id": id, "faults": faults(error)}))
            if status:  # the answer has begun, and cannot be taken back: it breaks off
                raise ConnectionAbortedError("an answer broke off: see the log") from None
            detail = "the server made a mistake: tell its operator the request id."
            said = problem(500, "fault", detail) | {"request_id": id}
            await answer(said)(scope, receive, noted)
        finally:
            line = self._line(scope, state, status, began, id)
            _ACCESS.info(json.dumps(line))
            self.metrics.answered(line["method"], line["route"], status, line["ms"] / 1000)

    def _line(
        self, scope: Scope, state: dict[str, Any], status: int, began: float, id: str
    ) -> dict[str, Any]:
        return {
            "time": time.time(),
            "method": scope["method"] if scope["method"] in METHODS else "other",
            "route": template(scope),
            "status": status,
            "ms": round(1000 * (time.perf_counter() - began), 1),
            "user": state.get("user"),
            "id": id,
        }


def template(scope: Scope) -> str | None:
    """The template of the route that a request took, such as /v1/projects/{id}."""
    path = getattr(scope.get("route"), "path", None)
    if not isinstance(path, str):
        return None
    within = scope["path"].startswith(f"{VERSION}/") and not path.startswith(f"{VERSION}/")
    return VERSION + path if within else path


def faults(error: BaseException) -> list[dict[str, Any]]:
    """Errors, the last first: their types, and where they arose; no message, which may quote."""
    found: list[dict[str, Any]] = []
    seen: BaseException | None = error
    while seen is not None and len(found) < 10:
        frames = traceback.extract_tb(seen.__traceback__)
        kind = f"{type(seen).__module__}.{type(seen).__qualname__}"
        at = [f"{f.filename}:{f.lineno} {f.name}" for f in frames]
        found.append({"type": kind, "frames": at})
        seen = seen.__cause__ or seen.__context__
    return found


class Headed:
    """Headers of an answer that it does not set itself."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._headers = headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with them."""

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    given.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, headed)


@dataclass(frozen=True)
class Proxied:
    """Who asks, and how, as the nearest proxy says: the last of each list, which is its own word.

    What stands before it in the list was sent by anybody.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as if there were no proxy."""
        if scope["type"] == "http":
            given = Headers(scope=scope)
            address = _last(given.getlist("x-forwarded-for"))
            proto = _last(given.getlist("x-forwarded-proto"))
            scope = dict(scope)
            if _is_address(address):
                scope["client"] = (address, 0)
            if proto in ("http", "https"):
                scope["scheme"] = proto
        await self.app(scope, receive, send)


def _last(values: list[str]) -> str:
    return ",".join(values).rpartition(",")[2].strip()


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


class Guarded:
    """Names of hosts that are this server's, and methods that there are.

    A name that another site has pointed here (DNS rebinding) is refused, or its pages could ask
    in the name of who has them open.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        names = (*LOOPBACK, *settings.names, settings.host)
        self._names = frozenset(bracketed(name.lower()) for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] == "http":
            if not self._is_known(Headers(scope=scope).getlist("host")):
                detail = "the header Host names none of this server's hosts: its operator adds one."
                await answer(problem(421, "misdirected", detail))(scope, receive, send)
                return
            if scope["method"] not in METHODS:
                detail = f"the method is not known: expected one of {', '.join(METHODS)}."
                more = {"Allow": ", ".join(METHODS)}
                refused = answer(problem(405, "method-not-allowed", detail), more)
                await refused(scope, receive, send)
                return
        elif scope["type"] == "websocket":  # there are none here
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._app(scope, receive, send)

    def _is_known(self, hosts: list[str]) -> bool:
        found = _HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
        return found is not None and found[1] in self._names


def bracketed(host: str) -> str:
    """A host as it stands in URLs."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


class Capped:
    """Bodies of no more bytes than are allowed, whatever they say of themselves."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._policy = settings.policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse: before reading, where a body says how large it is."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope)
        most = self._most(scope, given)
        said = given.get("content-length", "0")
        if not (said.isascii() and said.isdigit()):
            wrong = problem(400, "bad-request", "Content-Length is no number of bytes.")
            await answer(wrong, _CLOSE)(scope, receive, send)
            return
        if len(said) > 18 or int(said) > most:
            await answer(problem(413, "too-large", _larger(most)), _CLOSE)(scope, receive, send)
            return
        read = 0

        async def capped() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:  # the handler of HTTPException makes a problem of it
                raise HTTPException(413, _larger(most), _CLOSE)
            return message

        await self._app(scope, capped, send)

    def _most(self, scope: Scope, given: Headers) -> int:
        kind = given.get("content-type", "").partition(";")[0].strip().lower()
        file = is_upload(scope["path"]) and kind not in _FORMS
        return self._policy.upload_bytes if file else self._policy.body_bytes


_CLOSE: Final = {"Connection": "close"}


def _larger(most: int) -> str:
    return (
        f"the body holds more than {most:,} bytes, which is the most here: send less, or ask the "
        "operator for more."
    )
