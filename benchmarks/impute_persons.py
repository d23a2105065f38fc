"""Gaps in the rows of persons: filled given their other rows, and row by row.

OMP_NUM_THREADS=1 python benchmarks/impute_persons.py [--tables visits] [--seeds 3]

A tenth of the cells of each column that differs between the rows of persons is removed at random,
the moment and the persons' number apart. Means over columns and seeds of

  rmse    root mean squared distance of one draw from the removed number, in standard deviations of
          the column: 1.41 for a draw that knows nothing, 1 for the mean
  hit     how often the removed label is drawn
  apart   KS distance (numbers) or total variation (labels) between drawn and removed cells
  cpu     seconds to learn and to fill
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

import trimtab
from trimtab._random import Key

SHARED = Path(__file__).resolve().parents[2] / "shared"
TABLES = ("visits", "pbcseq", "nlswork")
MODELS = ("persons", "network")
FIGURES = ("rmse", "hit", "apart", "cpu")
SHARE, FEW = 0.1, 10  # of the cells removed; values up to which a number counts as a label


def main() -> None:
    """Score each table and model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    print(f"| table | model | {' | '.join(FIGURES)} |")
    print("|---" * (len(FIGURES) + 2) + "|", flush=True)
    for table in asked.tables.split(","):
        for model in asked.models.split(","):
            found = [_scores(table, model, seed) for seed in range(asked.seeds)]
            cells = [mean(f[n] for f in found) for n in FIGURES]
            shown = " | ".join(f"{c:.3f}" for c in cells[:-1])
            print(f"| {table} | {model} | {shown} | {cells[-1]:.1f} |", flush=True)


def _scores(name: str, model: str, seed: int) -> dict[str, float]:
    """The figures of one filling."""
    folder = SHARED / "data" / "persons" / name
    meta = json.loads((folder / "meta.json").read_text())
    data = pd.read_csv(folder / "train.csv")
    who, moments = meta["entity"], meta["order_by"]
    varying = [
        n
        for n in data.columns
        if n not in (who, *moments) and (data.groupby(who)[n].nunique(dropna=False) > 1).any()
    ]
    gone, holes = data.copy(), {}
    for column in varying:
        uniforms = Key(seed).child("gaps", name, column).uniforms(0, len(data))
        holes[column] = (uniforms < SHARE) & data[column].notna().to_numpy()
        gone[column] = gone[column].mask(holes[column])
    began = time.process_time()
    filled = trimtab.impute(gone, model=model, seed=seed).table
    cpu = time.process_time() - began
    figures: dict[str, list[float]] = {"rmse": [], "hit": [], "apart": []}
    for column in varying:
        at = holes[column]
        for figure, value in _of_column(data[column], filled[column], at):
            figures[figure].append(value)
    return {n: mean(v) for n, v in figures.items()} | {"cpu": cpu}


def _of_column(data: pd.Series, filled: pd.Series, at: np.ndarray) -> Iterator[tuple[str, float]]:
    numbers = _numbers(data)
    if numbers is None:
        truth, drawn = _labels(data)[at], _labels(filled)[at]
        yield "hit", float((truth == drawn).mean())
        shares = [s.value_counts(normalize=True) for s in (truth, drawn)]
        yield "apart", float(shares[0].sub(shares[1], fill_value=0).abs().sum() / 2)
        return
    truth, drawn = numbers[at], _numbers(filled)[at]
    yield "rmse", float(np.sqrt(np.mean((truth - drawn) ** 2)) / np.nanstd(numbers))
    yield "apart", float(ks_2samp(truth, drawn).statistic)


def _labels(column: pd.Series) -> pd.Series:
    """A column as labels, alike whether whole numbers have gaps or not."""
    if pd.api.types.is_numeric_dtype(column):
        column = column.astype(float)
    return column.astype(str).reset_index(drop=True)


def _numbers(column: pd.Series) -> np.ndarray | None:
    """A column as numbers, dates as days; None for labels."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.astype("datetime64[s]").astype("int64").to_numpy() / 86400
    if not pd.api.types.is_numeric_dtype(column):
        dates = pd.to_datetime(column, format="%Y-%m-%d", errors="coerce")
        whole = dates.notna().sum() == column.notna().sum()
        return _numbers(dates) if whole else None
    return column.to_numpy(float) if column.nunique() > FEW else None


if __name__ == "__main__":
    main()
