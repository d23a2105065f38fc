"""Sensitive features of the over-sampler: exact counts of every combination with the class."""

from __future__ import annotations

import warnings
from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from trimtab._random import Key
from trimtab.errors import ColumnError
from trimtab.sklearn import Balancer
from trimtab.sklearn.cells import levelled

KEY = Key(43).child("sklearn cells")


def people() -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Class 0: 40 men, 20 women; class 1: 12 men, 3 women, and 2 of whom that is not known."""
    sex = ["m"] * 40 + ["f"] * 20 + ["m"] * 12 + ["f"] * 3 + [None] * 2
    y = np.repeat([0, 1], [60, 17])
    g = KEY.child("people").generator()
    size = np.where(np.array(sex) == "f", 3.0, 0.0) + g.normal(size=77)
    return pd.DataFrame({"sex": pd.Series(sex, dtype=object), "size": size}), y


def cells_of(X: pd.DataFrame, y: Any) -> Counter[tuple[int, str]]:
    return Counter(zip(np.asarray(y).tolist(), X["sex"].fillna("?"), strict=True))


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("auto", [40, 40, 40, 40, 40]),
        ("not majority", [40, 40, 40, 40, 40]),
        ("all", [40, 40, 40, 40, 40]),
        ("minority", [20, 40, 3, 12, 40]),
        ("not minority", [40, 40, 40, 40, 2]),
        # In numbers: of classes, whose combinations are then as equal as can be.
        ({1: 60}, [20, 40, 20, 20, 20]),
        ({1: 24}, [20, 40, 6, 12, 6]),
        ({1: 25, 0: 81}, [41, 40, 7, 12, 6]),
        (1.0, [20, 40, 20, 20, 20]),
        (lambda y: {0: 70, 1: 17}, [30, 40, 3, 12, 2]),
    ],
)
def test_counts_of_combinations(strategy: Any, expected: list[int]) -> None:
    given, y = people()
    sampler = Balancer(sampling_strategy=strategy, sensitive_features="sex")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        X, made = sampler.fit_resample(given, y)
    names = [(0, "f"), (0, "m"), (1, "f"), (1, "m"), (1, "?")]
    found = cells_of(X, made)
    assert [found[name] for name in names] == expected and len(X) == sum(expected)
    pd.testing.assert_frame_equal(X.iloc[:77], given)
    before = cells_of(given, y)
    added = {(k, s or "?"): n for (k, s), n in sampler.cell_strategy_.items()}
    assert added == {name: found[name] - before[name] for name in names}
    totals = {k: sum(n for (of, _), n in added.items() if of == k) for k in (0, 1)}
    assert {k: n for k, n in totals.items() if n} == {
        k: n for k, n in sampler.sampling_strategy_.items() if n
    }


def test_combinations_never_seen_are_named() -> None:
    given, y = people()
    with pytest.warns(UserWarning, match=r"1 of 6 .*: class = 0, sex = \(missing\)\.$"):
        X, _ = Balancer(sensitive_features=["sex"]).fit_resample(given, y)
    assert len(X) == 200
    # Nobody asks for rows of class 0 here: nothing is missed.
    ours = Balancer(sampling_strategy={1: 40}, sensitive_features=["sex"])
    ours.fit_resample(given, y)
    every = given.assign(other=np.arange(77) % 40)
    with pytest.warns(UserWarning, match=r"\d+ of 240 .*; and \d+ more\.$"):
        Balancer(sensitive_features=["sex", "other"]).fit_resample(every, y)


def test_drawn_rows_are_like_their_combination() -> None:
    g = KEY.child("alike").generator()
    sex = np.repeat(["m", "f", "m", "f"], [200, 100, 60, 15])
    given = pd.DataFrame({"sex": sex, "size": np.where(sex == "f", 3, 0) + g.normal(size=375)})
    ours = Balancer(sampling_strategy={1: 600}, sensitive_features="sex")
    X, _ = ours.fit_resample(given, np.repeat([0, 1], [300, 75]))
    drawn = X.iloc[375:].groupby("sex")["size"].mean()
    assert drawn["f"] == pytest.approx(3, abs=0.8) and drawn["m"] == pytest.approx(0, abs=0.4)


def test_columns_by_number_and_of_numbers() -> None:
    """The container changes nothing, and a number makes as many combinations as it has values."""
    given, y = people()
    code = given["sex"].map({"m": 1.5, "f": -2.0}).to_numpy()
    array = np.column_stack([code, given["size"]])
    ours = Balancer(sampling_strategy={1: 60}, sensitive_features=0)
    X, made = ours.fit_resample(array, y)
    found = Counter(np.nan_to_num(X[made == 1, 0]).tolist())
    assert found == {-2.0: 20, 1.5: 20, 0.0: 20}
    frame = pd.DataFrame(array, columns=["sex", "size"])
    for asked in ("sex", 0, ["sex"]):
        ours.set_params(sensitive_features=asked)
        same, _ = ours.fit_resample(frame, y)
        assert np.array_equal(same.to_numpy(), X, equal_nan=True)
    same, _ = ours.fit_resample(pl.from_pandas(frame), y)
    assert same["sex"][77:].to_list() == [None if np.isnan(v) else v for v in X[77:, 0]]
    with pytest.raises(ColumnError, match=r"no column 'sez'.*'sex'"):
        ours.set_params(sensitive_features="sez").fit_resample(frame, y)


def poured(held: list[int], extra: int) -> list[int]:
    """Rows one by one to the lowest count, the first of several."""
    now = list(held)
    for _ in range(extra):
        now[now.index(min(now))] += 1
    return [a - b for a, b in zip(now, held, strict=True)]


def test_levels_are_those_of_rows_poured_one_by_one() -> None:
    for size in (1, 2, 3, 4):
        for held in product(range(5), repeat=size):
            for extra in range(12 if size < 4 else 8):
                found = levelled(np.array(held), extra)
                assert found.sum() == extra and (found >= 0).all()
                # Ties may fall otherwise than one by one: the counts are the same.
                expected = poured(list(held), extra)
                assert sorted(found + held) == sorted(np.array(expected) + held)


def test_levels_of_large_counts() -> None:
    found = levelled(np.array([10**9, 3, 3]), 10**9 + 1)
    assert found.tolist() == [0, 500_000_001, 500_000_000]
