"""Cutting a column's codes into tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.grid import LabelGrid, NumberGrid
from trimtab.table.persons import holders

_ATOM_SHARE = 1 / 400  # a value held by this share of the rows is an atom
_MAJOR_SHARE = 1 / 100  # an atom this large also separates ranges
_VALUES_KEPT = 128  # a number with at most this many values keeps a token for each
_MAX_RANGES, _MIN_RANGES, _ROWS_PER_RANGE = 128, 16, 200
_INTERVALS_PER_RANGE = 8
_TAIL_RATIO = 1.15  # how fast intervals grow, counted in rows from either extreme
_ROUNDING = 1e-6  # of sums of weights
_ROUND_FACTOR = 3.0  # a granularity counts when it is this many times more common than by chance


def fit_label_grid(codes: Int, size: int, order: Int | None = None) -> LabelGrid:
    """The tokens of a label with codes 0..size-1, in the given order of codes."""
    missing = int((codes == MISSING).sum())
    token = np.empty(size, np.int64)
    token[np.arange(size) if order is None else order] = np.arange(size)
    rows = np.bincount(codes[codes != MISSING], minlength=size).astype(np.int64)
    return LabelGrid(token + (missing > 0), rows, missing)


def fit_number_grid(
    codes: Int, min_count: int, grains: tuple[int, ...] = (), persons: Int | None = None
) -> NumberGrid:
    """The tokens of a number; every atom is held by at least `min_count` rows, and so is every
    interval where four times as many rows have values that are no atoms.

    Where fewer have, the ends meet or pass each other: a single interval about the middle is left,
    in which fewer rows may be, or none. With `persons`, "rows" above reads "persons": each counts
    once for an atom, and all rows of one weigh as one where intervals are cut.
    """
    known = codes != MISSING
    values = codes[known]
    who = None if persons is None else persons[known]
    least = max(min_count, 1)
    atoms = _atoms(values, who, least)
    rest = ~np.isin(values, atoms)
    single = _Ordered.of(values[rest], None if who is None else who[rest])
    if single.holders < least:  # too few to stand alone: they count with the nearest atom
        single = _Ordered.of(values[:0], None)
    counts = np.array([(values == a).sum() for a in atoms], np.int64)
    if not single.holders and len(atoms):
        nearest = np.searchsorted((atoms[1:] + atoms[:-1]) // 2, values)
        counts = np.bincount(nearest, minlength=len(atoms))
    levels = _levels(values[rest], grains, least)
    unit = levels[0]  # every value that is no atom is a multiple of it, and so are the knots
    knots = _knots(single.in_units(unit), -(-atoms // unit), least) * unit
    if len(knots):
        inside = values[rest].clip(knots[0], knots[-1] - 1)
        rows = np.bincount(np.searchsorted(knots, inside, "right") - 1, minlength=len(knots) - 1)
    else:
        inside, rows = values[:0], np.zeros(0, np.int64)
    filled = rows > 0
    low = np.concatenate([knots[:-1][filled], atoms])
    high = np.concatenate([knots[1:][filled], atoms + 1])
    weight = np.concatenate([rows[filled], counts])
    ranges = _ranges(low[: filled.sum()], high[: filled.sum()], rows[filled], atoms, counts)
    missing = int((~known).sum()) if len(low) else len(codes)
    token = _number_tokens(low, ranges, len(atoms), missing > 0)
    order = np.lexsort((np.r_[np.ones(filled.sum()), np.zeros(len(atoms))], low))
    tokens = len(np.unique(token)) + (missing > 0)
    interval = np.searchsorted(low[: filled.sum()], inside, "right") - 1
    coarse = values[rest] if len(knots) else inside
    shares = _level_shares(coarse, token[interval], tokens, levels, least)
    atom = np.r_[np.zeros(filled.sum(), np.int64), np.ones(len(atoms), np.int64)]
    return NumberGrid(
        low[order], high[order], weight[order], token[order], atom[order], levels, shares, missing
    )


def _atoms(values: Int, who: Int | None, least: int) -> Int:
    distinct, place = np.unique(values, return_inverse=True)
    counts = holders(place, who, len(distinct))
    share = 0.0 if len(distinct) <= _VALUES_KEPT else max(2.0, len(values) * _ATOM_SHARE)
    rows = np.bincount(place, minlength=len(distinct))
    return distinct[(counts >= least) & (rows >= share)]


@dataclass(frozen=True)
class _Ordered:
    """Values in order, and who holds them.

    values       [n] ascending
    upto         [n + 1] how many holders weigh below each place: a row, or a person, whose rows
                 share a weight of 1. Between two places that are k apart are at least k holders
    lows, highs  [holders] the least and the greatest value of each, both ascending
    """

    values: Int
    upto: Float
    lows: Int
    highs: Int

    @staticmethod
    def of(values: Int, who: Int | None) -> _Ordered:
        """Values of rows that stand for themselves, or of the persons `who`."""
        order = np.argsort(values, kind="stable")
        ordered = values[order]
        if who is None:
            return _Ordered(ordered, np.arange(len(values) + 1.0), ordered, ordered)
        holder, first, rows = np.unique(who[order], return_index=True, return_counts=True)
        last = len(values) - 1 - np.unique(who[order][::-1], return_index=True)[1]
        weight = (1.0 / rows)[np.searchsorted(holder, who[order])]
        upto = np.concatenate([[0.0], np.cumsum(weight)])
        return _Ordered(ordered, upto, np.sort(ordered[first]), np.sort(ordered[last]))

    @property
    def holders(self) -> int:
        """How many rows or persons there are."""
        return len(self.lows)

    def in_units(self, unit: int) -> _Ordered:
        """The same, counted in units."""
        return _Ordered(self.values // unit, self.upto, self.lows // unit, self.highs // unit)

    def at(self, ranks: Float) -> Int:
        """The values below which so many holders weigh."""
        place = np.searchsorted(self.upto[1:], ranks + _ROUNDING, "right")
        return self.values[np.minimum(place, len(self.values) - 1)]

    def below(self, values: Int) -> Float:
        """How many holders weigh below each value."""
        return self.upto[np.searchsorted(self.values, values)]


def _knots(single: _Ordered, atoms: Int, least: int) -> Int:
    """Interval bounds over the values that are no atoms, each interval >= `least` holders."""
    n = single.holders
    if not n:
        return np.zeros(0, np.int64)
    inner = np.linspace(0, n - 1, min(_MAX_RANGES * _INTERVALS_PER_RANGE, max(n // least, 1)) + 1)
    reach = int(np.log(max(n / least, 2)) / np.log(_TAIL_RATIO))
    steps = least * _TAIL_RATIO ** np.arange(reach)
    steps = steps[steps <= n - 1]
    tails = single.lows[steps.astype(int)], single.highs[(n - 1 - steps).astype(int)]
    bounds = np.concatenate([single.at(inner), *tails])
    low, high = _extremes(single, least)
    bounds = np.unique(np.concatenate([[low], bounds[(bounds > low) & (bounds < high)], [high]]))
    if least > 1:
        bounds = _snap(bounds)
    inside = atoms[(atoms > bounds[0]) & (atoms < bounds[-1])]
    knots = np.unique(np.concatenate([bounds, inside, [bounds[-1] + 1]]))
    if len(bounds) > 1:
        knots = knots[knots != bounds[-1]]
    return _merge(knots, single, least)


def _extremes(single: _Ordered, least: int) -> tuple[int, int]:
    """The least and the greatest value to draw: `least` holders have a value there or beyond.

    Where these pass each other, as those of fewer than twice as many rows do, what lies around
    their middle is left.
    """
    n, ordered = single.holders, single.values
    for out in (least, max(n // 2, 1)):
        low, high = single.lows[out - 1], single.highs[n - out]
        if low < high:
            return int(low), int(high)
    if least > 1:  # perhaps a value of a few rows: what stands next to it bounds the draws
        first, last = np.searchsorted(ordered, low, "left"), np.searchsorted(ordered, low, "right")
        low, high = ordered[max(first - 1, 0)], ordered[min(last, len(ordered) - 1)]
    return int(low), int(high)


def _snap(knots: Int) -> Int:
    """Round each knot to the coarsest 1, 2 or 5 times a power of ten below its neighbours'
    distance.

    A knot then tells between which round numbers rows lie, not where one row lies. The first and
    the last are rounded inwards, so that nothing lies outside.
    """
    if len(knots) < 2:
        return knots
    gap = np.diff(knots)
    near = np.minimum(np.concatenate([gap[:1], gap]), np.concatenate([gap, gap[-1:]]))
    near = near if len(gap) > 1 else near // 2  # so that two knots stay two
    power = 10 ** np.floor(np.log10(np.maximum(near, 1))).astype(np.int64)
    step = power * np.where(near >= 5 * power, 5, np.where(near >= 2 * power, 2, 1))
    out = (knots + step // 2) // step * step
    out[0], out[-1] = -(-knots[0] // step[0]) * step[0], knots[-1] // step[-1] * step[-1]
    return np.unique(out)


def _merge(knots: Int, single: _Ordered, least: int) -> Int:
    """Drop knots until `least` holders weigh in every interval, those beyond the ends not counted.

    As no holder weighs more than 1, at least so many stand there.
    """
    upto, end = single.below(knots[:-1]), single.below(knots[-1:])[0]
    enough = least - _ROUNDING
    kept = [0]
    for j in range(1, len(upto)):
        if upto[j] - upto[kept[-1]] >= enough:
            kept.append(j)
    while len(kept) > 1 and end - upto[kept[-1]] < enough:
        kept.pop()
    return np.concatenate([knots[kept], knots[-1:]])


def _ranges(low: Int, high: Int, rows: Int, atoms: Int, counts: Int) -> Int:
    """The range of each interval: half by rows, half by width (the cube-root rule of
    quantisers)."""
    if not len(rows):
        return np.zeros(0, np.int64)
    total = rows.sum() + counts.sum()
    most = int(np.clip(total // _ROWS_PER_RANGE, _MIN_RANGES, _MAX_RANGES))
    count = max(1, min(len(rows), int(np.ceil(most * rows.sum() / total)) + 4))
    mass = np.cumsum(rows) / rows.sum()
    width = (high - low).astype(float)
    spread = np.cumsum(np.cbrt(rows / width) * width)
    place = (mass + spread / spread[-1]) / 2
    label = np.floor(np.concatenate([[0], place[:-1]]) * count).astype(np.int64)
    starts = np.concatenate([[True], np.diff(label) > 0])
    major = atoms[counts >= _MAJOR_SHARE * total]
    at = np.searchsorted(low, major)
    starts[at[at < len(low)]] = True
    return np.cumsum(starts) - 1


def _number_tokens(low: Int, ranges: Int, atoms: int, nullable: bool) -> Int:
    """Number ranges and atoms together, by their lowest code; an atom before a range it opens."""
    firsts = low[: len(ranges)][np.unique(ranges, return_index=True)[1]]
    keys = np.concatenate([firsts, low[len(ranges) :]])
    order = np.lexsort((np.r_[np.ones(len(firsts)), np.zeros(atoms)], keys))
    token = np.empty(len(keys), np.int64)
    token[order] = np.arange(len(keys)) + int(nullable)
    return np.concatenate([token[: len(firsts)][ranges], token[len(firsts) :]])


def _levels(values: Int, grains: tuple[int, ...], least: int) -> Int:
    """The granularities, finest first, that are clearly more common than by chance."""
    levels, share = [1], 1.0
    for grain in grains:
        if not len(values) or grain > np.abs(values).max():
            break
        frequency = float(np.mean(values % grain == 0))
        chance = share * levels[-1] / grain
        if frequency > _ROUND_FACTOR * chance and frequency * len(values) >= max(30, least):
            if frequency == 1.0:
                levels.clear()
            levels.append(grain)
            share = frequency
    return np.array(levels, np.int64)


def _level_shares(values: Int, tokens: Int, size: int, levels: Int, least: int) -> Float:
    """[size, L] the share of each range's rows whose coarsest granularity is levels[l]."""
    level = np.zeros(len(values), np.int64)
    for k, step in enumerate(levels):
        level[values % step == 0] = k
    table = np.zeros((size, len(levels)))
    np.add.at(table, (tokens, level), 1.0)
    table[table < least] = 0
    table[table.sum(1) == 0, 0] = 1
    return table / table.sum(1, keepdims=True)
