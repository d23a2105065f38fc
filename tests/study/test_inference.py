"""Inference over folds: the corrected interval holds, Holm's correction, and the four effects."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trimtab._random import Key
from trimtab.study.inference import Difference, Effect, differences, holm, holm_sizes, mean


def one(figures: list[float], share: float = 0.25, margin: float = 0.005) -> Difference:
    return differences({"arm": figures}, share, margin)["arm"]


def test_corrected_interval_by_the_formula() -> None:
    """Nadeau and Bengio 2003: the variance of a mean is (1 / k + test / train) s²."""
    figures = [0.01, -0.02, 0.03, 0.005, 0.0, 0.02, -0.01, 0.04, 0.01, 0.02]
    error = np.std(figures, ddof=1) * np.sqrt(1 / 10 + 1 / 4)
    reach = stats.t(9).ppf(0.975) * error
    found = one(figures)
    assert found.value == pytest.approx(np.mean(figures))
    assert (found.low, found.high) == pytest.approx(
        (np.mean(figures) - reach, np.mean(figures) + reach)
    )
    assert found.p == pytest.approx(2 * stats.t(9).sf(np.mean(figures) / error))
    averaged = mean(figures, 0.25)
    assert (averaged.low, averaged.high) == pytest.approx((found.low, found.high))
    assert averaged.folds == 10


def test_without_shared_rows_it_is_the_plain_test() -> None:
    figures = list(Key(1).generator().normal(0.3, 1, 12))
    plain = stats.ttest_1samp(figures, 0)
    found, interval = one(figures, 0.0), plain.confidence_interval(0.95)
    assert found.p == pytest.approx(plain.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_corrected_interval_covers_where_folds_share_rows() -> None:
    """Under the model of the correction (equal correlation test / all rows) it holds exactly."""
    share, folds, studies = 0.25, 10, 1500
    correlation = share / (1 + share)
    draw = Key(2).generator()
    common = draw.normal(size=(studies, 1)) * np.sqrt(correlation)
    figures = 1 + common + draw.normal(size=(studies, folds)) * np.sqrt(1 - correlation)
    held, naive = [
        np.mean([(m := mean(list(f), s)).low < 1 < m.high for f in figures]) for s in (share, 0.0)
    ]
    assert abs(held - 0.95) < 4 * np.sqrt(0.95 * 0.05 / studies)
    assert naive < 0.8  # what leaving the correction out would claim to be 95 %


def rejects(ps: list[float], level: float) -> set[int]:
    """Holm's procedure as he states it: step down until one is not rejected."""
    found = set()
    for place, k in enumerate(sorted(range(len(ps)), key=lambda k: ps[k])):
        if ps[k] > level / (len(ps) - place):
            break
        found.add(k)
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.001, 0.01, 0.012, 0.02, 0.04, 0.3, 1.0]), max_size=6))
def test_holm_rejects_what_the_procedure_rejects(ps: list[float]) -> None:
    corrected = holm({str(k): p for k, p in enumerate(ps)})
    for level in (0.001, 0.0301, 0.0501, 0.0999, 0.4):
        mine = {int(k) for k, p in corrected.items() if p <= level}
        assert mine == rejects(ps, level)
    for k, p in enumerate(ps):
        assert p <= corrected[str(k)] <= min(1.0, len(ps) * p) or p == 0


def test_holm_by_hand() -> None:
    found = holm({"a": 0.04, "b": 0.01, "c": 0.03})
    assert found == pytest.approx({"b": 0.03, "c": 0.06, "a": 0.06})


FOLDS = st.lists(
    st.sampled_from([-0.03, -0.01, 0.0, 0.004, 0.01, 0.02, 0.021, 0.05]), min_size=2, max_size=6
)


