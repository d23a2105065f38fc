"""A server that answers as a test says, and a line to it that waits for nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2

from trimtab.client.connection import Connection

TOKEN = "tt_abcdefghijklmnopqrstuvwxyz_" + "s" * 43
Answer = httpx2.Response | Exception


@dataclass
class Answering:
    """Answers, one after the other; it notes what was asked, and how long one would have waited."""

    answers: Iterator[Answer]
    asked: list[httpx2.Request] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def line(self, patience: float = 60) -> Connection:
        """A line to it."""

        def handle(request: httpx2.Request) -> httpx2.Response:
            request.read()
            self.asked.append(request)
            answer = next(self.answers)
            if isinstance(answer, Exception):
                raise answer
            return answer

        transport = httpx2.MockTransport(handle)
        return Connection(
            "http://127.0.0.1:1",
            TOKEN,
            patience=patience,
            sleep=self.waited.append,
            transport=transport,
        )


def answering(*answers: Answer) -> Answering:
    """A server that gives these answers."""
    return Answering(iter(answers))


def told(content: Any, status: int = 200, **headers: str) -> httpx2.Response:
    """An answer of plain data."""
    return httpx2.Response(status, json=content, headers=headers)


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    """A problem as an answer."""
    content = json.dumps({"status": status, "detail": detail, **more})
    kind = {"content-type": "application/problem+json"}
    return httpx2.Response(status, content=content, headers=kind | (headers or {}))


class Breaking(httpx2.SyncByteStream):
    """A body that breaks off behind its parts."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = list(parts)

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts
        raise httpx2.ReadError("the line broke")


def breaking(parts: Iterable[bytes], status: int = 200, **headers: str) -> httpx2.Response:
    """An answer whose body breaks off."""
    return httpx2.Response(status, stream=Breaking(parts), headers=headers)
