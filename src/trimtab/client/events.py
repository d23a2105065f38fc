"""What a job tells on the way: server-sent events, taken up again where the line breaks.

The form of the stream: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from trimtab.client.connection import Away, Broken, Connection

ENDED = ("succeeded", "failed", "cancelled")
_SECONDS_OF_SILENCE = 45.0  # the server gives a sign of life every 15


@dataclass(frozen=True)
class Event:
    """Something that happened: "state", "progress", "log" or "metric", and what is said of it."""

    number: int
    kind: str
    content: dict[str, Any]


def events(connection: Connection, job: str, after: int = 0) -> Iterator[Event]:
    """The events of a job behind one, until it has ended. Raises ServiceError for a server that
    stays away.
    """
    place, tries = f"/jobs/{job}/events", connection.tries()
    while True:
        asked = {"Accept": "text/event-stream"} | ({"Last-Event-ID": str(after)} if after else {})
        failed = connection.away(ConnectionError("the events ended before the job"))
        seconds: float | None = None
        try:
            with connection.stream(place, asked, _SECONDS_OF_SILENCE) as answer:
                for event in parsed(answer.iter_lines()):
                    after, tries = event.number, connection.tries()
                    yield event
            # A server that stops ends the stream, and goes on when it is back.
            if connection.get(f"/jobs/{job}")["state"] in ENDED:
                return
        except Broken as error:
            failed = error
        except Away as error:
            failed, seconds = error, error.seconds
        if not tries.send(seconds):
            raise failed


def parsed(lines: Iterable[str]) -> Iterator[Event]:
    """The events in the lines of a stream; one that breaks off is none."""
    number, kind, data = 0, "", list[str]()
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                yield Event(number, kind, json.loads("\n".join(data)))
            kind, data = "", []
        elif name == "id" and value.isdecimal():
            number = int(value)
        elif name == "event":
            kind = value
        elif name == "data":
            data.append(value)
