"""Tables with the rules of their rows: found once, and the same when they are checked again."""

from __future__ import annotations

import pytest

import trimtab
from trimtab.table.prepare import ruled
from trimtab.table.rules.rule import Status
from trimtab.table.toml import from_toml, to_toml


@pytest.fixture(scope="module", params=["visits", "strokes"])
def table(request: pytest.FixtureRequest) -> trimtab.Table:
    return trimtab.read(getattr(trimtab.datasets, request.param)())


def test_rules_that_are_found_pass_their_own_check(table: trimtab.Table) -> None:
    found = ruled(table, True, 5)
    assert found.rules and found.notes == ()
    assert ruled(found.table, True, 5).table is found.table
    back = from_toml(to_toml(found.table.schema), "s.toml").rules
    again = ruled(trimtab.read(table, table.schema.model_copy(update={"rules": back})), True, 5)
    assert again.rules == back and again.notes == ()
    assert [r.text for r in back or ()] == [r.text for r in found.rules]


def test_no_rules_are_wanted(table: trimtab.Table) -> None:
    assert ruled(table, False, 5).table is table
    with_rules = table.schema.model_copy(update={"rules": ()})
    assert ruled(trimtab.read(table, with_rules), False, 5).rules is None


def test_rules_stay_when_a_table_is_read_with_its_schema(table: trimtab.Table) -> None:
    name = table.schema.names[0]
    for locked in (False, True):
        schema = table.schema.add_rule(f"`{name}` present", "proposed")
        schema = schema.model_copy(update={"locked": locked})
        assert trimtab.read(table, schema).schema.rules == schema.rules


def test_rules_that_quote_values_of_few_do_not_outlast_a_larger_min_count() -> None:
    visits = trimtab.read(trimtab.datasets.visits())
    found = ruled(visits, True, 5)
    quoting = [r for r in found.rules or () if "'" in r.text and r.status is Status.PROPOSED]
    fewer = ruled(found.table, True, 100)
    assert quoting and not {r.text for r in quoting} & {r.text for r in fewer.rules or ()}
    (note,) = fewer.notes
    assert note.startswith("Rules of the schema that are left out") and "'" not in note
