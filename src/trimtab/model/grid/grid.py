"""The model's own view of a column: a short alphabet of tokens over its codes.

A label's tokens are its codes, in an order that puts similar labels side by side. A number's tokens
are *atoms* (single codes that many rows hold: 0, 99999, round amounts) and *ranges* (what lies
between). A range is made of intervals, each holding at least `min_count` rows, and a draw is
uniform inside an interval, so that no draw depends on the exact value of a row. Atoms and intervals
together are the *elements* of a number: finer than tokens, in order, and what other columns see of
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr, ndtri

from trimtab._arrays import Float, Int, Single
from trimtab.codec.domain import MISSING

_MIN_MASS = 1e-9  # of what is thought impossible, so that its logarithm is finite
_RANK_MARGIN = 0.25  # rows kept free at either end of the rank scale, so that scores stay finite


@dataclass(frozen=True)
class NumberGrid:
    """Tokens and elements of a number or datetime. Token 0 is "missing" where `missing_rows` > 0.

    low, high     [E] element e covers the codes low[e] <= code < high[e]; sorted by low
    rows          [E] training rows in each element
    token         [E] the token of each element
    atom          [E] whether the element is an atom (one code, one token)
    levels        [L] granularities in codes, finest first
    level_shares  [T, L] share of a range's rows at each granularity
    """

    low: Int
    high: Int
    rows: Int
    token: Int
    atom: Int
    levels: Int
    level_shares: Float
    missing_rows: int

    @property
    def nullable(self) -> bool:
        """Whether there is a token for missing values."""
        return self.missing_rows > 0

    @property
    def ordered(self) -> bool:
        """Whether tokens have a natural order."""
        return True

    @property
    def reach(self) -> tuple[int, int]:
        """The least and the greatest code that is drawn, of one or more elements."""
        last = np.where(self.atom > 0, self.low, self.high - self.levels[0])
        return int(self.low.min()), int(last.max())

    @cached_property
    def sizes(self) -> Int:
        """[T] training rows of each token."""
        sizes = np.bincount(self.token, weights=self.rows, minlength=len(self.level_shares))
        if self.nullable:
            sizes[0] = self.missing_rows
        return sizes.astype(np.int64)

    def encode(self, codes: Int) -> Int:
        """The element of each code; -1 for missing."""
        known = codes != MISSING
        values = codes[known]
        elements = np.full(len(codes), -1, np.int64)
        if not len(self.low):  # too few values to learn any: all count as missing
            return elements
        intervals, atoms = self._parts
        if len(intervals):
            i = np.searchsorted(self.low[intervals], values, "right") - 1
            element = intervals[i.clip(0)]
        else:
            at = self.low[atoms]
            element = atoms[np.searchsorted((at[1:] + at[:-1]) // 2, values)]  # the nearest
        if len(atoms):
            a = np.searchsorted(self.low[atoms], values).clip(0, len(atoms) - 1)
            element = np.where(self.low[atoms[a]] == values, atoms[a], element)
        elements[known] = element
        return elements

    @cached_property
    def _parts(self) -> tuple[Int, Int]:
        return np.flatnonzero(self.atom == 0), np.flatnonzero(self.atom)

    def tokens(self, elements: Int) -> Int:
        """The token of each element."""
        return np.where(elements < 0, 0, self.token[elements]) if len(self.token) else elements + 1

    @cached_property
    def token_features(self) -> Float:
        """[T] the element that stands for a token where only the token is known."""
        return self._per_token(np.arange(len(self.low), dtype=float), -1.0)

    @cached_property
    def token_scores(self) -> Float:
        """[T] the normal score that stands for a token."""
        return self._per_token(self._middles, 0.0)

    def _per_token(self, of_element: Float, missing: float) -> Float:
        total = np.bincount(self.token, weights=self.rows * of_element, minlength=len(self.sizes))
        mean = total / np.maximum(self.sizes, 1)
        if self.nullable:
            mean[0] = missing
        return mean

    @cached_property
    def _upto(self) -> Float:
        return np.concatenate([[0.0], np.cumsum(self.rows)])

    @cached_property
    def _middles(self) -> Float:
        return self._score(self._upto[:-1] + self.rows / 2)

    def _score(self, rank: Float) -> Float:
        n = self._upto[-1]
        return np.asarray(ndtri(rank.clip(_RANK_MARGIN, n - _RANK_MARGIN) / n))

    def scores(self, elements: Int, jitter: Float | None = None) -> Float:
        """Normal scores of elements: their middles, or spread inside them by `jitter`; 0 for
        missing.

        Not of codes: what is learned must not depend on where a row lies inside its element.
        """
        if not len(self.low):
            return np.zeros(len(elements))
        safe = elements.clip(0)
        place = 0.5 if jitter is None else jitter
        rank = self._upto[safe] + place * self.rows[safe]
        return np.where(elements < 0, 0.0, self._score(rank))

    def from_scores(self, scores: Float, grain: Float) -> Int:
        """The codes whose normal scores these are, at a granularity drawn by `grain`."""
        rank = ndtr(scores) * self._upto[-1]
        e = (np.searchsorted(self._upto, rank, "right") - 1).clip(0, len(self.low) - 1)
        share = (rank - self._upto[e]) / self.rows[e]
        return self.inside(e, share, grain)

    def decode(self, tokens: Int, place: Float, grain: Float) -> Int:
        """Draw a code inside each token, from uniforms `place` and `grain`."""
        codes = np.full(len(tokens), MISSING, np.int64)
        known = np.flatnonzero((tokens > 0) | (not self.nullable))
        upto = np.concatenate([[0.0], np.cumsum(self.rows[self._by_token])])
        first, last = self._spans
        start, stop = first[tokens[known]], last[tokens[known]]
        target = upto[start] + place[known] * (upto[stop] - upto[start])
        i = (np.searchsorted(upto, target, "right") - 1).clip(start, stop - 1)
        e = self._by_token[i]
        share = (target - upto[i]) / self.rows[e]
        codes[known] = self.inside(e, share, grain[known])
        return codes

    def log_mass(self, codes: Int, elements: Int) -> Float:
        """Log of the share of its token's rows that a code is expected to hold.

        Exact inside an interval up to the rounding of coarse values at a range's ends.
        """
        if not len(self.low):
            return np.zeros(len(codes))
        safe = elements.clip(0)
        token = self.token[safe]
        inside = np.log(self.rows[safe] / self.sizes[token] * self.spread(codes, safe))
        return np.where(elements < 0, 0.0, inside)

    def spread(self, codes: Int, elements: Int) -> Float:
        """The share of its element's rows that a code holds: by width and by granularity."""
        even = self.roundness(codes, elements) / (self.high - self.low)[elements]
        return np.where(self.atom[elements] > 0, 1.0, np.minimum(even, 1.0))

    def roundness(self, codes: Int, elements: Int) -> Float:
        """How many times likelier than by width alone granularity makes a code; 1 for atoms."""
        fits = codes[:, None] % self.levels == 0
        ratio = (fits * self.level_shares[self.token[elements]] * self.levels).sum(axis=1)
        return np.where(self.atom[elements] > 0, 1.0, np.maximum(ratio, _MIN_MASS))

    def score_span(self, codes: Int, elements: Int) -> tuple[Float, Float]:
        """The normal scores between which a code lies, so that the codes tile the scale."""
        safe = elements.clip(0)
        width = (self.high - self.low)[safe]
        atom = self.atom[safe] > 0
        below = np.where(atom, 0.0, (codes - self.low[safe]) / width)
        above = np.where(atom, 1.0, (codes - self.low[safe] + 1) / width)
        n = self._upto[-1]
        base, rows = self._upto[safe], self.rows[safe]
        low, high = (
            ndtri((base + below.clip(0, 1) * rows) / n),
            ndtri((base + above.clip(0, 1) * rows) / n),
        )
        return np.asarray(low), np.asarray(high)

    def score_width(self, codes: Int, elements: Int) -> tuple[Float, Float]:
        """The normal score of each code's middle, and about how much of the scale it takes."""
        safe, n = elements.clip(0), self._upto[-1]
        share = self.rows[safe] / n / (self.high - self.low)[safe]
        place = (codes - self.low[safe] + 0.5).clip(0, (self.high - self.low)[safe])
        score = self._score(self._upto[safe] + place * share * n)
        return score, share * np.sqrt(2 * np.pi) * np.exp(score**2 / 2)

    def density(self, values: Float, probabilities: Float) -> Float:
        """P(code) per unit at values, atoms apart, for each row of token probabilities."""
        e = (np.searchsorted(self.low, values, "right") - 1).clip(0, len(self.low) - 1)
        token = self.token[e]
        share = probabilities[np.arange(len(e)), token] / self.sizes[token]
        inside = (values >= self.low[e]) & (values < self.high[e])
        return np.where(inside, share * self.rows[e] / (self.high - self.low)[e], 0.0)

    def below(self, values: Float, probabilities: Float) -> Float:
        """P(code < value) for each row of token probabilities, values between codes allowed."""
        share = probabilities / np.maximum(self.sizes, 1)
        upto = np.concatenate([np.zeros((len(values), 1)), self._lift(share)], axis=1)
        e = (np.searchsorted(self.low, values, "right") - 1).clip(0, len(self.low) - 1)
        place = ((values - self.low[e]) / (self.high - self.low)[e]).clip(0, 1)
        every = np.arange(len(values))
        probability = upto[every, e] + place * (upto[every, e + 1] - upto[every, e])
        return np.where(values <= self.low[0], 0.0, probability)

    @cached_property
    def edges(self) -> tuple[Int, Int]:
        """[2 E] the ends of all elements in order, and the order."""
        places = np.concatenate([self.low, self.high])
        order = np.argsort(places, kind="stable")
        return places[order], order

    @cached_property
    def score_ends(self) -> Float:
        """[E + 1] the normal scores between which elements lie, from -inf to inf."""
        return np.asarray(ndtri(self._upto / self._upto[-1]))

    def _lift(self, share: Float) -> Float:
        return np.cumsum(share[:, self.token] * self.rows, axis=1)

    @cached_property
    def _by_token(self) -> Int:
        return np.lexsort((np.arange(len(self.token)), self.token))

    @cached_property
    def _spans(self) -> tuple[Int, Int]:
        ordered, every = self.token[self._by_token], np.arange(len(self.level_shares))
        return np.searchsorted(ordered, every, "left"), np.searchsorted(ordered, every, "right")

    def inside(self, elements: Int, share: Float, grain: Float) -> Int:
        """Draw a code inside each interval, from uniforms `share` and `grain`."""
        return self._coarsen(self._inside(elements, share), elements, grain)

    def _inside(self, elements: Int, share: Float) -> Int:
        width = (self.high - self.low)[elements]
        return self.low[elements] + np.minimum(
            (share.clip(0, 1) * width).astype(np.int64), width - 1
        )

    def _coarsen(self, codes: Int, elements: Int, grain: Float) -> Int:
        """Round each code to a granularity drawn from its range's shares, if it stays in range."""
        if len(self.levels) == 1 and self.levels[0] == 1:
            return codes.copy()
        upto = np.cumsum(self.level_shares, axis=1)[self.token[elements]]
        level = (grain[:, None] >= upto).sum(1).clip(0, len(self.levels) - 1)
        return self.rounded(codes, elements, level)

    def rounded(self, codes: Int, elements: Int, level: Int) -> Int:
        """Codes rounded to a granularity each, inside their ranges; atoms stay as they are."""
        token = self.token[elements]
        step = self.steps[token, level]
        low, high = self.bounds[0][token], self.bounds[1][token]
        nearest = (codes + step // 2) // step * step
        nearest = np.where(nearest >= high, nearest - step, nearest)
        nearest = np.where(nearest < low, nearest + step, nearest)
        return np.where(self.atom[elements] > 0, codes, nearest)

    @cached_property
    def steps(self) -> Int:
        """[T, L] what codes are rounded to: a granularity, or the next finer one of which a
        multiple lies in the range."""
        low, high = self.bounds
        out = np.ones((len(low), len(self.levels)), np.int64)
        for k, step in enumerate(self.levels):
            fits = -(-low // step) * step < high
            out[:, k] = np.where(fits, step, out[:, k - 1] if k else 1)
        return out

    @cached_property
    def bounds(self) -> tuple[Int, Int]:
        """[T] the codes from which and up to which (excluded) each token reaches."""
        size = len(self.level_shares)
        low, high = np.zeros(size, np.int64), np.zeros(size, np.int64)
        first, last = self._spans
        filled = last > first
        low[filled] = self.low[self._by_token[first[filled]]]
        high[filled] = self.high[self._by_token[last[filled] - 1]]
        return low, high


@dataclass(frozen=True)
class LabelGrid:
    """Tokens of a label: its codes, reordered. Token 0 is "missing" where `missing_rows` > 0.

    token  [m] the token of each code
    rows   [m] training rows of each code
    """

    token: Int
    rows: Int
    missing_rows: int

    @property
    def nullable(self) -> bool:
        """Whether there is a token for missing values."""
        return self.missing_rows > 0

    @property
    def ordered(self) -> bool:
        """Labels count as unordered."""
        return False

    @cached_property
    def sizes(self) -> Int:
        """[T] training rows of each token."""
        sizes = np.zeros(len(self.rows) + self.nullable, np.int64)
        sizes[self.token] = self.rows
        if self.nullable:
            sizes[0] = self.missing_rows
        return sizes

    @cached_property
    def _code(self) -> Int:
        codes = np.full(len(self.sizes), MISSING, np.int64)
        codes[self.token] = np.arange(len(self.token))
        return codes

    def encode(self, codes: Int) -> Int:
        """The element (here: the token) of each code."""
        known = codes != MISSING
        out = np.zeros(len(codes), np.int64)
        out[known] = self.token[codes[known]]
        return out

    def tokens(self, elements: Int) -> Int:
        """The token of each element: itself."""
        return elements

    @cached_property
    def token_features(self) -> Float:
        """[T] the feature of a token: itself."""
        return np.arange(len(self.sizes), dtype=float)

    @cached_property
    def token_scores(self) -> Float:
        """[T] the normal score of each token, from the middle of its ranks."""
        n = max(self.sizes.sum(), 1)
        rank = (np.cumsum(self.sizes) - self.sizes / 2).clip(_RANK_MARGIN, n - _RANK_MARGIN)
        return np.asarray(ndtri(rank / n))

    def scores(self, elements: Int, jitter: Float | None = None) -> Float:
        """Normal scores of elements."""
        return self.token_scores[elements]

    def decode(self, tokens: Int, place: Float, grain: Float) -> Int:
        """The code of each token."""
        return self._code[tokens]

    def log_mass(self, codes: Int, elements: Int) -> Float:
        """A token is one code: log of 1."""
        return np.zeros(len(codes))


Grid = NumberGrid | LabelGrid
Features = Single  # of rows: elements, a column each


def has_values(grid: Grid) -> bool:
    """Whether any value of a column was learned, and not only that it is missing."""
    return len(grid.sizes) > int(grid.nullable)
