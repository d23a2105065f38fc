"""Boosters of trees as a handful of plain arrays.

Nodes are numbered level by level, so that the k-th split of a tree has the children 2k + 1 and
2k + 2: the shape of a tree is then one mark a node, and neither a cycle nor a node without a parent
can be written down. What prediction does not need (gains, hessians, inner weights) is left out; the
margins of a booster that was rebuilt are the same bits (see `boosters`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Single
from trimtab.errors import BundleError

LEAF, MISSING_RIGHT, MISSING_LEFT = 0, 1, 2  # what a node is, and where missing values go

_MAX_DEPTH = 64
_MAX_OUTPUTS = 65_536

DTYPES = {
    "outputs": np.int32,
    "features": np.int32,
    "trees": np.int32,
    "nodes": np.int32,
    "kind": np.uint8,
    "feature": np.uint16,
    "threshold": np.float32,
    "leaf": np.float32,
}


@dataclass(frozen=True)
class BoosterArrays:
    """Many boosters, one after the other.

    outputs    [B] margins a row: 1 for a regressor, the number of classes for a classifier
    features   [B] columns of what a booster predicts from
    trees      [B] how many trees
    nodes      [T] how many nodes each tree has
    kind       [N] LEAF, MISSING_RIGHT or MISSING_LEFT
    feature    [S] the column that each split looks at
    threshold  [S] rows below it go to the left child
    leaf       the weights of each leaf, `outputs` numbers a leaf
    """

    outputs: NDArray[np.int32]
    features: NDArray[np.int32]
    trees: NDArray[np.int32]
    nodes: NDArray[np.int32]
    kind: NDArray[np.uint8]
    feature: NDArray[np.uint16]
    threshold: Single
    leaf: Single


def joined(parts: Sequence[BoosterArrays]) -> BoosterArrays:
    """The boosters of all parts, one after the other."""
    return BoosterArrays(
        **{
            name: np.concatenate([np.zeros(0, dtype), *(getattr(part, name) for part in parts)])
            for name, dtype in DTYPES.items()
        }
    )


def apart(arrays: BoosterArrays) -> Iterator[BoosterArrays]:
    """Each booster by itself; the arrays have to be sound (see `check`)."""
    splits = np.cumsum(np.concatenate([[0], arrays.kind != LEAF]))
    trees = _begins(arrays.trees)
    nodes = _begins(arrays.nodes)[trees]
    leaves = _begins((np.diff(nodes) - np.diff(splits[nodes])) * arrays.outputs)
    for b in range(len(arrays.trees)):
        of = slice(nodes[b], nodes[b + 1])
        split = slice(splits[of.start], splits[of.stop])
        yield BoosterArrays(
            arrays.outputs[b : b + 1],
            arrays.features[b : b + 1],
            arrays.trees[b : b + 1],
            arrays.nodes[trees[b] : trees[b + 1]],
            arrays.kind[of],
            arrays.feature[split],
            arrays.threshold[split],
            arrays.leaf[leaves[b] : leaves[b + 1]],
        )


def _begins(sizes: NDArray[Any]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])


def check(arrays: BoosterArrays) -> None:
    """Raise BundleError unless the arrays describe boosters that are safe to predict with."""
    for field in fields(BoosterArrays):
        values = getattr(arrays, field.name)
        _demand(
            values.ndim == 1 and values.dtype == DTYPES[field.name],
            f"the trees' {field.name} are {values.dtype} of shape {values.shape}",
        )
    count = len(arrays.trees)
    _demand(
        len(arrays.outputs) == count and len(arrays.features) == count,
        "the boosters' outputs, features and trees differ in number",
    )
    _demand(_within(arrays.outputs, 1, _MAX_OUTPUTS), "a booster's outputs are out of bounds")
    _demand(_within(arrays.features, 1, 65_535), "a booster's features are out of bounds")
    _demand(_within(arrays.trees, 1, 10**6), "a booster's trees are out of bounds")
    _demand(_within(arrays.kind, LEAF, MISSING_LEFT), "a node of a tree is of an unknown kind")
    _demand(_total(arrays.trees) == len(arrays.nodes), "the boosters' trees are not all there")
    _demand(_within(arrays.nodes, 1, 2**24), "the size of a tree is out of bounds")
    _demand(_total(arrays.nodes) == len(arrays.kind), "the trees' nodes are not all there")
    splits = int((arrays.kind != LEAF).sum())
    _demand(
        len(arrays.feature) == splits and len(arrays.threshold) == splits,
        "the trees' splits are not all there",
    )
    _check_shapes(arrays)
    _check_numbers(arrays)


def _check_shapes(arrays: BoosterArrays) -> None:
    """Every tree's splits come before their children, and no tree is too deep."""
    sizes, kind = arrays.nodes.astype(np.int64), arrays.kind
    before = np.concatenate(
        [[0], np.cumsum(kind != LEAF)]
    )  # splits before each node, over all trees
    root = np.cumsum(sizes) - sizes
    _demand(
        bool(np.all(sizes == 2 * (before[root + sizes] - before[root]) + 1)),
        "a tree does not have two children for each split",
    )
    start, stop = root, root + 1
    for _ in range(_MAX_DEPTH):
        following = stop + 2 * (before[stop] - before[start])
        if np.array_equal(following, stop):
            break
        start, stop = stop, np.minimum(following, root + sizes)
    _demand(
        bool(np.array_equal(stop, root + sizes)),
        f"a tree is torn, or deeper than {_MAX_DEPTH} levels",
    )


def _check_numbers(arrays: BoosterArrays) -> None:
    booster = np.repeat(np.arange(len(arrays.trees)), arrays.trees)
    node_booster = np.repeat(booster, arrays.nodes)
    leaf = arrays.kind == LEAF
    _demand(
        bool(np.all(arrays.feature < arrays.features[node_booster[~leaf]])),
        "a split looks at a column that is not there",
    )
    expected = _total(arrays.outputs[node_booster[leaf]])
    _demand(expected == len(arrays.leaf), "the trees' leaf weights are not all there")
    finite = np.isfinite(arrays.threshold).all() and np.isfinite(arrays.leaf).all()
    _demand(bool(finite), "a threshold or a leaf weight of a tree is not finite")


def _within(values: NDArray[Any], low: int, high: int) -> bool:
    return bool(np.all((values >= low) & (values <= high)))


def _total(values: NDArray[Any]) -> int:
    return int(values.sum(dtype=np.int64))


def _demand(sound: bool, complaint: str) -> None:
    if not sound:
        raise BundleError(complaint)
