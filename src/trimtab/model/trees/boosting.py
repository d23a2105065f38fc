"""Boosted trees whose leaves hold a vector: one ensemble gives a whole distribution.

Members are never averaged. Each row is dealt one of them (see `conditional`): what is learned on
top of a member, as the spread around its predictions, holds for single members only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.model.trees.booster_arrays import BoosterArrays
from trimtab.model.trees.kernel.forest import Forest, compile_forest

if TYPE_CHECKING:
    import xgboost as xgb


@dataclass(frozen=True, eq=False)
class Boosting:
    """One member: `outputs` margins a row, which are 0 where there are no trees.

    trees  of one booster; None where nothing was learned
    sizes  how many codes features have; see `compile_forest`
    """

    outputs: int
    trees: BoosterArrays | None = None
    sizes: Int | None = None

    @cached_property
    def booster(self) -> xgb.Booster:
        """XGBoost's booster, which predicts where there is no kernel."""
        from trimtab.model.trees.boosters import booster_of

        assert self.trees is not None
        return booster_of(self.trees)

    @cached_property
    def forest(self) -> Forest | None:
        """The trees as the kernel walks them; None where it cannot."""
        assert self.trees is not None
        try:
            return compile_forest(self.trees, self.sizes)
        except ValueError:
            return None


def draw(logits: Float, uniforms: Float) -> Int:
    """Draw a class for each row of logits, shape (rows, classes), by inverse distribution
    function."""
    upto = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.cumsum(upto, axis=1, out=upto)
    chosen = (upto <= (uniforms * upto[:, -1])[:, None]).sum(axis=1)
    return np.minimum(chosen, logits.shape[1] - 1)


def log_softmax(logits: Float) -> Float:
    """Log probabilities of each row of logits."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
