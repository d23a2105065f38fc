"""Histograms of single columns, as facts for pictures: shares by bin or label, and cumulative."""

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


def histograms(comparison: Comparison) -> Iterator[Exhibit]:
    """The distribution of each column of both tables, and of the synthetic table alone."""
    real, synthetic = comparison.real, comparison.synthetic
    for feature in comparison.features:
        yield from histogram_of(feature, (real, synthetic))
    # Weighting leaves rows out for what the real table holds, so the rows before it are shown.
    alone = synthetic if comparison.augmented else comparison.delivered
    if alone is synthetic and real.weighted:
        return
    for feature in comparison.features:
        yield from (e for e in histogram_of(feature, (alone,)) if e.name == "distribution")


def histogram_of(feature: Feature, samples: Sequence[Sample]) -> Iterator[Exhibit]:
    """The distribution of a column in some tables, and its cumulative shares.

    The bins of numbers are of the first table, and reach as far as the values of all of them; a bin
    of one value says which. No exhibit of numbers that are all missing.
    """
    return (_binned if feature.is_number else _labelled)(feature, samples)


def _binned(feature: Feature, samples: Sequence[Sample]) -> Iterator[Exhibit]:
    """The shares of a number's bins, the first sample saying which bins; and its curve."""
    known = [~sample.missing(feature) for sample in samples]
    filled = [s.take(h) for s, h in zip(samples, known, strict=True) if h.any()]
    if not filled:
        return
    first = filled[0].values[feature.name]
    others = np.concatenate([sample.values[feature.name] for sample in filled])
    edges = bins.picture(first, filled[0].weights, others)
    size = len(edges) - 1
    distinct = np.unique(others)
    values = [*distinct] if len(distinct) <= bins.PICTURE else [None] * size
    missing = not all(h.all() for h in known)
    rows: dict[str, list[object]] = {n: [] for n in ("side", "value", "low", "high", "share")}
    for sample in samples:
        codes = bins.cut(sample.values[feature.name], edges[1:-1])
        share = histogram(np.where(codes < 0, size, codes), sample.weights, size + 1)
        rows["side"] += [sample.name] * (size + missing)
        rows["value"] += [*values, *[MISSING_WORD] * missing]
        rows["low"] += [*edges[:-1], *[None] * missing]
        rows["high"] += [*edges[1:], *[None] * missing]
        rows["share"] += [*share[: size + missing]]
    yield _exhibit("distribution", feature, samples, rows)
    yield _exhibit("cumulative", feature, samples, _curve(feature, filled))


def _curve(feature: Feature, filled: list[Sample]) -> dict[str, list[object]]:
    """The share of each sample's values up to some points, which are quantiles of all values."""
    pooled = np.sort(np.concatenate([sample.values[feature.name] for sample in filled]))
    places = np.linspace(0, len(pooled) - 1, _POINTS).round().astype(np.int64)
    points = np.unique(pooled[places])
    rows: dict[str, list[object]] = {"side": [], "value": [], "share": []}
    for sample in filled:
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
    """The shares of the labels that are most frequent in the tables, the first sample's order."""
    size = len(feature.labels)
    shares = []
    for sample in samples:
        codes = sample.values[feature.name]
        shares.append(histogram(np.where(codes < 0, size, codes), sample.weights, size + 1))
    total = np.sum(shares, axis=0)
    # Ties by the label, for the order of the codes is the real table's.
    frequent = [k for k in range(size) if total[k] > 0]
    frequent.sort(key=lambda k: _rank(total, feature, k))
    # One label more takes the place of "(others)".
    chosen = frequent if len(frequent) <= MAX_LABELS + 1 else frequent[:MAX_LABELS]
    chosen.sort(key=lambda k: _rank(shares[0], feature, k))
    others, missing = len(chosen) < len(frequent), any(s[size] > 0 for s in shares)
    words = [feature.labels[k] for k in chosen]
    words += [OTHERS_WORD] * others + [MISSING_WORD] * missing
    rows: dict[str, list[object]] = {n: [] for n in ("side", "value", "low", "high", "share")}
    curve: dict[str, list[object]] = {"side": [], "value": [], "share": []}
    for sample, share in zip(samples, shares, strict=True):
        rest = max(0.0, 1.0 - share[chosen].sum() - share[size])
        cell_shares = np.array([*share[chosen], *[rest] * others, *[share[size]] * missing])
        rows["side"] += [sample.name] * len(words)
        rows["value"] += words
        rows["low"] += [None] * len(words)
        rows["high"] += [None] * len(words)
        rows["share"] += [*cell_shares]
        curve["side"] += [sample.name] * len(words)
        curve["value"] += words
        curve["share"] += [*np.minimum(np.cumsum(cell_shares), 1.0)]
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
        weighted=tuple(sample.name for sample in samples if sample.weighted),
    )
