"""A caller's table, read, with the roles that were asked for and the rules that its rows keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from trimtab._validate import several
from trimtab.errors import ColumnError, unknown_column
from trimtab.table.files import read
from trimtab.table.panel import settled
from trimtab.table.rules.checking.check import checked
from trimtab.table.rules.finding.find import find_rules
from trimtab.table.rules.rule import Rule
from trimtab.table.rules.words import shortened
from trimtab.table.schema import Role, Schema
from trimtab.table.table import Table

_NAMED = 3


def prepare(
    data: Any,
    *,
    schema: Schema | None = None,
    drop: Sequence[str] = (),
    outcome: str | Sequence[str] | None = None,
    constant: Sequence[str] = (),
) -> Table:
    """Read a table and give its columns their roles.

    Raises ColumnError for columns that are not there, or an outcome that is not to be learned;
    InputError for `constant` columns of persons in a table that names none.
    """
    table = read(data, schema)
    roles = settled(table.schema, constant)
    for name in several(drop):
        if name not in roles:
            raise unknown_column(name, roles.names, "drop")
        roles = roles.change(name, role=Role.DROP, reason="left out on request")
    if outcome is not None:
        named = several(outcome)
        for name in roles.outcomes:
            roles = roles.change(name, role=Role.KEEP)
        for name in named:
            check_modelled(name, roles, "outcome")
            roles = roles.change(name, role=Role.OUTCOME)
    return table if roles is table.schema else replace(table, schema=roles)


def check_modelled(name: str, schema: Schema, where: str) -> None:
    """Raise ColumnError for a column that is not there, or that no model learns."""
    if name not in schema:
        raise unknown_column(name, schema.names, where)
    column = schema[name]
    if not column.modelled:
        role = "left out" if column.role is Role.DROP else f"an {column.kind}"
        raise ColumnError(
            f"{where}: column {name!r} is {role}: expected a column that the model learns."
        )


@dataclass(frozen=True)
class Ruled:
    """A table whose schema has its rules, and notes on those that are not as they were."""

    table: Table
    notes: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...] | None:
        """The rules; None where nobody looked for any."""
        return self.table.schema.rules


def ruled(table: Table, wanted: bool, min_count: int) -> Ruled:
    """A table with the rules of its schema, checked; if that has none, with those that are found.

    wanted     whether there are to be rules at all
    min_count  a value that fewer rows (persons) hold is named by no rule

    Raises RuleError for rules by hand that do not fit the columns or do not hold.
    """
    given = table.schema.rules
    if not wanted:
        return Ruled(_with(table, None))
    if given is None:
        return Ruled(_with(table, find_rules(table, min_count)))
    rules = checked(given, table, min_count)
    return Ruled(_with(table, rules), _notes(given, rules))


def _with(table: Table, rules: tuple[Rule, ...] | None) -> Table:
    schema = table.schema
    if rules == schema.rules:
        return table
    return replace(table, schema=schema.model_copy(update={"rules": rules}))


def _notes(given: tuple[Rule, ...], rules: tuple[Rule, ...]) -> tuple[str, ...]:
    """What became of rules that were found in other rows, where that is not what it was."""
    now = {rule.text: rule for rule in rules}
    broken = [r.text for r in given if r.kept and r.text in now and not now[r.text].kept]
    gone = len(given) - len(rules)
    notes = []
    if broken:
        notes.append(
            f"Rules that were found in other rows, and that these rows break, are only proposed: "
            f"{_named(broken)}."
        )
    if gone:
        # Without their texts, which may quote values of few.
        notes.append(
            f"Rules of the schema that are left out, for their columns are, or are of another kind "
            f"by now, or they quote values that too few of these rows hold: {gone}."
        )
    return tuple(notes)


def _named(texts: list[str]) -> str:
    more = f"; and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return "; ".join(shortened(text) for text in texts[:_NAMED]) + more
