"""What all checks of scikit-learn and imbalanced-learn take, and that none of them fails.

python benchmarks/estimator_checks.py
"""

from __future__ import annotations

import time
import unittest
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from imblearn.utils.estimator_checks import estimator_checks_generator as of_samplers
from sklearn.utils.estimator_checks import estimator_checks_generator as of_estimators

from trimtab.sklearn import Balancer, Imputer, Synthesizer

PARTS = ("imbalanced-learn's of Balancer", "scikit-learn's of all three")


def checks(part: str) -> Iterator[tuple[Any, Any]]:
    """Estimators and checks."""
    if part == PARTS[0]:
        yield from of_samplers(Balancer())
        return
    for estimator in (Balancer(), Synthesizer(), Imputer(model="trees")):
        yield from of_estimators(estimator)


def line(part: str) -> str:
    """How many checks there are, how many were skipped, and the CPU seconds of them."""
    warnings.simplefilter("ignore")
    began, count, skipped = time.process_time(), 0, 0
    for estimator, check in checks(part):
        count += 1
        try:
            check(estimator)
        except unittest.SkipTest:
            skipped += 1
    return f"| {part} | {count} | {skipped} | {time.process_time() - began:.0f} |"


if __name__ == "__main__":
    start = time.time()
    print("| checks | how many | skipped | CPU s |\n|---|---|---|---|")
    with ProcessPoolExecutor(2) as pool:
        print(*pool.map(line, PARTS), sep="\n")
    print(f"{time.time() - start:.0f} s by the clock, two processes")
