"""Start a server: its folder, its database, who may sign in first; then answer."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import replace

import uvicorn

from trimtab.errors import InputError
from trimtab.server.access.first_run import begin, recover
from trimtab.server.app import application
from trimtab.server.database.database import Database
from trimtab.server.database.migrate import migrate
from trimtab.server.files import Files
from trimtab.server.jobs.engine import Engine
from trimtab.server.policy import read_policy
from trimtab.server.removal import keep_removing
from trimtab.server.service import Service
from trimtab.server.settings import Settings, prepare_folder

_SECONDS_TO_END = 10  # requests, when the server is to stop


def service(settings: Settings, say: Callable[[str], None]) -> Service:
    """The parts of a server, its database brought to today's version."""
    data = prepare_folder(settings.data)
    settings = replace(settings, policy=read_policy(data / "policy.toml"))
    database = Database(settings.database_url)
    migrate(database, data, say)
    files = Files(data)
    return Service(settings, database, files, Engine(settings, database, files))


def serve(settings: Settings, say: Callable[[str], None], *, link: bool = False) -> None:
    """Answer until the process is told to end; jobs under way are interrupted, and go on later.

    say    hears where the server keeps its data, where it answers, and how to sign in first
    link   make a new link to sign in for the operator, whose password is lost

    Raises InputError where it cannot listen.
    """
    parts = service(settings, say)
    listener = _listener(settings)
    host, port = listener.getsockname()[:2]
    place = f"{'https' if settings.certificate else 'http'}://{_shown(host)}:{port}"
    say(f"The data are kept in {settings.data}.")
    invitation = recover(parts) if link else begin(parts)
    if invitation is not None:
        minutes = parts.policy.link_minutes
        say(f"Sign in as {invitation.name!r}, once, within {minutes:g} minutes:")
        say(f"  {place}{invitation.path}")
    say(f"trimtab answers at {place} (Ctrl-C ends it).")
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    over = threading.Event()
    threading.Thread(target=keep_removing, args=(parts, over), daemon=True).start()
    for wish in (signal.SIGTERM, signal.SIGINT):
        # uvicorn hears them itself, and says them once more when it has ended: to be asked to end,
        # and to end, is no failure.
        signal.signal(wish, lambda number, frame: None)
    try:
        _server(parts, settings).run(sockets=[listener])
    finally:
        over.set()
        parts.database.close()


def _server(parts: Service, settings: Settings) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            application(parts),
            access_log=False,  # ours names no addresses of things
            log_level="warning",
            server_header=False,
            proxy_headers=False,  # `middleware.Proxied` trusts the nearest hop alone
            ssl_certfile=settings.certificate,
            ssl_keyfile=settings.key,
            timeout_graceful_shutdown=_SECONDS_TO_END,
        )
    )


def _listener(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise InputError(
            f"cannot listen on {settings.host}, port {settings.port}: {error.strerror}. Choose "
            "another `port`, or `port=0` for any that is free."
        ) from None
    listener.listen(128)
    return listener


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
