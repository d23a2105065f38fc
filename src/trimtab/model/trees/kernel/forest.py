"""Boosters as complete trees over bins, the form that the kernel walks.

A feature is cut at the thresholds of the booster's splits: its bin is the number of cuts that are
not above it, and says which way a row goes at each split. A feature may be told by codes, which
stand for the whole numbers from -1 on: the bin of each is then known beforehand. A tree is filled
up to its own depth: a leaf above the bottom stands there as often as it has places.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Bool, Int, Single
from trimtab.model.trees.booster_arrays import LEAF, BoosterArrays, check

MAX_DEPTH = 6  # these three as in kernel.h
MAX_OUTPUTS = 256
MAX_CUTS = 255
MAX_CODES = 65_536
_FLOATS = 4  # vectors of leaves are padded to a multiple of this
_FOUR_BYTES = 0x01010101


@dataclass(frozen=True)
class Cuts:
    """Where features are cut: those of feature f are values[starts[f] : starts[f + 1]].

    Raises ValueError unless those of each feature rise, are finite and at most MAX_CUTS.
    """

    values: Single
    starts: Int

    def __post_init__(self) -> None:
        _own(self, "values", np.float32, 1)
        _own(self, "starts", np.int64, 1)
        counts = np.diff(self.starts)
        whole = len(self.starts) > 0 and self.starts[0] == 0 and self.starts[-1] == len(self.values)
        _demand(whole and bool((counts >= 0).all()), "the cuts' starts do not add up")
        _demand(bool((counts <= MAX_CUTS).all()), f"a feature has more than {MAX_CUTS} cuts")
        rises = self.values[1:] > self.values[:-1]
        rises[self.starts[(self.starts > 0) & (self.starts < len(self.values))] - 1] = True
        finite = bool(np.isfinite(self.values).all())
        _demand(finite and bool(rises.all()), "a feature's cuts do not rise, or are not finite")

    @property
    def features(self) -> int:
        """How many features."""
        return len(self.starts) - 1

    def of(self, feature: int) -> Single:
        """The cuts of one feature."""
        return self.values[self.starts[feature] : self.starts[feature + 1]]

    def numbers(self, features: Int, values: Single) -> Int:
        """Which cut of its feature each value is. Raises ValueError for one that is none."""
        wanted = _paired(features, values)
        found = np.searchsorted(self._pairs, wanted)
        there = found < len(self._pairs)
        there[there] = self._pairs[found[there]] == wanted[there]
        _demand(bool(there.all()), "a split's threshold is not among the cuts of its feature")
        return np.asarray(found - self.starts[features])

    @cached_property
    def _pairs(self) -> NDArray[np.complex64]:
        return _paired(np.repeat(np.arange(self.features), np.diff(self.starts)), self.values)


def _paired(features: Int, values: Single) -> NDArray[np.complex64]:
    """Complex numbers, which sort by feature and then by value."""
    pairs = np.empty(len(values), np.complex64)
    pairs.real, pairs.imag = features, values
    return pairs


def thresholds(arrays: BoosterArrays) -> Cuts:
    """The cuts that boosters of the same features use. Raises ValueError if a feature has more than
    MAX_CUTS of them."""
    check(arrays)
    features = int(arrays.features.max(initial=0))
    pairs = np.unique(_paired(arrays.feature.astype(np.int64), arrays.threshold))
    return Cuts(pairs.imag.copy(), np.searchsorted(pairs.real, np.arange(features + 1)))


class _CForest(ctypes.Structure):
    """`struct forest` of kernel.h."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("trees", "outputs", "width", "columns")),
        *((name, ctypes.c_void_p) for name in ("features", "depth", "nodes", "leaves")),
        *((name, ctypes.c_void_p) for name in ("cuts", "cut_starts", "bins", "bin_starts")),
    )


@dataclass(frozen=True)
class Forest:
    """Complete trees, one after the other. Raises ValueError unless C can walk them safely.

    outputs   margins a row
    features  how many features there are
    columns   [C] those that the trees look at
    depth     [T] of each tree
    nodes     [N, 2] level by level: a split's place in `columns`, and its bin as in kernel.h
    leaves    [L, width] from left to right, padded with zeros
    cuts      of all features
    sizes     [features] how many codes those have that are told by codes; 0 for others
    """

    outputs: int
    features: int
    columns: Int
    depth: NDArray[np.uint8]
    nodes: NDArray[np.uint32]
    leaves: Single
    cuts: Cuts
    sizes: Int

    def __post_init__(self) -> None:
        _own(self, "columns", np.int64, 1)
        _own(self, "depth", np.uint8, 1)
        _own(self, "nodes", np.uint32, 2)
        _own(self, "leaves", np.float32, 2)
        _own(self, "sizes", np.int64, 1)
        _demand(1 <= self.outputs <= MAX_OUTPUTS, f"{self.outputs} outputs, over {MAX_OUTPUTS}")
        _demand(_within(self.columns, self.features), "a column is none of the features")
        _demand(_within(self.depth, MAX_DEPTH + 1), f"a tree is deeper than {MAX_DEPTH} levels")
        ends = 1 << self.depth.astype(np.int64)
        _demand(self.nodes.shape == (int((ends - 1).sum()), 2), "the splits are not all there")
        shape = int(ends.sum()), _width(self.outputs)
        _demand(self.leaves.shape == shape, "the leaves are not all there")
        _demand(_within(self.nodes[:, 0], len(self.columns)), "a split looks at no column")
        _demand(self.cuts.features == self.features, "the cuts are of other features")
        _demand(self.sizes.shape == (self.features,), "the sizes are of other features")
        _demand(_within(self.sizes, MAX_CODES + 1), f"a feature has more than {MAX_CODES} codes")

    @cached_property
    def _bins(self) -> tuple[NDArray[np.uint8], Int]:
        """The bin of every code of the columns, one column after the other, and where each begins:
        code c stands for the value c - 1."""
        sizes = self.sizes[self.columns]
        bins = [
            np.searchsorted(self.cuts.of(f), np.arange(-1, n - 1, dtype=np.float32), "right")
            for f, n in zip(self.columns.tolist(), sizes.tolist(), strict=True)
        ]
        every = np.concatenate([np.zeros(0, np.int64), *bins]).astype(np.uint8)
        return every, np.concatenate([[0], np.cumsum(sizes)])

    def as_c(self) -> _CForest:
        """The struct that C reads, as long as this object lives."""
        return _CForest(
            len(self.depth),
            self.outputs,
            self.leaves.shape[1],
            len(self.columns),
            *(a.ctypes.data for a in (self.columns, self.depth, self.nodes, self.leaves)),
            *(a.ctypes.data for a in (self.cuts.values, self.cuts.starts, *self._bins)),
        )


