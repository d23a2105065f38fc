"""Persons whose rows come to just so many: exact, and as such persons would be."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from trimtab._random import Key
from trimtab.synthesis.whole_persons import chosen, neighbours

quick = settings(max_examples=200, deadline=None, derandomize=True)
rows_of_persons = st.lists(st.integers(1, 9), min_size=1, max_size=9)


def sums(counts: list[int]) -> set[int]:
    """All that the rows of some of the persons come to, by trying all of them."""
    some = range(len(counts) + 1)
    return {sum(chosen) for many in some for chosen in combinations(counts, many)}


@quick
@given(rows_of_persons, st.data())
def test_what_is_chosen_comes_to_it(counts: list[int], data: st.DataObject) -> None:
    wanted = data.draw(st.integers(1, sum(counts)))
    taken = chosen(np.array(counts), wanted, Key(1).uniforms(0, len(counts)))
    if taken is not None:
        assert int(np.array(counts)[taken].sum()) == wanted
    elif wanted in sums(counts):  # not with the persons at hand in the order they would come in
        more = np.tile(counts, 60)
        again = chosen(more, wanted, Key(2).uniforms(0, len(more)))
        assert again is not None and int(more[again].sum()) == wanted


@quick
@given(rows_of_persons, st.integers(1, 60))
def test_what_cannot_be_made_has_neighbours_that_can(counts: list[int], wanted: int) -> None:
    """Each number of rows may come any number of times, as more persons are drawn."""
    often = {0}
    for total in range(1, wanted + 10):
        often |= {total} if any(total - n in often for n in counts) else set()
    below, above = neighbours(np.array(counts), wanted)
    assert below == max(t for t in often if t <= wanted)
    assert above == min(t for t in often if t >= wanted)
    many = np.tile(counts, 100)
    taken = chosen(many, wanted, Key(3).uniforms(0, len(many)))
    assert (taken is not None) == (wanted in often)


def test_the_last_persons_are_those_who_would_come_to_it() -> None:
    """Frequencies of all ways to make four rows, against the probabilities of these sequences."""
    shares = {1: 0.5, 2: 0.3, 3: 0.2}
    ways: dict[tuple[int, ...], float] = {}

    def walk(left: int, sequence: tuple[int, ...], probability: float) -> None:
        if not left:
            key = tuple(sorted(sequence))
            ways[key] = ways.get(key, 0.0) + probability
        for n, share in shares.items():
            if n <= left:
                walk(left - n, (*sequence, n), probability * share)

    walk(4, (), 1.0)
    counts = np.repeat([1, 2, 3], [50, 30, 20])
    found: Counter[tuple[int, ...]] = Counter()
    for seed in range(4000):
        taken = chosen(counts, 4, Key(seed).uniforms(0, len(counts)))
        assert taken is not None
        found[tuple(sorted(counts[taken].tolist()))] += 1
    expected = {way: 4000 * p / sum(ways.values()) for way, p in ways.items()}
    assert set(found) == set(expected)
    named = list(expected)
    assert chisquare([found[w] for w in named], [expected[w] for w in named]).pvalue > 1e-3


def test_persons_are_taken_as_they_come_until_few_rows_are_left() -> None:
    counts = np.random.default_rng(5).integers(1, 12, 500)
    taken = chosen(counts, 2000, Key(1).uniforms(0, 500))
    assert taken is not None
    first = int(np.flatnonzero(~taken)[0])
    assert 2000 - counts[:first].sum() < 5 * counts.max()
