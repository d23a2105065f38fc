"""Secrets: the key of the server, and what it gives out once and then knows by a hash alone.

What is given out has 256 random bits, so that a fast hash is enough; it is keyed (HMAC), so that
a copy of the database says nothing to who lacks the key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path
from typing import Final, Literal

from trimtab.errors import InputError, RefusedError
from trimtab.server.ids import PREFIXES, is_id

Purpose = Literal["token", "session", "csrf", "sign-in", "link", "account"]
KEY_BYTES: Final = 32
SECRET_LENGTH: Final = 43  # letters of 256 bits
_OTHERS = 0o077


def read_key(data: Path) -> bytes:
    """The key of the server in its data folder, made at the first start, for its owner alone.

    Raises RefusedError where others can read it, InputError where it is not one.
    """
    place = data / "secret"
    try:
        if not place.exists():
            _make_key(place)
        mode, key = place.stat().st_mode, place.read_bytes()
    except OSError as error:
        raise InputError(
            f"{place}: {error.strerror}. The server needs its key: let its user read it."
        ) from None
    if mode & _OTHERS:
        raise RefusedError(
            f"{place} can be read by others (mode {mode & 0o777:o}), and signs who is who here. "
            f"Say `chmod 600 {place}`; if somebody may have read it, remove it instead: a new one "
            "is made, and all tokens, sessions and links end."
        )
    if len(key) != KEY_BYTES:
        raise InputError(
            f"{place} holds {len(key)} bytes, expected {KEY_BYTES}. Put it back from your backup, "
            "or remove it: a new one is made, and all tokens, sessions and links end."
        )
    return key


def _make_key(place: Path) -> None:
    """Write a key: there whole or not at all, and never over another's."""
    draft = place.with_name(f"secret.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_bytes(KEY_BYTES))
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, place)
        except FileExistsError:  # by another server that starts at the same time
            return
    finally:
        draft.unlink()


def new_secret() -> str:
    """A secret that nobody can guess, of letters that may stand in a URL."""
    return secrets.token_urlsafe(KEY_BYTES)


def fingerprint(key: bytes, purpose: Purpose, text: str) -> str:
    """What is kept of a secret; of one text it is another for each purpose."""
    said = f"{purpose}\0{text}".encode("utf-8", "surrogatepass")
    return hmac.new(key, said, hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(
        one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass")
    )


def issued(mark: str, id: str) -> str:
    """A new secret that names the row where its hash is: `tt_<id part>_<43 letters>`."""
    return f"{mark}_{id.partition('_')[2]}_{new_secret()}"


def row_of(mark: str, table: str, text: str) -> str | None:
    """The id of the row that a secret names, if it has the shape of one."""
    found = re.fullmatch(rf"{mark}_([a-z2-7]{{26}})_[A-Za-z0-9_-]{{{SECRET_LENGTH}}}", text)
    id = f"{PREFIXES[table]}_{found[1]}" if found else ""
    return id if is_id(id, table) else None
