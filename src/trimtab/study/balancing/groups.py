"""How groups of protected columns fare in each arm, at the tuned threshold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from trimtab.study.balancing.arms.untouched import UNTOUCHED
from trimtab.study.balancing.fold import FoldResult, Rates
from trimtab.study.balancing.result import Gap, Group

_MIN_ROWS, _MIN_POSITIVES = 30, 10  # of a group, in each repeat of the folds, to be compared

Where = tuple[str, str, str]  # arm, learner, protected column
Table = dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]  # group -> rows, positives, ...


def groups(folds: Sequence[FoldResult]) -> tuple[Group, ...]:
    """The rates of every group, over all folds."""
    return tuple(
        Group(
            arm=arm,
            learner=learner,
            column=column,
            group=group,
            rows=int(n[0]),
            positives=int(n[1]),
            selected=_rate(n[2], n[0]),
            recalled=_rate(n[3], n[1]),
        )
        for (arm, learner, column), table in _summed(folds).items()
        for group, n in table.items()
    )


def gaps(folds: Sequence[FoldResult], test_share: float, repeats: int = 1) -> tuple[Gap, ...]:
    """The gaps between groups, and how each arm changes them.

    test_share   test rows / training rows
    repeats      how often each row is tested

    The standard error of a change is the jackknife's over outer folds (Efron and Stein 1981): a gap
    is a largest minus a smallest rate, and no mean of the folds' gaps. It is widened as that of a
    mean is (see `inference`): folds share training rows, and those of two repeats all rows.
    """
    whole = _summed(folds)
    without = [_summed([f for j, f in enumerate(folds) if j != k]) for k in range(len(folds))]
    entries = []
    for (arm, learner, column), table in whole.items():
        mine, base = (arm, learner, column), (UNTOUCHED, learner, column)
        selected, recalled = _gap(table, repeats)
        changes: list[tuple[float, float] | None] = [None, None]
        if arm != UNTOUCHED and base in whole:
            for which in range(2):
                left = [_change(w, mine, base, which, repeats) for w in without]
                change = _change(whole, mine, base, which, repeats)
                changes[which] = _jackknife(change, left, test_share)
        entries.append(
            Gap(
                arm=arm,
                learner=learner,
                column=column,
                selected=selected,
                recalled=recalled,
                selected_change=changes[0],
                recalled_change=changes[1],
            )
        )
    return tuple(entries)


def _summed(folds: Iterable[FoldResult]) -> dict[Where, Table]:
    tables: dict[Where, Table] = {}
    for fold in folds:
        for outcome in fold.outcomes:
            for rates in outcome.rates:
                table = tables.setdefault((outcome.arm, outcome.learner, rates.column), {})
                table[rates.group] = table.get(rates.group, np.zeros(4)) + _counts(rates)
    return tables


def _counts(rates: Rates) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([rates.rows, rates.positives, rates.called, rates.right], float)


def _rate(hits: float, chances: float) -> float | None:
    return float(hits / chances) if chances else None


def _gap(table: Table, repeats: int) -> tuple[float | None, float | None]:
    """The gaps of selection and of recall over groups with enough rows; None for fewer than two."""
    selected = [n[2] / n[0] for n in table.values() if n[0] >= repeats * _MIN_ROWS]
    recalled = [n[3] / n[1] for n in table.values() if n[1] >= repeats * _MIN_POSITIVES]
    return (
        float(max(selected) - min(selected)) if len(selected) > 1 else None,
        float(max(recalled) - min(recalled)) if len(recalled) > 1 else None,
    )


def _change(
    tables: dict[Where, Table], mine: Where, base: Where, which: int, repeats: int
) -> float | None:
    if mine not in tables or base not in tables:
        return None
    one, other = (_gap(tables[key], repeats)[which] for key in (mine, base))
    return None if one is None or other is None else one - other


def _jackknife(
    whole: float | None, without: Sequence[float | None], test_share: float
) -> tuple[float, float] | None:
    known = np.array([w for w in without if w is not None])
    if whole is None or len(known) < 2:
        return None
    spread = (len(known) - 1) / len(known) * np.square(known - known.mean()).sum()
    return whole, float(np.sqrt(spread * (1 + len(known) * test_share)))
