"""Rows of the rarer classes added: an over-sampler of imbalanced-learn."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_sampling_strategy, check_target_type
from scipy import sparse
from sklearn.utils import check_consistent_length
from sklearn.utils._param_validation import Interval
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from trimtab._arrays import Int
from trimtab._visible import visible
from trimtab.errors import ColumnError, InputError, RefusedError, unknown_column
from trimtab.request.parts import MIN_COUNT
from trimtab.sklearn import frames
from trimtab.sklearn.cells import Cells, cells_of, never_seen, shared_out, too_few
from trimtab.table.files import to_native
from trimtab.table.schema import Column, Kind, Schema
from trimtab.table.table import Table

_CLASS = "class"  # the other columns are called x0, x1, ...


class Balancer(BaseOverSampler):  # type: ignore[misc]
    """Adds rows of the rarer classes, drawn from what was learned of all rows.

    `fit_resample` gives back the rows as they came, and the drawn ones after them: exactly as many
    as are asked for, of the type that came in. Numbers, texts, categories and dates may stand side
    by side, and gaps are learned as gaps. In an `imblearn.pipeline.Pipeline` it resamples in `fit`
    alone.

    sampling_strategy   as in imbalanced-learn: "auto", "minority", "not minority", "not majority",
                        "all", a share for two classes, {class: rows}, or a function of y
    sensitive_features  columns of X, by name or number: with them it is every combination of class
                        and these columns that is balanced. A strategy in words is about the
                        combinations; one in numbers is about the classes, and makes the
                        combinations of a class as equal as they can become. A combination that no
                        row holds gets none, which a warning says
    model               "trees" learns in seconds, which a sampler that is refitted in every fold
                        needs; "best" spends minutes on a comparison with a network. Any model of
                        `trimtab.fit` that can be given the class
    min_support         nothing is added to a class of fewer rows, which is refused: 5 if not said,
                        but for so few rows that the class is at most doubled. 1 takes any class
    min_count           a drawn number rests on at least so many rows. The result holds the real
                        rows, so this smooths; it protects nobody. Labels are all kept
    minutes             train a neural model for at most this long, and compare it with trees
    random_state        a seed (the same seed and table make the same draws), a numpy RandomState,
                        or None for another seed each time

    After fit_resample: `sampling_strategy_`, {class: rows added}; `cell_strategy_`, {(class,
    sensitive values, ...): rows added}; `n_features_in_`, and
    `feature_names_in_` where the columns have names. There is no `sample_indices_`: drawn rows are
    no copies.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        "sensitive_features": ["array-like", str, Integral, None],
        "min_support": [Interval(Integral, 1, None, closed="left"), None],
        "model": [str],  # other packages may add to the list, which is asked when it is fitted
        "min_count": [Interval(Integral, 0, None, closed="left")],
        "minutes": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        sensitive_features: Any = None,
        min_support: int | None = None,
        model: str = "trees",
        min_count: int = MIN_COUNT,
        minutes: float | None = None,
        random_state: Any = 0,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.sensitive_features = sensitive_features
        self.min_support = min_support
        self.model = model
        self.min_count = min_count
        self.minutes = minutes
        self.random_state = random_state

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """The rows and their classes, and the drawn ones after them, as they were given.

        X  an array, list, sparse matrix or dataframe of shape (rows, columns), gaps included
        y  the classes: a list, array, series or dataframe of shape (rows,), (rows, 1) or, for one
           column a class, (rows, classes)

        Raises ValueError for what is no such table or asks for less than there is, RefusedError for
        a table too small to learn from, and for classes of too few rows.
        """
        self._validate_params()
        checked, labels, _ = self._check_X_y(X, y)
        check_classification_targets(y)
        return self._resampled(X, checked, y, labels)

    def _fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """The contract of the base class, of checked input; `fit_resample` does not need it."""
        return self._resampled(X, X, y, y)

    def _resampled(self, X: Any, checked: Any, y: Any, labels: Any) -> tuple[Any, Any]:
        """X and y as given, and both as checked, resampled."""
        self.sampling_strategy_ = check_sampling_strategy(
            self.sampling_strategy, labels, self._sampling_type
        )
        classes, codes = np.unique(labels, return_inverse=True)
        positions = self._sensitive(checked)
        table = _table_of(checked, codes)
        cells = cells_of(table, [_CLASS, *(f"x{j}" for j in positions)])
        add = self._to_add(cells, classes, _called(checked, positions))
        if not add.any():
            nothing = np.arange(len(labels))
            return _copied(X), frames.rows_of(y, nothing)
        drawn = self._new_rows(table, cells, add)
        # A drawn row has the class of the cell that it was drawn for: that of a row of this cell.
        like = np.repeat(cells.first, add)
        rows = np.concatenate([np.arange(len(labels)), like])
        return _appended(X, checked, drawn), frames.rows_of(y, rows)

    def _new_rows(self, table: Table, cells: Cells, add: Int) -> Table:
        """The rows to add, without their class."""
        from trimtab.synthesis.learn import learn
        from trimtab.synthesis.settings import settings_of

        seed = frames.seed_of(self.random_state)
        settings = settings_of(self.model, self.min_count, seed, self.minutes)
        plan = cells.plan(table, add)
        synthesizer = learn(
            table,
            settings,
            first=cells.names,
            public=table.schema.names,
            plan=plan,
        )
        drawn = synthesizer.draw(plan, seed=seed)
        columns = tuple(c for c in drawn.schema if c.name != _CLASS)
        data = drawn.data.select([c.name for c in columns])
        return Table(Schema(columns=columns), data, drawn.origin)

    def _to_add(self, cells: Cells, classes: Any, named: Sequence[str]) -> Int:
        """[cells] how many rows to add to each; `named` are the sensitive columns."""
        number = {klass: k for k, klass in enumerate(classes.tolist())}
        adds = {number[_plain(c)]: int(n) for c, n in self.sampling_strategy_.items()}
        among = [k for k, n in adds.items() if n]
        add = shared_out(cells, adds)
        if named and isinstance(self.sampling_strategy, str):
            among = list(range(len(classes)))
            by_cell = self._of_cells(cells)
            add = np.array([by_cell.get(k, 0) for k in range(len(cells.first))], np.int64)
            of = sorted({int(cells.klass[k]) for k in by_cell})
            totals = {classes[k]: int(add[cells.klass == k].sum()) for k in of}
            self.sampling_strategy_ = OrderedDict(totals)
        refusal = too_few(cells, add, classes.tolist(), self.min_support)
        if refusal is not None:
            raise RefusedError(refusal)
        note = never_seen(cells, classes.tolist(), (_CLASS, *named), among) if named else None
        if note is not None:
            warnings.warn(visible(note), UserWarning, stacklevel=4)  # where fit_resample was called
        self.cell_strategy_ = {
            (classes[cells.klass[k]], *cells.cell(k)): int(add[k]) for k in range(len(add))
        }
        return add

    def _of_cells(self, cells: Cells) -> dict[int, int]:
        """What a strategy in words asks of the cells: cell -> rows to add."""
        adds = check_sampling_strategy(self.sampling_strategy, cells.of, self._sampling_type)
        return {int(k): int(n) for k, n in adds.items()}

    def _sensitive(self, checked: Any) -> list[int]:
        """The positions of the sensitive columns. Raises ColumnError for unknown ones."""
        features = self.sensitive_features
        if features is None:
            return []
        one = isinstance(features, (str, Integral))
        names = list(frames.names_of(checked)) if frames.is_frame(checked) else []
        positions = [
            _position(a, names, checked.shape[1]) for a in ([features] if one else features)
        ]
        if len(set(positions)) < len(positions):
            raise ColumnError(
                f"sensitive_features = {features!r}: a column stands twice: name each once."
            )
        return positions

    def _check_X_y(self, X: Any, y: Any, accept_sparse: Any = None) -> tuple[Any, Any, bool]:
        """The table as an array or dataframe, the classes, and whether these came one column each.

        The names and number of columns are remembered.
        """
        _check_complete(y)
        labels, one_vs_all = check_target_type(y, indicate_one_vs_all=True)
        labels = np.asarray(labels).reshape(-1)
        if frames.is_frame(X):
            validate_data(self, X, reset=True, skip_check_array=True)
        else:
            given = np.asarray(X) if isinstance(X, list) else X
            if isinstance(X, list) and given.dtype.kind in "US":
                given = np.asarray(X, object)  # numpy would turn the numbers into texts
            settings = {"dtype": None, "ensure_all_finite": "allow-nan"}
            X = validate_data(self, given, reset=True, accept_sparse=["csr", "csc"], **settings)
        check_consistent_length(X, labels)
        return X, labels, one_vs_all

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags


