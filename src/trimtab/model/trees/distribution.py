"""What one member says of a column's tokens: a group of them, and a class in the group."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Float, Int, Single
from trimtab.model.interface import Stream
from trimtab.model.trees.boosting import Boosting, draw, log_softmax
from trimtab.model.trees.columns import Columns
from trimtab.model.trees.partition import Partition

ROWS_AT_A_TIME = 4096  # of which all tokens' probabilities are held


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a member makes of some rows, whatever is then drawn or told of them.

    columns    of the rows, with a predicted location where there is one
    margins    [rows, groups] of the groups of tokens, to add to their prior
    predicted  [rows] the location as a normal score; 0 where none is predicted
    """

    columns: Columns
    margins: Single
    predicted: Float

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.margins)

    def part(self, rows: Int) -> Inputs:
        """Some of the rows."""
        return Inputs(self.columns.part(rows), self.margins[rows], self.predicted[rows])


@dataclass(frozen=True)
class Distribution:
    """P(token | columns) over an alphabet: a boosting for the group, and one for each group's
    class."""

    partition: Partition
    group: Boosting
    classes: tuple[Boosting, ...]

    def inputs(self, columns: Columns, predicted: Float | None = None) -> Inputs:
        """What it makes of rows; `predicted` stands among the columns, too."""
        told = np.zeros(columns.rows) if predicted is None else predicted
        return Inputs(columns, columns.margins(self.group), told)

    def draw(self, inputs: Inputs, stream: Stream) -> Int:
        """One token a row."""
        part, columns = self.partition, inputs.columns
        group = columns.pick(inputs.margins, part.group_prior, stream("group"))
        if part.groups == len(part.group):
            return group
        klass = np.zeros(len(group), np.int64)
        if part.classes.max() > 1:
            uniforms = stream("class")
            for g in np.flatnonzero(part.classes > 1).tolist():
                rows = np.flatnonzero(group == g)
                if len(rows):
                    margins = columns.part(rows).margins(self.classes[g])
                    klass[rows] = columns.pick(margins, part.class_priors[g], uniforms[rows])
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
            rows = np.arange(start, min(start + ROWS_AT_A_TIME, len(out)))
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
                margins = inputs.columns.part(rows).margins(self.classes[g])
                logits = part.class_priors[g] + margins
                own = log_softmax(logits)[np.arange(len(rows)), part.klass[tokens[rows]]]
                out[rows] += own
        return np.asarray(out)

    def log_probs(self, inputs: Inputs) -> Float:
        """Log probability of every token, shape (rows, tokens)."""
        part = self.partition
        groups = log_softmax(part.group_prior + inputs.margins)
        out = groups[:, part.group] + part.log_share
        for g in np.flatnonzero(part.classes > 1).tolist():
            margins = inputs.columns.margins(self.classes[g])
            logits = log_softmax(part.class_priors[g] + margins)
            member = np.flatnonzero(part.group == g)
            out[:, member] += logits[:, part.klass[member]]
        return out


@dataclass(frozen=True, eq=False)
class Ensembles:
    """All members of P(token | columns): a boosting a fold, or fewer.

    groups   of the groups of tokens
    classes  of each group's
    """

    partition: Partition
    groups: tuple[Boosting, ...]
    classes: tuple[tuple[Boosting, ...], ...]

    @cached_property
    def members(self) -> tuple[Distribution, ...]:
        """As many as the part that has most; a part that has fewer takes them in turn."""
        many = max(len(boostings) for boostings in (self.groups, *self.classes))
        return tuple(
            Distribution(
                self.partition,
                self.groups[m % len(self.groups)],
                tuple(boostings[m % len(boostings)] for boostings in self.classes),
            )
            for m in range(many)
        )
