"""Whether values stay where they belong: in the real ranges, labels and recorded units."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab.measure.chance.baseline import Share, against_baseline
from trimtab.measure.chance.intervals import clustered
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.part import Part, once
from trimtab.measure.score import (
    ALL_POSSIBLE,
    Direction,
    Findings,
    Measure,
    Score,
    Section,
    Split,
    Topic,
)
from trimtab.predict.sample import MISSING, Feature, Sample

WITHIN = Measure(
    name="values_within_real",
    section=Section.FIDELITY,
    topic=Topic.EXTREMES,
    split=Split.WHOLE,
    title="Values within real ranges",
    meaning="The share of synthetic values that lie in the range of the real column, or bear a "
    "label that the real table holds. A low value looks like ages of 140 and misspelt categories.",
    direction=Direction.HIGHER,
    ideal=1.0,
    tolerance=0.005,
    alarm=0.05,
    source="What fresh real rows get: Good 1953, Biometrika 40, 237-264",
)
RANGE = WITHIN.model_copy(
    update={
        "name": "numbers_within_range",
        "title": "Numbers within the range",
        "meaning": "The share of a column's synthetic numbers between the least and the greatest "
        "real one. A low value looks like ages of 140.",
    }
)
LABELS = WITHIN.model_copy(
    update={
        "name": "labels_known",
        "title": "Labels that are known",
        "meaning": "The share of a column's synthetic labels that the real table holds. A low "
        "value looks like misspelt or invented categories.",
    }
)
UNIT = Measure(
    name="numbers_on_unit",
    section=Section.FIDELITY,
    topic=Topic.EXTREMES,
    split=Split.WHOLE,
    title="Numbers as finely recorded",
    meaning="The share of synthetic numbers that are multiples of the unit that real ones were "
    "recorded in, such as whole numbers or cents. A low value looks like an age of 43.27 and gives "
    "the table away.",
    direction=Direction.HIGHER,
    ideal=1.0,
    tolerance=0.01,
    alarm=0.05,
)
UNIT_OF = UNIT.model_copy(update={"name": "column_on_unit"})
COVERS = "rows of both tables drawn again"
_POOLED = re.compile(r"\(+rare\)+")
_HELD = 0.95  # of the real values stand on the unit that a column is recorded in
_SECONDS = (86400.0, 3600.0, 60.0, 1.0, 1e-3)
_FINEST = -9  # decimals beyond the ninth are no recorded ones
_NEAR = 1e-6  # of a unit: as far as a multiple of it may be off by rounding
_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class _Part:
    """What one column says: which values belong where they are, and how many fresh ones would."""

    feature: Feature
    good: Bool  # shape (synthetic rows,)
    judged: Bool  # the same shape: values that are there, and are not withheld on purpose
    ceiling: float | None
    chance: float  # variance of the ceiling and the real table's limits, in that of a single value
    unit: float = 0.0

    @property
    def rows(self) -> int:
        return int(self.judged.sum())

    @property
    def share(self) -> float:
        return float((self.good & self.judged).sum() / self.rows)


def validity(comparison: Comparison, key: Key) -> Findings:
    """Whether synthetic values lie in the real ranges, labels and recorded units.

    One score over all values and one over all numbers that have a unit, and a score for each column
    of which some values are outside. The ceiling is the share of held-out real values that are
    inside, or without any what is expected of fresh real rows (Good 1953: the share of real rows
    whose value is known from other rows). Nothing here is random, so `key` is not used.
    """
    within = [_within(f, comparison) for f in comparison.features]
    units = [p for f in comparison.numbers if (p := _on_unit(f, comparison)) is not None]
    judged = [p for p in within if p.rows]
    judged_units = [p for p in units if p.rows]
    none = "no synthetic row holds a value"
    scores = [_over_all(WITHIN, judged, comparison, none)]
    scores += [_of(p, RANGE if p.feature.is_number else LABELS) for p in within if _outside(p)]
    because = (
        "no number of the real table keeps to a unit that could be lost" if not units else none
    )
    scores.append(_over_all(UNIT, judged_units, comparison, because))
    off = [s for s in (_of(p, UNIT_OF) for p in judged_units) if s.verdict != "good"]
    notes = (*_inside(within), *_withheld(comparison))
    return Findings(scores=(*scores, *off), notes=notes)


def pooled(feature: Feature) -> Int:
    """Codes of the label "(rare)", under which rare labels are withheld, if it is not a real one.

    A table that holds that text as a label of its own has it in one more pair of parentheses.
    """
    codes = range(feature.known, len(feature.labels))
    return np.array([c for c in codes if _POOLED.fullmatch(feature.labels[c])], np.int64)


def unseen(values: Float | Int, sample: Sample, number: bool) -> Bool:
    """Rows whose value no other row (of another person) vouches for; missing ones do not count.

    A number is vouched for by others on both sides of it or equal to it, a label by its equals.
    Their share estimates the share of fresh rows with values that a table has not seen (Good 1953).
    """
    known = ~np.isnan(values) if number else values != MISSING
    people = np.arange(sample.rows) if sample.people is None else sample.people
    alone = np.zeros(sample.rows, bool)
    if not known.any():
        return alone
    if number:
        for signed in (values, -values):
            signed = np.where(known, signed, np.inf)
            first = people == people[signed.argmin()]
            alone |= first & (signed < signed[~first].min(initial=np.inf))
        return alone & known
    pairs = np.unique(np.stack([values[known], people[known]]), axis=1)[0]
    holders = np.bincount(pairs.astype(np.int64))
    alone[known] = holders[values[known].astype(np.int64)] == 1
    return alone


def _within(feature: Feature, comparison: Comparison) -> _Part:
    """Whether the values of a column are in the real range or among the real labels."""
    real, synthetic, holdout = comparison.real, comparison.synthetic, comparison.holdout
    mine = real.values[feature.name]
    known = ~real.missing(feature)
    inside = _ranged(mine[known]) if feature.is_number else _known(feature)
    values = synthetic.values[feature.name]
    judged = ~synthetic.missing(feature) & ~np.isin(values, pooled(feature))
    weight = real.weights[known].sum()
    ceiling = _share(inside, feature, holdout)
    if ceiling is None and weight:
        lonely = unseen(mine, real, feature.is_number)
        ceiling = float(1 - real.weights[lonely].sum() / weight)
    # What fresh rows get outside the limits of n rows varies as 1 / n, and so does the guess of it.
    chance = _chance(feature, comparison, known, 2.0)
    return _Part(feature, inside(values), judged, ceiling, chance)


def _chance(feature: Feature, comparison: Comparison, known: Bool, times: float) -> float:
    """Variance that a share and its ceiling owe to the real rows, in that of one synthetic value.

    times   the variances of a share of the real rows that it is, where there is no holdout
    """
    holdout = comparison.holdout
    rows = comparison.real.take(known).effective_rows if known.any() else np.inf
    if holdout is None or holdout.missing(feature).all():
        return float(times / rows)
    return float(1 / min(rows, holdout.take(~holdout.missing(feature)).effective_rows))


def _share(
    inside: Callable[[Float], Bool], feature: Feature, sample: Sample | None
) -> float | None:
    """The weighted share of a sample's values that are inside; None where it has none."""
    if sample is None:
        return None
    known = ~sample.missing(feature)
    if not known.any():
        return None
    good = inside(sample.values[feature.name][known])
    return float(np.average(good, weights=sample.weights[known]))


