"""What a terminal would obey is shown instead, in every text that quotes a table."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab
from tests import hostile
from trimtab._visible import visible, visible_json, visible_lines
from trimtab.errors import ColumnError, unknown_column
from trimtab.plan.plan import from_condition
from trimtab.request.base import Request
from trimtab.table.schema import Column, Kind, Schema
from trimtab.table.toml import from_toml, to_toml

TEXTS = st.text(
    st.one_of(st.sampled_from(hostile.OBEYED), st.characters(), st.sampled_from("ab\\[x1")),
    max_size=30,
)


def obeyed(text: str) -> list[str]:
    """The characters of a text that a terminal would obey."""
    return sorted(set(text) & set(hostile.OBEYED))


@settings(deadline=None)
@given(TEXTS)
def test_what_is_obeyed_is_seen(text: str) -> None:
    shown = visible(text)
    assert not obeyed(shown)
    shown.encode()  # no half of a character is left
    assert visible(shown) == shown, "a shown text can be shown again"
    kept = "".join(c for c in text if c not in hostile.OBEYED)
    assert len(shown) >= len(text), "nothing is dropped"
    if kept == text:
        assert shown == text, "nothing else changes: scripts, accents, joiners, backslashes"
    if "\\" not in text:
        assert shown.encode("raw_unicode_escape").decode("unicode_escape", "surrogatepass") == text


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=4))
def test_lines_that_we_laid_out_stay_lines(texts: list[str]) -> None:
    lines = [visible(t) for t in texts]
    assert visible_lines("\n".join(texts)).replace("\n", "\\n") == "\\n".join(lines)


VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)


@settings(deadline=None)
@given(VALUES)
def test_json_says_the_same(value: object) -> None:
    text = visible_json(json.dumps(value, indent=1, ensure_ascii=False))
    assert not set(obeyed(text)) - {"\n"}
    assert json.loads(text) == value


@settings(deadline=None)
@given(st.text(st.sampled_from([*hostile.IN_TEXT, *'a"\\é']), min_size=1, max_size=20))
def test_a_schema_says_the_same(name: str) -> None:
    column = Column(name=name, kind=Kind.LABEL, storage="string", missing=(name,), reason=name)
    schema = Schema(columns=(column,))
    for text in (to_toml(schema), schema.to_json()):
        assert not set(obeyed(text)) - {"\n"}
    assert from_toml(to_toml(schema), "here") == schema
    assert tomllib.loads(to_toml(schema))["columns"][0]["name"] == name


def test_the_characters_are_those_of_unicode() -> None:
    assert {"\x00", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\x9b"} <= set(hostile.OBEYED)
    assert {"\u2028", "\u2029", "\u202e", "\u2066", "\u2069", "\udc80"} <= set(hostile.OBEYED)
    for kept in ("é", "\xa0", "می\u200cخواهم", "👩\u200d🔬", "名前", "C:\\new"):
        assert visible(kept) == kept
    assert visible("\x1b[2J\n\x9b\u202e\udc80") == "\\x1b[2J\\n\\x9b\\u202e\\udc80"


def test_an_error_can_be_printed() -> None:
    error = unknown_column("\x1b[2J", [hostile.GROUP, "b"], "by")
    assert isinstance(error, ColumnError)
    for text in (str(error), repr(error), f"{error}"):
        assert not obeyed(text) and "\\x1b" in text and "\\x9b" in text
    with pytest.raises(ColumnError) as caught:
        trimtab.plan_balance(hostile.table(), by=["nothing"])
    assert not obeyed(str(caught.value)) and "\\u202e" in str(caught.value)


def test_what_python_prints_of_our_objects() -> None:
    data = hostile.table()
    model = trimtab.fit(data, first=[hostile.GROUP], min_count=2)
    plan = trimtab.plan_balance(data, by=[hostile.GROUP])
    table = trimtab.read(data)
    condition = from_condition({hostile.GROUP: hostile.LABEL}, 3, table.schema)
    cell = model.conditional({}, hostile.GROUP)
    balanced = trimtab.balance(data, by=[hostile.GROUP], rows=12, min_count=2)
    scorecard = trimtab.evaluate(data, data, target=None, sections=["copies"])
    objects = (model, model.learned.model, plan, table, table.schema, condition, cell, balanced)
    for value in (*objects, scorecard, table.schema[hostile.GROUP], scorecard.scores):
        for text in (repr(value), f"{value}"):
            assert not set(obeyed(text)) - ({"\n"} if value is cell else set()), type(value)
    assert not set(obeyed(str(cell))) - {"\n"} and str(cell).count("\n") < 8
    for text in (plan.to_json(), scorecard.to_json(), Request().to_json()):
        assert not set(obeyed(text)) - {"\n"}
    assert trimtab.Scorecard.parse(scorecard.to_json()) == scorecard
    assert json.loads(plan.to_json())["by"] == [hostile.GROUP]
