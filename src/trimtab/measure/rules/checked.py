"""Rules of the real table, and which rows of each table break them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from trimtab._arrays import Bool
from trimtab._random import Key
from trimtab.measure.compare.comparison import Comparison
from trimtab.predict.sample import Feature, Sample
from trimtab.table.rules.condition import Where
from trimtab.table.rules.kinds import KINDS
from trimtab.table.rules.parse import parse
from trimtab.table.rules.rule import Rule
from trimtab.table.rules.statement import Check, Outcome, Statement
from trimtab.table.rules.view import Vector, View, labels, numbers
from trimtab.table.rules.words import words_of

_FOLDS = 5  # parts of the real rows: what each is allowed, the others say


@dataclass(frozen=True)
class Checked:
    """A rule, and what it says of the rows of each table.

    text       of the rule
    kind       its name, such as "order"
    columns    that it is about
    learns     whether what is allowed is taken from the real rows: see Statement
    synthetic, real, holdout   what was found there; the holdout's is None where there is none
    fresh      what it says of real rows where other real rows say what is allowed
    """

    text: str
    kind: str
    columns: tuple[str, ...]
    learns: bool
    synthetic: Outcome
    real: Outcome
    fresh: Outcome
    holdout: Outcome | None

    @property
    def others(self) -> Outcome:
        """What it says of real rows that it was not learned from: the held-out ones, if any."""
        return self.fresh if self.holdout is None else self.holdout


@dataclass(frozen=True)
class Looked:
    """A table of a comparison as rules look at it, each column looked at once."""

    sample: Sample
    comparison: Comparison
    vectors: dict[str, Vector] = field(default_factory=dict)

    def view(self, statement: Statement) -> View:
        """The columns that a statement is about."""
        for name in statement.columns:
            if name not in self.vectors:
                self.vectors[name] = _vector(self.sample, self.comparison[name])
        columns = {n: self.vectors[n] for n in statement.columns}
        return View(columns, self.sample.rows, self.sample.people)


@dataclass(frozen=True)
class Fold:
    """A part of the real rows, and the others, which say what it is allowed."""

    rows: Bool
    mine: Looked
    others: Looked


@dataclass(frozen=True)
class Book:
    """The rules that the rows of a comparison are judged by, each checked on all rows.

    checked    the rules that can be checked
    checks     that say of any view of a table's rows which break them, rule by rule
    left_out   how many cannot, because a column of theirs is not compared
    """

    comparison: Comparison
    checked: tuple[Checked, ...]
    checks: tuple[tuple[Statement, Check], ...]
    left_out: int

    @classmethod
    def of(cls, comparison: Comparison, rules: Iterable[Rule], key: Key) -> Book:
        """The kept ones of some rules of the real table."""
        names = tuple(feature.name for feature in comparison.features)
        kept = dict.fromkeys(parse(rule.text, names) for rule in rules if rule.kept)
        statements = [s for s in kept if set(names).issuperset(s.columns)]
        real = Looked(comparison.real, comparison)
        checks = tuple((s, s.learned(real.view(s))) for s in statements)
        checked = tuple(_checked(comparison, real, checks, key))
        return cls(comparison, checked, checks, len(kept) - len(statements))

    def breaking(self, sample: Sample, texts: Collection[str]) -> Bool:
        """The rows of another table that break any of the rules of these texts, shape (rows,)."""
        looked, broken = Looked(sample, self.comparison), np.zeros(sample.rows, bool)
        for statement, check in self.checks:
            if statement.text in texts:
                broken |= check(looked.view(statement)).broken
        return broken


def _checked(
    comparison: Comparison, real: Looked, checks: Sequence[tuple[Statement, Check]], key: Key
) -> Iterator[Checked]:
    learning = any(statement.learns for statement, _ in checks)
    folds = _folds(comparison, key) if learning and comparison.holdout is None else ()
    synthetic = Looked(comparison.synthetic, comparison)
    holdout = None if comparison.holdout is None else Looked(comparison.holdout, comparison)
    for statement, check in checks:
        found = check(real.view(statement))
        learned = statement.learns and folds
        yield Checked(
            text=statement.text,
            kind=_kind(statement),
            columns=statement.columns,
            learns=statement.learns,
            synthetic=check(synthetic.view(statement)),
            real=found,
            fresh=_fresh(statement, folds) if learned else found,
            holdout=None if holdout is None else check(holdout.view(statement)),
        )


def _fresh(statement: Statement, folds: Sequence[Fold]) -> Outcome:
    """What a rule says of real rows where the others say what is allowed.

    The others are fewer than all real rows, so that no fewer break it than fresh rows would.
    """
    rows = len(folds[0].rows)
    covered, broken = np.zeros(rows, bool), np.zeros(rows, bool)
    for fold in folds:
        found = statement.learned(fold.others.view(statement))(fold.mine.view(statement))
        covered[fold.rows], broken[fold.rows] = found.covered, found.broken
    return Outcome(covered, broken)


def _folds(comparison: Comparison, key: Key) -> tuple[Fold, ...]:
    """Parts of the real rows; those of one person stay together. None where all are one person's.

    With all rows in one part there would be nobody to say what it is allowed.
    """
    real = comparison.real
    people = np.arange(real.rows) if real.people is None else real.people
    persons, person = np.unique(people, return_inverse=True)
    if len(persons) < 2:
        return ()
    order = key.child("folds").generator().permutation(len(persons))
    part = (order % _FOLDS)[person]
    masks = (part == fold for fold in np.unique(part))
    return tuple(
        Fold(m, Looked(real.take(m), comparison), Looked(real.take(~m), comparison)) for m in masks
    )


def _vector(sample: Sample, feature: Feature) -> Vector:
    """A column of a table; its values are those that it holds, not those of other tables."""
    values = sample.values[feature.name]
    if feature.is_number:
        return numbers(feature.name, values, moment=feature.moment)
    held = np.unique(values[values >= 0])
    place = np.full(len(feature.labels) + 1, -1)  # the last for what is missing, coded -1
    place[held] = np.arange(len(held))
    return labels(feature.name, place[values], [feature.labels[code] for code in held])


def _kind(statement: Statement) -> str:
    """The name of the kind that a statement is of."""
    if isinstance(statement, Where):
        return _kind(statement.statement)
    for kind in KINDS:
        if kind.read(words_of(statement.text)) is not None:
            return kind.name
    raise ValueError(f"no kind reads {statement.text!r}")
