"""Does balancing help? Stroke at 1:1, and five tables whose smaller class is cut to a few rows.

    python benchmarks/balancing.py stroke        # all figures of the proof's protocol
    python benchmarks/balancing.py few           # 20 and 50 rows of the smaller class

Ten outer folds (5 x 2) of train.csv, or with --final of train.csv and test.csv together; logistic
regression (the package's own) and LightGBM with its own defaults but 100 trees of 15 leaves. The
generator's settings were chosen on train.csv alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from statistics import mean
from typing import Any

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from run import SHARED
from scipy.stats import rankdata

from trimtab._run import Run
from trimtab.request.prove import Prove
from trimtab.study.balancing.curve import run_curve
from trimtab.study.balancing.protocol import Study
from trimtab.study.inference import differences
from trimtab.study.learners import learners_of
from trimtab.study.metrics import AUC, PRECISION
from trimtab.verbs import prove

TABLES = ("adult", "default", "stroke", "compas", "california")
SIZES = (20, 50)
DEAREST = 0.9  # california: whether a house is dearer than nine of ten
ARMS = ("none", "weights", "oversample", "smote", "trimtab")
SMOTE, OURS, NONE = "SMOTE", "trimtab", "as it is"
LIGHTGBM = {
    "LightGBM": LGBMClassifier(
        n_estimators=100, num_leaves=15, learning_rate=0.05, n_jobs=1, verbose=-1
    )
}


def table_of(name: str, final: bool) -> tuple[pd.DataFrame, str]:
    """A table and the name of its target, of two classes."""
    folder = SHARED / "data" / name
    parts = ("train", "test") if final else ("train",)
    read: dict[str, Any] = {"keep_default_na": False} if name == "adult" else {}
    data = pd.concat([pd.read_csv(folder / f"{p}.csv", **read) for p in parts], ignore_index=True)
    target = json.loads((folder / "meta.json").read_text())["target"]
    if name == "california":
        dear = data[target] > data[target].quantile(DEAREST)
        data[target] = np.where(dear, "dear", "not dear")
    return data, target


def study_of(name: str, final: bool, seed: int) -> Study:
    """The study of a table by the default protocol, with both learners."""
    data, target = table_of(name, final)
    study, _ = prove.study_of(Prove(target=target, arms=ARMS, seed=seed), data, LIGHTGBM)
    return replace(study, learners=(*learners_of("lr"), *study.learners))


def stroke(final: bool, seed: int, workers: int) -> Iterator[str]:
    """The figures that were set beforehand, and what came out."""
    data, target = table_of("stroke", final)
    names = ("auc", "average_precision", "f1_at_half", "f1", "brier_raw", "brier_prior")
    yield f"| learner | arm | {' | '.join(names)} | brier_platt | AUC against none |"
    yield "|---" * (len(names) + 4) + "|"
    for learner in ("lr", LIGHTGBM):
        made = prove.prove(data, target, learner=learner, arms=ARMS, seed=seed, workers=workers)
        for line in made.lines:
            values = [line.figures[n].value or 0.0 for n in (*names, "brier_platt")]
            found = line.differences.get(AUC)
            against = "" if found is None else f"{found.value:+.4f} [{found.low:+.3f}, "
            against += "" if found is None else f"{found.high:+.3f}] {found.effect.value}"
            shown = " | ".join(f"{v:.4f}" for v in values)
            yield f"| {line.learner} | {line.arm} | {shown} | {against} |"
        yield f"| | | {made.cpu_seconds:.0f} CPU s |"


def _fold(work: tuple[Study, int, int]) -> dict[tuple[str, str], float]:
    study, number, size = work
    made = run_curve(study, number, size, Run())
    return {(p.learner, p.arm): p.figures[PRECISION] or 0.0 for p in made.points}


def few(final: bool, seed: int, workers: int) -> Iterator[str]:
    """Average precision where the smaller class is cut, ranks, and the test against SMOTE."""
    ranks: dict[str, list[float]] = {}
    paired: dict[str, list[float]] = {}
    yield "| table | rows | learner | " + " | ".join((NONE, "class weights", "random", SMOTE, OURS))
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for name in TABLES:
            study = study_of(name, final, seed)
            folds = range(study.protocol.folds * study.protocol.repeats)
            for size in SIZES:
                found = list(pool.map(_fold, [(study, k, size) for k in folds]))
                for learner in study.learners:
                    by_arm = {a.name: [f[learner.name, a.name] for f in found] for a in study.arms}
                    means = [mean(v) for v in by_arm.values()]
                    for arm, rank in zip(by_arm, rankdata([-m for m in means]), strict=True):
                        ranks.setdefault(arm, []).append(float(rank))
                    gaps = zip(by_arm[OURS], by_arm[SMOTE], strict=True)
                    paired[f"{name} {size} {learner.name}"] = [a - b for a, b in gaps]
                    shown = " | ".join(f"{m:.4f}" for m in means)
                    yield f"| {name} | {size} | {learner.name} | {shown} |"
    yield "mean ranks: " + ", ".join(f"{a} {mean(r):.2f}" for a, r in ranks.items())
    made = differences(paired, 1 / (study.protocol.folds - 1), 0.0)
    for case, d in made.items():
        yield f"{case}: {d.value:+.4f} [{d.low:+.4f}, {d.high:+.4f}] Holm p {d.holm:.3f} {d.effect}"
    better = sum(d.effect.value == "helps" for d in made.values())
    worse = sum(d.effect.value == "harms" for d in made.values())
    yield f"trimtab against SMOTE: better in {better}, worse in {worse} of {len(made)} cases"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("stroke", "few"))
    parser.add_argument("--final", action="store_true", help="all rows of the tables")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    run = stroke if asked.what == "stroke" else few
    for text in run(asked.final, asked.seed, asked.workers):
        print(text, flush=True)
