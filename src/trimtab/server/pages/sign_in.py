"""The page where one signs in: by a password, or by the code of a one-time link."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from trimtab.server.access import sessions, sign_in
from trimtab.server.access.asking import FORM, InPerson, address_of, caller_of
from trimtab.server.access.origin import check_origin
from trimtab.server.access.passwords import LONGEST, SHORTEST
from trimtab.server.pages.render import render
from trimtab.server.problems import Problem, Unfit
from trimtab.server.routes.sign_in import cookie_of
from trimtab.server.service import At, Service

ROUTES = APIRouter()
PAGE = "/sign-in"


@ROUTES.get(PAGE)
def page(request: Request) -> Response:
    """The page; for who has signed in, who they are and how to leave."""
    try:
        caller = caller_of(request)
    except Problem:
        return _page()
    return render("signed_in.html", caller=caller)


@ROUTES.post(PAGE)
async def enter(request: Request, service: At) -> Response:
    """Sign in by a password."""
    return await _try(request, service, ("name", "password"))


@ROUTES.post(f"{PAGE}/link")
async def exchange(request: Request, service: At) -> Response:
    """Sign in by a code, with a new password."""
    return await _try(request, service, ("link", "password"))


@ROUTES.post("/sign-out")
def leave(caller: InPerson, request: Request, service: At) -> Response:
    """End the session."""
    sign_in.sign_out(service, caller, cookie_of(request, service) or "")
    response = _back()
    sessions.take(response, service)
    return response


async def _try(request: Request, service: Service, names: tuple[str, str]) -> Response:
    """Sign in as a form says; the page again, with why, where that does not go."""
    first = ""
    try:
        check_origin(request)
        first, password = await _fields(request, names)
        cookie = await run_in_threadpool(_signed_in, request, service, names[0], first, password)
    except Problem as problem:
        shown = _page(problem, {names[0]: first})
        shown.headers.update(problem.headers)
        return shown
    response = _back()
    sessions.give(response, service, cookie)
    return response


def _signed_in(request: Request, service: Service, by: str, first: str, password: str) -> str:
    address, before = address_of(request), cookie_of(request, service)
    if by == "name":
        return sign_in.by_password(service, first, password, address, before)
    if len(password) < SHORTEST:
        raise Unfit(f"a password of {len(password)} letters: expected {SHORTEST} at least.")
    return sign_in.by_link(service, first, password, address, before)


async def _fields(request: Request, names: tuple[str, str]) -> tuple[str, str]:
    """What a form says. Raises Unfit."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    wrong = Unfit(f"expected a form with {' and '.join(names)}.")
    if kind != FORM:
        raise wrong
    try:
        fields = parse_qs((await request.body()).decode(), max_num_fields=100)
    except ValueError:
        raise wrong from None
    first, second = (fields.get(name, [""])[0] for name in names)
    if not first or not second or max(len(first), len(second)) > LONGEST:
        raise wrong
    return first, second


def _page(problem: Problem | None = None, given: Mapping[str, str] | None = None) -> Response:
    """The page, with what went wrong, and with what was given but for the password."""
    status = problem.status if problem else 200
    detail = str(problem) if problem else None
    return render("sign_in.html", status, problem=detail, given=given or {}, shortest=SHORTEST)


def _back() -> RedirectResponse:
    return RedirectResponse(PAGE, 303)
