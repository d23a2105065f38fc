"""Learning one column given the columns before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.fit import fit_number_grid
from trimtab.model.grid.grid import Features, Grid, NumberGrid
from trimtab.model.trees.chain_rows import View
from trimtab.model.trees.columns import Columns
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.distribution import Ensembles
from trimtab.model.trees.fit_boosting import Fold, Growth
from trimtab.model.trees.fit_distribution import fit_distribution
from trimtab.model.trees.fit_location import fit_location
from trimtab.model.trees.location import Location
from trimtab.model.trees.member import RESIDUAL_UNIT
from trimtab.model.trees.sample import Sample

_MIN_RESIDUAL = 5  # rows in each interval of a residual's grid, at least
_LOCATION_R2 = 0.05  # below this a location is not worth its time
_RESIDUAL_R2 = 0.5  # from here on the residual is drawn instead of the token, if not told else
_RESIDUAL_R2_TAILED = 0.15  # the same for a heavy-tailed number: tokens are coarse in the tails
_OUTER = 0.01  # of the rows, at either end
_TAILED = 1 / 3  # heavy-tailed: the outer rows hold this share of the squared deviations
_RESIDUAL_ATOM = 0.06  # but not where one value holds more rows than this
# Where one feature decides the token there is no noise: whole steps, of single rows, too.
_DECIDED = Growth(eta=1.0, depth=6, rounds=16, min_child_weight=0.0)
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
    views: Sequence[View] | None = None,
) -> Conditional:
    """Learn a column's elements given its parents, of all columns' features and normal scores.

    `jitter` spreads normal scores inside their elements. Where the location explains `enough` of
    their variance, the residual is drawn instead of the token. `views` are those of all columns, if
    they are the columns of a chain.
    """
    features, scores = np.ascontiguousarray(features[:, parents]), scores[:, parents]
    sample = Sample(features, recipe.weights)
    if views is not None:
        seen = [views[parent] for parent in parents]
        sizes = np.array([view.codes for view in seen], np.int64)
        sample = Sample(features, recipe.weights, [view.cuts for view in seen], sizes)

    def ensembles(tokens: Int, sizes: Int, predicted: Float | None = None) -> Ensembles:
        told = sample if predicted is None else sample.with_predicted(predicted)
        return fit_distribution(told, tokens, sizes, recipe.folds, recipe.group, recipe.klass)

    tokens = grid.tokens(elements)
    decider = sample.decider(tokens)
    if decider is not None:
        own = sample.only(decider)
        decided = fit_distribution(own, tokens, grid.sizes, recipe.folds, _DECIDED, _DECIDED)
        return Conditional(parents[[decider]], grid, decided)
    located = isinstance(grid, NumberGrid) and len(grid.low) > _LOCATED_ELEMENTS
    if not located or not features.shape[1]:
        return Conditional(parents, grid, ensembles(tokens, grid.sizes))
    assert isinstance(grid, NumberGrid)
    target = grid.scores(elements, jitter)
    known = elements >= 0
    locations, predicted = _fit_where(known, sample, scores, target, recipe)
    missed = np.mean((target - predicted)[known] ** 2)
    explained = 1 - missed / max(float(np.var(target[known])), 1e-12)
    if explained < _LOCATION_R2:
        return Conditional(parents, grid, ensembles(tokens, grid.sizes))
    if _outer_share(grid) > _TAILED:
        enough = min(enough, _RESIDUAL_R2_TAILED)
    if explained < enough or _largest_atom(grid) > _RESIDUAL_ATOM:
        return Conditional(parents, grid, ensembles(tokens, grid.sizes, predicted), locations)
    off = np.round((target - predicted) / RESIDUAL_UNIT).astype(np.int64)
    off = np.where(known, off, MISSING)
    residual = fit_number_grid(off, max(_MIN_RESIDUAL, recipe.min_count))
    around = ensembles(residual.tokens(residual.encode(off)), residual.sizes, predicted)
    return Conditional(parents, grid, around, locations, residual)


def _fit_where(
    known: Bool, sample: Sample, scores: Float, target: Float, recipe: Recipe
) -> tuple[tuple[Location, ...], Float]:
    """The locations of the rows with a value, one a fold, and the prediction of each row by the one
    that was not learned from it."""
    rows, place = np.flatnonzero(known), np.cumsum(known) - 1
    folds = [(place[a[known[a]]], place[b[known[b]]]) for a, b in recipe.location_folds]
    locations, held_out = fit_location(
        sample.part(rows), scores[rows], target[rows], folds, recipe.location
    )
    predicted = np.zeros(len(target))
    for location, (_, stop) in zip(locations, recipe.location_folds, strict=True):
        others = stop[~known[stop]]
        columns = Columns.of(sample.features[others], scores[others])
        predicted[others] = location.predict(columns)
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
