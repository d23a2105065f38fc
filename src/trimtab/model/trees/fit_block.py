"""Learning the leading block of a chain: its joint table, multiplied out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.model.grid.grid import Features, Grid
from trimtab.model.trees.block import Block
from trimtab.model.trees.boosting import log_softmax
from trimtab.model.trees.columns import Columns
from trimtab.model.trees.conditional import log_mean
from trimtab.model.trees.distribution import Distribution
from trimtab.model.trees.fit_conditional import Recipe
from trimtab.model.trees.fit_distribution import fit_distribution
from trimtab.model.trees.sample import Sample


def fit_block(
    names: tuple[str, ...],
    grids: Mapping[str, Grid],
    elements: Mapping[str, Int],
    recipe: Recipe,
    first: int,
) -> Block:
    """Learn each column of the block given those before it, and multiply the table out.

    The weights of the rows hang on the `first` columns, and so count behind them only.
    """
    tokens = {n: grids[n].tokens(elements[n]) for n in names}
    weights = np.zeros(())
    for j, name in enumerate(names):
        features = _stack(
            [grids[n].token_features[tokens[n]] for n in names[:j]], len(tokens[name])
        )
        counted = recipe.weights if j >= first else None
        growths = recipe.group, recipe.klass
        sample, sizes = Sample(features, counted), grids[name].sizes
        ensembles = fit_distribution(sample, tokens[name], sizes, recipe.folds, *growths)
        weights = weights[..., None] + _table(ensembles.members, names[:j], grids)
    return Block(names, np.exp(weights) / np.exp(weights).sum())


def _table(
    members: Sequence[Distribution], before: Sequence[str], grids: Mapping[str, Grid]
) -> Float:
    """Log P(token | every combination of the tokens before) under the members' mixture, one axis a
    column."""
    shape = [len(grids[n].sizes) for n in before]
    cells = np.indices(shape).reshape(len(shape), -1) if shape else np.zeros((0, 1), np.int64)
    features = _stack(
        [grids[n].token_features[c] for n, c in zip(before, cells, strict=True)], cells.shape[1]
    )
    columns = Columns.of(features, np.zeros(features.shape))
    logs = log_mean([member.log_probs(member.inputs(columns)) for member in members])
    return np.asarray(log_softmax(logs).reshape([*shape, -1]))


def _stack(columns: Sequence[Float], rows: int) -> Features:
    out = np.zeros((rows, len(columns)), np.float32)
    for j, column in enumerate(columns):
        out[:, j] = column
    return out
