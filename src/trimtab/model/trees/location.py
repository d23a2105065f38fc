"""Where a number lies, given the columns before it: a regression of its normal score.

A ridge regression on the parents' normal scores carries the relations that hold far into the tails
(a Gaussian copula's conditional mean); boosted trees learn what it leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float
from trimtab.model.trees.boosting import Boosting
from trimtab.model.trees.columns import Columns


@dataclass(frozen=True)
class Location:
    """weights [parents + 1] of the ridge (the last is the constant), and the trees."""

    weights: Float
    boosting: Boosting

    def predict(self, columns: Columns) -> Float:
        """The predicted normal score of each row.

        Summed parent by parent: a product of matrices would round as the number of rows has it.
        """
        total = np.full(columns.rows, self.weights[-1])
        for j, weight in enumerate(self.weights[:-1].tolist()):
            total += columns.score(j) * weight
        return total + columns.margins(self.boosting)[:, 0]


def expected(locations: Sequence[Location], columns: Columns) -> Float:
    """The normal score of each row that some locations predict on average."""
    return np.asarray(np.mean([at.predict(columns) for at in locations], axis=0))
