"""The over-sampler of the scikit-learn face: its checks, exact counts, and rows as they came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import Pipeline
from imblearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_param_validation,
    estimator_checks_generator,
)
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from tests.places import DATA
from trimtab._random import Key
from trimtab.errors import ColumnError, InputError, RefusedError
from trimtab.sklearn import Balancer, Imputer
from trimtab.synthesis import learn as learning
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.table.table import Table

KEY = Key(41).child("sklearn balancer")
STROKE = DATA / "stroke"
LEARNED: dict[str, Synthesizer] = {}


@pytest.fixture
def learned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was learned of a table serves the next check with the same one: most have 1,000 rows of
    20 numbers, as an array, list, dataframe or sparse matrix, which make one and the same table.
    """
    learn = learning.learn

    def remembered(table: Table, settings: Any, **asked: Any) -> Synthesizer:
        values = [str(table.column(n).to_pylist()) for n in table.schema.names]
        key = str((table.schema, settings, values, asked))
        if key not in LEARNED:
            LEARNED[key] = learn(table, settings, **asked)
        made = LEARNED[key]  # but draws are given back in the type of this table
        return replace(made, learned=replace(made.learned, origin=table.origin))

    monkeypatch.setattr(learning, "learn", remembered)


def checks_of_imbalanced_learn() -> list[Any]:
    # A list of what their parametrize_with_checks yields, which pytest 9 does not take.
    return [
        pytest.param(estimator, check, id=check.func.__name__)
        for estimator, check in estimator_checks_generator(Balancer())
    ]


@pytest.mark.usefixtures("learned_once")
@pytest.mark.parametrize(("estimator", "check"), checks_of_imbalanced_learn())
def test_checks_of_imbalanced_learn(estimator: Balancer, check: Callable[[Balancer], None]) -> None:
    check(estimator)


@parametrize_with_checks([Balancer()])
def test_checks_of_scikit_learn(estimator: Balancer, check: Callable[[Balancer], None]) -> None:
    check(estimator)


@pytest.mark.parametrize(
    "check", [check_param_validation, check_dataframe_column_names_consistency]
)
def test_checks_of_their_own_samplers(check: Callable[[str, Balancer], None]) -> None:
    check("Balancer", Balancer())


def classes() -> np.ndarray[Any, Any]:
    """90 rows: 60 of a, 25 of b, 5 of c."""
    return np.array(["a"] * 60 + ["b"] * 25 + ["c"] * 5)


def numbers() -> np.ndarray[Any, Any]:
    return KEY.child("numbers").generator().normal(size=(90, 2)).round(2)


def of_all_kinds() -> pd.DataFrame:
    g = KEY.child("kinds").generator()
    days = pd.Timestamp("2024-02-01") + pd.to_timedelta(g.integers(0, 90, 90), "D")
    ordered = pd.CategoricalDtype([*range(40)], ordered=True)
    made = pd.DataFrame(
        {
            "single": g.normal(size=90).astype("float32"),
            "small": g.integers(-3, 60, 90).astype("int8"),
            "large": g.integers(0, 2**40, 90).astype("uint64"),
            "digits": pd.Categorical(g.choice(["10", "20", "31"], 90), ["10", "20", "31", "40"]),
            "rank": pd.Categorical(g.integers(1, 30, 90), dtype=ordered),
            "whole": pd.array(g.integers(0, 9, 90), dtype="Int64"),
            "flag": pd.array(g.random(90) < 0.5, dtype="boolean"),
            "sure": g.random(90) < 0.5,
            "day": days,
            "text": pd.array(g.choice(["x", "y", "zz"], 90), dtype="string"),
            "word": g.choice(["x", "y", "zz"], 90).astype(object),
            "several": np.array([1, "u", 2.5] * 30, dtype=object),
            "code": [f"K{i:05d}" for i in range(90)],
        },
        index=np.arange(90) * 3 + 1,
    )
    for name in ("single", "digits", "whole", "flag", "day", "text", "word", "several"):
        made.loc[g.random(90) < 0.2, name] = None
    return made


