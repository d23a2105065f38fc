"""How many rows persons have, how far apart these are, and what follows on what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.measure.chance.intervals import Drawn, averaged, drawn, half_sum, scored
from trimtab.measure.chance.permutation import Permutations, differ, permute
from trimtab.measure.compare import bins
from trimtab.measure.persons.aggregates import gaps
from trimtab.measure.persons.histories import Histories, Persons, too_few
from trimtab.measure.persons.measures import ROWS_EACH, TIMES, TRANSITION, TRANSITIONS
from trimtab.measure.score import Findings, Measure, Score
from trimtab.predict.sample import Feature

_CELLS = 8  # of a column, before those for other labels and for what is missing
_DRAWS, _HELD_DRAWS = 200, 40
COVERS = "persons of both tables drawn again"
NOT_COUNTED = -1  # the code of a row that does not count
Distance = Callable[[Persons, Histories, Permutations], Drawn]


def counted(persons: Persons, key: Key) -> Findings:
    """Rows per person, time between rows and transitions, with what chance makes of persons."""
    synthetic = persons.synthetic
    permutations = permute(persons.real.sample, synthetic.sample, key.child("dealt"), _DRAWS)
    held = None
    if persons.holdout is not None:
        own = persons.real.sample, persons.holdout.sample
        held = permute(*own, key.child("held out"), _HELD_DRAWS)
    scores = [_score(ROWS_EACH, rows_each, persons, permutations, held, headline=True)]
    few = too_few(synthetic)
    if persons.moment is not None:
        scores.append(
            TIMES.missing(few) if few else _score(TIMES, times_between, persons, permutations, held)
        )
    if few:
        return Findings(scores=(*scores, TRANSITIONS.missing(few, headline=True)))
    return Findings(scores=(*scores, *_transitions(persons, permutations, held)))


def _score(
    measure: Measure,
    distance: Distance,
    persons: Persons,
    permutations: Permutations,
    held: Permutations | None,
    *,
    about: tuple[str, ...] = (),
    headline: bool = False,
) -> Score:
    """The score of a distance, and what held-out persons get in the place of the synthetic ones."""
    seen = distance(persons, persons.synthetic, permutations)
    n = persons.real.persons + persons.synthetic.persons
    score = scored(measure, seen, n=n, about=about, headline=headline)
    score = score.model_copy(update={"covers": COVERS})
    if held is None or persons.holdout is None:
        return score
    # Held-out persons may be fewer, and chance makes a distance of few larger.
    excess = distance(persons, persons.holdout, held).excess
    return score.model_copy(update={"heldout": max(0.0, excess + seen.spread.chance)})


def rows_each(persons: Persons, other: Histories, permutations: Permutations) -> Drawn:
    """How unlike the numbers of rows of persons are."""
    both = (persons.real, other)
    counts = np.concatenate([h.counts for h in both]).astype(np.float64)
    inner = bins.fine(counts)
    cells = []
    for one in both:  # a person counts once, by its first row
        codes = np.full(one.sample.rows, NOT_COUNTED)
        codes[one.starts] = bins.cut(one.counts.astype(np.float64), inner)
        cells.append(codes)
    difference = differ(np.concatenate(cells), len(inner) + 1, permutations)
    return drawn(difference, _greatest)


def times_between(persons: Persons, other: Histories, permutations: Permutations) -> Drawn:
    """How unlike the times between rows are; those that are not known do not count."""
    assert persons.moment is not None
    both = (persons.real, other)
    times = [gaps(persons.moment, one) for one in both]
    every = np.concatenate(times)
    inner = bins.fine(every[~np.isnan(every)])
    cells = []
    for one, own in zip(both, times, strict=True):
        codes = np.full(one.sample.rows, NOT_COUNTED)
        codes[one.again] = bins.cut(own, inner)
        cells.append(codes)
    return drawn(differ(np.concatenate(cells), len(inner) + 1, permutations), _greatest)


def _greatest(difference: NDArray[Any]) -> NDArray[Any]:
    """The greatest difference of cumulative shares, for each draw (cells, draws)."""
    return np.asarray(np.abs(np.cumsum(difference, axis=0)).max(axis=0))


def _transitions(
    persons: Persons, permutations: Permutations, held: Permutations | None
) -> Iterator[Score]:
    """The mean over the columns that change, and each of them."""
    n = persons.real.persons + persons.synthetic.persons

    def each(other: Histories, dealt: Permutations) -> list[Drawn]:
        return [transition(persons, f, other, dealt) for f in persons.varying]

    seen = each(persons.synthetic, permutations)
    of_held = None if held is None or persons.holdout is None else each(persons.holdout, held)
    names: Sequence[tuple[str, ...]] = [(f.name,) for f in persons.varying]
    items: list[tuple[Measure, Drawn, tuple[str, ...], Drawn | None]] = [
        (TRANSITIONS, averaged(seen), (), None if of_held is None else averaged(of_held))
    ]
    items += [
        (TRANSITION, item, about, None if of_held is None else of_held[k])
        for k, (item, about) in enumerate(zip(seen, names, strict=True))
    ]
    for measure, item, about, other in items:
        score = scored(measure, item, n=n, about=about, headline=measure is TRANSITIONS)
        said: dict[str, Any] = {"covers": COVERS}
        if other is not None:
            said["heldout"] = max(0.0, other.excess + item.spread.chance)
        yield score.model_copy(update=said)


def transition(
    persons: Persons, feature: Feature, other: Histories, permutations: Permutations
) -> Drawn:
    """How unlike the pairs of a column's values are in a row and the one before."""
    cells = []
    size = cells_of(feature)
    for one in (persons.real, other):
        own = codes_of(persons, feature, one)
        codes = np.full(one.sample.rows, NOT_COUNTED)
        codes[one.again] = own[one.again] * size + own[one.again - 1]
        cells.append(codes)
    return drawn(differ(np.concatenate(cells), size * size, permutations), half_sum)


def cells_of(feature: Feature) -> int:
    """How many cells `codes_of` has; the last two are for other labels and for what is missing."""
    return _CELLS + 2 if feature.is_number else min(_CELLS, len(feature.labels)) + 2


def inner_edges(persons: Persons, feature: Feature) -> Float:
    """Where a number is cut: at the eighths of the real rows."""
    real = persons.real.sample
    return bins.equal_shares(real.values[feature.name], real.weights, _CELLS)


def codes_of(persons: Persons, feature: Feature, histories: Histories) -> Int:
    """The cell of each row: eighths of the real rows, or the most frequent labels."""
    size = cells_of(feature)
    values = histories.sample.values[feature.name]
    if feature.is_number:
        codes = bins.cut(values, inner_edges(persons, feature))
    else:
        codes = np.where(values < size - 2, values, size - 2)  # in the order of real frequencies
    return np.where(histories.sample.missing(feature), size - 1, codes).astype(np.int64)
