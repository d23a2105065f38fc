"""Which of the columns before it a column is learned from.

All of them, as long as they are few. In wide tables most tell nothing of each other, and a fit that
looks at all of them grows with the square of the columns: there, the ones that share most
information with the column are kept.
"""

from __future__ import annotations

import numpy as np

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.model.grid.grid import Features

MAX_PARENTS = 40
_ROWS = 5_000  # rows that association is measured on
_LEVELS = 12  # about equally held levels that a column is cut into for it


def choose_parents(features: Features, key: Key, kept: int = 0) -> tuple[Int, ...]:
    """The parents of each column, as ascending positions; `features` is in drawing order.

    The first `kept` columns are parents of all others.
    """
    columns = features.shape[1]
    if columns <= MAX_PARENTS + 1:
        return tuple(np.arange(j) for j in range(columns))
    shared = _mutual_information(_levels(features, key))
    shared[:, :kept] = np.inf
    chosen = []
    for j in range(columns):
        order = np.argsort(-shared[j, :j], kind="stable")[:MAX_PARENTS]
        chosen.append(np.sort(order))
    return tuple(chosen)


def best_parents(features: Features, target: Int, key: Key, kept: int = 0) -> Int:
    """The columns that a target is learned from, as ascending positions; the last `kept` are among
    them."""
    columns = features.shape[1]
    if columns <= MAX_PARENTS:
        return np.arange(columns)
    rows = np.column_stack([features, target.astype(features.dtype)])
    levels = _levels(rows, key)
    shared = np.array([_shared(levels[:, j], levels[:, -1]) for j in range(columns)])
    shared[columns - kept :] = np.inf
    return np.sort(np.argsort(-shared, kind="stable")[:MAX_PARENTS])


def _levels(features: Features, key: Key) -> Int:
    """Some rows of the features, each column cut into levels 0.._LEVELS-1 by its ranks."""
    rows = key.generator().permutation(len(features))[:_ROWS]
    levels = np.empty((len(rows), features.shape[1]), np.int64)
    for j in range(features.shape[1]):
        _, place, counts = np.unique(features[rows, j], return_inverse=True, return_counts=True)
        middle = (np.cumsum(counts) - counts / 2) / len(rows)
        levels[:, j] = np.minimum((middle * _LEVELS).astype(np.int64), _LEVELS - 1)[place]
    return levels


def _mutual_information(levels: Int) -> Float:
    """[columns, columns] mutual information in nats; its bias is alike for all and does no harm."""
    columns = levels.shape[1]
    shared = np.zeros((columns, columns))
    for j in range(columns):
        for k in range(j):
            shared[j, k] = _shared(levels[:, j], levels[:, k])
    return shared + shared.T


def _shared(one: Int, other: Int) -> float:
    """The mutual information of two columns in levels."""
    joint = np.bincount(one * _LEVELS + other, minlength=_LEVELS**2) / len(one)
    table = joint.reshape(_LEVELS, _LEVELS)
    apart = np.outer(table.sum(axis=1), table.sum(axis=0)).reshape(-1)
    positive = joint > 0
    return float(np.sum(joint[positive] * np.log(joint[positive] / apart[positive])))
