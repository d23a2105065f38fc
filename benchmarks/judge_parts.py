"""What the dearest parts of judging cost by themselves, on adult: CPU seconds as JSON.

OMP_NUM_THREADS=1 python benchmarks/judge_parts.py DRAWN.csv

DRAWN.csv are rows that were drawn for adult's. An earlier state is measured with its `src` in
PYTHONPATH; the machine moves by a third within minutes, so take both in turns.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from trimtab._random import Key
from trimtab.measure.chance.permutation import permute
from trimtab.measure.compare.comparison import compare
from trimtab.measure.compare.controls import Controls
from trimtab.measure.compare.target import target_of
from trimtab.measure.fidelity.detection import detection
from trimtab.measure.fidelity.published_detection import published_detection
from trimtab.predict.learners import fitted
from trimtab.predict.prediction import FOREST

ADULT = Path(__file__).resolve().parents[2] / "shared" / "data" / "adult"
TIMES = 3  # of what is short


def taken(call: Callable[[], object], times: int = 1) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    for _ in range(times):
        call()
    return round((time.process_time() - start) / times, 2)


def main() -> None:
    """Print the costs."""
    key = Key(0)
    table = compare(ADULT / "train.csv", sys.argv[1], ADULT / "test.csv")
    controls = Controls.of(table, key)
    target = target_of(table, "income", None)
    features = tuple(f for f in table.features if f.name != "income")
    codes = target.of(table.real)

    def forest() -> None:
        model = fitted(FOREST, features, table.real, codes, len(target.classes), key=key)
        assert table.holdout is not None
        model.probability(table.holdout)

    told = {
        "permutations": taken(lambda: permute(table.real, table.synthetic, key), TIMES),
        "forest": taken(forest, TIMES),
        "detection": taken(lambda: detection(table, key, controls.alone.synthetic)),
        "published detection": taken(lambda: published_detection(table, controls, key)),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
