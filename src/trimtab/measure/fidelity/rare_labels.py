"""Whether the labels that few real rows hold are still there, at the right rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import beta

from trimtab._arrays import Bool, Float, Int
from trimtab.measure.chance.ratios import rate, ratio
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.fidelity.validity import pooled
from trimtab.measure.part import Part, once
from trimtab.measure.score import (
    Direction,
    Exhibit,
    Findings,
    Measure,
    Score,
    Section,
    Split,
    Topic,
)
from trimtab.predict.sample import MISSING, Feature, Sample
from trimtab.table.persons import holders

KEPT = Measure(
    name="rare_labels_kept",
    section=Section.FIDELITY,
    topic=Topic.EXTREMES,
    split=Split.WHOLE,
    title="Rare labels kept",
    meaning="Of the labels that at least five but fewer than 1 % of real rows hold, the share that "
    "is still in the synthetic table. A low value means that small groups have vanished.",
    direction=Direction.HIGHER,
    ideal=1.0,
    tolerance=0.05,
    alarm=0.2,
    source="What fresh real rows get: Robbins 1956, Third Berkeley Symposium 1, 157-163",
)
RAREST = Measure(
    name="rarest_labels_kept",
    section=Section.FIDELITY,
    topic=Topic.EXTREMES,
    split=Split.WHOLE,
    title="Labels of 1-4 rows",
    meaning="Of the labels that fewer than five real rows hold, the share that is in the synthetic "
    "table. They are often withheld on purpose, because they may give persons away, so that "
    "neither a low nor a high value is good or bad.",
    direction=Direction.NONE,
    source=KEPT.source,
)
RATE = Measure(
    name="rare_label_rate",
    section=Section.FIDELITY,
    topic=Topic.EXTREMES,
    split=Split.WHOLE,
    title="Rare labels against real",
    meaning="How often synthetic rows hold a rare label (one that fewer than 1 % of real rows "
    'hold, or "(rare)" in its place), divided by how often real rows do: 0.5 means half as often.',
    direction=Direction.TARGET,
    ideal=1.0,
    tolerance=0.1,
    alarm=0.4,
)
COVERS = "rows of both tables drawn again"
_RARE = 0.01
_WITHHELD = 5  # labels of fewer rows (persons) are often withheld on purpose
_SHOWN = 60
_MIN_MEAN, _MEANS, _STEPS = 0.05, 100, 50  # of the distribution of a label's rows
_EVEN = 5.0  # labels' worth of evenly spread means


@dataclass(frozen=True)
class _Rare:
    """The rare labels of one column; arrays of shape (labels,).

    holders       real rows (persons) that hold it
    share         of real rows, weighted
    rows          synthetic rows that hold it
    hidden        whether it is not there because "(rare)" stands for it and for all that fewer
                  real rows hold
    pooled_rows   synthetic rows that say "(rare)" in this column
    """

    feature: Feature
    codes: Int
    holders: Int
    share: Float
    rows: Int
    hidden: Bool
    pooled_rows: int


def rare_labels(comparison: Comparison) -> Findings:
    """How many of the rare labels are kept, against a fresh real table, and how often they occur.

    A label is rare if fewer than 1 % of real rows hold it. Those of fewer than five rows (persons)
    are counted apart, and those that "(rare)" stands for are not counted. What a fresh real table
    would hold is estimated from how many labels are held by one row, by two, and so on (empirical
    Bayes). Labels of fewer than five rows are not shown, for a scorecard may be shared.
    """
    rare = [r for f in comparison.labels if len((r := _rare(f, comparison)).codes)]
    if not rare:
        because = (
            "the real table has no label that fewer than 1 % of its rows hold"
            if comparison.labels
            else "no column that is compared holds labels"
        )
        return Findings(scores=tuple(m.missing(because) for m in (KEPT, RAREST, RATE)))
    real, synthetic = comparison.real, comparison.synthetic
    # Rows of one person are alike, so that persons are what is drawn.
    persons = 1.0 if real.people is None else len(np.unique(real.people)) / real.rows
    size = real.effective_rows * persons
    share = np.concatenate([r.share for r in rare])
    known = np.concatenate([_shares(f, real) for f in comparison.labels])
    times = synthetic.rows * persons / size
    likely, fresh = _expected(share * size, known[known > 0] * size, times)
    holders, rows, hidden = (
        np.concatenate([getattr(r, name) for r in rare]) for name in ("holders", "rows", "hidden")
    )
    few = holders < _WITHHELD
    counted = ~few & ~hidden
    none = "no rare label is held by five real rows or more, and not withheld"
    scores = (
        _kept_score(KEPT, rows[counted], likely[counted], none),
        _kept_score(
            RAREST, rows[few], likely[few], "every label is held by five real rows or more"
        ),
        _rate(rare, comparison, float(fresh.sum() / (share.sum() * size))),
    )
    return Findings(
        scores=scores,
        exhibits=_exhibits(rare, synthetic),
        notes=_notes(rare, int((hidden & ~few).sum())),
    )


def _notes(rare: Sequence[_Rare], hidden: int) -> tuple[str, ...]:
    """The note on labels that are withheld on purpose."""
    pooled_rows = sum(r.pooled_rows for r in rare)
    if not pooled_rows:
        return ()
    more = (
        f", and {hidden:,} labels of five rows or more that it hides as not lost" if hidden else ""
    )
    return (
        f'{pooled_rows:,} synthetic values say "(rare)" in columns of which the real table has '
        "labels that few rows hold: rare label protection pools those. They count as rare "
        f"labels{more}.",
    )


def _shares(feature: Feature, real: Sample) -> Float:
    """Weighted shares of rows that hold each label that the real table knows."""
    codes = real.values[feature.name]
    known = codes != MISSING
    counts = np.bincount(codes[known], real.weights[known], feature.known)[: feature.known]
    return np.asarray(counts / real.weights.sum(), np.float64)


def _rare(feature: Feature, comparison: Comparison) -> _Rare:
    real, synthetic = comparison.real, comparison.synthetic
    codes, size = real.values[feature.name], feature.known
    share = _shares(feature, real)
    held = holders(codes, real.people, size)[:size]
    chosen = np.flatnonzero((share > 0) & (share < _RARE))
    theirs = synthetic.values[feature.name]
    rows = np.bincount(theirs[theirs != MISSING], minlength=size)[:size]
    pooled_rows = int(np.isin(theirs, pooled(feature)).sum())
    least = held[rows > 0].min(initial=real.rows)
    hidden = (rows == 0) & (held < least) & (pooled_rows > 0)
    return _Rare(
        feature, chosen, held[chosen], share[chosen], rows[chosen], hidden[chosen], pooled_rows
    )


def _expected(counts: Float, known: Float, times: float) -> tuple[Float, Float]:
    """What fresh rows would hold of labels that so many rows were seen to hold.

    counts   rows (above 0) that hold each rare label, shape (labels,)
    known    rows that hold each label of all columns
    times    how many times as many fresh rows there are

    Gives the chance that fresh rows hold the label at all, and how many of as many rows would.
    Counts are Poisson about means that come from one distribution, which is fitted to all of them
    given that they are not 0 (empirical Bayes, Robbins 1956; a grid of means, fitted by EM). Some
    labels' worth of means that are even on the logarithmic scale steady it where labels are few.
    """
    means = np.geomspace(_MIN_MEAN, 1.5 * max(2.0, float(known.max())), _MEANS)
    chance = -np.expm1(-means)
    even = chance / chance.sum()
    distinct, repeats = np.unique(known, return_counts=True)
    fits = _likelihood(distinct, means, chance)
    prior = even
    for _ in range(_STEPS):
        after = fits * prior
        after /= after.sum(axis=1, keepdims=True)
        prior = (repeats @ after + _EVEN * even) / (len(known) + _EVEN)
    after = _likelihood(counts, means, chance) * prior
    after /= after.sum(axis=1, keepdims=True)
    return after @ -np.expm1(-times * means), after @ means


def _likelihood(counts: Float, means: Float, chance: Float) -> Float:
    """Of each count and mean up to a factor by count, shape (counts, means)."""
    logs = counts[:, None] * np.log(means) - means - np.log(chance)
    return np.exp(logs - logs.max(axis=1, keepdims=True))


def _kept_score(measure: Measure, rows: Int, likely: Float, because: str) -> Score:
    """The share of some labels that the synthetic table holds."""
    if not len(rows):
        return measure.missing(because)
    kept = int((rows > 0).sum())
    expected = float(likely.mean())
    # What is expected is a guess too, the less sure the more it is luck that labels were seen: by
    # simulation its variance is three times as much of that of `kept` as labels are missed.
    worth = len(rows) / (1 + 3 * (1 - expected))
    low, high = _exact(kept / len(rows) * worth, worth)
    chance = float(np.sqrt((likely * (1 - likely)).sum())) / len(rows)
    return measure.score(
        kept / len(rows),
        n=len(rows),
        interval=(low, high),
        covers="rows and labels drawn again",
        ceiling=expected,
        noise=expected - 1.645 * chance,
        note=f"{kept:,} of {len(rows):,} labels",
    )


def _exact(successes: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a rate (Clopper and Pearson 1934), which holds near 1 as well."""
    low = beta.ppf(0.025, successes, n - successes + 1) if successes > 0 else 0.0
    high = beta.ppf(0.975, successes + 1, n - successes) if successes < n else 1.0
    return float(low), float(high)