@pytest.mark.parametrize(
    "strategy",
    [
        *("auto", "minority", "not minority", "not majority", "all"),
        {"b": 31, "c": 5},
        {"c": 200, "a": 61},
        lambda y: {"b": len(y)},
    ],
)
def test_counts_are_those_of_imbalanced_learn(strategy: Any) -> None:
    theirs = RandomOverSampler(sampling_strategy=strategy, random_state=0)
    ours = Balancer(sampling_strategy=strategy)
    _, expected = theirs.fit_resample(numbers(), classes())
    X, y = ours.fit_resample(numbers(), classes())
    assert Counter(y) == Counter(expected) and len(X) == len(y)
    assert ours.sampling_strategy_ == theirs.sampling_strategy_
    assert (X[:90] == numbers()).all() and (y[:90] == classes()).all()


@pytest.mark.parametrize("ratio", [0.5, 0.75, 1.0])
def test_a_ratio_of_two_classes(ratio: float) -> None:
    y = (classes() == "c").astype(int)
    _, expected = RandomOverSampler(sampling_strategy=ratio).fit_resample(numbers(), y)
    _, found = Balancer(sampling_strategy=ratio).fit_resample(numbers(), y)
    assert Counter(found) == Counter(expected)
    with pytest.raises(ValueError, match="only when the type of target is binary"):
        Balancer(sampling_strategy=ratio).fit_resample(numbers(), classes())


def test_dataframes_of_pandas() -> None:
    """Rows as they came and first, the same dtypes, no new category, gaps where there were gaps."""
    given = of_all_kinds()
    before = given.copy()
    y = pd.Series(classes(), name="klass", dtype="category", index=given.index)
    X, made = Balancer().fit_resample(given, y)
    pd.testing.assert_frame_equal(given, before)
    pd.testing.assert_frame_equal(X.iloc[:90], given.reset_index(drop=True))
    pd.testing.assert_series_equal(made.iloc[:90], y.reset_index(drop=True))
    assert X.index.equals(made.index) and len(X) == 180 and made.value_counts().tolist() == [60] * 3
    drawn = X.iloc[90:]
    gone = drawn.isna().any()
    assert gone[gone].index.tolist() == given.columns[given.isna().any()].tolist()
    for name in ("digits", "rank", "text", "word", "several", "code"):
        assert set(drawn[name].dropna()) <= set(given[name].dropna())
    assert drawn["small"].between(given["small"].min(), given["small"].max()).all()
    assert not drawn.duplicated().any()


def test_frames_of_polars_and_arrow() -> None:
    kinds = pl.Enum(["x", "y", "zz", "other"])
    given = pl.from_pandas(of_all_kinds().drop(columns=["several", "rank"]))
    given = given.with_columns(pl.col("text").cast(kinds).alias("kind"))
    X, y = Balancer().fit_resample(given, pl.Series("klass", classes()))
    assert isinstance(X, pl.DataFrame) and X.schema == given.schema and X[:90].equals(given)
    assert isinstance(y, pl.Series) and y.name == "klass" and Counter(y) == Counter("abc" * 60)
    assert "other" not in X["kind"]
    _, framed = Balancer().fit_resample(given[:, :2], pl.DataFrame({"klass": classes()}))
    assert isinstance(framed, pl.DataFrame) and framed.columns == ["klass"]
    table = given[:, :3].to_arrow()
    X, y = Balancer().fit_resample(table, pa.chunked_array([classes().tolist()]))
    assert X.schema == table.schema and X.slice(0, 90).equals(table) and len(y) == 180


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16", "bool", "<U6", "datetime64[D]"])
def test_arrays(dtype: str) -> None:
    whole = (numbers() * 10).round().astype("int64")
    given = (numbers() if dtype.startswith("float") else whole).astype(dtype)
    X, _ = Balancer().fit_resample(given, classes())
    assert X.dtype == given.dtype and X.shape == (180, 2) and (X[:90] == given).all()


def test_arrays_and_lists_of_objects() -> None:
    given = np.array([[1, "a", None], [2.5, "b", 3], [2.5, None, 4]] * 30, dtype=object)
    X, y = Balancer().fit_resample(given, classes())
    assert X.dtype == object and (X[:90] == given).all() and isinstance(y, np.ndarray)
    assert set(X[90:, 1]) == {"a", "b", None} and set(X[90:, 2]) == {None, 3, 4}
    rows, made = Balancer().fit_resample(given.tolist(), classes().tolist())
    assert rows == X.tolist() and made == y.tolist()


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_array])
def test_sparse(kind: Any) -> None:
    g = KEY.child("sparse").generator()
    dense = np.where(g.random((90, 3)) < 0.7, 0, g.integers(1, 5, (90, 3))).astype("int32")
    X, _ = Balancer().fit_resample(kind(dense), classes())
    same, _ = Balancer().fit_resample(dense, classes())
    assert type(X) is kind and X.dtype == dense.dtype and (X.toarray() == same).all()
    assert 0.5 < (same[90:] == 0).mean() < 0.9


