"""Who asks, told by what comes with the request: a token, or the cookie of a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from trimtab.server.access.caller import Caller, Scope
from trimtab.server.problems import SignInNeeded


def caller_of(request: Request) -> Caller:
    """Who asks. Raises SignInNeeded for nobody."""
    raise SignInNeeded("send a token: `Authorization: Bearer tt_...`.")


def may(scope: Scope) -> Callable[[Request], Caller]:
    """What a route depends on: a caller who may do that. Raises SignInNeeded and Forbidden."""

    def allowed(request: Request) -> Caller:
        caller = caller_of(request)
        caller.check(scope)
        return caller

    return allowed


Reader = Annotated[Caller, Depends(may("read"))]
Writer = Annotated[Caller, Depends(may("write"))]
Manager = Annotated[Caller, Depends(may("manage"))]
