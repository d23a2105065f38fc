"""Folds: each row is tested once in a repeat, classes are spread, persons stay together."""

from __future__ import annotations

import numpy as np
import pytest

from tests.study.study_tables import question, study
from trimtab._random import Key
from trimtab.study.folds import splits, units

KEY = Key(3)


@pytest.mark.parametrize("by_person", [False, True])
def test_each_row_is_tested_once_in_each_repeat(by_person: bool) -> None:
    people = np.arange(160) // 4 if by_person else None
    part = question(people=people).part(np.arange(160))
    made = list(splits(part, 5, 2, KEY))
    assert len(made) == 10
    for repeat in (made[:5], made[5:]):
        assert sorted(np.concatenate([test for _, test in repeat])) == list(range(160))
    for train, test in made:
        assert sorted([*train, *test]) == list(range(160))
        if people is None:
            assert part.is_positive[test].sum() == 8
        else:
            assert not set(people[train]) & set(people[test])
            assert 2 <= part.is_positive[test].sum() <= 14
    first, second = ({tuple(t) for _, t in repeat} for repeat in (made[:5], made[5:]))
    assert not first & second  # the repeats differ
    again = list(splits(part, 5, 2, KEY))
    assert all((a[1] == b[1]).all() for a, b in zip(made, again, strict=True))


def test_units_are_rows_or_persons_of_the_smaller_class() -> None:
    people = np.arange(160) // 4
    assert units(question(160, 40).part(np.arange(160))) == 40
    assert units(question(160, 130).part(np.arange(160))) == 30
    whole = question(160, 40, people=people)
    assert units(whole.part(np.arange(160))) == len(set(people[whole.is_positive]))


def test_fewer_rows_of_a_class_than_folds() -> None:
    """Without a warning, and still each row once; some folds lack the class."""
    part = question(60, 3).part(np.arange(60))
    made = list(splits(part, 5, 1, KEY))
    assert sorted(np.concatenate([test for _, test in made])) == list(range(60))
    assert sorted(int(part.is_positive[test].sum()) for _, test in made) == [0, 0, 1, 1, 1]


def test_inner_folds_are_parts_of_the_outer_training_rows() -> None:
    whole = question(people=np.arange(160) // 4)
    for train, test in study(whole).outer():
        part = whole.part(train)
        for a, b in splits(part, 3, 1, KEY):
            inner = part.at(a), part.at(b)
            assert set(inner[0].positions) | set(inner[1].positions) == set(train)
            assert not set(inner[0].positions) & set(test)
            assert not set(inner[0].sample.people) & set(inner[1].sample.people)
