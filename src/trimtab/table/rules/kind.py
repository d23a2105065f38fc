"""What a kind of rule is to the rest: how its text is read, and how it is found in a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trimtab.table.rules.finding.proposals import Proposals
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.words import Words


def nothing(search: Search) -> list[Proposals]:
    """What is proposed of a kind that is only said by hand."""
    return []


@dataclass(frozen=True)
class Kind:
    """A kind of rule, which `kinds.KINDS` lists.

    name      unlike that of any other kind
    says      an example of its form
    means     what that says, in words
    read      the statement that comes next in a text; None where it is of another kind, with the
              words where they were
    propose   statements that hold in the rows that propose, or nearly
    stage     the kinds of an earlier stage are found first; what they settle is left alone by later
              ones: 1 copies of columns, 2 whole columns, 3 single values
    unlikely  the share that chance must make exceptions for a rule of this kind to be kept; for
              less than half of it, it is not even proposed
    """

    name: str
    says: str
    means: str
    read: Callable[[Words], Statement | None]
    propose: Callable[[Search], list[Proposals]] = nothing
    stage: int = 2
    unlikely: float = 0.0