@settings(max_examples=200, deadline=None)
@given(st.lists(FOLDS, min_size=1, max_size=6), st.sampled_from([0.0, 0.005, 0.01]))
def test_intervals_and_effects_say_the_same(arms: list[list[float]], margin: float) -> None:
    """An interval excludes 0 where Holm rejects, and nowhere else; the effect is read off it."""
    found = differences({str(k): f for k, f in enumerate(arms)}, 0.25, margin)
    assert len(found) == len(arms)
    rejected = rejects([d.p for d in found.values()], 0.05)
    for k, d in enumerate(found.values()):
        assert d.low <= d.value <= d.high
        if abs(d.holm - 0.05) > 1e-9 and d.low != 0 != d.high:  # but for rounding, at the edge
            assert (d.low > 0 or d.high < 0) == (d.holm < 0.05) == (k in rejected)
        inside = -margin <= d.low and d.high <= margin
        assert (d.effect is Effect.SAME) == inside
        assert (d.effect is Effect.HELPS) == (not inside and d.low > 0)
        assert (d.effect is Effect.HARMS) == (not inside and d.high < 0)
        assert d.level is not None and 0.95 <= d.level <= 1 - 0.05 / len(arms) + 1e-12
        error = np.sqrt((1 / len(arms[k]) + 0.25) * np.var(arms[k], ddof=1))
        reach = stats.t(len(arms[k]) - 1).ppf((1 + d.level) / 2) * error
        assert d.high - d.value == pytest.approx(reach, abs=1e-12)


def test_levels_by_hand() -> None:
    """Of four the first two are rejected, at .05 / 4 and .05 / 3; the rest is tested at .05 / 2."""
    assert holm_sizes({"a": 0.2, "b": 0.012, "c": 0.016, "d": 0.03}) == pytest.approx(
        {"b": 0.05 / 4, "c": 0.05 / 3, "d": 0.05 / 2, "a": 0.05 / 2}
    )
    assert holm_sizes({"a": 0.02, "b": 0.013}) == pytest.approx({"b": 0.025, "a": 0.05})
    assert holm_sizes({"a": 0.04, "b": 0.03}) == pytest.approx({"b": 0.025, "a": 0.025})
    assert holm_sizes({}) == {}


def test_that_nothing_is_different_is_kept_to_the_level_over_all_arms() -> None:
    """Of four independent arms without an effect one interval or more excludes 0 in 4.9 %."""
    studies, arms = 1500, 4
    draw = Key(3).generator().normal(size=(studies, arms, 8))
    wrong = [
        any(
            d.low > 0 or d.high < 0
            for d in differences({str(k): list(f) for k, f in enumerate(one)}, 0.0, 0.0).values()
        )
        for one in draw
    ]
    expected = 1 - (1 - 0.05 / arms) ** arms
    assert abs(np.mean(wrong) - expected) < 4 * np.sqrt(expected * (1 - expected) / studies)


def test_the_word_of_older_proofs_is_known() -> None:
    assert Effect("not shown") is Effect.UNSURE
    with pytest.raises(ValueError, match="unknown"):
        Effect("unknown")


STEADY = [0.02, 0.021, 0.019, 0.02, 0.022, 0.018]


@pytest.mark.parametrize(
    ("figures", "effect"),
    [
        (STEADY, Effect.HELPS),
        ([-f for f in STEADY], Effect.HARMS),
        ([f / 10 for f in STEADY], Effect.SAME),  # sure, but it does not matter
        ([0.0] * 6, Effect.SAME),
        ([0.02] * 6, Effect.HELPS),  # the same in each fold: no spread
        ([0.05, -0.04, 0.03, -0.02, 0.01, 0.0], Effect.UNSURE),
        ([0.03, 0.01, 0.02, 0.06, 0.0, 0.001], Effect.UNSURE),
    ],
)
def test_effects(figures: list[float], effect: Effect) -> None:
    found = one(figures)
    assert found.effect is effect
    assert found.low <= found.value <= found.high


def test_effect_hangs_on_the_correction_for_other_arms() -> None:
    figures = [0.02, 0.05, 0.04, 0.03, 0.055, 0.025]
    alone = one(figures)
    assert alone.effect is Effect.HELPS and 0.0084 < alone.p < 0.05
    noise = {f"noise {k}": [0.02, -0.02, 0.01 * k, -0.01, 0.0, 0.01] for k in range(5)}
    among = differences({"arm": figures, **noise}, 0.25, 0.005)["arm"]
    assert among.p == alone.p and among.holm == pytest.approx(6 * alone.p)
    assert among.effect is Effect.UNSURE and among.low <= 0 < alone.low


def test_unknown_figures_are_left_out() -> None:
    nan = float("nan")
    assert differences({"a": [nan, 0.1], "b": [], "c": [nan]}, 0.25, 0.01) == {}
    assert one([nan, *STEADY]) == one(STEADY)
    assert mean([], 0.25).value is None
    assert mean([nan, nan], 0.25).folds == 0
    single = mean([0.5, nan], 0.25)
    assert (single.value, single.low, single.high, single.folds) == (0.5, None, None, 1)
