"""Which rows a training is validated on, and never learns from."""

from __future__ import annotations

import numpy as np

from trimtab._arrays import Int
from trimtab._random import Key

_HELD_OUT_SHARE, _MAX_HELD_OUT = 0.05, 2048  # units (rows or persons), rows
_HELD_OUT_FEW_SHARE, _FEW_ROWS = 0.1, 10_000


def held_out_rows(rows: int, persons: Int | None, key: Key) -> tuple[Int, Int]:
    """(held-out rows, the rest): a share of the persons, all rows of each on one side."""
    who = np.arange(rows) if persons is None else np.unique(persons, return_inverse=True)[1]
    people = int(who.max(initial=-1)) + 1
    share = _HELD_OUT_FEW_SHARE if rows < _FEW_ROWS else _HELD_OUT_SHARE
    share = min(share, _MAX_HELD_OUT / max(rows, 1))
    place = np.empty(people, np.int64)
    place[key.generator().permutation(people)] = np.arange(people)
    held_out = place[who] < max(1, round(people * share))
    return np.flatnonzero(held_out), np.flatnonzero(~held_out)
