"""Fairness of a synthetic table itself: how its labels go with its groups, next to the real ones.

The real table is what the synthetic one is compared with, not what it should be like: the real
table may be unfair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot

import numpy as np

from trimtab._arrays import Float
from trimtab._random import Key
from trimtab.measure.chance.intervals import histogram, spread, worth
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.target import Target, target_of
from trimtab.measure.compare.weighting import grouped
from trimtab.measure.evidence import Evidence
from trimtab.measure.fairness import families, gaps, measures
from trimtab.measure.fairness.exhibits import labels_exhibit, means_exhibit
from trimtab.measure.fairness.rates import FEW_ROWS, Mean, Members, Rate, means, members, rate
from trimtab.measure.fairness.verdict import (
    DIFFERENCES,
    SHORTFALLS,
    Reference,
    column_sets,
    enough,
    extremes,
    judged,
    of_means,
    seen,
    small_groups,
    too_many,
)
from trimtab.measure.part import Part, once
from trimtab.measure.score import Exhibit, Findings, Measure, Score, Section
from trimtab.measure.scorecard import figure
from trimtab.predict.sample import Sample

_REAL, _SYNTHETIC = "real", "synthetic"
_COVERS = {_REAL: "rows of the real table drawn again", _SYNTHETIC: "synthetic rows drawn again"}
_BOTH = "rows of both tables drawn again"
_CLASSES = (measures.LABEL_PARITY_DIFFERENCE, measures.LABEL_PARITY_RATIO)
_HEADLINES = (measures.LABEL_PARITY_DIFFERENCE, measures.LABEL_MEAN_DIFFERENCE)


def data_fairness(
    comparison: Comparison,
    target: str,
    protected: Sequence[str],
    key: Key,
    positive: str | None = None,
) -> Findings:
    """How the target goes with the groups in the synthetic table, and in the real one.

    All delivered rows of the synthetic table are looked at, for they are what is used. Gaps of the
    labels are judged by what chance makes of them and by the real table's gap; distances between
    the tables have no verdict, for a table may differ on purpose. A target of more than two classes
    is looked at one class against the others, and the worst counts. The headline is the gap of
    all protected columns together.
    Weights of the real rows are honoured: pass the unweighted comparison to compare with the real
    table as it is.
    Raises ColumnError for an unknown column, where the target is protected, and for a `positive`
    that is no class of it.
    """
    findings = Findings()
    sets = column_sets(comparison, protected, target)
    samples = {_REAL: comparison.real, _SYNTHETIC: comparison.delivered}
    because = _unusable(comparison, target, samples)
    wanted = None if because else target_of(comparison, target, positive)
    if sets:
        findings += Findings(
            scores=(_distance(comparison, measures.TARGET_DISTANCE, (target,), key),)
        )
    for columns in sets:
        key_of_set = key.child("data fairness", *columns)
        findings += Findings(scores=tuple(_distances(comparison, columns, target, key_of_set)))
        if wanted is None:
            findings += Findings(scores=_missing(_CLASSES, columns, because))
            continue
        known = {name: sample.take(wanted.known(sample)) for name, sample in samples.items()}
        within = members(comparison, columns, known)
        headline = columns == sets[-1]
        findings += _Set(wanted, columns, known, within, headline, key_of_set).findings()
    return findings


def _missing(used: Sequence[Measure], columns: tuple[str, ...], because: str) -> tuple[Score, ...]:
    where = f"{_SYNTHETIC} data"
    return tuple(m.missing(because, about=columns, within=where) for m in used)


def _unusable(comparison: Comparison, target: str, samples: Mapping[str, Sample]) -> str:
    """Why the target says nothing of groups; "" where it does."""
    feature = comparison[target]
    for name, sample in samples.items():
        if not sample.rows or sample.missing(feature).all():
            return f"{target} is missing in every row of the {name} table"
    values = comparison.real.values[target][~comparison.real.missing(feature)]
    if (values == values[0]).all():
        return f"{target} has only one value in the real table, so there is nothing to be unfair in"
    return ""


def _distance(
    comparison: Comparison,
    measure: Measure,
    columns: tuple[str, ...],
    key: Key,
    size: Callable[[Float, Float], Float] | None = None,
    note: str = "",
) -> Score:
    """A distance between the real and the synthetic shares of the values of some columns."""
    real, synthetic = comparison.real, comparison.delivered
    if not (real.rows and synthetic.rows):
        return measure.missing("one of the tables has no rows", about=columns)
    cells = grouped(comparison, columns, {_REAL: real, _SYNTHETIC: synthetic})
    first, second = (
        histogram(cells.codes[name], sample.weights, len(cells.names))
        for name, sample in ((_REAL, real), (_SYNTHETIC, synthetic))
    )
    size = size or _euclidean
    uncertainty = spread(
        first,
        second,
        worth(cells.codes[_REAL], len(cells.names), real),
        worth(cells.codes[_SYNTHETIC], len(cells.names), synthetic),
        size,
        key.child(measure.name, *columns),
    )
    return measure.score(
        float(size(first, second)),
        n=real.rows + synthetic.rows,
        about=columns,
        interval=uncertainty.interval,
        covers=_BOTH,
        ceiling=uncertainty.chance,
        noise=uncertainty.noise,
        note=note,
    )


def _euclidean(real: Float, synthetic: Float) -> Float:
    return np.asarray(np.sqrt(np.square(real - synthetic).sum(axis=-1)))


def _variation(real: Float, synthetic: Float) -> Float:
    return np.asarray(np.abs(real - synthetic).sum(axis=-1) / 2)


def _distances(
    comparison: Comparison, columns: tuple[str, ...], target: str, key: Key
) -> Iterator[Score]:
    """How far the groups, and the groups with the target, are from the real table's."""
    yield _distance(comparison, measures.JOINT_DISTANCE, (*columns, target), key)
    if not (comparison.real.rows and comparison.delivered.rows):
        yield _distance(comparison, measures.REPRESENTATION, columns, key, _variation)
        return
    samples = {_REAL: comparison.real, _SYNTHETIC: comparison.delivered}
    within = members(comparison, columns, samples)
    real, synthetic = (m.sums(m.weights) / m.weights.sum() for m in within.values())
    change, names = synthetic - real, within[_REAL].names
    most, least = int(change.argmax()), int(change.argmin())
    texts = [
        f"{names[g]} has {figure(float(synthetic[g]))} of the rows (real {figure(float(real[g]))})"
        for g in dict.fromkeys((most, least))
    ]
    yield _distance(comparison, measures.REPRESENTATION, columns, key, _variation, "; ".join(texts))


