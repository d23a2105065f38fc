"""Controls: runs whose answer is known, which find a leak in the protocol or in an arm.

A leak is how imbalanced-learning results of .99 come about: rows are added before the split, and
copies of test rows, or rows between them, are learned from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import ConfigDict
from scipy import stats

from trimtab._named import Named
from trimtab._run import Run
from trimtab.study.balancing.copies import Copies
from trimtab.study.balancing.protocol import Study
from trimtab.study.engine.work import check
from trimtab.study.metrics import AUC, ranked
from trimtab.study.question import UnableError
from trimtab.study.wording import plain

_ALARM = 0.001  # two-sided p of an AUC as far from .5, all arms together


class ShuffledResult(Named):
    """The AUC of each arm on one fold with shuffled classes.

    error   the standard error of an AUC that is .5 in truth (Hanley and McNeil 1982), on this fold
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    auc: dict[str, float]
    error: float


class Control(Named):
    """What one check found; `sound` if nothing is amiss."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    arm: str
    sound: bool
    text: str


def run_shuffled(study: Study, number: int, run: Run) -> ShuffledResult:
    """Shuffle the classes over all rows and run one outer fold with the first learner.

    The shuffle is the same in every fold, and there are no inner ones. Raises what `check` raises.
    """
    question = study.question.permuted(study.key.child("shuffled").generator())
    train, test = (question.part(rows) for rows in study.split(number))
    aucs = {}
    for arm in study.arms:
        check(run)
        key = study.key.child("shuffled", number, arm.name)
        try:
            rows = arm.training(train, max(study.protocol.ratios), key)
            rank = study.learners[0].trained(train.features, rows, key)
            aucs[arm.name] = ranked(rank(test.sample), test.is_positive)[AUC]
        except UnableError:
            continue
    positives, negatives = float(test.is_positive.sum()), float((~test.is_positive).sum())
    error = np.sqrt((positives + negatives + 1) / (12 * max(positives * negatives, 1)))
    return ShuffledResult(auc={a: v for a, v in aucs.items() if np.isfinite(v)}, error=float(error))


def shuffled_controls(results: Sequence[ShuffledResult]) -> tuple[Control, ...]:
    """One for each arm: the mean AUC over folds that test every row once must be about .5."""
    names = list(dict.fromkeys(name for r in results for name in r.auc))
    controls = []
    for name in names:
        known = [(r.auc[name], r.error) for r in results if name in r.auc]
        mean = float(np.mean([a for a, _ in known]))
        # Twice the variance of independent folds: each pair of rows of two folds counts in both,
        # once to learn from and once to test on (simulated: 1.4 times the error for linear models).
        error = float(np.sqrt(2 * np.sum(np.square([e for _, e in known]))) / len(known))
        p = float(2 * stats.norm.sf(abs(mean - 0.5) / error))
        sound = p * len(names) >= _ALARM
        text = (
            f"with shuffled classes the AUC of {name!r} is {plain(mean)}, where .5 ± "
            f"{plain(1.96 * error)} is expected"
        )
        controls.append(Control(name="shuffled classes", arm=name, sound=sound, text=text))
    return tuple(controls)


def copy_controls(copies: dict[str, Copies]) -> tuple[Control, ...]:
    """One for each arm that adds rows: they must not equal test rows more often than real ones."""
    controls = []
    for name, counts in copies.items():
        rate = counts.copies / max(counts.added, 1)
        real = counts.real_copies / max(counts.real, 1)
        text = (
            f"{rate:.2%} of the rows that {name!r} adds equal a test row; {real:.2%} of the real "
            "training rows of that class do"
        )
        controls.append(
            Control(name="copies of test rows", arm=name, sound=not counts.alarming, text=text)
        )
    return tuple(controls)
