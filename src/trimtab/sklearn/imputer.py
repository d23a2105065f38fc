"""Gaps filled by draws: a transformer of scikit-learn."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from trimtab._random import Key
from trimtab.request.parts import MIN_COUNT
from trimtab.sklearn.frames import all_modelled, as_table, checked, gaps, is_frame, seed_of
from trimtab.table.files import to_native
from trimtab.table.table import Table


class Imputer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Fills gaps by draws, given the other cells of each row.

    `fit` learns a table; `transform` fills the gaps of that or another table with the same columns.
    Observed cells come back unchanged. The type comes back too: an array for an array, a dataframe
    for a dataframe. A column that holds no value when fitted keeps its gaps.

    model         "auto" fills gaps anywhere in a row by passes of trees ("chained"), "network" by a
                  network (extra "deep"), "best" by the likelier of the two; "trees" learns in
                  seconds, and fills the gaps of the columns that had gaps when fitted
    min_count     as in `trimtab.impute`: exact values that fewer rows hold are never drawn
    random_state  a seed (the same seed and table make the same draws), a numpy RandomState, or None
                  for another seed at every fit

    After fitting: `synthesizer_`, what was learned, which can be saved; `n_features_in_`, and
    `feature_names_in_` where the columns have names.
    """

    def __init__(
        self, *, model: str = "auto", min_count: int = MIN_COUNT, random_state: Any = 0
    ) -> None:
        self.model = model
        self.min_count = min_count
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Imputer:
        """Learn a table: an array or dataframe of shape (rows, columns), gaps included.

        Raises ValueError for what is no such table.
        """
        from trimtab.synthesis.settings import settings_of
        from trimtab.verbs.impute import learn_to_fill

        X = checked(self, X, reset=True)
        table = all_modelled(X if is_frame(X) else as_table(X))
        self._seed = seed_of(self.random_state)
        settings = settings_of(self.model, self.min_count, self._seed)
        # What is fitted tells nothing of the gaps to come, so they may stand anywhere.
        self.synthesizer_ = learn_to_fill(table, settings, anywhere=True)
        return self

    def transform(self, X: Any) -> Any:
        """The table with its gaps filled; rows and columns as they were given."""
        from trimtab.synthesis import fill

        check_is_fitted(self)
        X = checked(self, X, reset=False)
        learned = self.synthesizer_.learned
        given = X if is_frame(X) else as_table(X, learned.schema.names)
        table = fill.typed_as(learned, given)
        names = fill.gaps_of(table, learned).fill
        if names:
            table = fill.fill(learned, table, names, Key(self._seed).child("transform"))
        if not is_frame(X):
            return _with_filled(X, table)
        filled = to_native(table)
        if hasattr(X, "index") and hasattr(X, "iloc"):
            filled.index = X.index
        return filled

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _with_filled(X: Any, table: Table) -> Any:
    """The array with the cells of a filled table where it has gaps."""
    filled = X.copy()
    for j, name in enumerate(table.schema.names):
        empty = gaps(X[:, j]) if X.dtype == object else X[:, j] != X[:, j]
        if empty.any():
            filled[empty, j] = table.column(name).filter(pa.array(empty)).to_pylist()
    return filled
