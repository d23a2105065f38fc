"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from trimtab.server.access import sessions, sign_in
from trimtab.server.access.asking import InPerson, address_of
from trimtab.server.access.origin import check_origin
from trimtab.server.access.passwords import LONGEST, SHORTEST
from trimtab.server.service import At, Service

ROUTES = APIRouter(tags=["sign-in"])
Password = Annotated[str, Field(max_length=LONGEST)]
NewPassword = Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]


class SignIn(BaseModel):
    """Who signs in."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100, examples=["owner"])
    password: Password


class Exchange(BaseModel):
    """A one-time link (what stands behind its #), and the password that is wanted."""

    model_config = ConfigDict(extra="forbid")

    link: str = Field(max_length=100)
    password: NewPassword


@ROUTES.post("/sign-in", status_code=204)
def enter(body: SignIn, request: Request, response: Response, service: At) -> None:
    """Sign in: the answer sets the cookie of a session; see /v1/me for what changes need."""
    check_origin(request)
    before = cookie_of(request, service)
    cookie = sign_in.by_password(service, body.name, body.password, address_of(request), before)
    sessions.give(response, service, cookie)


@ROUTES.post("/sign-in/link", status_code=204)
def exchange(body: Exchange, request: Request, response: Response, service: At) -> None:
    """Use a one-time link: it sets the password, and signs in."""
    check_origin(request)
    before = cookie_of(request, service)
    cookie = sign_in.by_link(service, body.link, body.password, address_of(request), before)
    sessions.give(response, service, cookie)


@ROUTES.post("/sign-out", status_code=204)
def leave(caller: InPerson, request: Request, response: Response, service: At) -> None:
    """End the session."""
    sign_in.sign_out(service, caller, cookie_of(request, service) or "")
    sessions.take(response, service)


def cookie_of(request: Request, service: Service) -> str | None:
    """The cookie of a session that came with a request."""
    return request.cookies.get(sessions.cookie_name(service.settings))
