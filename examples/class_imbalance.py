"""Class imbalance, before and after balancing: what changes, and what only seems to.

A logistic regression that has seen 5 % strokes never predicts one: its F1 for that class is 0.
After balancing it is not. The same can be had by moving the threshold, without touching the data,
and the ranking of the patients (AUC) is the same all along. What balancing adds is a table with as
many strokes as not; whether its rare and extreme rows are still there is measured below.

    python examples/class_imbalance.py [strokes.csv]
"""

import sys

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report, f1_score, precision_recall_curve, roc_auc_score
from sklearn.model_selection import cross_val_predict, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import trimtab


def classifier() -> Pipeline:
    """A logistic regression on any mix of columns."""
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    labels = OneHotEncoder(handle_unknown="ignore")
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (labels, make_column_selector(dtype_exclude="number")),
    )
    return make_pipeline(columns, LogisticRegression(max_iter=1000))


def main() -> None:
    """Fit before and after, on rows that neither has seen."""
    given = sys.argv[1] if len(sys.argv) > 1 else None
    patients = pd.read_csv(given) if given else trimtab.datasets.strokes().to_pandas()
    patients = patients.drop(columns="id", errors="ignore")
    train, test = train_test_split(
        patients, test_size=0.25, random_state=0, stratify=patients["stroke"]
    )
    balanced = trimtab.balance(train, ["stroke"], mode="augment", origin="origin").table
    arms = {"real rows": train, "real and generated rows": balanced.drop(columns="origin")}

    f1, auc = {}, {}
    for name, table in arms.items():
        fitted = classifier().fit(table.drop(columns="stroke"), table["stroke"])
        risk = fitted.predict_proba(test.drop(columns="stroke"))[:, 1]
        print(f"Trained on {name} ({table['stroke'].mean():.0%} strokes), threshold 0.5:")
        print(classification_report(test["stroke"], risk > 0.5, zero_division=0))
        f1[name], auc[name] = (
            f1_score(test["stroke"], risk > 0.5),
            roc_auc_score(test["stroke"], risk),
        )

    # The threshold is chosen on training rows, by cross-validation.
    features, strokes = train.drop(columns="stroke"), train["stroke"]
    inner = cross_val_predict(classifier(), features, strokes, method="predict_proba")[:, 1]
    precision, recall, cuts = precision_recall_curve(strokes, inner)
    f1_at = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    best = cuts[np.argmax(f1_at[:-1])]
    risk = classifier().fit(features, strokes).predict_proba(test.drop(columns="stroke"))[:, 1]
    print(f"Trained on real rows, threshold {best:.2f}:")
    print(classification_report(test["stroke"], risk > best, zero_division=0))
    moved = f1_score(test["stroke"], risk > best)

    print("AUC:", {name: round(value, 3) for name, value in auc.items()})
    first, second = arms
    assert f1[first] < 0.1 < f1[second], "balancing lifts the F1 at a threshold of 0.5"
    assert moved > 0.8 * f1[second], "and so does moving the threshold"
    assert abs(auc[first] - auc[second]) < 0.05, "while the ranking stays what it was"

    scorecard = trimtab.evaluate(
        train, balanced, holdout=test, target="stroke", by="stroke", origin="origin"
    )
    print("\nAre rare and extreme rows still there?")
    for score in scorecard:
        if score.measure in ("outlier_rate", "tail_error", "tail_rate", "rare_labels_kept"):
            about = " ".join([*score.about, score.within]).strip()
            print(f"  {score.title} {about}: {score.verdict.value}, {score.because}")


if __name__ == "__main__":
    main()
