"""The copy alarm: every count against brute force, planted copies found, honest tables let pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.spatial.distance import cdist

from tests.measure.made_tables import as_arrow, compared, real_table, simulated, split, taken
from trimtab._random import Key
from trimtab.measure.chance.baseline import Share, against_baseline
from trimtab.measure.compare.comparison import Comparison, compare
from trimtab.measure.compare.embedding import embed
from trimtab.measure.privacy import copies as module
from trimtab.measure.privacy.copies import MIN_QUERIES, copies
from trimtab.measure.privacy.matching import Among, Matcher
from trimtab.measure.score import Findings, Measure, Score, Verdict
from trimtab.predict.sample import Sample, concat
from trimtab.table.files import read
from trimtab.table.schema import Column, Kind, Role, Schema

KEY = Key(1)
NAMES = ("exact_copies", "copies_but_one_column", "copies_but_small_shifts")


def score(found: Findings, measure: str, *about: str) -> Score:
    (one,) = [s for s in found.scores if s.measure == measure and s.about == about]
    return one


# --- closest records --------------------------------------------------------------------------


def test_fewer_digits_do_not_hide_a_copy() -> None:
    """A column of 32 bits, against one that was written with all digits."""
    values = [0.1 + k for k in range(30)]
    found = compare(
        pa.table({"x": pa.array(values, pa.float32())}),
        pa.table({"x": pa.array(values, pa.float64())}),
    )
    assert score(copies(found, KEY), "exact_copies").value == 1.0


def test_the_closest_records_are_counted() -> None:
    real, synthetic, holdout = simulated(80, 1), simulated(60, 2), simulated(40, 3)
    comparison = compared(real, synthetic, holdout)
    one = score(copies(comparison, KEY), "drawn_to_training_rows")
    assert comparison.holdout is not None
    records = concat("records", comparison.real, comparison.holdout)
    embedding = embed(comparison.features, records)
    apart = cdist(embedding.points(comparison.synthetic), embedding.points(records))
    share = float((apart.argmin(axis=1) < 80).mean())
    assert one.value == pytest.approx((share - 2 / 3) / (1 / 3))
    assert one.headline and one.n == 60 and one.ideal == 0.0
    assert f"the closest record of {100 * share:.1f} % of 60 synthetic rows" in one.because
    assert "where chance makes 66.7 %" in one.because


def test_the_distances_shown() -> None:
    comparison = compared(simulated(150, 1), simulated(90, 2), simulated(50, 3))
    (shown,) = copies(comparison, KEY).exhibits
    assert comparison.holdout is not None
    assert shown.name == "distances" and shown.rests_on == ("real", "synthetic", "holdout")
    records = concat("records", comparison.real, comparison.holdout)
    embedding = embed(comparison.features, records)
    edges = np.array(shown.columns["distance"])
    edges = np.append(edges[: len(edges) // 2], np.inf)
    for name, sample in (("synthetic", comparison.synthetic), ("holdout", comparison.holdout)):
        own = [k for k, s in enumerate(shown.columns["from"]) if s == name]
        apart = cdist(embedding.points(sample), embedding.points(comparison.real)).min(axis=1)
        counts = np.histogram(apart, edges)[0]
        np.testing.assert_allclose([shown.columns["share"][k] for k in own], counts / sample.rows)


def test_equal_distances_favour_neither_table() -> None:
    """All rows are alike: which record is the closest is a matter of order alone."""
    draw = Key(7).generator()
    real, synthetic, holdout = (
        {"g": [f"v{v}" for v in draw.integers(0, 300, rows)]} for rows in (900, 900, 300)
    )
    values = []
    for seed in range(20):
        found = copies(compared(real, synthetic, holdout), Key(seed))
        values.append(score(found, "drawn_to_training_rows").value)
    assert abs(np.mean([v for v in values if v is not None])) < 0.1
    assert len(set(values)) > 10


# --- planted copies, and honest tables --------------------------------------------------------


def columns(seed: int) -> dict[str, list[Any]]:
    """Simulated rows with one more number, so that few of them are alike by chance."""
    rows = simulated(1500, seed)
    return rows | {"weight": [*Key(seed).child("weight").generator().normal(70, 12, 1500)]}


def planted(seed: int, change: Callable[[dict[str, Any], np.random.Generator], None]) -> Comparison:
    """A fresh sample in which one row in twenty is a changed training row."""
    real, synthetic, holdout = (columns(10 * seed + k) for k in range(3))
    draw = Key(seed).child("planted").generator()
    for line in range(0, 1500, 20):
        source = int(draw.integers(1500))
        row = {n: column[source] for n, column in real.items()}
        change(row, draw)
        for name, value in row.items():
            synthetic[name][line] = value
    return compared(real, synthetic, holdout)


def untouched(row: dict[str, Any], draw: np.random.Generator) -> None:
    """A copy as it is."""


def one_changed(row: dict[str, Any], draw: np.random.Generator) -> None:
    row["size"] = float(draw.normal())


def jittered(row: dict[str, Any], draw: np.random.Generator) -> None:
    for name in ("size", "spiked", "steps", "weight"):
        row[name] = row[name] * (1 + 0.002 * draw.normal())


@pytest.mark.parametrize("heldout", [True, False])
@pytest.mark.parametrize(
    ("change", "measure"),
    [
        (untouched, "exact_copies"),
        (one_changed, "copies_but_one_column"),
        (jittered, "copies_but_small_shifts"),
    ],
)
def test_planted_copies_are_called_out(
    change: Callable[[dict[str, Any], np.random.Generator], None], measure: str, heldout: bool
) -> None:
    for seed in range(3):
        comparison = planted(seed, change)
        if not heldout:
            comparison = replace(comparison, holdout=None)
        one = score(copies(comparison, KEY), measure)
        assert one.verdict is Verdict.POOR, one
        assert one.value is not None and one.ceiling is not None
        assert one.value - one.ceiling == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize("heldout", [True, False])
def test_an_honest_table_is_let_pass(heldout: bool) -> None:
    for seed in range(5):
        real, synthetic, holdout = (columns(10 * seed + k) for k in range(3))
        found = copies(compared(real, synthetic, holdout if heldout else None), KEY)
        verdicts = {s.name: s.verdict for s in found.scores}
        assert Verdict.POOR not in verdicts.values(), verdicts
        assert [verdicts[n] for n in NAMES] == [Verdict.GOOD] * 3


def test_few_columns_have_copies_by_chance() -> None:
    """Nearly every honest row equals a real one; that is said, and is no alarm."""
    real, synthetic, holdout = (
        {n: v for n, v in simulated(800, k).items() if n in ("flag", "some")} for k in range(3)
    )
    found = copies(compared(real, synthetic, holdout), KEY)
    one = score(found, "exact_copies")
    assert one.value == 1.0 == one.ceiling and one.verdict is Verdict.GOOD
    assert "800 of 800 rows match a real row; by chance, as held-out rows do, about 800" in (
        one.because
    )
    assert "no compared column holds numbers" in score(found, "copies_but_small_shifts").because


def test_a_table_of_copies_is_drawn_to_the_training_rows() -> None:
    real, holdout = simulated(1200, 1), simulated(600, 2)
    order = Key(3).generator().permutation(1200)
    one = score(copies(compared(real, taken(real, order), holdout), KEY), "drawn_to_training_rows")
    assert one.value == 1.0 and one.verdict is Verdict.POOR


# --- intervals --------------------------------------------------------------------------------


@pytest.mark.parametrize("heldout", [True, False])
def test_intervals_hold_the_baseline_for_parts_of_one_table(
    heldout: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_distances", lambda *a: Findings())
    whole = real_table("compas")
    held: dict[str, list[bool]] = {n: [] for n in (*NAMES, "drawn_to_training_rows")}
    for seed in range(40):
        parts = split(whole, seed, 0.5)
        if heldout:
            rest = parts.synthetic
            middle = rest.rows // 2
            parts = replace(
                parts,
                synthetic=rest.take(np.arange(middle)),
                holdout=replace(rest.take(np.arange(middle, rest.rows)), name="holdout"),
            )
        for one in copies(parts, Key(seed)).scores:
            if one.interval is not None:
                goal = one.ceiling if one.ceiling is not None else 0.0
                held[one.measure].append(one.interval[0] <= goal <= one.interval[1])
    if not heldout:
        assert held.pop("drawn_to_training_rows") == []
    for measure, inside in held.items():
        # Of 40 intervals at 95 %, fewer than 33 hold the baseline once in 1,000.
        assert len(inside) == 40 and sum(inside) >= 33, (measure, sum(inside))


def test_a_share_and_its_baseline() -> None:
    share, baseline = Share(0.10, 1000), Share(0.02, 500)
    found = against_baseline(share, baseline)
    assert found.interval[0] > 0.02 and found.low < 0.02 < found.high < 0.05
    # Newcombe 1998, table II, contrast 56/70 against 48/80: .2 (.0524 to .3339).
    found = against_baseline(Share(56 / 70, 70), Share(48 / 80, 80))
    assert found.interval[0] - 48 / 80 == pytest.approx(0.0524, abs=5e-5)
    assert found.interval[1] - 48 / 80 == pytest.approx(0.3339, abs=5e-5)
    nothing = against_baseline(Share(0.0, 100), Share(0.0, 100))
    assert nothing.interval[0] == 0.0 and 0.03 < nothing.interval[1] < 0.06
    assert 0.0 == nothing.low < nothing.high < 0.06


def test_the_rows_of_one_person_count_as_one() -> None:
    hit = np.repeat([True, False, False, False], 10)
    sample = Sample("any", {}, np.ones(40))
    alone = Share.of(hit, sample)
    owned = Share.of(hit, replace(sample, people=np.repeat(np.arange(4), 10)))
    assert alone.value == owned.value == 0.25
    assert alone.rows == pytest.approx(39) and owned.rows == pytest.approx(3)
    weighted = Share.of(hit, replace(sample, weights=np.where(hit, 2.0, 2 / 3)))
    assert weighted.value == pytest.approx(0.5)


def test_pairs_of_real_rows_come_and_go_together() -> None:
    """The share of real rows that match another varies as its baseline says."""
    found, rows = [], []
    for seed in range(200):
        draw = Key(seed).generator()
        codes = draw.integers(0, 4000, 500)
        sample = Sample("real", {"x": codes.astype(float)}, np.ones(500))
        comparison = compared({"x": [1.0]}, {"x": [1.0]})
        among: Among = Matcher.of(comparison.features, sample, KEY).equal_among()
        share = Share.of(among.hit, sample, among.alone)
        found.append(share.value)
        rows.append(share.rows)
    value = float(np.mean(found))
    expected = value * (1 - value) / float(np.mean(rows))
    assert np.var(found) == pytest.approx(expected, rel=0.3)
    assert expected > 1.5 * value * (1 - value) / 500


# --- identifiers and texts --------------------------------------------------------------------


def identifiers(kind: Kind, real: list[Any], synthetic: list[Any], role: Role = Role.DROP) -> Score:
    tables = [
        pa.table({"it": pa.array(v), "x": pa.array(np.arange(len(v)) % 7 + 0.5)})
        for v in (real, synthetic)
    ]
    storage = str(tables[0]["it"].type)
    schema = Schema(
        locked=True,
        columns=(
            Column(name="it", kind=kind, role=role, storage=storage),
            Column(name="x", kind=Kind.NUMBER, storage="double"),
        ),
    )
    comparison = compare(read(tables[0], schema), tables[1])
    assert list(comparison.identifiers) == ["it"]
    return score(copies(comparison, KEY), "shared_values", "it")


def test_identifiers_should_be_new() -> None:
    real = [f"{k * 7919 % 999_983:x}" for k in range(100)]
    new = [f"n{k * 7919 % 999_983:x}" for k in range(100)]
    shared = identifiers(Kind.IDENTIFIER, real, new[:90] + real[:10])
    assert shared.value == pytest.approx(0.1) and shared.verdict is Verdict.POOR
    assert shared.n == 100 and "10 of 100 values" in shared.because
    clean = identifiers(Kind.IDENTIFIER, real, new)
    assert clean.value == 0.0 == clean.ceiling and clean.verdict is Verdict.GOOD


@pytest.mark.parametrize("form", ["{}", "P{:05d}"])
def test_serial_numbers_meet_by_themselves(form: str) -> None:
    serial = [form.format(k) for k in range(1, 81)]
    one = identifiers(Kind.IDENTIFIER, serial, serial[:60])
    assert one.value == 1.0 and one.verdict is Verdict.NONE
    assert "both columns count their rows" in one.because
    whole = identifiers(Kind.IDENTIFIER, list(range(1, 81)), list(range(1, 61)))
    assert whole.verdict is Verdict.NONE


def test_texts_are_held_against_their_own_repetition() -> None:
    real = ["no complaint"] * 50 + [f"complaint number {k * k} of the day" for k in range(50)]
    honest = ["no complaint"] * 50 + [f"another complaint, {k * k + 1}" for k in range(50)]
    fine = identifiers(Kind.TEXT, real, honest, Role.DROP)
    assert fine.value == fine.ceiling == 0.5 and fine.verdict is Verdict.GOOD
    copied = identifiers(Kind.TEXT, real, real, Role.DROP)
    assert copied.value == 1.0 and copied.verdict is Verdict.POOR


def test_persons_are_counted_once() -> None:
    real = [f"p{k * 7919 % 99_991}" for k in range(40) for _ in range(3)]
    made = [f"q{k * 7919 % 99_991}" for k in range(40) for _ in range(3)]
    one = identifiers(Kind.ENTITY, real, [*made[:60], *real[:60]], Role.KEEP)
    assert one.value == pytest.approx(0.5) and one.ceiling == 0.0 and one.n == 40
    assert one.verdict is Verdict.POOR


def test_identifiers_that_cannot_be_judged() -> None:
    empty = identifiers(Kind.TEXT, ["a text", "b text"], [None, None])
    assert empty.verdict is Verdict.UNKNOWN and "is empty" in empty.because
    comparison = compared(simulated(50, 1), simulated(50, 2))
    comparison = replace(
        comparison,
        synthetic=comparison.synthetic.take(np.arange(20)),
        identifiers={"it": (Kind.TEXT, pa.array(["a"] * 50), pa.array(["a"] * 50))},
        augmented=True,
    )
    one = score(copies(comparison, KEY), "shared_values", "it")
    assert one.verdict is Verdict.UNKNOWN and "real rows were delivered too" in one.because


# --- what is said -----------------------------------------------------------------------------


def test_only_generated_rows_are_judged() -> None:
    real, synthetic = simulated(200, 1), simulated(300, 2)
    both = {n: [*real[n], *synthetic[n]] for n in real}
    table = as_arrow(both).append_column(
        "origin", pa.array(["real"] * 200 + ["synthetic"] * 300, pa.string())
    )
    found = copies(compare(as_arrow(real), table, origin="origin"), KEY)
    one = score(found, "exact_copies")
    assert one.n == 300 and one.value == 0.0 and one.verdict is Verdict.GOOD


def test_what_cannot_be_known() -> None:
    found = copies(compared(simulated(300, 1), simulated(300, 2)), KEY)
    one = score(found, "drawn_to_training_rows")
    assert one.verdict is Verdict.UNKNOWN and "no rows were held out" in one.because
    assert [s.measure for s in found.scores if s.headline] == [
        "exact_copies",
        "drawn_to_training_rows",
    ]
    assert set(found.exhibits[0].columns["from"]) == {"synthetic"}
    assert "as real rows match each other" in score(found, "exact_copies").because
    single = copies(compared({"x": [1.0, 2.0]}, {"x": [1.0]}), KEY)
    assert "only one column" in score(single, "copies_but_one_column").because
    none = compared(simulated(20, 1), {n: [] for n in simulated(1, 1)})
    assert {s.verdict for s in copies(none, KEY).scores} == {Verdict.UNKNOWN}


def test_every_figure_says_that_it_proves_nothing() -> None:
    defined = [m for m in vars(module).values() if isinstance(m, Measure)]
    assert len(defined) == 5
    assert all("not a proof of privacy" in m.meaning for m in defined)
    found = copies(compared(simulated(100, 1), simulated(100, 2)), KEY)
    assert any("does not prove privacy" in note for note in found.notes)


def test_fewer_queries_for_larger_tables_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORK", 1.0)
    comparison = compared(simulated(900, 1), simulated(900, 2), simulated(900, 3))
    one = score(copies(comparison, KEY), "drawn_to_training_rows")
    assert one.n == MIN_QUERIES
    assert "of 500 of 900 synthetic rows" in one.because


def test_the_order_of_rows_and_columns_does_not_matter() -> None:
    real, synthetic = simulated(300, 1), simulated(300, 2)
    for line in range(30):
        for name in real:
            synthetic[name][line] = real[name][line]
    order = Key(9).generator().permutation(300)
    again = compared(taken(dict(reversed(real.items())), order), taken(synthetic, order))
    first, second = copies(compared(real, synthetic), KEY), copies(again, Key(2))
    for name in NAMES:
        one, other = score(first, name), score(second, name)
        assert (one.value, one.ceiling) == (other.value, other.ceiling)
