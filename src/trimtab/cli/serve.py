"""The command `serve`: the service, which stands in the extra `server`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from trimtab.errors import InputError

Host = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")]
Port = Annotated[
    int, typer.Option("--port", metavar="N", min=0, max=65535, help="0: any that is free.")
]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Where all is kept; else a folder of your user's."),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="URL", help="PostgreSQL, as postgresql://...; else SQLite in DIR."
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Option("--name", metavar="HOST", help="A name it is reached by; may be repeated."),
]
Certificate = Annotated[
    Path | None, typer.Option("--certificate", metavar="FILE", help="Speak TLS with this.")
]
CertificateKey = Annotated[
    Path | None, typer.Option("--key", metavar="FILE", help="The certificate's key.")
]
Proxied = Annotated[
    bool,
    typer.Option("--proxied", help="A proxy speaks TLS, and is the only one who reaches it."),
]
Link = Annotated[
    bool,
    typer.Option("--sign-in-link", help="Print a new link for the operator, to set a password."),
]
_NEEDS = ("alembic", "argon2", "dbos", "fastapi", "platformdirs", "sqlalchemy", "uvicorn")


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8722,
    data: Data = None,
    database: Database = None,
    name: Names = None,
    certificate: Certificate = None,
    key: CertificateKey = None,
    proxied: Proxied = False,
    sign_in_link: Link = False,
) -> None:
    """Serve a team: projects, jobs and artifacts over HTTP, with accounts."""
    check_installed()
    from trimtab.cli import terminal
    from trimtab.server.serve import serve as answer
    from trimtab.server.settings import Settings, usual_folder

    settings = Settings(
        data=usual_folder() if data is None else data.absolute(),
        database=database,
        host=host,
        port=port,
        names=tuple(name or ()),
        certificate=certificate,
        key=key,
        proxied=proxied,
    )
    answer(settings, terminal.say, link=sign_in_link)


def check_installed() -> None:
    """Raise InputError, with what to install, where the service cannot run."""
    absent = [module for module in _NEEDS if importlib.util.find_spec(module) is None]
    if absent:
        raise InputError(
            f"the service needs {', '.join(absent)}: install it with pip install 'trimtab[server]'."
        )
