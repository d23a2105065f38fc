"""Which rates each fairness figure compares, and which of them rest on enough rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool, Int
from trimtab.measure.fairness.arm_rates import ArmRates
from trimtab.measure.fairness.gaps import Figures, of_means, of_rates
from trimtab.measure.fairness.rates import FEW_CASES, FEW_ROWS, GroupRates, Mean, Rate, auc_error


@dataclass(frozen=True)
class Family:
    """The figures of the groups that one fairness figure compares.

    kept    which rest on enough rows, shape (lines, groups)
    lines   what each line is, for a text; () where there is but one
    needed  how many of the lines must have two groups for there to be a figure
    """

    figures: Figures
    kept: Bool
    lines: tuple[str, ...]
    needed: int = 1

    @property
    def usable(self) -> bool:
        """Whether enough lines have two groups to compare."""
        groups = np.isfinite(self.figures.value).sum(axis=1)
        return bool((groups >= 2).sum() >= self.needed)


def parity(arm: ArmRates) -> Family:
    """How often each class is predicted: demographic parity."""
    return _rates(arm, {"": lambda r: r.selection})


def opportunity(arm: ArmRates) -> Family:
    """True positive rates: equal opportunity. A group without positives has none."""
    return _rates(arm, {"": lambda r: r.tpr})


def odds(arm: ArmRates) -> Family:
    """True and false positive rates: equalised odds."""
    rules: dict[str, Callable[[GroupRates], Rate]] = {
        "by the true positive rate": lambda r: r.tpr,
        "by the false positive rate": lambda r: r.fpr,
    }
    return _rates(arm, rules)


def predictive(arm: ArmRates) -> Family:
    """Precision: predictive parity. A group of which none is said to be of the class has none."""
    return _rates(arm, {"": lambda r: r.precision})


def labels(found: Sequence[Rate], rows: Int, classes: Sequence[str]) -> Family:
    """How often each class occurs, in a table of so many rows a group."""
    lines = tuple(f"for class {c}" for c in classes) if len(found) > 1 else ()
    kept = np.broadcast_to(rows >= FEW_ROWS, (len(found), len(rows)))
    return Family(of_rates(found), kept, lines)


def _rates(arm: ArmRates, rules: dict[str, Callable[[GroupRates], Rate]]) -> Family:
    rates, classes = arm.rates, arm.classes
    lines = [
        (rule(r), r, c, text)
        for text, rule in rules.items()
        for r, c in zip(rates, classes, strict=True)
    ]
    kept = [(r.rows >= FEW_ROWS) & (rate.counted >= FEW_CASES) for rate, r, _, _ in lines]
    several = len(rates) > 1
    words = [
        " ".join(filter(None, (text, f"for class {c}" if several else ""))) for *_, c, text in lines
    ]
    return Family(
        of_rates([rate for rate, *_ in lines]),
        np.stack(kept),
        tuple(words) if len(lines) > 1 else (),
        # One class has one TPR and one FPR, and both are needed; of several classes some may lack.
        needed=1 if several else len(rules),
    )


def calibration(arm: ArmRates) -> Family:
    """Mean probability minus the share observed."""
    return Family(
        of_means([r.calibration for r in arm.rates], [r.by_chance for r in arm.rates], centre=0.0),
        np.stack([r.rows >= FEW_ROWS for r in arm.rates]),
        _named(arm),
        needed=0,
    )


def predictions(arm: ArmRates) -> Family:
    """Mean predictions of a number."""
    assert arm.predicted is not None
    return means(arm.predicted, arm.within.counts)


def means(found: Mean, rows: Int) -> Family:
    """Means of a number, in a table of so many rows a group."""
    return Family(of_means([found]), (rows >= FEW_ROWS)[None], ())


def misranking(arm: ArmRates) -> Family:
    """1 minus the AUC, in groups with at least 10 rows of the class and 10 others."""
    rates = arm.rates
    positives = np.stack([r.positives for r in rates])
    negatives = np.stack([r.rows - r.positives for r in rates])
    enough = (positives >= FEW_CASES) & (negatives >= FEW_CASES)
    auc, low, high = (
        np.stack([getattr(r.auc, part) for r in rates]) for part in ("value", "low", "high")
    )
    enough &= np.isfinite(auc)
    error = np.zeros(auc.shape)
    for place in np.argwhere(enough):
        k = tuple(place)
        # An AUC of 1 among few rows is not taken at its word.
        pairs = float(positives[k] * negatives[k])
        value = (float(auc[k]) * pairs + 0.5) / (pairs + 1)
        error[k] = auc_error(value, float(positives[k]), float(negatives[k]))
    figures = Figures(value=1 - auc, low=1 - high, high=1 - low, error=error).where(enough)
    return Family(figures, enough, _named(arm), needed=0)


def _named(arm: ArmRates) -> tuple[str, ...]:
    return tuple(f"for class {c}" for c in arm.classes) if len(arm.classes) > 1 else ()
