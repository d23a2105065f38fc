"""Arrow's own files (Feather, version 2): read alone, for Parquet keeps better."""

from __future__ import annotations

from trimtab.table.sources.format import Content, Format, Found, Reading, file_of


def _read(content: Content, how: Reading) -> Found:
    from pyarrow import feather  # which text does not need

    return Found(feather.read_table(file_of(content)), "parquet")


FORMAT = Format("Arrow", (".arrow", ".feather"), _read)
