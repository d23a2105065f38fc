"""A generator at stages of its training: how far off it was, and what it drew, for pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab.errors import InputError
from trimtab.measure.chance.intervals import histogram
from trimtab.measure.compare import bins
from trimtab.measure.compare.comparison import Comparison, as_numbers
from trimtab.measure.compare.labels import aligned
from trimtab.measure.evidence import Stage
from trimtab.measure.fidelity.histograms import (
    MISSING_WORD,
    OTHERS_WORD,
    UNIT_OF_MOMENTS,
    histogram_of,
)
from trimtab.measure.fidelity.pairs import strongest
from trimtab.measure.part import Part, once
from trimtab.measure.score import Exhibit, Findings
from trimtab.predict.sample import MISSING, Feature, Sample
from trimtab.table.canonical import as_text

MAX_STAGES = 6
MAX_PAIRS = 6
_ROWS = 10_000  # that the strongest pairs are looked for in
_CELLS = 12  # of a number in a picture of a pair: a few hundred rows fill no more
_ACROSS, _UP = 6, 8  # labels of a column in a picture of a pair
_TAIL = 0.01  # share of real rows beyond each end of a picture of a pair


def picked(stages: Sequence[Stage], most: int = MAX_STAGES) -> tuple[Stage, ...]:
    """The first, the last and evenly spaced ones between, by their steps; no more than `most`."""
    ordered = sorted(stages, key=lambda stage: stage.step)
    places = np.linspace(0, len(ordered) - 1, min(most, len(ordered))).round().astype(int)
    return tuple(ordered[k] for k in places)


def staged(comparison: Comparison, stages: Sequence[Stage], key: Key) -> Findings:
    """Pictures of a training: its course, columns alone, and the pairs that hang together most.

    The rows of some stages are beside held-out real rows, or real ones where none were held out.
    Raises InputError for a stage that lacks a compared column or holds another kind of value in
    it, and for two stages of one step.
    """
    if not stages:
        return Findings()
    _check(comparison.features, stages)
    real = comparison.real if comparison.holdout is None else comparison.holdout
    features, samples = _samples(comparison.features, real, picked(stages))
    exhibits = [_course(stages)]
    exhibits += [e for f in features for e in _alone(f, samples)]
    by_name = {f.name: f for f in features}
    for one, other in strongest(samples[0].sampled(_ROWS, key), features, MAX_PAIRS):
        exhibits.append(_together(by_name[one], by_name[other], samples))
    return Findings(exhibits=tuple(exhibits))


def _check(features: Sequence[Feature], stages: Sequence[Stage]) -> None:
    steps = [stage.step for stage in stages]
    if len(set(steps)) < len(steps):
        raise InputError(f"stages: two are of one step, of {steps}: expected one of each.")
    for stage in stages:
        for feature in features:
            if feature.name not in stage.table.schema:
                raise InputError(
                    f"stages, {stage.name}: its table lacks the compared column {feature.name!r}: "
                    f"it holds {', '.join(stage.table.schema.names)}. Expected stages of a model "
                    "of the compared columns; leave others out with `drop`."
                )
            storage = stage.table.column(feature.name).type
            if feature.is_number and not _fits(storage, feature.moment):
                raise InputError(
                    f"stages, {stage.name}: its column {feature.name!r} holds {storage} values: "
                    f"expected {'moments' if feature.moment else 'numbers'}, as in the real table."
                )


def _fits(storage: pa.DataType, moment: bool) -> bool:
    if moment:
        return bool(pa.types.is_temporal(storage))
    return bool(pa.types.is_integer(storage) or pa.types.is_floating(storage))


def _samples(
    features: Sequence[Feature], real: Sample, stages: Sequence[Stage]
) -> tuple[tuple[Feature, ...], tuple[Sample, ...]]:
    """The real rows and those of each stage, and features whose labels are those of all of them."""
    names = (real.name, *(s.name for s in stages))
    recoded: list[Feature] = []
    values: dict[str, dict[str, Any]] = {name: {} for name in names}
    for feature in features:
        arrays = {s.name: s.table.column(feature.name) for s in stages}
        mine = real.values[feature.name]
        if feature.is_number:
            columns: dict[str, Any] = {n: as_numbers(a, feature.moment) for n, a in arrays.items()}
        else:
            texts = {s.name: as_text(arrays[s.name], s.table.schema[feature.name]) for s in stages}
            labels = aligned({"real": pa.array(feature.labels, pa.string()), **texts})
            mine = np.append(labels.codes.pop("real"), MISSING)[mine]
            feature, columns = replace(feature, labels=tuple(labels.labels)), labels.codes
        recoded.append(feature)
        for name, column in {real.name: mine, **columns}.items():
            values[name][feature.name] = column
    weights = {s.name: np.ones(s.table.rows) for s in stages} | {real.name: real.weights}
    return tuple(recoded), tuple(Sample(n, v, weights[n]) for n, v in values.items())


def _course(stages: Sequence[Stage]) -> Exhibit:
    ordered = sorted(stages, key=lambda stage: stage.step)
    return Exhibit(
        name="training",
        title="Course of the training",
        columns={
            "step": [stage.step for stage in ordered],
            "distance": [0.0 - stage.figure for stage in ordered],
        },
    )


def _alone(feature: Feature, samples: Sequence[Sample]) -> list[Exhibit]:
    """The distribution of a column in each stage and in the real rows, which are the first."""
    whole = next(histogram_of(feature, samples), None)
    if whole is None:
        return []
    size = len(whole.columns["share"]) // len(samples)
    shares = {
        sample.name: whole.columns["share"][k * size : (k + 1) * size]
        for k, sample in enumerate(samples)
    }
    named = {n: v[:size] for n, v in whole.columns.items() if n not in ("side", "share")}
    return [_exhibit("stages", feature.name, (feature,), named, shares, samples)]


def _together(one: Feature, other: Feature, samples: Sequence[Sample]) -> Exhibit:
    """The shares of a pair's cells in each stage and in the real rows, which are the first."""
    # Numbers stand below and long lists of labels at the side, where they can be read.
    x, y = sorted((one, other), key=lambda f: (not f.is_number, len(f.labels)))
    (across, places), (up, levels) = _cut(x, samples, _ACROSS), _cut(y, samples, _UP)
    wide, high = len(across["value"]), len(up["value"])
    shares = {
        sample.name: [*histogram(level * wide + place, sample.weights, wide * high)]
        for sample, place, level in zip(samples, places, levels, strict=True)
    }
    named = {f"x_{n}": v * high for n, v in across.items()}
    named |= {f"y_{n}": [cell for cell in v for _ in range(wide)] for n, v in up.items()}
    title = f"{x.name} across, {y.name} at the side"
    return _exhibit("stage pairs", title, (x, y), named, shares, samples)


