"""Rows as points, so that rows which read alike lie near each other.

A number stands where its rank among the reference's values is; a label is one-hot. Two rows that
differ in one label, or in a number from one end of its values to the other, are 1 apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from trimtab._arrays import Float, Int, Single
from trimtab.predict.sample import Feature, Sample

Points = Single  # shape (rows, dimensions)
MAX_DIMENSIONS = 400
_MAX_LABELS = 100  # dimensions of one label column
_MIN_LABELS = 4
_UNLIKE = np.sqrt(0.5)  # of a label's dimension: two labels are 1 apart, squared
_ABSENT = np.sqrt(0.75)  # of a missing number: from 3/4 to 1 apart from a number, squared


@dataclass(frozen=True)
class Ranks:
    """Where the values of a number stand among those of a reference.

    A value of the reference stands at its mid-rank. What lies between two of them is interpolated,
    so that a small change of a frequent value stays small. What lies beyond them stands outside
    of [0, 1]: by as much as it is away, in lengths of the reference's range, and at most by 1.

    values, ranks   in order, with what is one range beyond at either end
    """

    values: Float
    ranks: Float

    @classmethod
    def of(cls, reference: Float) -> Ranks:
        """The ranks of a reference's values, shape (rows,); nan is left out."""
        values, counts = np.unique(reference[~np.isnan(reference)], return_counts=True)
        if not len(values):
            return cls(values, values)
        upto = np.cumsum(counts)
        ranks = (upto - counts / 2) / upto[-1]
        reach = float(values[-1] - values[0]) or abs(float(values[0])) or 1.0
        return cls(
            np.concatenate([[values[0] - reach], values, [values[-1] + reach]]),
            np.concatenate([[ranks[0] - 1.0], ranks, [ranks[-1] + 1.0]]),
        )

    def __call__(self, values: Float) -> Float:
        """Ranks, shape (rows,); nan for nan."""
        if not len(self.values):  # a reference without values orders nothing
            return np.where(np.isnan(values), np.nan, 0.5)
        # In their order, each value is found beside the one before.
        order = np.argsort(values)
        ranks = np.empty(len(values))
        ranks[order] = np.interp(values[order], self.values, self.ranks)
        return ranks


@dataclass(frozen=True)
class Embedding:
    """A map from rows to points.

    ranks        of each number, by feature name
    slots        the dimensions of each feature, by name: those of a number are its rank and that it
                 is missing; a label has one for each code, the last for missing
    dimensions   how many there are
    """

    features: tuple[Feature, ...]
    ranks: dict[str, Ranks]
    slots: dict[str, Int]
    dimensions: int

    def points(self, sample: Sample) -> Points:
        """The rows of a sample as float32, shape (rows, dimensions)."""
        points = np.zeros((sample.rows, self.dimensions), np.float32)
        lines = np.arange(sample.rows)
        for feature in self.features:
            values, slots = sample.values[feature.name], self.slots[feature.name]
            if feature.is_number:
                absent = np.isnan(values)
                points[:, slots[0]] = np.where(absent, 0.5, self.ranks[feature.name](values))
                points[absent, slots[1]] = _ABSENT
            else:
                # The code of a missing label is -1, which is the last slot.
                points[lines, slots[values]] = _UNLIKE
        return points


def embed(features: Sequence[Feature], reference: Sample) -> Embedding:
    """The map that a reference's values make.

    The most frequent labels of a column have a dimension each, at most 100 and fewer where there
    are many columns, so that there are about 400 dimensions in all; the rest share some by code.
    """
    ranks = {f.name: Ranks.of(reference.values[f.name]) for f in features if f.is_number}
    sizes = [len(f.labels) + 1 for f in features if not f.is_number]
    most = _fitting(sizes, MAX_DIMENSIONS - 2 * len(ranks))
    slots = {}
    at = 0
    for feature in features:
        own = np.arange(2) if feature.is_number else _slots(len(feature.labels), most)
        slots[feature.name] = at + own
        at += int(own.max()) + 1
    return Embedding(tuple(features), ranks, slots, at)


def _fitting(sizes: Sequence[int], room: int) -> int:
    """The most dimensions that each label column may have, so that all fit into the room."""
    most = _MAX_LABELS
    while most > _MIN_LABELS and sum(min(s, most) for s in sizes) > room:
        most -= 1
    return most


def _slots(labels: int, most: int) -> Int:
    """The dimension of each code, shape (labels + 1,); that of missing comes last."""
    codes = np.arange(labels)
    if labels + 1 <= most:
        return np.append(codes, labels)
    # A quarter is shared, so that two rare labels are seldom taken for the same.
    own = max(1, 3 * most // 4)
    shared = own + (codes - own) % (most - 1 - own)
    return np.append(np.where(codes < own, codes, shared), most - 1)


def nearest(reference: NDArray[Any], queries: NDArray[Any], count: int) -> tuple[Float, Int]:
    """The nearest reference points of each query: distances and row numbers, nearest first.

    Every reference point is compared. Shapes (queries, count); Euclidean distances.
    """
    # In high dimensions a tree visits nearly all points; products of blocks are quicker.
    search = NearestNeighbors(n_neighbors=count, algorithm="brute", metric="sqeuclidean", n_jobs=1)
    squared, rows = search.fit(reference).kneighbors(queries)
    return np.sqrt(np.clip(squared, 0.0, None)).astype(np.float64), rows.astype(np.int64)
