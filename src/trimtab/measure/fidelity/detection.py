"""The classifier two-sample test: how well can a learner tell synthetic rows from real ones?

The figure is the area under the ROC curve of predictions for rows that the learner was not trained
on (Lopez-Paz and Oquab 2017, Revisiting classifier two-sample tests). It is .5 where the tables
cannot be told apart, and 1 where every row gives itself away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from trimtab._arrays import Float, Int, Single
from trimtab._random import Key
from trimtab.measure.chance.intervals import Z_ONE_SIDED, Z, clustered
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.embedding import embed
from trimtab.measure.part import Part, once
from trimtab.measure.score import (
    Direction,
    Exhibit,
    Findings,
    Measure,
    Score,
    Section,
    Split,
    Topic,
)
from trimtab.predict.prediction import BOOSTING, LOGISTIC
from trimtab.predict.sample import MISSING, Feature, Sample, concat

DETECTION = Measure(
    name="detection",
    section=Section.FIDELITY,
    topic=Topic.ROWS,
    split=Split.LEARNER,
    title="Telling rows apart",
    meaning="How well a learner tells synthetic rows from real ones: .5 if it cannot, 1 if every "
    "row gives itself away (the area under the ROC curve, for rows it was not trained on). Below "
    ".5 says no more than that.",
    direction=Direction.LOWER,
    ideal=0.5,
    tolerance=0.02,
    alarm=0.1,
    source="Lopez-Paz and Oquab 2017, Revisiting classifier two-sample tests",
)
TELLTALE = Measure(
    name="telltale",
    section=Section.FIDELITY,
    topic=Topic.ROWS,
    split=Split.LEARNER,
    title="What gives it away most",
    meaning="The column that helps most to tell synthetic rows from real ones, and its share of "
    "what the boosted trees learned from all columns.",
    direction=Direction.NONE,
)
MAX_ROWS = 10_000  # of each table
MIN_ROWS = 20
# Rows of each table that a control without an interval is told by: its standard error is then
# below .007. The learner is trained as for the others.
ENOUGH_TOLD = 4_000
# Each pair of rows in different folds is seen twice, once with either row in training. Under no
# difference the variance is then up to twice that of predictions from a learner that was given.
INFLATION = np.sqrt(2.0)
_ROUNDS = 200
_TREES = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_depth": 6,
    "eta": 0.05,
    "min_child_weight": 5,  # twenty rows of even odds
    "nthread": 1,
    "verbosity": 0,
}
_FOLDS = {BOOSTING: 5, LOGISTIC: 3}
_COVERS = "rows of both tables drawn again"


@dataclass(frozen=True)
class Told:
    """How well one learner tells two tables apart, and how much it learned from each column."""

    area: float
    error: float
    gains: Float


def detection(comparison: Comparison, key: Key, alone: Sample | None = None) -> Findings:
    """How well boosted trees and logistic regression tell synthetic rows from real ones.

    Real rows are held-out ones where there are any, and their ceiling is how well training rows are
    told from them. As many rows of each are used, at most 10,000; the rows of one person are in one
    fold.

    alone   rows whose columns were drawn by themselves: how well they are told is said too
    """
    against = comparison.real if comparison.holdout is None else comparison.holdout
    samples = [against, comparison.synthetic]
    samples += [] if comparison.holdout is None else [replace(comparison.real, name="train")]
    rows = min(MAX_ROWS, *(sample.rows for sample in samples))
    if rows < MIN_ROWS:
        because = f"because one of the tables has {rows} rows, and {MIN_ROWS} are needed"
        missing = DETECTION.missing(because, within=BOOSTING, headline=True)
        return Findings(scores=(missing, DETECTION.missing(because, within=LOGISTIC)))
    real, synthetic, *train = (s.sampled(rows, key.child("rows")) for s in samples)
    findings = Findings()
    for learner in (BOOSTING, LOGISTIC):
        own = key.child(learner)
        trial = tell_apart(comparison.features, real, synthetic, learner, own)
        ceiling = None
        if train:
            ceiling = tell_apart(comparison.features, real, train[0], learner, own.child("ceiling"))
        score = _score(learner, rows, trial, ceiling)
        if alone is not None:
            drawn = alone.sampled(rows, key.child("rows"))
            apart = own.child("columns alone")
            control = tell_apart(
                comparison.features, real, drawn, learner, apart, enough=ENOUGH_TOLD
            )
            score = score.model_copy(update={"columns_alone": control.area})
        findings += Findings(scores=(score,))
        if learner == BOOSTING:
            findings += _telltales(comparison.features, trial, score)
    return findings


def _score(learner: str, rows: int, trial: Told, ceiling: Told | None) -> Score:
    """The figure of one learner. Its ceiling is .5, unless real rows can be told apart too."""
    least, note = 0.5, ""
    if ceiling is None:
        note = "beside the rows that the generator learned from, as no rows were held out: copies "
        note += "would look good here"
    else:
        note = f"training rows are told from held-out rows with {ceiling.area:.3f}"
        if ceiling.area > 0.5 + Z * ceiling.error:
            least = ceiling.area
            note += ", so these two are not of one source"
    score = DETECTION.score(
        trial.area,
        n=2 * rows,
        within=learner,
        interval=logit_interval(trial, rows),
        covers=_COVERS,
        ceiling=least,
        noise=0.5 + Z_ONE_SIDED * INFLATION * float(np.sqrt((2 * rows + 1) / 12) / rows),
        headline=learner == BOOSTING,
        note=note,
    )
    return score.model_copy(update={"heldout": None if ceiling is None else ceiling.area})


def logit_interval(trial: Told, rows: int) -> tuple[float, float]:
    """The 95 % interval on the logit scale, which stays within 0 and 1."""
    area, error = trial.area, trial.error
    if error <= 0 or not 0.0 < area < 1.0:
        # The rule of three: what was not seen once in so many rows.
        return max(0.0, area - 3 / rows), min(1.0, area + 3 / rows)
    centre, reach = np.log(area / (1 - area)), Z * error / (area * (1 - area))
    low, high = 1 / (1 + np.exp(-(centre + np.array([-reach, reach]))))
    return float(low), float(high)


def _telltales(features: tuple[Feature, ...], trial: Told, score: Score) -> Findings:
    """The columns that give the table away, and the first of them where it is given away."""
    order = np.argsort(-trial.gains, kind="stable")
    exhibit = Exhibit(
        name="telltales",
        title="Columns that give the synthetic table away",
        within=BOOSTING,
        columns={
            "column": [features[k].name for k in order],
            "gain": [float(trial.gains[k]) for k in order],
        },
    )
    if score.interval is None or score.ceiling is None or score.interval[0] <= score.ceiling:
        return Findings(exhibits=(exhibit,))
    first = features[order[0]].name
    share = TELLTALE.score(float(trial.gains[order[0]]), n=score.n, about=(first,), within=BOOSTING)
    return Findings(scores=(share,), exhibits=(exhibit,))


def tell_apart(
    features: tuple[Feature, ...],
    real: Sample,
    other: Sample,
    learner: str,
    key: Key,
    rounds: int = _ROUNDS,
    enough: int | None = None,
) -> Told:
    """Predict each row from the other folds; the rows of one person are in one fold.

    rounds   of boosting
    enough   rows of each table: only as many folds are predicted as hold them; None for all
    """
    features, both = _recoded(features, concat("both", real, other), key.child("codes"))
    from_other = np.repeat([0.0, 1.0], [real.rows, other.rows])
    by_sample = [folds(s, _FOLDS[learner], key.child("folds")) for s in (real, other)]
    fold = np.concatenate(by_sample)
    if learner == BOOSTING:
        design: NDArray[Any] = _ordered(features, both)
        predict: _Predict = _boosting(features, key, rounds)
    else:
        design, predict = _standardised(features, both), _logistic
    margins = np.zeros(both.rows)
    gains = np.zeros(len(features))
    predicted = first_folds(_FOLDS[learner], enough, by_sample)
    for k in range(predicted):
        training = fold != k
        margins[~training], gained = predict(
            design[training], from_other[training], both.weights[training], design[~training]
        )
        gains += gained
    mine, theirs = (of_sample < predicted for of_sample in by_sample)
    area, error = _area(
        margins[: real.rows][mine],
        real.take(mine),
        margins[real.rows :][theirs],
        other.take(theirs),
    )
    total = gains.sum()
    return Told(area, INFLATION * error, gains / total if total > 0 else gains)


_Predict = Callable[
    [NDArray[Any], Float, Float, NDArray[Any]],
    tuple[NDArray[Any], Float],
]


def first_folds(count: int, enough: int | None, by_sample: Sequence[Int]) -> int:
    """How many folds, from the first on, hold so many rows of each sample; all for None."""
    for some in range(1, count if enough is not None else 1):
        if all((fold < some).sum() >= (enough or 0) for fold in by_sample):
            return some
    return count


def folds(sample: Sample, count: int, key: Key) -> Int:
    """The fold of each row; the rows of one person are in one fold."""
    owners = np.arange(sample.rows) if sample.people is None else sample.people
    _, owners = np.unique(owners, return_inverse=True)
    ranks = key.child(sample.name).generator().permutation(int(owners.max()) + 1)
    return np.asarray(ranks[owners] % count)


def _recoded(
    features: tuple[Feature, ...], sample: Sample, key: Key
) -> tuple[tuple[Feature, ...], Sample]:
    """Labels coded by their frequency in both tables, the most frequent first.

    The codes of a comparison say which labels the real table lacks, and would tell of the table.
    """
    values = dict(sample.values)
    recoded = []
    for feature in features:
        if not feature.is_number:
            known = ~sample.missing(feature)
            codes, inverse, counts = np.unique(
                values[feature.name][known], return_inverse=True, return_counts=True
            )
            ties = key.child(feature.name).generator().random(len(codes))
            ranks = np.argsort(np.lexsort((ties, -counts)))
            values[feature.name] = np.full(sample.rows, MISSING)
            values[feature.name][known] = ranks[inverse]
            labels = tuple(feature.labels[c] for c in codes[np.argsort(ranks)])
            feature = replace(feature, labels=labels, known=len(labels))
        recoded.append(feature)
    return tuple(recoded), replace(sample, values=values)


def _ordered(features: tuple[Feature, ...], sample: Sample) -> Single:
    """The design for trees: codes, and numbers by their order, which float32 holds exactly."""
    columns = []
    for feature in features:
        values = sample.values[feature.name]
        codes = np.unique(values, return_inverse=True)[1] if feature.is_number else values
        columns.append(np.where(sample.missing(feature), np.nan, codes))
    return np.asarray(np.stack(columns, axis=1), np.float32)


def _boosting(features: tuple[Feature, ...], key: Key, most: int) -> _Predict:
    """Boosted trees as strong as LightGBM's 200 rounds of 31 leaves."""
    types = ["q" if f.is_number else "c" for f in features]
    seed = int(key.child("trees").generator().integers(2**31))

    def predict(
        train: NDArray[Any], truth: Float, weights: Float, test: NDArray[Any]
    ) -> tuple[NDArray[Any], Float]:
        form: dict[str, Any] = {"feature_types": types, "enable_categorical": True, "nthread": 1}
        rows = xgboost.DMatrix(train, label=truth, weight=weights, **form)
        trees = xgboost.train(_TREES | {"seed": seed}, rows, most)
        gained = trees.get_score(importance_type="total_gain")
        gains = np.array([float(gained.get(f"f{k}", 0.0)) for k in range(len(types))])
        return trees.predict(xgboost.DMatrix(test, **form), output_margin=True), gains

    return predict


