"""What trimtab does, with the face of scikit-learn: estimators for pipelines."""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from trimtab._random import Key
from trimtab.table.files import read, to_native
from trimtab.table.schema import Kind, Role, Schema
from trimtab.table.table import Table

_SEEDS = 2**31 - 1


class Imputer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Fills gaps by draws, given the other cells of each row.

    `fit` learns a table; `transform` fills the gaps of that or another table with the same columns.
    Observed cells come back unchanged. The type comes back too: an array for an array, a dataframe
    for a dataframe. A column that holds no value when fitted keeps its gaps.

    model         "network" fills gaps anywhere in a row, and so does "auto"; "trees" learns in
                  seconds, and fills the gaps of the columns that had gaps when fitted
    min_count     as in `trimtab.impute`: exact values that fewer rows hold are never drawn
    random_state  a seed (the same seed and table make the same draws), a numpy RandomState, or None
                  for another seed at every fit

    After fitting: `synthesizer_`, what was learned, which can be saved; `n_features_in_`, and
    `feature_names_in_` where the columns have names.
    """

    def __init__(self, *, model: str = "auto", min_count: int = 5, random_state: Any = 0) -> None:
        self.model = model
        self.min_count = min_count
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Imputer:
        """Learn a table: an array or dataframe of shape (rows, columns), gaps included.

        Raises ValueError for what is no such table.
        """
        from trimtab._progress import silent
        from trimtab.imputation import learn_to_fill
        from trimtab.learning import settings_of

        X = self._checked(X, reset=True)
        table = _all_modelled(X if _is_frame(X) else _as_table(X, None))
        self._seed = _seed(self.random_state)
        # What is fitted tells nothing of the gaps to come, so they may stand anywhere.
        model = "network" if self.model == "auto" else self.model
        settings = settings_of(model, self.min_count, self._seed)
        self.synthesizer_ = learn_to_fill(table, settings, silent)
        return self

    def transform(self, X: Any) -> Any:
        """The table with its gaps filled; rows and columns as they were given."""
        from trimtab import filling

        check_is_fitted(self)
        X = self._checked(X, reset=False)
        learned = self.synthesizer_.learned
        given = X if _is_frame(X) else _as_table(X, learned.schema)
        table = filling.typed_as(learned, given)
        names = filling.gaps_of(table, learned).fill
        if names:
            table = filling.fill(learned, table, names, Key(self._seed).child("transform"))
        if not _is_frame(X):
            return _with_filled(X, table)
        made = to_native(table)
        if hasattr(X, "index") and hasattr(X, "iloc"):
            made.index = X.index
        return made

    def _checked(self, X: Any, *, reset: bool) -> Any:
        """The input, with its columns compared with those of `fit`."""
        if _is_frame(X):
            return validate_data(self, X, reset=reset, skip_check_array=True)
        rows = 2 if reset else 1
        settings = {"dtype": None, "ensure_all_finite": "allow-nan", "ensure_min_samples": rows}
        return validate_data(self, X, reset=reset, **settings)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _is_frame(X: Any) -> bool:
    return hasattr(X, "__arrow_c_stream__") or hasattr(X, "iloc")


def _seed(random_state: Any) -> int:
    if random_state is None:
        return secrets.randbelow(_SEEDS)
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    return int(check_random_state(random_state).randint(_SEEDS))


def _as_table(X: Any, schema: Schema | None) -> pa.Table:
    """An array as a table, its columns named as those of a schema, or x0, x1, ..."""
    names = [f"x{j}" for j in range(X.shape[1])] if schema is None else schema.names
    return pa.table([_as_column(X[:, j]) for j in range(X.shape[1])], names=list(names))


def _as_column(values: Any) -> pa.Array:
    try:
        return pa.array(values, from_pandas=True)
    except pa.ArrowException:  # values of several types: as texts
        gaps = _gaps(values)
        return pa.array([None if g else str(v) for v, g in zip(values, gaps, strict=True)])


def _gaps(values: Any) -> Any:
    """Where an array of objects has no value: shape (rows,)."""
    return np.array([_absent(v) for v in values], bool)


def _absent(value: Any) -> bool:
    try:
        return value is None or bool(value != value)  # nan and NaT do not equal themselves
    except TypeError:  # whether pandas.NA equals itself is no question
        return True


def _all_modelled(given: Any) -> Table:
    """A table whose every column is learned: the caller says which columns there are."""
    found = read(given).schema
    changed = []
    for column in found:
        kind = column.kind
        if kind in (Kind.IDENTIFIER, Kind.ENTITY, Kind.TEXT):
            kind = Kind.LABEL if "string" in column.storage else Kind.NUMBER
        changed.append(column.model_copy(update={"kind": kind, "role": Role.KEEP}))
    return read(given, Schema(columns=tuple(changed)))


def _with_filled(X: Any, table: Table) -> Any:
    """The array with the cells of a filled table where it has gaps."""
    made = X.copy()
    for j, name in enumerate(table.schema.names):
        gaps = _gaps(X[:, j]) if X.dtype == object else X[:, j] != X[:, j]
        if gaps.any():
            made[gaps, j] = table.column(name).filter(pa.array(gaps)).to_pylist()
    return made
