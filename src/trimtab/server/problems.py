"""What can go wrong between a request and its answer, as the problems of RFC 9457.

An answer says what was given, what was expected and what to do next, like every error of ours; it
never quotes values of a table beyond what the error of a verb says to the one who asked.
"""

from __future__ import annotations

from typing import Any

from trimtab.errors import RefusedError, StoppedError, TrimtabError

MEDIA_TYPE = "application/problem+json"


class Problem(TrimtabError):
    """An answer other than what was asked for.

    status    of HTTP
    code      a word for programs
    headers   that go with it
    """

    status = 400
    code = "bad-request"

    def __init__(self, detail: str, *, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.headers = headers or {}
        self.more = more

    @property
    def content(self) -> dict[str, Any]:
        """The problem as JSON."""
        return problem(self.status, self.code, str(self)) | self.more


class SignInNeeded(Problem):
    """Nobody, or nobody that is known, asks."""

    status, code = 401, "sign-in-needed"


class Forbidden(Problem):
    """One who may not do that asks."""

    status, code = 403, "forbidden"


class NotFound(Problem):
    """There is no such thing, or not for the one who asks."""

    status, code = 404, "not-found"


class Conflict(Problem):
    """What is there stands against it."""

    status, code = 409, "conflict"


class Gone(Problem):
    """It was there, and is no more."""

    status, code = 410, "gone"


class TooLarge(Problem):
    """More than this server takes."""

    status, code = 413, "too-large"


class Unfit(Problem):
    """A body that says what it should, and asks what cannot be done."""

    status, code = 422, "unfit"


class TooMany(Problem):
    """Too often, or too much at a time."""

    status, code = 429, "too-many"


class Away(Problem):
    """What is needed to answer is not there for now."""

    status, code = 503, "away"

    def __init__(self, detail: str, *, seconds: int = 5) -> None:
        super().__init__(
            f"{detail}: try again in some seconds.", headers={"Retry-After": str(seconds)}
        )


class NoRoom(Problem):
    """The disk of the server is full."""

    status, code = 507, "no-room"


def problem(status: int, code: str, detail: str) -> dict[str, Any]:
    """A problem as JSON."""
    title = code.replace("-", " ").capitalize()
    return {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}


def of_error(error: TrimtabError) -> dict[str, Any]:
    """What an error of a verb is to the one who asked: never a fault of the server."""
    if isinstance(error, Problem):
        return error.content
    code = {RefusedError: "refused", StoppedError: "stopped"}.get(type(error), "unfit")
    found = problem(422, code, str(error)) | {"error": type(error).__name__}
    hints = [{"name": r.name, "value": r.value} for r in error.remedies if not r.verb]
    return found | ({"remedies": hints} if hints else {})
