"""Forests and cuts: nothing unsound is accepted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.model.trees.kernel.grown import compiled, grown, random_trees
from trimtab._random import Key
from trimtab.errors import BundleError
from trimtab.model.trees.booster_arrays import LEAF, MISSING_LEFT, BoosterArrays, joined
from trimtab.model.trees.boosters import arrays_of
from trimtab.model.trees.kernel.forest import (
    MAX_DEPTH,
    Cuts,
    compile_forest,
)


def chain(depth: int) -> BoosterArrays:
    """One tree that only goes on to the right."""
    kind = [MISSING_LEFT] + [LEAF, MISSING_LEFT] * (depth - 1) + [LEAF, LEAF]
    return BoosterArrays(
        outputs=np.array([1], np.int32),
        features=np.array([2], np.int32),
        trees=np.array([1], np.int32),
        nodes=np.array([len(kind)], np.int32),
        kind=np.array(kind, np.uint8),
        feature=np.zeros(depth, np.uint16),
        threshold=np.arange(depth, dtype=np.float32),
        leaf=np.arange(depth + 1, dtype=np.float32),
    )


def test_a_chain_is_filled_up() -> None:
    arrays = chain(3)
    forest = compile_forest(arrays)
    assert forest.depth.tolist() == [3]
    assert forest.leaves[:, 0].tolist() == [0, 0, 0, 0, 1, 1, 2, 3]
    assert forest.columns.tolist() == [0]


def test_too_deep() -> None:
    deepest = chain(MAX_DEPTH)
    compile_forest(deepest)
    deeper = chain(MAX_DEPTH + 1)
    with pytest.raises(ValueError, match="deeper than 6"):
        compile_forest(deeper)


def test_what_is_no_booster_for_it() -> None:
    arrays = chain(2)
    with pytest.raises(ValueError, match="one booster, not 2"):
        compile_forest(joined([arrays_of(grown(2, 2, 1, 0))] * 2))
    wide = random_trees(257, 1, 1, Key(0))
    with pytest.raises(ValueError, match="more than 256 outputs"):
        compile_forest(wide)
    with pytest.raises(BundleError):
        compile_forest(replace(arrays, kind=arrays.kind[:-1]))


def test_cuts() -> None:
    one = np.array([1.0], np.float32)
    extremes = np.finfo(np.float32).max * np.array([-1, 1], np.float32)
    cuts = Cuts(extremes, np.array([0, 0, 2]))
    assert (cuts.features, cuts.of(0).tolist(), cuts.of(1).tolist()) == (2, [], extremes.tolist())
    with pytest.raises(ValueError, match="more than 255 cuts"):
        Cuts(np.arange(256, dtype=np.float32), np.array([0, 256]))
    for unfit in ([1.0, 1.0], [2.0, 1.0], [np.nan], [np.inf], [0.0, np.nan]):
        with pytest.raises(ValueError, match="do not rise, or are not finite"):
            Cuts(np.array([1.0, *unfit], np.float32), np.array([0, 1, 1 + len(unfit)]))
    with pytest.raises(ValueError, match="values are float64"):
        Cuts(np.zeros(1), np.array([0, 1]))
    for starts in ([], [0], [1, 1], [0, 2], [0, 1, 0], [0, 2, 1]):
        with pytest.raises(ValueError, match="do not add up"):
            Cuts(one, np.array(starts, np.int64))


def test_more_thresholds_than_cuts_can_be() -> None:
    arrays = random_trees(1, 200, 6, Key(0))
    many = replace(arrays, feature=np.zeros_like(arrays.feature))
    many = replace(many, threshold=np.arange(len(many.threshold), dtype=np.float32))
    with pytest.raises(ValueError, match="more than 255 cuts"):
        compile_forest(many)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("outputs", 0),
        ("outputs", 257),
        ("outputs", 5),
        ("features", 2),
        ("columns", np.array([0, 1, -1])),
        ("columns", np.array([0, 1, 6])),
        ("columns", np.array([0])),
        ("columns", np.arange(6, dtype=np.int32)),
        ("depth", np.array([7, 7], np.uint8)),
        ("depth", np.array([3], np.uint8)),
        ("depth", np.array([3, 2], np.uint8)),
        ("depth", np.array([[3, 3]], np.uint8)),
        ("nodes", np.zeros((13, 2), np.uint32)),
        ("nodes", np.zeros((14, 3), np.uint32)),
        ("nodes", np.zeros((14, 2), np.int64)),
        ("nodes", np.full((14, 2), 6, np.uint32)),
        ("leaves", np.zeros((15, 4), np.float32)),
        ("leaves", np.zeros((16, 8), np.float32)),
        ("leaves", np.zeros((16, 4))),
        ("cuts", Cuts(np.zeros(0, np.float32), np.zeros(6, np.int64))),
        ("sizes", np.zeros(5, np.int64)),
        ("sizes", np.full(6, 65_537)),
        ("sizes", np.full(6, -1)),
    ],
)
def test_no_forest_that_c_would_read_beyond(field: str, value: Any) -> None:
    forest = compiled(grown(3, 3, 2, 0))
    assert forest.depth.tolist() == [3, 3]
    with pytest.raises(ValueError):
        replace(forest, **{field: value})


def test_nobody_writes_to_a_forest() -> None:
    forest = compiled(grown(3, 3, 2, 0))
    depth = np.array([3, 3], np.uint8)
    own = replace(forest, depth=depth)
    depth[:] = 200
    assert own.depth.tolist() == [3, 3]
    with pytest.raises(ValueError, match="read-only"):
        own.depth[0] = 200
