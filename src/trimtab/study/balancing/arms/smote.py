"""The SMOTE family, through imbalanced-learn.

Gaps of numbers are filled with the median of the training rows, a missing label is a label of its
own. SMOTENC knows labels; Borderline-SMOTE and ADASYN know numbers only, so that labels are
indicators for them, and a new row gets the label whose indicator comes out largest.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from trimtab._arrays import Float
from trimtab._random import Key
from trimtab.errors import InputError
from trimtab.predict.sample import Sample
from trimtab.study.balancing.arms.arm import ArmKind, extended
from trimtab.study.question import Part, Training, UnableError

SMOTE, BORDERLINE, ADASYN = "SMOTE", "Borderline-SMOTE", "ADASYN"
_NEIGHBOURS = 5  # imbalanced-learn's own default
_MIN_ROWS = 2  # rows of the smaller class, for one to have a neighbour

Matrices = tuple[Float, NDArray[Any]]  # numbers and codes of labels, shape (rows, columns)


def check_installed() -> None:
    """Raises InputError where imbalanced-learn is missing."""
    try:
        import imblearn  # noqa: F401
    except ImportError:
        raise InputError(
            "SMOTE and its relatives need imbalanced-learn: pip install 'trimtab[imbalance]', or "
            "leave them out."
        ) from None


@dataclass(frozen=True)
class Interpolation:
    """New rows between neighbours of the smaller class.

    kind   SMOTE (SMOTENC where there are labels), BORDERLINE or ADASYN
    """

    kind: str = SMOTE
    adds: bool = True

    @property
    def name(self) -> str:
        """The method's name."""
        return self.kind

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        """The rows, then the interpolated ones.

        Raises UnableError where the smaller class has too few rows, or the method finds none.
        """
        few = int(part.minority.sum())
        if few < _MIN_ROWS:
            raise UnableError(
                f"{self.kind} needs {_MIN_ROWS} rows of the smaller class, here {few}"
            )
        if not part.wanting(ratio):
            return extended(part, part.sample.take(np.zeros(0, np.int64)))
        numbers, labels = _matrices(part)
        seed = int(key.generator().integers(2**31))
        strategy = {True: few + part.wanting(ratio), False: len(part.is_positive) - few}
        neighbours = min(_NEIGHBOURS, few - 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of deprecations between the two libraries
            try:
                if self.kind == SMOTE:
                    matrices = _smote(numbers, labels, part.minority, strategy, neighbours, seed)
                else:
                    matrices = _numeric(
                        self.kind, numbers, labels, part.minority, strategy, neighbours, seed
                    )
            except (ValueError, RuntimeError) as error:
                raise UnableError(f"{self.kind}: {error}") from None
        if not len(matrices[0]):
            raise UnableError(f"{self.kind} finds no rows near the other class to add rows to")
        return extended(part, _sample(part, *matrices))


def _matrices(part: Part) -> Matrices:
    """Numbers, shape (rows, numbers), with gaps filled; codes of labels, shape (rows, labels)."""
    sample = part.sample
    numbers = [sample.values[f.name] for f in part.features if f.is_number]
    labels = [sample.values[f.name] for f in part.features if not f.is_number]
    filled = [np.where(np.isnan(v), _median(v), v) for v in numbers]
    rows = sample.rows
    return (
        np.column_stack(filled) if filled else np.zeros((rows, 0)),
        np.column_stack(labels) if labels else np.zeros((rows, 0), np.int64),
    )


def _median(values: Float) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else 0.0


def _smote(
    numbers: Float, labels: NDArray[Any], minority: Any, strategy: Any, neighbours: int, seed: int
) -> Matrices:
    from imblearn.over_sampling import SMOTE as Plain
    from imblearn.over_sampling import SMOTEN, SMOTENC

    rows, width = numbers.shape
    settings = {"sampling_strategy": strategy, "k_neighbors": neighbours, "random_state": seed}
    if not labels.shape[1]:
        resampled, _ = Plain(**settings).fit_resample(numbers, minority)
        return resampled[rows:], np.zeros((len(resampled) - rows, 0), np.int64)
    if not width:
        resampled, _ = SMOTEN(**settings).fit_resample(labels, minority)
        return np.zeros((len(resampled) - rows, 0)), resampled[rows:]
    places = list(range(width, width + labels.shape[1]))
    coder = _Indicators(handle_unknown="ignore")  # as its own
    method = SMOTENC(places, categorical_encoder=coder, **settings)
    resampled, _ = method.fit_resample(np.hstack([numbers, labels]), minority)
    return resampled[rows:, :width], resampled[rows:, width:].round().astype(np.int64)


class _Indicators(OneHotEncoder):  # type: ignore[misc]
    """Scikit-learn's, which looks for the label of each row of a sparse matrix one by one."""

    def inverse_transform(self, matrix: Any) -> NDArray[Any]:
        """The labels, of a matrix that is made dense: it is much quicker."""
        dense = matrix.toarray() if sparse.issparse(matrix) else matrix
        return np.asarray(super().inverse_transform(dense))


def _numeric(
    kind: str,
    numbers: Float,
    labels: NDArray[Any],
    minority: Any,
    strategy: Any,
    neighbours: int,
    seed: int,
) -> Matrices:
    from imblearn.over_sampling import ADASYN as Adaptive
    from imblearn.over_sampling import BorderlineSMOTE

    scaler = StandardScaler().fit(numbers) if numbers.shape[1] else None
    coder = OneHotEncoder(sparse_output=False).fit(labels) if labels.shape[1] else None
    parts = [p.transform(v) for p, v in ((scaler, numbers), (coder, labels)) if p is not None]
    matrix, width = np.hstack(parts), numbers.shape[1]
    settings = {"sampling_strategy": strategy, "random_state": seed}
    if kind == ADASYN:
        method = Adaptive(n_neighbors=neighbours, **settings)
    else:
        method = BorderlineSMOTE(k_neighbors=neighbours, **settings)
    new = method.fit_resample(matrix, minority)[0][len(matrix) :]
    new_numbers = scaler.inverse_transform(new[:, :width]) if scaler is not None else new[:, :0]
    codes = np.zeros((len(new), 0), np.int64)
    if coder is not None:
        ends = np.cumsum([0, *(len(c) for c in coder.categories_)]) + width
        chosen = [new[:, a:b].argmax(axis=1) for a, b in pairwise(ends)]
        codes = np.column_stack(
            [c[k] for c, k in zip(coder.categories_, chosen, strict=True)]
        ).astype(np.int64)
    return new_numbers, codes


def _sample(part: Part, numbers: Float, labels: NDArray[Any]) -> Sample:
    """New rows as a sample; columns of numbers and labels in the order of the features."""
    values: dict[str, NDArray[Any]] = {}
    left, right = iter(numbers.T), iter(labels.T)
    for feature in part.features:
        values[feature.name] = np.array(next(left if feature.is_number else right))
    return Sample(part.sample.name, values, np.ones(len(numbers)))


def _kind(short: str, kind: str, usual: bool = False) -> ArmKind:
    return ArmKind(short, lambda table: Interpolation(kind), usual, check_installed, "SMOTE")


KINDS = (
    _kind("smote", SMOTE, usual=True),
    _kind("borderline", BORDERLINE),
    _kind("adasyn", ADASYN),
)