def _check_complete(y: Any) -> None:
    """Refuse classes with gaps, of which scikit-learn says less."""
    given = None if y is None or sparse.issparse(y) else np.asarray(y)
    if given is None or given.dtype.kind not in "Of" or not given.size:
        return
    empty = np.flatnonzero(frames.gaps(given.reshape(-1)))
    if len(empty):
        row = int(empty[0]) // (given.size // len(given)) + 1
        raise InputError(
            f"y has no class in row {row}: expected one for every row. Leave out the rows without "
            "a class, or give them a class of their own."
        )


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _position(feature: Any, names: list[Any], columns: int) -> int:
    """The position of a column named by name or number."""
    if feature in names:
        return names.index(feature)
    if isinstance(feature, (Integral, np.integer)) and not isinstance(feature, bool):
        if 0 <= int(feature) < columns:
            return int(feature)
        raise ColumnError(
            f"sensitive_features: there is no column {feature}: X has {columns} columns, numbered "
            "from 0."
        )
    if not names:
        raise ColumnError(
            f"sensitive_features: X is an array and has no column {feature!r}: name columns by "
            f"number, 0 to {columns - 1}, or give a dataframe."
        )
    raise unknown_column(str(feature), [str(n) for n in names], "sensitive_features")


def _called(checked: Any, positions: Sequence[int]) -> tuple[str, ...]:
    """What the caller calls these columns."""
    names = frames.names_of(checked) if frames.is_frame(checked) else None
    return tuple(f"x{j}" if names is None else str(names[j]) for j in positions)


