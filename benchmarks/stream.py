"""How much memory `trimtab sample` takes for files of any length, on one core.

OMP_NUM_THREADS=1 python benchmarks/stream.py TRAIN.csv [--rows 200000,3000000] [--suffix .parquet]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def sampled(model: Path, rows: int, output: Path) -> tuple[float, float]:
    """Peak memory, in MB, and CPU seconds of a command that draws and writes so many rows."""
    command = ["-m", "trimtab", "sample", str(model), "-n", str(rows), "-o", str(output)]
    process = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"trimtab sample ended with {status}")
    return used.ru_maxrss * 1024 / 1e6, used.ru_utime + used.ru_stime


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train")
    parser.add_argument("--rows", default="200000,3000000")
    parser.add_argument("--suffix", default=".parquet")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        model, output = Path(made) / "m.trimtab", Path(made) / f"out{args.suffix}"
        fit = ["-m", "trimtab", "fit", args.train, "-o", str(model), "--model", "trees"]
        subprocess.run([sys.executable, *fit], check=True, capture_output=True)
        print("| rows | peak MB | CPU s | file, MB |\n|---|---|---|---|")
        for rows in map(int, args.rows.split(",")):
            peak, seconds = sampled(model, rows, output)
            size = output.stat().st_size / 1e6
            print(f"| {rows:,} | {peak:,.0f} | {seconds:,.1f} | {size:,.1f} |", flush=True)


if __name__ == "__main__":
    main()