def _rate(rare: Sequence[_Rare], comparison: Comparison, ceiling: float) -> Score:
    """How often rows hold a rare label, over all columns."""

    def hits(sample: Sample) -> Float:
        return np.sum(
            [
                np.isin(sample.values[r.feature.name], np.append(r.codes, pooled(r.feature)))
                for r in rare
            ],
            axis=0,
            dtype=float,
        )

    real, synthetic = (rate(hits(s), s) for s in (comparison.real, comparison.synthetic))
    # Which labels were seen is luck, and the guess of how much was missed varies twice as much as
    # that (Good 1953).
    luck = 3 * max(0.0, 1 - ceiling) / (real.value * real.rows)
    chance = sum(1 / r.events for r in (real, synthetic) if r.events)
    widening = float(np.sqrt(1 + luck / chance))
    real, synthetic = (replace(r, error=r.error * widening) for r in (real, synthetic))
    times = ratio(synthetic, real)
    withheld = sum(r.pooled_rows for r in rare)
    suffix = f', {withheld:,} of them as "(rare)"' if withheld else ""
    return RATE.score(
        times.value,
        n=comparison.synthetic.rows,
        interval=times.interval,
        covers=COVERS,
        ceiling=ceiling,
        noise=times.noise,
        note=f"{synthetic.value * comparison.synthetic.rows:,.0f} synthetic values{suffix}",
    )


def _exhibits(rare: Sequence[_Rare], synthetic: Sample) -> tuple[Exhibit, ...]:
    """The rare labels that five real rows or more hold; if they are many, the most wrong ones."""
    lines = [
        (r.feature.name, r.feature.labels[int(c)], int(h), int(n), float(s * synthetic.rows))
        for r in rare
        for c, h, n, s in zip(r.codes, r.holders, r.rows, r.share, strict=True)
        if h >= _WITHHELD
    ]
    wrong = sorted(lines, key=lambda line: -abs(line[3] - line[4]) / np.sqrt(line[4] + 1))
    worst = set(wrong[:_SHOWN])
    chosen = [line for line in lines if line in worst]
    if not chosen:
        return ()
    names = ("column", "label", "real", "synthetic", "expected")
    columns = dict(zip(names, map(list, zip(*chosen, strict=True)), strict=True))
    return (Exhibit(name="rare labels", title="Labels that few real rows hold", columns=columns),)


PART = Part(
    name="rare labels",
    phase="rare and extreme rows",
    section=Section.FIDELITY,
    measures=(KEPT, RAREST, RATE),
    steps=once(lambda evidence: rare_labels(evidence.weighted)),
)
