"""Which of two models holds rows that neither learned from likelier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float

_FARTHEST = 20.0  # nats by which a single row may speak for one model, at most


@dataclass(frozen=True)
class Measured:
    """How much likelier a rival holds unseen rows than the model before it, in nats a row."""

    difference: float
    error: float
    rows: int

    @property
    def rival_wins(self) -> bool:
        """Whether the rival holds them likelier; a draw is for the model before it."""
        return self.difference > 0

    def reason(self, model: str, rival: str, held: str = "one") -> str:
        """The comparison in words; both are named by their nouns, and what they hold likely."""
        likelier, other = (rival, model) if self.rival_wins else (model, rival)
        return (
            f"of {self.rows:,} rows held out the {likelier} holds {held} likelier than the {other},"
            f" by {abs(self.difference):.2f} nats in the mean (standard error {self.error:.2f})"
        )


def measure(model: Float, rival: Float, weights: Float | None = None) -> Measured:
    """Compare the log probabilities that two models give the same unseen rows.

    All of shape (rows,); `weights` say how much each row counts, if not all alike.
    """
    # One row that a model thinks impossible must not decide alone.
    gap = (rival - model).clip(-_FARTHEST, _FARTHEST)
    counted = np.ones(len(gap)) if weights is None else weights
    mean = float(np.average(gap, weights=counted))
    effective = counted.sum() ** 2 / np.square(counted).sum()
    spread = float(np.average(np.square(gap - mean), weights=counted))
    return Measured(mean, float(np.sqrt(spread / effective)), len(gap))
