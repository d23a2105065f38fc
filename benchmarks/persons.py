"""Persons with all their rows: how like real persons they are, and what learning them costs.

OMP_NUM_THREADS=1 python benchmarks/persons.py [--tables visits] [--seeds 3]

Scores are those of `shared/tools/score_persons.py` against held-out persons, as many persons drawn
as there are to learn from, and their means over the seeds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean

import trimtab
from trimtab.table.writing import write_parts

SHARED = Path(__file__).resolve().parents[2] / "shared"
TABLES = ("visits", "pbcseq", "males", "nlswork")
SCORES = ("p_c2st", "r_c2st", "t_c2st", "trans_tv", "next", "gap_ks", "n_ks", "const", "bounds")
ROWS = 20_000  # that are drawn to tell how long it takes


def main() -> None:
    """Score each table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    print(f"| table | {' | '.join(SCORES)} | fit, row-wise | 20,000 rows |")
    print("|---" * (len(SCORES) + 3) + "|", flush=True)
    for name in asked.tables.split(","):
        found = [_scores(name, seed) for seed in range(asked.seeds)]
        cells = [f"{mean(f[s] for f in found):.3f}" for s in SCORES]
        fit, alone, drawn = (mean(f[s] for f in found) for s in ("fit", "alone", "drawn"))
        print(
            f"| {name} | {' | '.join(cells)} | {fit:.1f}, {alone:.1f} | {drawn:.1f} |", flush=True
        )


def _scores(name: str, seed: int) -> dict[str, float]:
    """The scores of one fit, and CPU seconds."""
    folder = SHARED / "data" / "persons" / name
    train = folder / "train.csv"
    began = time.process_time()
    trimtab.fit(train, model="trees", seed=seed)
    alone = time.process_time()
    synthesizer = trimtab.fit(train, model="persons", seed=seed)
    fitted = time.process_time()
    synthesizer.sample(ROWS if name != "males" else 8 * (ROWS // 8), seed=seed)
    drawn = time.process_time()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "drawn.csv"
        plan = synthesizer.plan(persons=synthesizer.provenance.persons)
        write_parts(synthesizer.draw_parts(plan, seed=seed), place)
        command = [sys.executable, SHARED / "tools" / "score_persons.py", folder, place]
        told = subprocess.run(command, capture_output=True, text=True, check=True)
    scores: dict[str, float] = json.loads(told.stdout)
    return scores | {"alone": alone - began, "fit": fitted - alone, "drawn": drawn - fitted}


if __name__ == "__main__":
    main()
