"""Where the work is done: on a server, or in this process."""

from __future__ import annotations

import os
from getpass import getpass
from typing import Any

from trimtab.client.client import TOKEN, URL, Client
from trimtab.compat.gretel.work import Here, Place, There
from trimtab.errors import InputError

LOCAL = "local"
_ASK = "prompt"
_ELSEWHERE = ("env", _ASK)
_place: Place | None = None


def configure_session(
    config: Any = None,
    *,
    api_key: str | None = None,
    endpoint: str | None = None,
    cache: str | None = None,
    validate: bool = True,
) -> None:
    """Say where the work is done.

    api_key    the token of a server; "prompt" asks for it, unless TRIMTAB_TOKEN has it
    endpoint   the URL of a server, or "local" for this process; TRIMTAB_SERVER, if not said
    cache      nothing: a token is kept nowhere
    validate   ask the server at once who one is

    Raises InputError, AccessError for a token that does not do, ServiceError for no server.
    """
    global _place
    if config is not None:
        raise InputError("config: expected none: give `endpoint` and `api_key`.")
    place = endpoint or os.environ.get(URL)
    if place is None:
        raise InputError(
            f"no endpoint: expected endpoint='local', or the URL of a server (or {URL} in the "
            "environment)."
        )
    print(f"Using endpoint {place}")
    if place == LOCAL:
        _place = Here()
        return
    token = os.environ.get(TOKEN) if api_key is None or api_key in _ELSEWHERE else api_key
    if not token and api_key == _ASK:
        token = getpass("Token of the server: ")
    client = Client(place, token)
    if validate:
        print(f"Signed in as {client.me['name']}")
    _place = There(client)


def place() -> Place:
    """Where the work is done. Raises InputError where that was not said."""
    if _place is None:
        raise InputError("no session: call configure_session(endpoint='local') first.")
    return _place
