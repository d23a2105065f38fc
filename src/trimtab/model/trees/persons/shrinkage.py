"""How far the means of a person's rows are shrunk: by how alike the rows of one person are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float, Int

_LEAST, _MOST = 0.25, 20.0  # rows that a mean is shrunk by
_USUAL = 2.0
_FEWEST = 30  # persons with several values that tell it


@dataclass(frozen=True)
class Shrinkage:
    """So many rows without any value are added to a mean, towards none: of a number, of how far it
    lies beyond what is expected, and of that in one kind of number."""

    mean: float = _USUAL
    habit: float = _USUAL
    kind: float = _USUAL


def shrinkage_of(values: Float, groups: Int) -> float:
    """What makes the means of a few values of a group the best guess of the group's own: the
    variance within groups by that between them (analysis of variance of one factor)."""
    _, group, counts = np.unique(groups, return_inverse=True, return_counts=True)
    several = counts > 1
    if several.sum() < _FEWEST:
        return _USUAL
    at = several[group]
    values, group = values[at], (np.cumsum(several) - 1)[group[at]]
    counts = counts[several]
    many, rows = len(counts), len(values)
    means = np.bincount(group, values) / counts
    within = float(((values - means[group]) ** 2).sum()) / (rows - many)
    between = float((counts * (means - values.mean()) ** 2).sum()) / (many - 1)
    size = (rows - float((counts**2).sum()) / rows) / (many - 1)
    own = (between - within) / size
    return float(np.clip(within / own, _LEAST, _MOST)) if own > 0 else _MOST
