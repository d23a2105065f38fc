"""Learning the tokens of a column: a group of them, and a class in the group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab._arrays import Int
from trimtab.model.trees.boosting import Boosting
from trimtab.model.trees.distribution import Ensembles
from trimtab.model.trees.fit_boosting import Fold, Growth, fit_classifier
from trimtab.model.trees.partition import partition
from trimtab.model.trees.sample import Sample


def fit_distribution(
    sample: Sample, tokens: Int, sizes: Int, folds: Sequence[Fold], first: Growth, then: Growth
) -> Ensembles:
    """Learn P(token | features), a member a fold or fewer.

    tokens       [rows]
    sizes        [tokens] how many rows hold each
    first, then  how ensembles of groups are grown, and those of a group's classes
    """
    part = partition(sizes)
    group, klass = part.group[tokens], part.klass[tokens]
    groups = fit_classifier(sample, group, part.group_prior, folds, first)
    classes: list[tuple[Boosting, ...]] = []
    for g in range(part.groups):
        prior = part.class_priors[g]
        if len(prior) < 2:
            classes.append((Boosting(len(prior)),))
            continue
        member = group == g
        place = np.cumsum(member) - 1
        inner = [(place[a[member[a]]], place[b[member[b]]]) for a, b in folds]
        rows = np.flatnonzero(member)
        own = sample.part(rows).uncut()
        classes.append(fit_classifier(own, klass[rows], prior, inner, then))
    return Ensembles(part, groups, tuple(classes))
