"""Whether a request that changes something comes from a page of ours."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from trimtab.server.problems import Forbidden

SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS"))


def check_origin(request: Request) -> None:
    """Refuse what a browser says to come from a page of another place. Raises Forbidden.

    Programs that are no browsers say nothing of it. Pages that send no referrer, as ours, have
    the origin "null" on their forms: then the browser must say that it is the same.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        raise _elsewhere(site)
    if origin is None or (origin == "null" and site is not None):
        return
    try:
        place = urlsplit(origin).netloc
    except ValueError:
        place = ""
    if not place or place.lower() != request.headers.get("host", "").lower():
        raise _elsewhere("cross-site")


def _elsewhere(site: str) -> Forbidden:
    return Forbidden(
        f"the request comes from a page of another place ({site:.20}): open this server's own "
        "pages, or send a token from a program. A proxy in front must pass the header Host on."
    )
