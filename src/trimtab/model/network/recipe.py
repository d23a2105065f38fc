"""How the network is built and trained, by the size of the table."""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.model.network.shape import Shape

_FEW_ROWS = 10_000
_STEPS, _MANY_ROWS = 1_900, 30_000  # with more rows steps grow like their root


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    batch  rows of a step; `epochs` passes over the rows at most; `rate` of learning at its peak
    dropout, decay  how much is forgotten on purpose, of units and of weights
    memory of the moving average of the weights
    """

    shape: Shape
    batch: int
    epochs: float
    rate: float
    dropout: float
    decay: float
    memory: float
    warm: int = 100


def recipe_for(rows: int) -> Recipe:
    """The recipe for a table of that many rows."""
    if rows < _FEW_ROWS:
        shape = Shape(width=64, shared=1, own=1, components=12)
        return Recipe(shape, 64, 60, 8e-3, 0.15, 0.15, 0.997)
    shape = Shape(width=96, shared=1, own=1, components=12)
    batch = 256
    epochs = min(40, _STEPS * max(1, rows / _MANY_ROWS) ** 0.5 * batch / rows)
    return Recipe(shape, batch, epochs, 1.2e-2, 0.1, 0.05, 0.998)
