"""How a column's tokens are drawn in two steps: a group, then a class inside the group.

Groups hold about equal shares of the rows, so that the first step is informative; a token that
alone is larger than a group is a group of its own. Classes of very long alphabets bundle
neighbouring rare tokens, which are then drawn by their frequencies.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Float, Int

MAX_CLASSES = 32  # in a group
_ONE_STEP = 16  # alphabets up to this size are drawn in one step
_MAX_GROUPS, _MIN_GROUPS, _ROWS_PER_GROUP = 10, 5, 400
_GROUPS_EVER = 24  # a long alphabet may need more groups, but never more than this


@dataclass(frozen=True)
class Partition:
    """group [T] and class [T] of each token, and the rows of each token."""

    group: Int
    klass: Int
    sizes: Int

    @cached_property
    def groups(self) -> int:
        """How many groups."""
        return int(self.group.max()) + 1

    @cached_property
    def classes(self) -> Int:
        """[groups] how many classes each group has."""
        most = np.zeros(self.groups, np.int64)
        np.maximum.at(most, self.group, self.klass)
        return most + 1

    @cached_property
    def group_prior(self) -> Float:
        """[groups] log share of each group."""
        return log_shares(np.bincount(self.group, weights=self.sizes, minlength=self.groups))

    @cached_property
    def class_priors(self) -> tuple[Float, ...]:
        """[classes] log share of each class of a group, group by group."""
        members = [self.group == group for group in range(self.groups)]
        counts = [np.bincount(self.klass[m], weights=self.sizes[m]) for m in members]
        return tuple(log_shares(rows) for rows in counts)

    @cached_property
    def _first(self) -> tuple[Int, Int]:
        """Where each (group, class) begins in the tokens, and where each group begins in that."""
        change = np.diff(self.group * (MAX_CLASSES + 1) + self.klass, prepend=-1) != 0
        begins = np.concatenate([np.flatnonzero(change), [len(self.group)]])
        return begins, np.concatenate([[0], np.cumsum(self.classes)])

    def token(self, group: Int, klass: Int, share: Float) -> Int:
        """The token of a drawn group and class; `share` draws among the tokens of a bundle."""
        begins, offset = self._first
        cell = offset[group] + klass
        start, stop = begins[cell], begins[cell + 1]
        upto = self._upto
        target = upto[start] + share * (upto[stop] - upto[start])
        return (np.searchsorted(upto, target, "right") - 1).clip(start, stop - 1)

    @cached_property
    def _upto(self) -> Float:
        return np.concatenate([[0.0], np.cumsum(self._weights)])

    @cached_property
    def _weights(self) -> Float:
        return np.maximum(self.sizes, 0.5)

    @cached_property
    def log_share(self) -> Float:
        """[T] log of each token's share of its class."""
        cell = self.group * (MAX_CLASSES + 1) + self.klass
        total = np.bincount(cell, weights=self._weights)
        return np.log(self._weights / total[cell])


def log_shares(rows: Float | Int) -> Float:
    """Logarithms of shares; a class without rows counts as half a row."""
    weights = np.maximum(rows, 0.5).astype(float)
    return np.log(weights / weights.sum())


def partition(sizes: Int) -> Partition:
    """Group the tokens whose training rows are `sizes`."""
    if len(sizes) <= _ONE_STEP:
        return Partition(np.arange(len(sizes)), np.zeros(len(sizes), np.int64), sizes)
    total = sizes.sum()
    wanted = int(np.clip(total // _ROWS_PER_GROUP, _MIN_GROUPS, _MAX_GROUPS))
    widest = max(MAX_CLASSES, -(-len(sizes) // (_GROUPS_EVER - wanted)))
    group = np.zeros(len(sizes), np.int64)
    now, mass, width = 0, 0.0, 0
    for i, size in enumerate(sizes):
        alone = size > total / wanted
        if width and (alone or mass + size > 1.25 * total / wanted or width >= widest):
            now, mass, width = now + 1, 0.0, 0
        group[i] = now
        mass, width = mass + size, width + 1
        if alone:
            now, mass, width = now + 1, 0.0, 0
    group = np.unique(group, return_inverse=True)[1]
    klass = np.concatenate([_bundle(sizes[group == g]) for g in range(group.max() + 1)])
    return Partition(group, klass, sizes)


def _bundle(sizes: Int) -> Int:
    """The class of each token of a group: its own, or shared with rare neighbours."""
    if len(sizes) <= MAX_CLASSES:
        return np.arange(len(sizes))
    middle = np.cumsum(np.maximum(sizes, 0.5)) - np.maximum(sizes, 0.5) / 2
    place = np.floor(middle / np.maximum(sizes, 0.5).sum() * MAX_CLASSES).astype(np.int64)
    return np.unique(place, return_inverse=True)[1]
