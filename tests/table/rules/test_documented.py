"""The forms that docs/rules.md shows can be read, and it shows all of them."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.places import ROOT
from trimtab.table.rules.kinds import KINDS
from trimtab.table.rules.linear import PARTS
from trimtab.table.rules.parse import parse
from trimtab.table.rules.rule import Rule
from trimtab.table.rules.saying import in_words
from trimtab.table.schema import Kind

PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
FORMS = re.findall(r"^\| `([^`]+)` \| ", PAGE, re.M)
OTHERS = re.findall(r"^\| (SDV|mostlyai) \| (\w+) \| (.+) \|$", PAGE, re.M)
SAID = {  # the kinds of constraints that cannot be a rule of a row, and what is said instead
    "Unique": f'kind = "{Kind.IDENTIFIER}"',
    "ProgrammableConstraint": "cannot be said",
}


@pytest.mark.parametrize("text", FORMS)
def test_each_form_is_read(text: str) -> None:
    assert parse(text).text == text


def test_every_kind_of_rule_and_part_of_a_date_is_documented() -> None:
    shown = {type(parse(text)) for text in FORMS}
    assert {type(parse(kind.says)) for kind in KINDS} <= shown
    (line,) = (line for line in PAGE.splitlines() if line.startswith("| `year = year(visit)`"))
    assert re.findall(r"`(\w+)`", line) == list(PARTS)


def test_every_kind_of_constraint_of_others_is_said() -> None:
    assert len(OTHERS) == 13
    for _, kind, ours in OTHERS:
        if kind in SAID:
            assert SAID[kind] in ours
            continue
        texts = re.findall(r"`([^`]+)`", ours)
        assert texts
        for text in texts:
            assert parse(text).text == text


def test_the_evidence_that_is_shown_is_said_so() -> None:
    first, *_ = re.findall(r"```toml\n(.*?)```", PAGE, re.S)
    rule = Rule.model_validate(tomllib.loads(first)["rules"][0])
    assert rule.evidence is not None
    quoted = " ".join(re.findall(r"^> (.*)$", PAGE, re.M))
    assert quoted == in_words(rule.evidence)


def test_conditions_and_names_in_the_text_are_read() -> None:
    dose = "dose <= 5 where age < 12 and weight < 40"
    dates = "`first visit` <= `date`"
    assert dose in PAGE and dates in PAGE
    assert parse(dose).columns == ("dose", "age", "weight")
    assert parse(dates).columns == ("first visit", "date")
