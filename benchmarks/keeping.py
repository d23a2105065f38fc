"""What keeping the kept rules costs a chain of trees, and what it brings: pairs over seeds.

OMP_NUM_THREADS=1 python benchmarks/keeping.py [--tables adult] [--seeds 5] [--model trees]

Each pair is a fit without and one with rules, of the same seed. As many rows are drawn as there are
to learn from, and `shared/tools/score.py` scores them. Columns that say which person a row is of
are left out of the scores, because drawn rows have none in common with real ones.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import mean, stdev

import trimtab
from trimtab.table.writing import write_parts

SHARED = Path(__file__).resolve().parents[2] / "shared"
TARGETS = {
    "adult": "income",
    "default": "default_payment_next_month",
    "magic": "class",
    "compas": "two_year_recid",
    "california": "median_house_value",
    "stroke": "stroke",
    "synthea_patients": "RACE",
    "persons/visits": "ConditionDesc",
}
SCORES = ("c2st_gbm", "tstr", "coverage", "shape_err", "trend_shared", "fit", "draw")


def main() -> None:
    """Score each table's pairs, and say what they differ by."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", default=",".join(TARGETS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--model", default="trees")
    asked = parser.parse_args()
    print(f"| table | pairs | {' | '.join(SCORES)} |")
    print("|---" * (len(SCORES) + 2) + "|", flush=True)
    for name in asked.tables.split(","):
        pairs = [
            tuple(_scores(name, asked.model, seed, rules=rules) for rules in (False, True))
            for seed in range(asked.seeds)
        ]
        cells = [_told(score, [(a[score], b[score]) for a, b in pairs]) for score in SCORES]
        print(f"| {name} | {len(pairs)} | {' | '.join(cells)} |", flush=True)


def _told(score: str, pairs: list[tuple[float, float]]) -> str:
    """The means without and with rules; of times their ratio, else the difference, both with its
    standard error."""
    without, held = mean(a for a, _ in pairs), mean(b for _, b in pairs)
    times = score in ("fit", "draw")
    changes = [b / a if times else b - a for a, b in pairs]
    error = stdev(changes) / len(changes) ** 0.5 if len(changes) > 1 else float("nan")
    sign = "x" if times else ""
    return (
        f"{without:.3f}, {held:.3f} ({sign}{mean(changes):{'' if times else '+'}.4f} ± {error:.4f})"
    )


def _scores(name: str, model: str, seed: int, *, rules: bool) -> dict[str, float]:
    """The scores of one fit, and the CPU seconds that it and drawing took."""
    folder = SHARED / "data" / name
    began = time.process_time()
    synthesizer = trimtab.fit(folder / "train.csv", rules=rules, model=model, seed=seed)
    fitted = time.process_time()
    plan = synthesizer.plan(synthesizer.provenance.rows)
    entity = synthesizer.schema.entity.name if synthesizer.schema.entity else None
    with tempfile.TemporaryDirectory() as scratch:
        drawn = Path(scratch) / "drawn.csv"
        write_parts(synthesizer.draw_parts(plan, seed=seed), drawn)
        written = time.process_time()
        files = [folder / "train.csv", folder / "test.csv", drawn]
        paths = [_without(entity, file, Path(scratch)) for file in files]
        command = [sys.executable, SHARED / "tools" / "score.py", *paths, "--target", TARGETS[name]]
        told = subprocess.run(command, capture_output=True, text=True, check=True)
    scores: dict[str, float] = defaultdict(float, json.loads(told.stdout))
    scores |= {"fit": fitted - began, "draw": written - fitted}
    line = {"table": name, "seed": seed, "rules": rules, **scores}
    print(json.dumps(line), file=sys.stderr, flush=True)
    return scores


def _without(column: str | None, path: Path, scratch: Path) -> Path:
    """A file without one of its columns."""
    if column is None:
        return path
    with path.open(newline="", encoding="utf-8") as source:
        rows = list(csv.reader(source))
    at = rows[0].index(column)
    target = scratch / f"without_{path.name}"
    with target.open("w", newline="", encoding="utf-8") as sink:
        csv.writer(sink).writerows([*row[:at], *row[at + 1 :]] for row in rows)
    return target


if __name__ == "__main__":
    main()
