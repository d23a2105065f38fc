"""The figures of agreement: what a table cannot tell never makes them better."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab._random import Key
from trimtab.measure.utility.agreement import DIFFERENCE, MEASURES, Pair

KEY = Key(31).child("agreement")
NAN = float("nan")
quick = settings(max_examples=80, deadline=None, derandomize=True)


def figure(name: str, real: list[float], other: list[float], error: float = 1.0) -> float:
    """A measure of one kind of analysis, whose estimates all have the same error."""
    errors = np.full(len(real), error)
    pair = Pair(np.array(real), errors, np.array(other), np.where(np.isnan(other), NAN, errors))
    (measure,) = [m for m in MEASURES if m.name == name]
    return float(pair.figure(measure, np.zeros(len(real), np.int64)))


def test_a_table_that_tells_half_is_no_copy() -> None:
    real = [5.0] * 4
    assert figure(DIFFERENCE.name, real, real) == 0
    assert figure(DIFFERENCE.name, real, [5.0, 5.0, 0.0, 0.0]) == 2.5
    assert figure(DIFFERENCE.name, real, [5.0, 5.0, NAN, NAN]) == pytest.approx(2.5, abs=1e-4)
    assert figure(DIFFERENCE.name, real, [NAN] * 4) == pytest.approx(5, abs=1e-4)


def test_what_real_rows_do_not_tell_is_left_out() -> None:
    assert figure(DIFFERENCE.name, [3.0, NAN], [4.0, 9.0]) == 1
    assert figure(DIFFERENCE.name, [3.0, NAN], [4.0, NAN]) == 1


@quick
@given(
    st.lists(st.tuples(st.floats(-9, 9), st.floats(0, 1), st.booleans()), min_size=1, max_size=12),
    st.floats(0.01, 4),
)
def test_leaving_out_what_is_told_at_least_in_part_never_helps(
    effects: list[tuple[float, float, bool]], error: float
) -> None:
    """Of estimates between none and the real ones, whichever are told, in all three measures."""
    real = [value for value, _, _ in effects]
    told = [value * part for value, part, _ in effects]
    left = [NAN if gone else value for value, (_, _, gone) in zip(told, effects, strict=True)]
    assert figure(DIFFERENCE.name, real, left, error) >= figure(
        DIFFERENCE.name, real, told, error
    ) * (1 - 1e-9)
    for name in ("same_conclusions", "interval_overlap"):
        whole = figure(name, real, told, error)
        assert np.isnan(whole) or figure(name, real, left, error) <= whole + 1e-9


@pytest.mark.parametrize("effect", [0.0, 0.5, 3.0])
def test_untold_is_as_far_as_rows_without_effect(effect: float) -> None:
    """Two-sided: what counts is what a simulation gets that has no effect, and nothing less."""
    draw = KEY.child("untold").generator()
    real, without = effect + draw.standard_normal(40_000), draw.standard_normal(40_000)
    told = figure(DIFFERENCE.name, [*real], [*without])
    untold = figure(DIFFERENCE.name, [*real], [NAN] * len(real))
    assert untold == pytest.approx(told, abs=0.02)
    likewise = effect + draw.standard_normal(40_000)
    same = figure(DIFFERENCE.name, [*real], [*likewise])
    assert untold >= same - 0.02 and (effect < 1 or untold > same + 1)