def _ranged(real: Float) -> Callable[[Float], Bool]:
    if not len(real):
        return lambda values: np.zeros(len(values), bool)
    least, most = float(real.min()), float(real.max())
    # Beyond rounding, for a number may have gone through text or single precision.
    slack = 1e-9 * max(most - least, abs(least), abs(most))
    return lambda values: (values >= least - slack) & (values <= most + slack)


def _known(feature: Feature) -> Callable[[Float], Bool]:
    return lambda codes: (codes >= 0) & (codes < feature.known)


def _on_unit(feature: Feature, comparison: Comparison) -> _Part | None:
    """Whether a column's numbers stand on the unit that real ones are recorded in, if any is.

    Zeros stand on every unit, so they are not counted.
    """
    real, synthetic = comparison.real, comparison.synthetic
    mine = real.values[feature.name]
    counted = ~np.isnan(mine) & (mine != 0)
    if not counted.any():
        return None
    for unit in _units(mine[counted], feature.moment):
        share = float(np.average(_multiples(mine[counted], unit), weights=real.weights[counted]))
        if share >= _HELD:
            break
    else:
        return None

    def inside(values: Float) -> Bool:
        return _multiples(values, unit)

    values = synthetic.values[feature.name]
    judged = ~np.isnan(values) & (values != 0)
    ceiling = _share(inside, feature, comparison.holdout)
    chance = _chance(feature, comparison, counted, 1.0)
    least = share if ceiling is None else ceiling
    return _Part(feature, inside(values), judged, least, chance, unit)


def _units(values: Float, moment: bool) -> Iterator[float]:
    """Units that numbers may be recorded in, the coarsest first."""
    largest = float(np.abs(values).max())
    powers = range(int(np.floor(np.log10(largest))), _FINEST - 1, -1)
    for unit in _SECONDS if moment else (10.0**p for p in powers):
        # Finer than this, rounding puts every float64 on the unit.
        if _slack(largest / unit) < 1e-2:
            yield unit


def _slack(size: float | Float) -> float | Float:
    return _NEAR + 4 * _EPS * size


