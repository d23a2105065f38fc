"""Whether rows that are drawn keep the kept rules, counted cell by cell as one would by hand.

OMP_NUM_THREADS=1 python benchmarks/kept_rules.py [--tables adult] [--rows 200000] [--model trees]

The checker (`by_hand.py`) uses nothing of the code that keeps the rules, nor of the checks that
the package has.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from by_hand import broken_by_hand
from real_rules import rows_by_hand

import trimtab
from trimtab.table.files import read
from trimtab.table.rules.parse import parse
from trimtab.table.writing import write_parts

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
TABLES = (
    *("adult", "default", "magic", "compas", "california", "stroke", "synthea_patients"),
    "persons/visits",
)


def main() -> None:
    """Fit and draw each table, and count what breaks each kept rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--model", default="trees")
    asked = parser.parse_args()
    print("| table | kept rules | rows that break any | fit, draw CPU s | not held to |")
    print("|---|---|---|---|---|")
    for name in asked.tables.split(","):
        _table(name, asked.rows, asked.model)


def _table(name: str, rows: int, model: str) -> None:
    path = DATA / name / "train.csv"
    given = read(path)
    began = time.process_time()
    synthesizer = trimtab.fit(path, model=model)
    fitted = time.process_time()
    output = Path(tempfile.gettempdir()) / f"kept_{path.parent.name}.csv"
    plan = synthesizer.plan(rows)
    write_parts(synthesizer.draw_parts(plan, seed=1), output)
    drawn = time.process_time()
    real, judged = rows_by_hand(path, given), rows_by_hand(output, given)
    output.unlink()
    rules = [r.text for r in synthesizer.schema.rules or () if r.kept]
    counts = {t: broken_by_hand(parse(t, given.schema.names), real, judged) for t in rules}
    broken = {text: count for text, (_, count) in counts.items() if count}
    noted = [w for w in synthesizer.warnings if "may break kept rules" in w]
    print(
        f"| {name} | {len(rules)} | {sum(broken.values()):,} | {fitted - began:.1f}, "
        f"{drawn - fitted:.1f} | {len(noted)} |",
        flush=True,
    )
    for text, count in broken.items():
        print(f"  {text}: {count:,} of {counts[text][0]:,}")


if __name__ == "__main__":
    main()
