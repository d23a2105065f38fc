"""Rules of a schema: looked up, added, kept, dropped; as TOML and JSON and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import trimtab
from tests.places import ROOT
from trimtab import Column, Rule, Schema
from trimtab.errors import InputError, RuleError
from trimtab.table.rules.rule import Evidence, Source, Status
from trimtab.table.rules.words import literal
from trimtab.table.toml import from_json, from_toml, to_toml

SCHEMA = Schema(
    columns=tuple(
        Column(name=n, kind="number", storage="double") for n in ("start", "end", "first visit")
    )
)
SHARES = st.floats(0, 1)
EVIDENCE = st.builds(
    Evidence,
    counted=st.sampled_from(["rows", "persons"]),
    covered=st.integers(0, 10**9),
    exceptions=st.integers(0, 10**6),
    by_chance=SHARES,
    bound=SHARES,
)
RULES = st.builds(
    Rule,
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(
        lambda value: f"start != {literal(value)}"
    ),
    status=st.sampled_from(Status),
    source=st.sampled_from(Source),
    evidence=st.none() | EVIDENCE,
)


def test_a_rule_is_added_and_found_again() -> None:
    schema = SCHEMA.add_rule(" end >= start ").add_rule("first visit <= start", "proposed")
    assert SCHEMA.rules is None
    assert schema.rules == (
        Rule(text="end >= start"),
        Rule(text="first visit <= start", status=Status.PROPOSED),
    )
    assert schema.rule("end>=`start`") == schema.rules[0]
    assert schema.rule("`first visit` <= start") == schema.rules[1]


def test_the_status_of_a_rule_is_set() -> None:
    found = Rule(
        text="end >= start",
        status=Status.PROPOSED,
        source=Source.FOUND,
        evidence=Evidence(covered=9, exceptions=5, by_chance=0.5, bound=0.5),
    )
    schema = SCHEMA.model_copy(update={"rules": (found,)})
    dropped = schema.set_rule("end >= start", "dropped").rule("end >= start")
    assert dropped == found.model_copy(update={"status": Status.DROPPED})
    kept = schema.set_rule("end >= start", Status.KEPT).rule("end >= start")
    assert (kept.status, kept.source, kept.evidence) == (
        Status.KEPT,
        Source.DECLARED,
        found.evidence,
    )
    assert schema.rules == (found,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("end >= START", "rule 'end >= START': there is no column 'START'. Did you mean 'start'?"),
        ("`a b` = end", "there is no column 'a b'"),
        ("end >=  start", "rule 'end >=  start' is there already, as rule 1 (kept)"),
        ("end >= #", "rule 'end >= #': '#' at character 8 is no part of a rule"),
        ("end >= 'x", "the ' at character 8 is never closed"),
        ("end" * 4000, "has 12,000 characters: expected at most 1,000"),
    ],
)
def test_what_cannot_be_added(text: str, message: str) -> None:
    schema = SCHEMA.add_rule("end >= start")
    with pytest.raises(RuleError) as caught:
        schema.add_rule(text)
    assert message in str(caught.value) and len(str(caught.value)) < 400


def test_what_cannot_be_changed() -> None:
    schema = SCHEMA.add_rule("end >= start")
    with pytest.raises(RuleError, match=r"no rule 'end > start'\. Did you mean 'end >= start'\?"):
        schema.set_rule("end > start", "dropped")
    with pytest.raises(RuleError, match="It has none"):
        SCHEMA.rule("end > start")
    for status in ("keep", "", "KEPT"):
        with pytest.raises(InputError, match="expected one of dropped, kept, proposed"):
            schema.set_rule("end >= start", status)
        with pytest.raises(InputError, match="expected one of dropped, kept, proposed"):
            schema.add_rule("end > 0", status)


@given(st.none() | st.lists(RULES, max_size=4, unique_by=lambda rule: rule.text))
def test_toml_and_json_and_back(rules: list[Rule] | None) -> None:
    schema = SCHEMA.model_copy(update={"rules": None if rules is None else tuple(rules)})
    assert from_json(schema.to_json(), "x") == schema
    text = to_toml(schema)
    again = from_toml(text, "x")
    assert to_toml(again) == text
    if rules is None:
        assert again.rules is None
        return
    assert again.rules is not None
    for rule, back in zip(rules, again.rules, strict=True):
        assert (back.text, back.status, back.source) == (rule.text, rule.status, rule.source)
        if rule.evidence is None or back.evidence is None:
            assert rule.evidence is back.evidence
            continue
        assert back.evidence.covered == rule.evidence.covered
        assert back.evidence.exceptions == rule.evidence.exceptions
        assert back.evidence.by_chance == pytest.approx(rule.evidence.by_chance, rel=0.01)
        assert back.evidence.bound >= rule.evidence.bound
        assert back.evidence.bound == pytest.approx(rule.evidence.bound, rel=0.02)
        assert (back.evidence.bound < 1) is (rule.evidence.bound < 1)


def test_an_empty_list_is_not_none() -> None:
    assert from_toml(to_toml(SCHEMA.model_copy(update={"rules": ()})), "x").rules == ()
    assert from_toml(to_toml(SCHEMA), "x").rules is None


def test_a_block_by_hand_needs_only_a_text(tmp_path: Path) -> None:
    place = tmp_path / "schema.toml"
    trimtab.write_schema(SCHEMA, place)
    place.write_text(place.read_text() + '\n[[rules]]\ntext = "end >= start"\n')
    assert trimtab.read_schema(place).rules == (Rule(text="end >= start"),)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ('status = "kept"', r"not valid at rule 2\.text: Field required"),
        ('text = "a"\nstatus = "keep"', r"not valid at rule 2\.status: Input should be 'kept'"),
        ('text = "a"\nwhy = "b"', r"not valid at rule 2\.why: Extra inputs"),
        ('text = "a"\nevidence = { covered = -1 }', r"not valid at rule 2\.evidence\.covered"),
    ],
)
def test_blocks_that_are_no_rules(block: str, message: str) -> None:
    text = to_toml(SCHEMA.add_rule("end >= start")) + f"\n[[rules]]\n{block}\n"
    with pytest.raises(InputError, match=message):
        from_toml(text, "s.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("end >=", r"^s\.toml: rule 2, 'end >=': expected a value.*found the end at character 7"),
        ("end" * 4000, r"^s\.toml: rule 2, 'endend.* has 12,000 characters"),
        (
            "start <= end",
            r"^s\.toml: rule 2, 'start <= end': rule 1, 'end >= start', says the same",
        ),
    ],
)
def test_rules_that_cannot_be_read_are_named_with_their_file(text: str, message: str) -> None:
    written = to_toml(SCHEMA.add_rule("end >= start")) + f'\n[[rules]]\ntext = "{text}"\n'
    with pytest.raises(RuleError, match=message):
        from_toml(written, "s.toml")


def test_a_schema_of_before_has_no_rules_and_is_written_anew() -> None:
    old = (ROOT / "tests/laws/files_of_before/schema.toml").read_text(encoding="utf-8")
    schema = from_toml(old, "schema.toml")
    assert "version = 1" in old and schema.rules is None
    assert to_toml(schema).startswith("version = 4\n")
    assert json.loads(schema.to_json())["version"] == 4


def test_a_newer_schema_says_so() -> None:
    text = 'version = 5\nlocked = false\nmore = "of it"\n'
    with pytest.raises(
        InputError, match=r"s\.toml: .* version: 5 is newer than 4, .*update trimtab"
    ):
        from_toml(text, "s.toml")
