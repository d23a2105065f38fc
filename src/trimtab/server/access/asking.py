"""Who asks, told by what comes with the request: a token, or the cookie of a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Final
from urllib.parse import parse_qs

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from trimtab.server.access.caller import Caller, Scope
from trimtab.server.access.origin import SAFE, check_origin
from trimtab.server.access.secrets import same
from trimtab.server.access.sessions import caller_in, cookie_name
from trimtab.server.access.tokens import caller_with
from trimtab.server.problems import Forbidden, Problem, SignInNeeded
from trimtab.server.service import Service, service_of

CSRF_HEADER: Final = "X-CSRF-Token"
CSRF_FIELD: Final = "csrf"
FORM: Final = "application/x-www-form-urlencoded"
_SEND = "send a token (`Authorization: Bearer tt_...`), or sign in"
_BEARER = HTTPBearer(auto_error=False, bearerFormat="tt_...", description="A token of /v1/tokens.")


async def csrf_of(request: Request) -> str | None:
    """What stands against forged requests, as a request has it: a header, or a field of a form."""
    given = request.headers.get(CSRF_HEADER)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given is not None or kind != FORM or request.method in SAFE:
        return given
    try:
        fields = parse_qs((await request.body()).decode(), max_num_fields=100)
    except ValueError:
        return None
    return fields.get(CSRF_FIELD, [None])[0]


def caller_of(request: Request, csrf: str | None = None) -> Caller:
    """Who asks. Raises SignInNeeded for nobody, Forbidden for a forged request."""
    service = service_of(request)
    said = request.headers.get("authorization")
    cookie = request.cookies.get(cookie_name(service.settings))
    if said is not None and cookie is not None:
        raise Problem("both a token and the cookie of a session came: send one of them.")
    if said is not None:
        caller = _with_token(request, service, said)
    elif cookie is not None:
        caller = _in_session(request, service, cookie, csrf)
    else:
        raise _nobody(f"nobody asks: {_SEND}.")
    request.state.user = caller.user
    return replace(caller, address=address_of(request))


def may(scope: Scope) -> Callable[..., Caller]:
    """What a route depends on: a caller who may do that. Raises SignInNeeded and Forbidden."""

    def allowed(
        request: Request,
        csrf: Annotated[str | None, Depends(csrf_of)],
        bearer: Annotated[object, Depends(_BEARER)],
    ) -> Caller:
        caller = caller_of(request, csrf)
        caller.check(scope)
        return caller

    return allowed


Reader = Annotated[Caller, Depends(may("read"))]
Writer = Annotated[Caller, Depends(may("write"))]
Manager = Annotated[Caller, Depends(may("manage"))]


def operating(caller: Manager) -> Caller:
    """One who may make teams. Raises Forbidden."""
    if not caller.operator:
        raise Forbidden("this is for the operator of the server: ask them.")
    return caller


def in_person(caller: Reader) -> Caller:
    """One who has signed in: what makes secrets is done by no token. Raises Forbidden."""
    if caller.token is not None:
        raise Forbidden("a token cannot do this: sign in with your password (POST /v1/sign-in).")
    return caller


Operator = Annotated[Caller, Depends(operating)]
InPerson = Annotated[Caller, Depends(in_person)]


def address_of(request: Request) -> str:
    """Where a request comes from (`middleware` has put a trusted proxy's word there)."""
    return request.client.host if request.client else "nowhere"


def _nobody(detail: str) -> SignInNeeded:
    return SignInNeeded(detail, headers={"WWW-Authenticate": "Bearer"})


def _with_token(request: Request, service: Service, said: str) -> Caller:
    scheme, _, token = said.partition(" ")
    caller = caller_with(service, token.strip()) if scheme.lower() == "bearer" else None
    if caller is None:
        service.bad_tokens.count(address_of(request))
        raise _nobody(f"the token is unknown, too old or revoked: {_SEND}.")
    return caller


def _in_session(request: Request, service: Service, cookie: str, csrf: str | None) -> Caller:
    caller = caller_in(service, cookie)
    if caller is None or caller.csrf is None:
        raise _nobody("the session has ended: sign in again.")
    if request.method not in SAFE:
        check_origin(request)
        if csrf is None or not same(csrf, caller.csrf):
            raise Forbidden(
                f"the header {CSRF_HEADER} is missing, or not that of this session: send `csrf` "
                "of /v1/me with it."
            )
    return caller
