"""Artifacts: the files that jobs leave, whole or in part, in the form that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.parquet as pq
from fastapi import APIRouter, Header
from fastapi.responses import FileResponse, Response, StreamingResponse
from pydantic import BaseModel
from sqlalchemy import select

from trimtab.server.access.asking import Reader
from trimtab.server.database.owned import JOBS, Row
from trimtab.server.database.tables import artifacts
from trimtab.server.problems import NotFound, Problem
from trimtab.server.service import At, Service

ROUTES = APIRouter(prefix="/jobs", tags=["artifacts"])
PARQUET = "application/vnd.apache.parquet"
ARROW = "application/vnd.apache.arrow.stream"
TYPES = {
    ".parquet": PARQUET,
    ".csv.gz": "text/csv",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".trimtab": "application/zip",
    ".md": "text/markdown; charset=utf-8",
}
# What a table or a report is sent as, the first one where anything does.
_FORMS = {
    "table": ((PARQUET, ".parquet"), ("text/csv", ".csv.gz"), (ARROW, "")),
    "report": (("text/html", ".html"), ("application/json", ".json")),
}
_BATCH_ROWS = 65_536
Rows = dict[str, Row]  # by their names


class NotAcceptable(Problem):
    """No form of it is accepted."""

    status, code = 406, "not-acceptable"


class Artifact(BaseModel):
    """A file that a job left; a link can show it to anyone where it is public."""

    id: str
    name: str
    bytes: int
    sha256: str
    public: bool
    created_at: float


@ROUTES.get("/{id}/artifacts", response_model=list[Artifact])
def listing(id: str, caller: Reader, service: At) -> list[dict[str, Any]]:
    """The files that a job left."""
    with service.database.reading() as connection:
        JOBS.get(connection, caller.team, id)
        chosen = select(artifacts).where(artifacts.c.job_id == id).order_by(artifacts.c.name)
        return [dict(row) for row in connection.execute(chosen).mappings()]


@ROUTES.head("/{id}/artifacts/{name}", response_class=Response, include_in_schema=False)
@ROUTES.get("/{id}/artifacts/{name}", response_class=Response)
def get(
    id: str,
    name: str,
    caller: Reader,
    service: At,
    accept: Annotated[str, Header()] = "*/*",
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A file by its name, in ranges if that is asked; or "table" or "report", as `Accept` says."""
    with service.database.reading() as connection:
        JOBS.get(connection, caller.team, id)
        chosen = select(artifacts).where(artifacts.c.job_id == id)
        rows: Rows = {r["name"]: dict(r) for r in connection.execute(chosen).mappings()}
    if name in _FORMS and name not in rows:
        return _negotiated(name, rows, accept, service, if_none_match)
    if name not in rows:
        left = ", ".join(sorted(rows)) or "none yet"
        raise NotFound(f"the job left no {name!r:.80}: expected one of {left}.")
    return sent(rows[name], service, if_none_match)


def sent(row: Row, service: Service, if_none_match: str | None = None) -> Response:
    """A kept file as an answer."""
    place, tag = service.files.place(row["file"]), f'"{row["sha256"]}"'
    if if_none_match is not None and tag in [t.strip() for t in if_none_match.split(",")]:
        return Response(status_code=304, headers={"ETag": tag})
    name = str(row["name"])
    kind = next((t for ending, t in TYPES.items() if name.endswith(ending)), None)
    headers = {"ETag": tag, "Vary": "Accept"}
    if name.endswith(".csv.gz"):
        kind = "application/gzip"
    return FileResponse(
        place, media_type=kind or "application/octet-stream", filename=name, headers=headers
    )


def _negotiated(
    name: str, rows: Rows, accept: str, service: Service, if_none_match: str | None
) -> Response:
    forms = dict(_FORMS[name])
    for kind in accepted(accept, forms):
        row = rows.get(f"{name}{forms[kind] or '.parquet'}")
        if row is None:
            continue
        if kind == ARROW:
            return StreamingResponse(_arrow(service.files.place(row["file"])), media_type=ARROW)
        return sent(row, service, if_none_match)
    if not any(n.startswith(f"{name}.") for n in rows):
        raise NotFound(f"the job left no {name}: it left {', '.join(sorted(rows)) or 'nothing'}.")
    raise NotAcceptable(f"Accept: expected one of {', '.join(forms)}.")


def accepted(accept: str, forms: Iterable[str]) -> Iterator[str]:
    """Those of the types that an Accept header names, the dearest first."""
    offered = list(forms)
    for kind in _wanted(accept):
        yield from (f for f in offered if kind in ("*/*", f, f"{f.split('/')[0]}/*"))


def _wanted(accept: str) -> list[str]:
    """The types of an Accept header, the dearest first."""
    found: list[tuple[float, str]] = []
    for part in accept.split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            weight = float(quality)
        except ValueError:
            weight = 0.0
        if weight > 0:
            found.append((-weight, kind.lower()))
    return [kind for _, kind in sorted(found, key=lambda pair: pair[0])]


def _arrow(place: Path) -> Iterator[bytes]:
    """A Parquet file as a stream of Arrow, a batch at a time."""
    sink = _Sink()
    with pq.ParquetFile(place) as file, pa.ipc.new_stream(sink, file.schema_arrow) as writer:
        for batch in file.iter_batches(_BATCH_ROWS):
            writer.write_batch(batch)
            yield sink.taken()
    yield sink.taken()


class _Sink:
    """A file to write to, from which what was written is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.closed = False

    def write(self, part: Any) -> int:
        """Take a part."""
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Have nothing to do."""

    def close(self) -> None:
        """Be closed."""
        self.closed = True

    def taken(self) -> bytes:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
