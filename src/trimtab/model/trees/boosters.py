"""XGBoost's boosters as plain arrays, and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from trimtab.errors import BundleError
from trimtab.model.trees import ubjson
from trimtab.model.trees.booster_arrays import (
    DTYPES,
    LEAF,
    MISSING_LEFT,
    MISSING_RIGHT,
    BoosterArrays,
    check,
)

_CLASSIFIER, _REGRESSOR = "multi:softprob", "reg:squarederror"
_VERSION = (3, 2, 0)  # of the XGBoost whose layout is read and written here
_LEAF_MARK = np.float32(1e-45)  # what vector-leaf trees hold where a leaf has no threshold
_NO_PARENT = np.iinfo(np.int32).max  # of the root of a tree with scalar leaves; -1 with vectors


def arrays_of(booster: xgb.Booster) -> BoosterArrays:
    """The arrays of a vector-leaf classifier or of a regressor.

    Raises ValueError for another objective, several trees a round, or a start that is not 0.
    """
    arrays = _read_booster(booster)
    return BoosterArrays(**{name: arrays[name].astype(dtype) for name, dtype in DTYPES.items()})


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


def booster_of(arrays: BoosterArrays) -> xgb.Booster:
    """The booster of arrays of one, on one thread. Raises BundleError if they are unsound."""
    check(arrays)
    trees = list(_raw_trees(arrays))
    outputs, features = int(arrays.outputs[0]), int(arrays.features[0])
    return _load(ubjson.dumps(_model(outputs, features, trees)))


def _load(raw: bytes) -> xgb.Booster:
    booster = xgb.Booster()
    try:
        booster.load_model(bytearray(raw))
    except xgb.core.XGBoostError as error:
        raise BundleError(f"XGBoost refuses a tree: {str(error).splitlines()[0]}") from None
    booster.set_param({"nthread": 1, "verbosity": 0})
    return booster


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
