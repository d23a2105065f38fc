"""Do the intervals of an evaluation hold what they should? Halves of real tables against halves.

A half of a real table is the best synthetic table there is: what it scores is the ceiling. Each
table is cut at random into two halves and a holdout, one half is judged against the other, and an
interval that does not hold its ceiling is counted. Over many splits that should happen to one
interval in twenty.

OMP_NUM_THREADS=1 python benchmarks/coverage.py --splits 40
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa

import trimtab
from trimtab._random import Key
from trimtab.table.files import read
from trimtab.table.table import Table

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data"
TABLES = ("adult", "stroke", "compas", "california", "magic")
MAX_ROWS = 6_000


def parts(table: Table, split: int) -> list[Table]:
    """Two halves of 40 % each and a holdout of 20 %, of at most MAX_ROWS rows."""
    rows = Key(split).child("coverage").generator().permutation(table.rows)[:MAX_ROWS]
    ends = (int(0.4 * len(rows)), int(0.8 * len(rows)))
    return [
        Table(table.schema, table.data.take(pa.array(chosen)), table.origin)
        for chosen in np.split(rows, ends)
    ]


def main() -> None:
    """Print, for each measure, how often the interval holds the ceiling."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--splits", type=int, default=40, help="of each table")
    asked.add_argument("--tables", default=",".join(TABLES))
    asked.add_argument("--sections", default="fidelity,usefulness,copies")
    given = asked.parse_args()
    held: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    by_table: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name in given.tables.split(","):
        table = read(DATA / name / "train.csv")
        target = json.loads((DATA / name / "meta.json").read_text(encoding="utf-8"))["target"]
        for split in range(given.splits):
            first, second, holdout = parts(table, split)
            scorecard = trimtab.evaluate(
                first,
                second,
                holdout=holdout,
                target=target,
                sections=given.sections.split(","),
                seed=split,
            )
            for score in scorecard:
                if score.interval is None or score.ceiling is None:
                    continue
                low, high = score.interval
                for counts in (held[score.measure], by_table[f"{name}, all"]):
                    counts[0] += low <= score.ceiling <= high
                    counts[1] += 1
                if score.headline:
                    by_table[f"{name}, {score.measure}"][0] += low <= score.ceiling <= high
                    by_table[f"{name}, {score.measure}"][1] += 1
    for title, counted in (("measure", held), ("table", by_table)):
        print(f"| {title} | intervals | hold the ceiling |\n|---|---|---|")
        for what, (hits, total) in sorted(counted.items()):
            print(f"| {what} | {total:,} | {hits / total:.1%} |")
        print()


if __name__ == "__main__":
    main()
