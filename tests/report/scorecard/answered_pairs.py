"""Pairs of tables, and the answers that a judge may give to them.

Each pair is a real table and another one whose faults are known, because they were made. An answer
is one of two neighbours at most; a judge that always gives the same one is outside on some pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

import trimtab
from trimtab._random import Key
from trimtab.measure.scorecard import Scorecard
from trimtab.report.scorecard.summary import answer
from trimtab.report.summary import Recommendation

FEW_ROWS = 20

YES, CARE, NO, UNKNOWN = (
    frozenset({Recommendation.YES}),
    frozenset({Recommendation.CARE}),
    frozenset({Recommendation.NO}),
    frozenset({Recommendation.UNKNOWN}),
)
Answers = frozenset[Recommendation]


@dataclass(frozen=True)
class Source:
    """A real table that pairs are made of.

    rows      of each of the three parts that it is cut into
    group     the column whose groups are compared, and one of the groups
    numbers   columns of many values, none of which stands out, so that a small change makes a new
              one that tells nothing of itself
    number    the column that is broken, one that says little of the target: it takes values from
              `low` to `high`
    tied      a column that hangs together with others, is shuffled to break its pairs, and says no
              more of the target than those; "" where there is none
    coarse    whether rows repeat by nature, so that a generator that has collapsed repeats them too
    ruled     whether some rows cannot be true, by rules that the real ones keep
    coded     whether such a rule ties numbers to labels, so that other units break it
    """

    rows: int
    target: str
    group: str
    member: object
    numbers: tuple[str, ...]
    number: str
    low: int
    high: int
    tied: str
    coarse: bool = False
    ruled: bool = True
    coded: bool = False


SOURCES = {
    "adult": Source(
        rows=3_000,
        target="income",
        group="sex",
        member="Female",
        numbers=("age", "hours-per-week"),
        number="age",
        low=17,
        high=90,
        tied="education",
        coded=True,
    ),
    "default": Source(
        rows=3_000,
        target="default_payment_next_month",
        group="SEX",
        member=2,
        numbers=("AGE", "BILL_AMT1"),
        number="AGE",
        low=21,
        high=79,
        tied="PAY_2",
    ),
    "compas": Source(
        rows=1_600,
        target="two_year_recid",
        group="sex",
        member="Female",
        numbers=("age", "priors_count"),
        number="juv_misd_count",
        low=0,
        high=3,
        tied="",
        coarse=True,
        ruled=False,
    ),
}


@dataclass(frozen=True)
class Tables:
    """Three parts of one table, of as many rows each: real, held out, and another like them."""

    source: Source
    real: pd.DataFrame
    held_out: pd.DataFrame
    other: pd.DataFrame
    key: Key

    def shuffled(self, *names: str) -> pd.DataFrame:
        """The other rows, with some columns (all, if none is named) drawn independently."""
        made = self.other.copy()
        for name in names or made.columns:
            order = self.key.child("shuffled", name).generator().permutation(len(made))
            made[name] = self.other[name].to_numpy()[order]
        return made

    def jittered(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows whose numbers are one off, up or down."""
        draw = self.key.child("jitter").generator()
        steps = {name: draw.choice([-1, 1], len(rows)) for name in self.source.numbers}
        return rows.assign(**{name: rows[name] + step for name, step in steps.items()})

    def broken(self) -> pd.DataFrame:
        """The other rows, with one number that has nothing to do with the real one."""
        source, draw = self.source, self.key.child("broken").generator()
        drawn = draw.integers(source.low, source.high + 1, len(self.other))
        return self.other.assign(**{source.number: drawn})

    def in_other_units(self) -> pd.DataFrame:
        """The other rows, with numbers a hundred times as large, but for codes of groups."""
        source = self.source
        numbers = self.other.drop(columns=[source.target, source.group]).select_dtypes("number")
        return self.other.assign(**{name: 100 * numbers[name] for name in numbers})

    def reversed_outcome(self) -> pd.DataFrame:
        """The other rows, with the two outcomes of one group changed for each other."""
        target = self.source.target
        first, second = sorted(self.other[target].unique())
        members = self.other[self.source.group] == self.source.member
        swapped = self.other[target].map({first: second, second: first})
        return self.other.assign(**{target: self.other[target].where(~members, swapped)})

    def drawn(self, model: str, **options: object) -> pd.DataFrame:
        """As many rows as the real ones, drawn by a model that learned those."""
        made: pd.DataFrame = trimtab.fit(self.real, model=model, seed=1, **options).sample(
            len(self.real), seed=1
        )
        return made

    def three_groups(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows of three groups, of which one has FEW_ROWS."""
        members = rows[self.source.group] == self.source.member
        group = np.where(members, "first", "second").astype(object)
        group[self.key.child("few").generator().permutation(len(rows))[:FEW_ROWS]] = "third"
        return rows.assign(**{self.source.group: group})


@dataclass(frozen=True)
class Pair:
    """A second table, and the answers that may be given for each use of it.

    held_out   whether real rows that nobody learned from are there to compare with
    prepared   what is done to the real rows first
    """

    made: Callable[[Tables], pd.DataFrame]
    possible: Answers
    columns: Answers
    relations: Answers
    models: Answers
    comparing: Answers
    copies: Answers
    held_out: bool = True
    prepared: Callable[[Tables, pd.DataFrame], pd.DataFrame] = lambda tables, rows: rows


_BROKEN_PAIR, _COLLAPSED = "one broken pair", "a GAN that has hardly learned"
_OTHER_UNITS = "a wrong format"
PAIRS = {
    "halves": Pair(lambda t: t.other, YES, YES, YES | CARE, YES, YES | CARE, YES),
    "copies": Pair(lambda t: t.real, YES, YES, YES | CARE, YES, YES | CARE, NO),
    "near copies": Pair(
        lambda t: t.jittered(t.real), YES | CARE, YES | CARE, YES | CARE, YES, YES | CARE, CARE | NO
    ),
    "shuffled columns": Pair(lambda t: t.shuffled(), NO, YES | CARE, NO, NO, CARE | NO, YES),
    "one broken column": Pair(
        Tables.broken,
        YES | CARE,
        CARE | NO,
        CARE | NO,
        YES | CARE,
        YES | CARE,
        YES,
    ),
    _BROKEN_PAIR: Pair(
        lambda t: t.shuffled(t.source.tied), CARE | NO, YES, CARE | NO, YES | CARE, YES | CARE, YES
    ),
    "one group's outcome reversed": Pair(
        Tables.reversed_outcome, YES | CARE, YES | CARE, CARE | NO, CARE | NO, NO, YES
    ),
    _OTHER_UNITS: Pair(
        Tables.in_other_units,
        NO,
        NO,
        NO,
        CARE | NO,
        CARE | NO,
        YES,
    ),
    "halves without held-out rows": Pair(
        lambda t: t.other,
        YES,
        YES | CARE,
        YES | CARE,
        YES | CARE,
        YES | CARE,
        CARE | UNKNOWN,
        held_out=False,
    ),
    "shuffled columns without held-out rows": Pair(
        lambda t: t.shuffled(), NO, YES | CARE, NO, NO, CARE | NO, CARE | UNKNOWN, held_out=False
    ),
    "three groups of which one is small": Pair(
        lambda t: t.three_groups(t.other),
        YES,
        YES,
        YES | CARE,
        YES,
        CARE | UNKNOWN,
        YES,
        prepared=Tables.three_groups,
    ),
    "a chain of trees": Pair(
        lambda t: t.drawn("trees"),
        YES,
        YES | CARE,
        YES | CARE,
        YES | CARE,
        YES | CARE,
        YES | CARE,
    ),
    "an any-order network": Pair(
        lambda t: t.drawn("network"),
        CARE | NO,
        YES | CARE,
        YES | CARE,
        YES | CARE,
        YES | CARE,
        YES | CARE,
    ),
    _COLLAPSED: Pair(
        lambda t: t.drawn("gan", recipe={"steps": 50}), NO, NO, NO, CARE | NO, CARE | NO, YES | CARE
    ),
    "a bootstrap sample with noise": Pair(
        lambda t: t.jittered(
            t.other.sample(len(t.other), replace=True, random_state=7, ignore_index=True)
        ),
        YES | CARE,
        YES | CARE,
        YES | CARE,
        YES | CARE,
        YES | CARE,
        YES,
    ),
}
# The name of each use on a page, and the field that says what may be answered.
USES = {
    "Rows that could be true": "possible",
    "Exploring single columns": "columns",
    "Studying relations between columns": "relations",
    "Training models": "models",
    "Comparing groups": "comparing",
    "Copies of real rows": "copies",
}


def pairs_of(source: Source) -> dict[str, Pair]:
    """The pairs that can be made of a table."""
    pairs = {n: pair for n, pair in PAIRS.items() if n != _BROKEN_PAIR or source.tied}
    if source.coarse:
        pairs[_COLLAPSED] = replace(pairs[_COLLAPSED], copies=CARE | NO)
    if not source.coded:
        pairs[_OTHER_UNITS] = replace(pairs[_OTHER_UNITS], possible=YES | CARE)
    if not source.ruled:
        pairs = {n: replace(pair, possible=UNKNOWN) for n, pair in pairs.items()}
    return pairs


def tables_of(source: Source, data: pd.DataFrame, seed: int) -> Tables:
    """Three parts of a table, chosen at random."""
    key, rows = Key(seed).child("answered pairs"), source.rows
    order = key.child("rows").generator().permutation(len(data))
    parts = [data.iloc[order[k * rows : (k + 1) * rows]].reset_index(drop=True) for k in range(3)]
    return Tables(source, *parts, key)


def judged(pair: Pair, tables: Tables) -> Scorecard:
    """The scorecard of a pair."""
    return trimtab.evaluate(
        pair.prepared(tables, tables.real),
        pair.made(tables),
        holdout=pair.prepared(tables, tables.held_out) if pair.held_out else None,
        target=tables.source.target,
        protected=tables.source.group,
    )


def answered(card: Scorecard) -> dict[str, Recommendation]:
    """What the first screen says to each use, by the field that says what it may say."""
    points = answer(card, heldout="holdout" in card.rows).points
    return {USES[point.use]: point.stance for point in points}
