"""Features as matrices that learners take, by rules learned from training rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from trimtab._arrays import Float, Int, Single
from trimtab.predict.sample import MISSING, Feature, Sample

MAX_LABELS = 50  # labels of one column that are told apart; rarer ones are one label together
_FARTHEST = 10.0  # standard deviations; beyond them a number says no more to a linear learner
_LARGEST = 1e30  # single precision, in which trees are grown, ends at 3e38


@dataclass(frozen=True)
class Columns:
    """One column for each feature: numbers, and labels as the codes of the most frequent ones.

    kept   for each feature the codes of the labels that are told apart, ascending; None for a
           number
    """

    features: tuple[Feature, ...]
    kept: tuple[Int | None, ...]

    @classmethod
    def learned(cls, features: Sequence[Feature], train: Sample) -> Columns:
        """The columns whose labels are those most frequent in the training rows."""
        return cls(
            tuple(features),
            tuple(None if f.is_number else _frequent(train.values[f.name]) for f in features),
        )

    def of(self, sample: Sample) -> Single:
        """Shape (rows, features). Missing is nan; a label that is not kept is `len(kept)`."""
        matrix = np.empty((sample.rows, len(self.features)), np.float32)
        for k, (feature, kept) in enumerate(zip(self.features, self.kept, strict=True)):
            values = sample.values[feature.name]
            if kept is None:
                matrix[:, k] = np.clip(values, -_LARGEST, _LARGEST)
                continue
            place = np.searchsorted(kept, values)
            known = np.append(kept, MISSING)[place] == values
            matrix[:, k] = np.where(values == MISSING, np.nan, np.where(known, place, len(kept)))
        return matrix

    @property
    def types(self) -> list[str]:
        """What XGBoost calls the columns: "q" for a number, "c" for a label."""
        return ["q" if kept is None else "c" for kept in self.kept]


def _frequent(codes: Int) -> Int:
    distinct, counts = np.unique(codes[codes != MISSING], return_counts=True)
    return np.sort(distinct[np.argsort(-counts, kind="stable")[:MAX_LABELS]]).astype(np.int64)


@dataclass(frozen=True)
class Indicators:
    """Standardised numbers, a mark for a missing one, and one column for each frequent label.

    owner   the position of the feature that each column of the matrix comes from
    """

    features: tuple[Feature, ...]
    transformer: ColumnTransformer
    owner: Int

    @classmethod
    def learned(cls, features: Sequence[Feature], train: Sample) -> Indicators:
        """The encoding by the means, deviations and frequent labels of the training rows."""
        return cls.of_training(features, train)[0]

    @classmethod
    def of_training(cls, features: Sequence[Feature], train: Sample) -> tuple[Indicators, Any]:
        """The same, and the training rows in it."""
        numbers = [k for k, f in enumerate(features) if f.is_number]
        labels = [k for k, f in enumerate(features) if not f.is_number]
        scaled = make_pipeline(
            SimpleImputer(add_indicator=True, keep_empty_features=True),
            StandardScaler(),
            FunctionTransformer(np.clip, kw_args={"a_min": -_FARTHEST, "a_max": _FARTHEST}),
        )
        hot = OneHotEncoder(max_categories=MAX_LABELS + 1, handle_unknown="infrequent_if_exist")
        transformer = ColumnTransformer(
            [("numbers", scaled, numbers), ("labels", hot, labels)], sparse_threshold=1.0
        )
        matrix = transformer.fit_transform(_matrix(features, train))
        owner = list(numbers)
        if numbers:
            marks = transformer.named_transformers_["numbers"][0].indicator_.features_
            owner += [numbers[k] for k in marks]
        if labels:
            names = transformer.named_transformers_["labels"].get_feature_names_out(
                [str(k) for k in labels]
            )
            owner += [int(str(n).split("_", 1)[0]) for n in names]
        return cls(tuple(features), transformer, np.array(owner, np.int64)), matrix

    def of(self, sample: Sample) -> Any:
        """Shape (rows, columns), dense or sparse. A label that training lacked is all 0."""
        return self.transformer.transform(_matrix(self.features, sample))

    def dense(self, sample: Sample) -> Float:
        """The same, always dense."""
        matrix = self.of(sample)
        return np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix)


def _matrix(features: Sequence[Feature], sample: Sample) -> Float:
    matrix = np.column_stack([sample.values[f.name].astype(np.float64) for f in features])
    return np.clip(matrix, -_LARGEST, _LARGEST)
