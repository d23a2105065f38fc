"""Fit one table and draw as many rows with mostlyai-engine, as it comes; one JSON line with CPU
seconds. It runs in an environment of its own, with `mostlyai-engine[cpu]` installed:

OMP_NUM_THREADS=1 ENVIRONMENT/bin/python benchmarks/mostlyai_engine.py TRAIN.csv OUT.csv
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

import pandas as pd
import torch
from mostlyai import engine


def seconds() -> float:
    """CPU seconds so far, those of processes that have ended included."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main() -> None:
    """Fit, draw, write what was drawn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train")
    parser.add_argument("out")
    args = parser.parse_args()
    torch.set_num_threads(1)
    os.environ["LOKY_MAX_CPU_COUNT"] = "1"  # what other processes do would not be counted
    table = pd.read_csv(args.train, keep_default_na=False)
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        start = seconds()
        engine.split(tgt_data=table, workspace_dir=place, model_type="TABULAR")
        engine.analyze(workspace_dir=place)
        engine.encode(workspace_dir=place)
        engine.train(workspace_dir=place, device="cpu")
        fitted = seconds()
        engine.generate(workspace_dir=place, sample_size=len(table), device="cpu")
        drawn = seconds()
        rows = pd.read_parquet(place / "SyntheticData")
    rows[table.columns].to_csv(args.out, index=False)
    found = {"fit_s": fitted - start, "draw_s": drawn - fitted}
    print(json.dumps({**found, "rows_per_s": len(table) / found["draw_s"]}))


if __name__ == "__main__":
    main()
