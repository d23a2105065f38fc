"""The density estimator of the scikit-learn face: its checks, draws, and log probabilities."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import trimtab
import trimtab.sklearn
from trimtab._random import Key
from trimtab.errors import InputError, RefusedError
from trimtab.sklearn import Synthesizer

KEY = Key(37).child("sklearn synthesizer")


@parametrize_with_checks([Synthesizer()])
def test_checks_of_scikit_learn(
    estimator: Synthesizer, check: Callable[[Synthesizer], None]
) -> None:
    check(estimator)


def labels(rows: int) -> pd.DataFrame:
    """Two labels that hang together, 0.5 / 0.3 / 0.2 and a flag that follows the first."""
    g = KEY.child("labels", rows).generator()
    town = g.choice(["Oslo", "Lyon", "Bari"], rows, p=[0.5, 0.3, 0.2])
    wet = g.random(rows) < np.where(town == "Oslo", 0.8, 0.3)
    return pd.DataFrame({"town": town.astype(object), "wet": np.where(wet, "yes", "no")})


def mixed(rows: int = 150) -> pd.DataFrame:
    g = KEY.child("mixed").generator()
    made = pd.DataFrame(
        {
            "size": g.gamma(2, 10, rows).round(1).astype("float32"),
            "count": g.poisson(3, rows).astype("int16"),
            "town": pd.Categorical(g.choice(["Oslo", "Lyon", "Bari"], rows)),
            "code": [f"K{i:05d}" for i in range(rows)],
            "flag": pd.array(g.random(rows) < 0.5, dtype="boolean"),
            "day": pd.Timestamp("2024-02-01") + pd.to_timedelta(g.integers(0, 90, rows), "D"),
        }
    )
    for name in ("size", "flag", "day"):
        made.loc[g.random(rows) < 0.2, name] = None
    return made


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32", "object"])
def test_arrays_come_back_as_arrays(dtype: str) -> None:
    g = KEY.child("arrays").generator()
    given = (g.normal(size=(120, 2)) * 20).round(1 if dtype != "int32" else 0).astype(dtype)
    if dtype != "int32":
        given[g.random(120) < 0.3, 0] = np.nan
    made = Synthesizer().fit(given).sample(200)
    assert type(made) is np.ndarray and made.dtype == given.dtype and made.shape == (200, 2)
    # Gaps come in the column that had them, and in none else.
    gone = pd.isna(made)
    assert gone[:, 0].any() == (dtype != "int32") and not gone[:, 0].all() and not gone[:, 1].any()
    low, high = float(given[:, 1].min()), float(given[:, 1].max())
    assert low <= float(made[:, 1].min()) and float(made[:, 1].max()) <= high


def test_arrays_of_texts() -> None:
    texts = labels(120).to_numpy()
    texts[:30, 1] = None
    made = Synthesizer().fit(texts).sample(80)
    assert made.dtype == object and set(made[:, 0]) == {"Oslo", "Lyon", "Bari"}
    assert set(made[:, 1]) == {"yes", "no", None}
    fixed = labels(120).to_numpy().astype(str)
    fixed[0, 0] = "Ur"  # pooled, and its mark is longer than any text that was given
    drawn = Synthesizer(random_state=1).fit(fixed).sample(2_000)
    assert drawn.dtype.kind == "U" and set(drawn[:, 0]) == {"Oslo", "Lyon", "Bari", "(rare)"}


def test_dataframes_come_back_as_dataframes() -> None:
    given = mixed()
    fitted = Synthesizer().fit(given)
    made = fitted.sample(60)
    assert isinstance(made, pd.DataFrame) and made.shape == (60, 6)
    assert made.columns.tolist() == given.columns.tolist() == fitted.feature_names_in_.tolist()
    assert made.dtypes.drop("code").to_dict() == given.dtypes.drop("code").to_dict()
    assert not set(made["code"]) & set(given["code"])  # no text of a single row is ever drawn
    polars = pl.from_pandas(given)
    drawn = Synthesizer().fit(polars).sample(60)
    assert isinstance(drawn, pl.DataFrame) and drawn.schema == polars.schema


def test_draws_are_like_the_table() -> None:
    given = labels(600)
    made = Synthesizer().fit(given).sample(4_000)
    for town, wet in product(given["town"].unique(), ["yes", "no"]):
        real, new = (((t["town"] == town) & (t["wet"] == wet)) for t in (given, made))
        # Four standard errors of the difference of two shares.
        off = 4 * np.sqrt(real.mean() * (1 - real.mean()) * (1 / 600 + 1 / 4_000))
        assert new.mean() == pytest.approx(real.mean(), abs=off)


def test_the_seed_decides() -> None:
    given = labels(80).to_numpy()
    fitted = Synthesizer(random_state=3).fit(given)
    assert fitted.sample().shape == (1, 2)
    assert (fitted.sample(50) == fitted.sample(50)).all()
    assert (fitted.sample(50) == clone(fitted).fit(given).sample(50)).all()
    assert (fitted.sample(50, random_state=9) != fitted.sample(50)).any()
    state = [fitted.sample(50, random_state=np.random.RandomState(4)) for _ in "ab"]
    assert (state[0] == state[1]).all()
    for bad in (0, -1, 1.5, "many"):
        with pytest.raises(ValueError, match=r"n_samples = .*at least 1"):
            fitted.sample(bad)


def test_scores_are_the_logs_of_probabilities() -> None:
    """On labels alone: they sum to 1 over all rows there can be, and are near the frequencies."""
    given = labels(3_000)
    fitted = Synthesizer(model="trees").fit(given)
    every = pd.DataFrame(product(["Oslo", "Lyon", "Bari"], ["yes", "no"]), columns=given.columns)
    mass = np.exp(fitted.score_samples(every))
    assert mass.sum() == pytest.approx(1, abs=1e-9)
    shares = given.value_counts(normalize=True)
    expected = [shares[town, wet] for town, wet in every.to_numpy()]
    assert mass == pytest.approx(expected, abs=0.02)
    assert fitted.score(every) == pytest.approx(np.log(mass).mean())


def test_scores_of_numbers_sum_to_one() -> None:
    """Over every value from the least to the largest, with a label that tells of it, and a gap."""
    g = KEY.child("numbers").generator()
    town = g.choice(["Oslo", "Lyon"], 1_500)
    size = g.poisson(np.where(town == "Oslo", 20, 40)).astype(float)
    size[g.random(1_500) < 0.1] = np.nan
    given = pd.DataFrame({"town": town.astype(object), "size": size})
    fitted = Synthesizer(model="trees", min_count=0).fit(given)
    values = [*np.arange(np.nanmin(size), np.nanmax(size) + 1), np.nan]
    every = pd.DataFrame(product(["Oslo", "Lyon"], values), columns=["town", "size"])
    mass = np.exp(fitted.score_samples(every))
    assert mass.sum() == pytest.approx(1, abs=0.02)
    # 40 is common in Lyon and rare in Oslo.
    pair = pd.DataFrame({"town": ["Lyon", "Oslo"], "size": [40.0, 40.0]})
    lyon, oslo = fitted.score_samples(pair)
    assert lyon > oslo + 2


def test_scores_know_what_hangs_together() -> None:
    given, unseen = labels(400), labels(401)
    g = KEY.child("shuffled").generator()
    apart = unseen.assign(wet=g.permutation(unseen["wet"].to_numpy()))
    fitted = Synthesizer().fit(given)
    assert fitted.score(unseen) > fitted.score(apart) + 0.02
    found = cross_val_score(Synthesizer(), given, cv=3)
    # The entropy of the two labels is 1.60 nats.
    assert found == pytest.approx(-1.60, abs=0.15)


def test_what_cannot_be_drawn_has_no_probability() -> None:
    given = labels(100)
    strange = pd.DataFrame({"town": ["Rome", "Oslo", "Oslo"], "wet": ["yes", None, "yes"]})
    scores = Synthesizer().fit(given).score_samples(strange)
    assert np.isneginf(scores).tolist() == [True, True, False]
    given.loc[:1, "town"] = ["Rome", "Ur"]  # too rare to be kept: they share one mass
    given.loc[:20, "wet"] = None
    fitted = Synthesizer().fit(given)
    assert np.isfinite(fitted.score_samples(strange)).all()
    same = pd.DataFrame({"town": ["Rome", "Ur"], "wet": ["yes", "yes"]})
    assert np.ptp(fitted.score_samples(same)) == 0
    alone = fitted.score_samples(same.iloc[:1].assign(town="Nowhere"))
    assert alone == fitted.score_samples(same)[:1]


def test_a_model_without_likelihood_says_so() -> None:
    fitted = Synthesizer().fit(labels(60))
    learned = replace(fitted.synthesizer_.learned, model=object())
    fitted.synthesizer_ = replace(fitted.synthesizer_, learned=learned)
    for ask in (fitted.score, fitted.score_samples):
        with pytest.raises(RefusedError, match="cannot tell how probable"):
            ask(labels(3))


def test_it_can_be_saved(tmp_path: Path) -> None:
    fitted = Synthesizer(random_state=5).fit(labels(60))
    fitted.synthesizer_.save(tmp_path / "it.trimtab")
    again = trimtab.load(tmp_path / "it.trimtab")
    pd.testing.assert_frame_equal(again.sample(20, seed=5), fitted.sample(20))


def test_other_columns_are_refused() -> None:
    fitted = Synthesizer().fit(labels(60))
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.score_samples(labels(5).rename(columns={"town": "city"}))
    with pytest.raises(ValueError, match="infinity"):
        Synthesizer().fit(np.array([[1.0, np.inf], [2.0, 3.0]] * 9))
    with pytest.raises(InputError, match="minutes = 0"):
        Synthesizer(minutes=0).fit(labels(20))


def test_names_are_resolved_on_first_use() -> None:
    assert dir(trimtab.sklearn) == ["Balancer", "Imputer", "Synthesizer"]
    with pytest.raises(AttributeError, match="no attribute 'Smote'"):
        _ = trimtab.sklearn.Smote
    code = (
        "import sys, trimtab.sklearn as face; face.Imputer, face.Synthesizer\n"
        "assert 'imblearn' not in sys.modules; sys.modules['imblearn'] = None\n"
        "try:\n    face.Balancer\nexcept face.InputError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "needs the extra: pip install 'trimtab[imbalance]'" in done.stdout, done.stderr
