"""The grids of a whole table, and all its columns through them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.codec.codec import Codec
from trimtab.codec.domain import Codes
from trimtab.codec.identifier import IdentifierCodec
from trimtab.codec.label import LabelCodec
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.grid.grid import Features, Grid


def fit_grids(codes: Codes, codec: Codec, persons: Int | None) -> dict[str, Grid]:
    """The grid of each column; nominal labels ordered so that similar ones are neighbours."""
    grids: dict[str, Grid] = {}
    for name in codes.columns:
        column = codec.columns[name]
        assert not isinstance(column, IdentifierCodec)
        if isinstance(column, LabelCodec):
            grids[name] = fit_label_grid(codes[name], column.size)
        else:
            grids[name] = fit_number_grid(codes[name], codec.min_count, column.grains, persons)
    nominal = {
        n
        for n in codes.columns
        if isinstance(c := codec.columns[n], LabelCodec) and c.type == "string" and c.size > 2
    }
    _, scores, _ = encode_all(grids, codes)
    for j, name in enumerate(codes.columns):
        if name in nominal:
            others = np.delete(scores, j, axis=1)
            size = len(grids[name].sizes) - grids[name].nullable
            order = _similarity_order(codes[name], size, others)
            grids[name] = fit_label_grid(codes[name], size, order)
    return grids


def _similarity_order(codes: Int, size: int, scores: Float) -> Int:
    """Labels ordered along the first principal component of what goes with them.

    Trees cut an alphabet at a place, so similar labels should stand together; sums are shrunk
    towards the mean as if ten average rows more held each label.
    """
    known = codes >= 0
    if not scores.shape[1] or not known.any():
        return np.arange(size)
    counts = np.bincount(codes[known], minlength=size)
    centred = scores - scores.mean(axis=0)
    sums = np.stack(
        [np.bincount(codes[known], centred[known, k], size) for k in range(scores.shape[1])], axis=1
    )
    profile = sums / (counts[:, None] + 10.0) * np.sqrt(counts)[:, None]
    _, _, axes = np.linalg.svd(profile, full_matrices=False)
    place = (sums / (counts[:, None] + 10.0)) @ axes[0]
    place *= np.sign(place[np.argmax(counts)]) or 1.0
    return np.lexsort((np.arange(size), place))


def encode_all(grids: Mapping[str, Grid], codes: Codes) -> tuple[Features, Float, dict[str, Int]]:
    """Features and normal scores (rows, columns) and elements, in the grids' order."""
    features = np.zeros((codes.rows, len(grids)), np.float32)
    scores = np.zeros((codes.rows, len(grids)))
    elements = {}
    for j, (name, grid) in enumerate(grids.items()):
        elements[name] = grid.encode(codes[name])
        features[:, j] = elements[name]
        scores[:, j] = grid.scores(elements[name])
    return features, scores, elements
