"""How alike the rows of a person are: figures of sums over persons, who are drawn again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy.stats import rankdata

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab.measure.chance.baseline import Share, against_baseline
from trimtab.measure.chance.bootstrap import percentiles, redrawn_rows
from trimtab.measure.chance.intervals import Z
from trimtab.measure.persons.aggregates import distinct_values
from trimtab.measure.persons.counted import COVERS
from trimtab.measure.persons.histories import Histories, Persons, too_few
from trimtab.measure.persons.measures import ALIKE, CONSTANT, LAG, STAYS
from trimtab.measure.persons.understanding import differs
from trimtab.measure.score import Findings, Measure, Score
from trimtab.predict.sample import Feature

_MIN_ROWS = 30  # with a known value in the row and in the one before
Sums = Callable[[Feature, Histories], Float]  # what each person adds, shape (persons, sums)
Figure = Callable[[Float], Float]  # from sums over persons (draws, sums) to figures (draws,)


def alike(persons: Persons, key: Key) -> Findings:
    """What the row before tells of a number, how alike a person's rows are, how labels stay."""
    if too_few(persons.synthetic):
        return Findings()
    sides = [persons.real, persons.synthetic]
    sides += [] if persons.holdout is None else [persons.holdout]
    times = [
        redrawn_rows(h.each, key.child("drawn again", h.sample.name)) * h.weights for h in sides
    ]
    scores = []
    for feature in persons.varying:
        if feature is persons.moment:
            continue
        for measure, sums, figure in _kinds(feature):
            told = [
                figure(t @ sums(feature, h)) if _enough(feature, h) else None
                for h, t in zip(sides, times, strict=True)
            ]
            scores += list(_changed(measure, feature, persons, told))
    return Findings(scores=tuple(scores))


def _kinds(feature: Feature) -> Iterator[tuple[Measure, Sums, Figure]]:
    if feature.is_number:
        yield LAG, lag_sums, correlation
        yield ALIKE, class_sums, intraclass
    else:
        yield STAYS, stay_sums, rate


def _enough(feature: Feature, histories: Histories) -> bool:
    known = ~histories.sample.missing(feature)
    if not feature.is_number:
        known = np.ones(histories.sample.rows, bool)  # a gap may stay, too
    again = histories.again
    return int((known[again] & known[again - 1]).sum()) >= _MIN_ROWS


def _changed(
    measure: Measure, feature: Feature, persons: Persons, told: list[Float | None]
) -> Iterator[Score]:
    """The figure of the synthetic table less the real one; of held-out persons beside it."""
    real, synthetic, *held = told
    if real is None or not np.isfinite(real[0]):
        return  # in the real table, too, there is nothing to be kept
    if synthetic is None:
        because = f"because {_MIN_ROWS} rows with a known value in the row and the one before are"
        yield measure.missing(f"{because} needed", about=(feature.name,))
        return
    change = synthetic - real
    low_high = percentiles(change)
    spread = float(np.nanstd(change))
    score = measure.score(
        float(change[0]),
        n=persons.real.several + persons.synthetic.several,
        about=(feature.name,),
        interval=low_high,
        covers=COVERS,
        noise=Z * spread if spread > 0 else None,
        note=f"{synthetic[0]:.3f} in the synthetic table, {real[0]:.3f} in the real one",
    )
    if held and held[0] is not None and np.isfinite(held[0][0]):
        score = score.model_copy(update={"heldout": float(held[0][0] - real[0])})
    yield score


def lag_sums(feature: Feature, histories: Histories) -> Float:
    """Of each person: pairs of a row and the one before, and sums of both ranks, their squares
    and their products; shape (persons, 6).
    """
    values, again = histories.sample.values[feature.name], histories.again
    both = np.stack([values[again], values[again - 1]])
    known = ~np.isnan(both).any(axis=0)
    now, before = (_centred(rankdata(side)) for side in both[:, known])
    columns = (np.ones(len(now)), now, before, now**2, before**2, now * before)
    return _by_person(histories, again[known], *columns)


