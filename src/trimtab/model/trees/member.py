"""What one member says of a column: its tokens, or its residual around a predicted location."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING
from trimtab.errors import RefusedError
from trimtab.model.grid.curves import Curves, some_at_once
from trimtab.model.grid.distribution import PiecewiseDistributions, of_elements, of_tokens
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.intervals import Allowed, Intervals, decode_allowed, shares_of, truncated
from trimtab.model.interface import Stream
from trimtab.model.trees.columns import Columns
from trimtab.model.trees.distribution import Distribution, Inputs
from trimtab.model.trees.location import Location
from trimtab.model.trees.residual import residual_within

RESIDUAL_UNIT = 1e-6  # residuals of normal scores are gridded in these units
_MIN_MASS = 1e-9  # of the scores, where no residual has been seen


@dataclass(frozen=True)
class Member:
    """A column given its parents, as one of the conditional's members has it.

    `location` predicts the normal score. Without `residual` the prediction is one more feature of
    the tokens' distribution. With it, the distribution is over the residual's tokens.
    """

    grid: Grid
    distribution: Distribution
    location: Location | None = None
    residual: NumberGrid | None = None

    def inputs(self, columns: Columns) -> Inputs:
        """What it makes of rows, from their parents."""
        if self.location is None:
            return self.distribution.inputs(columns)
        predicted = self.location.predict(columns)
        return self.distribution.inputs(columns.with_predicted(predicted), predicted)

    @property
    def nullable(self) -> bool:
        """Whether a draw may be missing: the first token is, then."""
        return self.grid.nullable if self.residual is None else self.residual.nullable

    def draw(self, inputs: Inputs, stream: Stream, present: bool = False) -> Int:
        """One code a row; `present` asks for codes that are not missing."""
        distribution = self.distribution
        tokens_of = distribution.draw_present if present and self.nullable else distribution.draw
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
            codes, reached = residual_within(
                truncated(self.grid, allowed),
                self.residual,
                np.exp(logs),
                inputs.predicted,
                RESIDUAL_UNIT,
                stream("place"),
            )
            if not reached.all():
                raise RefusedError(
                    "the values given for the columns before leave a range no probability: widen "
                    "it, or leave out a value."
                )
            return codes
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
        of_row = np.arange(len(tokens)) // draws
        for rows in some_at_once(len(tokens), len(self.residual.edges[0]) + 2 * len(ends)):
            off = (ends - inputs.predicted[rows, None]) / RESIDUAL_UNIT
            np.add.at(upto, of_row[rows], Curves.of(self.residual, tokens[rows]).below(off))
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
