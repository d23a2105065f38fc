"""The parents of a column in a wide table."""

from __future__ import annotations

import numpy as np

from trimtab._random import Key
from trimtab.model.trees.parents import MAX_PARENTS, choose_parents


def test_all_before_it_where_they_are_few() -> None:
    features = Key(0).generator().normal(size=(200, MAX_PARENTS + 1)).astype(np.float32)
    chosen = choose_parents(features, Key(1))
    assert [list(p) for p in chosen] == [list(range(j)) for j in range(MAX_PARENTS + 1)]


def test_the_informative_ones_where_they_are_many() -> None:
    """Also where the dependence is of no linear kind: the last column is |first| plus noise."""
    g = Key(0).generator()
    features = g.normal(size=(3000, 90))
    features[:, 89] = np.abs(features[:, 0]) + 0.3 * g.normal(size=3000)
    features[:, 88] = np.round(features[:, 5])
    chosen = choose_parents(features.astype(np.float32), Key(1))
    assert all(len(p) == min(j, MAX_PARENTS) for j, p in enumerate(chosen))
    assert all(np.all(np.diff(p) > 0) and (p < j).all() for j, p in enumerate(chosen))
    assert 0 in chosen[89] and 5 in chosen[88]
