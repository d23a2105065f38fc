"""Where rules enter: found once, reused, checked, left out; kept in what is learned and saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from trimtab.errors import RuleError
from trimtab.table.rules.rule import Rule, Source, Status
from trimtab.verbs.inspect import inspect_model, inspect_table

ROWS = 300


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    city = rng.choice(["Aa", "Bb", "Cc", "Dd"], ROWS)
    start = rng.integers(0, 50, ROWS)
    return pd.DataFrame(
        {
            "city": city,
            "county": pd.Series(city).map({"Aa": "x", "Bb": "x", "Cc": "y", "Dd": "z"}),
            "start": start,
            "end": start + rng.integers(0, 30, ROWS),
            "other": rng.choice(["u", "v"], ROWS),
        }
    )


KEPT = {"county from city", "start <= end"}


def texts(rules: tuple[Rule, ...] | None, status: Status = Status.KEPT) -> set[str]:
    return {rule.text for rule in rules or () if rule.status is status}


@pytest.fixture(scope="module")
def learned() -> trimtab.Synthesizer:
    return trimtab.fit(frame())


def test_rules_are_found_and_stand_in_the_schema(learned: trimtab.Synthesizer) -> None:
    assert texts(learned.schema.rules) >= KEPT
    assert learned.provenance.kept == len(texts(learned.schema.rules))
    assert learned.provenance.proposed == len(texts(learned.schema.rules, Status.PROPOSED))
    assert learned.to_dict()["provenance"]["kept"] == learned.provenance.kept


def test_what_rules_decide_is_computed_and_nothing_without_rules(
    learned: trimtab.Synthesizer,
) -> None:
    drawn = learned.sample(1000, seed=1)
    county = {"Aa": "x", "Bb": "x", "Cc": "y", "Dd": "z"}
    assert learned.provenance.computed == {"county": "county from city"}
    assert (drawn.county == drawn.city.map(county)).all()
    assert any("county from city" in note for note in learned.warnings)
    without = trimtab.fit(frame(), rules=False)
    assert without.schema.rules is None and without.provenance.computed == {}
    assert (without.provenance.kept, without.provenance.proposed) == (None, None)


def test_rules_are_saved_and_loaded(learned: trimtab.Synthesizer, tmp_path: Path) -> None:
    learned.save(tmp_path / "m.trimtab")
    again = trimtab.load(tmp_path / "m.trimtab")
    assert again.schema == learned.schema
    assert again.provenance == learned.provenance


def test_rules_of_a_schema_are_reused(
    learned: trimtab.Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("looked again")

    monkeypatch.setattr("trimtab.table.prepare.find_rules", fail)
    schema = learned.schema.set_rule("county from city", "dropped").add_rule("start >= 0")
    again = trimtab.fit(frame(), schema=schema)
    assert again.schema.rules == schema.rules
    none = schema.model_copy(update={"rules": ()})
    assert trimtab.fit(frame(), schema=none).schema.rules == ()
    assert trimtab.fit(frame(), schema=schema, rules=False).schema.rules is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("start > end", "'start > end': no row can keep it together with rule"),
        ("start >= 40", r"'start >= 40': \d+ of 300 rows break it, the first in row \d+"),
        ("start >= 'x'", "'start' holds numbers, and 'x' is a text"),
        ("start within", "expected the name of a column"),
    ],
)
def test_rules_by_hand_that_do_not_hold_are_refused_by_every_verb(
    learned: trimtab.Synthesizer, text: str, message: str
) -> None:
    schema = learned.schema.add_rule(text)
    given = frame().head(3)[["city"]]
    calls: list[Any] = [
        lambda: trimtab.fit(frame(), schema=schema),
        lambda: trimtab.balance(frame(), by=["city"], schema=schema),
        lambda: trimtab.complete(frame(), given, schema=schema),
        lambda: trimtab.impute(frame(), schema=schema),
        lambda: trimtab.evaluate(frame(), frame(), schema=schema),
    ]
    for call in calls:
        with pytest.raises(RuleError, match=message):
            call()


def test_rules_that_new_rows_break_are_proposed_and_that_is_said(
    learned: trimtab.Synthesizer,
) -> None:
    turned = frame().assign(end=lambda d: d["start"] - 1 + d.index % 2)
    again = trimtab.fit(turned, schema=learned.schema, drop=["county"])
    assert "start <= end" in texts(again.schema.rules, Status.PROPOSED)
    assert "county from city" not in texts(again.schema.rules)
    broken, gone = again.warnings[:2]
    assert "these rows break, are only proposed: start <= end" in broken
    assert gone.startswith("Rules of the schema that are left out")
    locked = learned.schema.model_copy(update={"locked": True})
    with pytest.raises(RuleError, match=r"'start <= end': .* the schema is locked"):
        trimtab.fit(turned, schema=locked)


def test_rules_are_found_in_the_rows_that_are_learned_from() -> None:
    balanced = trimtab.balance(frame(), by=["other"], holdout=0.3, rows=40)
    rules = balanced.synthesizer.schema.rules
    assert rules is not None
    covered = {r.evidence.covered for r in rules if r.evidence is not None}
    assert covered and max(covered) < ROWS


def test_completed_rows_come_from_a_model_with_rules() -> None:
    given = frame().head(3)[["city"]]
    made = trimtab.complete(frame(), given)
    assert texts(made.synthesizer.schema.rules) >= KEPT
    without = trimtab.complete(frame(), given, rules=False)
    assert without.synthesizer.schema.rules is None
    assert made.table.county.tolist() == frame().head(3).county.tolist()


def test_imputed_tables_keep_rules() -> None:
    gaps = frame()
    gaps.loc[::7, ["city", "county"]] = None
    filled = trimtab.impute(gaps).table
    county = {"Aa": "x", "Bb": "x", "Cc": "y", "Dd": "z"}
    assert filled.notna().all(axis=None)
    assert (filled.county == filled.city.map(county)).all()


def test_what_is_inspected_shows_rules(learned: trimtab.Synthesizer) -> None:
    inspected = inspect_table(frame())
    rules = inspected.to_dict()["rules"]
    assert rules[0]["status"] == "kept" and "no exception in 300 rows" in rules[0]["said"]
    assert inspected.schema.rules == learned.schema.rules
    assert "county from city" in inspected._repr_html_()
    assert "start &lt;= end" in inspected._repr_html_()
    assert inspect_table(frame(), rules=False).to_dict()["rules"] is None
    assert "<b>" + str(len(rules)) not in inspect_table(frame(), rules=False)._repr_html_()
    assert "county from city" in inspect_model(learned)._repr_html_()


def test_values_that_rules_quote_are_listed_with_a_model() -> None:
    schema = trimtab.read(frame()).schema.add_rule("other in ('u', 'v', 'secret')")
    held = inspect_model(trimtab.fit(frame(), schema=schema)).values
    (quoted,) = [value for value in held if value.what.startswith("quoted by a rule")]
    assert (quoted.column, quoted.values) == ("other", ("u", "v", "secret"))


def test_many_rules_are_not_all_shown() -> None:
    rules = tuple(Rule(text=f"start > -{k}", source=Source.FOUND) for k in range(1, 60))
    schema = trimtab.read(frame()).schema.model_copy(update={"rules": rules})
    html = inspect_table(trimtab.read(frame(), schema))._repr_html_()
    assert "start &gt; -40<" in html and "start &gt; -41<" not in html
    assert "... and 19 more rules" in html
