"""Tables as one number, to see whether any cell of them has changed."""

from __future__ import annotations

import hashlib
from typing import Any

import trimtab


def checksum(table: Any) -> str:
    """Of the table as CSV text, so that it does not hang on how Arrow or pandas hold it."""
    text = trimtab.read(table).data.to_pandas().to_csv(index=False)
    return hashlib.sha256(text.encode()).hexdigest()
