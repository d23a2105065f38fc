"""Conditions on computed columns: exactly what rejection would draw, or refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.synthesis.computed.ruled_tables import breaches, fitted, frame, schema
from trimtab.errors import PlanError, RefusedError

MANY = 20_000


@pytest.fixture(scope="module")
def made() -> trimtab.Synthesizer:
    return fitted(model="trees", first=("city", "degree", "kilos", "visit"))


def agree(one: pd.Series[Any], other: pd.Series[Any]) -> bool:
    """Whether two samples have about the same shares."""
    shares = [s.value_counts(normalize=True) for s in (one, other)]
    return bool((shares[0].sub(shares[1], fill_value=0).abs() < 0.02).all())


@pytest.mark.parametrize(
    ("where", "tell"),
    [
        ({"county": "x"}, "city"),
        ({"county": ["x", "z"]}, "city"),
        ({"county": None}, "city"),
        ({"county": ["y", None]}, "city"),
        ({"county": "x", "city": ["Aa", "Cc"]}, "city"),
        ({"level": [1, 14]}, "degree"),
        ({"level": trimtab.Range(9, 13)}, "degree"),
        ({"year": 2020}, "city"),
        ({"year": [2019, 2021], "county": "x"}, "city"),
        ({"copied": trimtab.Range(60, 80)}, "degree"),
        ({"pounds": trimtab.Range(150, None)}, "degree"),
        ({"starts": trimtab.Range(date(2020, 1, 1), date(2020, 6, 30))}, "degree"),
    ],
)
def test_conditions_are_those_of_rejection(
    made: trimtab.Synthesizer, where: Mapping[str, Any], tell: str
) -> None:
    drawn = made.sample(MANY, where=where, seed=1)
    assert len(drawn) == MANY and breaches(drawn.head(300)) == set()
    free = made.sample(3 * MANY, seed=2)
    kept = np.ones(len(free), bool)
    for name, wanted in where.items():
        inside, asked = _holds(free[name], wanted), _holds(drawn[name], wanted)
        assert asked.all(), name
        kept &= inside
    assert kept.sum() > 1000
    assert agree(drawn[tell], free[tell][kept])
    assert abs(drawn["ill"].mean() - free["ill"][kept].mean()) < 0.03


def _holds(column: pd.Series[Any], wanted: Any) -> np.ndarray[Any, Any]:
    if isinstance(wanted, trimtab.Range):
        low = -np.inf if wanted.low is None else wanted.low
        high = np.inf if wanted.high is None else wanted.high
        if isinstance(low, date):
            low, high = pd.Timestamp(low), pd.Timestamp(high)
        return np.asarray((column >= low) & (column <= high))
    values = wanted if isinstance(wanted, list) else [wanted]
    inside = column.isin([v for v in values if v is not None])
    return np.asarray(inside | column.isna() if None in values else inside)


def test_a_value_of_a_copy_is_that_of_its_source(made: trimtab.Synthesizer) -> None:
    drawn = made.sample(50, where={"copied": 71.5, "starts": date(2020, 3, 1)})
    assert (drawn.kilos == 71.5).all() and (drawn.copied == 71.5).all()
    assert (drawn.visit == pd.Timestamp("2020-03-01")).all()
    assert breaches(drawn) == set()


def test_given_cells_stay(made: trimtab.Synthesizer) -> None:
    rows = frame()
    rows = rows[rows.city != "Ff"].reset_index(drop=True)
    given = rows.loc[:99, ["city", "county", "level", "copied", "starts", "year"]]
    given.loc[:20, "city"] = None
    given.loc[10:30, "level"] = None
    drawn = made.sample(given=given, seed=4)
    for name in given:
        told = given[name].notna()
        assert (drawn[name][told].to_numpy() == given[name][told].to_numpy()).all(), name
    assert drawn.city.notna().all() and drawn.level.notna().all()
    assert breaches(drawn) == set()


def test_a_gap_is_filled_by_a_value(made: trimtab.Synthesizer) -> None:
    given = pd.DataFrame({"county": [None] * 200, "copied": [None] * 200})
    given = given.astype({"county": object, "copied": float})
    drawn = made.sample(given=given)
    assert drawn.county.notna().all() and drawn.copied.notna().all()
    assert "Ff" not in set(drawn.city)


@pytest.mark.parametrize(
    ("where", "error", "words"),
    [
        ({"county": "x", "city": ["Cc", "Dd"]}, PlanError, ("county", "x", "county from city")),
        ({"level": 9, "degree": [None]}, PlanError, ("degree", "missing")),
        ({"level": 1, "degree": ["school"]}, PlanError, ("level matches degree",)),
        (
            {"year": 2019, "starts": date(2020, 5, 5)},
            PlanError,
            ("starts", "2020-05-05", "starts = visit"),
        ),
        ({"copied": 70.0, "kilos": [71.0, 72.0]}, PlanError, ("copied", "70.0")),
        ({"copied": None, "pounds": 150.0}, PlanError, ("rule",)),
        ({"total": 50.0}, RefusedError, ("total = net + tax", "first=['total']")),
        ({"total": trimtab.Range(10, 50)}, RefusedError, ("total = net + tax", "net, tax")),
        ({"hour": 3}, RefusedError, ("hour = hour(moment)", "without rules")),
        ({"seen": date(2020, 5, 5)}, RefusedError, ("seen", "moment", "first=['moment']")),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    made: trimtab.Synthesizer,
    where: Mapping[str, Any],
    error: type[Exception],
    words: tuple[str, ...],
) -> None:
    with pytest.raises(error) as caught:
        made.sample(10, where=where)
    for word in words:
        assert word in str(caught.value)


def test_a_gap_that_a_rule_leaves_is_not_filled(made: trimtab.Synthesizer) -> None:
    given = pd.DataFrame({"city": ["Aa", "Ff"], "county": [None, None]})
    with pytest.raises(RefusedError, match=r"county is to be filled where city .*county from city"):
        made.sample(given=given)
    assert made.sample(given=given[["city"]]).county.isna().tolist() == [False, True]


def test_a_set_that_given_inputs_miss_is_refused(made: trimtab.Synthesizer) -> None:
    with pytest.raises(PlanError, match="county from city"):
        made.sample(10, where={"city": "Cc", "county": ["x", "z"]})


def test_a_sum_can_be_given_with_its_terms() -> None:
    synthesizer = fitted(model="trees", first=("net", "tax"))
    drawn = synthesizer.sample(20, where={"net": 10.0, "tax": 2.5, "total": 12.5})
    assert (drawn.total == 12.5).all()
    with pytest.raises(PlanError, match="total = net"):
        synthesizer.sample(20, where={"net": 10.0, "tax": 2.5, "total": trimtab.Range(13, 14)})


@pytest.mark.parametrize("name", ["county", "total", "year"])
def test_what_was_asked_for_first_is_conditioned_on(name: str) -> None:
    synthesizer = trimtab.fit(frame(), schema=schema(outcome="ill"), first=(name,), model="trees")
    value = {"county": "x", "total": 50.0, "year": 2020}[name]
    drawn = synthesizer.sample(50, where={name: value})
    assert (drawn[name] == value).all()
