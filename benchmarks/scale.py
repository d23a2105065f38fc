"""Growth with rows (simulated visits) and with columns (simulated mixed tables), on one core.

OMP_NUM_THREADS=1 python benchmarks/scale.py --rows 10000,100000,1000000 --columns 10,50,100,200
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

import trimtab
from trimtab._random import Key
from trimtab.table.files import read
from trimtab.table.writing import write

HERE = Path(__file__).resolve().parent
ROWS_FOR_COLUMNS = 30_000


def wide(rows: int, columns: int) -> pa.Table:
    """Correlated numbers (three in five), labels (one in five) and flags, from eight hidden
    factors."""
    draw = Key(0).child("wide", columns).generator()
    hidden = draw.normal(size=(rows, 8))
    made = {}
    for j in range(columns):
        value = hidden @ draw.normal(size=8) + draw.normal(size=rows)
        if j % 5 < 3:
            made[f"n{j}"] = np.round(np.exp(value / 4) * 100, 2) if j % 2 else np.round(value, 3)
        elif j % 5 == 3:
            made[f"l{j}"] = np.array(list("abcdefgh"))[np.digitize(value, np.linspace(-5, 5, 7))]
        else:
            made[f"f{j}"] = value > 1
    return pa.table(made)


def measure(table: pa.Table, folder: Path) -> dict[str, float]:
    """Fit and draw in a process of its own, so that the peak memory is its own."""
    source = folder / "in.parquet"
    write(read(table), source)
    run = subprocess.run(
        [sys.executable, str(HERE / "fit_and_draw.py"), str(source), str(folder / "out.parquet")],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    if run.returncode:
        raise SystemExit(run.stderr[-3000:])
    return json.loads(run.stdout)


def main() -> None:
    """Print one Markdown table for each direction."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="10000,100000,1000000")
    parser.add_argument("--columns", default="10,50,100,200")
    args = parser.parse_args()
    sizes = [(int(r), None) for r in args.rows.split(",") if r]
    sizes += [(ROWS_FOR_COLUMNS, int(c)) for c in args.columns.split(",") if c]
    print("| rows | columns | fit CPU s | rows/CPU s drawn | peak MB |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as made:
        for rows, columns in sizes:
            table = trimtab.datasets.visits(rows) if columns is None else wide(rows, columns)
            found = measure(table, Path(made))
            print(
                f"| {rows:,} | {table.num_columns} | {found['fit_s']:,.1f} | "
                f"{found['rows_per_s']:,.0f} | {found['peak_mb']:,.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
