"""Rubin's rules: against numbers worked out by hand, and by how often the intervals cover."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
import pytest
from scipy import stats

from trimtab._random import Key
from trimtab.errors import InputError
from trimtab.synthesis.pooling import pool

KEY = Key(12).child("pooling")


def test_by_hand_for_large_tables() -> None:
    """Estimates 10, 12, 11 with variances 4, 4, 5.

    Within 13/3, between 1, so the total is 13/3 + 4/3 = 17/3, of which 4/17 is due to the gaps;
    degrees 2 / (4/17) ** 2 = 36.125; r = 4/13.
    """
    made = pool("x", [(10, 4), (12, 4), (11, 5)])
    assert (made.name, made.value) == ("x", 11)
    assert made.within == pytest.approx(13 / 3) and made.between == pytest.approx(1)
    assert made.error == pytest.approx(sqrt(17 / 3))
    assert made.degrees == pytest.approx(36.125)
    assert made.missing_information == pytest.approx((4 / 13 + 2 / 39.125) / (17 / 13))
    # The 97.5 % point of t with 36.125 degrees is 2.0279.
    assert made.high - 11 == pytest.approx(2.0279 * sqrt(17 / 3), abs=1e-3)
    assert made.low == pytest.approx(22 - made.high)


def test_by_hand_for_small_tables() -> None:
    """The same with 20 degrees on complete data: 21/23 * 20 * 13/17 = 13.964 observed.

    And 36.125 * 13.964 / (36.125 + 13.964) = 10.071.
    """
    made = pool("x", [(10, 4), (12, 4), (11, 5)], 20)
    assert made.degrees == pytest.approx(10.071, abs=1e-3)
    assert made.missing_information == pytest.approx((4 / 13 + 2 / 13.071) / (17 / 13), abs=1e-4)
    # The 97.5 % point of t with 10.071 degrees is 2.2260.
    assert made.high - 11 == pytest.approx(2.2260 * sqrt(17 / 3), abs=1e-3)


def test_no_gaps_change_nothing() -> None:
    made = pool("x", [(3, 4), (3, 4)], 99)
    assert (made.error, made.missing_information, made.between) == (2, 0, 0)
    assert made.degrees == pytest.approx(99 * 100 / 102)
    large = pool("x", [(3, 4), (3, 4)])
    assert large.degrees == inf and large.high == pytest.approx(3 + 1.95996 * 2, abs=1e-4)


def test_figures_without_sampling_variance() -> None:
    sure = pool("x", [(3, 0), (3, 0)])
    assert (sure.low, sure.high, sure.error) == (3, 3, 0)
    gaps = pool("x", [(3, 0), (4, 0), (5, 0)], 50)
    assert (gaps.degrees, gaps.missing_information) == (2, 1)
    assert gaps.high - 4 == pytest.approx(4.3027 * sqrt(4 / 3), abs=1e-3)


@pytest.mark.parametrize(
    "estimates",
    [[], [(1, 1)], [(1, 1), (2, -1)], [(1, 1), (float("nan"), 1)], [(1, 1), (1, inf)]],
    ids=str,
)
def test_what_is_no_estimate(estimates: list[tuple[float, float]]) -> None:
    with pytest.raises(InputError, match=r"x: .*expected"):
        pool("x", estimates)
    with pytest.raises(InputError, match="0 degrees of freedom"):
        pool("x", [(1, 1), (1, 1)], 0)


def covered(
    proper: bool, trials: int = 1500, rows: int = 40, seen: int = 24, many: int = 5
) -> float:
    """How often the 95 % interval of a normal mean holds it, of rows with gaps at random.

    Proper draws take mean and spread from their posterior for each table (Rubin 1987, example
    5.1); improper ones take the observed mean and spread for all of them.
    """
    g = KEY.child("normal", str(proper)).generator()
    hits = 0
    for _ in range(trials):
        x = g.normal(7, 3, seen)
        made = []
        for _ in range(many):
            mean, spread = x.mean(), x.std(ddof=1)
            if proper:
                spread *= sqrt((seen - 1) / g.chisquare(seen - 1))
                mean += spread / sqrt(seen) * g.normal()
            table = np.append(x, g.normal(mean, spread, rows - seen))
            made.append((table.mean(), table.var(ddof=1) / rows))
        found = pool("mean", made, rows - 1)
        hits += found.low <= 7 <= found.high
    return hits / trials


@pytest.mark.stress
def test_intervals_cover() -> None:
    """Two-sided: of 1,500 intervals, 95 % and four standard deviations of chance (.022)."""
    assert abs(covered(proper=True) - 0.95) < 0.022
    # Draws around one fitted mean and spread: known to be too sure of themselves.
    assert covered(proper=False) < 0.95 - 0.022


def test_missing_information_is_the_share_of_the_gaps() -> None:
    """Of a normal mean, with many tables: the share of rows that are missing."""
    g = KEY.child("share").generator()
    x, rows = stats.norm.ppf((np.arange(600) + 0.5) / 600), 1000
    made = []
    for _ in range(400):
        mean = x.mean() + g.normal() / sqrt(len(x))
        table = np.append(x, g.normal(mean, 1, rows - len(x)))
        made.append((table.mean(), table.var(ddof=1) / rows))
    # The between variance of 400 tables is known within 7 %.
    assert pool("mean", made, rows - 1).missing_information == pytest.approx(0.4, abs=0.06)
