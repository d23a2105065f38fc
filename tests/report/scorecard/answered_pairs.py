"""Pairs of tables, and the answers that a judge may give to them.

Each pair is a real table and another one whose faults are known, because they were made. An answer
is one of two neighbours at most; a judge that always gives the same one is outside on some pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

import trimtab
from trimtab._random import Key
from trimtab.report.summary import Recommendation

ROWS, FEW_ROWS = 3_000, 20
TARGET, SEX, RACE = "income", "sex", "race"
NUMBERS = ["age", "hours-per-week"]  # of many values, so that a small change makes a new one

YES, CARE, NO, UNKNOWN = (
    frozenset({Recommendation.YES}),
    frozenset({Recommendation.CARE}),
    frozenset({Recommendation.NO}),
    frozenset({Recommendation.UNKNOWN}),
)
Answers = frozenset[Recommendation]


@dataclass(frozen=True)
class Tables:
    """Three parts of one table, of ROWS rows each: real, held out, and another like them."""

    real: pd.DataFrame
    held_out: pd.DataFrame
    other: pd.DataFrame
    key: Key

    def shuffled(self, *names: str) -> pd.DataFrame:
        """The other rows, with some columns (all, if none is named) drawn independently."""
        made = self.other.copy()
        for name in names or made.columns:
            order = self.key.child("shuffled", name).generator().permutation(ROWS)
            made[name] = self.other[name].to_numpy()[order]
        return made

    def jittered(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows whose numbers are one off, up or down."""
        draw = self.key.child("jitter").generator()
        return rows.assign(**{name: rows[name] + draw.choice([-1, 1], ROWS) for name in NUMBERS})

    def reversed_outcome(self) -> pd.DataFrame:
        """The other rows, with the two outcomes of women changed for each other."""
        first, second = sorted(self.other[TARGET].unique())
        women = self.other[SEX] == "Female"
        swapped = self.other[TARGET].map({first: second, second: first})
        return self.other.assign(**{TARGET: self.other[TARGET].where(~women, swapped)})

    def three_groups(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows of three groups, of which one has FEW_ROWS."""
        white = rows[RACE] == rows[RACE].mode()[0]
        group = np.where(white, "first", "second").astype(object)
        group[self.key.child("few").generator().permutation(ROWS)[:FEW_ROWS]] = "third"
        return rows.assign(**{RACE: group})


@dataclass(frozen=True)
class Pair:
    """A second table, and the answers that may be given for each use of it.

    held_out   whether real rows that nobody learned from are there to compare with
    groups     the column whose groups are compared
    prepared   what is done to the real rows first
    """

    made: Callable[[Tables], pd.DataFrame]
    columns: Answers
    relations: Answers
    models: Answers
    comparing: Answers
    copies: Answers
    held_out: bool = True
    groups: str = SEX
    prepared: Callable[[Tables, pd.DataFrame], pd.DataFrame] = lambda tables, rows: rows


PAIRS = {
    "halves": Pair(lambda t: t.other, YES, YES | CARE, YES, YES | CARE, YES),
    "copies": Pair(lambda t: t.real, YES, YES | CARE, YES, YES | CARE, NO),
    "near copies": Pair(
        lambda t: t.jittered(t.real), YES | CARE, YES | CARE, YES, YES | CARE, CARE | NO
    ),
    "shuffled columns": Pair(lambda t: t.shuffled(), YES | CARE, NO, NO, CARE | NO, YES),
    "one broken column": Pair(
        lambda t: t.other.assign(age=t.key.child("age").generator().integers(17, 91, ROWS)),
        CARE | NO,
        CARE | NO,
        YES | CARE,
        YES | CARE,
        YES,
    ),
    "one broken pair": Pair(
        lambda t: t.shuffled("education"), YES, CARE | NO, YES | CARE, YES | CARE, YES
    ),
    "one group's outcome reversed": Pair(
        Tables.reversed_outcome, YES | CARE, CARE | NO, CARE | NO, NO, YES
    ),
    "a wrong format": Pair(
        lambda t: t.other.assign(**{n: 100 * t.other[n] for n in t.other.select_dtypes("number")}),
        NO,
        NO,
        CARE | NO,
        CARE | NO,
        YES,
    ),
    "halves without held-out rows": Pair(
        lambda t: t.other,
        YES | CARE,
        YES | CARE,
        YES | CARE,
        YES | CARE,
        CARE | UNKNOWN,
        held_out=False,
    ),
    "shuffled columns without held-out rows": Pair(
        lambda t: t.shuffled(), YES | CARE, NO, NO, CARE | NO, CARE | UNKNOWN, held_out=False
    ),
    "three groups of which one is small": Pair(
        lambda t: t.three_groups(t.other),
        YES,
        YES | CARE,
        YES,
        CARE | UNKNOWN,
        YES,
        groups=RACE,
        prepared=Tables.three_groups,
    ),
    "a chain of trees": Pair(
        lambda t: trimtab.fit(t.real, model="trees", seed=1).sample(ROWS, seed=1),
        YES | CARE,
        YES | CARE,
        YES | CARE,
        YES | CARE,
        YES | CARE,
    ),
    "a bootstrap sample with noise": Pair(
        lambda t: t.jittered(t.other.sample(ROWS, replace=True, random_state=7, ignore_index=True)),
        YES | CARE,
        YES | CARE,
        YES | CARE,
        YES | CARE,
        YES,
    ),
}
# The name of each use on a page, and the field that says what may be answered.
USES = {
    "Exploring single columns": "columns",
    "Studying relations between columns": "relations",
    "Training models": "models",
    "Comparing groups": "comparing",
    "Copies of real rows": "copies",
}


def tables_of(data: pd.DataFrame, seed: int) -> Tables:
    """Three parts of a table, chosen at random."""
    key = Key(seed).child("answered pairs")
    order = key.child("rows").generator().permutation(len(data))
    parts = [data.iloc[order[k * ROWS : (k + 1) * ROWS]].reset_index(drop=True) for k in range(3)]
    return Tables(*parts, key)
