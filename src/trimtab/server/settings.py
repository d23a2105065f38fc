"""How a server is started."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from trimtab.errors import InputError, RefusedError
from trimtab.server.policy import Policy

PORT = 8722
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_NAME = re.compile(r"[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]")


@dataclass(frozen=True)
class Settings:
    """How a server is started. Raises InputError and RefusedError for what it must not be.

    data      the folder of everything that it keeps
    database  a URL; none for a file of SQLite in the data folder
    host      the address that it listens on
    port      0 for any that is free
    names     of hosts that may stand in requests, besides the loopback's: where it is reached
    certificate, key   files, to speak TLS; or
    proxied   a proxy in front speaks TLS, and is the only one who reaches this server
    """

    data: Path
    database: str | None = None
    host: str = "127.0.0.1"
    port: int = PORT
    names: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    proxied: bool = False
    policy: Policy = field(default_factory=Policy)

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise InputError("`certificate` and `key` go together: give both, or none.")
        for place in (self.certificate, self.key):
            if place is not None and not place.is_file():
                raise InputError(f"{place} is not there: expected a file of a certificate or key.")
        for name in self.names:
            if not _NAME.fullmatch(name):
                raise InputError(f"name = {name!r}: expected the name of a host, such as 'tables'.")
        if not self.local and not self.secure:
            raise RefusedError(
                f"host = {self.host!r} is reached from elsewhere, and passwords would travel in "
                "the clear. Give a `certificate` and its `key`; or say `proxied=True`, where a "
                "proxy that speaks TLS is the only one who reaches it; or leave `host` out, and "
                "reach it from this machine alone."
            )

    @property
    def local(self) -> bool:
        """Whether it is reached from this machine alone."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by TLS."""
        return self.certificate is not None or self.proxied

    @property
    def database_url(self) -> str:
        """The URL of the database."""
        return self.database or f"sqlite:///{self.data / 'trimtab.sqlite'}"

    @property
    def queue_url(self) -> str:
        """The URL of the database of the queue: its own file, so that no writer waits for it."""
        return self.database or f"sqlite:///{self.data / 'queue.sqlite'}"


def prepare_folder(data: Path) -> Path:
    """The data folder, made if it is not there, for its owner alone. Raises InputError."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"data = {str(data)!r}: {error.strerror}. Name a folder that can be written."
        ) from None
    if not os.access(data, os.W_OK | os.X_OK):
        raise InputError(f"data = {str(data)!r} is not writable. Name another folder.")
    return data


def usual_folder() -> Path:
    """Where the data of a user's server are kept: outside of what is installed."""
    import platformdirs

    return Path(platformdirs.user_data_dir("trimtab")) / "server"
