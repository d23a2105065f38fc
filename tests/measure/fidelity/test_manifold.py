"""Density and coverage: the figures of the paper, honest intervals, and what they react to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from tests.measure.made_tables import compared, real_table, shuffled, simulated, split, taken
from trimtab._arrays import Float
from trimtab._random import Key
from trimtab.measure.compare.embedding import embed
from trimtab.measure.compare.weighting import weighted
from trimtab.measure.fidelity import manifold as module
from trimtab.measure.fidelity.manifold import NEIGHBOURS, _drawable, _evenly, manifold
from trimtab.measure.score import Findings, Score, Verdict
from trimtab.predict.sample import Sample

KEY = Key(1)


def score(found: Findings, measure: str) -> Score:
    (one,) = [s for s in found.scores if s.measure == measure]
    return one


def brute(reference: Float, others: Float) -> tuple[float, float]:
    """Density and coverage by the definitions of the paper, section 3."""
    among, across = cdist(reference, reference), cdist(reference, others)
    inside = np.zeros((len(reference), len(others)), bool)
    for i, row in enumerate(reference):
        rest = sorted(among[i][j] for j in range(len(reference)) if j != i)
        for j in range(len(others)):
            inside[i, j] = across[i, j] <= rest[NEIGHBOURS - 1] + 1e-7
        assert row.shape == reference[0].shape
    return inside.sum() / (NEIGHBOURS * len(others)), float(inside.any(axis=1).mean())


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_the_definitions_of_the_paper(shift: float) -> None:
    comparison = compared(simulated(60, 1), simulated(60, 2, shift), simulated(60, 3))
    assert comparison.holdout is not None
    found = manifold(comparison, KEY)
    embedding = embed(comparison.features, comparison.real)
    reference, synthetic, real = (
        embedding.points(s).astype(float)
        for s in (comparison.holdout, comparison.synthetic, comparison.real)
    )
    for measure, value, ceiling in zip(
        ("density", "coverage"), brute(reference, synthetic), brute(reference, real), strict=True
    ):
        one = score(found, measure)
        assert one.value == pytest.approx(value)
        assert one.ceiling == pytest.approx(ceiling)
        assert one.n == 60
        assert one.interval is not None and one.interval[0] <= value <= one.interval[1]


def test_a_kind_of_rows_that_is_lacking_shows_in_coverage() -> None:
    rows = simulated(3000, 1)
    women = [k for k, flag in enumerate(rows["flag"]) if flag == "yes"]
    found = manifold(compared(rows, taken(rows, women), simulated(1200, 2)), KEY)
    assert score(found, "coverage").verdict is Verdict.POOR
    assert score(found, "density").verdict is Verdict.GOOD


def test_rows_like_no_real_row_show_in_density() -> None:
    rows, other = simulated(1500, 1), simulated(1500, 2)
    found = manifold(compared(rows, shuffled(other)), KEY)
    assert score(found, "density").verdict in (Verdict.MIDDLING, Verdict.POOR)
    strange = other | {"some": other["some"][:700] + ["new"] * 800}
    assert score(manifold(compared(rows, strange), KEY), "density").verdict is Verdict.POOR
    assert "half of the real rows" in score(found, "density").because


def test_a_fresh_sample_is_good() -> None:
    found = manifold(compared(simulated(1500, 1), simulated(1500, 2), simulated(800, 3)), KEY)
    assert {s.verdict for s in found.scores} == {Verdict.GOOD}
    assert {s.n for s in found.scores} == {800}


@pytest.mark.parametrize("holdout", [False, True])
def test_intervals_hold_the_ceiling_for_parts_of_one_table(holdout: bool) -> None:
    whole = compared(simulated(750, 5), simulated(1, 1))
    held: dict[str, list[bool]] = {"density": [], "coverage": []}
    for seed in range(50):
        parts = split(whole, seed, 1 / 3 if holdout else 0.5)
        if holdout:
            rest = parts.synthetic
            parts = replace(
                parts,
                synthetic=rest.take(np.arange(250)),
                holdout=replace(rest.take(np.arange(250, 500)), name="holdout"),
            )
        for one in manifold(parts, Key(seed)).scores:
            assert one.interval is not None and one.ceiling is not None
            held[one.measure].append(one.interval[0] <= one.ceiling <= one.interval[1])
    for measure, inside in held.items():
        # Of 50 intervals at 95 %, fewer than 42 hold the ceiling once in 700.
        assert sum(inside) >= 42, (measure, sum(inside))


def test_intervals_hold_what_other_samples_show() -> None:
    """The figure of many other samples lies in the interval, where the tables do differ."""
    real, holdout = simulated(400, 1), simulated(400, 2)
    found = [manifold(compared(real, simulated(400, 50 + k, 1.0), holdout), KEY) for k in range(25)]
    for measure in ("density", "coverage"):
        scores = [score(f, measure) for f in found]
        mean = np.mean([s.value for s in scores if s.value is not None])
        held = [s.interval is not None and s.interval[0] <= mean <= s.interval[1] for s in scores]
        assert sum(held) >= 21, (measure, sum(held))
        assert sum(s.verdict is Verdict.GOOD for s in scores) <= 2, measure


def shares(sample: Sample, name: str) -> Float:
    codes = sample.values[name]
    return np.bincount(codes, sample.weights, minlength=codes.max() + 1) / sample.weights.sum()


def test_rows_are_drawn_by_weight_and_never_twice() -> None:
    rows = simulated(4000, 1)
    sample = compared(rows, rows).real
    weights = np.where(sample.values["flag"] == 0, 1.0, 5.0) * np.where(np.arange(4000) < 40, 30, 1)
    sample = replace(sample, weights=weights / weights.mean())
    most = _drawable(sample)
    assert 100 < most < 4000
    even = _evenly(sample, most, KEY)
    assert 0.93 * most <= even.rows <= most and not even.weighted
    lines = np.stack([even.values[n] for n in ("size", "spiked")], axis=1)
    assert len(np.unique(lines, axis=0)) == even.rows
    np.testing.assert_allclose(shares(even, "flag"), shares(sample, "flag"), atol=0.06)


def test_a_table_that_differs_on_purpose_is_good_where_real_rows_are_weighted() -> None:
    rows, other, held = simulated(6000, 1), simulated(6000, 2), simulated(3000, 3)
    few = [k for k, g in enumerate(other["some"]) if g == "g5"]
    many = [k for k, g in enumerate(other["some"]) if g in ("g2", "g3")]
    balanced = compared(rows, taken(other, few + many[: len(few)]), held)
    plain, judged = manifold(balanced, KEY), manifold(weighted(balanced, ["some"]), KEY)
    assert score(plain, "coverage").verdict is Verdict.POOR
    assert {s.verdict for s in judged.scores} <= {Verdict.GOOD, Verdict.MIDDLING}
    assert score(judged, "coverage").verdict is Verdict.GOOD


def test_rows_of_one_person_stay_in_one_half() -> None:
    """The rows of a person are nearly equal: across the halves each would fill the other's ball."""
    one = simulated(150, 1)
    rows = {n: [v for v in column for _ in range(8)] for n, column in one.items()}
    people = np.repeat(np.arange(150), 8)
    comparison = compared(rows, simulated(1200, 2))
    owned = replace(comparison, real=replace(comparison.real, people=people))
    apart, together = (score(manifold(c, KEY), "coverage") for c in (comparison, owned))
    assert apart.ceiling is not None and together.ceiling is not None
    assert apart.ceiling > 0.9 > together.ceiling + 0.2


