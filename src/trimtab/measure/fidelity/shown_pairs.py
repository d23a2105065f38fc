"""Pairs of columns that were asked for, for pictures: rows as points, or shares of combinations.

A few hundred rows of each table are drawn at random, so that the pictures of both have as many
points and can be compared by eye.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.measure.chance.intervals import histogram
from trimtab.measure.compare import bins
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.weighting import distinct_texts
from trimtab.measure.fidelity.histograms import MISSING_WORD, OTHERS_WORD, UNIT_OF_MOMENTS
from trimtab.measure.part import Part, once
from trimtab.measure.score import Exhibit, Findings
from trimtab.predict.sample import MISSING, Feature, Sample

MAX_POINTS = 400  # of each table
MAX_GROUPS = 8  # which colours and shapes can tell apart
MAX_VALUES = 12  # of a column of labels; a number of no more is drawn as labels are
_PARTS = 4  # of a number that rows are grouped by


@dataclass(frozen=True)
class _Words:
    """A column as a few words in their order, and which of them each row of some samples has.

    pooled   how many values are in the word for others
    """

    words: list[str]
    codes: list[Int]
    pooled: int = 0


def shown_pairs(
    comparison: Comparison, pairs: Sequence[tuple[str, str]], group: str | None, key: Key
) -> Findings:
    """An exhibit for each pair of columns, by the groups of another column if one is named.

    Of columns of few values, without groups, the shares of all combinations; else points, with a
    value of each column and the group of each. No exhibit where a table has no row with both.
    """
    exhibits = []
    for pair in pairs:
        one, other = (comparison[name] for name in pair)
        samples = (comparison.real, comparison.synthetic)
        few = [_is_few(f, samples) for f in (one, other)]
        if group is None and all(few):
            exhibits.append(_shared(one, other, comparison))
            continue
        drawn = [_drawn(s, (one, other), few, key.child("shown", *pair)) for s in samples]
        if all(sample.rows for sample in drawn):
            exhibits.append(_scattered((one, other), few, group, comparison, drawn))
    return Findings(exhibits=tuple(exhibits))


def _is_few(feature: Feature, samples: Sequence[Sample]) -> bool:
    """Whether a column is drawn as labels are."""
    if not feature.is_number:
        return True
    values = np.concatenate([sample.values[feature.name] for sample in samples])
    return len(np.unique(values[~np.isnan(values)])) <= MAX_VALUES


def _drawn(sample: Sample, features: Sequence[Feature], few: Sequence[bool], key: Key) -> Sample:
    """A few hundred rows that have all numbers that are drawn to scale, by their weights."""
    known = np.ones(sample.rows, bool)
    for feature, is_few in zip(features, few, strict=True):
        known &= is_few | ~sample.missing(feature)
    whole = sample.take(known)
    if not whole.weighted:
        return whole.sampled(MAX_POINTS, key)
    # Systematic sampling: a row is drawn where the running sum of its share of the draws passes a
    # whole number, and so more than once where it stands for many.
    generator = key.child(whole.name).generator()
    order = generator.permutation(whole.rows)
    draws = min(MAX_POINTS, whole.rows) * whole.weights[order] / whole.weights.sum()
    sums = np.floor(np.cumsum(draws) + generator.random())
    times = np.diff(sums, prepend=0.0).astype(np.int64)
    return replace(whole.take(np.repeat(order, times)), weights=np.ones(int(times.sum())))


def _scattered(
    features: tuple[Feature, Feature],
    few: Sequence[bool],
    group: str | None,
    comparison: Comparison,
    drawn: Sequence[Sample],
) -> Exhibit:
    """Rows as points."""
    whole = (comparison.real, comparison.synthetic)
    columns: dict[str, list[Any]] = {"side": [s.name for s in drawn for _ in range(s.rows)]}
    for axis, feature, is_few in zip("xy", features, few, strict=True):
        if is_few:
            words = _worded(feature, whole, drawn, MAX_VALUES)
            columns |= _told(f"{axis}_value", f"{axis}_order", words)
        else:
            values = np.concatenate([s.values[feature.name] for s in drawn])
            columns[f"{axis}_value"] = [*values]
            if feature.moment:
                columns[f"{axis}_unit"] = [UNIT_OF_MOMENTS] * len(values)
    title = " and ".join(
        f"{sample.rows:,} {'draws by weight from' if all_rows.weighted else 'of'} "
        f"{all_rows.rows:,} {sample.name} rows"
        for sample, all_rows in zip(drawn, whole, strict=True)
    )
    about = tuple(f.name for f in features)
    if group is not None:
        words = _worded(comparison[group], whole, drawn, MAX_GROUPS)
        columns |= _told("group", "group_order", words)
        about = (*about, group)
        if words.pooled:
            title += f"; {words.pooled:,} values of {group} are taken together as {OTHERS_WORD}"
    return Exhibit(
        name="shown pair",
        title=title,
        about=about,
        columns=columns,
        weighted=comparison.weighted,
    )


def _told(value: str, order: str, words: _Words) -> dict[str, list[Any]]:
    codes = np.concatenate(words.codes)
    return {value: [words.words[code] for code in codes], order: [*codes]}


def _shared(one: Feature, other: Feature, comparison: Comparison) -> Exhibit:
    """The shares of all combinations of two columns of few values."""
    samples = (comparison.real, comparison.synthetic)
    x, y = (_worded(f, samples, samples, MAX_VALUES) for f in (one, other))
    wide, high = len(x.words), len(y.words)
    columns: dict[str, list[Any]] = {"side": [s.name for s in samples for _ in range(wide * high)]}
    across, up = [*range(wide)] * high, [k for k in range(high) for _ in range(wide)]
    columns |= _told("x_value", "x_order", replace(x, codes=[np.array(across)] * len(samples)))
    columns |= _told("y_value", "y_order", replace(y, codes=[np.array(up)] * len(samples)))
    columns["share"] = [
        share
        for sample, place, level in zip(samples, x.codes, y.codes, strict=True)
        for share in histogram(level * wide + place, sample.weights, wide * high)
    ]
    return Exhibit(
        name="shown pair",
        title="",
        about=(one.name, other.name),
        columns=columns,
        weighted=comparison.weighted,
    )


def _worded(
    feature: Feature, whole: Sequence[Sample], drawn: Sequence[Sample], most: int
) -> _Words:
    """A column as at most so many words, which are those of the whole tables.

    The most frequent labels first, and a word for all others; numbers in their order, in quarters
    of the real ones if there are too many. What is missing comes last.
    """
    every = [sample.values[feature.name] for sample in whole]
    own = [sample.values[feature.name] for sample in drawn]
    is_missing = any(sample.missing(feature).any() for sample in whole)
    room = most - is_missing
    pooled = 0
    if feature.is_number:
        words, codes = _numbers(feature, whole[0], np.concatenate(every), own, room)
    else:
        words, codes, pooled = _labels(feature, whole, own, room)
    codes = [np.where(c == MISSING, len(words), c) for c in codes]
    return _Words([*words, *[MISSING_WORD] * is_missing], codes, pooled)


def _numbers(
    feature: Feature, real: Sample, every: Float, own: Sequence[Float], most: int
) -> tuple[list[str], list[Int]]:
    """The words of a number, and the code of each of a sample's own values; MISSING for nan."""
    distinct = np.unique(every[~np.isnan(every)])
    if len(distinct) <= most:
        inner = distinct[1:]
        words = distinct_texts(distinct, feature.moment)
    else:
        inner = bins.equal_shares(real.values[feature.name], real.weights, _PARTS)
        texts = distinct_texts(inner, feature.moment)
        words = [f"{a} to {b}" for a, b in pairwise(texts)]
        words = [f"below {texts[0]}", *words, f"{texts[-1]} and more"] if texts else ["any"]
    return words, [bins.cut(values, inner) for values in own]


