"""What a server answers instead of what was asked for, as the errors of this package."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from trimtab import errors
from trimtab.errors import AccessError, InputError, RefusedError, ServiceError, StoppedError

PROBLEM = "application/problem+json"
# For programs that are older than what a server says of the kind of error.
_CODES = {"refused": RefusedError, "stopped": StoppedError}
_ACCESS = (401, 403)
_PATIENCE = (429, 507)  # neither is wrong with the request


def error_of(problem: Mapping[str, Any]) -> errors.TrimtabError:
    """The error that a problem (RFC 9457) is: of the kind that the verb raised, in its words."""
    detail = str(problem.get("detail") or problem.get("title") or "the server says no more.")
    status = problem.get("status", 500)
    kind = getattr(errors, str(problem.get("error", "")), None)
    if isinstance(kind, type) and issubclass(kind, errors.TrimtabError):
        return kind(detail)
    if (known := _CODES.get(str(problem.get("code")))) is not None:
        return known(detail)
    if status in _ACCESS:
        return AccessError(detail)
    if status in _PATIENCE or status >= 500:
        return ServiceError(detail)
    return InputError(detail)


def refusal(url: str, status: int, kind: str, content: bytes) -> errors.TrimtabError:
    """The error of an answer with the status of one; `kind` is the type of its content."""
    if kind.partition(";")[0].strip() == PROBLEM:
        try:
            problem = json.loads(content)
        except ValueError:
            problem = None
        if isinstance(problem, dict):
            return error_of({"status": status} | problem)
    return ServiceError(
        f"{url} answered {status} ({kind or 'no content'}), and not as a server of trimtab does: "
        "see that this is its address, and what stands between."
    )
