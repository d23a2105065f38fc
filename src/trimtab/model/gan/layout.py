"""The static shape of rows as the nets of a GAN see them, and the weights of nets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from trimtab.model.interface import Layer
from trimtab.model.neural.encoding import ColumnEncoding, bundled

# The most that a design may have: what is beyond is a mistake, or a damaged file.
MAX_UNITS, MAX_LAYERS, MAX_WEIGHT = 65_536, 64, 1_000_000


WAVES = 8  # cosines of a place's rank that a critic sees


@dataclass(frozen=True)
class Layout:
    """What a compiled program depends on. Columns are arranged: those with a scale come last.

    names    of the columns
    sizes    slots of each column; the last one of a column with a scale says "on the scale"
    scaled   how many of the last columns have a scale
    ordered  which columns have values with places
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    scaled: int
    ordered: tuple[bool, ...]

    @property
    def columns(self) -> int:
        """How many columns."""
        return len(self.sizes)

    @property
    def slots(self) -> int:
        """Slots of all columns together."""
        return sum(self.sizes)

    @property
    def first_scaled(self) -> int:
        """The first column with a scale."""
        return self.columns - self.scaled

    @property
    def seen(self) -> int:
        """How many numbers a row is to a critic: its slots, then for each ordered column its place
        and the waves of its place.
        """
        return self.slots + sum(self.ordered) * (1 + WAVES)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The first slot of each column, and the end of all."""
        return tuple(sum(self.sizes[:j]) for j in range(self.columns + 1))

    @cached_property
    def bundles(self) -> tuple[tuple[int, int, int], ...]:
        """(first column, end, slots) of the columns that are computed together."""
        return bundled(self.sizes, self.first_scaled)

    def slots_of(self, names: tuple[str, ...]) -> tuple[int, ...]:
        """The slots of some columns."""
        columns = [self.names.index(name) for name in names]
        return tuple(s for j in columns for s in range(self.starts[j], self.starts[j + 1]))

    def seen_of(self, names: tuple[str, ...]) -> tuple[int, ...]:
        """Which of the numbers that a critic sees are those of some columns."""
        ordered = [n for n, is_ordered in zip(self.names, self.ordered, strict=True) if is_ordered]
        mine = [k for k, name in enumerate(ordered) if name in names]
        each = range(1 + WAVES)
        places = [self.slots + k * len(each) + wave for k in mine for wave in each]
        return (*self.slots_of(names), *places)


def layout_of(encodings: Mapping[str, ColumnEncoding]) -> Layout:
    """The layout of arranged encodings."""
    every = list(encodings.values())
    return Layout(
        tuple(encodings),
        tuple(encoding.slots for encoding in every),
        sum(encoding.continuous for encoding in every),
        tuple(encoding.ordered for encoding in every),
    )


class Weight(NamedTuple):
    """An array of weights, and the standard deviation of its numbers at the start."""

    name: str
    shape: tuple[int, ...]
    scale: float


Weights = tuple[Weight, ...]


def dense(name: str, inputs: int, outputs: int, gain: float = 1.0) -> Weights:
    """The weights of a layer that takes `inputs` numbers a row to `outputs`."""
    scale = gain / math.sqrt(max(inputs, 1))
    return (Weight(f"{name}.w", (inputs, outputs), scale), Weight(f"{name}.b", (outputs,), 0.0))


def count(weights: Weights) -> int:
    """How many numbers weights are."""
    return sum(math.prod(weight.shape) for weight in weights)


def layers(weights: Weights) -> tuple[Layer, ...]:
    """The layers of a net in their order: weights whose names differ after the last point only."""
    by_layer: dict[str, list[Weight]] = {}
    for weight in weights:
        by_layer.setdefault(weight.name.rpartition(".")[0], []).append(weight)
    return tuple(
        Layer(name, parts[-1].shape, count(tuple(parts))) for name, parts in by_layer.items()
    )
