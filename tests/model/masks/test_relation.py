"""Ranges that numbers make for others, against plain Python row by row."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import ceil, floor

import numpy as np
import pytest

from trimtab._random import Key
from trimtab.codec.domain import MISSING
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.masks import Masks
from trimtab.model.masks.relation import FARTHEST, Relation
from trimtab.model.masks.restriction import Restriction

ROWS = 200
G = Key(6).child("relations").generator()
CODES = {n: np.where(G.random(ROWS) < 0.1, MISSING, G.integers(-50, 50, ROWS)) for n in "ab"}
CODES["l"] = np.where(G.random(ROWS) < 0.1, MISSING, G.integers(0, 3, ROWS))
NONE = np.zeros(0, np.int64)
CLASSES = {
    "a": Classes(fit_number_grid(CODES["a"], 1), np.array([0])),
    "b": Classes(fit_number_grid(CODES["b"], 1), NONE),
    "t": Classes(fit_number_grid(CODES["b"], 1), NONE),
    "l": Classes(fit_label_grid(CODES["l"], 3), NONE),
}
# Where a holds and is at least 0, and l is its code 1.
HOLDS = np.zeros((3, 4), bool)
HOLDS[2, 2] = True
WHERE = Restriction(("a", "l"), HOLDS)


def _ends(relation: Relation, row: int) -> tuple[int, int]:
    low, high = -FARTHEST, FARTHEST
    total = Fraction(relation.constant)
    for name, factor in zip(relation.others, relation.factors.tolist(), strict=True):
        if CODES[name][row] == MISSING:
            return low, high
        total += Fraction(factor) * int(CODES[name][row])
    if relation.where is not None and not (CODES["a"][row] >= 0 and CODES["l"][row] == 1):
        return low, high
    slack = Fraction(relation.slack)
    return (
        ceil(total - slack) if relation.above else low,
        floor(total + slack) if relation.below else high,
    )


@pytest.mark.parametrize(("above", "below"), [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("where", [None, WHERE])
def test_ends(above: bool, below: bool, where: Restriction | None) -> None:
    sums = [((), ()), (("a",), (1.0,)), (("a", "b"), (0.5, -2.0)), (("b", "a"), (86400.0, 1.0))]
    for (others, factors), constant, slack in product(sums, (0.0, -7.25), (1e-6, -1e-6, 2.5)):
        relation = Relation("t", others, np.array(factors), constant, above, below, slack, where)
        low, high = relation.ends(CODES, CLASSES, ROWS)
        expected = [_ends(relation, row) for row in range(ROWS)]
        assert list(zip(low.tolist(), high.tolist(), strict=True)) == expected
        assert relation.columns[-1] == "t" and set(relation.columns) >= set(others)


def test_several_relations_meet() -> None:
    above = Relation("t", ("a",), np.ones(1), 0.0, True, False, -1e-6)
    below = Relation("t", ("b",), np.ones(1), 10.0, False, True, 1e-6)
    other = Relation("b", ("a",), np.ones(1), 3.0, True, True, 1e-6)
    masks = Masks(CLASSES, (), (above, below, other))
    assert masks.hold("t") and masks.hold("b") and not masks.hold("a")
    low, high = masks.ends("t", CODES, ROWS)
    for row in range(ROWS):
        a, b = int(CODES["a"][row]), int(CODES["b"][row])
        assert low[row] == (-FARTHEST if a == MISSING else a + 1)
        assert high[row] == (FARTHEST if b == MISSING else b + 10)


def test_huge_sums_stay_codes() -> None:
    relation = Relation("t", ("a",), np.array([1e300]), 0.0, True, True, 1e-6)
    low, high = relation.ends(CODES, CLASSES, ROWS)
    known = CODES["a"] != MISSING
    assert (low[~known] == -FARTHEST).all() and (high[~known] == FARTHEST).all()
    assert (np.abs(low[known]) <= 2**61).all() and (np.abs(high[known]) <= 2**61).all()
