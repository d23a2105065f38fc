"""Resampling: an interval covers, chance is chance, and rows are permuted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from tests.measure.made_tables import compared
from trimtab._arrays import Float
from trimtab._random import Key
from trimtab.measure.chance import intervals
from trimtab.measure.chance.intervals import (
    Distance,
    Drawn,
    Spread,
    averaged,
    drawn,
    half_sum,
    scored,
    spread,
)
from trimtab.measure.chance.permutation import differ, differ_in_means, permute
from trimtab.measure.score import Direction, Measure, Section
from trimtab.predict.sample import Sample


def total_variation(a: Float, b: Float) -> Float:
    return np.abs(a - b).sum(axis=-1) / 2


def kolmogorov(a: Float, b: Float) -> Float:
    return np.abs(np.cumsum(a - b, axis=-1)).max(axis=-1)


def zipf(cells: int) -> Float:
    shares = 1 / np.arange(1.0, cells + 1)
    return shares / shares.sum()


BOTH = pytest.mark.parametrize("distance", [total_variation, kolmogorov])
TEN, FLAG = zipf(10), np.array([0.3, 0.7])
MANY = zipf(100)
MIXED = Key(1).generator().permutation(MANY)


def simulated(
    first: Float, second: Float, rows: tuple[int, int], distance: Distance, repeats: int
) -> tuple[float, list[Spread], Float]:
    """The mean distance of samples of two sources, and what `spread` says of some of them."""
    draw = Key(7).generator()
    n, m = rows
    many = distance(draw.multinomial(n, first, 4000) / n, draw.multinomial(m, second, 4000) / m)
    seen = [
        (draw.multinomial(n, first) / n, draw.multinomial(m, second) / m) for _ in range(repeats)
    ]
    spreads = [spread(a, b, n, m, distance, Key(k)) for k, (a, b) in enumerate(seen)]
    return float(many.mean()), spreads, np.array([distance(a, b) for a, b in seen])


@BOTH
@pytest.mark.parametrize(
    ("first", "second", "rows", "repeats"),
    [
        (FLAG, FLAG, (300, 300), 300),
        (TEN, TEN, (400, 400), 300),
        (TEN, TEN, (200, 2000), 300),
        (FLAG, np.array([0.4, 0.6]), (300, 300), 300),
        (TEN, 0.9 * TEN + 0.1 * TEN[::-1], (400, 400), 300),
        (TEN, 0.7 * TEN + 0.3 * TEN[::-1], (400, 1200), 300),
        (TEN, TEN[::-1], (1200, 400), 300),
        (MANY, MIXED, (150, 150), 60),
        (MANY, 0.7 * MANY + 0.3 * MIXED, (150, 300), 60),
    ],
)
def test_an_interval_covers_on_both_sides(
    first: Float, second: Float, rows: tuple[int, int], repeats: int, distance: Distance
) -> None:
    truth, spreads, _ = simulated(first, second, rows, distance, repeats)
    below = np.mean([truth < s.low for s in spreads])
    above = np.mean([truth > s.high for s in spreads])
    # Three standard errors of a simulated coverage of 95 %.
    margin = 3 * np.sqrt(0.05 * 0.95 / repeats)
    assert 0.05 - margin <= below + above <= 0.05 + margin
    assert max(below, above) <= 0.05 + margin / 2


@BOTH
@pytest.mark.parametrize(
    ("shares", "rows", "repeats"),
    [
        (TEN, (400, 400), 200),
        (TEN, (200, 1000), 200),
        (MANY, (100, 100), 80),
        (MANY, (60, 400), 80),
    ],
)
def test_chance_and_noise_are_those_of_two_samples(
    shares: Float, rows: tuple[int, int], repeats: int, distance: Distance
) -> None:
    truth, spreads, seen = simulated(shares, shares, rows, distance, repeats)
    # Cells of few rows are where drawing with replacement would be wrong: by a seventh here.
    assert np.mean([s.chance for s in spreads]) == pytest.approx(truth, rel=0.03)
    beyond = np.mean([v > s.noise for v, s in zip(seen, spreads, strict=True)])
    assert beyond <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / repeats)
    assert beyond > 0


def sample(name: str, codes: list[int], weights: Float | None = None) -> Sample:
    made = Sample(name, {"x": np.array(codes)}, np.ones(len(codes)))
    return made if weights is None else replace(made, weights=weights / weights.mean())


@given(
    st.lists(st.integers(0, 3), min_size=2, max_size=12),
    st.lists(st.integers(0, 3), min_size=2, max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_noise_is_that_of_rows_permuted(real: list[int], synthetic: list[int]) -> None:
    permutations = permute(sample("real", real), sample("synthetic", synthetic), Key(3), 20)
    n, m = len(real), len(synthetic)
    codes = np.array(real + synthetic)
    firsts = permutations.signs > 0
    assert (firsts.sum(axis=0) == n).all()
    drawn = differ(codes, 4, permutations).at(0.0)
    for k in range(20):
        first = np.bincount(codes[firsts[:, k]], minlength=4) / n
        second = np.bincount(codes[~firsts[:, k]], minlength=4) / m
        assert drawn[:, k] == pytest.approx(first - second, abs=1e-6)


def test_noise_is_that_of_the_tables_own_rows_where_they_differ() -> None:
    n, m = 400, 2000
    real = [0] * 200 + [1] * 200
    synthetic = [0] * 1900 + [1] * 100
    permutations = permute(sample("real", real), sample("synthetic", synthetic), Key(5), 4000)
    difference = differ(np.array(real + synthetic), 2, permutations)
    apart = difference.at(1.0)[0]
    assert apart.mean() == pytest.approx(0.5 - 0.95, abs=0.003)
    assert apart.var() == pytest.approx(0.25 / n + 0.95 * 0.05 / m, rel=0.1)
    pooled = 2100 / 2400
    none = difference.at(0.0)[0]
    assert none.var() == pytest.approx(pooled * (1 - pooled) * (1 / n + 1 / m), rel=0.1)


def test_permutations_honour_weights() -> None:
    draw = Key(2).generator()
    weights = np.where(draw.random(600) < 0.5, 3.0, 0.5)
    codes = draw.integers(0, 3, 1600)
    permutations = permute(
        sample("r", [*codes[:600]], weights), sample("s", [*codes[600:]]), Key(5), 4000
    )
    difference = differ(codes, 3, permutations)
    shares = np.bincount(codes[:600], weights) / weights.sum()
    assert difference.seen == pytest.approx(shares - np.bincount(codes[600:]) / 1000)
    influence = (codes[:600] == 1) - shares[1]
    own = float((np.square(weights * influence)).sum() / weights.sum() ** 2)
    other = float(np.mean(codes[600:] == 1))
    assert difference.at(1.0)[1].var() == pytest.approx(own + other * (1 - other) / 1000, rel=0.1)


def test_rows_that_are_left_out_count_for_nothing() -> None:
    codes = np.array([0, 1, -1, -1, 1, 0, 1, 1, -1, 1, 0, 0])
    permutations = permute(sample("r", [*codes[:6]]), sample("s", [*codes[6:]]), Key(5), 3000)
    difference = differ(codes, 2, permutations)
    assert difference.seen == pytest.approx([2 / 4 - 2 / 5, 2 / 4 - 3 / 5])
    assert difference.at(0.0).sum(axis=0) == pytest.approx(0, abs=1e-5)
    held = codes >= 0
    alone = permute(
        sample("r", [*codes[:6][held[:6]]]), sample("s", [*codes[6:][held[6:]]]), Key(6), 3000
    )
    expected = differ(codes[held], 2, alone).at(0.0)[0].std()
    assert difference.at(0.0)[0].std() == pytest.approx(expected, rel=0.15)


def test_a_difference_of_means_is_that_of_two_cells() -> None:
    draw = Key(4).generator()
    codes = draw.integers(0, 2, 500)
    permutations = permute(sample("r", [*codes[:200]]), sample("s", [*codes[200:]]), Key(5), 50)
    shares = [codes[:200].mean(), codes[200:].mean()]
    influence = codes - np.repeat(shares, [200, 300])
    (found,) = differ_in_means(
        np.array([shares[0] - shares[1]]),
        influence[:, None].astype(np.float32),
        np.ones((500, 1), bool),
        permutations,
    )
    expected = differ(codes, 2, permutations)
    for part in (0.0, 0.4, 1.0, 1.7):
        assert found.at(part)[0] == pytest.approx(expected.at(part)[1], abs=1e-6)


def test_equal_tables_have_no_distance() -> None:
    found = spread(TEN, TEN, 500, 500, total_variation, Key(0))
    assert found.low == 0
    assert found.high >= found.chance > 0


def test_tables_that_share_nothing_are_far_beyond_chance() -> None:
    found = spread(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 200, 200, total_variation, Key(0))
    assert found.low > 0.9
    assert found.noise < 0.2


def test_shares_of_weighted_rows() -> None:
    whole = spread(TEN, TEN[::-1], 300, 300, total_variation, Key(0))
    parts = spread(TEN, TEN[::-1], 300.4, 300.4, total_variation, Key(0))
    assert parts.chance == pytest.approx(whole.chance, rel=0.05)
    assert parts.interval == pytest.approx(whole.interval, rel=0.05)


def two_columns(rows: int) -> list[Drawn]:
    """A column, and one that says the opposite."""
    table = compared({"x": ["a", "b"] * rows}, {"x": ["a"] * (rows - 20) + ["b"] * (rows + 20)})
    codes = np.concatenate([table.real.values["x"], table.synthetic.values["x"]])
    permutations = permute(table.real, table.synthetic, Key(1))
    return [drawn(differ(c, 2, permutations), half_sum) for c in (codes, 1 - codes)]


def test_the_mean_of_equal_distances_is_as_uncertain_as_each() -> None:
    items = two_columns(200)
    both = averaged(items)
    assert both.value == items[0].value == pytest.approx(0.05)
    assert both.spread.interval == pytest.approx(items[0].spread.interval, abs=1e-6)
    assert both.found.mean() == pytest.approx(0.05, abs=1e-3)
    assert both.excess == pytest.approx(0.05 - both.spread.chance, abs=1e-6)


def test_the_furthest_of_many_is_held_against_the_furthest() -> None:
    measure = Measure(
        name="d", section=Section.FIDELITY, title="d", meaning="", direction=Direction.LOWER
    )
    items = two_columns(200)
    alone = scored(measure, items[0], n=800)
    chosen = scored(measure, items[0], n=800, of=[*items, *two_columns(30)])
    assert alone.ceiling is not None
    assert chosen.ceiling is not None
    assert chosen.ceiling > alone.ceiling
    assert chosen.interval == alone.interval


@given(st.integers(0, 40), st.integers(1, 40))
def test_wilson(successes: int, more: int) -> None:
    n = successes + more
    expected = binomtest(successes, n).proportion_ci(method="wilson")
    assert intervals.wilson(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_a_rate_of_clusters() -> None:
    hits, counts = np.array([1.0, 0.0, 1.0, 1.0]), np.ones(4)
    rate, error = intervals.clustered(hits, counts)
    assert rate == 0.75
    assert error == pytest.approx(np.sqrt(0.75 * 0.25 / 3))
    assert intervals.wilson(0, 0) == (0.0, 1.0)


def test_histograms() -> None:
    codes, weights = np.array([0, 2, 2]), np.array([2.0, 1.0, 1.0])
    assert intervals.histogram(codes, weights, 4).tolist() == [0.5, 0, 0.5, 0]
    assert intervals.histogram(codes[:0], weights[:0], 2).tolist() == [0, 0]


def test_rows_are_worth_as_much_as_persons_who_are_the_same_in_all_of_theirs() -> None:
    draw = Key(11).generator()
    owner = np.repeat(np.arange(400), 5)
    once, apart = draw.integers(0, 4, 400)[owner], draw.integers(0, 4, 2000)
    sample = Sample("real", {}, np.ones(2000), owner)
    assert intervals.worth(once, 4, sample) == pytest.approx(400, rel=0.02)
    assert intervals.worth(apart, 4, sample) == pytest.approx(2000, rel=0.15)
    alone = replace(sample, people=None)
    assert intervals.worth(once, 4, alone) == 2000
    assert intervals.worth(np.zeros(2000, np.int64), 4, sample) == 2000  # which all are alike