def compile_forest(arrays: BoosterArrays, sizes: Int | None = None) -> Forest:
    """The forest of one booster. Features must not be NaN.

    sizes  [features] how many codes those have that are told by codes, 0 for others; none are if
           there are no sizes

    Raises ValueError where it cannot be: a tree deeper than MAX_DEPTH, more than MAX_OUTPUTS
    outputs, more than MAX_CUTS thresholds of a feature, or more than MAX_CODES codes.
    """
    cuts = thresholds(arrays)
    _demand(len(arrays.trees) == 1, f"expected one booster, not {len(arrays.trees)}")
    outputs, features = int(arrays.outputs[0]), int(arrays.features[0])
    sizes = np.zeros(features, np.int64) if sizes is None else sizes
    _demand(outputs <= MAX_OUTPUTS, f"a booster has more than {MAX_OUTPUTS} outputs")
    split = arrays.kind != LEAF
    place = _places(arrays.nodes.astype(np.int64), split)
    feature = arrays.feature.astype(np.int64)
    columns, column = np.unique(feature, return_inverse=True)
    below = cuts.numbers(feature, arrays.threshold) + 1
    depth = place.depth[place.tree]
    ends = 1 << place.depth
    nodes = np.zeros((int((ends - 1).sum()), 2), np.uint32)
    first = np.cumsum(ends - 1) - (ends - 1)
    at = (first[place.tree] + (1 << place.level) - 1 + place.across)[split]
    nodes[at, 0] = column
    nodes[at, 1] = (below ^ 128) * _FOUR_BYTES
    leaves = np.zeros((int(ends.sum()), _width(outputs)), np.float32)
    below_leaf = (depth - place.level)[~split]  # levels
    first = (np.cumsum(ends) - ends)[place.tree[~split]] + (place.across[~split] << below_leaf)
    order = np.argsort(first)
    which = np.repeat(order, 1 << below_leaf[order])
    leaves[:, :outputs] = arrays.leaf.reshape(-1, outputs)[which]
    shape = place.depth.astype(np.uint8)
    return Forest(outputs, features, columns, shape, nodes, leaves, cuts, sizes)


class _Places(NamedTuple):
    """Where nodes stand in their trees. depth [T]; tree, level and across (in its level) [N]."""

    depth: Int
    tree: Int
    level: Int
    across: Int


def _places(sizes: Int, split: Bool) -> _Places:
    root = np.cumsum(sizes) - sizes
    tree = np.repeat(np.arange(len(sizes)), sizes)
    before: Int = np.cumsum(split) - split
    first_child = root[tree] + 2 * (before - before[root][tree]) + 1
    level, across = np.zeros(len(tree), np.int64), np.zeros(len(tree), np.int64)
    nodes = root[split[root]]
    for depth in range(1, MAX_DEPTH + 2):
        if not len(nodes):
            break
        _demand(depth <= MAX_DEPTH, f"a tree is deeper than {MAX_DEPTH} levels")
        children = first_child[nodes][:, None] + np.arange(2)
        level[children] = depth
        across[children] = 2 * across[nodes][:, None] + np.arange(2)
        nodes = children[split[children]]
    return _Places(np.maximum.reduceat(level, root), tree, level, across)


def _width(outputs: int) -> int:
    return 1 if outputs == 1 else -(-outputs // _FLOATS) * _FLOATS


def _own(of: object, name: str, dtype: type[np.generic], dimensions: int) -> None:
    """Replaces an array by a copy of its own that nobody writes to. Raises ValueError if unfit."""
    given: NDArray[Any] = getattr(of, name)
    _demand(
        given.dtype == dtype and given.ndim == dimensions,
        f"{name} are {given.dtype} of {given.ndim} dimensions, not {np.dtype(dtype)} of "
        f"{dimensions}",
    )
    copy = np.array(given, order="C")
    copy.flags.writeable = False
    object.__setattr__(of, name, copy)


def _within(values: NDArray[Any], stop: int) -> bool:
    return bool(((values >= 0) & (values < stop)).all())


def _demand(sound: bool, complaint: str) -> None:
    if not sound:
        raise ValueError(complaint)
