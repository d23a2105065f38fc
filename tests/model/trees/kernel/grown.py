"""Boosters to walk: grown ones, and trees of any shape at random."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import xgboost as xgb

from trimtab._arrays import Int, Single
from trimtab._random import Key
from trimtab.model.trees.booster_arrays import LEAF, MISSING_RIGHT, BoosterArrays
from trimtab.model.trees.boosters import arrays_of
from trimtab.model.trees.fit_boosting import Growth, fit_classifier, fit_regressor
from trimtab.model.trees.kernel.forest import Forest, compile_forest
from trimtab.model.trees.kernel.library import Coded, Valued
from trimtab.model.trees.sample import Sample

FEATURES = 6


def features_of(rows: int, seed: int) -> Single:
    """Whole and other numbers, and one that is constant."""
    noise = Key(seed, ("features",)).generator().normal(size=(rows, FEATURES))
    noise[:, :3] = np.floor(noise[:, :3] * (2.0, 5.0, 50.0))
    noise[:, 3] = 7.0
    return noise.astype(np.float32)


@lru_cache(maxsize=64)
def grown(outputs: int, depth: int, rounds: int, seed: int) -> xgb.Booster:
    """A booster as a conditional has it: of a classifier, or of a regressor for one output."""
    features = features_of(900, seed)
    signal = features[:, 0] + np.abs(features[:, 4]) + features[:, 1] * features[:, 5] / 4
    sample = Sample(features)
    folds = [(np.arange(800), np.arange(800, 900))]
    growth = Growth(eta=0.3, depth=depth, rounds=rounds, patience=rounds, min_child_weight=1.0)
    if outputs == 1:
        start = np.zeros((900, 1))
        members, _ = fit_regressor(sample, signal, start, folds, growth)
    else:
        classes: Int = np.argsort(np.argsort(signal)) * outputs // 900
        prior = np.full(outputs, -np.log(outputs))
        members = fit_classifier(sample, classes, prior, folds, growth)
    (member,) = members
    return member.booster


def margins_of(booster: xgb.Booster, features: Single) -> Single:
    """What XGBoost says, [rows, outputs]."""
    if not len(features):
        features = np.zeros((0, features.shape[1]), np.float32)
        return np.zeros((0, int(arrays_of(booster).outputs[0])), np.float32)
    margins = booster.inplace_predict(features, predict_type="margin")
    return np.asarray(margins.reshape(len(features), -1))


def compiled(booster: xgb.Booster) -> Forest:
    """Its forest, of features that are told by values."""
    return compile_forest(arrays_of(booster))


def valued(features: Single) -> Valued:
    """Features [rows, columns] as the kernel has them."""
    return Valued(np.ascontiguousarray(features.T), np.arange(features.shape[1]))


def coded(features: Single) -> Coded:
    """Whole numbers from -1 on, [rows, columns]."""
    codes = np.ascontiguousarray(features.T + 1).astype(np.uint16)
    sizes = codes.max(axis=1, initial=0).astype(np.int64) + 1
    return Coded(codes, sizes, np.arange(len(codes)))


def random_trees(outputs: int, trees: int, depth: int, key: Key) -> BoosterArrays:
    """A booster of random trees, from a single leaf to complete; thresholds are whole numbers."""
    g = key.generator()
    kinds = [_shape(g, depth, float(g.choice([0.3, 0.8, 1.0]))) for _ in range(trees)]
    kind = np.array([k for tree in kinds for k in tree], np.uint8)
    splits = int((kind != LEAF).sum())
    return BoosterArrays(
        outputs=np.array([outputs], np.int32),
        features=np.array([FEATURES], np.int32),
        trees=np.array([trees], np.int32),
        nodes=np.array([len(tree) for tree in kinds], np.int32),
        kind=kind,
        feature=g.integers(0, FEATURES, splits).astype(np.uint16),
        threshold=g.integers(-127, 128, splits).astype(np.float32),
        leaf=g.normal(size=(len(kind) - splits) * outputs).astype(np.float32),
    )


def _shape(g: np.random.Generator, depth: int, share: float) -> list[int]:
    """Level by level, what each node is."""
    shape: list[int] = []
    width = 1
    for level in range(depth + 1):
        split = g.random(width) < (share if level < depth else 0)
        shape += np.where(split, MISSING_RIGHT, LEAF).tolist()
        width = 2 * int(split.sum())
    return shape
