"""XGBoost boosters as a handful of plain arrays, and back.

Nodes are numbered level by level, so that the k-th split of a tree has the children 2k + 1 and
2k + 2: the shape of a tree is then one mark a node, and neither a cycle nor a node without a parent
can be written down. What prediction does not need (gains, hessians, inner weights) is left out; the
margins of a booster that was rebuilt are the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from trimtab._arrays import Single
from trimtab.errors import BundleError
from trimtab.model.trees import ubjson

LEAF, MISSING_RIGHT, MISSING_LEFT = 0, 1, 2  # what a node is, and where missing values go

_MAX_DEPTH = 64
_MAX_OUTPUTS = 65_536
_CLASSIFIER, _REGRESSOR = "multi:softprob", "reg:squarederror"
_VERSION = (3, 2, 0)  # of the XGBoost whose layout is read and written here
_LEAF_MARK = np.float32(1e-45)  # what vector-leaf trees hold where a leaf has no threshold
_NO_PARENT = np.iinfo(np.int32).max  # of the root of a tree with scalar leaves; -1 with vectors

_DTYPES = {
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


def arrays_of(boosters: Sequence[xgb.Booster]) -> BoosterArrays:
    """The arrays of boosters of vector-leaf classifiers and of regressors.

    Raises ValueError for another objective, several trees a round, or a start that is not 0.
    """
    parts = [_read_booster(booster) for booster in boosters]
    joined = {
        name: np.concatenate([np.zeros(0, dtype), *(part[name] for part in parts)]).astype(dtype)
        for name, dtype in _DTYPES.items()
    }
    return BoosterArrays(**joined)


def _read_booster(booster: xgb.Booster) -> dict[str, NDArray[Any]]:
    learner = ubjson.loads(booster.save_raw("ubj"))["learner"]
    model = learner["gradient_booster"]["model"]
    param, objective = learner["learner_model_param"], learner["objective"]["name"]
    outputs = int(param["num_class"]) if objective == _CLASSIFIER else 1
    features = int(param["num_feature"])
    trees = model["trees"]
    vector = all(int(t["tree_param"]["size_leaf_vector"]) == outputs for t in trees)
    start = [float(s) for s in param["base_score"].strip("[]").split(",")]
    if (
        objective not in (_CLASSIFIER, _REGRESSOR)
        or not vector
        or any(start)
        or features > np.iinfo(np.uint16).max
        or len(model["iteration_indptr"]) != len(trees) + 1
    ):
        raise ValueError(
            f"a booster with objective {objective}, {outputs} outputs, {features} features and "
            f"start {start} cannot be stored: expected {_CLASSIFIER} with vector leaves or "
            f"{_REGRESSOR}, from 0, one tree a round"
        )
    arrays = _read_trees(trees, outputs)
    sizes = {"outputs": outputs, "features": features, "trees": len(trees)}
    return arrays | {name: np.array([size]) for name, size in sizes.items()}


def _read_trees(trees: list[dict[str, Any]], outputs: int) -> dict[str, NDArray[Any]]:
    def joined(name: str) -> NDArray[Any]:
        return np.concatenate([np.zeros(0, np.int64), *(np.asarray(t[name]) for t in trees)])

    sizes = np.array([len(t["left_children"]) for t in trees], np.int64)
    root = np.cumsum(sizes) - sizes
    tree = np.repeat(np.arange(len(trees)), sizes)
    left, right = (
        joined("left_children").astype(np.int64),
        joined("right_children").astype(np.int64),
    )
    split = left >= 0
    levels, level = [root], root
    while len(level):
        inner = level[split[level]]
        children = np.stack([left[inner], right[inner]], axis=1) + root[tree[inner]][:, None]
        level = children.reshape(-1)
        levels.append(level)
    order = np.concatenate(levels)
    order = order[np.argsort(tree[order], kind="stable")]
    inner, leaves = order[split[order]], order[~split[order]]
    threshold = joined("split_conditions").astype(np.float32)
    if outputs == 1:
        weights = threshold[leaves]
    else:
        leaf_counts = np.array([len(t["leaf_weights"]) // outputs for t in trees], np.int64)
        row = (np.cumsum(leaf_counts) - leaf_counts)[tree[leaves]] + right[leaves]
        weights = joined("leaf_weights").astype(np.float32).reshape(-1, outputs)[row].reshape(-1)
    kind = np.where(split, MISSING_RIGHT + joined("default_left").astype(np.int64), LEAF)
    return {
        "nodes": np.bincount(tree[order], minlength=len(trees)),
        "kind": kind[order],
        "feature": joined("split_indices").astype(np.int64)[inner],
        "threshold": threshold[inner],
        "leaf": weights,
    }


def check(arrays: BoosterArrays) -> None:
    """Raise BundleError unless the arrays describe boosters that are safe to predict with."""
    for field in fields(BoosterArrays):
        values = getattr(arrays, field.name)
        _demand(
            values.ndim == 1 and values.dtype == _DTYPES[field.name],
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


def boosters_of(arrays: BoosterArrays) -> tuple[xgb.Booster, ...]:
    """The boosters, each on one thread. Raises BundleError if the arrays are unsound."""
    check(arrays)
    return tuple(_load(raw) for raw in _raw_boosters(arrays))


def _load(raw: bytes) -> xgb.Booster:
    booster = xgb.Booster()
    try:
        booster.load_model(bytearray(raw))
    except xgb.core.XGBoostError as error:
        raise BundleError(f"XGBoost refuses a tree: {str(error).splitlines()[0]}") from None
    booster.set_param({"nthread": 1, "verbosity": 0})
    return booster


def _raw_boosters(arrays: BoosterArrays) -> Iterator[bytes]:
    trees = _raw_trees(arrays)
    bounds = zip(arrays.outputs, arrays.features, arrays.trees, strict=True)
    for outputs, features, count in bounds:
        mine = [next(trees) for _ in range(count)]
        yield ubjson.dumps(_model(int(outputs), int(features), mine))


def _model(outputs: int, features: int, trees: list[dict[str, Any]]) -> dict[str, Any]:
    empty = np.zeros(0, np.int32)
    classifier = outputs > 1
    objective: dict[str, Any] = {"name": _REGRESSOR, "reg_loss_param": {"scale_pos_weight": "1"}}
    if classifier:
        param = {"num_class": str(outputs)}
        objective = {"name": _CLASSIFIER, "softmax_multiclass_param": param}
    for number, tree in enumerate(trees):
        tree["id"] = number
        tree["tree_param"] |= {"num_feature": str(features), "size_leaf_vector": str(outputs)}
    model = {
        "cats": {"enc": [], "feature_segments": empty, "sorted_idx": empty},
        "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": str(len(trees))},
        "iteration_indptr": list(range(len(trees) + 1)),
        "tree_info": [0] * len(trees),
        "trees": trees,
    }
    learner = {
        "attributes": {},
        "feature_names": [],
        "feature_types": [],
        "gradient_booster": {"model": model, "name": "gbtree"},
        "learner_model_param": {
            "base_score": "[" + ",".join(["0E0"] * outputs) + "]",
            "boost_from_average": "0",
            "num_class": str(outputs) if classifier else "0",
            "num_feature": str(features),
            "num_target": "1",
        },
        "objective": objective,
    }
    return {"learner": learner, "version": list(_VERSION)}


def _raw_trees(arrays: BoosterArrays) -> Iterator[dict[str, Any]]:
    """Each tree in XGBoost's own layout, all but its number and what its booster says."""
    outputs = np.repeat(arrays.outputs, arrays.trees).astype(np.int64)
    sizes = arrays.nodes.astype(np.int64)
    root = np.cumsum(sizes) - sizes
    tree = np.repeat(np.arange(len(sizes)), sizes)
    split = arrays.kind != LEAF
    before = np.cumsum(split) - split  # splits before each node, over all trees
    rank = before - before[root][tree]  # ... and in its own tree
    place = np.arange(len(tree)) - root[tree]
    vector = outputs[tree] > 1
    left = np.where(split, 2 * rank + 1, -1)
    right = np.where(split, 2 * rank + 2, np.where(vector, place - rank, -1))
    above = place[split]
    parent = np.where(vector, -1, _NO_PARENT)
    child = place > 0
    parent[child] = above[before[root][tree[child]] + (place[child] - 1) // 2]
    leaf_sizes = np.where(split, 0, outputs[tree])
    leaf_upto = np.concatenate([[0], np.cumsum(leaf_sizes)])
    threshold = np.full(len(tree), _LEAF_MARK, np.float32)
    threshold[split] = arrays.threshold
    scalar = ~split & ~vector
    threshold[scalar] = arrays.leaf[leaf_upto[:-1][scalar]]
    feature = np.zeros(len(tree), np.int32)
    feature[split] = arrays.feature
    whole = {
        "left_children": left.astype(np.int32),
        "right_children": right.astype(np.int32),
        "parents": parent.astype(np.int32),
        "split_indices": feature,
        "split_conditions": threshold,
        "default_left": (arrays.kind == MISSING_LEFT).astype(np.uint8),
    }
    for start, size, width in zip(root, sizes, outputs, strict=True):
        stop = start + size
        raw: dict[str, Any] = {name: values[start:stop] for name, values in whole.items()}
        if width > 1:
            raw["leaf_weights"] = arrays.leaf[leaf_upto[start] : leaf_upto[stop]]
        yield raw | _unused(int(size), int(width))


def _unused(nodes: int, outputs: int) -> dict[str, Any]:
    """What a tree must have and prediction does not look at."""
    none32, none64 = np.zeros(0, np.int32), np.zeros(0, np.int64)
    zeros = np.zeros(nodes, np.float32)
    return {
        "base_weights": np.zeros(nodes * outputs, np.float32),
        "categories": none32,
        "categories_nodes": none32,
        "categories_segments": none64,
        "categories_sizes": none64,
        "loss_changes": zeros,
        "split_type": np.zeros(nodes, np.uint8),
        "sum_hessian": zeros,
        "tree_param": {"num_deleted": "0", "num_nodes": str(nodes)},
    }
