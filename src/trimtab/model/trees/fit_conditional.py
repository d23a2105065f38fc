"""Learning one column given the columns before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.fit import fit_number_grid
from trimtab.model.grid.grid import Features, Grid, NumberGrid
from trimtab.model.trees.boosting import Fold, Growth
from trimtab.model.trees.conditional import Conditional, conditional_of
from trimtab.model.trees.distribution import Distribution, fit_distribution
from trimtab.model.trees.location import Location, fit_location
from trimtab.model.trees.member import RESIDUAL_UNIT, with_column

_MIN_RESIDUAL = 5  # rows in each interval of a residual's grid, at least
_LOCATION_R2 = 0.05  # below this a location is not worth its time
_RESIDUAL_R2 = 0.5  # from here on the residual is drawn instead of the token, if not told else
_RESIDUAL_R2_TAILED = 0.15  # the same for a heavy-tailed number: tokens are coarse in the tails
_OUTER = 0.01  # of the rows, at either end
_TAILED = 1 / 3  # heavy-tailed: the outer rows hold this share of the squared deviations
_RESIDUAL_ATOM = 0.06  # but not where one value holds more rows than this
_LOCATED_ELEMENTS = 20  # numbers of more elements than this have their location predicted


@dataclass(frozen=True)
class Recipe:
    """The growth of each part of a conditional, the folds that stop it, and the protection.

    `weights` of the rows, shape (rows,): all count alike if there are none.
    """

    group: Growth
    klass: Growth
    location: Growth
    folds: tuple[Fold, ...]
    location_folds: tuple[Fold, ...]
    min_count: int
    weights: Float | None = None


def fit_conditional(
    parents: Int,
    grid: Grid,
    elements: Int,
    features: Features,
    scores: Float,
    recipe: Recipe,
    jitter: Float,
    enough: float = _RESIDUAL_R2,
) -> Conditional:
    """Learn a column's elements given its parents, of all columns' features and normal scores.

    `jitter` spreads normal scores inside their elements. Where the location explains `enough` of
    their variance, the residual is drawn instead of the token.
    """
    features, scores = np.ascontiguousarray(features[:, parents]), scores[:, parents]
    tokens = grid.tokens(elements)

    def distributions(inputs: Features, tokens: Int, sizes: Int) -> tuple[Distribution, ...]:
        growths = recipe.group, recipe.klass
        return fit_distribution(inputs, tokens, sizes, recipe.folds, *growths, recipe.weights)

    def of_tokens() -> Conditional:
        return conditional_of(parents, grid, distributions(features, tokens, grid.sizes))

    located = isinstance(grid, NumberGrid) and len(grid.low) > _LOCATED_ELEMENTS
    if not located or not features.shape[1]:
        return of_tokens()
    assert isinstance(grid, NumberGrid)
    target = grid.scores(elements, jitter)
    known = elements >= 0
    locations, predicted = _fit_where(known, features, scores, target, recipe)
    missed = np.mean((target - predicted)[known] ** 2)
    explained = 1 - missed / max(float(np.var(target[known])), 1e-12)
    if explained < _LOCATION_R2:
        return of_tokens()
    inputs = with_column(features, predicted)
    if _outer_share(grid) > _TAILED:
        enough = min(enough, _RESIDUAL_R2_TAILED)
    if explained < enough or _largest_atom(grid) > _RESIDUAL_ATOM:
        own = distributions(inputs, tokens, grid.sizes)
        return conditional_of(parents, grid, own, locations)
    off = np.round((target - predicted) / RESIDUAL_UNIT).astype(np.int64)
    off = np.where(known, off, MISSING)
    residual = fit_number_grid(off, max(_MIN_RESIDUAL, recipe.min_count))
    own = distributions(inputs, residual.tokens(residual.encode(off)), residual.sizes)
    return conditional_of(parents, grid, own, locations, residual)


def _fit_where(
    known: Bool, features: Features, scores: Float, target: Float, recipe: Recipe
) -> tuple[tuple[Location, ...], Float]:
    """The locations of the rows with a value, one a fold, and the prediction of each row by the one
    that was not learned from it."""
    rows, place = np.flatnonzero(known), np.cumsum(known) - 1
    folds = [(place[a[known[a]]], place[b[known[b]]]) for a, b in recipe.location_folds]
    weights = None if recipe.weights is None else recipe.weights[rows]
    locations, held_out = fit_location(
        features[rows], scores[rows], target[rows], folds, recipe.location, weights
    )
    predicted = np.zeros(len(features))
    for location, (_, stop) in zip(locations, recipe.location_folds, strict=True):
        others = stop[~known[stop]]
        predicted[others] = location.predict(features[others], scores[others])
    predicted[rows] = held_out
    return locations, predicted


def _largest_atom(grid: NumberGrid) -> float:
    """The share of the rows with a value that the most frequent one holds."""
    return float(grid.rows[grid.atom > 0].max(initial=0) / max(grid.rows.sum(), 1))


def _outer_share(grid: NumberGrid) -> float:
    """The share of squared deviations from the median that the outer 2 % of the rows hold.

    From the grid's elements, so that no single row's value decides.
    """
    upto = np.cumsum(grid.rows) / grid.rows.sum()
    middle = (grid.low + grid.high) / 2
    deviation = np.square(middle - middle[np.searchsorted(upto, 0.5)]) * grid.rows
    outer = (upto < _OUTER) | (upto > 1 - _OUTER)
    return float(deviation[outer].sum() / max(deviation.sum(), 1e-12))
