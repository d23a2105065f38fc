"""The same conclusions: halves of real tables come to them, spoiled tables do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.measure.made_tables import (
    as_arrow,
    compared,
    real_table,
    shuffled,
    simulated,
    split,
    taken,
)
from trimtab import evaluate
from trimtab._random import Key
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.weighting import weighted
from trimtab.measure.score import Findings, Score, Verdict
from trimtab.measure.utility import conclusions as module
from trimtab.measure.utility.agreement import DIFFERENCE, MEASURES, OVERLAP, SAME
from trimtab.measure.utility.analyses import Analysis
from trimtab.measure.utility.conclusions import conclusions
from trimtab.report.exhibits.draw import pictures
from trimtab.report.exhibits.kinds import kind_of

KEY = Key(3)
ROWS = 1500
Columns = dict[str, list[Any]]


@pytest.fixture(scope="module")
def parts() -> list[Columns]:
    """Real, as good as real, and held-out rows."""
    table = simulated(3 * ROWS)
    return [taken(table, range(k * ROWS, (k + 1) * ROWS)) for k in range(3)]


def score(found: Findings, measure: str, within: str = "") -> Score:
    (one,) = [s for s in found.scores if s.measure == measure and s.within == within]
    return one


def shuffle(comparison: Comparison, seed: int) -> Comparison:
    """Every synthetic column by itself."""
    made, draw = comparison.synthetic, Key(seed).child("shuffle").generator()
    values = {n: v[draw.permutation(made.rows)] for n, v in made.values.items()}
    made = replace(made, values=values)
    return replace(comparison, synthetic=made, delivered=made)


def test_other_rows_of_the_same_source(parts: list[Columns]) -> None:
    found = conclusions(compared(*parts), "size", KEY)
    assert {s.measure for s in found.scores} == {m.name for m in MEASURES}
    for one in found.scores:
        assert one.verdict is Verdict.GOOD, one
        assert one.ceiling is not None and one.noise is not None and one.n == ROWS
    assert score(found, SAME.name).value > 0.6
    assert [s.name for s in found.scores if s.headline] == ["same_conclusions(size)"]
    assert 0.6 < score(found, OVERLAP.name).value < 0.85
    assert 0.7 < score(found, DIFFERENCE.name).value < 1.5


def test_columns_without_relations(parts: list[Columns]) -> None:
    real, other, held = parts
    found = conclusions(compared(real, shuffled(other), held), "size", KEY)
    for measure in MEASURES:
        assert score(found, measure.name).verdict is Verdict.POOR, measure.name
    assert score(found, SAME.name).value < 0.15
    assert score(found, SAME.name).ceiling > 0.6, "what real rows get stands beside"


def test_a_constant_generator_wins_nothing(parts: list[Columns]) -> None:
    real, _, held = parts
    same = {name: [column[0]] * ROWS for name, column in real.items()}
    found = conclusions(compared(real, same, held), "flag", KEY)
    assert score(found, SAME.name).value == 0 and score(found, SAME.name).verdict is Verdict.POOR
    assert score(found, OVERLAP.name).value == 0
    assert any("do not tell" in note for note in found.notes)


def test_labels_that_are_dropped_do_not_improve_any_figure(parts: list[Columns]) -> None:
    """The synthetic rows say less and less of a column, and are never nearer for it."""
    real, other, held = parts
    before = conclusions(compared(real, other, held), "size", KEY)
    for gone in ({"g1"}, {"g1", "g2"}, set(other["some"])):
        less = [None if v in gone else v for v in other["some"]]
        found = conclusions(compared(real, other | {"some": less}, held), "size", KEY)
        assert any("do not tell" in note for note in found.notes)
        for measure in MEASURES:
            was, now = (score(f, measure.name).value for f in (before, found))
            assert now >= was if measure is DIFFERENCE else now <= was, (measure.name, gone)


def test_a_copy_is_seen_to_be_better_than_real_rows(parts: list[Columns]) -> None:
    real, _, held = parts
    found = conclusions(compared(real, real, held), "flag", KEY)
    one = score(found, SAME.name)
    assert one.value == 1 and one.ceiling < 0.95 and one.ceiling is not None


def test_an_effect_the_other_way_round() -> None:
    """One sign is turned: the figures are those of a loop over the estimates shown."""
    draw = Key(8).generator()
    x, z = draw.normal(size=(2, 4000))
    g = np.where(draw.random(4000) < 0.5, "a", "b")
    y = x + 0.5 * (g == "a") + draw.normal(size=4000)
    turned = -x + 0.5 * (g == "a") + draw.normal(size=4000)
    table = {"x": [*x], "z": [*z], "g": [*map(str, g)], "y": [*y]}
    found = conclusions(compared(table, table | {"y": [*turned]}), "y", KEY)
    exhibits = {e.within: e for e in found.exhibits}
    regression = exhibits[Analysis.REGRESSION].columns
    told = {
        (e, s): (v, low, high)
        for e, s, v, low, high in zip(
            *(regression[n] for n in ("effect", "side", "estimate", "low", "high")), strict=True
        )
    }
    assert told["x", "real"][0] > 0.5 and told["x", "synthetic"][0] < -0.5
    effects = {e for e, _ in told}
    assert effects in ({"x", "z", "g = a"}, {"x", "z", "g = b"})
    same, overlap, apart = 0, [], []
    shown = {k: (low > 0) - (high < 0) for k, (_, low, high) in told.items()}
    either = [e for e in effects if shown[e, "real"] or shown[e, "synthetic"]]
    for effect in effects:
        (v, low, high), (w, least, most) = told[effect, "real"], told[effect, "synthetic"]
        both = max(0.0, min(high, most) - max(low, least))
        overlap.append((both / (high - low) + both / (most - least)) / 2)
        apart.append(abs(v - w) / ((high - low) / 2 / 1.959963984540054))
        same += effect in either and shown[effect, "real"] == shown[effect, "synthetic"]
    within = str(Analysis.REGRESSION)
    assert score(found, OVERLAP.name, within).value == pytest.approx(np.mean(overlap))
    assert score(found, DIFFERENCE.name, within).value == pytest.approx(np.mean(apart))
    one = score(found, SAME.name)
    assert "with opposite signs 1" in one.because
    if len(either) >= 3:
        assert score(found, SAME.name, within).value == pytest.approx(same / len(either))


def test_what_chance_makes_of_real_rows_is_what_real_rows_get() -> None:
    """Without held-out rows the ceiling is foretold: on average it is as other real rows are."""
    table = compared(simulated(6000), simulated(10))
    for measure in (SAME, OVERLAP, DIFFERENCE):
        told, got, beyond = [], [], 0
        for seed in range(12):
            half = split(table, seed)
            half = replace(
                half,
                real=half.real.sampled(1000, Key(seed)),
                synthetic=half.synthetic.sampled(1000, Key(seed)),
            )
            one = score(conclusions(half, "flag", Key(seed)), measure.name)
            told.append(one.ceiling)
            got.append(one.value)
            beyond += one.verdict is Verdict.POOR
        assert np.mean(told) == pytest.approx(np.mean(got), abs=0.06 * max(1, measure.alarm * 2))
        assert beyond == 0


@pytest.mark.parametrize(
    ("table", "target"),
    [
        ("stroke", "stroke"),
        ("compas", "two_year_recid"),
        ("magic", "class"),
        ("california", "median_house_value"),
    ],
)
def test_halves_of_real_tables_are_good_and_shuffled_ones_poor(table: str, target: str) -> None:
    whole = real_table(table)
    for seed in range(5):
        half = split(whole, seed)
        one = score(conclusions(half, target, Key(seed)), SAME.name)
        assert one.verdict is Verdict.GOOD, one
        spoiled = conclusions(shuffle(half, seed), target, Key(seed))
        for measure in MEASURES:
            assert score(spoiled, measure.name).verdict is Verdict.POOR, measure.name


def test_as_many_rows_of_each_table(parts: list[Columns]) -> None:
    real, other, held = parts
    few = taken(other, range(300))
    found = conclusions(compared(real, few, taken(held, range(700))), "flag", KEY)
    assert all(s.n == 300 for s in found.scores if s.value is not None)
    assert "300 real rows, 300 synthetic ones and 300 held-out ones" in found.notes[0]
    # More rows than are compared say no more.
    assert score(found, SAME.name).verdict is Verdict.GOOD


def test_weighted_rows_count_as_what_they_are_worth(parts: list[Columns]) -> None:
    """A balanced table differs on purpose: real rows weighted to its shares come to the same."""
    real, other, _ = parts
    first = [k for k, v in enumerate(other["some"]) if v == "g1"]
    rest = [k for k, v in enumerate(other["some"]) if v != "g1"][: len(first) // 3]
    made = weighted(compared(real, taken(other, first + rest)), ["some"])
    assert made.real.weighted
    found = conclusions(made, "size", KEY)
    assert score(found, SAME.name).verdict is Verdict.GOOD
    assert score(found, OVERLAP.name).verdict is Verdict.GOOD
    (note,) = [n for n in found.notes if n.startswith("Conclusions")]
    assert "worth" in note


def test_rows_of_persons_show_less(parts: list[Columns]) -> None:
    """Each row five times, for one person: as sure as the persons are, not as the rows."""
    real, other, _ = parts
    few = [taken(t, [k // 5 for k in range(1000)]) for t in (real, other)]
    plain = compared(*few)
    people = np.arange(1000) // 5
    by_person = replace(
        plain,
        real=replace(plain.real, people=people),
        synthetic=replace(plain.synthetic, people=people),
    )
    widths = []
    for comparison in (plain, by_person):
        exhibit = next(iter(conclusions(comparison, "flag", KEY).exhibits))
        c = exhibit.columns
        widths.append(np.mean(np.array(c["high"], float) - np.array(c["low"], float)))
    assert widths[1] > 1.8 * widths[0]


def test_targets_of_many_classes_and_of_one(parts: list[Columns]) -> None:
    real, other, held = parts
    found = conclusions(compared(real, other, held), "some", KEY)
    assert score(found, SAME.name).verdict is Verdict.GOOD
    outcomes = {o for e in found.exhibits for o in e.columns["outcome"]}
    assert {"some = g1", "some = g2", "some = g3"} <= outcomes
    one = conclusions(compared(real, other, held), "some", KEY, positive="g2")
    regression = next(e for e in one.exhibits if e.within == Analysis.REGRESSION)
    assert set(regression.columns["outcome"]) == {"some = g2"}
    constant = dict(real, flag=["yes"] * ROWS)
    (missing,) = conclusions(compared(constant, other), "flag", KEY).scores
    assert missing.verdict is Verdict.UNKNOWN and "holds only yes" in missing.because
    (missing,) = conclusions(compared(*(taken(t, range(20)) for t in parts)), "flag", KEY).scores
    assert "50 are needed" in missing.because
    rare = dict(real, flag=["yes"] * 4 + ["no"] * (ROWS - 4))
    (missing,) = conclusions(compared(rare, rare), "flag", KEY).scores
    assert "fewer than 10" in missing.because


def test_columns_that_are_hard(monkeypatch: pytest.MonkeyPatch, parts: list[Columns]) -> None:
    """Twice the same, constant, huge, missing where it matters, told exactly, and too many."""
    real, other, held = (dict(p) for p in parts)
    for table in (real, other, held):
        table["again"] = [2 * v for v in table["size"]]
        table["one"] = ["same"] * ROWS
        table["huge"] = [1e300 if k == 3 else 1e290 * v for k, v in enumerate(table["size"])]
        table["clear"] = ["high" if v == "yes" else "low" for v in table["flag"]]
        table["gone"] = [None if v > 0.5 else v for v in table["size"]]
    found = conclusions(compared(real, other, held), "flag", KEY, protected=("many",))
    assert score(found, SAME.name).verdict is Verdict.GOOD
    assert any("what other columns say already: " in n and "again" in n for n in found.notes)
    effects = {e for x in found.exhibits for e in x.columns["effect"]}
    assert "gone = (missing)" in effects and not effects & {"one", "one = same"}
    exact = dict(real, double=[3 * v for v in real["size"]])
    found = conclusions(compared(exact, exact), "double", KEY)
    assert score(found, SAME.name).value == 1
    monkeypatch.setattr("trimtab.measure.utility.analyses.MAX_TERMS", 4)
    monkeypatch.setattr("trimtab.measure.utility.analyses.MAX_FIGURES", 6)
    found = conclusions(compared(real, other, held), "flag", KEY)
    assert any("first 4 of" in n for n in found.notes)
    assert any("groups the first" in n for n in found.notes)
    monkeypatch.setattr(module, "MAX_ROWS", 500)
    found = conclusions(compared(real, other, held), "flag", KEY)
    assert "from 500 real rows, 500 synthetic ones" in found.notes[0]


def test_tables_that_show_nothing_are_not_alike() -> None:
    draw = Key(1).generator()
    noise = {n: [*map(float, draw.normal(size=300))] for n in "abcd"}
    noise["y"] = [*map(str, np.where(draw.random(300) < 0.5, "u", "v"))]
    found = conclusions(compared(noise, shuffled(noise)), "y", KEY)
    one = score(found, SAME.name)
    assert one.verdict is Verdict.UNKNOWN and "too little to compare" in one.because


@pytest.mark.stress
def test_a_part_of_an_evaluation(parts: list[Columns]) -> None:
    real, other, held = (as_arrow(p) for p in parts)
    assert isinstance(real, pa.Table)
    card = evaluate(real, other, holdout=held, target="flag", sections=["usefulness"])
    one = card.find("same_conclusions", "flag")
    assert one.headline and one.verdict is Verdict.GOOD
    again = evaluate(real, other, holdout=held, target="flag", sections=["usefulness"])
    assert again.find("same_conclusions", "flag") == one
    assert not [s for s in evaluate(real, other, target=None) if s.measure == SAME.name]


def test_its_pictures(parts: list[Columns]) -> None:
    found = conclusions(compared(*parts), "flag", KEY)
    for exhibit in found.exhibits:
        kind = kind_of(exhibit)
        made = pictures(exhibit, "one")
        assert made and all("<svg" in p.svg for p in made)
        table = kind.table(exhibit)
        assert table.columns[2:] == ("real (95 %)", "synthetic (95 %)", "held-out real (95 %)")
        effects = set(zip(exhibit.columns["effect"], exhibit.columns["outcome"], strict=True))
        assert len(table.rows) == len(effects)
        assert not any("nan" in cell for row in table.rows for cell in row)
    means = next(e for e in found.exhibits if e.within == Analysis.MEANS)
    assert set(kind_of(means).charts(means)) == {"size", "spiked", "steps"}
    assert kind_of(means).sides(means) == {"real", "synthetic", "holdout"}
