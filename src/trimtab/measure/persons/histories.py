"""The rows of a table person by person and in order, and persons of several tables beside each
other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.weighting import weighted
from trimtab.measure.persons.understanding import Understood, places, understood
from trimtab.predict.sample import Feature, Form, Sample

MIN_PERSONS = 20


@dataclass(frozen=True)
class Histories:
    """The rows of one table, person by person and in order.

    sample   the rows; their people are 0, 1, ... as they come
    counts   rows of each person, shape (persons,), at least 1 each
    """

    sample: Sample
    counts: Int

    @classmethod
    def of(cls, sample: Sample, features: Sequence[Feature], moment: str | None) -> Histories:
        """The histories of a sample whose people are known.

        Rows of one moment come by their other dates, numbers and labels, so that nothing hangs on
        how rows happen to stand; without a moment they stand as they do in the table.
        """
        assert sample.people is not None
        keys: list[NDArray[Any]] = [sample.people]
        if moment is not None:
            others = [f for f in features if f.name != moment]
            others.sort(
                key=lambda f: (not f.moment, not f.is_number)
            )  # stable: columns as they are
            keys = [sample.people, sample.values[moment], *(sample.values[f.name] for f in others)]
        rows = sample.take(np.lexsort(keys[::-1]))
        people = np.asarray(rows.people)
        _, person, counts = np.unique(people, return_inverse=True, return_counts=True)
        return cls(replace(rows, people=person.astype(np.int64)), counts.astype(np.int64))

    @property
    def persons(self) -> int:
        """How many persons."""
        return len(self.counts)

    @property
    def person(self) -> Int:
        """The person of each row, shape (rows,)."""
        assert self.sample.people is not None
        return self.sample.people

    @cached_property
    def starts(self) -> Int:
        """The first row of each person, shape (persons,)."""
        return np.cumsum(self.counts) - self.counts

    @cached_property
    def turns(self) -> Int:
        """Which row of its person each one is, the first at 0; shape (rows,)."""
        return np.arange(self.sample.rows) - np.repeat(self.starts, self.counts)

    @cached_property
    def again(self) -> Int:
        """The places of rows that have one before them."""
        return np.flatnonzero(self.turns > 0)

    @property
    def several(self) -> int:
        """How many persons have several rows."""
        return int((self.counts > 1).sum())

    @property
    def weights(self) -> Float:
        """Of persons, shape (persons,): those of their first rows."""
        return np.asarray(self.sample.weights[self.starts])

    @property
    def each(self) -> Sample:
        """The persons alone: a row each, without values."""
        return Sample(self.sample.name, {}, self.weights)

    def take(self, persons: NDArray[np.generic], weights: Float | None = None) -> Histories:
        """Some persons with all their rows, by a mask or by numbers in ascending order.

        weights   of the persons taken, if not those they have
        """
        chosen = np.arange(self.persons)[persons]
        mask = np.zeros(self.persons, bool)
        mask[chosen] = True
        rows, counts = self.sample.take(mask[self.person]), self.counts[chosen]
        own = rows.weights if weights is None else np.repeat(weights, counts)
        person = np.repeat(np.arange(len(chosen)), counts)
        return Histories(replace(rows, people=person, weights=own / own.mean()), counts)

    def sampled(self, most: int, key: Key) -> Histories:
        """Whole persons chosen at random, as many as have at most so many rows together."""
        if self.sample.rows <= most:
            return self
        order = key.child(self.sample.name).generator().permutation(self.persons)
        fit = max(1, int(np.searchsorted(np.cumsum(self.counts[order]), most, side="right")))
        return self.take(np.sort(order[:fit]))

    def named(self, name: str) -> Histories:
        """The same under another name."""
        return replace(self, sample=replace(self.sample, name=name))


@dataclass(frozen=True)
class Persons:
    """The persons of the tables of a comparison.

    entity      the column that says whose each row is
    features    the columns compared; the moment is a number
    holdout     held-out real persons; None where there are none, or too few
    notes       what was left out
    """

    entity: str
    features: tuple[Feature, ...]
    understood: Understood
    real: Histories
    synthetic: Histories
    holdout: Histories | None
    notes: tuple[str, ...] = ()

    @property
    def moment(self) -> Feature | None:
        """The column that says in which order rows come."""
        named = (f for f in self.features if f.name == self.understood.moment)
        return next(named, None)

    @property
    def constants(self) -> tuple[Feature, ...]:
        """The columns that each real person has once."""
        return tuple(f for f in self.features if f.name in self.understood.constants)

    @property
    def varying(self) -> tuple[Feature, ...]:
        """The columns that change from row to row."""
        return tuple(f for f in self.features if f.name in self.understood.varying)

    @property
    def unseen(self) -> Histories:
        """The real persons that figures are read against: held-out ones where there are any."""
        return self.real if self.holdout is None else self.holdout

    def weighted(self, by: Sequence[str]) -> Persons:
        """The persons with real (and held-out) ones weighted to the synthetic shares of `by`.

        By columns that persons have once; others change from row to row, and a note says that
        persons are not weighted by them. Raises ColumnError where no group is in both tables.
        """
        once = [name for name in by if name in self.understood.constants]
        notes = self.notes
        if len(once) < len(by):
            others = ", ".join(n for n in by if n not in once)
            notes += (f"Persons are not weighted by {others}, which changes in a person's rows.",)
        if not once:
            return replace(self, notes=notes)
        real, synthetic = _firsts(self.real), _firsts(self.synthetic)
        holdout = None if self.holdout is None else _firsts(self.holdout)
        table = Comparison(self.features, real, synthetic, synthetic, holdout, {}, ())
        balanced = weighted(table, once)
        return replace(
            self,
            real=_reweighted(self.real, balanced.real),
            synthetic=_reweighted(self.synthetic, balanced.synthetic),
            holdout=None
            if self.holdout is None or balanced.holdout is None
            else _reweighted(self.holdout, balanced.holdout),
            notes=notes,
        )


@dataclass(frozen=True)
class NoPersons:
    """Why persons are not judged.

    at_fault   whether it is the synthetic table that leaves nothing to judge
    """

    because: str
    at_fault: bool


def too_few(histories: Histories) -> str:
    """Why nothing can be said of how a table's rows follow one another; "" where something can."""
    if histories.several >= MIN_PERSONS:
        return ""
    if not histories.several:
        return "because each person of the synthetic table has one row"
    have = "1 person" if histories.several == 1 else f"{histories.several} persons"
    return f"because {have} of the synthetic table have several rows, and {MIN_PERSONS} are needed"


