"""Rows as the body of an answer, in the form that is asked for."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from fastapi.responses import Response

from trimtab._visible import visible_json
from trimtab.request.plain import plain
from trimtab.server.routes.artifacts import ARROW, PARQUET, NotAcceptable, accepted


def _parquet(place: Path, told: dict[str, Any]) -> bytes:
    return place.read_bytes()


def _arrow(place: Path, told: dict[str, Any]) -> bytes:
    table, out = pq.read_table(place), io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def _csv(place: Path, told: dict[str, Any]) -> bytes:
    table, out = pq.read_table(place), io.BytesIO()
    plain_columns = [
        c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in table.columns
    ]
    pyarrow.csv.write_csv(pa.table(plain_columns, names=table.column_names), out)
    return out.getvalue()


def _json(place: Path, told: dict[str, Any]) -> bytes:
    rows = plain(pq.read_table(place).to_pylist())
    return visible_json(json.dumps({**told, "table": rows}, ensure_ascii=False)).encode()


_FORMS = {"application/json": _json, PARQUET: _parquet, "text/csv": _csv, ARROW: _arrow}


def as_asked(place: Path, told: dict[str, Any], accept: str) -> Response:
    """The rows of a Parquet file as `Accept` says; as JSON with what is told of them.

    Raises NotAcceptable.
    """
    form = next(accepted(accept, _FORMS), None)
    if form is None:
        raise NotAcceptable(f"Accept: expected one of {', '.join(_FORMS)}.")
    return Response(_FORMS[form](place, told), media_type=form)
