"""The words of the Fair Transformer GAN's paper for what trimtab does by other names.

    p_z = get_protected_distribution(people, "race")
    p_y = get_target_distribution(people, "income")
    generator = trimtab.fit(people, model="fair-gan", protected="race", outcome="income",
                            protected_shares=p_z, target_shares=p_y)
    results(people, generator.sample(), "race", "income", holdout=unseen)

Its figures are those of `trimtab.evaluate`, which has more of them, with intervals and verdicts.
Where the paper answers only yes or no for more than two groups, these are graded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from trimtab._run import Progress, silent
from trimtab.errors import InputError, unknown_column
from trimtab.measure.score import Score, Section
from trimtab.measure.scorecard import Scorecard
from trimtab.predict.prediction import FOREST, LOGISTIC
from trimtab.table.files import read
from trimtab.table.table import Table
from trimtab.verbs.evaluate import evaluate


def get_protected_distribution(data: Any, protected: str) -> dict[Any, float]:
    """The share of each value of a protected column (the paper's p_z), the largest first.

    Rows where it is missing count under None. Raises ColumnError for an unknown column.
    """
    return _distribution(read(data), protected)


def get_target_distribution(data: Any, target: str) -> dict[Any, float]:
    """The share of each value of the target column (the paper's p_y), the largest first."""
    return _distribution(read(data), target)


def _distribution(table: Table, name: str) -> dict[Any, float]:
    if name not in table.schema:
        raise unknown_column(name, table.schema.names, "data")
    counts = pc.value_counts(table.column(name)).to_pylist()
    counts.sort(key=lambda entry: (-entry["counts"], str(entry["values"])))
    return {entry["values"]: entry["counts"] / table.rows for entry in counts}


def risk_difference(data: Any, protected: str, target: str, positive: str | None = None) -> float:
    """How much more often rows of one group than of another have the positive class.

    The largest minus the smallest share among all groups; `positive` is the rarer class of two if
    not said. Raises InputError where it cannot be computed.
    """
    card = _judged(data, data, protected, target, positive)
    return _value(card, "label_parity_difference", "synthetic data")


def balanced_error_rate(data: Any, protected: str, target: str) -> float:
    """How wrongly the protected column is told from all other columns but the target.

    The mean over the groups of the share told wrong, by the best of three learners, on rows that
    it was not trained on: 1 - 1/groups where nothing can be told, 0 where all can. Raises
    InputError where it cannot be computed.
    """
    return _value(_judged(data, data, protected, target), "balanced_error_rate", "synthetic data")


def euclidean_distance(real: Any, generated: Any, protected: str, target: str) -> float:
    """Between the shares of each group with each class in two tables."""
    return _value(_judged(real, generated, protected, target), "joint_distance")


@dataclass(frozen=True)
class Results:
    """A line of the paper's table for one set of training rows, real or generated.

    f1, accuracy  of a learner that is trained on these rows, on real rows that were held out:
                  "logistic regression" and "random forest". `accuracy` is balanced: the mean over
                  the classes
    parity_difference  how much more often that learner predicts the class for one group than for
                  another
    """

    balanced_error_rate: float | None
    risk_difference: float | None
    f1: Mapping[str, float | None]
    accuracy: Mapping[str, float | None]
    parity_difference: Mapping[str, float | None]


def results(
    real: Any,
    generated: Any,
    protected: str,
    target: str,
    *,
    holdout: Any,
    positive: str | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Results]:
    """The paper's table of results: a line for the "original" and one for the "generated" rows.

    holdout   real rows that nothing was learned from. (The paper tests on the very rows that its
              generator was trained on.)

    None stands for what cannot be computed; `trimtab.evaluate` says why.
    """
    card = evaluate(
        real,
        generated,
        holdout=holdout,
        target=target,
        protected=protected,
        positive=positive,
        sections=(Section.FAIRNESS, Section.USEFULNESS),
        seed=seed,
        progress=progress,
    )
    learners = (LOGISTIC, FOREST)
    lines = {}
    for name, side in (("original", "real"), ("generated", "synthetic")):
        trained = {n: f"{n}, trained on {side} rows" for n in learners}
        lines[name] = Results(
            _value_if_any(card, "balanced_error_rate", f"{side} data"),
            _value_if_any(card, "label_parity_difference", f"{side} data"),
            {n: _learned(card, "f1", n, side) for n in learners},
            {n: _learned(card, "balanced_accuracy", n, side) for n in learners},
            {
                n: _value_if_any(card, "demographic_parity_difference", w)
                for n, w in trained.items()
            },
        )
    return lines


def _learned(card: Scorecard, measure: str, learner: str, side: str) -> float | None:
    """A score of a learner trained on generated rows, or on real ones: what it is held against."""
    score = _score(card, measure, learner)
    if score is None:
        return None
    return score.ceiling if side == "real" else score.value


def _judged(
    real: Any, generated: Any, protected: str, target: str, positive: str | None = None
) -> Scorecard:
    return evaluate(
        real,
        generated,
        target=target,
        protected=protected,
        positive=positive,
        sections=Section.FAIRNESS,
    )


def _score(card: Scorecard, measure: str, within: str) -> Score | None:
    return next((s for s in card.scores if (s.measure, s.within) == (measure, within)), None)


def _value_if_any(card: Scorecard, measure: str, within: str) -> float | None:
    score = _score(card, measure, within)
    return None if score is None else score.value


def _value(card: Scorecard, measure: str, within: str = "") -> float:
    score = _score(card, measure, within)
    if score is None:
        raise InputError(f"{measure} cannot be computed: nothing was judged.")
    if score.value is None:
        raise InputError(f"{score.title} cannot be computed: {score.because}.")
    return score.value


def as_table(found: Mapping[str, Results]) -> pa.Table:
    """Results as a table, a line for each set of training rows."""
    lines = []
    for name, row in found.items():
        line = {
            "trained on": name,
            "balanced error rate": row.balanced_error_rate,
            "risk difference": row.risk_difference,
        }
        for learner in row.f1:
            line |= {
                f"F1, {learner}": row.f1[learner],
                f"balanced accuracy, {learner}": row.accuracy[learner],
                f"parity difference, {learner}": row.parity_difference[learner],
            }
        lines.append(line)
    return pa.Table.from_pylist(lines)
