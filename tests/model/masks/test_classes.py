"""Classes of codes, against plain Python that looks at one code after the other."""

from __future__ import annotations

import numpy as np
import pytest

from trimtab._random import Key
from trimtab.codec.domain import LARGEST, MISSING
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.grid.intervals import Allowed, Intervals
from trimtab.model.grid.sets import common, leaves_any
from trimtab.model.masks.classes import Classes

G = Key(5).child("classes").generator()


def _number(*, missing: bool, rounded: bool = False) -> NumberGrid:
    codes = G.integers(-40, 160, 900)
    codes[:300] = 7
    if rounded:
        codes[300:600] = codes[300:600] // 10 * 10
    if missing:
        codes[-50:] = MISSING
    return fit_number_grid(codes, 5)


GRIDS = {
    "number": _number(missing=True),
    "without gaps": _number(missing=False),
    "rounded": _number(missing=True, rounded=True),
}
BOUNDS = [[], [7], [7, 8], [-300, -3, 0, 50, 51, 155, 900], [-LARGEST + 3, 0, LARGEST - 3]]
TRIED = np.array([MISSING, -LARGEST + 1, -301, -300, *range(-45, 170), 899, 900, LARGEST - 1])


def _inside(code: int, allowed: Allowed) -> bool:
    if not isinstance(allowed, Intervals):
        return code in allowed.tolist()
    if code == MISSING:
        return allowed.missing
    spans = zip(allowed.low.tolist(), allowed.high.tolist(), strict=True)
    return any(low <= code <= high for low, high in spans)


def _class(code: int, bounds: list[int]) -> int:
    return 0 if code == MISSING else 1 + sum(b <= code for b in bounds)


@pytest.mark.parametrize("bounds", BOUNDS, ids=str)
@pytest.mark.parametrize("name", GRIDS)
def test_numbers(name: str, bounds: list[int]) -> None:
    classes = Classes(GRIDS[name], np.array(bounds, np.int64))
    assert classes.is_number and classes.size == len(bounds) + 2
    assert classes.of(TRIED).tolist() == [_class(c, bounds) for c in TRIED.tolist()]
    assert classes.of(classes.examples).tolist() == list(range(classes.size))
    assert classes.apart.tolist() == [True] + [False] * (classes.size - 1)
    for _ in range(8):
        pattern = G.random(classes.size) < 0.5
        allowed = classes.allowed(pattern)
        for code in TRIED.tolist():
            assert _inside(code, allowed) == pattern[_class(code, bounds)], code
        assert leaves_any(classes.grid, allowed) == (pattern & classes.possible).any()


@pytest.mark.parametrize("name", GRIDS)
def test_shares_are_those_of_draws(name: str) -> None:
    """And what no draw lands in is told as impossible."""
    grid, many = GRIDS[name], 4000
    classes = Classes(grid, np.array([-300, -3, 0, 8, 50, 155, 900]))
    for token in range(0, len(grid.sizes), max(1, len(grid.sizes) // 12)):
        tokens = np.full(many, token)
        drawn = grid.decode(tokens, (np.arange(many) + 0.5) / many, G.permutation(many) / many)
        of_drawn = classes.of(drawn)
        for _ in range(4):
            pattern = G.random(classes.size) < 0.5
            share = classes.shares(pattern)[token]
            assert share == pytest.approx(np.mean(pattern[of_drawn]), abs=0.02)
        assert classes.possible[of_drawn].all()
    assert classes.possible.tolist() == [grid.nullable, False, *[True] * 6, False]


@pytest.mark.parametrize(
    ("low", "high"), [(-20, 60), (7, 7), (8, 7), (0, 10**9), (-(2**61), 2**61), (50, 50)]
)
def test_finer_classes_keep_to_a_range(low: int, high: int) -> None:
    bounds = [-300, -3, 0, 50, 51, 155]
    classes = Classes(GRIDS["number"], np.array(bounds))
    for _ in range(10):
        pattern = G.random(classes.size) < 0.5
        finer, left = classes.within(pattern, low, high)
        for code in TRIED.tolist():
            kept = bool(left[finer.of(np.array([code]))[0]])
            inside = code == MISSING or low <= code <= high
            assert kept == (bool(pattern[_class(code, bounds)]) and inside), code


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("pooled", [False, True])
def test_labels(missing: bool, pooled: bool) -> None:
    codes = np.array([0] * 5 + [1] * 3 + [2] * 4 + [3] * 2 + ([MISSING] * 3 if missing else []))
    grid = fit_label_grid(codes, 5, np.array([2, 0, 4, 1, 3]))
    classes = Classes(grid, np.zeros(0, np.int64), 3 if pooled else int(MISSING))
    every = [*([MISSING] if missing else []), *range(5)]
    assert classes.size == len(every) and not classes.is_number
    assert sorted(classes.of(np.array(every)).tolist()) == list(range(classes.size))
    assert classes.of(classes.examples).tolist() == list(range(classes.size))
    for code in every:
        told_apart = code == MISSING or (pooled and code == 3)
        assert classes.apart[classes.of(np.array([code]))[0]] == told_apart
    assert classes.possible.all()
    for _ in range(8):
        pattern = G.random(classes.size) < 0.5
        allowed = classes.allowed(pattern)
        for code in every:
            assert _inside(code, allowed) == pattern[classes.of(np.array([code]))[0]]
        assert (classes.shares(pattern) == pattern).all()
        assert leaves_any(grid, allowed) == pattern.any()


def test_what_two_ranges_have_in_common() -> None:
    one = Intervals(np.array([-5, 10, 30]), np.array([3, 20, 40]), True)
    other = Intervals(np.array([0, 18]), np.array([12, 35]), False)
    both = common(one, other)
    for code in [MISSING, *range(-8, 45)]:
        assert _inside(code, both) == (_inside(code, one) and _inside(code, other))
    none = common(one, Intervals(np.array([21]), np.array([29]), False))
    assert isinstance(none, Intervals) and not len(none.low) and not none.missing
    assert not leaves_any(GRIDS["number"], none)
    assert common(one, one).missing  # type: ignore[union-attr]
    labels = common(np.array([3, 1, 2]), np.array([2, 4, 3]))
    assert isinstance(labels, np.ndarray) and labels.tolist() == [2, 3]
