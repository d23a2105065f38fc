"""Fit one table and draw from it; one JSON line with CPU seconds and peak memory.

python fit_and_draw.py TRAIN.csv OUT.csv --min-count 0 --seed 0
"""

from __future__ import annotations

import argparse
import json
import resource
import time

import trimtab
from trimtab.plan.plan import from_condition
from trimtab.table.files import read
from trimtab.table.writing import write
from trimtab.verbs.fit import fit


def main() -> None:
    """Read, fit, draw as many rows, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train")
    parser.add_argument("out")
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="auto")
    parser.add_argument("--rows", type=int)
    args = parser.parse_args()
    read(trimtab.datasets.strokes(10))  # imports are not part of the fit
    began = time.process_time()
    synthesizer = fit(args.train, model=args.model, min_count=args.min_count, seed=args.seed)
    fitted = time.process_time()
    rows = args.rows or synthesizer.provenance.rows
    if args.model != "trees":  # a drawing program is compiled once for all draws
        synthesizer.draw(from_condition({}, 1, synthesizer.schema))
    compiled = time.process_time()
    drawn = synthesizer.draw(from_condition({}, rows, synthesizer.schema), seed=args.seed)
    done = time.process_time()
    write(drawn, args.out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"fit_s": fitted - began, "rows_per_s": rows / (done - compiled), "peak_mb": peak}
    print(json.dumps({k: round(v, 2) for k, v in told.items()}))


if __name__ == "__main__":
    main()
