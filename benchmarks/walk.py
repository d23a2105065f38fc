"""How fast the kernel walks trees, against XGBoost's own prediction of the same boosters.

python benchmarks/walk.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import xgboost as xgb

from trimtab.model.trees.boosters import arrays_of
from trimtab.model.trees.fit_boosting import Growth, fit_classifier, fit_regressor
from trimtab.model.trees.kernel.forest import compile_forest
from trimtab.model.trees.kernel.library import SETS, Coded, kernel
from trimtab.model.trees.sample import Sample

ROWS, COLUMNS, TRIES = 65_536, 14, 7


def main() -> None:
    """Print nanoseconds a row and tree, and how many times as fast as XGBoost."""
    g = np.random.Generator(np.random.Philox(1))
    features = np.floor(g.gamma(2.0, 6.0, (ROWS, COLUMNS))).astype(np.float32)
    signal = features[:, 0] * 0.3 + np.abs(features[:, 1] - features[:, 2]) / 4
    signal += np.sin(features[:, 3]) + 3 * g.normal(size=ROWS)
    for kind, outputs, growth in (
        ("location", 1, Growth(eta=0.1, depth=6, rounds=100, patience=100, min_child_weight=5.0)),
        ("group", 10, Growth(eta=0.1, depth=4, rounds=100, patience=100)),
        ("group", 10, Growth(eta=0.1, depth=6, rounds=100, patience=100)),
        ("class", 32, Growth(eta=0.1, depth=3, rounds=50, patience=100)),
        ("class", 6, Growth(eta=0.1, depth=3, rounds=50, patience=100)),
    ):
        booster = grown(features, signal, outputs, growth)
        arrays = arrays_of(booster)
        began = time.process_time()
        codes = np.ascontiguousarray(features.T + 1).astype(np.uint16)
        sizes = codes.max(axis=1).astype(np.int64) + 1
        rows = Coded(codes, sizes, np.arange(COLUMNS))
        forest = compile_forest(arrays, sizes)
        compiled = time.process_time() - began
        visits = ROWS * len(forest.depth)
        theirs = best(lambda b=booster: b.inplace_predict(features, predict_type="margin"))
        expected = booster.inplace_predict(features, predict_type="margin")
        print(
            f"{kind}: {len(forest.depth)} trees of depth {growth.depth}, {outputs} outputs; "
            f"compiled in {1e3 * compiled:.1f} ms; XGBoost {1e9 * theirs / visits:.2f} ns"
        )
        for name in SETS:
            ours = kernel(name)
            if ours is None:
                raise SystemExit("no kernel was built: install trimtab where there is a compiler")
            seconds = best(lambda k=ours, f=forest, r=rows: k.margins(f, r))
            same = ours.margins(forest, rows).tobytes() == expected.tobytes()
            print(
                f"  {name}: {1e9 * seconds / visits:.2f} ns, {theirs / seconds:.1f} times as fast, "
                f"{'the same bits' if same else 'OTHER MARGINS'}"
            )


def grown(features: np.ndarray, signal: np.ndarray, outputs: int, growth: Growth) -> xgb.Booster:
    """A booster of these features; all its trees are kept."""
    rows = np.arange(20_000)
    features, signal, folds = features[rows], signal[rows], [(rows[2000:], rows[:2000])]
    if outputs == 1:
        members, _ = fit_regressor(
            Sample(features), signal, np.zeros((len(rows), 1)), folds, growth
        )
    else:
        classes = np.argsort(np.argsort(signal)) * outputs // len(rows)
        prior = np.full(outputs, -np.log(outputs))
        members = fit_classifier(Sample(features), classes, prior, folds, growth)
    return members[0].booster


def best(work: Callable[[], object]) -> float:
    """CPU seconds, the least of several tries."""
    tries = []
    for _ in range(TRIES):
        began = time.process_time()
        work()
        tries.append(time.process_time() - began)
    return min(tries)


if __name__ == "__main__":
    main()
