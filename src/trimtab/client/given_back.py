"""Tables of a server in the library and the types of the table that was brought."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa

from trimtab.table.files import read
from trimtab.table.schema import Column, Kind, Schema
from trimtab.table.table import Table


def as_given(drawn: pa.Table, like: Table, real_rows: int = 0) -> Table:
    """A table that a server made of another one, as a Table of that one's origin.

    real_rows   how many of its first rows are those of the other table, as they were
    """
    columns = [like.schema[n] if n in like.schema else _added(n) for n in drawn.column_names]
    table = read(drawn, Schema(locked=True, columns=tuple(columns)))
    texts: dict[str, Any] = {}
    if real_rows:
        rest = pa.nulls(table.rows - real_rows, pa.string())
        texts = {n: pa.concat_arrays([t, rest]) for n, t in like.texts.items() if n in table.schema}
    return replace(table, origin=like.origin, texts=texts)


def _added(name: str) -> Column:
    """A column that marks rows."""
    return Column(name=name, kind=Kind.LABEL, storage="string", reason="real or synthetic")
