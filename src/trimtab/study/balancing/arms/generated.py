"""The arms that a caller names, and the one whose rows are drawn by what this package learns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from trimtab._random import Key
from trimtab._validate import one_of, several
from trimtab.errors import InputError, RefusedError
from trimtab.measure.compare.comparison import compare
from trimtab.plan.balance.balance import plan_balance
from trimtab.plan.balance.counts import counts_table
from trimtab.study.balancing.arms import smote
from trimtab.study.balancing.arms.arm import (
    Arm,
    ClassWeights,
    RandomOversampling,
    Untouched,
    extended,
)
from trimtab.study.balancing.arms.smote import Interpolation
from trimtab.study.question import Part, Training, UnableError
from trimtab.synthesis.learn import MIN_COUNT, learn, settings_of
from trimtab.table.schema import Column, Kind, Role, Schema
from trimtab.table.table import Table

OURS = "trimtab"
ARMS = ("none", "weights", "oversample", "smote", "borderline", "adasyn", OURS)
USUAL_ARMS = ("none", "weights", "oversample", "smote", OURS)
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
            plan = plan_balance(rows, (name,), to, mode="augment")
            settings = settings_of("trees", MIN_COUNT, int(key.generator().integers(2**31)))
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


def arms_of(
    asked: Sequence[str] | None, whole_protocol: bool, table: Table
) -> tuple[tuple[Arm, ...], tuple[str, ...]]:
    """The arms, and what is missing of the usual ones."""
    names = list(ARMS if whole_protocol else USUAL_ARMS) if asked is None else list(several(asked))
    for name in names:
        one_of(ARMS, arms=name)
    for needed in ("none", OURS):
        if needed not in names:
            raise InputError(
                f"arms = {', '.join(names)}: expected 'none' and {OURS!r} among them, because they "
                "are what is compared."
            )
    notes: tuple[str, ...] = ()
    if set(names) & {"smote", "borderline", "adasyn"}:
        try:
            smote.check_installed()
        except InputError as error:
            if asked is not None:
                raise
            names = [n for n in names if n not in ("smote", "borderline", "adasyn")]
            notes = (f"SMOTE is not compared: {error}",)
    by_name: dict[str, Arm] = {
        "none": Untouched(),
        "weights": ClassWeights(),
        "oversample": RandomOversampling(),
        "smote": Interpolation(smote.SMOTE),
        "borderline": Interpolation(smote.BORDERLINE),
        "adasyn": Interpolation(smote.ADASYN),
        OURS: Generated(table),
    }
    return tuple(by_name[n] for n in ARMS if n in names), notes
