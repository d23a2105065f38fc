"""Boosters of very many features, of few rows or none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.model.trees.kernel.grown import margins_of, random_trees, valued
from trimtab._random import Key
from trimtab.model.trees.boosters import booster_of
from trimtab.model.trees.kernel.forest import compile_forest
from trimtab.model.trees.kernel.library import Kernel


@pytest.mark.parametrize("features", [2000, 65_535])
@pytest.mark.parametrize("outputs", [1, 5])
def test_margins_are_those_of_xgboost(built: Kernel, features: int, outputs: int) -> None:
    g = Key(features).generator()
    arrays = random_trees(outputs, 400, 4, Key(outputs))
    arrays = replace(
        arrays,
        features=np.array([features], np.int32),
        feature=g.integers(0, features, len(arrays.feature)).astype(np.uint16),
    )
    forest = compile_forest(arrays)
    rows = g.integers(-130, 130, (3, features)).astype(np.float32)
    rows[:, ::97] = np.inf
    rows[:, 1::97] = -np.inf
    for count in (0, 1, 3):
        expected = margins_of(booster_of(arrays), rows[:count])
        found = built.margins(forest, valued(rows[:count]))
        assert found.tobytes() == expected.tobytes()
