"""The model's own view of a column: a short alphabet of tokens over its codes.

A label's tokens are its codes. A number's tokens are *atoms* (single codes that many rows hold: 0,
99999, round amounts) and *ranges* (everything between). A range is cut into intervals at knots, each
interval holding at least `min_count` rows, and a draw from a range is uniform inside an interval, so
that no draw depends on the exact value of a row. Knots are snapped to round numbers for the same
reason: they tell how many rows lie between two round numbers, not where a row lies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.codec.domain import MISSING, Float, Int

_ATOM_SHARE = 1 / 400  # a code held by this share of the rows is an atom
_VALUES_KEPT = 128  # a number with at most this many values keeps a token for each
_RANGES = 128  # about how many ranges a number without atoms is cut into
_INTERVALS_PER_RANGE = 8
_TAIL_RATIO = 1.15  # how fast intervals grow, counted in rows from either extreme


@dataclass(frozen=True)
class NumberGrid:
    """Tokens of a number. Token 0 is "missing" when `nullable`.

    atoms          [A] codes, sorted
    atom_tokens    [A]
    knots          [I + 1] codes, sorted: interval i is [knots[i], knots[i + 1])
    interval_rows  [I] training rows in each interval (atoms not counted)
    interval_token [I] the token (range) that an interval belongs to, non-decreasing
    sizes          [T] training rows of each token
    levels         [L] the granularities in codes, finest first (1, 10, 100, ...)
    level_shares   [T, L] share of a range's rows at each granularity
    """

    nullable: bool
    atoms: Int
    atom_tokens: Int
    knots: Int
    interval_rows: Int
    interval_token: Int
    sizes: Int
    levels: Int
    level_shares: Float

    @property
    def tokens(self) -> int:
        """How many tokens."""
        return len(self.sizes)

    def encode(self, codes: Int) -> tuple[Int, Float]:
        """Codes to (tokens, features); a feature orders codes more finely than tokens do."""
        tokens = np.zeros(len(codes), np.int64)
        features = np.full(len(codes), -1.0)
        known = codes != MISSING
        values = codes[known]
        found = np.zeros(len(values), np.int64)
        place = np.zeros(len(values))
        if len(self.interval_rows):
            i = self._interval(values)
            found, place = self.interval_token[i], 2.0 * i + 1
        if len(self.atoms):
            a = np.searchsorted(self.atoms, values).clip(0, len(self.atoms) - 1)
            is_atom = self.atoms[a] == values
            if not len(self.interval_rows):
                is_atom[:] = True
            found = np.where(is_atom, self.atom_tokens[a], found)
            place = np.where(is_atom, self._atom_features[a], place)
        tokens[known], features[known] = found, place
        return tokens, features

    def _interval(self, values: Int) -> Int:
        i = np.searchsorted(self.knots, values, "right") - 1
        return i.clip(0, len(self.interval_rows) - 1)

    @property
    def _atom_features(self) -> Float:
        if not len(self.interval_rows):
            return np.arange(len(self.atoms), dtype=float)
        i = np.searchsorted(self.knots, self.atoms, "right") - 1
        on_knot = (i >= 0) & (self.knots[i.clip(0)] == self.atoms)
        between = np.where(on_knot, 2.0 * i, 2.0 * i + 1.5)
        # several atoms may share a gap: keep them apart and in order
        first = np.searchsorted(between, between, "left")
        return between + 0.4 * (np.arange(len(between)) - first) / len(between)

    def decode(self, tokens: Int, place: Float, grain: Float) -> tuple[Int, Float]:
        """Draw a code inside each token, from uniforms `place` and `grain`; (codes, features)."""
        codes = np.full(len(tokens), MISSING, np.int64)
        features = np.full(len(tokens), -1.0)
        atom_of = np.full(self.tokens, -1, np.int64)
        atom_of[self.atom_tokens] = np.arange(len(self.atoms))
        a = atom_of[tokens]
        is_atom = a >= 0
        codes[is_atom] = self.atoms[a[is_atom]]
        features[is_atom] = self._atom_features[a[is_atom]]
        ranged = ~is_atom & ((tokens > 0) | (not self.nullable))
        if ranged.any():
            i, drawn = self._draw(tokens[ranged], place[ranged])
            codes[ranged] = self._coarsen(drawn, tokens[ranged], grain[ranged])
            features[ranged] = 2.0 * i + 1
        return codes, features

    def _draw(self, tokens: Int, place: Float) -> tuple[Int, Int]:
        upto = np.concatenate([[0], np.cumsum(self.interval_rows)])
        first = np.searchsorted(self.interval_token, tokens, "left")
        last = np.searchsorted(self.interval_token, tokens, "right")
        target = upto[first] + place * (upto[last] - upto[first])
        i = (np.searchsorted(upto, target, "right") - 1).clip(first, last - 1)
        share = (target - upto[i]) / self.interval_rows[i]
        low, high = self.knots[i], self.knots[i + 1]
        width = np.maximum(high - low, 1)
        return i, low + np.minimum((share * width).astype(np.int64), width - 1)

    def _coarsen(self, codes: Int, tokens: Int, grain: Float) -> Int:
        """Round each code to a granularity drawn from its range's shares, if that stays in range."""
        out = codes.copy()
        if len(self.levels) < 2:
            return out
        upto = np.cumsum(self.level_shares, axis=1)[tokens]
        level = (grain[:, None] >= upto).sum(1).clip(0, len(self.levels) - 1)
        first = np.searchsorted(self.interval_token, tokens, "left")
        last = np.searchsorted(self.interval_token, tokens, "right")
        low, high = self.knots[first], self.knots[last]
        pending = level > 0
        for k in range(len(self.levels) - 1, 0, -1):  # coarse ones that leave the range try finer
            step = self.levels[k]
            rounded = (codes + step // 2) // step * step
            fits = pending & (level >= k) & (rounded >= low) & (rounded < high)
            out[fits] = rounded[fits]
            pending &= ~fits
        return out


def fit_number_grid(codes: Int, min_count: int, weight_of: Float | None = None) -> NumberGrid:
    """Cut a number's codes into tokens; every token and interval holds at least `min_count` rows."""
    known = codes[codes != MISSING]
    nullable = len(known) < len(codes)
    least = max(min_count, 1)
    values, counts = np.unique(known, return_counts=True)
    atoms = _atoms(values, counts, least, len(known))
    rest = known[~np.isin(known, atoms)]
    if 0 < len(rest) < least:  # too few to stand alone: they count with the nearest atom
        rest = rest[:0]
    knots = _knots(rest, atoms, least)
    rows = np.histogram(rest, bins=knots)[0] if len(knots) > 1 else np.zeros(0, np.int64)
    token, sizes, atom_token = _ranges(knots, rows, atoms, known, nullable, len(codes) - len(known))
    levels, shares = _levels(rest, knots, token, len(sizes), least)
    return NumberGrid(nullable, atoms, atom_token, knots, rows, token, sizes, levels, shares)


def _atoms(values: Int, counts: Int, least: int, rows: int) -> Int:
    if len(values) <= _VALUES_KEPT:
        return values[counts >= least]
    return values[counts >= max(least, 2, rows * _ATOM_SHARE)]


def _knots(rest: Int, atoms: Int, least: int) -> Int:
    """Interval bounds over the values that are no atoms, sorted, each interval >= `least` rows."""
    if not len(rest):
        return np.zeros(0, np.int64)
    ordered = np.sort(rest)
    n = len(ordered)
    inner = np.linspace(0, n - 1, min(_RANGES * _INTERVALS_PER_RANGE, max(n // least, 1)) + 1)
    reach = int(np.log(max(n / least, 2)) / np.log(_TAIL_RATIO))
    steps = least * _TAIL_RATIO ** np.arange(reach)
    ranks = np.concatenate([inner, steps, n - 1 - steps])
    ranks = np.unique(ranks[(ranks >= 0) & (ranks <= n - 1)].astype(np.int64))
    found = np.unique(ordered[ranks])
    if least > 1:
        low, high = ordered[least - 1], ordered[n - least]  # extremes: where `least` rows are
        found = np.unique(np.concatenate([[low], found[(found > low) & (found < high)], [high]]))
    knots = _snap(found) if least > 1 else found
    knots = np.unique(np.concatenate([knots, atoms[(atoms > knots[0]) & (atoms < knots[-1])]]))
    knots[-1] += 1
    if len(knots) == 1:
        knots = np.array([knots[0] - 1, knots[0]])
    return _merge(knots, ordered.clip(knots[0], knots[-1] - 1), least)


def _snap(knots: Int) -> Int:
    """Round each knot to the coarsest 1, 2 or 5 times a power of ten below its neighbours' distance."""
    if len(knots) < 2:
        return knots
    gap = np.diff(knots)
    near = np.minimum(np.concatenate([gap[:1], gap]), np.concatenate([gap, gap[-1:]]))
    power = 10 ** np.floor(np.log10(np.maximum(near, 1))).astype(np.int64)
    step = power * np.where(near >= 5 * power, 5, np.where(near >= 2 * power, 2, 1))
    return np.unique((knots + step // 2) // step * step)


def _merge(knots: Int, ordered: Int, least: int) -> Int:
    """Drop knots until every interval holds at least `least` rows."""
    upto = np.searchsorted(ordered, knots[:-1])
    kept = [0]
    for j in range(1, len(upto)):
        if upto[j] - upto[kept[-1]] >= least:
            kept.append(j)
    while len(kept) > 1 and len(ordered) - upto[kept[-1]] < least:
        kept.pop()
    return np.concatenate([knots[kept], knots[-1:]])


def _ranges(
    knots: Int, rows: Int, atoms: Int, known: Int, nullable: bool, missing: int
) -> tuple[Int, Int, Int]:
    """Group intervals into ranges: half of them by rows, half by width (cube-root rule)."""
    n = max(len(known), 1)
    starts = np.zeros(len(rows), bool)
    if len(rows):
        count = max(1, min(_RANGES, len(rows), int(np.ceil(_RANGES * rows.sum() / n)) + 4))
        mass = np.cumsum(rows) / rows.sum()
        density = rows / np.diff(knots)
        spread = np.cumsum(np.cbrt(density) * np.diff(knots))
        place = (mass + spread / spread[-1]) / 2
        label = np.floor(np.concatenate([[0], place[:-1]]) * count).astype(np.int64)
        starts = np.concatenate([[True], np.diff(label) > 0])
        big = atoms[np.isin(atoms, knots)]
        starts[np.searchsorted(knots[:-1], big[big < knots[-1]]).clip(0, len(rows) - 1)] = True
    range_of = np.cumsum(starts) - 1
    range_low = knots[:-1][starts] if len(rows) else np.zeros(0, np.int64)
    # order ranges and atoms together, an atom before the range that starts at it
    keys = np.concatenate([range_low, atoms])
    order = np.lexsort((np.r_[np.ones(len(range_low)), np.zeros(len(atoms))], keys))
    token = np.empty(len(keys), np.int64)
    token[order] = np.arange(len(keys)) + int(nullable)
    sizes = np.zeros(len(keys) + int(nullable), np.int64)
    if nullable:
        sizes[0] = missing
    interval_token = token[: len(range_low)][range_of] if len(rows) else np.zeros(0, np.int64)
    np.add.at(sizes, interval_token, rows)
    atom_token = token[len(range_low) :]
    sizes[atom_token] += np.searchsorted(np.sort(known), atoms, "right") - np.searchsorted(
        np.sort(known), atoms, "left"
    )
    return interval_token, sizes, atom_token


def _levels(rest: Int, knots: Int, token: Int, tokens: int, least: int) -> tuple[Int, Float]:
    """Granularities (powers of ten of the code) that are clearly more common than chance."""
    if not len(rest):
        return np.ones(1, np.int64), np.ones((tokens, 1))
    levels, power = [1], 10
    while power <= np.abs(rest).max():
        share = np.mean(rest % power == 0)
        if share > 3 / power and share * len(rest) >= max(30, least):
            levels.append(power)
        power *= 10
    grains = np.array(levels, np.int64)
    finest = 0
    for k in range(1, len(grains)):
        if np.all(rest % grains[k] == 0):
            finest = k
    grains = grains[finest:]
    level = np.zeros(len(rest), np.int64)
    for k in range(1, len(grains)):
        level[rest % grains[k] == 0] = k
    i = (np.searchsorted(knots, rest, "right") - 1).clip(0, len(token) - 1)
    table = np.zeros((tokens, len(grains)))
    np.add.at(table, (token[i], level), 1.0)
    table[(table < least)] = 0
    table[table.sum(1) == 0, 0] = 1
    return grains, table / table.sum(1, keepdims=True)
