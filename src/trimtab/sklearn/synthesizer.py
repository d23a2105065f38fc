"""Rows drawn, and how probable rows are: a density estimator of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils.validation import check_is_fitted

from trimtab._arrays import Float
from trimtab._validate import whole
from trimtab.request.parts import MIN_COUNT
from trimtab.sklearn.frames import (
    absent_of,
    all_modelled,
    as_array,
    as_table,
    checked,
    is_frame,
    seed_of,
)
from trimtab.table.files import to_native


class Synthesizer(DensityMixin, BaseEstimator):  # type: ignore[misc]
    """Learns a table, draws rows like those, and says how probable rows are.

    `fit` learns; `sample` draws rows of the type that was learned: an array of the same dtype for
    an array, a dataframe for a dataframe. Every column is learned, also what looks like an
    identifier: for tables of persons use `trimtab.fit`, which leaves out what names them.

    model         "trees", "network", "auto" or "best", as in `trimtab.fit`; a GAN draws, and has no
                  scores
    min_count     as in `trimtab.fit`: exact values that fewer rows hold are never drawn, and labels
                  that fewer rows hold come out as "(rare)"
    minutes       train a neural model for at most this long; and compare it with the
                  trees
    random_state  a seed (the same seed and table make the same draws), a numpy RandomState, or None
                  for another seed at every fit

    After fitting: `synthesizer_`, the `trimtab.Synthesizer`, which can be saved and which draws
    under conditions and plans; `n_features_in_`, and `feature_names_in_` where the columns have
    names.
    """

    def __init__(
        self,
        *,
        model: str = "auto",
        min_count: int = MIN_COUNT,
        minutes: float | None = None,
        random_state: Any = 0,
    ) -> None:
        self.model = model
        self.min_count = min_count
        self.minutes = minutes
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Synthesizer:
        """Learn a table: an array or dataframe of shape (rows, columns), gaps included.

        `y` is not looked at. Raises ValueError for what is no such table.
        """
        from trimtab.synthesis.learn import learn
        from trimtab.synthesis.settings import settings_of

        X = checked(self, X, reset=True)
        self._dtype = None if is_frame(X) else X.dtype
        self._absent = () if is_frame(X) else absent_of(X)
        self._seed = seed_of(self.random_state)
        settings = settings_of(self.model, self.min_count, self._seed, self.minutes)
        self.synthesizer_ = learn(all_modelled(X if is_frame(X) else as_table(X)), settings)
        return self

    def sample(self, n_samples: int = 1, random_state: Any = None) -> Any:
        """Draw rows, of the type that was learned, shape (n_samples, columns).

        random_state  as in the class; None draws with the seed of `fit`: the same rows every time
        """
        check_is_fitted(self)
        seed = self._seed if random_state is None else seed_of(random_state)
        plan = self.synthesizer_.plan(whole(1, n_samples=n_samples))
        drawn = self.synthesizer_.draw(plan, seed=seed)
        if self._dtype is not None:
            return as_array(drawn, self._dtype, self._absent)
        return to_native(drawn)

    def score_samples(self, X: Any) -> Float:
        """Log of each row's probability mass, in nats, shape (rows,).

        Mass, not density: numbers have steps, those with which they were recorded, or of 15 digits.
        Scores of one table by several models compare; those of several tables do not. Labels too
        rare to be kept share one mass, and a number beyond those learned counts as the outermost.
        A text that `fit` never saw, or a gap where there was none, can never be drawn: -inf.

        Raises ValueError for other columns than were learned, RefusedError for a GAN.
        """
        from trimtab.synthesis import fill
        from trimtab.synthesis.likelihood import log_prob

        check_is_fitted(self)
        learned = self.synthesizer_.learned
        X = checked(self, X, reset=False)
        table = fill.typed_as(learned, X if is_frame(X) else as_table(X, learned.schema.names))
        return log_prob(learned, table)

    def score(self, X: Any, y: Any = None) -> float:
        """The mean of `score_samples`, as GaussianMixture has it: it does not grow with the rows.

        The higher the better. `y` is not looked at.
        """
        return float(np.mean(self.score_samples(X)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags
