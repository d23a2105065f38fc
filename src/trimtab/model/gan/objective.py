"""What the two sides of a GAN minimise: the part of each kind that the steps of training need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from jax import Array

from trimtab.model.gan.interface import GanDesign
from trimtab.model.gan.layout import Layout, Weights
from trimtab.model.gan.nets import Named


class Objective(Protocol):
    """What the two sides of a kind of GAN minimise, on rows of a layout.

    Frozen and hashable: a program is compiled for each.
    """

    @property
    def generator(self) -> Weights:
        """The weights of the net that makes rows."""
        ...

    @property
    def critic(self) -> Weights:
        """The weights of the nets that it is trained against."""
        ...

    @property
    def decay(self) -> float:
        """How slowly Adam forgets the squares of slopes (its beta 2)."""
        ...

    def critic_loss(
        self, critic: Named, generator: Named, tables: Any, batch: Any, key: Array
    ) -> tuple[Array, Array]:
        """What the critic minimises in a step, and how often it tells real from made."""
        ...

    def generator_loss(
        self, generator: Named, critic: Named, tables: Any, batch: Any, key: Array
    ) -> Array:
        """What the generator minimises in a step."""
        ...


Design = TypeVar("Design", bound=GanDesign)


@dataclass(frozen=True)
class Designed(Generic[Design]):
    """What every objective is built of: a design, for rows of a layout."""

    design: Design
    layout: Layout

    @property
    def generator(self) -> Weights:
        """The weights of the net that makes rows."""
        return self.design.generator(self.layout)

    @property
    def critic(self) -> Weights:
        """The weights of the nets that it is trained against."""
        return self.design.critic(self.layout)
