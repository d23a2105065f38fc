"""What stands around the model: a Markdown table of what it costs.

OMP_NUM_THREADS=1 python benchmarks/around.py [DATA] [--parts draw,text,evaluate,prove]

DATA is a folder with `adult` and `stroke`, each with train.csv and test.csv. CPU seconds are user
and system time of a whole process, or of one call in this one; the best of several where they are
short. `--keep FOLDER` keeps the model, the rows drawn and the results as JSON, and takes what is
there already; `--against FOLDER` then says how far the scores are from those that another version
kept there.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from trimtab.table.files import read
from trimtab.table.table import Table
from trimtab.table.writing import write

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
TIMES = 10  # adult's rows, one after the other
PARTS = ("draw", "text", "evaluate", "prove")
# Modules are compiled once, by the first of several runs, as where a package is installed.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def spent(words: list[str], runs: int, output: Path | None = None) -> float:
    """CPU seconds of a command, the best of several runs; what it says goes to a file."""
    best = float("inf")
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-m", "trimtab", *words],
            check=True,
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if output is not None:
            output.write_text(done.stdout, encoding="utf-8")
    return best


def taken(call: Callable[[], Any], runs: int = 5) -> float:
    """CPU seconds of a call, the best of several."""
    best = float("inf")
    for _ in range(runs):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best


def draw(data: Path, kept: Path) -> Iterator[tuple[str, str]]:
    """Five rows of a saved model."""
    model = fitted(data, kept)
    words = ["sample", str(model), "-n", "5", "-o", str(kept / "five.csv")]
    yield "`sample MODEL -n 5`, CPU s", f"{spent(words, 6):.2f}"


def text(data: Path, kept: Path) -> Iterator[tuple[str, str]]:
    """Adult's rows, ten times over, as CSV."""
    pa.set_cpu_count(1)
    once = read(data / "adult" / "train.csv")
    rows = pa.concat_tables([once.data] * TIMES).combine_chunks()
    table, place = Table(once.schema, rows, once.origin), kept / "rows.csv"
    written = taken(lambda: write(table, place))
    yield f"CSV written ({table.rows:,} rows), rows/CPU s", f"{table.rows / written:,.0f}"
    fetched = taken(lambda: read(place))
    yield "the same file read, rows/CPU s", f"{table.rows / fetched:,.0f}"
    yield "adult read, CPU s", f"{taken(lambda: read(data / 'adult' / 'train.csv')):.3f}"


def evaluate(data: Path, kept: Path) -> Iterator[tuple[str, str]]:
    """Rows drawn for adult's, judged."""
    drawn, adult = kept / "drawn.csv", data / "adult"
    if not drawn.exists():
        spent(["sample", str(fitted(data, kept)), "-o", str(drawn)], 1)
    words = ["evaluate", str(adult / "train.csv"), str(drawn), "--holdout", str(adult / "test.csv")]
    asked = ["--target", "income", "--protected", "sex,race", "--json"]
    seconds = spent([*words, *asked], 1, kept / "evaluate.json")
    yield "`evaluate` adult, CPU s", f"{seconds:.1f}"


def prove(data: Path, kept: Path) -> Iterator[tuple[str, str]]:
    """Whether balancing helps on stroke."""
    words = ["prove", str(data / "stroke" / "train.csv"), "--target", "stroke"]
    seconds = spent([*words, "--workers", "1", "--json"], 1, kept / "prove.json")
    yield "`prove` stroke, CPU s", f"{seconds:.1f}"


def fitted(data: Path, kept: Path) -> Path:
    """The model of adult's rows."""
    model = kept / "adult.trimtab"
    if not model.exists():
        spent(["fit", str(data / "adult" / "train.csv"), "-o", str(model), "--model", "trees"], 1)
    return model


def farthest(one: Any, other: Any) -> float:
    """The largest difference of two numbers at the same place; infinite where anything else is not
    the same. What a run was asked by, and when, is left out."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        names = [n for n in one if n not in ("asked", "asked_by", "date", "seconds")]
        return max((farthest(one[n], other[n]) for n in names), default=0.0)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return max((farthest(a, b) for a, b in zip(one, other, strict=True)), default=0.0)
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other)
    return 0.0 if one == other else float("inf")


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("data", nargs="?", type=Path, default=SHARED)
    asked.add_argument("--parts", default=",".join(PARTS))
    asked.add_argument("--keep", type=Path)
    asked.add_argument("--against", type=Path, help="a folder that another version kept")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = given.keep or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        print("| what | figure |\n|---|---|")
        for part in given.parts.split(","):
            for what, figure in globals()[part](given.data, kept):
                print(f"| {what} | {figure} |", flush=True)
        for name in ("evaluate.json", "prove.json") if given.against else ():
            files = [place / name for place in (kept, given.against)]
            if all(f.exists() for f in files):
                apart = farthest(*(json.loads(f.read_text(encoding="utf-8")) for f in files))
                print(f"| {name}: the farthest that two figures are apart | {apart:.1g} |")


if __name__ == "__main__":
    main()
