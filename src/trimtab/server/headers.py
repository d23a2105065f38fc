"""Headers that every answer has, so that browsers do with it what it is for and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from trimtab.server.settings import Settings

_NONE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
API_POLICY: Final = _NONE
# Of pages of ours: style and script from files of ours alone.
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# Of reports, which hold their style and pictures, and no script: apart from all that is ours.
REPORT_POLICY: Final = f"sandbox; {_NONE}; style-src 'unsafe-inline'; img-src data:"


def headers(settings: Settings) -> Mapping[str, str]:
    """What an answer has where it says nothing else itself."""
    found = {
        "content-security-policy": API_POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
    }
    if settings.secure:
        found["strict-transport-security"] = "max-age=31536000"
    return found