def test_the_container_and_the_names_do_not_matter() -> None:
    y = classes()
    X, _ = Balancer().fit_resample(numbers(), y)
    named = pd.DataFrame(numbers(), columns=["year", "id"])
    numbered = pd.DataFrame(numbers())
    for frame in (named, numbered):
        made, _ = Balancer().fit_resample(frame, y)
        assert (made.to_numpy() == X).all() and made.columns.equals(frame.columns)
    frame, _ = Balancer().fit_resample(pl.from_pandas(named), y)
    assert (frame.to_numpy() == X).all()
    other, _ = Balancer(random_state=1).fit_resample(numbers(), y)
    again, _ = clone(Balancer(random_state=1)).fit_resample(numbers(), y)
    assert (other == again).all() and not (other[90:] == X[90:]).all()


def test_drawn_rows_are_like_their_class() -> None:
    """What hangs on the class does so in drawn rows, and what does not is like the whole table."""
    g = KEY.child("alike").generator()
    y = np.repeat([0, 1], [1_350, 150])
    given = pd.DataFrame({"near": g.normal(size=1_500) + 3 * y, "far": g.normal(size=1_500)})
    given["word"] = np.where(g.random(1_500) < np.where(y, 0.9, 0.2), "p", "q")
    given.loc[g.random(1_500) < np.where(y, 0.4, 0.1), "far"] = np.nan
    drawn = Balancer().fit_resample(given, y)[0].iloc[1_500:]
    rare = given[y == 1]
    assert drawn["near"].mean() == pytest.approx(rare["near"].mean(), abs=0.3)
    assert drawn["near"].std() == pytest.approx(rare["near"].std(), abs=0.25)
    assert (drawn["word"] == "p").mean() == pytest.approx((rare["word"] == "p").mean(), abs=0.1)
    assert drawn["far"].mean() == pytest.approx(0, abs=0.25)
    # Of gaps, one token among many, trees that stop early tell only part.
    assert given["far"].isna().mean() + 0.05 < drawn["far"].isna().mean() < 0.5


@pytest.mark.parametrize("few", [2, 3, 15])
def test_a_class_of_a_few_rows(few: int) -> None:
    """Is made up to size without copies; what is learned of two or three rows is not promised."""
    g = KEY.child("few", few).generator()
    y = np.repeat([0, 1], [400, few])
    given = g.normal(size=(400 + few, 2)) + 4 * y[:, None]
    if few < 5:
        with pytest.raises(
            RefusedError, match=rf"fewer than 5 rows.*: 1 \({few} rows, {400 - few} "
        ):
            Balancer().fit_resample(given, y)
    X, made = Balancer(min_support=1).fit_resample(given, y)
    assert Counter(made) == {0: 400, 1: 400}
    drawn = X[400 + few :]
    assert len(np.unique(drawn, axis=0)) > 0.97 * len(drawn)
    if few == 15:  # learned without row weights it would be about half as far from 0
        assert drawn.mean(axis=0) == pytest.approx(given[400:].mean(axis=0), abs=1.5)


@pytest.mark.parametrize(
    ("least", "add", "taken"),
    [(None, 4, True), (None, 5, False), (1, 5, True), (30, 0, True), (30, 1, False), (4, 5, True)],
)
def test_how_many_rows_a_class_needs(least: int | None, add: int, taken: bool) -> None:
    """Four rows of one class: unasked it is at most doubled, or what was said holds."""
    y = np.repeat([0, 1, 2], [60, 26, 4])
    ours = Balancer(sampling_strategy={1: 27, 2: 4 + add}, min_support=least)
    if least == 30:
        ours.set_params(sampling_strategy={2: 4 + add})
    if taken:
        assert Counter(ours.fit_resample(numbers(), y)[1])[2] == 4 + add
    else:
        with pytest.raises(RefusedError, match=r"2 \(4 rows, . to add\).*min_support=1"):
            ours.fit_resample(numbers(), y)


