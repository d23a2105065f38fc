"""Passwords, as argon2id keeps them."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
LONGEST: Final = 1000
_HASHER = PasswordHasher()  # argon2id; parameters of the library, which raises them with the years
_AT_ONCE = threading.BoundedSemaphore(2)  # each takes 64 MiB


def hash_password(password: str) -> str:
    """What is kept of a password."""
    with _AT_ONCE:
        return _HASHER.hash(_plain(password))


def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password of which this was kept; as slow where nothing was kept."""
    with _AT_ONCE:
        try:
            right = _HASHER.verify(_nobody() if kept is None else kept, _plain(password))
        except (VerificationError, InvalidHashError):
            return False
    return right and kept is not None


def is_weak(kept: str) -> bool:
    """Whether a password would be kept with higher parameters today."""
    return _HASHER.check_needs_rehash(kept)


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_bytes())


def _plain(password: str) -> bytes:
    """One form of letters that may be typed in several ways."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
