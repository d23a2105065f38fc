"""A trained GAN: its generator, ready to make rows, and what it made while it was trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from trimtab._arrays import Single
from trimtab._random import Key
from trimtab._visible import visible
from trimtab.codec.domain import Codes
from trimtab.model.gan.conditional import ConditionalDesign
from trimtab.model.gan.fair import FairDesign
from trimtab.model.gan.interface import GanDesign
from trimtab.model.gan.layout import Layout, layers, layout_of
from trimtab.model.gan.plain import PlainDesign
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.interface import Drawn, Layer, Request
from trimtab.model.neural.encoding import ColumnEncoding, arranged
from trimtab.model.neural.extras import check_installed

if TYPE_CHECKING:
    from trimtab.model.gan.generate import Generator

Design = PlainDesign | ConditionalDesign | FairDesign
# That each of them is a GanDesign is checked with the types.
DESIGNS: tuple[type[GanDesign], ...] = (PlainDesign, ConditionalDesign, FairDesign)


def range_refusal(grids: Mapping[str, Grid], sets: frozenset[str]) -> str | None:
    """Why a GAN cannot condition on ranges or sets of numbers; None if all sets are of labels."""
    ranged = [n for n in grids if n in sets and isinstance(grids[n], NumberGrid)]
    if not ranged:
        return None
    return (
        f"a GAN cannot condition on ranges of numbers ({', '.join(ranged)}): ask for values of "
        "labels."
    )


@dataclass(frozen=True)
class Gan:
    """`grids` of all columns, the `design`, the generator's `weights` in one vector (float32), and
    samples at `stages` of its training.
    """

    grids: Mapping[str, Grid]
    design: Design
    weights: Single
    stages: tuple[Drawn, ...] = ()

    def __repr__(self) -> str:
        return visible(f"Gan({self.design.kind}: {', '.join(self.columns)})")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns; it makes them at once."""
        return tuple(self.grids)

    @property
    def conditions(self) -> str:
        """What can be given, in words."""
        return self.design.conditions

    def refusal(self, given: frozenset[str], sets: frozenset[str]) -> str | None:
        """Why these columns cannot be conditioned on; None if they can."""
        return self.design.refusal(given, sets) or range_refusal(self.grids, sets)

    def fill(self, request: Request, start: int, key: Key) -> Codes:
        """Fill the holes of rows at start, start + 1, ... of the whole; see `Filler.fill`."""
        check_installed("a GAN")
        return self.generator.fill(request, start, key)

    @property
    def summary(self) -> dict[str, tuple[Layer, ...]]:
        """The layers of the generator, and of the critic that it was trained against."""
        return {
            "generator": layers(self.design.generator(self.layout)),
            "critic": layers(self.design.critic(self.layout)),
        }

    @cached_property
    def encodings(self) -> Mapping[str, ColumnEncoding]:
        """What it sees of each column, in the order of its arrays."""
        return arranged(self.grids)

    @cached_property
    def layout(self) -> Layout:
        """The static shape of its rows."""
        return layout_of(self.encodings)

    @cached_property
    def generator(self) -> Generator:
        """The generator on the device."""
        from trimtab.model.gan.generate import generator_of

        return generator_of(self.design, self.grids, self.encodings, self.layout, self.weights)