def _table_of(checked: Any, codes: Int) -> Table:
    """The table to learn: numbered columns, whatever they are called, and the class.

    Draws hang on names, and are to be the same for a dataframe and for an array of its values.
    """
    if frames.is_frame(checked):
        given = frames.with_names(checked, frames.numbered(checked.shape[1]))
        dense = {n: d.subtype for n, d in frames.sparse_dtypes(given).items()}
        given = given.astype(dense) if dense else given
    else:
        given = frames.as_table(checked.toarray() if sparse.issparse(checked) else checked)
    table = frames.all_modelled(given)
    klass = Column(name=_CLASS, kind=Kind.LABEL, storage="int64", reason="the class to balance")
    data = table.data.append_column(_CLASS, pa.array(codes, pa.int64()))
    return Table(Schema(columns=(*table.schema.columns, klass)), data, table.origin)


def _copied(X: Any) -> Any:
    """The rows as given, for the caller to change; a pandas frame counts its rows anew."""
    if frames.is_frame(X):
        return X.reset_index(drop=True) if hasattr(X, "reset_index") else X
    return X.copy() if hasattr(X, "copy") else X


def _appended(X: Any, checked: Any, drawn: Table) -> Any:
    """The rows as given, and the drawn ones after them."""
    if frames.is_frame(X):
        return _appended_frame(X, drawn)
    dense = checked.toarray() if sparse.issparse(checked) else checked
    below = frames.as_array(drawn, dense.dtype, frames.absent_of(dense))
    if dense.dtype == object:
        for j in range(below.shape[1]):
            below[:, j] = frames.untexted(below[:, j], dense[:, j])
    if isinstance(X, list):
        return [*X, *below.tolist()]
    if sparse.issparse(checked):
        kind = type(checked)  # sparse arrays stay arrays, and matrices matrices
        return kind(sparse.vstack([checked, kind(below)], format=checked.format))
    return np.concatenate([checked, below])


def _appended_frame(X: Any, drawn: Table) -> Any:
    names = frames.names_of(X)
    above = frames.with_names(X, drawn.schema.names)
    below = to_native(drawn)
    if hasattr(X, "iloc"):
        for name in drawn.schema.names:
            if above[name].dtype == object:
                below[name] = frames.untexted(below[name], above[name])
        dtypes = frames.sparse_dtypes(above)
        below = below.astype(dtypes) if dtypes else below
    return frames.with_names(frames.stacked(above, below), names)
