"""The tutorial's GAN: every column a number, two dense nets, and nothing to condition on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab.model.gan.layout import Layout, Weights, dense
from trimtab.model.interface import Request
from trimtab.model.neural.encoding import ColumnEncoding


@dataclass(frozen=True)
class PlainDesign:
    """Sizes of the nets (the tutorial's GAN: 32 random numbers, 128-256-512, dropout 0.1).

    noise    random numbers that a row is made of
    hidden   units of the generator's hidden layers; the critic has the same ones in reverse
    dropout  of the critic's units, but for its last hidden layer
    bins     of equal width that a number is cut into
    """

    noise: int = 32
    hidden: tuple[int, ...] = (128, 256, 512)
    dropout: float = 0.1
    bins: int = 20

    @property
    def kind(self) -> str:
        """The name of the model."""
        return "gan"

    def generator(self, layout: Layout) -> Weights:
        """Dense layers from noise to one number a column."""
        sizes = (self.noise, *self.hidden, layout.columns)
        return tuple(
            weight
            for k, (inputs, outputs) in enumerate(pairwise(sizes))
            for weight in dense(f"dense{k}", inputs, outputs)
        )

    def critic(self, layout: Layout) -> Weights:
        """Dense layers from one number a column to one for the row."""
        sizes = (layout.columns, *reversed(self.hidden), 1)
        return tuple(
            weight
            for k, (inputs, outputs) in enumerate(pairwise(sizes))
            for weight in dense(f"dense{k}", inputs, outputs)
        )

    @property
    def given_columns(self) -> tuple[str, ...]:
        """Nothing can be given."""
        return ()

    @property
    def conditions(self) -> str:
        """What can be given, in words."""
        return "Nothing can be given when sampling: this model makes whole rows out of noise."

    def refusal(self, given: frozenset[str], sets: frozenset[str]) -> str | None:
        """Why these columns cannot be conditioned on."""
        if not given | sets:
            return None
        return (
            f"this model makes whole rows out of noise, and cannot condition on "
            f"{', '.join(sorted(given | sets))}: use `model='cgan'`, which is trained for that."
        )

    def draw_given(
        self, request: Request, encodings: Mapping[str, ColumnEncoding], start: int, key: Key
    ) -> dict[str, Int]:
        """Nothing."""
        return {}
