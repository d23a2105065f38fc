"""The line to a server: what is sent and answered, and sent again where that is safe."""

from __future__ import annotations

import hashlib
import json
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit
from uuid import uuid4

from trimtab.client.answers import refusal
from trimtab.errors import InputError, RefusedError, ServiceError, TrimtabError

_VERSION = "/v1"
_AGAIN = (408, 429, 502, 503, 504)  # answers that another try may change
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 10.0  # seconds between tries
_CONNECT_SECONDS = 10.0
_PIECE = 1 << 20

Content = Callable[[], IO[bytes]]  # opens what is to be sent, anew for each try


@dataclass(frozen=True)
class Connection:
    """A server, and who asks it.

    url        where it answers, such as "https://tables.example.org"
    token      as `POST /v1/tokens` gave it
    seconds    that an answer may take
    patience   seconds for which a server that is away is asked again
    sleep      waits for some seconds
    transport  of httpx2, in the place of its own
    """

    url: str
    token: str = field(repr=False)
    seconds: float = field(default=120.0, repr=False)
    patience: float = field(default=60.0, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    transport: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", _checked(self.url))
        if not self.token.isascii() or not self.token.strip() or not self.token.isprintable():
            raise InputError("the token is empty, or no text of one line: expected tt_...")

    @cached_property
    def _lines(self) -> Any:
        library = _library()
        lines = library.Client(
            base_url=self.url + _VERSION,
            headers={"Authorization": f"Bearer {self.token}", "User-Agent": "trimtab"},
            timeout=library.Timeout(self.seconds, connect=_CONNECT_SECONDS),
            transport=self.transport,
        )
        weakref.finalize(self, lines.close)  # for who forgets to close it
        return lines

    def close(self) -> None:
        """Close the line; it opens again when it is needed."""
        if "_lines" in self.__dict__:
            self.__dict__.pop("_lines").close()

    def get(self, path: str, **parameters: Any) -> Any:
        """What stands there, as plain data."""
        given = {name: value for name, value in parameters.items() if value is not None}
        return _data(self.ask("GET", path, params=given), self.url)

    def pages(self, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The items of a list, a page at a time."""
        after = None
        while True:
            page = self.get(path, after=after, **parameters)
            yield from page["items"]
            if (after := page["next"]) is None:
                return

    def post(self, path: str, content: Any = None, *, key: str | None = None) -> Any:
        """What comes of plain data that is sent. With an idempotency key it is sent again, if the
        server is away, and carried out once.
        """
        headers = {} if key is None else {"Idempotency-Key": key}
        sent = {} if content is None else {"json": content}
        return _data(
            self.ask("POST", path, again=key is not None, headers=headers, **sent), self.url
        )

    def delete(self, path: str) -> None:
        """Remove what stands there."""
        self.ask("DELETE", path)

    def send(self, path: str, content: Content, **parameters: Any) -> Any:
        """What comes of a file that is sent, once."""
        with content() as stream:
            answer = self.ask("POST", path, again=False, params=parameters, content=_pieces(stream))
        return _data(answer, self.url)

    def ask(self, method: str, path: str, *, again: bool | None = None, **sent: Any) -> Any:
        """An answer that is what was asked for.

        again   whether it may be sent again, where no answer came; if not said, all but a POST may

        Raises ServiceError for a server that is away, and what `answers` makes of its problems.
        """
        may = method != "POST" if again is None else again
        tries = self.tries()
        while True:
            try:
                answer = self._lines.request(method, path, **sent)
            except _library().TransportError as error:
                away = self.away(error)
                if not (may or isinstance(error, _library().ConnectError)) or not next(tries):
                    raise away from None
                continue
            if answer.status_code < 300:
                return answer
            asked = _asked_to_wait(answer)
            may_again = answer.status_code in _AGAIN or (answer.status_code == 409 and asked)
            if not (may and may_again) or not tries.send(asked):
                raise self._refusal(answer, answer.content)

    def tries(self) -> Tries:
        """Waits between tries, until patience ends."""
        return Tries(self.patience, self.sleep)

    def away(self, error: Exception) -> ServiceError:
        """The error of a server that does not answer."""
        return ServiceError(
            f"{self.url} does not answer ({type(error).__name__}): see that the server runs and "
            "that its address is right, and try again. What was ordered there goes on."
        )

    @contextmanager
    def stream(self, path: str, headers: Mapping[str, str], seconds: float) -> Iterator[Any]:
        """An answer as it comes, of which a piece comes within some seconds. Raises ServiceError
        where the line breaks.
        """
        library = _library()
        within = library.Timeout(seconds, connect=_CONNECT_SECONDS)
        try:
            with self._lines.stream("GET", path, headers=headers, timeout=within) as answer:
                if answer.status_code >= 300:
                    raise self._refusal(answer, answer.read())
                yield answer
        except library.TransportError as error:
            raise Broken(str(self.away(error))) from None

    def download(self, path: str, place: Path) -> None:
        """Write a file of the server to a place: whole, and what the server says it is.

        Where the line breaks it goes on behind what has come. Raises ServiceError.
        """
        tries, size, digest = self.tries(), 0, hashlib.sha256()
        tag: str | None = None
        with place.open("wb") as out:
            while True:
                headers = {"Accept-Encoding": "identity"}
                if tag is not None:
                    headers |= {"Range": f"bytes={size}-", "If-Range": tag}
                try:
                    with self.stream(path, headers, self.seconds) as answer:
                        if tag is None or answer.status_code != 206:
                            size, digest = 0, hashlib.sha256()
                            out.seek(0)
                            out.truncate()
                        tag = answer.headers.get("etag")
                        for part in answer.iter_bytes():
                            out.write(part)
                            digest.update(part)
                            size += len(part)
                    break
                except Broken:
                    if not next(tries):
                        raise
                except ServiceError as error:
                    if not isinstance(error, Away) or not tries.send(error.seconds):
                        raise
        if tag is None or digest.hexdigest() != tag.strip('"'):
            raise ServiceError(f"{path} did not come as the server has it: ask for it again.")

    def _refusal(self, answer: Any, content: bytes) -> TrimtabError:
        found = refusal(
            self.url, answer.status_code, answer.headers.get("content-type", ""), content
        )
        if answer.status_code in _AGAIN and isinstance(found, ServiceError):
            return Away(str(found), _asked_to_wait(answer))
        return found


class Broken(ServiceError):
    """A line that broke while something came."""


class Away(ServiceError):
    """A server that says that it is away, and for how many seconds."""

    def __init__(self, detail: str, seconds: float | None) -> None:
        super().__init__(detail)
        self.seconds = seconds


class Tries:
    """Whether to try again, after a wait: longer each time, or as long as the server asks for."""

    def __init__(self, patience: float, sleep: Callable[[float], None]) -> None:
        self._left, self._sleep, self._wait = patience, sleep, _FIRST_WAIT

    def __next__(self) -> bool:
        return self.send(None)

    def send(self, asked: float | None) -> bool:
        """Wait, and say yes; no where patience has ended."""
        seconds = self._wait if asked is None else asked
        self._wait = min(2 * self._wait, _LONGEST_WAIT)
        if seconds > self._left:
            return False
        self._left -= seconds
        self._sleep(seconds)
        return True


def new_key() -> str:
    """A new idempotency key: what is sent with it is carried out once, however often it is sent."""
    return str(uuid4())


def _library() -> Any:
    try:
        return import_module("httpx2")
    except ModuleNotFoundError:
        raise InputError(
            "a server is asked by httpx2: install it with pip install 'trimtab[client]'."
        ) from None


def _checked(url: str) -> str:
    """The address without what follows the host. Raises InputError, and RefusedError for one to
    which a token would go for everyone to read.
    """
    wrong = InputError(
        f"url = {url!r:.200}: expected that of a server, such as 'https://tables.example.org' or "
        "'http://127.0.0.1:8722'."
    )
    try:
        parts = urlsplit(url.strip().rstrip("/"))
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise wrong
    if parts.username is not None or parts.password is not None:
        raise InputError("the URL holds a name or password: leave it out, and give a token.")
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise RefusedError(
            f"{parts.scheme}://{parts.hostname}: the token would go there for everyone between to "
            "read. Use https://, or a tunnel to this machine."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}{parts.path}"


def _is_here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _asked_to_wait(answer: Any) -> float | None:
    """The seconds after which a server wants to be asked again, if it says so."""
    try:
        return max(0.0, float(answer.headers["retry-after"]))
    except (KeyError, ValueError):
        return None


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while part := stream.read(_PIECE):
        yield part


def _data(answer: Any, url: str) -> Any:
    """The plain data of an answer."""
    if not answer.content:
        return None
    try:
        return json.loads(answer.content)
    except ValueError:
        kind = answer.headers.get("content-type", "")
        raise refusal(url, answer.status_code, kind, b"") from None
