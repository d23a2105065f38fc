"""Drawing persons with all their rows: so many persons, or whole persons of just so many rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from trimtab._arrays import Bool, Int
from trimtab._random import Key
from trimtab._run import Run
from trimtab.codec.domain import Codes
from trimtab.codec.identifier import IdentifierCodec
from trimtab.errors import RefusedError
from trimtab.model.interface import PersonModel
from trimtab.plan.plan import Plan, Unit
from trimtab.synthesis.computed.draw import with_computed
from trimtab.synthesis.computed.request import Asked
from trimtab.synthesis.groups import Groups
from trimtab.synthesis.learned import Learned
from trimtab.synthesis.whole_persons import chosen, neighbours
from trimtab.table.schema import Kind, Per

PERSONS_AT_ONCE = 8192  # bounds memory, and changes nothing else
_FEWEST_AT_ONCE = 256
_TRIED = 20_000  # persons, for the last rows of a group


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Persons who stand one after the other from `start` on: what they have once, and how many rows
    each has."""

    start: int
    persons: Mapping[str, Int]
    counts: Int


@dataclass(frozen=True)
class PersonDraw:
    """A plan whose persons are drawn."""

    learned: Learned
    model: PersonModel
    plan: Plan
    asked: Asked
    key: Key

    def batches(self, run: Run) -> Iterator[pa.Table]:
        """The rows, some persons at a time: so many persons of each group of the plan, or whole
        persons of just so many rows of each.

        Raises RefusedError for a number of rows that no whole persons come to.
        """
        if self.plan.unit is Unit.PERSONS:
            yield from self._of_persons(run)
        else:
            yield from self._of_rows(run)

    def _of_persons(self, run: Run) -> Iterator[pa.Table]:
        groups, wanted, row = Groups(self.plan.counts), self.plan.rows, 0
        for start in range(0, max(wanted, 1), PERSONS_AT_ONCE):
            stop = min(start + PERSONS_AT_ONCE, wanted)
            drawn = self._persons(groups.of(start, stop), start)
            rows = self._rows(drawn, drawn.counts, row)
            row += rows.num_rows
            run.tell("drawing persons", stop, wanted)
            yield rows

    def _of_rows(self, run: Run) -> Iterator[pa.Table]:
        start = row = 0
        wanted = self.plan.rows
        if not wanted:
            yield self._rows(self._persons(np.zeros(0, np.int64), 0), np.zeros(0, np.int64), 0)
        for group in np.flatnonzero(self.plan.counts).tolist():
            for drawn, kept in self._of_group(group, start):
                start = drawn.start + len(drawn.counts)
                rows = self._rows(drawn, np.where(kept, drawn.counts, 0), row)
                row += rows.num_rows
                run.tell("drawing rows", row, wanted)
                yield rows

    def _of_group(self, group: int, start: int) -> Iterator[tuple[_Drawn, Bool]]:
        """Persons of one group, and which of them are taken.

        Two lots wait, so that there is always somebody to leave out.
        """
        left, waiting, spare = int(self.plan.counts[group]), list[_Drawn](), _TRIED
        key, mean, turn = self.key.child("whole persons", group), 1.0, 0
        while True:
            many = int(np.clip(left / mean, _FEWEST_AT_ONCE, PERSONS_AT_ONCE))
            waiting.append(self._persons(np.full(many, group), start))
            start += many
            counts = np.concatenate([drawn.counts for drawn in waiting])
            mean, turn = float(counts.mean()), turn + 1
            if counts.sum() < left:
                if len(waiting) > 1:
                    ready = waiting.pop(0)
                    left -= int(ready.counts.sum())
                    yield ready, np.ones(len(ready.counts), bool)
                continue
            taken = chosen(counts, left, key.child("turn", turn).uniforms(0, len(counts)))
            if taken is not None:
                break
            spare -= many
            if spare <= 0:
                raise self._refusal(group, counts)
        ends = np.cumsum([len(drawn.counts) for drawn in waiting])
        yield from zip(waiting, np.split(taken, ends[:-1]), strict=True)

    def _refusal(self, group: int, counts: Int) -> RefusedError:
        """That a number of rows cannot be made of persons who have so many each."""
        wanted = int(self.plan.counts[group])
        below, above = neighbours(counts, wanted)
        cells = {name: given.cell(group) for name, given in self.plan.given.items()}
        asked = [_said(name, cell) for name, cell in cells.items() if cell]
        named = f" of {', '.join(asked)}" if asked else ""
        return RefusedError(
            f"{wanted:,} rows{named} cannot be made of whole persons, who have "
            f"{int(counts.min()):,} rows or more: ask for {below:,} or {above:,} rows, or for a "
            "number of persons."
        )

    def _persons(self, groups: Int, start: int) -> _Drawn:
        """Persons start, start + 1, ... of these groups."""
        asked = self.asked.take(groups).model
        return _Drawn(start, *self.model.fill_persons(asked, start, self.key))

    def _rows(self, drawn: _Drawn, counts: Int, row: int) -> pa.Table:
        """So many rows of each person as a table, the first of them being `row`."""
        learned = self.learned
        codes = self.model.fill_rows(drawn.persons, counts, drawn.start, self.key)
        whole: Codes = with_computed(learned, codes)
        table = learned.codec.decode(whole, row, self.key)
        who = pa.array(np.repeat(np.arange(len(counts)), counts))
        for name, codec in learned.codec.columns.items():
            if isinstance(codec, IdentifierCodec) and self._is_of_persons(name):
                key = self.key.child("fresh", name)
                made = codec.make(drawn.start, drawn.start + len(counts), key)
                table = table.set_column(table.column_names.index(name), name, made.take(who))
        return table

    def _is_of_persons(self, name: str) -> bool:
        """Whether persons have an identifier once: their own, or another one by which they go."""
        column = self.learned.schema[name]
        return column.kind is Kind.ENTITY or column.per is Per.PERSON


def _said(name: str, cell: Mapping[str, Any]) -> str:
    """What a group asks of a column, in words."""
    if "value" in cell:
        return f"{name} = {cell['value']}"
    if "between" in cell:
        low, high = cell["between"]
        return f"{name} from {low} to {high}"
    return f"{name} among {', '.join(map(str, cell['one_of']))}" if "one_of" in cell else name
