"""Uploads: received into a folder of their own, a piece at a time, and no more than is allowed."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import IO

from anyio import to_thread
from fastapi import Request
from starlette.requests import ClientDisconnect

from trimtab.server.files import room_needed
from trimtab.server.policy import Policy
from trimtab.server.problems import Conflict, TooLarge, Unfit
from trimtab.table.sources.formats import listed, told_by
from trimtab.table.sources.packing import bare

_LONGEST_ENDING = 12
_PIECE = 1 << 20  # written at a time
_TYPES = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.apache.arrow.stream": ".arrows",
    "application/vnd.apache.arrow.file": ".arrow",
    "application/x-ndjson": ".jsonl",
}


def ending_of(name: str, content_type: str | None) -> str:
    """How the file of an upload ends: as its name tells, or the type of its content.

    It is one of a known list, so that nothing of a name becomes part of a path. Raises Unfit.
    """
    lower = PurePosixPath(name.replace("\\", "/")).name.lower()
    inner, packed = bare(lower)
    ending = ("." + inner.rpartition(".")[2] if "." in inner.strip(".") else "") + packed
    plain = ending.replace(".", "")
    fits = plain.isascii() and plain.isalnum() and len(ending) <= _LONGEST_ENDING
    if fits and told_by("table" + ending):
        return ending
    kind = (content_type or "").split(";")[0].strip().lower()
    if kind in _TYPES:
        return _TYPES[kind]
    raise Unfit(
        f"name = {name!r:.100}: its ending tells no form that is known. Expected {listed()}; or "
        f"a Content-Type of {', '.join(_TYPES)}."
    )


async def receive(request: Request, place: Path, policy: Policy) -> None:
    """Write the body of a request to a file.

    Raises TooLarge for more than is allowed, Unfit for nothing, Conflict where it breaks off.
    """
    most, size = policy.upload_bytes, 0
    waiting = bytearray()
    try:
        with place.open("wb") as out:
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise TooLarge(
                        f"the upload holds more than {policy.upload_mib:,} MiB: give less, or ask "
                        "the operator for more."
                    )
                waiting += part
                if len(waiting) >= _PIECE:
                    await to_thread.run_sync(_write, out, bytes(waiting))
                    waiting.clear()
            await to_thread.run_sync(_write, out, bytes(waiting))
    except ClientDisconnect:
        raise Conflict("the upload broke off: nothing was kept. Send it again.") from None
    if not size:
        raise Unfit("the upload is empty: send the file as the body of the request.")


def _write(out: IO[bytes], part: bytes) -> None:
    with room_needed():
        out.write(part)
