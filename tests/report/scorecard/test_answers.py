"""What the first screen says of tables whose faults are known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from tests.places import DATA
from tests.report.scorecard.answered_pairs import (
    PAIRS,
    SOURCES,
    USES,
    Tables,
    answered,
    judged,
    tables_of,
)
from trimtab.report.summary import Recommendation

FAST = ("halves", "shuffled columns", "three groups of which one is small", "a wrong format")


@cache
def tables(rows: int = SOURCES["adult"].rows) -> Tables:
    path = DATA / "adult" / "train.csv"
    if not path.exists():
        pytest.skip("../shared/data is not here")
    source = replace(SOURCES["adult"], rows=rows)
    return tables_of(source, pd.read_csv(path, keep_default_na=False), seed=0)


def outside(name: str, made: Tables) -> dict[str, Recommendation]:
    """The answers to a pair that may not be given."""
    pair = PAIRS[name]
    told = answered(judged(pair, made))
    return {field: said for field, said in told.items() if said not in getattr(pair, field)}


# Of all pairs, on several tables and seeds: benchmarks/answers.py.
NEURAL = ("an any-order network", "a GAN that has hardly learned")


@pytest.mark.stress
@pytest.mark.parametrize("name", [name for name in PAIRS if name not in (*FAST, *NEURAL)])
def test_answers_are_those_that_may_be_given(name: str) -> None:
    assert outside(name, tables()) == {}


@pytest.mark.stress
@pytest.mark.parametrize("name", FAST)
def test_so_they_are_for_few_rows(name: str) -> None:
    assert outside(name, tables(600)) == {}


@pytest.mark.parametrize("always", list(Recommendation))
def test_a_judge_that_always_says_the_same_is_outside(always: Recommendation) -> None:
    for field in USES.values():
        assert any(always not in getattr(pair, field) for pair in PAIRS.values()), field


def test_permitted_answers_are_neighbours() -> None:
    order = [Recommendation.YES, Recommendation.CARE, Recommendation.NO]
    for name, pair in PAIRS.items():
        for field in USES.values():
            known = sorted(order.index(a) for a in getattr(pair, field) if a in order)
            assert known and known[-1] - known[0] == len(known) - 1 <= 1, (name, field)
