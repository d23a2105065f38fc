"""The sizes of the network, and the blocks of rows that it works in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool
from trimtab.model.grid.grid import Grid
from trimtab.model.interface import GIVEN, Request
from trimtab.model.neural.encoding import FEATURES, UNITS, arranged

BLOCK_ROWS = 512


@dataclass(frozen=True)
class Shape:
    """How large a network is: see `layers.Layout`."""

    width: int
    shared: int
    own: int
    components: int


def weight_count(grids: Mapping[str, Grid], shape: Shape) -> int:
    """How many weights a network of that shape has: what `layers.shapes` adds up to."""
    encodings = arranged(grids)
    h, n = shape.width, len(encodings)
    scaled = sum(encoding.continuous for encoding in encodings.values())
    slots = sum(encoding.slots for encoding in encodings.values())
    blocks = shape.shared + shape.own
    count = slots * (2 * h + 1) + 2 * n * h
    count += n * (FEATURES * h + FEATURES * UNITS + UNITS + UNITS * h)
    count += blocks * 2 * n * h + (shape.shared + shape.own * n) * 2 * h * h
    return count + scaled * (3 * shape.components + 1) * (h + 1)


def given_in(request: Request, name: str) -> Bool:
    """[rows] where a column is given."""
    condition = request.conditions.get(name)
    return np.zeros(request.rows, bool) if condition is None else condition.state == GIVEN
