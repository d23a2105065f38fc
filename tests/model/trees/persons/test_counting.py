"""Codes as steps and back, and rows person by person."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.codec.domain import MISSING
from trimtab.model.trees.persons.counting import By, Counting
from trimtab.model.trees.persons.rows import in_order

WAVES = np.array([3, 5, 6, 12])
quick = settings(max_examples=80, deadline=None, derandomize=True)
codes = st.lists(st.one_of(st.integers(-50, 50), st.just(int(MISSING))), min_size=1, max_size=20)


@quick
@given(codes, st.integers(-20, 20), st.sampled_from([By.BEFORE, By.MOMENT, By.ITSELF]))
def test_steps_lead_back(values: list[int], base: int, by: By) -> None:
    own, counting = np.array(values), Counting(by)
    steps = counting.steps(own, np.full(len(own), base))
    np.testing.assert_array_equal(counting.codes(steps, np.full(len(own), base)), own)
    if by is not By.ITSELF:
        known = own != MISSING
        np.testing.assert_array_equal(steps[known], own[known] - base)


@quick
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=20))
def test_waves_are_counted_by_their_places(pairs: list[tuple[int, int]]) -> None:
    counting = Counting(By.BEFORE, WAVES)
    now, before = (WAVES[[p[i] for p in pairs]] for i in (0, 1))
    steps = counting.steps(now, before)
    np.testing.assert_array_equal(steps, [a - b for a, b in pairs])
    np.testing.assert_array_equal(counting.codes(steps, before), now)
    far = counting.codes(steps + 10, before)
    assert set(far.tolist()) == {12}, "beyond the last wave there is none"


def test_what_follows_on_nothing_is_missing() -> None:
    counting = Counting(By.BEFORE)
    nothing = np.array([int(MISSING)])
    assert counting.codes(np.array([3]), nothing).tolist() == [MISSING]
    assert counting.steps(np.array([3]), nothing).tolist() == [MISSING]


@quick
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), min_size=1, max_size=40),
)
def test_rows_stand_person_by_person_in_order(pairs: list[tuple[int, int]]) -> None:
    persons = np.unique([p for p, _ in pairs], return_inverse=True)[1]
    moments = np.array([m for _, m in pairs])
    number = np.arange(len(pairs))
    rows = in_order({"m": moments, "i": number}, persons, moments)
    place = rows.codes["i"]
    assert sorted(place.tolist()) == number.tolist()
    np.testing.assert_array_equal(rows.person, persons[place])
    for who in range(rows.persons):
        mine = rows.codes["m"][rows.person == who]
        assert (np.diff(mine) >= 0).all() and len(mine) == rows.counts[who]
        ties = rows.codes["i"][rows.person == who]
        assert all(a < b for a, b, d in zip(ties, ties[1:], np.diff(mine), strict=False) if not d)
