"""Distribution functions of many rows at once, against one row at a time."""

from __future__ import annotations

import numpy as np
import pytest

from tests.model.grid.codes import heavy
from trimtab._random import Key
from trimtab.model.grid.curves import Curves, some_at_once
from trimtab.model.grid.fit import fit_number_grid
from trimtab.model.grid.grid import NumberGrid

ROWS = 300


def _grid() -> NumberGrid:
    return fit_number_grid(heavy(), 5)


def _shares(grid: NumberGrid) -> np.ndarray:
    """Some rows' probabilities of tokens, many of them near 0, some exactly."""
    g = Key(3).generator()
    shares = g.dirichlet(np.full(len(grid.sizes), 0.1), ROWS)
    shares[::7, ::2] = 0
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def test_curves_are_those_of_single_elements() -> None:
    """P(code < v) by adding up, element for element, the share of each that lies below."""
    grid, values = _grid(), np.linspace(-50, 4000, 97)
    values = np.concatenate([[-np.inf], values, grid.low[:9].astype(float), [np.inf]])
    shares = _shares(grid)
    found = Curves.of(grid, shares).below(np.tile(values, (ROWS, 1)))
    mass = shares[:, grid.token] * grid.rows / grid.sizes[grid.token]
    share = (values[:, None].clip(grid.low, grid.high) - grid.low) / (grid.high - grid.low)
    assert found == pytest.approx(mass @ share.T, abs=1e-9)


def test_values_are_found_again() -> None:
    grid = _grid()
    shares = _shares(grid)
    curves = Curves.of(grid, shares)
    below = Key(4).generator().random(ROWS) * curves.upto[:, -1]
    assert curves.below(curves.at(below)[:, None])[:, 0] == pytest.approx(below, abs=1e-9)
    # Where nothing lies no value is found, whatever the uniform.
    for wanted in (np.zeros(ROWS), curves.upto[:, -1]):
        at = curves.at(wanted)
        assert (at >= grid.low.min()).all() and (at <= grid.high.max()).all()


def test_rows_do_not_hang_on_others() -> None:
    grid = _grid()
    shares = _shares(grid)
    whole = Curves.of(grid, shares).upto
    for rows in some_at_once(ROWS, 1 << 17):
        assert len(shares[rows]) < ROWS
        assert np.array_equal(Curves.of(grid, shares[rows]).upto, whole[rows])
