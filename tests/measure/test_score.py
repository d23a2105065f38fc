"""Scores: verdicts, what cannot be computed, and exhibits as plain data."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from trimtab.measure.score import (
    Direction,
    Exhibit,
    Findings,
    Measure,
    Score,
    Section,
    Verdict,
)

LOWER = Measure(
    name="distance",
    section=Section.FIDELITY,
    title="Distance",
    meaning="How far.",
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.05,
    alarm=0.2,
)
HIGHER = LOWER.model_copy(update={"direction": Direction.HIGHER, "ideal": 1.0})
TARGET = LOWER.model_copy(update={"direction": Direction.TARGET, "ideal": 0.5})
RANK = {Verdict.GOOD: 0, Verdict.MIDDLING: 1, Verdict.POOR: 2}
NOT_FINITE = [math.nan, math.inf, -math.inf]


def verdict(measure: Measure, value: float, **more: Any) -> Verdict:
    return measure.score(value, n=10, **more).verdict


@pytest.mark.parametrize(
    ("measure", "value", "more", "expected"),
    [
        (LOWER, 0.05, {}, Verdict.GOOD),
        (LOWER, 0.06, {}, Verdict.MIDDLING),
        (LOWER, 0.2, {}, Verdict.MIDDLING),
        (LOWER, 0.21, {}, Verdict.POOR),
        (LOWER, 0.3, {"ceiling": 0.25}, Verdict.GOOD),
        (LOWER, 0.31, {"ceiling": 0.25}, Verdict.MIDDLING),
        (LOWER, 0.46, {"ceiling": 0.25}, Verdict.POOR),
        (LOWER, 0.0, {"ceiling": 0.25}, Verdict.GOOD),
        (LOWER, 0.3, {"noise": 0.3}, Verdict.GOOD),
        (LOWER, 0.31, {"noise": 0.3}, Verdict.POOR),
        (LOWER, 0.5, {"ceiling": 0.1, "interval": (0.1, 0.9)}, Verdict.MIDDLING),
        (LOWER, 0.5, {"ceiling": 0.1, "interval": (0.11, 0.9)}, Verdict.POOR),
        (HIGHER, 0.95, {}, Verdict.GOOD),
        (HIGHER, 0.8, {}, Verdict.MIDDLING),
        (HIGHER, 0.79, {}, Verdict.POOR),
        (HIGHER, 0.65, {"ceiling": 0.7}, Verdict.GOOD),
        (HIGHER, 0.9, {"ceiling": 0.7}, Verdict.GOOD),
        (HIGHER, 0.4, {"ceiling": 0.7, "interval": (0.2, 0.7)}, Verdict.MIDDLING),
        (HIGHER, 0.4, {"ceiling": 0.7, "interval": (0.2, 0.69)}, Verdict.POOR),
        (HIGHER, 0.4, {"noise": 0.4}, Verdict.GOOD),
        (TARGET, 0.55, {}, Verdict.GOOD),
        (TARGET, 0.45, {}, Verdict.GOOD),
        (TARGET, 0.3, {}, Verdict.MIDDLING),
        (TARGET, 0.71, {}, Verdict.POOR),
        (TARGET, 0.7, {"ceiling": 0.66}, Verdict.GOOD),
        (TARGET, 0.9, {"interval": (0.5, 1.0)}, Verdict.MIDDLING),
        (TARGET, 0.9, {"interval": (0.51, 1.0)}, Verdict.POOR),
        (TARGET, 0.4, {"noise": 0.6}, Verdict.GOOD),
    ],
)
def test_verdicts(measure: Measure, value: float, more: dict[str, Any], expected: Verdict) -> None:
    assert verdict(measure, value, **more) is expected


@pytest.mark.parametrize("change", [{"tolerance": None}, {"alarm": None}])
def test_no_verdict_without_limits_or_direction(change: dict[str, Any]) -> None:
    assert verdict(LOWER.model_copy(update=change), 9.0) is Verdict.NONE
    none = LOWER.model_copy(update={"direction": Direction.NONE})
    assert none.score(9.0, n=1, note="as asked").because == "as asked"
    assert verdict(none, 9.0) is Verdict.NONE


def test_reasons_are_in_words() -> None:
    assert LOWER.score(0.01, n=1).because == "as good as the ideal, within 0.05"
    assert "better than real rows" in LOWER.score(0.1, n=1, ceiling=0.3).because
    poor = LOWER.score(0.5, n=1, ceiling=0.1, note="mind this")
    assert poor.because == "worse than real rows by 0.4; mind this"
    touched = LOWER.score(0.5, n=1, ceiling=0.1, interval=(0.0, 0.9))
    assert touched.because.endswith("which chance can explain at this size")
    assert "no more than chance" in LOWER.score(0.5, n=1, noise=0.6).because


@given(
    st.sampled_from([LOWER, HIGHER, TARGET]),
    st.floats(0, 1),
    st.floats(0, 1),
    st.none() | st.floats(0, 1),
    st.none() | st.floats(0, 1),
)
@settings(max_examples=200, deadline=None)
def test_a_worse_value_never_has_a_better_verdict(
    measure: Measure, one: float, other: float, ceiling: float | None, noise: float | None
) -> None:
    better, worse = sorted((one, other), key=measure.badness)
    found = [RANK[verdict(measure, v, ceiling=ceiling, noise=noise)] for v in (better, worse)]
    assert found[0] <= found[1]


@given(st.sampled_from([LOWER, HIGHER, TARGET]), st.floats(-2, 2))
def test_badness_is_least_at_the_ideal(measure: Measure, value: float) -> None:
    ideal = measure.ideal
    assert ideal is not None
    assert measure.badness(ideal) == 0
    if measure.direction is Direction.TARGET:
        assert measure.badness(value) >= 0


@pytest.mark.parametrize("value", NOT_FINITE)
def test_a_value_that_is_not_finite_is_not_computable(value: float) -> None:
    found = LOWER.score(value, n=5, about=("age",), within="F", headline=True)
    assert found.verdict is Verdict.UNKNOWN
    assert found.value is None and found.headline
    assert found.about == ("age",) and found.within == "F"
    assert str(value) in found.because
    assert LOWER.score(value, n=5, note="no rows").because == "no rows"


@pytest.mark.parametrize("value", NOT_FINITE)
def test_what_is_not_finite_besides_counts_as_not_known(value: float) -> None:
    plain = LOWER.score(0.01, n=5)
    assert LOWER.score(0.01, n=5, ceiling=value, noise=value, interval=(0.0, value)) == plain
    assert LOWER.score(0.01, n=5, interval=(value, 1.0)).interval is None
    direct = Score(measure="m", section=Section.COPIES, title="t", ceiling=value, noise=value)
    assert direct.ceiling is None and direct.noise is None
    assert (
        Score(measure="m", section=Section.COPIES, title="t", interval=(value, 1.0)).interval
        is None
    )


def test_missing_says_why() -> None:
    found = HIGHER.missing("because there is no row", about=("a", "b"), within="forest")
    assert found.verdict is Verdict.UNKNOWN
    assert found.because == "because there is no row"
    assert found.name == "distance(a, b, forest)"
    assert (found.value, found.interval, found.ceiling, found.n) == (None, None, None, 0)
    assert found.direction is Direction.HIGHER and found.ideal == 1.0


@pytest.mark.parametrize(
    ("about", "within", "name"),
    [((), "", "distance"), (("age",), "", "distance(age)"), ((), "F", "distance(F)")],
)
def test_names(about: tuple[str, ...], within: str, name: str) -> None:
    assert LOWER.score(0.1, n=1, about=about, within=within).name == name


@given(
    st.floats(-10, 10),
    st.none() | st.tuples(st.floats(-1, 0), st.floats(0, 1)),
    st.none() | st.floats(0, 1),
    st.text(max_size=5),
)
@settings(max_examples=60, deadline=None)
def test_scores_survive_json(
    value: float, interval: tuple[float, float] | None, ceiling: float | None, within: str
) -> None:
    score = LOWER.score(
        value, n=3, interval=interval, ceiling=ceiling, within=within, about=("a",), covers="rows"
    )
    assert Score.model_validate_json(score.model_dump_json()) == score


def test_scores_are_frozen_and_strict() -> None:
    score = LOWER.score(0.1, n=1)
    with pytest.raises(ValidationError):
        score.value = 0.2
    with pytest.raises(ValidationError):
        Score(measure="m", section=Section.COPIES, title="t", more=1)  # type: ignore[call-arg]


def test_exhibits_hold_plain_values() -> None:
    exhibit = Exhibit(
        name="tails",
        title="Tails",
        columns={
            "a": np.array([1.5, np.nan, np.inf]),
            "b": [np.int64(3), np.bool_(True), None],
            "c": ("x", np.str_("y"), Section.COPIES),
            "d": (k for k in (0.0, -math.inf, 2)),
        },
    )
    assert exhibit.columns["a"] == [1.5, None, None]
    assert exhibit.columns["b"] == [3, True, None]
    assert [type(v) for v in exhibit.columns["b"][:2]] == [int, bool]
    assert exhibit.columns["d"] == [0.0, None, 2]
    again = Exhibit.model_validate_json(exhibit.model_dump_json())
    assert again == exhibit
    assert json.loads(exhibit.model_dump_json())["columns"]["c"] == ["x", "y", "copies"]


@pytest.mark.parametrize("columns", [3, [1], {"a": 3}, {"a": "text"}, {"a": {"b": 1}}])
def test_exhibits_refuse_what_is_no_table(columns: Any) -> None:
    with pytest.raises(ValidationError):
        Exhibit(name="n", title="t", columns=columns)


def test_exhibits_refuse_columns_of_different_lengths() -> None:
    with pytest.raises(ValidationError, match=r"different lengths.*'a': 1.*'b': 2"):
        Exhibit(name="n", title="t", columns={"a": [1], "b": [1, 2]})


def test_findings_add_up() -> None:
    score, exhibit = LOWER.score(0.1, n=1), Exhibit(name="n", title="t")
    one = Findings(scores=(score,), notes=("first",))
    both = one + Findings(exhibits=(exhibit,), notes=("second",))
    assert both == Findings(scores=(score,), exhibits=(exhibit,), notes=("first", "second"))
    assert one + Findings() == one
