"""The shapes of single columns, as facts for pictures: shares by bin or label, and cumulative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from trimtab.measure import bins
from trimtab.measure.comparison import Comparison
from trimtab.measure.resampling import histogram
from trimtab.measure.score import Exhibit
from trimtab.measure.side import Feature, Float, Side

MOST_LABELS = 25
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


def shape(feature: Feature, sides: Sequence[Side]) -> Iterator[Exhibit]:
    """The distribution of a column in some tables, and its cumulative shares.

    The bins of numbers are of the first table, and reach as far as the values of all of them. No
    exhibit of numbers that are all missing.
    """
    return (_binned if feature.is_number else _labelled)(feature, sides)


def _binned(feature: Feature, sides: Sequence[Side]) -> Iterator[Exhibit]:
    """The shares of a number's bins, the first side saying which bins; and its curve."""
    held = [~side.missing(feature) for side in sides]
    kept = [s.take(h) for s, h in zip(sides, held, strict=True) if h.any()]
    if not kept:
        return
    first = kept[0].values[feature.name]
    others = np.concatenate([side.values[feature.name] for side in kept])
    edges = bins.picture(first, kept[0].weights, others)
    size = len(edges) - 1
    missing = not all(h.all() for h in held)
    rows: dict[str, list[object]] = {n: [] for n in ("side", "value", "low", "high", "share")}
    for side in sides:
        codes = bins.cut(side.values[feature.name], edges[1:-1])
        share = histogram(np.where(codes < 0, size, codes), side.weights, size + 1)
        rows["side"] += [side.name] * (size + missing)
        rows["value"] += [None] * size + [MISSING_WORD] * missing
        rows["low"] += [*edges[:-1], *[None] * missing]
        rows["high"] += [*edges[1:], *[None] * missing]
        rows["share"] += [*share[: size + missing]]
    yield _exhibit("distribution", feature, sides, rows)
    yield _exhibit("cumulative", feature, sides, _curve(feature, kept))


def _curve(feature: Feature, kept: list[Side]) -> dict[str, list[object]]:
    """The share of each side's values up to some points, which are quantiles of all values."""
    pooled = np.sort(np.concatenate([side.values[feature.name] for side in kept]))
    places = np.linspace(0, len(pooled) - 1, _POINTS).round().astype(np.int64)
    points = np.unique(pooled[places])
    rows: dict[str, list[object]] = {"side": [], "value": [], "share": []}
    for side in kept:
        rows["side"] += [side.name] * len(points)
        rows["value"] += [*points]
        rows["share"] += [*cumulative(side.values[feature.name], side.weights, points)]
    return rows


def cumulative(values: Float, weights: Float, points: Float) -> Float:
    """The weighted share of values (rows,) that do not exceed each point; no nan."""
    order = np.argsort(values, kind="stable")
    upto = np.concatenate([[0.0], np.cumsum(weights[order])])
    return np.asarray(upto[np.searchsorted(values[order], points, side="right")] / upto[-1])


def _labelled(feature: Feature, sides: Sequence[Side]) -> Iterator[Exhibit]:
    """The shares of the labels that are most frequent in the tables, the first side's order."""
    size = len(feature.labels)
    shares = []
    for side in sides:
        codes = side.values[feature.name]
        shares.append(histogram(np.where(codes < 0, size, codes), side.weights, size + 1))
    together = np.sum(shares, axis=0)
    # Ties by the label, for the order of the codes is the real table's.
    frequent = [k for k in range(size) if together[k] > 0]
    frequent.sort(key=lambda k: _rank(together, feature, k))
    # One label more takes the place of "(others)".
    shown = frequent if len(frequent) <= MOST_LABELS + 1 else frequent[:MOST_LABELS]
    shown.sort(key=lambda k: _rank(shares[0], feature, k))
    others, missing = len(shown) < len(frequent), any(s[size] > 0 for s in shares)
    words = [feature.labels[k] for k in shown]
    words += [OTHERS_WORD] * others + [MISSING_WORD] * missing
    rows: dict[str, list[object]] = {n: [] for n in ("side", "value", "low", "high", "share")}
    curve: dict[str, list[object]] = {"side": [], "value": [], "share": []}
    for side, share in zip(sides, shares, strict=True):
        rest = max(0.0, 1.0 - share[shown].sum() - share[size])
        found = np.array([*share[shown], *[rest] * others, *[share[size]] * missing])
        rows["side"] += [side.name] * len(words)
        rows["value"] += words
        rows["low"] += [None] * len(words)
        rows["high"] += [None] * len(words)
        rows["share"] += [*found]
        curve["side"] += [side.name] * len(words)
        curve["value"] += words
        curve["share"] += [*np.minimum(np.cumsum(found), 1.0)]
    yield _exhibit("distribution", feature, sides, rows)
    yield _exhibit("cumulative", feature, sides, curve)


def _rank(share: Float, feature: Feature, code: int) -> tuple[float, str]:
    # Rounded, so that equal shares of unequal weights are equal.
    return -round(float(share[code]), 12), feature.labels[code]


def _exhibit(
    name: str, feature: Feature, sides: Sequence[Side], columns: dict[str, list[object]]
) -> Exhibit:
    if feature.moment:
        columns = {**columns, "unit": [UNIT_OF_MOMENTS] * len(columns["side"])}
    return Exhibit(
        name=name,
        title=feature.name,
        about=(feature.name,),
        columns=columns,
        rests_on=tuple(side.name for side in sides),
    )
