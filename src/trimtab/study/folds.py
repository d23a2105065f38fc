"""Splits of real rows: by class, repeated, and the rows of one person always on one side."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab.study.question import Part

Split = tuple[Int, Int]  # places among the rows: to train on, and to test on


def splits(part: Part, folds: int, repeats: int, key: Key) -> Iterator[Split]:
    """`folds` x `repeats` splits with about the same share of the positive class in each."""
    people = part.sample.people
    for repeat in range(repeats):
        seed = int(key.child("repeat", repeat).generator().integers(2**31))
        if people is None:
            splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
            pairs = splitter.split(part.is_positive, part.is_positive)
        else:
            splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
            pairs = splitter.split(part.is_positive, part.is_positive, people)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # few rows of a class: counted and refused before
            for train, test in pairs:
                yield train.astype(np.int64), test.astype(np.int64)


def units(part: Part) -> int:
    """How many persons (rows, where there are none) the smaller class has."""
    people = part.sample.people
    return int(part.minority.sum()) if people is None else len(np.unique(people[part.minority]))
