"""What the parts of an evaluation look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from trimtab._random import Key
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.controls import Controls
from trimtab.measure.compare.weighting import weighted
from trimtab.measure.persons.histories import NoPersons, Persons, persons_of
from trimtab.measure.scorecard import Settings
from trimtab.measure.utility.trial import NoTrial, TrialResult, run_trial
from trimtab.table.rules.rule import Rule
from trimtab.table.table import Table


@dataclass(frozen=True)
class Planned:
    """How many rows (persons) a plan asked for in each combination of its columns.

    counts   by the names that weighting.Groups gives
    persons  whether persons are counted, by their first rows
    """

    columns: tuple[str, ...]
    counts: Mapping[str, int]
    persons: bool = False


@dataclass(frozen=True)
class Stage:
    """What a generator was like after some steps of its training.

    figure   on real rows that were held out from the training, higher is better: minus the mean
             distance of the shares of pairs of columns, so that -0.08 is 8 % of the rows off
    table    a few hundred rows that it drew then; shape (rows, modelled columns)
    """

    step: int
    figure: float
    table: Table

    @property
    def name(self) -> str:
        """What it is called beside its pictures."""
        return f"step {self.step:,}"


@dataclass(frozen=True)
class Evidence:
    """The tables of an evaluation, and what was asked of it.

    comparison   all rows
    key          which each part takes its own child of
    max_rows     of each table, for everything but the copy check
    planned      what a plan asked for, if there was one
    stages       of the training of what made the synthetic table
    rules        of the real table, which the rows are judged by; None where that was not asked for

    What several parts look at is made once, when the first of them asks for it.
    """

    comparison: Comparison
    settings: Settings
    key: Key
    max_rows: int
    planned: Planned | None = None
    stages: tuple[Stage, ...] = ()
    rules: tuple[Rule, ...] | None = None

    @cached_property
    def sampled(self) -> Comparison:
        """At most `max_rows` rows of each table, chosen at random."""
        return self.comparison.sampled(self.max_rows, self.key.child("sample"))

    @cached_property
    def weighted(self) -> Comparison:
        """The sample with real rows weighted to the synthetic shares, if that was asked."""
        by = self.settings.by
        return weighted(self.sampled, by) if by else self.sampled

    @cached_property
    def controls(self) -> Controls:
        """The weighted sample with other tables in the place of the synthetic one."""
        return Controls.of(self.weighted, self.key.child("controls"))

    @cached_property
    def persons(self) -> Persons | NoPersons | None:
        """Whole persons, by at most `max_rows` rows of each table; None where no real person has
        several rows.
        """
        return persons_of(self.comparison, self.max_rows, self.key.child("persons"))

    @cached_property
    def trial(self) -> TrialResult | NoTrial | None:
        """Learners trained on real rows and on synthetic ones; None without a target."""
        target = self.settings.target
        if target is None:
            return None
        return run_trial(self.sampled, target, self.key, self.settings.positive)
