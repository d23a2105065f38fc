"""Extreme values, outlying rows and rare labels: still there, at the right rate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.measure.made_tables import compared, real_table, simulated, split, taken
from trimtab._random import Key
from trimtab.measure.chance.ratios import Rate, rate, ratio
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.fidelity import tails as tails_module
from trimtab.measure.fidelity.rare_labels import rare_labels
from trimtab.measure.fidelity.tails import extreme_values, outlying_rows, tails
from trimtab.measure.score import Exhibit, Findings, Score, Verdict
from trimtab.predict.sample import Sample

KEY = Key(0)


def extremes(comparison: Comparison, seed: int = 0) -> Findings:
    return extreme_values(comparison, 0.01, Key(seed))


def the(found: Findings, measure: str, *about: str, within: str | None = None) -> Score:
    (one,) = [
        s
        for s in found.scores
        if s.measure == measure and s.about == about and within in (None, s.within)
    ]
    return one


def value(score: Score) -> float:
    assert score.value is not None
    return score.value


def exhibit(found: Findings, name: str) -> Exhibit:
    (one,) = [e for e in found.exhibits if e.name == name]
    return one


def normal(rows: int, seed: int = 0, scale: float = 1.0) -> dict[str, list[Any]]:
    return {"x": [*(scale * Key(seed).child("normal").generator().normal(size=rows))]}


def halves(table: Any, seed: int, rows: int) -> Comparison:
    order = Key(seed).child("halves").generator().permutation(len(next(iter(table.values()))))
    return compared(taken(table, order[:rows]), taken(table, order[rows : 2 * rows]))


# Tails of numbers.


def test_tail_rates_by_hand() -> None:
    real = {"x": [float(v) for v in range(1000)]}
    # The ten least and the ten greatest real values are beyond the quantiles.
    synthetic = {"x": [9.0, 9.5, -5.0, 5.0, 500.0, 990.0, 989.9, 2000.0, None, 4.0]}
    found = extremes(compared(real, synthetic))
    low = the(found, "tail_rate", "x", within="lowest 1 %")
    high = the(found, "tail_rate", "x", within="highest 1 %")
    assert low.value == pytest.approx(4 / 10 / 0.01)
    assert high.value == pytest.approx(2 / 10 / 0.01)
    error = the(found, "tail_error", within="beyond 1 %")
    assert error.value == pytest.approx((abs(0.4 - 0.01) + abs(0.2 - 0.01)) / 0.02)
    shown = exhibit(found, "tails").columns
    assert shown["column"] == ["x", "x"] and shown["end"] == ["low", "high"]
    assert shown["real"] == pytest.approx([0.01, 0.01])
    assert shown["synthetic"] == pytest.approx([0.4, 0.2])


def test_weights_of_real_rows_count() -> None:
    real = {"x": [float(v) for v in range(1000)]}
    weights = np.where(np.arange(1000) < 5, 2.0, np.where(np.arange(1000) < 900, 1.0, 0.95))
    comparison = compared(real, real, weights=weights)
    shown = exhibit(extremes(comparison), "tails").columns
    # Five rows of double weight are the lowest hundredth.
    assert shown["synthetic"][0] == pytest.approx(0.005)
    assert shown["real"][0] == pytest.approx(10 / weights.sum())


def test_spikes_have_no_tail() -> None:
    draw = Key(1).generator()
    spiked = [*np.where(draw.random(2000) < 0.5, 0.0, draw.exponential(size=2000))]
    found = extremes(compared({"x": spiked}, {"x": [-1.0, *spiked[1:]]}))
    assert [s.within for s in found.scores if s.measure == "tail_rate"] == ["highest 1 %"]
    assert "x (low end)" in found.notes[0]
    assert exhibit(found, "tails").columns["end"] == ["high"]


def test_ends_that_many_rows_share_are_not_beyond() -> None:
    real = {"x": [*range(100)] * 10 + [99] * 40}
    found = extremes(compared({"x": [float(v) for v in real["x"]]}, {"x": [99.0] * 10}))
    # 50 of 1,040 rows are the greatest: there is nothing beyond the quantile, which is on them.
    assert [s.within for s in found.scores if s.measure == "tail_rate"] == ["lowest 1 %"]


def test_lost_and_invented_tails() -> None:
    table = normal(4000)
    tame = {"x": [float(np.clip(v, -2, 2)) for v in table["x"]]}
    found = extremes(compared(table, tame))
    assert the(found, "tail_error", within="beyond 1 %").value == pytest.approx(1.0)
    for within in ("lowest 1 %", "highest 1 %"):
        one = the(found, "tail_rate", "x", within=within)
        assert one.value == 0.0 and one.verdict is Verdict.POOR
        assert one.interval is not None and one.interval[0] < 1e-9 and one.interval[1] < 0.5
    wild = extremes(compared(table, normal(4000, 1, scale=1.6)))
    assert value(the(wild, "tail_rate", "x", within="highest 1 %")) > 2
    assert the(wild, "tail_error", within="beyond 1 %").verdict is Verdict.POOR


def test_rarer_quantiles_where_there_are_rows_enough() -> None:
    found = tails(compared(normal(6000), normal(6000, 1)), KEY)
    assert the(found, "tail_error", within="beyond 0.1 %").value is not None
    assert the(found, "tail_rate", "x", within="highest 0.1 %").n == 6000
    # A thousandth of 600 rows is none, and that the table is small is no news.
    few = tails(compared(normal(600), normal(600, 1)), KEY)
    assert not [s for s in few.scores if "0.1" in s.within]


def test_what_held_out_rows_get_is_said() -> None:
    real = {"x": [float(v) for v in range(1000)]}
    holdout = {"x": [999.0] * 30 + [500.0] * 970}
    found = extremes(compared(real, real, holdout))
    assert "3.00% of held-out ones" in the(found, "tail_rate", "x", within="highest 1 %").because
    few = extremes(compared(real, real, {"x": holdout["x"][:90]}))
    assert "held-out" not in the(few, "tail_rate", "x", within="highest 1 %").because


@pytest.mark.parametrize(
    ("table", "because"),
    [
        ({"g": ["a", "b"] * 300}, "no column that is compared is a number"),
        ({"x": [1.0] * 600}, "fewer than 5 real rows lie beyond the 1% quantile of any number"),
        ({"x": [None] * 600}, "fewer than 5 real rows lie beyond"),
        ({"x": [float(v) for v in range(300)]}, "fewer than 5 real rows lie beyond"),
    ],
)
def test_tails_that_cannot_be_judged(table: Any, because: str) -> None:
    found = extremes(compared(table, table))
    one = the(found, "tail_error")
    assert one.verdict is Verdict.UNKNOWN and because in one.because


def test_tail_rates_of_halves_are_near_one_and_their_intervals_honest() -> None:
    rates, covered, errors = [], [], []
    table = {**normal(4000, 3), "y": [*Key(9).generator().exponential(size=4000)]}
    for seed in range(40):
        found = extremes(halves(table, seed, 2000), seed)
        for one in (s for s in found.scores if s.measure == "tail_rate"):
            assert one.interval is not None
            rates.append(value(one))
            covered.append(one.interval[0] <= 1 <= one.interval[1])
        total = the(found, "tail_error", within="beyond 1 %")
        assert total.interval is not None and total.ceiling is not None
        errors.append(total.interval[0] <= total.ceiling <= total.interval[1])
    # Among halves of one table a rate and its inverse are as likely.
    assert np.exp(np.mean(np.log(rates))) == pytest.approx(1.0, abs=0.08)
    assert 0.9 <= np.mean(covered) <= 0.99
    assert np.mean(errors) >= 0.9


def test_intervals_cover_a_rate_that_is_not_one() -> None:
    """Synthetic rows of which a true 2.5 % are beyond the real 1 % quantiles of their source."""
    covered = []
    for seed in range(120):
        draw = Key(seed).child("beyond").generator()
        hit = draw.random(1500) < 0.025
        real, synthetic = draw.random(2000), np.where(hit, 0.995, draw.random(1500) * 0.99)
        found = extremes(compared({"x": [*real]}, {"x": [*synthetic]}))
        one = the(found, "tail_rate", "x", within="highest 1 %")
        assert one.interval is not None
        # Of 2,000 rows 20 are beyond the cut, which lies at about .99 of the source.
        covered.append(one.interval[0] <= 2.5 <= one.interval[1])
    assert 0.9 <= np.mean(covered) <= 1.0


@pytest.mark.parametrize("scale", [0.9, 1.2])
def test_intervals_cover_the_error_of_tables_that_differ(scale: float) -> None:
    """What tables of these sizes have on average is learned from many of them."""
    found = [
        the(
            extremes(compared(normal(2000, 2 * k), normal(1500, 2 * k + 1, scale)), k),
            "tail_error",
        )
        for k in range(120)
    ]
    mean = np.mean([value(s) for s in found])
    covered = [s.interval[0] <= mean <= s.interval[1] for s in found if s.interval]
    assert 0.9 <= np.mean(covered) <= 1.0
    assert mean > 0.2


# Rates and their ratios.


@pytest.mark.parametrize(("first", "second"), [(0.02, 0.02), (0.01, 0.04), (0.3, 0.2)])
def test_ratios_cover(first: float, second: float) -> None:
    covered = []
    draw = Key(4).generator()
    for _ in range(400):
        hits = (draw.random(1500) < first, draw.random(2500) < second)
        one, other = (rate(h, Sample("s", {}, np.ones(len(h)))) for h in hits)
        low, high = ratio(one, other).interval
        covered.append(low <= first / second <= high)
    assert 0.92 <= np.mean(covered) <= 0.98


def test_ratios_of_persons_cover() -> None:
    """All ten rows of a person are beyond, or none is."""
    covered = []
    draw = Key(5).generator()
    for _ in range(300):
        rates = []
        for persons in (150, 200):
            hits = np.repeat(draw.random(persons) < 0.15, 10)
            people = np.repeat(np.arange(persons), 10)
            rates.append(rate(hits, Sample("s", {}, np.ones(len(hits)), people)))
        low, high = ratio(*rates).interval
        covered.append(low <= 1 <= high)
    assert 0.92 <= np.mean(covered) <= 0.98


def test_a_rate_of_none_has_an_upper_end() -> None:
    found = ratio(Rate(0.0, 0.0, 500.0), Rate(0.01, 0.002, 1000.0))
    assert found.value == 0.0 and found.interval[0] == pytest.approx(0.0, abs=1e-12)
    assert 0 < found.interval[1] < 2
    alike = ratio(Rate(1.0, 0.0, 10.0), Rate(1.0, 0.0, 10.0))
    assert alike.value == 1.0 and alike.interval[0] < 1 < alike.interval[1]


# Outlying rows.


def related(rows: int, seed: int, spread: float = 0.15) -> dict[str, list[Any]]:
    draw = Key(seed).child("related").generator()
    x = draw.standard_t(4, rows)
    return {
        "x": [*x],
        "y": [*(x + spread * draw.normal(size=rows))],
        "g": [*map(str, np.where(draw.random(rows) < 0.02, "odd", "even"))],
    }


@pytest.mark.stress
def test_outlying_rows_of_halves_are_one_in_a_hundred() -> None:
    table = related(3000, 0)
    found = [outlying_rows(halves(table, seed, 1500), Key(seed)) for seed in range(8)]
    assert np.mean([value(s) for s in found]) == pytest.approx(0.01, abs=0.002)
    reached = [s.interval[0] <= 0.01 <= s.interval[1] for s in found if s.interval]
    assert np.mean(reached) >= 0.85
    assert all(s.headline for s in found)


def test_too_tame_and_too_wild() -> None:
    real = related(3000, 0)
    middle = [k for k in range(3000) if abs(real["x"][k]) < 2 and real["g"][k] == "even"]
    tame = outlying_rows(compared(real, taken(real, middle)), KEY)
    assert value(tame) < 0.004 and tame.verdict is Verdict.POOR
    assert "times the real share" in tame.because
    wild = related(3000, 1, spread=6.0)
    invented = outlying_rows(compared(real, wild), KEY)
    assert value(invented) > 0.02 and invented.verdict is Verdict.POOR


def test_held_out_rows_say_what_is_outlying() -> None:
    tables = [related(1200, seed) for seed in (0, 1, 2)]
    found = outlying_rows(compared(*tables), KEY)
    assert found.ceiling == pytest.approx(0.01)
    assert found.interval is not None
    assert found.interval[0] <= 0.01 <= found.interval[1]


def test_weighted_rows_say_what_is_outlying() -> None:
    """Where the odd half of the rows counts for next to nothing, it is outlying."""
    draw = Key(3).generator()
    odd = np.arange(2000) % 2 == 0
    real = {"x": [*np.where(odd, 8.0, 0.0) + draw.normal(size=2000)]}
    even = compared(real, real)
    weighted = compared(real, real, weights=np.where(odd, 0.005, 1.0))
    assert value(outlying_rows(even, KEY)) == pytest.approx(0.01, abs=0.005)
    assert value(outlying_rows(weighted, KEY)) > 0.3


def test_missing_values_and_new_labels_are_no_trouble() -> None:
    table = simulated(900)
    other = {**table, "some": ["never seen"] * 900, "spiked": [None] * 900}
    found = outlying_rows(compared(table, other), KEY)
    assert value(found) > 0.02


@pytest.mark.parametrize(
    ("table", "because"),
    [
        (normal(400), "too few of fewer than 500 real rows"),
        ({"g": ["a"] * 800}, "so many real rows are alike"),
    ],
)
def test_outlying_rows_that_cannot_be_judged(table: Any, because: str) -> None:
    one = outlying_rows(compared(table, table), KEY)
    assert one.verdict is Verdict.UNKNOWN and one.headline
    assert because in one.because


def test_the_same_key_gives_the_same_scores() -> None:
    comparison = compared(related(600, 0), related(600, 1))
    assert tails(comparison, KEY) == tails(comparison, KEY)


# Rare labels.


def letters(counts: dict[str, int]) -> dict[str, list[Any]]:
    labels = [label for label, count in counts.items() for _ in range(count)]
    return {"g": labels, "x": [0.0] * len(labels)}


def test_rare_labels_by_hand() -> None:
    real = letters({"a": 900, "b": 80, "c": 9, "d": 5, "e": 5, "f": 1})
    synthetic = letters({"a": 480, "b": 10, "c": 4, "d": 6})
    found = rare_labels(compared(real, synthetic))
    kept = the(found, "rare_labels_kept")
    assert kept.value == pytest.approx(2 / 3) and kept.n == 3
    assert kept.because.endswith("2 of 3 labels")
    rarest = the(found, "rarest_labels_kept")
    assert (rarest.value, rarest.n, rarest.verdict) == (0.0, 1, Verdict.NONE)
    assert the(found, "rare_label_rate").value == pytest.approx((10 / 500) / (20 / 1000))
    shown = exhibit(found, "rare labels").columns
    assert shown == {
        "column": ["g"] * 3,
        "label": ["c", "d", "e"],
        "real": [9, 5, 5],
        "synthetic": [4, 6, 0],
        "expected": [4.5, 2.5, 2.5],
    }
    assert not found.notes


def test_labels_of_few_rows_are_never_shown() -> None:
    real = letters({"a": 900, **{f"secret{k}": 1 + k % 4 for k in range(20)}})
    found = rare_labels(compared(real, real))
    assert not found.exhibits
    assert "secret" not in found.model_dump_json()


def test_at_most_sixty_labels_are_shown_the_most_wrong_ones() -> None:
    real = letters({"a": 9000, **{f"r{k:03d}": 20 for k in range(100)}})
    gone = {f"r{k:03d}": 0 if k < 30 else 20 for k in range(100)}
    shown = exhibit(
        rare_labels(compared(real, letters({"a": 9000, **gone}))), "rare labels"
    ).columns
    assert len(shown["label"]) == 60
    assert {f"r{k:03d}" for k in range(30)} <= set(shown["label"])


def test_withheld_labels_are_not_lost() -> None:
    rare = {f"r{k}": 6 for k in range(10)} | {f"s{k}": 3 for k in range(10)}
    real = letters({"a": 5000, "kept": 40, "lost": 45, **rare})
    pooled = letters({"a": 5000, "kept": 40, "(rare)": 90, "b": 45})
    found = rare_labels(compared(real, pooled))
    kept = the(found, "rare_labels_kept")
    # "lost" is as frequent as what is kept, so that "(rare)" does not stand for it.
    assert (kept.value, kept.n) == (0.5, 2)
    assert the(found, "rare_label_rate").value == pytest.approx((130 / 5175) / (175 / 5175))
    assert '90 of them as "(rare)"' in the(found, "rare_label_rate").because
    assert '90 synthetic values say "(rare)"' in found.notes[0]
    assert "10 labels of five rows or more that it hides as not lost" in found.notes[0]
    plain = rare_labels(compared(real, letters({"a": 5090, "kept": 40, "b": 45})))
    assert the(plain, "rare_labels_kept").value == pytest.approx(1 / 12)
    assert the(plain, "rare_labels_kept").verdict is Verdict.POOR


def test_what_fresh_rows_hold_is_guessed_rightly() -> None:
    """On average over tables of one source, for labels of five rows or more and for fewer."""
    gaps: dict[str, list[float]] = {}
    for seed in range(120):
        draw = Key(seed).child("zipf").generator()
        share = 1 / np.arange(1, 200) ** 1.3
        tables = [
            {
                "g": [f"g{k}" for k in draw.choice(199, rows, p=share / share.sum())],
                "x": [0.0] * rows,
            }
            for rows in (800, 500)
        ]
        for score in rare_labels(compared(*tables)).scores:
            if score.value is not None and score.ceiling is not None:
                gaps.setdefault(score.measure, []).append(score.value - score.ceiling)
    for measure in ("rare_labels_kept", "rarest_labels_kept", "rare_label_rate"):
        assert np.mean(gaps[measure]) == pytest.approx(0, abs=0.04), measure


def test_intervals_of_rare_labels_reach_what_is_expected() -> None:
    draw = Key(0).generator()
    labels = {"g": [f"g{k}" for k in draw.geometric(0.02, 3000)], "x": [0.0] * 3000}
    reached: dict[str, list[bool]] = {}
    for seed in range(100):
        for one in rare_labels(halves(labels, seed, 1500)).scores:
            if one.interval is not None and one.ceiling is not None:
                inside = one.interval[0] <= one.ceiling <= one.interval[1]
                reached.setdefault(one.measure, []).append(inside)
    assert all(np.mean(r) >= 0.9 for r in reached.values()), reached
    assert set(reached) == {"rare_labels_kept", "rarest_labels_kept", "rare_label_rate"}


@pytest.mark.parametrize(
    ("table", "because"),
    [
        ({"x": [1.0, 2.0]}, "no column that is compared holds labels"),
        ({"g": ["a", "b"] * 9}, "no label that fewer than 1 % of its rows hold"),
    ],
)
def test_rare_labels_that_cannot_be_judged(table: Any, because: str) -> None:
    found = rare_labels(compared(table, table))
    assert len(found.scores) == 3
    assert all(s.verdict is Verdict.UNKNOWN and because in s.because for s in found.scores)


def test_persons_hold_labels() -> None:
    """A label of one person in twenty rows is one that may give the person away."""
    real = letters({"a": 4000, "b": 20, "c": 20})
    comparison = compared(real, real)
    people = np.concatenate([np.arange(4000), [4000] * 20, np.arange(4001, 4021)])
    found = rare_labels(replace(comparison, real=replace(comparison.real, people=people)))
    assert (the(found, "rare_labels_kept").n, the(found, "rarest_labels_kept").n) == (1, 1)
    assert exhibit(found, "rare labels").columns["label"] == ["c"]


def test_weights_say_what_is_rare() -> None:
    real = letters({"a": 90, "b": 10})
    weights = np.array([1.0] * 90 + [0.05] * 10)
    found = rare_labels(compared(real, real, weights=weights))
    assert the(found, "rare_labels_kept").n == 1
    shown = exhibit(found, "rare labels").columns
    assert (shown["real"], shown["synthetic"]) == ([10], [10])
    assert shown["expected"] == pytest.approx([100 * 0.5 / 90.5])


# All together.


def test_halves_of_a_real_table_are_good() -> None:
    found = tails(split(real_table("compas"), 3), KEY)
    poor = [s.name for s in found.scores if s.verdict is Verdict.POOR]
    assert not poor
    assert [s.name for s in found.scores if s.headline] == ["outlier_rate"]


@pytest.mark.parametrize("columns", [1, 2, 7, 62, 70])
def test_rows_of_marks_are_told_apart_in_their_order(columns: int) -> None:
    generator = Key(columns).child("marks").generator()
    marks = generator.random((300, columns)) < 0.03
    patterns, codes = tails_module._patterns(marks)
    np.testing.assert_array_equal(patterns[codes], marks)
    assert [tuple(p) for p in patterns] == sorted({tuple(m) for m in marks})
