"""Whether codes keep the order of values."""

from __future__ import annotations

from itertools import pairwise

import numpy as np


def in_order(values: list, codes: np.ndarray) -> bool:
    """Whether greater values have greater codes, and equal values equal ones."""
    known = [(v, int(c)) for v, c in zip(values, codes, strict=True) if v is not None]
    known.sort()
    return all((a < b) == (c < d) for (a, c), (b, d) in pairwise(known) if a != b)
