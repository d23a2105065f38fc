"""Rows that cannot be true, counted by hand, and what chance makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measure.made_tables import Columns, compared
from tests.places import DATA
from trimtab._random import Key
from trimtab.measure.compare.comparison import Comparison, compare
from trimtab.measure.evidence import Evidence
from trimtab.measure.rules.rules import PART, judged
from trimtab.measure.score import Findings, Score, Verdict
from trimtab.measure.scorecard import Settings
from trimtab.table.files import read
from trimtab.table.rules.finding.find import find_rules
from trimtab.table.rules.rule import Rule, Status

Row = dict[str, Any]
NUMBER = st.none() | st.integers(0, 4).map(float)
LABEL = st.none() | st.sampled_from("abc")
ROWS = st.lists(
    st.fixed_dictionaries({"x": NUMBER, "y": NUMBER, "g": LABEL, "h": LABEL}), max_size=9
)
FIRST: Row = {"x": 0.0, "y": 1.0, "g": "a", "h": "b"}


def columns(rows: Sequence[Row]) -> Columns:
    return {name: [row[name] for row in rows] for name in rows[0]}


def found_in(comparison: Comparison, *rules: str | Rule, seed: int = 0) -> Findings:
    kept = tuple(Rule(text=r) if isinstance(r, str) else r for r in rules)
    evidence = Evidence(comparison, Settings(), Key(seed), 50_000, rules=kept)
    (step,) = PART.steps(evidence)
    return step()


def headline(found: Findings) -> Score:
    (score,) = [s for s in found.scores if s.measure == "rows_breaking_rules"]
    assert score.headline
    return score


def broken_rules(found: Findings) -> dict[str, Row]:
    if not found.exhibits:
        return {}
    (exhibit,) = found.exhibits
    lines = zip(*exhibit.columns.values(), strict=True)
    return {line[0]: dict(zip(exhibit.columns, line, strict=True)) for line in lines}


def order(real: list[Row], row: Row) -> bool:
    return None not in (row["x"], row["y"]) and row["x"] > row["y"]


def together(real: list[Row], row: Row) -> bool:
    values = {n: {r[n] for r in real} for n in "gh"}
    told = all(row[n] is not None and row[n] in values[n] for n in "gh")
    return told and (row["g"], row["h"]) not in {(r["g"], r["h"]) for r in real}


def where(real: list[Row], row: Row) -> bool:
    return row["g"] == "a" and row["h"] not in (None, "b")


def exactly(real: list[Row], row: Row) -> bool:
    return row["g"] is not None and (row["x"] is None) != (row["g"] == "c")


BY_HAND: dict[str, Callable[[list[Row], Row], bool]] = {
    "x <= y": order,
    "g, h occur together": together,
    "h = 'b' where g = 'a'": where,
    "x missing exactly where g = 'c'": exactly,
}
ABOUT = dict(zip(BY_HAND, map(set, ("xy", "gh", "gh", "xg")), strict=True))


@given(ROWS, ROWS, ROWS)
@settings(max_examples=80, deadline=None)
def test_rows_that_break_rules_are_those_counted_by_hand(
    real: list[Row], synthetic: list[Row], holdout: list[Row]
) -> None:
    real, synthetic, holdout = [FIRST, *real], [FIRST, *synthetic], [FIRST, *holdout]
    tables = [columns(rows) for rows in (real, synthetic, holdout)]
    found = found_in(compared(*tables), *BY_HAND)
    told = broken_rules(found)
    of_rule = {s.within: s for s in found.scores if s.measure == "rule_broken"}
    kept = 0
    for text, breaks in BY_HAND.items():
        mine = [k for k, row in enumerate(synthetic, 1) if breaks(real, row)]
        others = [breaks(real, row) for row in holdout]
        if not mine:
            assert text not in told and text not in of_rule
            kept += 1
            continue
        line = told[text]
        assert line["synthetic_rows"] == len(mine)
        assert line["synthetic"] == pytest.approx(len(mine) / len(synthetic))
        assert line["real_rows"] == sum(breaks(real, row) for row in real)
        assert line["holdout"] == pytest.approx(np.mean(others))
        assert line["examples"] == ", ".join(map(str, mine[:5]))
        score = of_rule[text]
        assert score.value is not None
        assert score.value * score.n == pytest.approx(len(mine))
        assert set(score.about) == ABOUT[text]
    assert (
        f"Rules of the real table that every row keeps: {kept:,} of {len(BY_HAND):,}."
        in found.notes
    )
    # Of so few rows none can tell that a pair cannot occur; the others count if others keep them.
    counted = [t for t in BY_HAND if "together" not in t]
    counted = [t for t in counted if not any(BY_HAND[t](real, row) for row in holdout)]
    if counted:
        any_broken = [any(BY_HAND[t](real, row) for t in counted) for row in synthetic]
        assert headline(found).value == pytest.approx(np.mean(any_broken))
        assert headline(found).heldout == headline(found).ceiling == 0


def drawn(rng: np.random.Generator, rows: int, broken: float = 0.0) -> Columns:
    """Rows whose start is never after their end, but for some of them; pairs with a long tail."""
    start = rng.integers(0, 50, rows).astype(float)
    end = start + rng.integers(0, 50, rows)
    swapped = rng.random(rows) < broken
    start, end = np.where(swapped, end + 1, start), np.where(swapped, start, end)
    code = np.minimum(rng.geometric(0.5, rows), 9)
    place = np.minimum(rng.geometric(0.35, rows), 14)
    return {
        "start": start.tolist(),
        "end": end.tolist(),
        "code": [f"c{k}" for k in code],
        "place": [f"p{k}" for k in place],
        "kind": [f"k{k % 3}" for k in code],
    }


RULES = ("start <= end", "code, place occur together", "end within code", "kind from code")


@pytest.mark.parametrize("held_out", [False, True])
def test_a_perfect_table_is_good_and_never_poor(held_out: bool) -> None:
    verdicts = []
    for seed in range(100):
        rng = np.random.default_rng([seed, held_out])
        rows = [int(n) for n in rng.choice([300, 1_000, 3_000], 3)]
        tables = [drawn(rng, n) for n in rows]
        comparison = compared(*tables[: 2 + held_out])
        verdicts.append(headline(found_in(comparison, *RULES, seed=seed)).verdict)
    assert Verdict.POOR not in verdicts
    assert verdicts.count(Verdict.GOOD) >= 95


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize(("broken", "never"), [(0.01, Verdict.GOOD), (0.05, Verdict.MIDDLING)])
def test_impossible_rows_are_seen(broken: float, never: Verdict, held_out: bool) -> None:
    for seed in range(20):
        rng = np.random.default_rng([seed, held_out])
        tables = [drawn(rng, 3_000), drawn(rng, 3_000, broken), drawn(rng, 3_000)]
        found = found_in(compared(*tables[: 2 + held_out]), *RULES, seed=seed)
        share = np.mean(np.array(tables[1]["start"]) > np.array(tables[1]["end"]))
        assert headline(found).verdict not in (Verdict.GOOD if share > 0.006 else None, never)
        assert headline(found).beyond_doubt == (never is Verdict.MIDDLING)


def test_what_is_learned_forgives_no_row_that_breaks_what_is_not() -> None:
    rng = np.random.default_rng(3)
    real, other = drawn(rng, 2_000), drawn(rng, 2_000)
    # Only pairs that the real rows show, so that all rows break as few rules as real ones do.
    shown = set(zip(real["code"], real["place"], strict=True))
    pairs = zip(other["code"], other["place"], strict=True)
    kept = [k for k, pair in enumerate(pairs) if pair in shown]
    other = {name: [values[k] for k in kept] for name, values in other.items()}
    other["start"] = [1e3] * 13 + other["start"][13:]
    rules = ("start <= end", "code, place occur together")
    found = headline(found_in(compared(real, other), *rules))
    assert found.value is not None and found.ceiling is not None
    assert found.value == pytest.approx(13 / len(kept)) and found.value - found.ceiling < 0.005
    assert found.verdict is Verdict.MIDDLING
    assert found.because.startswith("by the rules alone that no pairs or ranges are learned for: ")


def test_a_rule_that_many_other_real_rows_break_says_nothing_of_what_can_be_true() -> None:
    rng = np.random.default_rng(0)
    tables = []
    for _ in range(2):
        labels = {n: [f"{k}" for k in rng.integers(0, 40, 200)] for n in "gh"}
        tables.append({**labels, "n": rng.integers(0, 9, 200).astype(float).tolist()})
    found = found_in(compared(*tables), "g, h occur together", "n >= 0")
    assert headline(found).value == 0
    assert headline(found).verdict is Verdict.GOOD
    assert broken_rules(found)["g, h occur together"]["synthetic_rows"] > 100
    assert any("g, h occur together may be true" in note for note in found.notes)


def test_the_rows_of_one_person_hang_together() -> None:
    rng = np.random.default_rng(0)
    x = np.repeat(rng.random(60) < 0.1, 10)
    tables = [{"x": np.zeros(600).tolist()}, {"x": x.astype(float).tolist()}]
    alone = compared(*tables)
    people = np.repeat(np.arange(60), 10)
    synthetic = replace(alone.synthetic, people=people)
    real = replace(alone.real, people=people)
    persons = replace(alone, real=real, synthetic=synthetic, delivered=synthetic)
    spans = []
    for comparison in (alone, persons):
        score = headline(found_in(comparison, "x = 0"))
        assert score.value == pytest.approx(x.mean())
        assert score.interval is not None
        spans.append(score.interval[1] - score.interval[0])
    assert spans[1] > 2 * spans[0]


def test_what_a_person_shows_alone_is_not_vouched_for_by_the_same_person() -> None:
    rows = 40
    pairs = {n: [f"{n}{k // 4}" for k in range(rows)] for n in "gh"}
    alone = compared(pairs, pairs)
    people = np.arange(rows) // 4
    real = replace(alone.real, people=people)
    found = {
        name: found_in(comparison, "g, h occur together", "g present")
        for name, comparison in (("rows", alone), ("persons", replace(alone, real=real)))
    }
    assert all(headline(f).value == 0 for f in found.values())
    assert not broken_rules(found["persons"])


def test_pooled_labels_break_no_rule() -> None:
    real = {"g": ["a", "a", "b", "b"] * 10, "h": ["x", "x", "y", "y"] * 10}
    synthetic = {"g": ["a", "(rare)", "b", "a"], "h": ["x", "x", "(rare)", "y"]}
    rules = ("h from g", "g, h occur together", "g in ('a', 'b')", "h = 'x' where g = 'a'")
    told = broken_rules(found_in(compared(real, synthetic), *rules))
    assert {text: line["examples"] for text, line in told.items()} == {
        "h from g": "4",
        "g, h occur together": "4",
        "h = 'x' where g = 'a'": "4",
    }


def test_labels_that_only_the_synthetic_table_has_are_no_pairs_and_no_flags() -> None:
    real = {"g": ["a", "b"] * 20, "h": ["x", "y"] * 20, "u": ["0", "1"] * 20, "v": ["1", "0"] * 20}
    synthetic = {"g": ["new", "a"], "h": ["x", "x"], "u": ["0", "perhaps"], "v": ["1", "1"]}
    found = found_in(compared(real, synthetic), "g, h occur together", "h from g", "one of u, v")
    assert not broken_rules(found)
    both = synthetic | {"u": ["1", "perhaps"]}
    told = broken_rules(found_in(compared(real, both), "one of u, v"))
    assert told["one of u, v"]["examples"] == "1"


def test_rules_that_are_not_kept_or_are_of_other_columns_are_left_out() -> None:
    table = {"x": [1.0, 2.0, 3.0]}
    rules = (
        Rule(text="x >= 2", status=Status.PROPOSED),
        Rule(text="x >= 2", status=Status.DROPPED),
        Rule(text="x <= z"),
        Rule(text="x >= 0"),
    )
    found = found_in(compared(table, table), *rules)
    assert headline(found).value == 0
    assert found.notes == (
        "Rules of the real table that every row keeps: 1 of 1.",
        "1 rule of the real table is not judged by, because a column in it is not compared.",
    )


@pytest.mark.parametrize("rules", [(), ("x <= z",), (Rule(text="x >= 2", status=Status.PROPOSED),)])
def test_without_a_rule_nothing_is_known(rules: Any) -> None:
    table = {"x": [1.0, 2.0, 3.0]}
    score = headline(found_in(compared(table, table), *rules))
    assert score.verdict is Verdict.UNKNOWN
    assert score.because == "no rule of the real table was found to judge by"


def test_nothing_is_said_where_rules_were_not_asked_for() -> None:
    table = {"x": [1.0, 2.0, 3.0]}
    evidence = Evidence(compared(table, table), Settings(), Key(0), 50_000)
    assert list(PART.steps(evidence)) == []
    assert judged(evidence).scores[0].verdict is Verdict.UNKNOWN


def thirds(name: str, seed: int) -> list[pd.DataFrame]:
    """Three parts of a real table; the rows of a person stay together."""
    paths = [DATA / name / f"{part}.csv" for part in ("train", "test")]
    if not paths[0].exists():
        pytest.skip(f"the real table {name} is not at hand")
    rng = np.random.default_rng(seed)
    train, test = (pd.read_csv(path, keep_default_na=False) for path in paths)
    if "PatientID" not in train:
        order = rng.permutation(len(train))[: 3 * min(len(train) // 3, 3_000)]
        return [train.iloc[part].reset_index(drop=True) for part in np.array_split(order, 3)]
    both = pd.concat([train, test.assign(PatientID=test["PatientID"] + 100_000)])
    people = both["PatientID"].unique()
    part = dict(zip(people, rng.permutation(len(people)) % 3, strict=True))
    return [both[both["PatientID"].map(part) == k].reset_index(drop=True) for k in range(3)]


@pytest.mark.parametrize("name", ["adult", "persons/visits", "stroke"])
def test_other_real_rows_could_be_true_and_shuffled_ones_could_not(name: str) -> None:
    for seed in range(4):
        real, other, held_out = thirds(name, seed)
        rules = find_rules(read(real))
        for holdout in (None, held_out):
            score = headline(found_in(compare(real, other, holdout), *rules))
            assert score.verdict in (Verdict.GOOD, Verdict.UNKNOWN)
            known = any(rule.kept for rule in rules)
            assert (score.verdict is Verdict.GOOD) == known
        rng = np.random.default_rng(seed)
        columns = {n: other[n].to_numpy()[rng.permutation(len(other))] for n in other}
        shuffled = headline(found_in(compare(real, pd.DataFrame(columns)), *rules))
        assert shuffled.beyond_doubt == known


def test_examples_are_rows_of_the_file_where_some_of_them_are_real() -> None:
    real = pd.DataFrame(
        {"start": [k % 9 for k in range(40)], "end": [k % 9 + 1 for k in range(40)]}
    )
    table = real.assign(origin="real")
    table.loc[[3, 8, 21, 22], "origin"] = "synthetic"
    table.loc[[8, 22], "start"] = 99
    table.loc[[5, 6], "end"] = -1  # real rows, which are not judged
    comparison = compare(real, table, origin="origin")
    found = found_in(comparison, "start < end")
    assert headline(found).value == 0.5 and headline(found).n == 4
    assert broken_rules(found)["start < end"]["examples"] == "9, 23"
