"""The scikit-learn face: its own checks, and gaps filled in arrays and dataframes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from trimtab._random import Key
from trimtab.model.neural import extras
from trimtab.model.trees.kind import TREES
from trimtab.model.trees.trees import Trees
from trimtab.sklearn import Imputer
from trimtab.synthesis import learn
from trimtab.synthesis.choose import Choice

KEY = Key(31).child("sklearn")


@pytest.fixture
def any_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trees, "refusal", lambda *_: None)
    monkeypatch.setattr(learn, "choose", lambda *_: Choice((TREES,), "a stand-in"))


@pytest.mark.usefixtures("any_hole")
@parametrize_with_checks([Imputer()])
def test_checks_of_scikit_learn(estimator: Imputer, check: Callable[[Imputer], None]) -> None:
    check(estimator)


def numbers(rows: int = 200) -> np.ndarray[Any, Any]:
    g = KEY.child("numbers").generator()
    x = g.normal(size=(rows, 3)).round(2)
    x[:, 2] = (x[:, 0] - x[:, 1]).round(2)
    x[g.random(x.shape) < 0.15] = np.nan
    return x


def mixed(rows: int = 200) -> pd.DataFrame:
    g = KEY.child("mixed").generator()
    made = pd.DataFrame(
        {
            "size": g.gamma(2, 10, rows).round(1),
            "town": g.choice(["Oslo", "Lyon", "Bari"], rows).astype(object),
            "code": [f"K{i:05d}" for i in range(rows)],
            "email": [f"p{i}@example.org" for i in range(rows)],
            "flag": pd.array(g.random(rows) < 0.5, dtype="boolean"),
            "day": pd.Timestamp("2024-02-01") + pd.to_timedelta(g.integers(0, 90, rows), "D"),
        },
        index=np.arange(rows) * 2,
    )
    for name in made.columns:
        made.loc[g.random(rows) < 0.15, name] = None
    return made


@pytest.mark.usefixtures("any_hole")
@pytest.mark.parametrize("dtype", ["float64", "float32", "object"])
def test_arrays(dtype: str) -> None:
    given = numbers().astype(dtype)
    before = given.copy()
    made = Imputer().fit_transform(given)
    seen = ~pd.isna(given)
    assert type(made) is np.ndarray and made.dtype == given.dtype and made.shape == given.shape
    assert (made[seen] == given[seen]).all() and not pd.isna(made).any()
    assert (pd.isna(before) == ~seen).all()


@pytest.mark.usefixtures("any_hole")
def test_arrays_of_several_types() -> None:
    given = mixed().to_numpy(dtype=object)
    made = Imputer().fit_transform(given)
    seen = ~pd.isna(given)
    assert (made[seen] == given[seen]).all() and not pd.isna(made).any()


@pytest.mark.usefixtures("any_hole")
def test_dataframes_come_back_as_they_are() -> None:
    """Every column is filled, also what a table of persons would leave out or make afresh."""
    given = mixed()
    made = Imputer().fit_transform(given)
    assert isinstance(made, pd.DataFrame) and made.index.equals(given.index)
    assert made.dtypes.to_dict() == given.dtypes.to_dict() and not made.isna().any().any()
    for name in given.columns:
        seen = given[name].notna()
        pd.testing.assert_series_equal(made[name][seen], given[name][seen])
    polars = pl.from_pandas(given)
    filled = Imputer().fit(polars).transform(polars)
    assert isinstance(filled, pl.DataFrame) and filled.schema == polars.schema


@pytest.mark.usefixtures("any_hole")
def test_names_of_the_columns() -> None:
    made = Imputer().fit(mixed())
    assert made.get_feature_names_out().tolist() == mixed().columns.tolist()
    bare = Imputer().fit(numbers())
    assert bare.get_feature_names_out().tolist() == ["x0", "x1", "x2"]
    with pytest.raises(ValueError, match="feature names should match"):
        made.transform(mixed().rename(columns={"town": "city"}))
    with pytest.raises(ValueError, match="2 features, but Imputer is expecting 3"):
        bare.transform(numbers()[:, :2])
    framed = Imputer().set_output(transform="pandas").fit_transform(numbers())
    assert framed.columns.tolist() == ["x0", "x1", "x2"]


@pytest.mark.usefixtures("any_hole")
def test_the_seed_decides() -> None:
    given = numbers()
    first, same, other = (Imputer(random_state=s).fit_transform(given) for s in (0, 0, 1))
    assert (first == same).all() and not (first == other).all()
    state = [Imputer(random_state=np.random.RandomState(3)).fit_transform(given) for _ in "ab"]
    assert (state[0] == state[1]).all()
    free = [Imputer(random_state=None).fit_transform(given) for _ in "ab"]
    assert not (free[0] == free[1]).all()
    fitted = clone(Imputer(random_state=5)).fit(given)
    assert (fitted.transform(given) == fitted.transform(given)).all()


@pytest.mark.usefixtures("any_hole")
def test_other_rows_than_were_fitted() -> None:
    """Gaps that the fitted table did not have, labels that it did not hold, no gaps at all."""
    whole = pd.DataFrame({"x": np.arange(60) % 7 + 0.5, "town": ["Oslo", "Lyon"] * 30})
    fitted = Imputer().fit(whole)
    rows = pd.DataFrame({"x": [np.nan, 2.5, np.nan], "town": ["Rome", None, "Oslo"]})
    made = fitted.transform(rows)
    assert made.notna().all().all()
    assert made["town"].tolist()[::2] == ["Rome", "Oslo"] and made["x"][1] == 2.5
    pd.testing.assert_frame_equal(fitted.transform(whole), whole)


def test_in_a_pipeline() -> None:
    g = KEY.child("pipeline").generator()
    x = g.normal(size=(300, 2)).round(3)
    y = x @ [1.0, 2.0]
    x[g.random(300) < 0.3, 1] = np.nan
    model = make_pipeline(Imputer(model="trees"), LinearRegression()).fit(x, y)
    # Slopes on draws from what the other column tells are a little too flat.
    assert model.predict([[0.0, 1.0]]) - model.predict([[0.0, 0.0]]) == pytest.approx(2, abs=0.8)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.array([[1.0, np.inf], [2.0, 3.0]] * 9), "infinity"),
        (pd.DataFrame({"a": [1.0, np.inf] * 9}), "infinite in row 2"),
        (np.ones((1, 2)), "1 sample"),
        (np.ones(9), "Expected 2D array"),
        (pd.DataFrame({"a": [np.nan] * 9}), None),
    ],
    ids=["infinite", "infinite in a frame", "one row", "one dimension", "gaps alone"],
)
def test_bad_input(given: Any, message: str | None) -> None:
    if message is None:
        made = Imputer(model="trees").fit(given)
        assert made.transform(given).isna().all().all()
        return
    with pytest.raises(ValueError, match=message):
        Imputer(model="trees").fit(given)


def test_the_best_without_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "NEEDS", ("no_such_module",))
    made = Imputer(model="best").fit(numbers())
    assert made.synthesizer_.provenance.model == "chained"
    assert "nothing to compare it with" in made.synthesizer_.provenance.choice
    assert not np.isnan(made.transform(numbers())).any()
