"""Completing rows: how real do rows look of which some cells were given, and are these unchanged?

A network learns a table. Then 1, 2 or 7 random columns are given, as training rows hold them, the
rest is drawn, and the completed rows are told from held-out ones, as unconditional draws are.

taskset -c 0 python benchmarks/seeded.py --table adult --subsets 4
"""

from __future__ import annotations

import argparse
import json
from types import ModuleType

import numpy as np
import pandas as pd
import pyarrow as pa
from impute import SHARED, scorer

import trimtab
from trimtab._random import Key
from trimtab.synthesis.synthesizer import Synthesizer

ROWS = 8_000  # completed, and told from as many held-out ones


def told_apart(score: ModuleType, train: pd.DataFrame, test: pd.DataFrame, made: pa.Table) -> float:
    """The AUC of a boosted classifier that tells made rows from test rows."""
    numbers, labels = score.kinds(train)
    drawn = made.to_pandas()[train.columns]
    frames = [score.harmonise(train, frame, numbers) for frame in (train, test, drawn)]
    count = min(len(test), len(drawn), ROWS)
    order = [Key(0).child(name).generator().permutation for name in ("test", "drawn")]
    parts = [
        frame.iloc[permute(len(frame))[:count]].reset_index(drop=True)
        for permute, frame in zip(order, frames[1:], strict=True)
    ]
    coded = score.codes(frames[0], parts, numbers, labels)
    answer = np.r_[np.zeros(count), np.ones(count)]
    return float(score.gbm_auc(pd.concat(coded, ignore_index=True), answer, labels, 0))


def completed(
    synthesizer: Synthesizer, rows: pa.Table, names: list[str], seed: int
) -> tuple[pa.Table, float]:
    """Rows completed from some of their columns; (the rows, the share of given cells unchanged)."""
    given = rows.select(names)
    made = synthesizer.sample(given=given, seed=seed)
    same = [
        np.mean([a == b for a, b in zip(given[n].to_pylist(), made[n].to_pylist(), strict=True)])
        for n in names
    ]
    return made, float(np.mean(same))


def main() -> None:
    """Print one Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", default="adult")
    parser.add_argument("--subsets", type=int, default=4, help="of columns, of each size")
    args = parser.parse_args()
    folder = SHARED / "data" / args.table
    score = scorer()
    frames = [pd.read_csv(folder / f"{part}.csv") for part in ("train", "test")]
    source = trimtab.read(folder / "train.csv")
    target = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["target"]
    # Every label of a row may be given only if every label was kept.
    synthesizer = trimtab.fit(folder / "train.csv", model="network", min_count=0, outcome=target)
    free = told_apart(score, *frames, synthesizer.sample(ROWS))
    print("| given columns | c2st, mean (range) | given cells unchanged |\n|---|---|---|")
    print(f"| none | {free:.3f} | |", flush=True)
    picks = Key(0).child("columns").generator()
    seeds = source.data.take(pa.array(picks.permutation(source.rows)[:ROWS]))
    for size in (1, 2, 7):
        found, same = [], []
        for subset in range(args.subsets):
            names = sorted(picks.permutation(np.array(source.schema.names))[:size].tolist())
            made, unchanged = completed(synthesizer, seeds, names, subset)
            found.append(told_apart(score, *frames, made))
            same.append(unchanged)
        print(
            f"| {size} | {np.mean(found):.3f} ({min(found):.3f} to {max(found):.3f}) | "
            f"{np.mean(same):.1%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
