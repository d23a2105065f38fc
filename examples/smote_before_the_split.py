"""Why some published models of a rare class are 95 % right: rows were added before the split.

The same random forest is cross-validated on the same patients, with SMOTE before the split, with
SMOTE inside each fold, with drawn rows inside each fold, and with nothing done at all. Only the
first looks like a success, and it is a leak: rows between two patients stand on both sides of the
split. What balancing is worth here is then asked of `prove`.

    python examples/smote_before_the_split.py [strokes.csv]
"""

import sys
import warnings

import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTENC
from imblearn.pipeline import make_pipeline
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import trimtab
from trimtab.sklearn import Balancer

warnings.filterwarnings("ignore", module="sklearn|imblearn")


def forest() -> object:
    """A random forest on any mix of columns."""
    columns = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
    )
    return make_pipeline(columns, RandomForestClassifier(60, random_state=0))


def scores(model: object, X: pd.DataFrame, y: pd.Series) -> tuple[float, float]:
    """F1 at .5 and AUC, cross-validated."""
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    found = cross_validate(model, X, y, cv=folds, scoring=("f1", "roc_auc"))
    return float(np.mean(found["test_f1"])), float(np.mean(found["test_roc_auc"]))


def main() -> None:
    """Compare, then ask for the proof."""
    given = sys.argv[1] if len(sys.argv) > 1 else None
    patients = pd.read_csv(given) if given else trimtab.datasets.strokes(2_000).to_pandas()
    patients = patients.drop(columns="id", errors="ignore")
    X, y = patients.drop(columns="stroke"), patients["stroke"].astype(int)
    for name in X.select_dtypes("number"):
        X[name] = X[name].astype(float).fillna(X[name].median())  # SMOTE takes no gaps
    labels = [n for n in X if not pd.api.types.is_numeric_dtype(X[n])]
    X[labels] = X[labels].fillna("missing")

    smote = SMOTENC(labels, random_state=0)
    everything = smote.fit_resample(X, y)
    arms = {
        "SMOTE before the split": (forest(), *everything),
        "SMOTE inside each fold": (make_pipeline(smote, *forest().named_steps.values()), X, y),
        "trimtab inside each fold": (
            make_pipeline(Balancer(), *forest().named_steps.values()),
            X,
            y,
        ),
        "nothing": (forest(), X, y),
    }
    auc = {}
    for name, arm in arms.items():
        f1, auc[name] = scores(*arm)
        print(f"{name:26} F1 {f1:.2f}   AUC {auc[name]:.3f}")
    assert auc["SMOTE before the split"] > 0.9 > auc["SMOTE inside each fold"], "a leak"

    proof = trimtab.prove(
        patients, "stroke", learner="lr", arms=["none", "trimtab"], folds="2x1", sizes=[]
    )
    for answer in proof.answers:
        print(f"\n{answer.learner}: {answer.verdict}.", *answer.advice, sep="\n  ")


if __name__ == "__main__":
    main()