def _standardised(features: tuple[Feature, ...], sample: Sample) -> Float:
    """The design for logistic regression: labels one-hot, numbers standardised, and gaps."""
    embedding = embed(features, sample)
    points = embedding.points(sample).astype(np.float64)
    for feature in features:
        if not feature.is_number:
            continue
        values, known = sample.values[feature.name], ~sample.missing(feature)
        points[:, embedding.slots[feature.name][0]] = 0.0
        if known.any():
            # By weight, so that rows that stand for few others do not set the scale.
            apart = values[known] - np.average(values[known], weights=sample.weights[known])
            apart /= np.abs(apart).max() or 1.0  # so that no square overflows
            spread = np.sqrt(np.average(np.square(apart), weights=sample.weights[known]))
            points[known, embedding.slots[feature.name][0]] = apart / (spread or 1.0)
    return points


def _logistic(
    train: NDArray[Any], truth: Float, weights: Float, test: NDArray[Any]
) -> tuple[NDArray[Any], Float]:
    model = LogisticRegression(solver="newton-cholesky", max_iter=100)
    model.fit(train, truth, sample_weight=weights)
    return model.decision_function(test), np.zeros(1)


def _area(negative: Float, real: Sample, positive: Float, other: Sample) -> tuple[float, float]:
    """The weighted area under the ROC curve, and its standard error for a learner that was given.

    The error is DeLong's (1988), with persons as clusters (Obuchowski 1997).
    """
    below = _placed(positive, negative, real.weights)
    above = 1.0 - _placed(negative, positive, other.weights)
    area, first = _mean(below, other)
    _, second = _mean(above, real)
    return area, float(np.hypot(first, second))


def _placed(values: Float, among: Float, weights: Float) -> Float:
    """The weighted share of others that lie below each value, ties for half."""
    order = np.argsort(among)
    sums = np.append(0.0, np.cumsum(weights[order]))
    low = sums[np.searchsorted(among[order], values, "left")]
    high = sums[np.searchsorted(among[order], values, "right")]
    return np.asarray((low + high) / 2 / sums[-1])


def _mean(values: Float, sample: Sample) -> tuple[float, float]:
    """The weighted mean over a sample's rows, and its standard error."""
    owners = np.arange(sample.rows) if sample.people is None else sample.people
    _, owners = np.unique(owners, return_inverse=True)
    sums = np.bincount(owners, sample.weights * values).astype(np.float64)
    return clustered(sums, np.bincount(owners, sample.weights).astype(np.float64))


PART = Part(
    name="detection",
    phase="whole rows",
    section=Section.FIDELITY,
    measures=(DETECTION, TELLTALE),
    steps=once(
        lambda evidence: detection(
            evidence.weighted, evidence.key, evidence.controls.alone.synthetic
        )
    ),
)