def test_tables_that_are_too_small_or_say_nothing() -> None:
    found = manifold(compared(simulated(100, 1), simulated(10, 2)), KEY)
    assert [s.verdict for s in found.scores] == [Verdict.UNKNOWN] * 2
    assert "only 10 rows a side" in found.scores[0].because
    alike = {"g": ["a"] * 100, "x": [1.0] * 100}
    found = manifold(compared(alike, alike), KEY)
    assert {s.verdict for s in found.scores} == {Verdict.GOOD}
    assert score(found, "coverage").value == 1.0


def test_the_projection_shows_both_tables() -> None:
    found = manifold(compared(simulated(1500, 1), simulated(700, 2, 2.0)), KEY)
    (shown,) = found.exhibits
    assert shown.name == "projection" and shown.rests_on == ("real", "synthetic")
    sides = np.array(shown.columns["side"])
    assert {s: int((sides == s).sum()) for s in set(sides)} == {"real": 1000, "synthetic": 700}
    x = np.array(shown.columns["x"])
    assert abs(x[sides == "real"].mean()) < 0.1 < abs(x[sides == "synthetic"].mean())


def test_the_same_key_finds_the_same_in_few_rows_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = real_table("stroke")
    monkeypatch.setattr(module, "MAX_ROWS", 1000)
    first, second = (manifold(split(whole, 1), KEY) for _ in range(2))
    assert first == second
    assert {s.n for s in first.scores} == {1000}
    assert {s.verdict for s in first.scores} == {Verdict.GOOD}
