"""What some rows have in the columns that others are learned from, as trees look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Float, Int, Single
from trimtab.model.grid.grid import Features
from trimtab.model.trees.boosting import Boosting
from trimtab.model.trees.kernel.library import Coded, Kernel, Valued, usual_kernel
from trimtab.model.trees.kernel.picking import pick


@dataclass(frozen=True, eq=False)
class Columns:
    """Features and normal scores of some rows.

    kernel     what walks trees; None where XGBoost does. Both give the same margins, bit for bit,
               and so the same draws
    features   of all rows
    scores     of each column of the features, [all rows]
    some       which of all rows; None for every one
    predicted  [rows] one feature more, the last one, if there is one
    """

    kernel: Kernel | None
    features: Coded | Valued
    scores: Float | Sequence[Float]
    some: Int | None = None
    predicted: Single | None = None

    @classmethod
    def of(cls, features: Features, scores: Float) -> Columns:
        """From features and normal scores, [rows, columns]."""
        data = np.ascontiguousarray(features.T, np.float32)
        return cls(usual_kernel(), Valued(data, np.arange(len(data))), scores.T)

    @property
    def rows(self) -> int:
        """How many rows."""
        return self.features.data.shape[1] if self.some is None else len(self.some)

    def part(self, rows: Int) -> Columns:
        """Some of the rows."""
        some = rows if self.some is None else self.some[rows]
        predicted = None if self.predicted is None else self.predicted[rows]
        return Columns(self.kernel, self.features, self.scores, some, predicted)

    def with_predicted(self, predicted: Float) -> Columns:
        """The same with one feature more, [rows]."""
        told = predicted.astype(np.float32)
        return Columns(self.kernel, self.features, self.scores, self.some, told)

    def score(self, column: int) -> Float:
        """The normal scores of one column, [rows]."""
        scores = self.scores[int(self.features.places[column])]
        return scores if self.some is None else scores[self.some]

    def margins(self, boosting: Boosting) -> Single:
        """What a member says of each row, [rows, outputs], to add to the prior."""
        shape = self.rows, boosting.outputs
        if boosting.trees is None or not self.rows:
            return np.zeros(shape, np.float32)
        if self.kernel is not None and boosting.forest is not None:
            forest = boosting.forest
            return self.kernel.margins(forest, self.features, self.some, self.predicted)
        margins = boosting.booster.inplace_predict(self._matrix, predict_type="margin")
        return np.asarray(margins.reshape(shape), np.float32)

    def pick(self, margins: Single, prior: Float, uniforms: Float) -> Int:
        """A class a row, by the softmax of prior [outputs] + margins [rows, outputs]."""
        by = pick if self.kernel is None else self.kernel.pick
        start = prior.astype(np.float32)
        return by(margins, start, np.ascontiguousarray(uniforms)).astype(np.int64)

    @cached_property
    def _matrix(self) -> Features:
        """[rows, features] as XGBoost has them."""
        data = self.features.data[self.features.places]
        if self.some is not None:
            data = data[:, self.some]
        values = data.T.astype(np.float32, order="C")
        if isinstance(self.features, Coded):
            values -= 1
        return values if self.predicted is None else with_column(values, self.predicted)


def with_column(features: Features, column: Float | Single) -> Features:
    """The features and one column more."""
    return np.column_stack([features, column.astype(np.float32)])
