"""What the columns of a row are learned from, besides the past: the person, the turn, the row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.grid import Features, Grid

TURN_FEATURES = 7
ROW_FEATURES = 2  # of each column of the row
Told = tuple[Features, Float]  # features and normal scores, [rows, columns] each


def side_by_side(parts: Sequence[Told]) -> Told:
    """All features and all scores."""
    return (
        np.concatenate([features for features, _ in parts], axis=1),
        np.concatenate([scores for _, scores in parts], axis=1),
    )


def of_persons(grids: Mapping[str, Grid], codes: Mapping[str, Int], persons: int) -> Told:
    """What persons have once, [persons, columns]."""
    features = np.zeros((persons, len(grids)), np.float32)
    scores = np.zeros((persons, len(grids)))
    for j, (name, grid) in enumerate(grids.items()):
        elements = grid.encode(codes[name])
        features[:, j], scores[:, j] = elements, grid.scores(elements)
    return features, scores


def of_turns(turn: Int, counts: Int, before: Int, began: Int, end: Int) -> Told:
    """Which of how many rows it is, how long the rows before it took, when they began, and how much
    time is left, for all rows and for each.

    before, began, end  the moments of the row before, of the first row, and that no row passes;
                        missing where there is none
    """
    turns, left = turn.astype(float), (counts - 1 - turn).astype(float)
    now = np.where(before == MISSING, began, before)
    lasted = np.where(before == MISSING, -1.0, (now - began).astype(float))
    room = np.where(end == MISSING, -1.0, (np.where(end == MISSING, now, end) - now).astype(float))
    each = np.where(room < 0, -1.0, room / (left + 1))
    parts = [turns, counts, left, lasted, began, room, each]
    features = np.stack(parts, axis=1).astype(np.float32)
    scores = np.zeros(features.shape)
    for j, values in enumerate((turns, counts, left, lasted)):
        scores[:, j] = np.log1p(np.maximum(values, 0))
    scores[:, 5], scores[:, 6] = np.log1p(room.clip(0)), np.log1p(each.clip(0))
    return features, scores


def of_column(elements: Int, scores: Float, moved: Int) -> Told:
    """A column of the row itself, and whether it is as before, or how far it has moved."""
    features = np.stack([elements, moved], axis=1).astype(np.float32)
    return features, np.stack([scores, np.zeros(len(scores))], axis=1)
