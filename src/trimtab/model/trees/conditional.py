"""One column given the columns before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.distribution import PiecewiseDistributions, of_elements, of_tokens
from trimtab.model.grid.fit import fit_number_grid
from trimtab.model.grid.grid import Features, Grid, NumberGrid
from trimtab.model.grid.intervals import Allowed, Intervals, decode_allowed, shares_of, truncated
from trimtab.model.interface import Stream
from trimtab.model.trees.boosting import Boosting, Fold, Growth, draw, fit_classifier, log_softmax
from trimtab.model.trees.location import Location, fit_location
from trimtab.model.trees.partition import Partition, partition
from trimtab.model.trees.residual import residual_within

RESIDUAL_UNIT = 1e-6  # residuals of normal scores are gridded in these units
_MIN_RESIDUAL = 5  # rows in each interval of a residual's grid, at least
_LOCATION_R2 = 0.05  # below this a location is not worth its time
_RESIDUAL_R2 = 0.5  # from here on the residual is drawn instead of the token, if not told else
_RESIDUAL_R2_TAILED = 0.15  # the same for a heavy-tailed number: tokens are coarse in the tails
_OUTER = 0.01  # of the rows, at either end
_TAILED = 1 / 3  # heavy-tailed: the outer rows hold this share of the squared deviations
_RESIDUAL_ATOM = 0.06  # but not where one value holds more rows than this
_MIN_MASS = 1e-9  # of the scores, where no residual has been seen
_LOCATED_ELEMENTS = 20  # numbers of more elements than this have their location predicted
ROWS_AT_A_TIME = 4096  # of which all tokens' probabilities are held


@dataclass(frozen=True)
class Inputs:
    """What a distribution makes of some rows, whatever is then drawn or told of them.

    features   [rows, parents], a predicted location last where there is one
    margins    [rows, groups] of the groups of tokens, to add to their prior
    predicted  [rows] the location as a normal score; 0 where none is predicted
    """

    features: Features
    margins: Float
    predicted: Float

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.features)

    def part(self, rows: Int | slice) -> Inputs:
        """Some of the rows."""
        return Inputs(self.features[rows], self.margins[rows], self.predicted[rows])


@dataclass(frozen=True)
class Distribution:
    """P(token | features) over an alphabet: a boosting for the group, and one for each group's
    class."""

    partition: Partition
    group: Boosting
    classes: tuple[Boosting, ...]

    def inputs(self, features: Features, predicted: Float | None = None) -> Inputs:
        """What it makes of rows; `predicted` stands among the features, too."""
        told = np.zeros(len(features)) if predicted is None else predicted
        return Inputs(features, self.group.margins(features), told)

    def draw(self, inputs: Inputs, stream: Stream) -> Int:
        """One token a row."""
        part = self.partition
        group = draw(part.group_prior + inputs.margins, stream("group"))
        klass = np.zeros(len(group), np.int64)
        if part.classes.max() > 1:
            uniforms = stream("class")
            for g in np.flatnonzero(part.classes > 1).tolist():
                rows = np.flatnonzero(group == g)
                if len(rows):
                    logits = part.class_prior(g) + self.classes[g].margins(inputs.features[rows])
                    klass[rows] = draw(logits, uniforms[rows])
        bundled = len(part.group) > part.classes.sum()
        return part.token(group, klass, stream("bundle") if bundled else np.zeros(len(group)))

    def draw_present(self, inputs: Inputs, stream: Stream) -> Int:
        """One token a row, but never the first one (missing): the others, renormalised."""
        shares = np.ones(len(self.partition.group))
        shares[0] = 0.0
        return self.draw_among(inputs, shares, stream)

    def draw_among(self, inputs: Inputs, shares: Float, stream: Stream) -> Int:
        """One token a row, each counting with a share [T] of its probability."""
        uniforms = stream("group")
        out = np.zeros(inputs.rows, np.int64)
        among = np.flatnonzero(shares > 0)
        weight = np.log(shares[among])
        for start in range(0, len(out), ROWS_AT_A_TIME):
            rows = slice(start, start + ROWS_AT_A_TIME)
            logs = self.log_probs(inputs.part(rows))[:, among] + weight
            out[rows] = among[draw(logs, uniforms[rows])]
        return out

    def log_prob(self, inputs: Inputs, tokens: Int) -> Float:
        """Log probability of one token a row, shape (rows,)."""
        part = self.partition
        group, every = part.group[tokens], np.arange(len(tokens))
        out = log_softmax(part.group_prior + inputs.margins)[every, group] + part.log_share[tokens]
        for g in np.flatnonzero(part.classes > 1).tolist():
            rows = np.flatnonzero(group == g)
            if len(rows):
                logits = part.class_prior(g) + self.classes[g].margins(inputs.features[rows])
                own = log_softmax(logits)[np.arange(len(rows)), part.klass[tokens[rows]]]
                out[rows] += own
        return np.asarray(out)

    def log_probs(self, inputs: Inputs) -> Float:
        """Log probability of every token, shape (rows, tokens)."""
        part = self.partition
        groups = log_softmax(part.group_prior + inputs.margins)
        out = groups[:, part.group] + part.log_share
        for g in np.flatnonzero(part.classes > 1).tolist():
            logits = log_softmax(part.class_prior(g) + self.classes[g].margins(inputs.features))
            member = np.flatnonzero(part.group == g)
            out[:, member] += logits[:, part.klass[member]]
        return out


def fit_distribution(
    features: Features,
    tokens: Int,
    sizes: Int,
    folds: Sequence[Fold],
    first: Growth,
    then: Growth,
    weights: Float | None = None,
) -> Distribution:
    """Learn P(token | features); `weights` of the rows as in `Recipe`."""
    part = partition(sizes)
    group, klass = part.group[tokens], part.klass[tokens]
    boosting = fit_classifier(features, group, part.group_prior, folds, first, weights)
    classes = []
    for g in range(part.groups):
        prior = part.class_prior(g)
        if len(prior) < 2:
            classes.append(Boosting(len(prior), ()))
            continue
        member = group == g
        place = np.cumsum(member) - 1
        inner = [(place[a[member[a]]], place[b[member[b]]]) for a, b in folds]
        rows = np.flatnonzero(member)
        counted = None if weights is None else weights[rows]
        classes.append(fit_classifier(features[rows], klass[rows], prior, inner, then, counted))
    return Distribution(part, boosting, tuple(classes))


@dataclass(frozen=True)
class Conditional:
    """A column given its parents: its tokens, or its residual around a predicted location.

    `parents` are the positions, in the chain, of the columns that it looks at: it is handed all
    columns before it, and picks. `location` predicts the normal score.
    Without `residual` the prediction is one more feature of the tokens' distribution. With it, the
    distribution is over the residual's tokens.
    """

    parents: Int
    grid: Grid
    distribution: Distribution
    location: Location | None = None
    residual: NumberGrid | None = None

    def inputs(self, features: Features, scores: Float) -> Inputs:
        """What it makes of rows, from the features and normal scores of all columns before."""
        features, scores = features[:, self.parents], scores[:, self.parents]
        if self.location is None:
            return self.distribution.inputs(features)
        predicted = self.location.predict(features, scores)
        return self.distribution.inputs(with_column(features, predicted), predicted)

    def draw(self, inputs: Inputs, stream: Stream, present: bool = False) -> Int:
        """One code a row; `present` asks for codes that are not missing."""
        nullable = self.grid.nullable if self.residual is None else self.residual.nullable
        distribution = self.distribution
        tokens_of = distribution.draw_present if present and nullable else distribution.draw
        tokens = tokens_of(inputs, stream)
        if self.residual is None:
            return self.grid.decode(tokens, stream("place"), stream("grain"))
        assert isinstance(self.grid, NumberGrid)
        off = self.residual.decode(tokens, stream("place"), np.zeros(len(tokens)))
        missing = off == MISSING
        off[missing] = 0
        codes = self.grid.from_scores(inputs.predicted + off * RESIDUAL_UNIT, stream("grain"))
        return np.where(missing, MISSING, codes)

    def draw_allowed(self, inputs: Inputs, stream: Stream, allowed: Allowed) -> Int:
        """One code a row among the allowed ones.

        Raises RefusedError where a row leaves a range no probability at all.
        """
        if self.residual is not None:
            logs = self.distribution.log_probs(inputs)
            assert isinstance(self.grid, NumberGrid) and isinstance(allowed, Intervals)
            return residual_within(
                truncated(self.grid, allowed),
                self.residual,
                np.exp(logs),
                inputs.predicted,
                RESIDUAL_UNIT,
                stream("place"),
            )
        shares = shares_of(self.grid, allowed)
        tokens = self.distribution.draw_among(inputs, shares, stream)
        return decode_allowed(self.grid, allowed, tokens, stream("place"), stream("grain"))

    def conditional(self, inputs: Inputs, draws: int = 1) -> PiecewiseDistributions:
        """How the column is distributed, averaged over `draws` rows each."""
        tokens = np.exp(self.distribution.log_probs(inputs))
        average = tokens.reshape(-1, draws, tokens.shape[1]).mean(axis=1)
        if self.residual is None:
            return of_tokens(self.grid, average)
        assert isinstance(self.grid, NumberGrid)
        ends, upto = self.grid.score_ends, np.zeros((len(average), len(self.grid.low) + 1))
        for row, at in enumerate(inputs.predicted):
            upto[row // draws] += self.residual.all_below((ends - at) / RESIDUAL_UNIT, tokens[row])
        missing = average[:, 0] if self.residual.nullable else np.zeros(len(average))
        return of_elements(self.grid, np.diff(upto, axis=1) / draws, missing)

    def log_prob(self, codes: Int, elements: Int, inputs: Inputs) -> Float:
        """Log probability mass of each code on the codec's grid."""
        if self.residual is None:
            tokens = self.distribution.log_prob(inputs, self.grid.tokens(elements))
            return tokens + self.grid.log_mass(codes, elements)
        predicted = inputs.predicted
        logs = self.distribution.log_probs(inputs)
        assert isinstance(self.grid, NumberGrid)
        low, high = self.grid.score_span(codes, elements)
        probabilities = np.exp(logs)
        under = self.residual.below((low - predicted) / RESIDUAL_UNIT, probabilities)
        upto = self.residual.below((high - predicted) / RESIDUAL_UNIT, probabilities)
        middle, width = self.grid.score_width(codes, elements)
        # Of codes finer than the residual's unit, a difference of two sums would tell nothing.
        at = self.residual.density((middle - predicted) / RESIDUAL_UNIT, probabilities)
        mass = np.where(width < RESIDUAL_UNIT, at * width / RESIDUAL_UNIT, upto - under)
        least = _MIN_MASS * np.minimum(width, 1.0)
        rounded = self.grid.roundness(codes, elements.clip(0))
        log_mass = np.log(np.maximum(mass, least)) + np.log(rounded)
        return np.where(elements < 0, logs[:, 0], log_mass) if self.residual.nullable else log_mass


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

    def distribution(inputs: Features, tokens: Int, sizes: Int) -> Distribution:
        growths = recipe.group, recipe.klass
        return fit_distribution(inputs, tokens, sizes, recipe.folds, *growths, recipe.weights)

    located = isinstance(grid, NumberGrid) and len(grid.low) > _LOCATED_ELEMENTS
    if not located or not features.shape[1]:
        return Conditional(parents, grid, distribution(features, tokens, grid.sizes))
    assert isinstance(grid, NumberGrid)
    target = grid.scores(elements, jitter)
    known = elements >= 0
    location, predicted = _fit_where(known, features, scores, target, recipe)
    missed = np.mean((target - predicted)[known] ** 2)
    explained = 1 - missed / max(float(np.var(target[known])), 1e-12)
    if explained < _LOCATION_R2:
        return Conditional(parents, grid, distribution(features, tokens, grid.sizes))
    inputs = with_column(features, predicted)
    if _outer_share(grid) > _TAILED:
        enough = min(enough, _RESIDUAL_R2_TAILED)
    if explained < enough or _largest_atom(grid) > _RESIDUAL_ATOM:
        return Conditional(parents, grid, distribution(inputs, tokens, grid.sizes), location)
    off = np.round((target - predicted) / RESIDUAL_UNIT).astype(np.int64)
    off = np.where(known, off, MISSING)
    residual = fit_number_grid(off, max(_MIN_RESIDUAL, recipe.min_count))
    tokens = residual.tokens(residual.encode(off))
    return Conditional(
        parents, grid, distribution(inputs, tokens, residual.sizes), location, residual
    )


def _fit_where(
    known: Bool, features: Features, scores: Float, target: Float, recipe: Recipe
) -> tuple[Location, Float]:
    """The location of the rows with a value, and its predictions: out of fold for these rows."""
    rows, place = np.flatnonzero(known), np.cumsum(known) - 1
    folds = [(place[a[known[a]]], place[b[known[b]]]) for a, b in recipe.location_folds]
    weights = None if recipe.weights is None else recipe.weights[rows]
    location, held_out = fit_location(
        features[rows], scores[rows], target[rows], folds, recipe.location, weights
    )
    predicted = location.predict(features, scores)
    predicted[rows] = held_out
    return location, predicted


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


def with_column(features: Features, column: Float) -> Features:
    """The features and one column more."""
    return np.column_stack([features, column.astype(np.float32)])
