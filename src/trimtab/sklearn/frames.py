"""Arrays and dataframes as tables, and tables as the arrays and dataframes that came in."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from trimtab._arrays import Bool, Int
from trimtab.table.files import read, to_native
from trimtab.table.schema import Kind, Role, Schema
from trimtab.table.table import Table

_SEEDS = 2**31 - 1


def is_frame(X: Any) -> bool:
    """Whether this is a dataframe: anything with named columns that Arrow or pandas speaks of."""
    return hasattr(X, "__arrow_c_stream__") or hasattr(X, "iloc")


def seed_of(random_state: Any) -> int:
    """The seed that a `random_state` of scikit-learn stands for; another one each time for None."""
    if random_state is None:
        return secrets.randbelow(_SEEDS)
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    return int(check_random_state(random_state).randint(_SEEDS))


def all_modelled(given: Any) -> Table:
    """A table whose every column is learned: the caller says which columns there are.

    What lists its categories is a label, whatever they look like: draws make no new category.
    """
    schema = read(given).schema
    changed = []
    for column in schema:
        kind = column.kind
        if column.storage.startswith("dictionary") and kind is not Kind.CONSTANT:
            kind = Kind.LABEL
        elif kind in (Kind.IDENTIFIER, Kind.ENTITY, Kind.TEXT):
            kind = Kind.LABEL if "string" in column.storage else Kind.NUMBER
        changed.append(column.model_copy(update={"kind": kind, "role": Role.KEEP}))
    return read(given, Schema(columns=tuple(changed)))


def as_table(X: Any, names: Sequence[str] | None = None) -> pa.Table:
    """An array of shape (rows, columns) as a table, its columns named so, or x0, x1, ..."""
    return pa.table(
        [_as_column(X[:, j]) for j in range(X.shape[1])],
        names=list(names or numbered(X.shape[1])),
    )


def numbered(columns: int) -> list[str]:
    """The names of columns that have none."""
    return [f"x{j}" for j in range(columns)]


def _as_column(values: Any) -> pa.Array:
    try:
        return pa.array(values, from_pandas=True)
    except pa.ArrowException:  # values of several types: as texts
        absent = gaps(values)
        return pa.array([None if g else str(v) for v, g in zip(values, absent, strict=True)])


def as_array(table: Table, dtype: np.dtype[Any], absent: Sequence[Any] = ()) -> NDArray[Any]:
    """A table that was made of an array, as an array of that dtype, shape (rows, columns).

    `absent` says what a gap is in each column of objects. Texts are never cut short: an array of
    texts gets the room it needs.
    """
    given = to_native(table)
    columns = [given.column(j).combine_chunks() for j in range(given.num_columns)]
    if dtype.kind == "U":
        marks = [column.missing[0] if column.missing else "" for column in table.schema]
        filled = [c.fill_null(mark).to_pylist() for c, mark in zip(columns, marks, strict=True)]
        return np.array(filled, np.str_).T
    array = np.empty((table.rows, len(columns)), dtype)
    for j, column in enumerate(columns):
        if dtype.kind == "O":
            array[:, j] = [absent[j] if v is None else v for v in column.to_pylist()]
        else:
            array[:, j] = column.to_numpy(zero_copy_only=False)
    return array


def absent_of(X: NDArray[Any]) -> tuple[Any, ...]:
    """What a gap is in each column of an array of objects: its first one, or None."""
    if X.dtype.kind != "O":
        return ()
    return tuple(next((v for v in column if _absent(v)), None) for column in X.T)


def gaps(values: Any) -> Bool:
    """Where an array of objects has no value, shape (rows,)."""
    return np.array([_absent(v) for v in values], bool)


def _absent(value: Any) -> bool:
    try:
        return value is None or bool(value != value)  # nan and NaT do not equal themselves
    except TypeError:  # whether pandas.NA equals itself is no question
        return True


def untexted(made: Any, given: Any) -> NDArray[Any]:
    """A column of objects, with the values of `given` for the texts that they were read as.

    Values of several types are learned as texts.
    """
    known = {str(v): v for v in given if not isinstance(v, str) and not _absent(v)}
    out = np.empty(len(made), object)
    out[:] = [known.get(v, v) if isinstance(v, str) else v for v in made]
    return out


def with_names(X: Any, names: Any) -> Any:
    """A dataframe with other column names, given as its own type of names."""
    if hasattr(X, "set_axis"):
        return X.set_axis(names, axis=1)
    frame = nw.from_native(X, eager_only=True)
    return frame.rename(dict(zip(frame.columns, names, strict=True))).to_native()


def names_of(X: Any) -> Any:
    """The column names of a dataframe, in its own type of names."""
    return X.columns if hasattr(X, "set_axis") else nw.from_native(X, eager_only=True).columns


def stacked(above: Any, below: Any) -> Any:
    """The rows of two dataframes of one type with the same columns; rows of pandas count anew."""
    parts = [nw.from_native(part, eager_only=True) for part in (above, below)]
    frame = nw.concat(parts, how="vertical").to_native()
    return frame.reset_index(drop=True) if hasattr(frame, "reset_index") else frame


def sparse_dtypes(X: Any) -> dict[Any, Any]:
    """The sparse columns of a pandas frame, by name, and their dtypes; {} for other frames."""
    if not hasattr(X, "iloc"):
        return {}
    return {n: d for n, d in X.dtypes.items() if hasattr(d, "subtype") and hasattr(d, "fill_value")}


def rows_of(y: Any, rows: Int) -> Any:
    """Some rows of a list, array, series or dataframe, in its own type; pandas counts anew."""
    if hasattr(y, "iloc"):
        return y.iloc[rows].reset_index(drop=True)
    if isinstance(y, (pa.Array, pa.ChunkedArray, pa.Table)):
        return y.take(pa.array(rows))
    if isinstance(y, (list, tuple)):
        return type(y)(y[i] for i in rows.tolist())
    return (y if hasattr(y, "__getitem__") else np.asarray(y))[rows]


def checked(estimator: Any, X: Any, *, reset: bool) -> Any:
    """The input of an estimator, with its columns remembered (`reset`) or compared with those."""
    if is_frame(X):
        return validate_data(estimator, X, reset=reset, skip_check_array=True)
    rows = 2 if reset else 1
    settings = {"dtype": None, "ensure_all_finite": "allow-nan", "ensure_min_samples": rows}
    return validate_data(estimator, X, reset=reset, **settings)
