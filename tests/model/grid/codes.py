"""Codes of columns that are hard to cut, and what is drawn from their grids."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import settings

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab.model.grid.grid import NumberGrid

KEY = Key(20)
GRAINS = tuple(10**k for k in range(1, 16))
quick = settings(max_examples=60, deadline=None, derandomize=True)


def uniforms(rows: int, name: str = "u") -> np.ndarray:
    return KEY.child(name).uniforms(0, rows)


def redraw(grid: NumberGrid, codes: Int, times: int = 1) -> Int:
    """Codes drawn from the tokens of `codes`: what a perfect model of the tokens would draw."""
    tokens = np.tile(grid.tokens(grid.encode(codes)), times)
    return grid.decode(tokens, uniforms(len(tokens), "place"), uniforms(len(tokens), "grain"))


def heavy(rows: int = 3000) -> Int:
    """A heavy-tailed amount in cents: hardly two rows share one, and the largest stand alone."""
    return np.round(np.exp(KEY.child("heavy").generator().normal(12, 1.8, rows))).astype(np.int64)


def heaped(rows: int = 20_000) -> Int:
    """Amounts that people round: a fifth to thousands, three tenths to hundreds, a tenth to tens.

    A quarter are 0 and one in fifty is 99999.
    """
    g = KEY.child("heaped").generator()
    amount, how = g.lognormal(8, 1, rows), g.random(rows)
    step = np.select([how < 0.2, how < 0.5, how < 0.6], [1000, 100, 10], 1)
    codes = (np.round(amount / step) * step).astype(np.int64)
    spike = g.random(rows)
    codes[spike < 0.25] = 0
    codes[spike > 0.98] = 99999
    return codes


def same(a: NumberGrid, b: NumberGrid) -> bool:
    return all(
        np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a)
    )
