"""How alike the combinations of three columns are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb

import numpy as np

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab.measure.chance.intervals import Drawn, averaged, drawn, half_sum, histogram, scored
from trimtab.measure.chance.permutation import differ, permute
from trimtab.measure.compare import bins
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.part import Part, once
from trimtab.measure.score import Direction, Findings, Measure, Score, Section, Split, Topic
from trimtab.predict.sample import Feature, Sample

_DRAWS = 100
_BINS = 5
_LABELS = 9  # that count by themselves; all others count as one
_WORST = 10

TRIPLE = Measure(
    name="triple_difference",
    section=Section.FIDELITY,
    topic=Topic.RELATIONS,
    split=Split.WHOLE,
    title="Joint difference of three",
    meaning=(
        "The share of rows that would need another combination of the three columns' values for "
        "both tables to hold the same shares (total variation); numbers are cut into five bins "
        "of equal shares, and only the nine most frequent labels are told apart. Shown for the "
        "ten triples that are furthest beyond what chance would make them."
    ),
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.05,
    alarm=0.15,
)
MEAN_TRIPLE = Measure(
    name="mean_triple_error",
    section=Section.FIDELITY,
    topic=Topic.RELATIONS,
    split=Split.WHOLE,
    title="Mean triple error",
    meaning=(
        "The mean over triples of columns of the share of rows with a wrong combination of their "
        "values (total variation). A bad value with a good pair error means that columns depend "
        "on two others together, and that this was not learned."
    ),
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.015,
    alarm=0.05,
)


@dataclass(frozen=True)
class _Column:
    """A column as cells of the rows of both tables; the last, size - 1, is for missing."""

    name: str
    codes: Int
    size: int


def triples(comparison: Comparison, key: Key, most: int = 200) -> Findings:
    """How alike triples of columns are on average, and the ten worst.

    Of more than `most` triples so many are chosen at random, and a note says so. A missing value
    is a value.
    """
    features = comparison.features
    total = comb(len(features), 3)
    if total == 0:
        because = f"there are only {len(features)} columns, so there is no triple"
        return Findings(scores=(MEAN_TRIPLE.missing(because),))
    real, synthetic = comparison.real, comparison.synthetic
    permutations = permute(real, synthetic, key.child("deals"), _DRAWS)
    columns = [_cut(f, real, synthetic) for f in features]
    chosen = np.arange(total)
    if total > most:
        chosen = np.sort(key.child("chosen").generator().choice(total, most, replace=False))
    distances: list[tuple[tuple[str, ...], Drawn]] = []
    for index in chosen:
        three = [columns[k] for k in _triple(int(index), len(columns))]
        cells, size = bins.joint([c.codes for c in three], [c.size for c in three])
        item = drawn(differ(cells, size, permutations), half_sum)
        distances.append((tuple(c.name for c in three), item))
    notes = (
        (f"Of {total:,} triples of columns, {most:,} chosen at random were judged.",)
        if total > most
        else ()
    )
    return Findings(scores=tuple(_scores(distances, real.rows + synthetic.rows)), notes=notes)


def _scores(distances: list[tuple[tuple[str, ...], Drawn]], rows: int) -> Iterator[Score]:
    """The mean, and the triples furthest beyond chance."""
    items = [item for _, item in distances]
    note = f"the mean of {len(distances):,} triples"
    yield scored(MEAN_TRIPLE, averaged(items), n=rows, note=note)
    for about, item in sorted(distances, key=lambda f: -f[1].excess)[:_WORST]:
        yield scored(TRIPLE, item, n=rows, about=about, of=items)


def _cut(feature: Feature, real: Sample, synthetic: Sample) -> _Column:
    """Bins of equal shares of the real weight; the labels that have most of it, and the rest."""
    mine = real.values[feature.name]
    values = np.concatenate([mine, synthetic.values[feature.name]])
    if feature.is_number:
        inner = bins.equal_shares(mine, real.weights, _BINS)
        size = len(inner) + 1
        values = bins.cut(values, inner)
    else:
        size = _LABELS + 1
        known = mine >= 0
        share = histogram(mine[known], real.weights[known], len(feature.labels))
        place = np.full(len(feature.labels) + 1, _LABELS)  # the last is of MISSING
        frequent = np.argsort(-share, kind="stable")[:_LABELS]
        place[frequent] = np.arange(len(frequent))
        place[-1] = -1
        values = place[values]
    return _Column(feature.name, np.where(values < 0, size, values).astype(np.int64), size + 1)


def _triple(index: int, columns: int) -> tuple[int, int, int]:
    """The triple at a place in the order of all triples of numbers below `columns`."""
    i = 0
    while index >= (block := comb(columns - 1 - i, 2)):
        index, i = index - block, i + 1
    j = i + 1
    while index >= (block := columns - 1 - j):
        index, j = index - block, j + 1
    return i, j, j + 1 + index


PART = Part(
    name="triples",
    phase="triples of columns",
    section=Section.FIDELITY,
    measures=(TRIPLE, MEAN_TRIPLE),
    steps=once(
        lambda evidence: triples(evidence.weighted, evidence.key),
        where=lambda evidence: evidence.settings.triples,
    ),
)
