"""Groups and classes of tokens: every token is reached, at its share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab._random import Key
from trimtab.model.trees.partition import Partition, log_shares, partition

quick = settings(max_examples=60, deadline=None, derandomize=True)
alphabets = st.lists(st.integers(0, 3000), min_size=1, max_size=400).filter(any)


def shares(part: Partition) -> np.ndarray:
    """P(token), multiplied out of its group, its class and its place in the class."""
    out = part.group_prior[part.group] + part.log_share
    for g in range(part.groups):
        member = part.group == g
        out[member] += part.class_priors[g][part.klass[member]]
    return np.exp(out)


@quick
@given(alphabets)
def test_any_alphabet(sizes: list[int]) -> None:
    part = partition(np.array(sizes))
    assert part.groups <= 24 and part.classes.max() <= 32
    # Tokens stay in order: groups and classes are neighbourhoods.
    place = part.group * 100 + part.klass
    assert (np.diff(place) >= 0).all() and (np.diff(part.group) <= 1).all()
    for g in range(part.groups):
        assert set(part.klass[part.group == g]) == set(range(part.classes[g]))
    assert shares(part).sum() == pytest.approx(1)


@quick
@given(alphabets)
def test_every_token_is_reached_from_its_group_and_class(sizes: list[int]) -> None:
    part = partition(np.array(sizes))
    weights = np.maximum(sizes, 0.5)
    cell = part.group * 100 + part.klass
    before = np.array([weights[:i][cell[:i] == cell[i]].sum() for i in range(len(sizes))])
    middle = (before + weights / 2) / np.array([weights[cell == c].sum() for c in cell])
    assert np.array_equal(part.token(part.group, part.klass, middle), np.arange(len(sizes)))


def test_shares_are_those_of_the_rows() -> None:
    """In alphabets with rows for every token, short or long, even or skewed."""
    for sizes in (np.arange(1, 12), np.full(300, 7), (2000 / np.arange(1, 901)).astype(int) + 1):
        assert np.allclose(shares(partition(sizes)), sizes / sizes.sum())


def test_drawing_inside_a_bundle_follows_the_rows() -> None:
    sizes = np.arange(1, 1001)
    part = partition(sizes)
    assert len(np.unique(part.group * 100 + part.klass)) < len(sizes)
    g, k = part.group[500], part.klass[500]
    member = np.flatnonzero((part.group == g) & (part.klass == k))
    n = 20_000
    drawn = part.token(np.full(n, g), np.full(n, k), Key(3).uniforms(0, n))
    found = np.bincount(drawn, minlength=1000)
    expected = n * sizes[member] / sizes[member].sum()
    assert len(member) > 1 and found.sum() == found[member].sum()
    # Each count is binomial: four standard deviations.
    assert (np.abs(found[member] - expected) < 4 * np.sqrt(expected)).all()


def test_a_large_token_stands_alone() -> None:
    sizes = np.full(60, 50)
    sizes[20] = 3000
    part = partition(sizes)
    assert (part.group == part.group[20]).sum() == 1


def test_short_alphabets_take_one_step() -> None:
    part = partition(np.array([5, 0, 9]))
    assert part.group.tolist() == [0, 1, 2] and part.classes.tolist() == [1, 1, 1]


def test_a_class_without_rows_is_possible_but_rare() -> None:
    assert np.exp(log_shares(np.array([0, 99]))).tolist() == pytest.approx([0.5 / 99.5, 99 / 99.5])
