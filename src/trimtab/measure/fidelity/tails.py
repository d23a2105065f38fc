"""Whether rare and extreme rows are still there, at the right rate.

Three looks: values beyond the outer quantiles of each number, rows that stand apart from the rest
in all columns together, and labels that few real rows bear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.ensemble import IsolationForest

from trimtab._arrays import Bool, Float, Int, Single
from trimtab._random import Key
from trimtab.measure.chance.intervals import spread, worth
from trimtab.measure.chance.ratios import Rate, rate, ratio
from trimtab.measure.compare.comparison import Comparison
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

TAILS = Measure(
    name="tail_error",
    section=Section.FIDELITY,
    topic=Topic.EXTREMES,
    split=Split.END,
    title="Error in the tails",
    meaning="How many values beyond the outer quantiles of the real numbers are missing or too "
    "many, as a share of the real ones: 0 is exact, 1 means that all extreme values are gone, or "
    "that there are twice as many.",
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.1,
    alarm=0.3,
)
TAIL = Measure(
    name="tail_rate",
    section=Section.FIDELITY,
    topic=Topic.EXTREMES,
    split=Split.END,
    title="Extreme values against real",
    meaning="The share of synthetic rows beyond an outer quantile of a real number, divided by the "
    "share of real rows: 0.5 means that half of the extreme values are missing, 2 that there are "
    "twice as many.",
    direction=Direction.TARGET,
    ideal=1.0,
    tolerance=0.2,
    alarm=0.5,
)
_OUTLYING = 0.01
OUTLIERS = Measure(
    name="outlier_rate",
    section=Section.FIDELITY,
    topic=Topic.ROWS,
    split=Split.WHOLE,
    title="Outlying rows",
    meaning="The share of synthetic rows that stand apart in all columns together as much as the "
    "most outlying 1 % of real rows. Fewer: the table is too tame, and rare cases are lost. More: "
    "it invents rows that are like no real one.",
    direction=Direction.TARGET,
    ideal=_OUTLYING,
    tolerance=0.002,
    alarm=0.005,
    source="Liu, Ting and Zhou 2008, Isolation forest, ICDM, 413-422",
)
COVERS = "rows of both tables drawn again"
_QUANTILES = (0.01, 0.001)  # beyond which rows are extreme
_MIN_BEYOND = 5  # real rows beyond a quantile, for a rate of them
_MIN_HELDOUT = 10  # held-out rows expected beyond it, for a ceiling
_MIN_ROWS = 500  # real rows, for one in a hundred of them to be several
_TREES = 100
_NAMED = 5
_BITS = 62  # of a number


@dataclass(frozen=True)
class End:
    """One end of a real number, beyond which rows are extreme.

    low     whether it is the low end
    cut     the first real value beyond the quantile: values on it and further out are extreme, so
            that as large a share of fresh real rows is expected there as of these
    share   the real share of rows there, weighted
    """

    feature: Feature
    low: bool
    cut: float
    share: float

    @property
    def name(self) -> str:
        return "low" if self.low else "high"

    def beyond(self, sample: Sample) -> Bool:
        """Which rows are beyond it, shape (rows,)."""
        values = sample.values[self.feature.name]
        return values <= self.cut if self.low else values >= self.cut


def tails(comparison: Comparison, key: Key, alone: Sample | None = None) -> Findings:
    """Whether extreme values and outlying rows are there at the right rate.

    Tails: for each end of each number the rate of rows beyond the real 1 % quantile (and the 0.1 %
    quantile where five real rows are beyond it), and one error over all of them: the sum of
    |synthetic - real| over the ends, divided by the sum of real shares. Outlying rows: the share of
    synthetic rows that an isolation forest finds as outlying as the most outlying 1 % of real rows
    that it was not fitted on.

    alone   rows whose columns were drawn by themselves, whose share of outlying rows is said too
    """
    findings = Findings()
    for quantile in _QUANTILES:
        findings += extreme_values(comparison, quantile, key.child("tails", str(quantile)))
    outliers = outlying_rows(comparison, key.child("outliers"), alone)
    return findings + Findings(scores=(outliers,))


def extreme_values(comparison: Comparison, quantile: float, key: Key) -> Findings:
    """The tails of all numbers beyond one quantile: an error over all of them, and each rate."""
    common = quantile == _QUANTILES[0]
    within = f"beyond {quantile * 100:g} %"
    real = comparison.real
    ends = [e for f in comparison.numbers for e in _ends(f, real, quantile)]
    judged = [e for e in ends if e.share * real.effective_rows >= _MIN_BEYOND]
    exhibits = (_exhibit(ends, comparison),) if common and ends else ()
    notes = _without(comparison.numbers, judged) if common else ()
    if not judged:
        # That the table is too small for the rarer quantile is no news.
        none = TAILS.missing(_why(comparison, quantile), within=within)
        return Findings(scores=(none,) if common else (), exhibits=exhibits, notes=notes)
    total = _error_score(judged, within, comparison, key)
    each = (_rate_score(e, quantile, comparison) for e in judged)
    return Findings(scores=(total, *each), exhibits=exhibits, notes=notes)


def _without(numbers: Sequence[Feature], judged: Sequence[End]) -> tuple[str, ...]:
    """The note on ends that have too few real rows beyond the common quantile."""
    has = {(e.feature.name, e.low) for e in judged}
    lacking = [
        f"{f.name} ({'low' if low else 'high'} end)"
        for f in numbers
        for low in (True, False)
        if (f.name, low) not in has
    ]
    if not lacking or not judged:
        return ()
    more = f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else ""
    return (
        f"Fewer than {_MIN_BEYOND} real rows lie beyond the outer {_QUANTILES[0]:.0%} of "
        f"{', '.join(lacking[:_NAMED])}{more}: there is no tail to judge there.",
    )


def _why(comparison: Comparison, quantile: float) -> str:
    if not comparison.numbers:
        return "no column that is compared is a number"
    return (
        f"fewer than {_MIN_BEYOND} real rows lie beyond the {quantile:.0%} quantile of any number"
    )


def _ends(feature: Feature, real: Sample, quantile: float) -> Iterator[End]:
    """The ends of a number that real rows are beyond: none where the outermost value is common."""
    known = ~real.missing(feature)
    values, weights = real.values[feature.name][known], real.weights[known]
    for low in (True, False):
        cut = _cut(-values if low else values, weights, quantile)
        if cut is not None:
            end = End(feature, low, -cut if low else cut, 0.0)
            yield replace(end, share=rate(end.beyond(real), real).value)


def _cut(values: Float, weights: Float, share: float) -> float | None:
    """The least value that at most so large a share of weight is on or above, if there is one."""
    if not len(values):
        return None
    inner = np.quantile(values, 1 - share, weights=weights, method="inverted_cdf")
    beyond = values[values > inner]
    return float(beyond.min()) if len(beyond) else None


def _rate_score(end: End, quantile: float, comparison: Comparison) -> Score:
    """The rate of synthetic rows beyond one end, against real rows."""
    synthetic, holdout = comparison.synthetic, comparison.holdout
    real = rate(end.beyond(comparison.real), comparison.real)
    times = ratio(rate(end.beyond(synthetic), synthetic), real)
    note = f"{real.value:.2%} of real rows are beyond it"
    if holdout is not None and end.share * holdout.effective_rows >= _MIN_HELDOUT:
        # Said, but no ceiling: so few held-out rows are beyond that theirs is mostly chance.
        note += f", {rate(end.beyond(holdout), holdout).value:.2%} of held-out ones"
    where = "lowest" if end.low else "highest"
    return TAIL.score(
        times.value,
        n=synthetic.rows,
        about=(end.feature.name,),
        within=f"{where} {quantile * 100:g} %",
        interval=times.interval,
        covers=COVERS,
        noise=times.noise,
        note=note,
    )


def _error_score(ends: list[End], within: str, comparison: Comparison, key: Key) -> Score:
    """The error over all ends, with the chance that rows be beyond several of them."""
    real, synthetic = comparison.real, comparison.synthetic
    beyond = np.concatenate(
        [np.stack([e.beyond(s) for e in ends], axis=1) for s in (real, synthetic)]
    )
    patterns, codes = _patterns(beyond)
    one, other = (
        np.bincount(c, s.weights, len(patterns)) / s.weights.sum()
        for c, s in zip(np.split(codes, [real.rows]), (real, synthetic), strict=True)
    )
    total = sum(e.share for e in ends)

    def error(mine: Float, theirs: Float) -> Float:
        return np.asarray(np.abs((mine - theirs) @ patterns).sum(axis=-1) / total)

    mine, theirs = np.split(codes, [real.rows])
    rows, others = (worth(c, len(patterns), s) for c, s in ((mine, real), (theirs, synthetic)))
    uncertainty = spread(one, other, rows, others, error, key)
    # Where another real table moves the cuts, the synthetic share beyond them moves in proportion:
    # the noise of real rows counts as many times as there are more synthetic rows beyond.
    times = float((other @ patterns).sum() / total)
    moved = spread(one, other, rows / times**2, others, error, key) if times > 1 else uncertainty
    return TAILS.score(
        float(error(one, other)),
        n=synthetic.rows,
        within=within,
        interval=moved.interval,
        covers=COVERS,
        ceiling=uncertainty.chance,
        noise=uncertainty.noise,
    )


def _patterns(marks: Bool) -> tuple[Bool, Int]:
    """The distinct rows of marks, in their order, and for each row which one it is."""
    if marks.shape[1] > _BITS:
        distinct, codes = np.unique(marks, axis=0, return_inverse=True)
        return distinct, np.asarray(codes).reshape(-1)
    numbers = marks @ (1 << np.arange(marks.shape[1], dtype=np.int64)[::-1])
    _, first, codes = np.unique(numbers, return_index=True, return_inverse=True)
    return marks[first], codes


def _exhibit(ends: Sequence[End], comparison: Comparison) -> Exhibit:
    synthetic = comparison.synthetic
    return Exhibit(
        name="tails",
        title="Rows beyond the outer 1 % of each number",
        columns={
            "column": [e.feature.name for e in ends],
            "end": [e.name for e in ends],
            "real": [e.share for e in ends],
            "synthetic": [rate(e.beyond(synthetic), synthetic).value for e in ends],
        },
        weighted=comparison.weighted,
    )


def outlying_rows(comparison: Comparison, key: Key, alone: Sample | None = None) -> Score:
    """The share of synthetic rows that are as outlying as the most outlying real rows.

    Each forest is fitted on other real rows than those that say what is outlying: on the real table
    if there is a holdout, else on each half of it in turn. `alone` is as for `tails`.
    """
    real, synthetic, holdout = comparison.real, comparison.synthetic, comparison.holdout
    if holdout is not None and holdout.effective_rows >= _MIN_ROWS:
        folds = [(real, holdout)]
    elif real.effective_rows >= _MIN_ROWS:
        one, other = _halves(real, key)
        folds = [(one, other), (other, one)]
    else:
        because = f"one in a hundred is too few of fewer than {_MIN_ROWS} real rows"
        return OUTLIERS.missing(because, headline=True)
    hits, rates, controls = np.zeros(synthetic.rows), [], []
    for n, (fitted, fresh) in enumerate(folds):
        outlying = _outlyingness(comparison.features, fitted, key.child("forest", n))
        scored = outlying(fresh)
        cut = _cut(scored, fresh.weights, _OUTLYING)
        if cut is None:
            because = "so many real rows are alike that none is more outlying than the others"
            return OUTLIERS.missing(because, headline=True)
        rates.append(rate(scored >= cut, fresh))
        hits += (outlying(synthetic) >= cut) / len(folds)
        if alone is not None:
            controls.append(float((outlying(alone) >= cut).mean()))
    share = float(np.mean([f.value for f in rates]))
    error = float(np.sqrt(np.square([f.error for f in rates]).sum())) / len(folds)
    mine = rate(hits, synthetic)
    times = ratio(mine, Rate(share, error, real.effective_rows))
    score = OUTLIERS.score(
        mine.value,
        n=synthetic.rows,
        interval=(times.interval[0] * share, times.interval[1] * share),
        covers=COVERS,
        ceiling=share,
        noise=_OUTLYING + (times.noise - 1) * share,
        headline=True,
        note=f"{times.value:.2f} times the real share",
    )
    beside = {
        "heldout": share if len(folds) == 1 else None,
        "columns_alone": float(np.mean(controls)) if controls else None,
    }
    return score.model_copy(update=beside)


def _halves(sample: Sample, key: Key) -> tuple[Sample, Sample]:
    """Two halves of a sample at random; the rows of a person stay together."""
    people = np.arange(sample.rows) if sample.people is None else sample.people
    persons, person = np.unique(people, return_inverse=True)
    order = key.child("halves").generator().permutation(len(persons))
    first = (order < len(persons) / 2)[person]
    return sample.take(first), sample.take(~first)


def _outlyingness(
    features: Sequence[Feature], sample: Sample, key: Key
) -> Callable[[Sample], Float]:
    """How outlying rows are by those of one sample: a function of a sample, shape (rows,)."""
    columns = [c for f in features for c in _columns(f, sample)]

    def matrix(rows: Sample) -> Single:
        return np.stack([column(rows) for column in columns], axis=1).astype(np.float32)

    given = matrix(sample)
    if sample.weighted:
        # The forest draws rows evenly, so the weights must be in the rows.
        chosen = (
            key.child("rows")
            .generator()
            .choice(sample.rows, sample.rows, p=sample.weights / sample.weights.sum())
        )
        given = given[chosen]
    seed = int(key.child("seed").generator().integers(2**31))
    forest = IsolationForest(n_estimators=_TREES, random_state=seed, n_jobs=1).fit(given)
    return lambda rows: np.asarray(-forest.score_samples(matrix(rows)), np.float64)


def _columns(feature: Feature, sample: Sample) -> Iterator[Callable[[Sample], Float]]:
    """What a forest splits: a number itself, and of labels and missing values how rare they are.

    That is -log(share), so that rare ones lie far out, and random cuts part them first.
    """
    name = feature.name
    if not feature.is_number:
        surprise = _surprise(sample.values[name], sample.weights, len(feature.labels))
        yield lambda rows: surprise[rows.values[name]]
        return
    gone = sample.missing(feature)
    middle = 0.0 if gone.all() else float(np.median(sample.values[name][~gone]))
    yield lambda rows: np.where(np.isnan(rows.values[name]), middle, rows.values[name])
    if gone.any():
        absent = _surprise(np.where(gone, MISSING, 0), sample.weights, 1)
        yield lambda rows: absent[np.where(np.isnan(rows.values[name]), MISSING, 0)]


def _surprise(codes: Int, weights: Float, size: int) -> Float:
    """-log of the share of each code, the missing one last; of unseen ones that of one row."""
    counts = np.bincount(np.where(codes == MISSING, size, codes), weights, size + 1)
    return -np.log(np.maximum(counts, 1.0) / (weights.sum() + 1))


PART = Part(
    name="tails",
    phase="rare and extreme rows",
    section=Section.FIDELITY,
    measures=(TAILS, TAIL, OUTLIERS),
    steps=once(
        lambda evidence: tails(evidence.weighted, evidence.key, evidence.controls.alone.synthetic)
    ),
)
