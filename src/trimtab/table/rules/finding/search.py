"""What the kinds of rules search in: the rows that propose, and what was found before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._random import Key
from trimtab.table.rules.view import View

SAMPLED = 5000  # rows that candidates are looked for in, before all rows are


@dataclass(frozen=True)
class Search:
    """A table in which rules are looked for.

    all         its rows
    proposing   those that propose rules; the others confirm them
    confirming  the others; no person is in both
    min_count   a value that fewer rows (persons) hold is named by no rule
    copies      columns that say what another one says already: nothing more is asked of them
    settled     pairs of columns of which a rule says all: nothing is asked of their single values
    """

    all: View
    proposing: View
    confirming: View
    min_count: int
    key: Key
    copies: frozenset[str] = frozenset()
    settled: frozenset[frozenset[str]] = frozenset()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns to look at: those that vary, and are no copies of others."""
        return tuple(n for n, v in self.all.columns.items() if v.size > 1 and n not in self.copies)

    @cached_property
    def part(self) -> View:
        """Some of the rows that propose, whosever they are."""
        order = self.key.child("part").generator().permutation(self.proposing.rows)
        return self.proposing.take(np.sort(order[:SAMPLED]))

    @cached_property
    def sample(self) -> View:
        """Some of the rows that propose, one for each person."""
        rows = self.proposing.rows
        order = self.key.child("sample").generator().permutation(rows)
        if self.proposing.people is not None:
            _, first = np.unique(self.proposing.people[order], return_index=True)
            order = order[np.sort(first)]
        return self.proposing.take(np.sort(order[:SAMPLED]))
