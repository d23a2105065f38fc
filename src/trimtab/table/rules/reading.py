"""The rules of a schema, read: each with its statement and its place."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from trimtab.errors import InputError, RuleError
from trimtab.table.rules.checking.same import same
from trimtab.table.rules.parse import parse
from trimtab.table.rules.rule import Rule, Source
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.words import shortened
from trimtab.table.schema import Schema


@dataclass(frozen=True)
class Read:
    """A rule that has been read.

    number  its place among the rules, from 1
    """

    number: int
    rule: Rule
    statement: Statement

    @property
    def name(self) -> str:
        """What to call it in a message."""
        return f"rule {self.number}, {shortened(self.rule.text)!r}"

    @property
    def by_hand(self) -> bool:
        """Whether it is kept because somebody says so, and not because it was found to hold."""
        evidence = self.rule.evidence
        found = self.rule.source is Source.FOUND and (evidence is None or evidence.exact)
        return self.rule.kept and not found


def read_rules(rules: Sequence[Rule], schema: Schema, where: str) -> tuple[Read, ...]:
    """The rules of a schema, read. Raises RuleError for one that is none, or stands there twice.

    where   what holds the rules, for messages
    """
    found: list[Read] = []
    before: dict[Hashable, Read] = {}
    for number, rule in enumerate(rules, 1):
        try:
            statement = parse(rule.text, schema.names)
        except InputError as error:
            why = str(error).removeprefix("rule ")
            raise RuleError(f"{where}: rule {number}, {why}") from None
        read = Read(number, rule, statement)
        twin = before.setdefault(same(statement), read)
        if twin is not read:
            raise RuleError(
                f"{where}: {read.name}: {twin.name}, says the same: leave one of them out."
            )
        found.append(read)
    return tuple(found)


def kept_rules(schema: Schema) -> tuple[Read, ...]:
    """The rules of a schema that are kept, read. Raises RuleError as `read_rules` does."""
    rules = read_rules(schema.rules or (), schema, "schema")
    return tuple(read for read in rules if read.rule.kept)