def persons_of(comparison: Comparison, most_rows: int, key: Key) -> Persons | NoPersons | None:
    """The persons of a comparison, by at most so many rows of each table, always whole persons.

    None for a real table in which nobody has several rows.
    """
    real, synthetic, holdout = comparison.real, comparison.synthetic, comparison.holdout
    if real.people is None or not real.rows or len(np.unique(real.people)) == real.rows:
        return None
    entity = comparison.entity or "that says whose its rows are"
    known = understood(comparison.features, real, comparison.schema)
    features = tuple(_as_number(f) if f.name == known.moment else f for f in comparison.features)

    def parted(sample: Sample) -> Histories:
        rows = _placed(comparison[known.moment], sample) if known.moment else sample
        return Histories.of(rows, features, known.moment).sampled(most_rows, key.child("persons"))

    mine = parted(real)
    if mine.several < MIN_PERSONS:
        few = f"{mine.several} real persons have several rows, and {MIN_PERSONS} are needed"
        return NoPersons(few, at_fault=False)
    if synthetic.people is None:
        return NoPersons(f"the synthetic table has no column {entity}", at_fault=True)
    theirs = parted(synthetic)
    if theirs.persons < MIN_PERSONS:
        few = f"the synthetic table has {theirs.persons} persons, and {MIN_PERSONS} are needed"
        return NoPersons(few, at_fault=True)
    held, notes = None, _parted_persons(comparison)
    if holdout is not None and holdout.people is not None and holdout.rows:
        held = parted(holdout)
    if holdout is not None and (held is None or held.several < MIN_PERSONS):
        held = None
        notes += (
            f"Fewer than {MIN_PERSONS} held-out persons have several rows: persons are judged "
            "without them.",
        )
    return Persons(entity, features, known, mine, theirs, held, notes)


def _parted_persons(comparison: Comparison) -> tuple[str, ...]:
    """That some persons of an augmented table have rows that are not judged."""
    delivered, judged = comparison.delivered.people, comparison.synthetic.people
    if not comparison.augmented or delivered is None or judged is None:
        return ()
    size = int(delivered.max()) + 1
    own = np.bincount(judged, minlength=size)
    parted = int(((own > 0) & (own < np.bincount(delivered, minlength=size))).sum())
    if not parted:
        return ()
    have = "1 person has" if parted == 1 else f"{parted:,} persons have"
    return (f"{have} real and generated rows: only the latter are judged.",)


def _as_number(feature: Feature) -> Feature:
    return replace(feature, form=Form.NUMBER, labels=(), known=0)


def _placed(feature: Feature, sample: Sample) -> Sample:
    """A sample whose moment is a number."""
    own = places(feature, sample.values[feature.name])
    return replace(sample, values={**sample.values, feature.name: own})


def _firsts(histories: Histories) -> Sample:
    """The first rows of persons, which know whose they are by their places."""
    first = histories.sample.take(histories.starts)
    return replace(first, people=None, places=np.arange(histories.persons))


def _reweighted(histories: Histories, firsts: Sample) -> Histories:
    assert firsts.places is not None
    return histories.take(firsts.places, firsts.weights)