def correlation(sums: Float) -> Float:
    """The correlations of sums over persons, shape (draws,); nan where a side does not vary."""
    count, x, y, xx, yy, xy = sums.T
    above = xy - x * y / count
    below = np.sqrt(np.maximum(xx - x**2 / count, 0.0) * np.maximum(yy - y**2 / count, 0.0))
    return _over(above, below, np.asarray(below > 1e-9 * np.abs(sums[:, 3:5]).max()))


def class_sums(feature: Feature, histories: Histories) -> Float:
    """Of each person with several known values: one, how many, their square, the sum of ranks, the
    sum of their squares, and the square of their sum over how many; shape (persons, 6).
    """
    values = histories.sample.values[feature.name]
    known = np.flatnonzero(~np.isnan(values))
    ranks = _centred(rankdata(values[known]))
    count, total, squares = _by_person(histories, known, np.ones(len(known)), ranks, ranks**2).T
    several = count > 1
    shared = np.divide(total**2, count, out=np.zeros_like(total), where=several)
    columns = np.stack([np.ones_like(count), count, count**2, total, squares, shared], axis=1)
    return np.asarray(columns * several[:, None])


def intraclass(sums: Float) -> Float:
    """The intraclass correlation by one-way analysis of variance, shape (draws,)."""
    persons, count, square, total, squares, shared = sums.T
    between = (shared - total**2 / count) / (persons - 1)
    within = (squares - shared) / (count - persons)
    each = (count - square / count) / (persons - 1)
    below = between + (each - 1) * within
    return _over(between - within, below, below > 0)


def stay_sums(feature: Feature, histories: Histories) -> Float:
    """Of each person: rows with one before, and how many have its label; shape (persons, 2)."""
    again = histories.again
    stays = ~differs(histories.sample.values[feature.name])[again]
    return _by_person(histories, again, np.ones(len(again)), stays.astype(np.float64))


def rate(sums: Float) -> Float:
    """The second sum over the first, shape (draws,)."""
    return _over(sums[:, 1], sums[:, 0], sums[:, 0] > 0)


def constants_kept(persons: Persons) -> Findings:
    """The share of persons with several rows in whom what persons have once is constant."""
    synthetic = persons.synthetic
    if not persons.constants:
        return Findings()
    because = too_few(synthetic)
    if because:
        return Findings(scores=(CONSTANT.missing(because, headline=True),))
    mine, broken = _kept(persons, synthetic)
    against = persons.holdout
    # In the real table they hold by how they were found.
    other = (
        Share(1.0, float(persons.real.several)) if against is None else _kept(persons, against)[0]
    )
    chance = against_baseline(mine, other)
    worst = max(broken, key=lambda name: broken[name])
    named = f"; most often {worst} changes, in {broken[worst]:,} persons" if broken[worst] else ""
    score = CONSTANT.score(
        mine.value,
        n=synthetic.several,
        interval=chance.interval,
        covers=COVERS,
        ceiling=other.value,
        headline=True,
        note=f"{', '.join(broken)} never change in a real person{named}",
    )
    held = None if against is None else other.value
    return Findings(scores=(score.model_copy(update={"heldout": held}),))


def _kept(persons: Persons, histories: Histories) -> tuple[Share, dict[str, int]]:
    """The share of persons with several rows, and in how many each column changes."""
    several = histories.counts > 1
    changes = {
        f.name: distinct_values(histories.sample.values[f.name], histories) > 1
        for f in persons.constants
    }
    kept = ~np.any(list(changes.values()), axis=0)
    each = histories.each.take(several)
    return Share.of(kept[several], each), {n: int(c.sum()) for n, c in changes.items()}


def _by_person(histories: Histories, rows: Int, *columns: Float) -> Float:
    """Sums of columns of some rows for each person, shape (persons, columns)."""
    owners = histories.person[rows]
    sums = [np.bincount(owners, c, minlength=histories.persons) for c in columns]
    return np.stack(sums, axis=1).astype(np.float64)


def _centred(ranks: Float) -> Float:
    return np.asarray((ranks - ranks.mean()) / max(1, len(ranks)))


def _over(above: Float, below: Float, known: Bool) -> Float:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=known)
