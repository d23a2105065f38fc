"""Blocks of rows, and the random numbers that their rows are made of."""

from __future__ import annotations

from collections.abc import Iterator

from trimtab._arrays import Float
from trimtab._random import Key

BLOCK_ROWS = 512
_MIN_UNIFORM = 2.0**-54


def decoding(key: Key, name: str, start: int, rows: int) -> tuple[Float, Float]:
    """Uniforms for the place inside an interval, and for the granularity."""
    share, grain = (key.child(name, p).uniforms(start, start + rows) for p in ("share", "grain"))
    return share, grain


def blocks(start: int, rows: int) -> Iterator[tuple[slice, int, int]]:
    """Whole blocks of rows that start at `start` of the whole: (which of the rows, the block's
    first row in the whole, how many of its rows come before them).
    """
    for low in range(start // BLOCK_ROWS * BLOCK_ROWS, start + rows, BLOCK_ROWS):
        first, last = max(start, low), min(start + rows, low + BLOCK_ROWS)
        yield slice(first - start, last - start), low, first - low


def noise_of(key: Key, low: int, numbers: int) -> Float:
    """Uniform numbers above 0 of the rows of a block, [rows, numbers]."""
    uniforms = key.child("noise").uniforms(low * numbers, (low + BLOCK_ROWS) * numbers)
    return uniforms.reshape(BLOCK_ROWS, numbers).clip(_MIN_UNIFORM)
