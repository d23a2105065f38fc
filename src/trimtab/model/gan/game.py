"""What the two sides of a GAN minimise: the part of each kind that the steps of training need."""

from __future__ import annotations

from typing import Any, Protocol

from jax import Array

from trimtab.model.gan.layout import Weights
from trimtab.model.gan.nets import Named


class Game(Protocol):
    """A kind of GAN on rows of a layout. Frozen and hashable: a program is compiled for each."""

    @property
    def generator(self) -> Weights:
        """The weights of the net that makes rows."""
        ...

    @property
    def judges(self) -> Weights:
        """The weights of the nets that it is trained against."""
        ...

    @property
    def decay(self) -> float:
        """How slowly Adam forgets the squares of slopes (its beta 2)."""
        ...

    def judges_loss(
        self, judges: Named, generator: Named, tables: Any, batch: Any, key: Array
    ) -> Array:
        """What the judges minimise in a step."""
        ...

    def generator_loss(
        self, generator: Named, judges: Named, tables: Any, batch: Any, key: Array
    ) -> Array:
        """What the generator minimises in a step."""
        ...
