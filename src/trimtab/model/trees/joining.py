"""The members of a boosting as one booster.

Each call of XGBoost takes a fixed time, which is most of it where few rows are asked for at a time.
A booster of all members' trees, their leaves divided by how many members there are, has the same
margins up to rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from trimtab._arrays import Int
from trimtab.model.trees.booster_arrays import LEAF, BoosterArrays, arrays_of, boosters_of
from trimtab.model.trees.boosting import Boosting
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.location import Location

Part = Conditional | Location


def joined(parts: Sequence[Part]) -> list[Part]:
    """The parts, each of their boostings with one member at most."""
    several = [b for part in parts for b in _boostings(part) if len(b.members) > 1]
    if not several:
        return list(parts)
    sizes = np.array([len(b.members) for b in several])
    arrays = _joined(arrays_of([m for b in several for m in b.members]), sizes)
    pairs = zip(several, boosters_of(arrays), strict=True)
    ready = {id(b): Boosting(b.outputs, (booster,)) for b, booster in pairs}
    return [_with(part, (ready.get(id(b), b) for b in _boostings(part))) for part in parts]


def _boostings(part: Part) -> list[Boosting]:
    if isinstance(part, Location):
        return [part.boosting]
    location = [] if part.location is None else [part.location.boosting]
    return [*location, part.distribution.group, *part.distribution.classes]


def _with(part: Part, boostings: Iterator[Boosting]) -> Part:
    """A part with other boostings, in the order of `_boostings`."""
    if isinstance(part, Location):
        return replace(part, boosting=next(boostings))
    location = part.location
    if location is not None:
        location = replace(location, boosting=next(boostings))
    group, *classes = boostings
    distribution = replace(part.distribution, group=group, classes=tuple(classes))
    return replace(part, distribution=distribution, location=location)


def _joined(arrays: BoosterArrays, sizes: Int) -> BoosterArrays:
    """Boosters of which so many, one after the other, become one each."""
    first = np.cumsum(sizes) - sizes
    booster = np.repeat(np.arange(len(arrays.trees)), arrays.trees)
    leaf_of = np.repeat(booster, arrays.nodes)[arrays.kind == LEAF]
    shared = np.repeat(sizes, sizes)[leaf_of]  # by how many members each leaf's is one
    weights = arrays.leaf / np.repeat(shared, arrays.outputs[leaf_of])
    return replace(
        arrays,
        outputs=arrays.outputs[first],
        features=arrays.features[first],
        trees=np.add.reduceat(arrays.trees, first).astype(arrays.trees.dtype),
        leaf=weights.astype(np.float32),
    )
