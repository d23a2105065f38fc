"""What a search for rules of one kind comes up with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trimtab.table.rules.statement import Statement


@dataclass(frozen=True)
class Proposals:
    """What a search for rules of one kind came up with.

    statements  worth weighing by all rows
    tested      how many there were to choose from: the more, the more will fit by chance
    """

    statements: Sequence[Statement] = ()
    tested: float = 0