def _cut(
    feature: Feature, samples: Sequence[Sample], most: int
) -> tuple[dict[str, list[Any]], list[Int]]:
    """A column's bins or `most` labels and a rest, and where the rows of each sample fall."""
    by_sample = [sample.values[feature.name] for sample in samples]
    real, weights = by_sample[0], samples[0].weights
    low: list[Any] = []
    high: list[Any] = []
    if feature.is_number:
        known = ~np.isnan(real)
        # What lies beyond the ends counts to the outermost bins, lest they be wider than others.
        ends = bins.quantiles(real[known], weights[known], np.array([_TAIL, 1 - _TAIL]))
        inner = np.clip(real[known], *ends)
        edges = bins.picture(inner, weights[known], inner, _CELLS)
        codes = [bins.cut(values, edges[1:-1]) for values in by_sample]
        low, high = [*edges[:-1]], [*edges[1:]]
        words: list[Any] = [None] * len(low)
    else:
        size = len(feature.labels)
        share = histogram(np.where(real < 0, size, real), weights, size + 1)[:size]
        order = sorted(range(size), key=lambda k: (-share[k], feature.labels[k]))
        frequent = order if size <= most + 1 else order[:most]
        words = [feature.labels[k] for k in frequent] + [OTHERS_WORD] * (len(frequent) < size)
        place = np.full(size + 1, len(frequent))
        place[frequent], place[MISSING] = np.arange(len(frequent)), MISSING
        codes = [place[values] for values in by_sample]
    if any((c < 0).any() for c in codes):
        codes = [np.where(c < 0, len(words), c) for c in codes]
        words = [*words, MISSING_WORD]
    rest = [None] * (len(words) - len(low))
    columns = {"value": words, "low": [*low, *rest], "high": [*high, *rest]}
    if feature.moment:
        columns["unit"] = [UNIT_OF_MOMENTS] * len(words)
    return columns, codes


def _exhibit(
    name: str,
    title: str,
    about: Sequence[Feature],
    named: dict[str, list[Any]],
    shares: dict[str, list[Any]],
    samples: Sequence[Sample],
) -> Exhibit:
    """Shares by stage, in a column for each; the real rows, the first of the samples, come last."""
    columns = {sample.name: shares[sample.name] for sample in (*samples[1:], samples[0])}
    return Exhibit(
        name=name,
        title=title,
        about=tuple(f.name for f in about),
        columns=named | columns,
        rests_on=(samples[0].name, "synthetic"),
    )


PART = Part(
    name="training",
    phase="the training",
    section=None,
    measures=(),
    steps=once(
        lambda evidence: staged(evidence.sampled, evidence.stages, evidence.key.child("stages")),
        where=lambda evidence: bool(evidence.stages),
    ),
)
