"""What the first screen says of tables whose faults are known."""

from __future__ import annotations

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

# Where the judge is known to give an answer that may not be given, on some seeds: a headline that
# is beyond doubt poor does not decide, and a group that was not judged counts for nothing. This
# list may not grow.
OUTSIDE = {
    ("shuffled columns", "relations"),
    ("shuffled columns without held-out rows", "relations"),
    ("one group's outcome reversed", "comparing"),
    ("three groups of which one is small", "comparing"),
}


@cache
def tables() -> Tables:
    path = DATA / "adult" / "train.csv"
    if not path.exists():
        pytest.skip("../shared/data is not here")
    return tables_of(SOURCES["adult"], pd.read_csv(path, keep_default_na=False), seed=0)


@pytest.mark.stress
@pytest.mark.parametrize("name", PAIRS)
def test_answers_are_those_that_may_be_given(name: str) -> None:
    pair = PAIRS[name]
    outside = {
        (name, field): stance
        for field, stance in answered(judged(pair, tables())).items()
        if stance not in getattr(pair, field) and (name, field) not in OUTSIDE
    }
    assert outside == {}


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
