"""How alike the relations between two columns are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab.measure.chance.intervals import Drawn, averaged, drawn, half_sum, scored
from trimtab.measure.chance.permutation import DRAWS, Permutations, differ, differ_in_means, permute
from trimtab.measure.compare import bins
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.evidence import Evidence
from trimtab.measure.fidelity.associations import (
    Correlation,
    Standardised,
    correlation_ratio,
    cramers_v,
)
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
from trimtab.predict.sample import Feature, Sample

_WIDE = 45  # features beyond which only the worst pairs have a score of their own
_MAX_SCORES = 300
_WIDE_DRAWS = 100
_NAMED = 5

CORRELATION = Measure(
    name="correlation_difference",
    section=Section.FIDELITY,
    topic=Topic.RELATIONS,
    split=Split.WHOLE,
    title="Correlation difference",
    meaning=(
        "Half the difference between the correlations of two numbers (Pearson). At 0.2, a "
        "correlation of 0.5 has become 0.1 or 0.9."
    ),
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.03,
    alarm=0.1,
    source="1 - CorrelationSimilarity of SDMetrics",
)
JOINT = Measure(
    name="joint_difference",
    section=Section.FIDELITY,
    topic=Topic.RELATIONS,
    split=Split.WHOLE,
    title="Joint difference",
    meaning=(
        "The share of rows that would need another combination of the two columns' values for "
        "both tables to hold the same shares (total variation); numbers are cut into ten bins "
        "of equal width. At 0.2, a fifth of the rows has a wrong combination."
    ),
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.03,
    alarm=0.1,
    source="1 - ContingencySimilarity of SDMetrics, with bins that both tables share",
)
MEAN_PAIR = Measure(
    name="mean_pair_error",
    section=Section.FIDELITY,
    topic=Topic.RELATIONS,
    split=Split.WHOLE,
    title="Mean pair error",
    meaning=(
        "The mean over all pairs of columns of the difference between their relations: half the "
        "difference of correlations for two numbers, total variation of the combinations for "
        "others. A bad value means that columns do not hang together as they should."
    ),
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.01,
    alarm=0.03,
    source="1 - Column Pair Trends of SDMetrics, with bins that both tables share",
)


@dataclass(frozen=True)
class _Column:
    """A column as cells, and as it is: the rows of both tables, real ones first.

    codes   of bins or labels; the last, size - 1, is for missing
    """

    feature: Feature
    codes: Int
    size: int


@dataclass(frozen=True)
class _Pair:
    """What is known of a pair: its error, or why there is none; and the association in each table.

    place   of its columns among all, for their order
    """

    place: tuple[int, int]
    about: tuple[str, str]
    kind: str
    rows: int = 0
    drawn: Drawn | None = None
    because: str = ""
    real: float | None = None
    synthetic: float | None = None

    def score(self) -> Score:
        """Its score."""
        measure = CORRELATION if self.kind == "correlation" else JOINT
        if self.drawn is None:
            return measure.missing(self.because, about=self.about)
        return scored(measure, self.drawn, n=self.rows, about=self.about)


def pairs(comparison: Comparison, key: Key) -> Findings:
    """How alike each pair of columns is, and all of them on average; their associations.

    Two numbers are compared by their correlations, over the rows that have both. Two labels, or a
    number and a label, are compared by the shares of their combinations, where a missing value is
    a value. These are the figures of SDMetrics, but for one thing: its report (Column Pair Trends)
    cuts a number into ten bins over the range of each table by itself, so that one value out of
    range makes alike tables differ and a shifted column can look alike. Here the real table's
    bins, open at both ends, are used for both tables, as in its ContingencySimilarity.

    Pairs that cannot be compared are left out of the mean, and a note says so. Of more than 45
    columns only the 300 pairs furthest beyond chance have scores of their own.
    """
    features = comparison.features
    if len(features) < 2:
        because = "there is only one column, so there is no pair"
        return Findings(scores=(MEAN_PAIR.missing(because, headline=True),))
    wide = len(features) > _WIDE
    real, synthetic = comparison.real, comparison.synthetic
    permutations = permute(real, synthetic, key.child("deals"), _WIDE_DRAWS if wide else DRAWS)
    all_pairs = _all(comparison, permutations)
    scores, notes = _scores(all_pairs, wide)
    return Findings(
        scores=(_mean(all_pairs), *scores),
        exhibits=(_associations(all_pairs, comparison.weighted),),
        notes=(*notes, *_left_out(all_pairs)),
    )


def _all(comparison: Comparison, permutations: Permutations) -> list[_Pair]:
    """All pairs, in the order of their columns."""
    found = [*_correlated(comparison, permutations), *_combined(comparison, permutations)]
    return sorted(found, key=lambda p: p.place)


def _mean_error(comparison: Comparison, permutations: Permutations) -> Drawn | None:
    """The mean pair error of both tables."""
    known = [p.drawn for p in _all(comparison, permutations) if p.drawn is not None]
    return averaged(known) if known else None


def strongest(sample: Sample, features: Sequence[Feature], most: int) -> list[tuple[str, str]]:
    """The pairs of columns that hang together most in one table, the strongest first.

    By the size of their correlation (two numbers), the correlation ratio (a number and a label) or
    Cramer's V (two labels). Pairs for which it is not defined are left out.
    """
    table = Standardised.of(sample, tuple(f for f in features if f.is_number))
    associations: list[tuple[float, tuple[str, str]]] = []
    for one, other in combinations([_cut(f, sample) for f in features], 2):
        about = (one.feature.name, other.feature.name)
        numbers = [c for c in (one, other) if c.feature.is_number]
        value: float | None = None
        if len(numbers) == 2:
            known = table.correlation(*about)
            value = None if isinstance(known, str) else known.value
        elif all(c.size > 1 for c in numbers):
            cells, _ = bins.joint((one.codes, other.codes), (one.size, other.size))
            value = _associated(one, other, cells, sample, 0)
        if value is not None:
            associations.append((abs(value), about))
    return [about for _, about in sorted(associations, key=lambda pair: -pair[0])[:most]]


def _correlated(comparison: Comparison, permutations: Permutations) -> Iterator[_Pair]:
    """The pairs of two numbers."""
    places = {f.name: k for k, f in enumerate(comparison.features)}
    numbers = comparison.numbers
    tables = [
        Standardised.of(sample, numbers) for sample in (comparison.real, comparison.synthetic)
    ]
    for k, one in enumerate(numbers):
        known: list[tuple[_Pair, Correlation, Correlation]] = []
        for other in numbers[k + 1 :]:
            first, second = (t.correlation(one.name, other.name) for t in tables)
            place = (places[one.name], places[other.name])
            pair = _Pair(place, (one.name, other.name), "correlation")
            values = [None if isinstance(c, str) else c.value for c in (first, second)]
            pair = replace(pair, real=values[0], synthetic=values[1])
            if isinstance(first, str) or isinstance(second, str):
                reasons = [c for c in (first, second) if isinstance(c, str)]
                yield replace(
                    pair, because=f"the correlation is not defined: {' and '.join(reasons)}"
                )
            else:
                known.append((pair, first, second))
        yield from _apart(known, permutations)


def _apart(
    known: list[tuple[_Pair, Correlation, Correlation]], permutations: Permutations
) -> Iterator[_Pair]:
    """Pairs of numbers with their errors."""
    if not known:
        return
    both = [(first, second) for _, first, second in known]
    seen = np.array([first.value - second.value for first, second in both])
    influence = np.stack([np.concatenate([a.influence, b.influence]) for a, b in both], axis=1)
    complete = np.stack([np.concatenate([a.complete, b.complete]) for a, b in both], axis=1)
    differences = differ_in_means(seen, influence.astype(np.float32), complete, permutations)
    for (pair, _, _), difference, rows in zip(
        known, differences, complete.sum(axis=0), strict=True
    ):
        yield replace(pair, drawn=drawn(difference, _half), rows=int(rows))


def _half(difference: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.abs(difference[0]) / 2)


def _combined(comparison: Comparison, permutations: Permutations) -> Iterator[_Pair]:
    """The pairs that have a label."""
    real, synthetic = comparison.real, comparison.synthetic
    columns = [_cut(f, real, synthetic) for f in comparison.features]
    for (i, one), (j, other) in combinations(enumerate(columns), 2):
        numbers = [c for c in (one, other) if c.feature.is_number]
        if len(numbers) == 2:
            continue
        about = (one.feature.name, other.feature.name)
        pair = _Pair((i, j), about, "mixed" if numbers else "contingency")
        empty = [c.feature.name for c in numbers if c.size < 2]
        if empty:
            because = f"{empty[0]} has no value in the real table to make bins of"
            yield replace(pair, because=because)
            continue
        cells, size = bins.joint((one.codes, other.codes), (one.size, other.size))
        associations = [
            _associated(one, other, cells, sample, start)
            for sample, start in ((real, 0), (synthetic, real.rows))
        ]
        yield replace(
            pair,
            rows=len(cells),
            drawn=drawn(differ(cells, size, permutations), half_sum),
            real=associations[0],
            synthetic=associations[1],
        )


def _cut(feature: Feature, real: Sample, *others: Sample) -> _Column:
    values = np.concatenate([sample.values[feature.name] for sample in (real, *others)])
    if feature.is_number:
        inner = bins.even(real.values[feature.name])
        size = len(inner) + 1 if len(inner) else 0
        values = bins.cut(values, inner)
    else:
        size = len(feature.labels)
    return _Column(feature, np.where(values < 0, size, values), size + 1)


def _associated(
    one: _Column, other: _Column, cells: Int, sample: Sample, start: int
) -> float | None:
    """The association of a pair in one table, whose rows begin at `start`.

    Missing labels count as a label; rows without a number are left out.
    """
    rows = slice(start, start + sample.rows)
    if one.feature.is_number or other.feature.is_number:
        number, label = (one, other) if one.feature.is_number else (other, one)
        known = ~sample.missing(number.feature)
        numbers, weights = sample.values[number.feature.name][known], sample.weights[known]
        effective = sample.effective_rows * float(known.mean())
        return correlation_ratio(numbers, label.codes[rows][known], weights, effective)
    codes = (one.codes[rows], other.codes[rows], cells[rows])
    return cramers_v(*codes, sample.weights, sample.effective_rows)


def _scores(all_pairs: list[_Pair], wide: bool) -> tuple[list[Score], list[str]]:
    """Scores of pairs, in the order of the columns; and what there is to say of those left out."""
    if not wide:
        return [p.score() for p in all_pairs], []
    known = [(p, p.drawn.excess) for p in all_pairs if p.drawn is not None]
    worst = [p for p, _ in sorted(known, key=lambda k: -k[1])[:_MAX_SCORES]]
    chosen = sorted(worst, key=lambda p: p.place)
    note = (
        f"Of {len(all_pairs):,} pairs of columns, the {len(chosen)} furthest beyond chance have "
        f"scores of their own; the mean is over {len(known):,}."
    )
    return [p.score() for p in chosen], [note]


def _mean(all_pairs: list[_Pair]) -> Score:
    known = [(p.drawn, p.rows) for p in all_pairs if p.drawn is not None]
    if not known:
        return MEAN_PAIR.missing("no pair of columns can be compared", headline=True)
    return scored(
        MEAN_PAIR,
        averaged([item for item, _ in known]),
        n=max(rows for _, rows in known),
        headline=True,
        note=f"the mean of {len(known):,} pairs",
    )


def _left_out(all_pairs: list[_Pair]) -> list[str]:
    left = [p for p in all_pairs if p.drawn is None]
    if not left:
        return []
    named = "; ".join(f"{' and '.join(p.about)} ({p.because})" for p in left[:_NAMED])
    more = f"; and {len(left) - _NAMED:,} more" if len(left) > _NAMED else ""
    return [
        f"The mean pair error leaves out {len(left):,} of {len(all_pairs):,} pairs of columns: "
        f"{named}{more}."
    ]


def _associations(all_pairs: list[_Pair], weighted: tuple[str, ...]) -> Exhibit:
    return Exhibit(
        name="associations",
        title="Associations",
        columns={
            "a": [p.about[0] for p in all_pairs],
            "b": [p.about[1] for p in all_pairs],
            "real": [p.real for p in all_pairs],
            "synthetic": [p.synthetic for p in all_pairs],
            "kind": [p.kind for p in all_pairs],
        },
        weighted=weighted,
    )


def _judge(evidence: Evidence) -> Findings:
    key = evidence.key
    found = pairs(evidence.weighted, key)
    own = key.child("controls", "pairs")
    return evidence.controls.beside(found, MEAN_PAIR, _mean_error, own, of_relations=True)


PART = Part(
    name="pairs",
    phase="pairs of columns",
    section=Section.FIDELITY,
    measures=(CORRELATION, JOINT, MEAN_PAIR),
    steps=once(_judge),
)
