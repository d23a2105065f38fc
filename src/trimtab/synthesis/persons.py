"""Drawing persons with all their rows: so many persons, or whole persons of just so many rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from trimtab._arrays import Bool, Int
from trimtab._random import Key
from trimtab._run import Run
from trimtab.codec.domain import Codes
from trimtab.codec.identifier import IdentifierCodec
from trimtab.errors import PlanError, RefusedError
from trimtab.model.interface import PersonModel
from trimtab.plan.plan import Plan, Unit
from trimtab.synthesis.computed.draw import with_computed
from trimtab.synthesis.computed.request import Asked
from trimtab.synthesis.groups import Groups
from trimtab.synthesis.learned import Learned

PERSONS_AT_ONCE = 8192  # bounds memory, and changes nothing else
_FEWEST_AT_ONCE = 256
_TRIED = 20_000  # persons, for the last rows that are left


@dataclass(frozen=True)
class PersonDraw:
    """A plan whose persons are drawn."""

    learned: Learned
    model: PersonModel
    plan: Plan
    asked: Asked
    key: Key

    def batches(self, run: Run) -> Iterator[pa.Table]:
        """The rows, some persons at a time.

        Raises PlanError for groups of rows that have to be made of persons, and RefusedError for a
        number of rows that no whole persons come to.
        """
        if self.plan.unit is Unit.PERSONS:
            yield from self._of_persons(run)
        elif len(self.plan.counts) == 1:
            yield from self._of_rows(run)
        else:
            raise PlanError(
                "the model draws persons with all their rows, and this plan asks for groups of "
                "rows: fit another model for it (leave out `model`)."
            )

    def _of_persons(self, run: Run) -> Iterator[pa.Table]:
        groups, wanted, row = Groups(self.plan.counts), self.plan.rows, 0
        for start in range(0, max(wanted, 1), PERSONS_AT_ONCE):
            stop = min(start + PERSONS_AT_ONCE, wanted)
            asked = self.asked.take(groups.of(start, stop)).model
            persons, counts = self.model.fill_persons(asked, start, self.key)
            drawn = self._rows(persons, counts, start, row)
            row += drawn.num_rows
            run.tell("drawing persons", stop, wanted)
            yield drawn

    def _of_rows(self, run: Run) -> Iterator[pa.Table]:
        """Persons one after the other as long as they fit; of the last rows, those that do."""
        wanted, start, row, spare = self.plan.rows, 0, 0, _TRIED
        while row < wanted:
            many = min(PERSONS_AT_ONCE, max(wanted - row, _FEWEST_AT_ONCE))
            asked = self.asked.take(np.zeros(many, np.int64)).model
            persons, counts = self.model.fill_persons(asked, start, self.key)
            kept = _fitting(counts, wanted - row)
            spare = spare if kept.all() else spare - many
            drawn = self._rows(persons, np.where(kept, counts, 0), start, row)
            row, start = row + drawn.num_rows, start + many
            if row < wanted and spare <= 0:
                least = int(counts.min())
                raise RefusedError(
                    f"{wanted:,} rows cannot be made of whole persons, who have {least} rows or "
                    f"more: ask for {row:,} or {row + least:,} rows, or for a number of persons."
                )
            run.tell("drawing rows", row, wanted)
            yield drawn

    def _rows(self, persons: dict[str, Int], counts: Int, start: int, row: int) -> pa.Table:
        """The rows of persons start, start + 1, ... as a table, the first of them being `row`."""
        learned = self.learned
        codes = self.model.fill_rows(persons, counts, start, self.key)
        whole: Codes = with_computed(learned, codes)
        drawn = learned.codec.decode(whole, row, self.key)
        entity = learned.schema.entity
        if entity is None or entity.name not in learned.codec.columns:
            return drawn
        codec = learned.codec.columns[entity.name]
        assert isinstance(codec, IdentifierCodec)
        made = codec.make(start, start + len(counts), self.key.child("fresh", entity.name))
        who = pa.array(np.repeat(np.arange(len(counts)), counts))
        index = drawn.column_names.index(entity.name)
        return drawn.set_column(index, entity.name, made.take(who))


def _fitting(counts: Int, left: int) -> Bool:
    """Which persons are taken, one after the other: those whose rows are no more than are left."""
    taken = np.cumsum(counts) <= left
    left -= int(counts[taken].sum())
    for at in np.flatnonzero(~taken).tolist():
        if counts[at] <= left:
            taken[at], left = True, left - int(counts[at])
    return np.asarray(taken)
