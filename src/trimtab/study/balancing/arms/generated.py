"""The arm whose rows are drawn by what this package learns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from trimtab._random import Key
from trimtab.errors import RefusedError
from trimtab.measure.compare.comparison import compare
from trimtab.plan.balance.balance import plan_balance
from trimtab.plan.balance.counts import counts_table
from trimtab.request.parts import MIN_COUNT
from trimtab.study.balancing.arms.arm import ArmKind, extended
from trimtab.study.question import Part, Training, UnableError
from trimtab.synthesis.choose import quickest
from trimtab.synthesis.learn import learn
from trimtab.synthesis.settings import settings_of
from trimtab.table.schema import Column, Kind, Role, Schema
from trimtab.table.table import Table

OURS = "trimtab"
_YES, _NO = "yes", "no"


@dataclass(frozen=True)
class Generated:
    """Rows of the smaller class drawn by what this package learns of all rows: `balance`.

    table   the features of all rows of the question, and the column that names persons
    """

    table: Table
    name: str = OURS
    adds: bool = True

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        """The rows, then the drawn ones. Raises UnableError for too few rows to learn from."""
        wanting = part.wanting(ratio)
        if not wanting:
            return extended(part, part.sample.take(np.zeros(0, np.int64)))
        rows, name = self._with_class(part)
        few, many = (_YES, _NO) if part.rarer else (_NO, _YES)
        count = int(part.minority.sum())
        if not count:
            raise UnableError("there is no row of the smaller class to learn from")
        to = counts_table({few: count + wanting, many: len(part.is_positive) - count}, (name,))
        try:
            # A proof finds out what few rows are worth, so that it takes any number of them.
            plan = plan_balance(rows, (name,), to, mode="augment", min_support=1)
            settings = settings_of(quickest(), MIN_COUNT, int(key.generator().integers(2**31)))
            synthesizer = learn(rows, settings, first=(name,), public=(name,), plan=plan)
        except RefusedError as error:
            raise UnableError(str(error)) from None
        drawn = synthesizer.draw(plan, seed=settings.key.seed)
        names = tuple(f.name for f in part.features)
        schema = Schema(columns=tuple(drawn.schema[n] for n in names))
        new = Table(schema, drawn.data.select(list(names)), drawn.origin)
        return extended(part, compare(self.table, new).synthetic)

    def _with_class(self, part: Part) -> tuple[Table, str]:
        """The rows of a part and their class, and the name of its column."""
        name = "class"
        while name in self.table.schema:
            name += " of the row"
        data = self.table.data.take(pa.array(part.positions))
        labels = pa.array(np.where(part.is_positive, _YES, _NO))
        column = Column(name=name, kind=Kind.LABEL, storage="string", role=Role.OUTCOME)
        schema = Schema(locked=True, columns=(*self.table.schema.columns, column))
        data = data.append_column(name, labels).combine_chunks()
        return Table(schema, data, self.table.origin), name


KIND = ArmKind(OURS, Generated, usual=True)
