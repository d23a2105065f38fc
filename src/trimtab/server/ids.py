"""Ids that the server makes: what kind of thing, then 128 bits that nobody can guess.

    ds_4k3v6h2m5q7t2x4z6b3d5f7h2j

Nothing else ever names a thing or becomes part of a path: names that users give are only shown.
"""

from __future__ import annotations

import base64
import re
import secrets
from typing import Final

PREFIXES: Final = {
    "teams": "tm",
    "users": "us",
    "tokens": "tk",
    "audits": "au",
    "projects": "pr",
    "datasets": "ds",
    "plans": "pl",
    "jobs": "jb",
    "models": "md",
    "artifacts": "ar",
    "links": "ln",
    "workers": "wk",
}
_BYTES = 16
_ID = re.compile(rf"({'|'.join(PREFIXES.values())})_[a-z2-7]{{26}}")


def new_id(table: str) -> str:
    """A new id of a row of a table."""
    letters = base64.b32encode(secrets.token_bytes(_BYTES)).decode().rstrip("=").lower()
    return f"{PREFIXES[table]}_{letters}"


def is_id(text: str, table: str | None = None) -> bool:
    """Whether a text is an id, of a row of this table if one is named."""
    found = _ID.fullmatch(text)
    return found is not None and (table is None or found[1] == PREFIXES[table])
