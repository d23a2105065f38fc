"""Where a number stands among those of its kind, where another column of the row tells the kind.

In a long table one column holds measurements of many kinds: weights, temperatures, pressures. How
far a person's lie from those of others is then told in their own kind, and not among all numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.fit import fit_number_grid
from trimtab.model.grid.grid import LabelGrid, NumberGrid
from trimtab.model.trees.persons.rows import PersonRows

STEP = 1e-4  # of a normal score
FARTHEST_SCORE = 9.0
_MAX_KINDS = 64
_FEWEST = 20  # persons who have a kind by itself; rarer ones are one kind
_EXPLAINED = 0.5  # of a number's variance, from which on a label may tell its kind
_PAIRS = 30  # of rows that have to be compared, at least


@dataclass(frozen=True, eq=False)
class Kinds:
    """The kinds of a number.

    label     the column that tells them
    of_token  [T] the kind of each of its tokens
    grids     of the number in each kind
    """

    label: str
    of_token: Int
    grids: tuple[NumberGrid, ...]

    def scores(self, codes: Int, tokens: Int, jitter: Float | None = None) -> Float:
        """Normal scores in their kinds; 0 for missing. See `NumberGrid.scores`."""
        out = np.zeros(len(codes))
        for rows, grid in self._apart(tokens, codes != MISSING):
            spread = None if jitter is None else jitter[rows]
            out[rows] = grid.scores(grid.encode(codes[rows]), spread)
        return out

    def steps(self, codes: Int, tokens: Int, jitter: Float) -> Int:
        """Normal scores in their kinds, spread inside their elements, as whole numbers."""
        scores = self.scores(codes, tokens, jitter)
        return np.where(codes == MISSING, MISSING, np.round(scores / STEP).astype(np.int64))

    def codes(self, steps: Int, tokens: Int, grain: Float) -> Int:
        """The codes of steps, at granularities drawn by `grain`."""
        out = np.full(len(steps), MISSING)
        for rows, grid in self._apart(tokens, steps != MISSING):
            out[rows] = grid.from_scores(np.asarray(steps[rows] * STEP, np.float64), grain[rows])
        return out

    def spans(self, codes: Int, tokens: Int) -> tuple[Float, Float]:
        """The normal scores in their kinds between which codes lie, which are no missing ones."""
        low, high = np.zeros(len(codes)), np.zeros(len(codes))
        for rows, grid in self._apart(tokens, np.ones(len(codes), bool)):
            own = codes[rows]
            low[rows], high[rows] = grid.score_span(own, grid.encode(own))
        return low.clip(-FARTHEST_SCORE, FARTHEST_SCORE), high.clip(-FARTHEST_SCORE, FARTHEST_SCORE)

    def _apart(self, tokens: Int, known: Bool) -> Iterable[tuple[Int, NumberGrid]]:
        kinds = self.of_token[tokens]
        for k, grid in enumerate(self.grids):
            rows = np.flatnonzero((kinds == k) & known)
            if len(rows):
                yield rows, grid


def kinds_of(
    codes: Int,
    grid: NumberGrid,
    labels: Mapping[str, tuple[LabelGrid, Int]],
    rows: PersonRows,
    min_count: int,
    grains: tuple[int, ...],
) -> Kinds | None:
    """The kinds of a number, if a label tells some: it explains most of the variance, and what
    lasts in a person is the standing in a kind rather than the number.

    A label that is the number in a few levels explains as much; but from level to level such a
    number goes on.

    labels  those that may tell kinds: their grids, and the tokens of the rows
    """
    elements = grid.encode(codes)
    known, scores = elements >= 0, grid.scores(elements)
    best, label = _EXPLAINED, None
    for name, (own, tokens) in labels.items():
        if 2 <= len(own.sizes) <= _MAX_KINDS:
            share = _explained(scores[known], tokens[known])
            if share >= best:
                best, label = share, name
    if label is None:
        return None
    own, tokens = labels[label]
    kinds = _fitted(label, len(own.sizes), codes, tokens, rows, min_count, grains)
    if kinds is None:
        return None
    at = np.flatnonzero(known)
    who, what, standing = rows.person[at], kinds.of_token[tokens[at]], kinds.scores(codes, tokens)
    by_kind = np.lexsort((at, what, who))
    same = (np.diff(who[by_kind]) == 0) & (np.diff(what[by_kind]) == 0)
    other = (np.diff(who) == 0) & (np.diff(what) != 0)
    if min(same.sum(), other.sum()) < _PAIRS:
        return None
    lasts = _correlation(standing[at][by_kind], same)
    return kinds if lasts > _correlation(scores[at], other) else None


def _explained(values: Float, tokens: Int) -> float:
    """The share of variance that lies between tokens, adjusted for how many there are."""
    counts = np.bincount(tokens)
    sums = np.bincount(tokens, values)
    means = sums / np.maximum(counts, 1)
    spare = len(values) - int((counts > 0).sum())
    if spare < 1:
        return 0.0
    within = float(((values - means[tokens]) ** 2).sum()) / spare
    return 1 - within / max(float(values.var(ddof=1)), 1e-12)


def _correlation(values: Float, follows: Bool) -> float:
    """Of values with the one before, where that is to be compared."""
    before, after = values[:-1][follows], values[1:][follows]
    if not (np.ptp(before) and np.ptp(after)):
        return 0.0
    return float(np.corrcoef(before, after)[0, 1])


def _fitted(
    label: str,
    tokens_of_label: int,
    codes: Int,
    tokens: Int,
    rows: PersonRows,
    min_count: int,
    grains: tuple[int, ...],
) -> Kinds | None:
    """The kinds that have rows and persons enough, and one of all others, which comes first."""
    known = codes != MISSING
    of_token, grids = np.zeros(tokens_of_label, np.int64), []

    def grid_of(at: Int) -> NumberGrid:
        return fit_number_grid(codes[at], min_count, grains, rows.person[at])

    for token in range(tokens_of_label):
        at = np.flatnonzero((tokens == token) & known)
        if len(np.unique(rows.person[at])) >= _FEWEST:
            grid = grid_of(at)
            if len(grid.low):
                grids.append(grid)
                of_token[token] = len(grids)
    if len(grids) < 2:
        return None
    others = grid_of(np.flatnonzero((of_token[tokens] == 0) & known))
    if others.rows.sum() < _FEWEST:
        others = grid_of(np.flatnonzero(known))
    return Kinds(label, of_token, (others, *grids))
