"""What one member says of a column's tokens: a group of them, and a class in the group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.model.grid.grid import Features
from trimtab.model.interface import Stream
from trimtab.model.trees.boosting import Boosting, Fold, Growth, draw, fit_classifier, log_softmax
from trimtab.model.trees.partition import Partition, partition

ROWS_AT_A_TIME = 4096  # of which all tokens' probabilities are held


@dataclass(frozen=True)
class Inputs:
    """What a member makes of some rows, whatever is then drawn or told of them.

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
) -> tuple[Distribution, ...]:
    """Learn P(token | features), a member a fold or fewer; `weights` of the rows as in `Recipe`."""
    part = partition(sizes)
    group, klass = part.group[tokens], part.klass[tokens]
    groups = fit_classifier(features, group, part.group_prior, folds, first, weights)
    classes: list[tuple[Boosting, ...]] = []
    for g in range(part.groups):
        prior = part.class_prior(g)
        if len(prior) < 2:
            classes.append((Boosting(len(prior)),))
            continue
        member = group == g
        place = np.cumsum(member) - 1
        inner = [(place[a[member[a]]], place[b[member[b]]]) for a, b in folds]
        rows = np.flatnonzero(member)
        counted = None if weights is None else weights[rows]
        classes.append(fit_classifier(features[rows], klass[rows], prior, inner, then, counted))
    return members_of(part, groups, classes)


def members_of(
    part: Partition, groups: Sequence[Boosting], classes: Sequence[Sequence[Boosting]]
) -> tuple[Distribution, ...]:
    """As many members as the part that has most; a part that has fewer takes them in turn."""
    many = max(len(boostings) for boostings in (groups, *classes))
    return tuple(
        Distribution(part, groups[m % len(groups)], tuple(c[m % len(c)] for c in classes))
        for m in range(many)
    )
