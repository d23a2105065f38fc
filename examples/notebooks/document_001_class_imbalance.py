# %% [markdown]
# # Class imbalance: what balancing changes, and what only seems to change
#
# A logistic regression that has seen 5 % strokes never predicts one: its F1 for that class is 0.
# With SMOTE it is not. The same can be had by moving the threshold, without touching the data; and
# the ranking of the patients (AUC) is no better for it.

# %%
import textwrap

import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTENC
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report, f1_score, precision_recall_curve, roc_auc_score
from sklearn.model_selection import cross_val_predict, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import trimtab

TABLE = None  # or the path of your own, with a column "stroke"
patients = pd.read_csv(TABLE) if TABLE else trimtab.datasets.strokes(2_800).to_pandas()
patients = patients.drop(columns="id", errors="ignore")
patients["bmi"] = patients["bmi"].fillna(patients["bmi"].median())  # SMOTE takes no gaps
train, test = train_test_split(
    patients, test_size=0.25, random_state=0, stratify=patients["stroke"]
)
print(f"{patients['stroke'].mean():.1%} of {len(patients)} patients had a stroke")


def classifier():
    """A logistic regression on any mix of columns."""
    columns = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
    )
    return make_pipeline(columns, LogisticRegression(max_iter=1_000))


# %% [markdown]
# ## Before, with SMOTE, and with drawn rows
#
# All are tested on the same patients, whom none of them has seen.

# %%
features, strokes = train.drop(columns="stroke"), train["stroke"]
labels = [n for n in features if not pd.api.types.is_numeric_dtype(features[n])]
smoted, smoted_strokes = SMOTENC(labels, random_state=0).fit_resample(features, strokes)
balanced = trimtab.balance(train, ["stroke"], mode="augment", origin="origin").table
arms = {
    "as they are": (features, strokes),
    "SMOTE": (smoted, smoted_strokes),
    "trimtab": (balanced.drop(columns=["stroke", "origin"]), balanced["stroke"]),
}
f1, auc = {}, {}
for name, (X, y) in arms.items():
    risk = classifier().fit(X, y).predict_proba(test.drop(columns="stroke"))[:, 1]
    f1[name], auc[name] = f1_score(test["stroke"], risk > 0.5), roc_auc_score(test["stroke"], risk)
    print(f"{name} ({y.mean():.0%} strokes):")
    print(classification_report(test["stroke"], risk > 0.5, zero_division=0))

# %% [markdown]
# ## Without touching the data
#
# The threshold is chosen on training rows, by cross-validation.

# %%
inner = cross_val_predict(classifier(), features, strokes, method="predict_proba")[:, 1]
precision, recall, cuts = precision_recall_curve(strokes, inner)
best = cuts[np.argmax((2 * precision * recall / np.maximum(precision + recall, 1e-9))[:-1])]
risk = classifier().fit(features, strokes).predict_proba(test.drop(columns="stroke"))[:, 1]
moved = f1_score(test["stroke"], risk > best)
print(f"F1 of strokes: {f1['as they are']:.2f} at .5, {moved:.2f} at {best:.2f};", end=" ")
print(f"SMOTE {f1['SMOTE']:.2f}, trimtab {f1['trimtab']:.2f} at .5")
print("AUC:", ", ".join(f"{name} {value:.3f}" for name, value in auc.items()))
assert f1["as they are"] < 0.1 < f1["trimtab"], "balancing lifts the F1 at a threshold of 0.5"
assert moved > 0.8 * f1["trimtab"], "and so does moving the threshold"
assert abs(auc["as they are"] - auc["trimtab"]) < 0.05, "while the ranking stays what it was"

# %% [markdown]
# ## The doubts at the end of the document
#
# Can made rows be noisy, have outliers, hold what is rare? That can be measured. (`trimtab.prove`
# asks whether balancing helps at all, by nested folds; `smote_before_the_split.py`, one folder up,
# shows why some published models of a rare class look so good.)

# %%
drawn = trimtab.fit(train).sample(len(train))
scorecard = trimtab.evaluate(train, drawn, holdout=test, sections="fidelity")
for score in scorecard:
    if score.measure in ("outlier_rate", "tail_error", "rare_labels_kept"):
        print(f"{' '.join([score.title, *score.about])}: {score.verdict.value}")
        print(textwrap.indent(textwrap.fill(score.because, 76), "    "))
