"""The shapes of single columns, as facts for pictures: shares by bin or label, and cumulative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from trimtab._arrays import Float
from trimtab.measure.chance.intervals import histogram
from trimtab.measure.compare import bins
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.score import Exhibit
from trimtab.predict.sample import Feature, Sample

MAX_LABELS = 25
_POINTS = 60  # of a cumulative curve
OTHERS_WORD, MISSING_WORD = "(others)", "(missing)"
UNIT_OF_MOMENTS = "seconds since 1970"


def shapes(comparison: Comparison) -> Iterator[Exhibit]:
    """The distribution of each column of both tables, and of the synthetic table alone."""
    real, synthetic = comparison.real, comparison.synthetic
    for feature in comparison.features:
        yield from shape(feature, (real, synthetic))
    # Weighting leaves rows out for what the real table holds, so the rows before it are shown.
    alone = synthetic if comparison.augmented else comparison.delivered
    if alone is synthetic and real.weighted:
        return
    for feature in comparison.features:
        yield from (e for e in shape(feature, (alone,)) if e.name == "distribution")


def shape(feature: Feature, samples: Sequence[Sample]) -> Iterator[Exhibit]:
    """The distribution of a column in some tables, and its cumulative shares.

    The bins of numbers are of the first table, and reach as far as the values of all of them. No
    exhibit of numbers that are all missing.
    """
    return (_binned if feature.is_number else _labelled)(feature, samples)


def _binned(feature: Feature, samples: Sequence[Sample]) -> Iterator[Exhibit]:
    """The shares of a number's bins, the first side saying which bins; and its curve."""
    held = [~sample.missing(feature) for sample in samples]
    kept = [s.take(h) for s, h in zip(samples, held, strict=True) if h.any()]
    if not kept:
        return
    first = kept[0].values[feature.name]
    others = np.concatenate([sample.values[feature.name] for sample in kept])
    edges = bins.picture(first, kept[0].weights, others)
    size = len(edges) - 1
    missing = not all(h.all() for h in held)
    rows: dict[str, list[object]] = {n: [] for n in ("side", "value", "low", "high", "share")}
    for sample in samples:
        codes = bins.cut(sample.values[feature.name], edges[1:-1])
        share = histogram(np.where(codes < 0, size, codes), sample.weights, size + 1)
        rows["side"] += [sample.name] * (size + missing)
        rows["value"] += [None] * size + [MISSING_WORD] * missing
        rows["low"] += [*edges[:-1], *[None] * missing]
        rows["high"] += [*edges[1:], *[None] * missing]
        rows["share"] += [*share[: size + missing]]
    yield _exhibit("distribution", feature, samples, rows)
    yield _exhibit("cumulative", feature, samples, _curve(feature, kept))


def _curve(feature: Feature, kept: list[Sample]) -> dict[str, list[object]]:
    """The share of each side's values up to some points, which are quantiles of all values."""
    pooled = np.sort(np.concatenate([sample.values[feature.name] for sample in kept]))
    places = np.linspace(0, len(pooled) - 1, _POINTS).round().astype(np.int64)
    points = np.unique(pooled[places])
    rows: dict[str, list[object]] = {"side": [], "value": [], "share": []}
    for sample in kept:
        rows["side"] += [sample.name] * len(points)
        rows["value"] += [*points]
        rows["share"] += [*cumulative(sample.values[feature.name], sample.weights, points)]
    return rows


def cumulative(values: Float, weights: Float, points: Float) -> Float:
    """The weighted share of values (rows,) that do not exceed each point; no nan."""
    order = np.argsort(values, kind="stable")
    upto = np.concatenate([[0.0], np.cumsum(weights[order])])
    return np.asarray(upto[np.searchsorted(values[order], points, side="right")] / upto[-1])


def _labelled(feature: Feature, samples: Sequence[Sample]) -> Iterator[Exhibit]:
    """The shares of the labels that are most frequent in the tables, the first side's order."""
    size = len(feature.labels)
    shares = []
    for sample in samples:
        codes = sample.values[feature.name]
        shares.append(histogram(np.where(codes < 0, size, codes), sample.weights, size + 1))
    concat = np.sum(shares, axis=0)
    # Ties by the label, for the order of the codes is the real table's.
    frequent = [k for k in range(size) if concat[k] > 0]
    frequent.sort(key=lambda k: _rank(concat, feature, k))
    # One label more takes the place of "(others)".
    shown = frequent if len(frequent) <= MAX_LABELS + 1 else frequent[:MAX_LABELS]
    shown.sort(key=lambda k: _rank(shares[0], feature, k))
    others, missing = len(shown) < len(frequent), any(s[size] > 0 for s in shares)
    words = [feature.labels[k] for k in shown]
    words += [OTHERS_WORD] * others + [MISSING_WORD] * missing
    rows: dict[str, list[object]] = {n: [] for n in ("side", "value", "low", "high", "share")}
    curve: dict[str, list[object]] = {"side": [], "value": [], "share": []}
    for sample, share in zip(samples, shares, strict=True):
        rest = max(0.0, 1.0 - share[shown].sum() - share[size])
        found = np.array([*share[shown], *[rest] * others, *[share[size]] * missing])
        rows["side"] += [sample.name] * len(words)
        rows["value"] += words
        rows["low"] += [None] * len(words)
        rows["high"] += [None] * len(words)
        rows["share"] += [*found]
        curve["side"] += [sample.name] * len(words)
        curve["value"] += words
        curve["share"] += [*np.minimum(np.cumsum(found), 1.0)]
    yield _exhibit("distribution", feature, samples, rows)
    yield _exhibit("cumulative", feature, samples, curve)


def _rank(share: Float, feature: Feature, code: int) -> tuple[float, str]:
    # Rounded, so that equal shares of unequal weights are equal.
    return -round(float(share[code]), 12), feature.labels[code]


def _exhibit(
    name: str, feature: Feature, samples: Sequence[Sample], columns: dict[str, list[object]]
) -> Exhibit:
    if feature.moment:
        columns = {**columns, "unit": [UNIT_OF_MOMENTS] * len(columns["side"])}
    return Exhibit(
        name=name,
        title=feature.name,
        about=(feature.name,),
        columns=columns,
        rests_on=tuple(sample.name for sample in samples),
    )
