"""Encodings and delimiters of small files: ours, charset-normalizer, pyarrow and DuckDB's sniffer.

    pip install charset-normalizer duckdb && python -m benchmarks.dialects

The files are those that the tests generate (`tests/table/corpus.py`). An encoding is right if the
text is; DuckDB and pyarrow are told the encoding, as neither detects one.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.table.corpus import Sample, corpus
from trimtab.errors import TableError
from trimtab.table.delimited import read_text
from trimtab.table.encoding import decoded


def ours_encoding(sample: Sample) -> bool:
    try:
        text = decoded(sample.content, "sample").content.decode()
    except TableError:
        return False
    return text == sample.content.decode(sample.encoding)


def charset_normalizer(sample: Sample) -> bool:
    from charset_normalizer import from_bytes

    best = from_bytes(sample.content).best()
    return best is not None and str(best).lstrip("\ufeff") == sample.content.decode(sample.encoding)


def ours_columns(sample: Sample) -> bool:
    texts = read_text(sample.content, "sample.csv")
    return texts.cells.column_names == list(sample.values)


def pyarrow_columns(sample: Sample) -> bool:
    import pyarrow.csv as pacsv

    utf8 = sample.content.decode(sample.encoding).encode()
    try:
        return pacsv.read_csv(io.BytesIO(utf8)).column_names == list(sample.values)
    except Exception:
        return False


def _saved(sample: Sample) -> str:
    path = Path(tempfile.gettempdir()) / "sample_of_the_corpus.csv"
    path.write_bytes(sample.content.decode(sample.encoding).encode())
    return str(path)


def duckdb_columns(sample: Sample) -> bool:
    import duckdb

    try:
        return list(duckdb.read_csv(_saved(sample)).columns) == list(sample.values)
    except Exception:
        return False


def duckdb_kinds(sample: Sample) -> float:
    """The share of the columns of numbers and dates that come out as such."""
    import duckdb

    wanted = {n: k for n, k in sample.kinds.items() if k in ("number", "datetime")}
    try:
        table = duckdb.read_csv(_saved(sample))
    except Exception:
        return 0.0
    found = dict(zip(table.columns, map(str, table.types), strict=True))
    typed = [n for n in wanted if found.get(n, "VARCHAR") != "VARCHAR"]
    return len(typed) / len(wanted)


def ours_kinds(sample: Sample) -> float:
    from trimtab.table.files import _table
    from trimtab.table.table import Origin

    texts = read_text(sample.content, "sample.csv")
    table = _table(texts.cells, Origin("csv", texts.cells.schema), None, "sample.csv")
    wanted = {n: k for n, k in sample.kinds.items() if k in ("number", "datetime")}
    return sum(table.schema[n].kind == k for n, k in wanted.items()) / len(wanted)


WAYS: dict[str, dict[str, Callable[[Sample], float]]] = {
    "encoding": {"trimtab": ours_encoding, "charset-normalizer": charset_normalizer},
    "delimiter": {"trimtab": ours_columns, "pyarrow": pyarrow_columns, "duckdb": duckdb_columns},
    "kinds of numbers and dates": {"trimtab": ours_kinds, "duckdb": duckdb_kinds},
}


def main() -> None:
    samples = list(corpus())
    print(f"{len(samples)} files")
    for what, ways in WAYS.items():
        for name, way in ways.items():
            way(samples[0])
            start = time.process_time()
            right = sum(float(way(sample)) for sample in samples)
            spent = (time.process_time() - start) / len(samples)
            print(f"{what:28s} {name:20s} {right:6.1f} right, {1000 * spent:6.1f} ms a file")


if __name__ == "__main__":
    main()