def _labels(
    feature: Feature, whole: Sequence[Sample], own: Sequence[Int], most: int
) -> tuple[list[str], list[Int], int]:
    """The words of a label, the code of each of a sample's own values, and how many are pooled."""
    size = len(feature.labels)
    share = np.zeros(size + 1)
    for sample in whole:
        codes = sample.values[feature.name]
        share += histogram(np.where(codes < 0, size, codes), sample.weights, size + 1)
    occurring = [k for k in range(size) if share[k] > 0]
    occurring.sort(key=lambda k: (-round(float(share[k]), 12), feature.labels[k]))
    kept = occurring if len(occurring) <= most else occurring[: most - 1]
    pooled = len(occurring) - len(kept)
    place = np.full(size + 1, len(kept))
    place[kept], place[MISSING] = np.arange(len(kept)), MISSING
    words = [feature.labels[k] for k in kept] + [OTHERS_WORD] * (pooled > 0)
    return words, [place[codes] for codes in own], pooled


PART = Part(
    name="shown pairs",
    phase="pairs that were named",
    section=None,
    measures=(),
    steps=once(
        lambda evidence: shown_pairs(
            evidence.weighted, evidence.settings.show, evidence.settings.group, evidence.key
        ),
        where=lambda evidence: bool(evidence.settings.show),
    ),
)
