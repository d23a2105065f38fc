"""Rows permuted between two tables: persons go with all their rows."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from scipy.stats import chisquare

from trimtab._random import Key
from trimtab.measure.chance.intervals import drawn, half_sum
from trimtab.measure.chance.permutation import differ, permute
from trimtab.predict.sample import Sample

KEY = Key(3)


def sample(name: str, people: np.ndarray | None, rows: int) -> Sample:
    return Sample(name, {}, np.ones(rows), people)


def test_the_rows_of_a_person_go_together() -> None:
    draw = KEY.child("people").generator()
    real, other = draw.integers(0, 30, 200), draw.integers(0, 25, 150)
    signs = permute(sample("real", real, 200), sample("synthetic", other, 150), KEY).signs
    for people, part in ((real, signs[:200]), (other, signs[200:])):
        for person in np.unique(people):
            assert (part[people == person] == part[people == person][0]).all()
    # Persons of one code in both tables are two.
    both = [signs[:200][real == 7][0], signs[200:][other == 7][0]]
    assert (both[0] != both[1]).any()


def test_without_persons_rows_go_by_themselves() -> None:
    signs = permute(sample("real", None, 50), sample("synthetic", None, 70), KEY).signs
    assert len(np.unique(signs, axis=0)) == 120
    alone = permute(sample("real", np.arange(50), 50), sample("synthetic", None, 70), KEY).signs
    np.testing.assert_array_equal(signs, alone)


def test_noise_of_what_persons_have_once_is_exceeded_once_in_twenty() -> None:
    beyond = 0
    draws = 200
    for k in range(draws):
        draw = KEY.child("tables", k).generator()
        counts = draw.integers(1, 12, 80)
        owner = np.repeat(np.arange(80), counts)
        once = draw.integers(0, 3, 80)[owner]
        first = owner < 40
        real, other = owner[first], owner[~first]
        permutations = permute(
            sample("real", real, len(real)), sample("synthetic", other, len(other)), KEY.child(k)
        )
        found = drawn(
            differ(np.concatenate([once[first], once[~first]]), 3, permutations), half_sum
        )
        beyond += found.value > found.spread.noise
    # Binomial: 3 to 19 of 200 with 99 % at .05. Of rows by themselves it is more than half.
    assert 3 <= beyond <= 19


@pytest.mark.parametrize(("rows", "others"), [(2, 3), (1, 5), (5, 1)])
def test_all_subsets_are_as_likely_as_each_other(rows: int, others: int) -> None:
    draws = 6000
    signs = permute(sample("real", None, rows), sample("synthetic", None, others), KEY, draws).signs
    subsets, counts = np.unique(signs > 0, axis=1, return_counts=True)
    assert subsets.shape[1] == comb(rows + others, rows)
    assert (subsets.sum(axis=0) == rows).all()
    assert chisquare(counts).pvalue > 0.001