class Witness(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Tells how many rows it was fitted on and asked for."""

    seen: list[tuple[str, int]] = []  # noqa: RUF012

    def fit(self, X: Any, y: Any) -> Witness:
        self.classes_ = np.unique(y)
        self.seen.append(("fit", len(X)))
        return self

    def predict(self, X: Any) -> Any:
        self.seen.append(("predict", len(X)))
        return np.repeat(self.classes_[:1], len(X))


def test_a_pipeline_resamples_in_fit_alone() -> None:
    Witness.seen.clear()
    y = (classes() != "a").astype(int)  # 60 and 30
    whole = Pipeline([("fill", Imputer(model="trees")), ("add", Balancer()), ("end", Witness())])
    scores = cross_val_score(whole, numbers(), y, cv=3)
    assert scores == pytest.approx(2 / 3)
    assert Witness.seen == [("fit", 80), ("predict", 30)] * 3
    assert whole.set_params(add__sampling_strategy={1: 35}).fit(numbers(), y)
    assert Witness.seen[-1] == ("fit", 95)


def test_nothing_to_add() -> None:
    frame, y = pd.DataFrame(numbers()[:60], index=range(60, 120)), np.repeat([0, 1], 30)
    X, made = Balancer().fit_resample(frame, y)
    assert X.equals(frame.reset_index(drop=True)) and (made == y).all() and made is not y
    for kind in (np.array, sparse.csr_array, np.ndarray.tolist):
        given = kind(numbers()[:60])
        X, _ = Balancer().fit_resample(given, y)
        assert type(X) is type(given) and X is not given


@pytest.mark.parametrize(
    ("settings", "y", "error", "message"),
    [
        ({}, np.zeros(90), ValueError, "more than 1 class"),
        ({}, np.r_[np.nan, np.ones(89)], InputError, "no class in row 1"),
        ({}, [*classes()[:89].tolist(), None], InputError, "no class in row 90"),
        ({}, classes()[:89], ValueError, "inconsistent numbers of samples"),
        ({"model": "smote"}, classes(), ValueError, "model = 'smote': expected one of auto"),
        ({"model": "gan"}, classes(), RefusedError, "cannot condition on class"),
        ({"min_count": -1}, classes(), ValueError, "The 'min_count' parameter"),
        ({"min_count": 91}, classes(), RefusedError, "expected at least 91"),
        ({"sensitive_features": "sex"}, classes(), ColumnError, "no column 'sex'.* by number"),
        ({"sensitive_features": [0, 2]}, classes(), ColumnError, "no column 2: X has 2 columns"),
        ({"sensitive_features": [1, 1]}, classes(), ColumnError, "stands twice"),
    ],
)
def test_bad_input(settings: dict[str, Any], y: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Balancer(**settings).fit_resample(numbers(), y)


@pytest.mark.skipif(not STROKE.exists(), reason="../shared/data/stroke is not here")
def test_strokes() -> None:
    """A classifier of the balanced table ranks unseen persons about as well as one of the real
    table: it is no better for it (see the docs), and must not be worse.
    """
    train, test = (pd.read_csv(STROKE / f"{part}.csv") for part in ("train", "test"))
    given, y = train.drop(columns="stroke"), train["stroke"]
    X, made = Balancer().fit_resample(given, y)
    assert made.value_counts().tolist() == [(y == 0).sum()] * 2
    assert (X.dtypes == given.dtypes).all() and X.iloc[: len(given)].equals(given)
    drawn, rare = X.iloc[len(given) :], given[y == 1]
    assert drawn["age"].mean() == pytest.approx(rare["age"].mean(), abs=4)
    assert given["age"].mean() < rare["age"].mean() - 20
    assert 0 < drawn["bmi"].isna().mean() < 0.4 and set(drawn["gender"]) <= set(given["gender"])
    copies = drawn.merge(rare.drop_duplicates(), how="inner")
    assert len(copies) < 0.01 * len(drawn)

    def ranked(X: Any, y: Any) -> float:
        names = ["age", "avg_glucose_level", "hypertension", "heart_disease"]
        fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(X[names], y)
        return float(roc_auc_score(test["stroke"], fitted.predict_proba(test[names])[:, 1]))

    assert ranked(X, made) == pytest.approx(ranked(given, y), abs=0.02)
