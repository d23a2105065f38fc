"""Cutting a column's codes into tokens."""

from __future__ import annotations

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING
from trimtab.codec.label import holders
from trimtab.model.grid.grid import LabelGrid, NumberGrid

_ATOM_SHARE = 1 / 400  # a value held by this share of the rows is an atom
_MAJOR_SHARE = 1 / 100  # an atom this large also separates ranges
_VALUES_KEPT = 128  # a number with at most this many values keeps a token for each
_MAX_RANGES, _MIN_RANGES, _ROWS_PER_RANGE = 128, 16, 200
_INTERVALS_PER_RANGE = 8
_TAIL_RATIO = 1.15  # how fast intervals grow, counted in rows from either extreme
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
    """The tokens of a number; every atom and interval is held by at least `min_count` rows.

    With `persons`, atoms are counted in persons and intervals are cut on one row of each, so that
    "rows" above reads "persons".
    """
    known = codes != MISSING
    values = codes[known]
    who = None if persons is None else persons[known]
    least = max(min_count, 1)
    atoms = _atoms(values, who, least)
    rest = ~np.isin(values, atoms)
    single = values[rest] if who is None else _one_each(values[rest], who[rest])
    if len(single) < least:  # too few to stand alone: they count with the nearest atom
        single = single[:0]
    counts = np.array([(values == a).sum() for a in atoms], np.int64)
    if not len(single) and len(atoms):
        nearest = np.searchsorted((atoms[1:] + atoms[:-1]) // 2, values)
        counts = np.bincount(nearest, minlength=len(atoms))
    levels = _levels(values[rest], grains, least)
    unit = levels[0]  # every value that is no atom is a multiple of it, and so are the knots
    knots = _knots(single // unit, -(-atoms // unit), least) * unit
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


def _one_each(values: Int, who: Int) -> Int:
    """One value of each person: the one of the person's first row."""
    return values[np.unique(who, return_index=True)[1]]


def _knots(single: Int, atoms: Int, least: int) -> Int:
    """Interval bounds over the values that are no atoms, each interval >= `least` rows."""
    if not len(single):
        return np.zeros(0, np.int64)
    ordered = np.sort(single)
    n = len(ordered)
    inner = np.linspace(0, n - 1, min(_MAX_RANGES * _INTERVALS_PER_RANGE, max(n // least, 1)) + 1)
    reach = int(np.log(max(n / least, 2)) / np.log(_TAIL_RATIO))
    steps = least * _TAIL_RATIO ** np.arange(reach)
    ranks = np.concatenate([inner, steps, n - 1 - steps])
    ranks = np.unique(ranks[(ranks >= 0) & (ranks <= n - 1)].astype(np.int64))
    bounds = np.unique(ordered[ranks])
    if least > 1:
        low, high = _extremes(ordered, least)
        inner = bounds[(bounds > low) & (bounds < high)]
        bounds = _snap(np.unique(np.concatenate([[low], inner, [high]])))
    inside = atoms[(atoms > bounds[0]) & (atoms < bounds[-1])]
    knots = np.unique(np.concatenate([bounds, inside, [bounds[-1] + 1]]))
    if len(bounds) > 1:
        knots = knots[knots != bounds[-1]]
    return _merge(knots, ordered, least)


def _extremes(ordered: Int, least: int) -> tuple[int, int]:
    """The least and the greatest value to draw: `least` rows lie there or beyond.

    Fewer than twice as many rows leave what lies around their middle.
    """
    n = len(ordered)
    out = max(min(least, n // 2) - 1, 0)
    low, high = ordered[out], ordered[n - 1 - out]
    if low == high:  # perhaps a value of a few rows: what stands next to it bounds the draws
        first, last = np.searchsorted(ordered, low, "left"), np.searchsorted(ordered, low, "right")
        low, high = ordered[max(first - 1, 0)], ordered[min(last, n - 1)]
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


def _merge(knots: Int, ordered: Int, least: int) -> Int:
    """Drop knots until every interval holds `least` rows, those beyond the ends not counted."""
    upto = np.searchsorted(ordered, knots[:-1])
    end = np.searchsorted(ordered, knots[-1])
    kept = [0]
    for j in range(1, len(upto)):
        if upto[j] - upto[kept[-1]] >= least:
            kept.append(j)
    while len(kept) > 1 and end - upto[kept[-1]] < least:
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