def _multiples(values: Float, unit: float) -> Bool:
    counts = values / unit
    return np.abs(counts - np.rint(counts)) <= _slack(np.abs(counts))


def _outside(part: _Part) -> bool:
    return not part.rows or bool((part.judged & ~part.good).any())


def _of(part: _Part, measure: Measure) -> Score:
    """The score of one column."""
    about = (part.feature.name,)
    if not part.rows:
        return measure.missing("no synthetic row holds a value of it", about=about)
    worth = 1 / (1 / part.rows + part.chance)
    mine = Share(part.share, part.rows)
    interval = mine.interval
    if part.ceiling is not None and part.chance > 0:
        # Only columns with a value outside are shown, and of these few real rows have one.
        interval = against_baseline(mine, Share(part.ceiling, 1 / part.chance)).interval
    unit = f"the unit is {_unit_in_words(part)}" if part.unit else ""
    return measure.score(
        part.share,
        n=part.rows,
        about=about,
        interval=interval,
        covers=COVERS,
        ceiling=part.ceiling,
        noise=_noise(part.ceiling, worth),
        note=unit,
    )


def _noise(ceiling: float | None, worth: float) -> float | None:
    """The share that chance alone would fall to once in twenty."""
    if ceiling is None:
        return None
    rows = max(1, round(worth))
    return float(binom.ppf(0.05, rows, ceiling)) / rows


def _over_all(measure: Measure, parts: list[_Part], comparison: Comparison, because: str) -> Score:
    """The score over the values of some columns, which come in rows (persons)."""
    if not parts:
        return measure.missing(because)
    synthetic = comparison.synthetic
    bad = np.sum([p.judged & ~p.good for p in parts], axis=0, dtype=float)
    cells = np.sum([p.judged for p in parts], axis=0, dtype=float)
    if synthetic.people is not None:
        _, person = np.unique(synthetic.people, return_inverse=True)
        bad, cells = np.bincount(person, bad), np.bincount(person, cells)
    filled = cells > 0
    rate, error = clustered(bad[filled], cells[filled])
    # Values that are worth as much as these, were they drawn one by one.
    worth = rate * (1 - rate) / error**2 if error > 0 else float(filled.sum())
    rows = np.array([p.rows for p in parts], float)
    chance = float(np.average([p.chance for p in parts], weights=rows))
    apart = chance * float(rows.mean())  # variance of the ceiling, in that of the share
    mine = Share(1 - rate, worth)
    worth /= 1 + apart
    known = [p for p in parts if p.ceiling is not None]
    ceiling = None
    if known:
        ceiling = float(
            np.average([p.ceiling or 0.0 for p in known], weights=[p.rows for p in known])
        )
    interval = mine.interval
    if ceiling is not None and apart > 0:
        interval = against_baseline(mine, Share(ceiling, mine.rows / apart)).interval
    return measure.score(
        1 - rate,
        n=int(cells.sum()),
        interval=interval,
        covers=COVERS,
        ceiling=ceiling,
        noise=_noise(ceiling, worth),
    )


def _unit_in_words(part: _Part) -> str:
    """A unit in words."""
    if not part.feature.moment:
        return f"{part.unit:g}"
    words = ("a day", "an hour", "a minute", "a second", "a millisecond")
    return dict(zip(_SECONDS, words, strict=True))[part.unit]


def _inside(parts: list[_Part]) -> Iterator[str]:
    """The note that says which columns have no score of their own."""
    outside = [p for p in parts if _outside(p)]
    if not outside:
        yield ALL_POSSIBLE
    elif len(outside) < len(parts):
        yield (
            f"In {len(parts) - len(outside)} of {len(parts)} columns every synthetic value lies in "
            "the real range or bears a real label: they have no score of their own for that."
        )


def _withheld(comparison: Comparison) -> Iterator[str]:
    """The note on labels that are withheld on purpose."""
    synthetic = comparison.synthetic
    counts = {
        f.name: int(np.isin(synthetic.values[f.name], pooled(f)).sum()) for f in comparison.labels
    }
    counts = {name: count for name, count in counts.items() if count}
    if counts:
        columns = [f"{name} ({count:,})" for name, count in list(counts.items())[:5]]
        more = f" and {len(counts) - 5} more columns" if len(counts) > 5 else ""
        yield (
            'Synthetic values that say "(rare)" stand for labels withheld on purpose, and count '
            f"neither as known nor as unknown: {', '.join(columns)}{more}."
        )


PART = Part(
    name="validity",
    phase="rare and extreme rows",
    section=Section.FIDELITY,
    measures=(WITHIN, RANGE, LABELS, UNIT, UNIT_OF),
    steps=once(lambda evidence: validity(evidence.sampled, evidence.key)),
)
