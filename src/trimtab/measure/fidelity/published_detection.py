"""Telling rows apart as recent papers measure it, so that a table can be held against theirs.

Boosted trees with the defaults of XGBoost, three folds, against the rows that the generator learned
from, as many of each. Copies of those rows would look perfect here: `detection` is the figure that
has a verdict.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from trimtab._arrays import Float, Single
from trimtab._random import Key
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.controls import Controls
from trimtab.measure.evidence import Evidence
from trimtab.measure.fidelity.detection import ENOUGH_TOLD, first_folds, folds
from trimtab.measure.part import Part, once
from trimtab.measure.score import Direction, Findings, Measure, Section, Split, Topic
from trimtab.predict.sample import Feature, Sample

PUBLISHED = Measure(
    name="published_detection",
    section=Section.FIDELITY,
    topic=Topic.ROWS,
    split=Split.WHOLE,
    title="Telling rows apart, as papers publish it",
    meaning="The area under the ROC curve of boosted trees with the defaults of XGBoost that tell "
    "synthetic rows from as many of those that the generator learned from, by three folds: the "
    "figure of recent papers. It has no verdict, because copied rows would win it.",
    direction=Direction.LOWER,
    ideal=0.5,
    source="Area under the curve of XGBoost's defaults, three folds, as in papers on generators",
)
MAX_ROWS = 20_000  # of each table
_MIN_ROWS, _FOLDS = 30, 3


def published_detection(comparison: Comparison, controls: Controls, key: Key) -> Findings:
    """How well XGBoost's defaults tell synthetic rows from training rows, and what controls get.

    Both tables weigh as much as each other; real rows count by their weights.
    """
    rows = min(comparison.real.rows, comparison.synthetic.rows, MAX_ROWS)
    if rows < _MIN_ROWS:
        because = f"because one of the tables has {rows} rows, and {_MIN_ROWS} are needed"
        return Findings(scores=(PUBLISHED.missing(because),))
    score = PUBLISHED.score(_area(comparison, rows, key), n=2 * rows)
    said = {"columns_alone": _area(controls.alone, rows, key, ENOUGH_TOLD)}
    heldout = controls.heldout
    if heldout is not None and heldout.synthetic.rows >= _MIN_ROWS:
        said["heldout"] = _area(heldout, min(rows, heldout.synthetic.rows), key)
    return Findings(scores=(score.model_copy(update=said),))


def _area(comparison: Comparison, rows: int, key: Key, enough: int | None = None) -> float:
    """The area under the ROC curve, for so many rows of each table.

    enough   as in `detection.tell_apart`
    """
    real, other = (s.sampled(rows, key) for s in (comparison.real, comparison.synthetic))
    design = np.concatenate([_design(comparison.features, s) for s in (real, other)])
    truth = np.repeat([0.0, 1.0], [real.rows, other.rows])
    weights = np.concatenate([s.weights / s.weights.mean() for s in (real, other)])
    # A person's rows in two folds would tell of each other, and not of the table.
    by_sample = [folds(s, _FOLDS, key.child("folds")) for s in (real, other)]
    fold, predicted = np.concatenate(by_sample), first_folds(_FOLDS, enough, by_sample)
    settings = {"objective": "binary:logistic", "nthread": 1, "verbosity": 0}
    stated: Float = np.zeros(len(truth))
    for k in range(predicted):
        train = fold != k
        rows_of = xgboost.DMatrix(design[train], truth[train], weight=weights[train], nthread=1)
        trees = xgboost.train(settings, rows_of, 100)  # as many as its classifier makes
        stated[~train] = trees.predict(xgboost.DMatrix(design[~train], nthread=1))
    told = fold < predicted
    return float(roc_auc_score(truth[told], stated[told], sample_weight=weights[told]))


def _design(features: tuple[Feature, ...], sample: Sample) -> Single:
    """Numbers, and labels as their place by frequency among real rows; missing as nan."""
    columns: list[NDArray[Any]] = [
        np.where(sample.missing(f), np.nan, sample.values[f.name]) for f in features
    ]
    return np.asarray(np.stack(columns, axis=1), np.float32)


def _judge(evidence: Evidence) -> Findings:
    key = evidence.key.child("published detection")
    return published_detection(evidence.weighted, evidence.controls, key)


PART = Part(
    name="published detection",
    phase="whole rows",
    section=Section.FIDELITY,
    measures=(PUBLISHED,),
    steps=once(_judge),
)