@dataclass(frozen=True)
class _Set:
    """The labels by the groups of some columns, over the rows whose target is known."""

    target: Target
    columns: tuple[str, ...]
    samples: Mapping[str, Sample]
    within: Mapping[str, Members]
    headline: bool
    key: Key

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The gaps that fit the target."""
        return (measures.LABEL_MEAN_DIFFERENCE,) if self.target.is_number else _CLASSES

    @property
    def absent(self) -> list[str]:
        """Groups of the real table, no small ones, that the synthetic table has no row of."""
        real, synthetic = (self.within[name] for name in (_REAL, _SYNTHETIC))
        gone = (real.counts >= FEW_ROWS) & (synthetic.counts == 0)
        return [real.names[g] for g in np.flatnonzero(gone)]

    def findings(self) -> Findings:
        """The gaps of both tables, and the rates by group."""
        because = self._incomparable()
        if because:
            return Findings(scores=_missing(self.measures, self.columns, because))
        by_table = {name: self._family(name) for name in self.samples}
        scores = [s for m in self.measures for s in self._scores(m, by_table)]
        if not self.target.is_number and self.target.positive is not None:
            scores += self._signed()
        return Findings(
            scores=tuple(scores), exhibits=(self._exhibit(by_table),), notes=tuple(self._notes())
        )

    def _incomparable(self) -> str:
        """Why groups cannot be compared; "" where they can."""
        groups = int((self.within[_SYNTHETIC].counts > 0).sum())
        if groups < 2:
            what = f"{groups} {'group' if groups == 1 else 'groups'}"
            return f"the synthetic table has rows of {what} of {' x '.join(self.columns)}"
        every = len(self.within[_REAL].names)
        return too_many(self.columns, every, max(1, len(self.target.classes)))

    def _codes(self) -> list[int]:
        """The classes that are looked at: the positive one of two, or all."""
        positive = self.target.positive
        return list(range(len(self.target.classes))) if positive is None else [positive]

    def _rates(self, name: str) -> list[Rate]:
        truth = self.target.of(self.samples[name])
        return [rate(truth == c, self.within[name]) for c in self._codes()]

    def _mean(self, name: str) -> Mean:
        return means(self.target.of(self.samples[name]).astype(np.float64), self.within[name])

    def _family(self, name: str) -> families.Family:
        rows = self.within[name].counts
        if self.target.is_number:
            return families.means(self._mean(name), rows)
        classes = [self.target.classes[c] for c in self._codes()]
        return families.labels(self._rates(name), rows, classes)

    def _scores(self, measure: Measure, by_table: Mapping[str, families.Family]) -> Iterator[Score]:
        """A gap in the synthetic table, and the same in the real one."""
        is_ratio = measure is measures.LABEL_PARITY_RATIO
        contrast = gaps.RATIO if is_ratio else gaps.DIFFERENCE
        # What the synthetic table leaves out cannot be compared.
        shared = np.isfinite(by_table[_SYNTHETIC].figures.value)
        real = by_table[_REAL]
        alike = seen(
            replace(real, figures=real.figures.where(shared)), contrast, self.key.child("alike")
        )
        scale = SHORTFALLS if is_ratio else DIFFERENCES
        if self.target.is_number:
            scale = of_means(float(np.std(self.target.of(self.samples[_REAL]))))
        for name in (_SYNTHETIC, _REAL):
            where = f"{name} data"
            mine = seen(by_table[name], contrast, self.key.child(name))
            headline = self.headline and name == _SYNTHETIC and measure in _HEADLINES
            if mine is None:
                because = "no two groups can be compared" + (", or none has the class" * is_ratio)
                yield measure.missing(because, about=self.columns, within=where, headline=headline)
                continue
            family, names = by_table[name], self.within[name].names
            note = extremes(mine, family.figures, names, family.lines, enough(False))
            reference = None if alike is None else Reference(alike, "the real table", paired=False)
            if name == _SYNTHETIC and alike is not None and self._silent(name):
                note = f"real table {figure(alike.gap.value)}; {note}"
            yield judged(
                measure,
                mine,
                reference=reference if name == _SYNTHETIC else None,
                scale=scale,
                silent=self._silent(name),
                n=self.samples[name].rows,
                about=self.columns,
                within=where,
                covers=_COVERS[name],
                note=note,
                headline=headline,
            )

    def _silent(self, name: str) -> str:
        """Why a gap gets no verdict; "" where it does."""
        if name == _REAL:
            return "the real table, for comparison"
        truth = self.target.of(self.samples[name])
        if (truth == truth[0]).all():
            return f"every synthetic row has the same {self.target.feature.name}"
        if self.absent:
            return f"the synthetic table has no row of {'; '.join(self.absent[:5])}"
        return ""

    def _signed(self) -> Iterator[Score]:
        """The signed gap, where there are exactly two groups."""
        names = self.within[_REAL].names
        if len(names) != 2:
            return
        for name in (_SYNTHETIC, _REAL):
            shares = self._rates(name)[0]
            where = f"{name} data, {names[0]} minus {names[1]}"
            if not np.isfinite(shares.value).all():
                because = "one of the two groups has no row"
                yield measures.RISK_DIFFERENCE.missing(because, about=self.columns, within=where)
                continue
            low, high = shares.interval
            down, up = shares.value - low, high - shares.value
            value = float(shares.value[0] - shares.value[1])
            yield measures.RISK_DIFFERENCE.score(
                value,
                n=self.samples[name].rows,
                about=self.columns,
                within=where,
                interval=(value - hypot(down[0], up[1]), value + hypot(up[0], down[1])),
                covers=_COVERS[name],
            )

    def _notes(self) -> Iterator[str]:
        what = " x ".join(self.columns)
        if self.absent:
            yield f"{what}: the synthetic table has no row of {'; '.join(self.absent)}."
        for name in (_SYNTHETIC, _REAL):
            within = self.within[name]
            few = [
                f"{n} ({r})"
                for n, r in zip(within.names, within.counts, strict=True)
                if 0 < r < FEW_ROWS
            ]
            if few:
                which = f"groups of fewer than {FEW_ROWS} {name} rows"
                yield small_groups(self.columns, which, few)

    def _exhibit(self, by_table: Mapping[str, families.Family]) -> Exhibit:
        """Rates of the class that is worst in the synthetic table."""
        arms = (_REAL, _SYNTHETIC)
        if self.target.is_number:
            parts = {n: (self.within[n], self._mean(n), None) for n in arms}
            return means_exhibit(self.columns, "data", parts)
        lines = by_table[_SYNTHETIC].figures.value
        worst = int(np.argmax([gaps.difference(line[None]) for line in lines]))
        class_ = self.target.classes[self._codes()[worst]]
        rates = {n: (self.within[n], self._rates(n)[worst]) for n in arms}
        return labels_exhibit(self.columns, rates, class_)


def _judge(evidence: Evidence) -> Findings:
    settings = evidence.settings
    target, protected = settings.target, settings.protected
    if target is None or not protected:
        return Findings()
    return data_fairness(evidence.sampled, target, protected, evidence.key, settings.positive)


PART = Part(
    name="labels",
    phase="usefulness and fairness",
    section=Section.FAIRNESS,
    measures=measures.MEASURES,
    steps=once(_judge),
)
