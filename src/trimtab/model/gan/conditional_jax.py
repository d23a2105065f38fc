"""The conditional GAN in JAX."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from trimtab.model.gan import cells, nets
from trimtab.model.gan.cells import Rows, Tables
from trimtab.model.gan.conditional import ConditionalDesign
from trimtab.model.gan.noise import Noise, noise
from trimtab.model.gan.objective import Designed


class Batch(NamedTuple):
    """Real rows, and which of their cells the generator is given: each [rows, columns]."""

    outcome: Array
    place: Array
    known: Array


@dataclass(frozen=True)
class ConditionalObjective(Designed[ConditionalDesign]):
    """See `objective.Objective`."""

    decay: float = 0.9

    def make(
        self, generator: nets.Named, tables: Tables, given: Rows, known: Array, random: Noise
    ) -> Rows:
        """Rows that have the given cells where `known` [rows, columns] is 1.0."""
        layout = self.layout
        masked = cells.clamped(layout, jax.tree.map(jnp.zeros_like, given), known, given)
        condition = cells.seen(layout, tables, masked)[
            :, cells.index_of(layout.seen_of(self.design.columns))
        ]
        x = jnp.concatenate([random.shared, random.own, condition, self._marks(known)], axis=1)
        x = nets.apply(generator, "in", x)
        for k in range(self.design.blocks):
            x = x + jax.nn.silu(nets.apply(generator, f"block{k}", nets.normed(x)))
        x = nets.normed(x)
        places = nets.apply(generator, "places", x).reshape(len(x), layout.scaled, 2)
        outcomes = nets.apply(generator, "outcomes", x)
        rows = cells.made(layout, tables, outcomes, places, random.own, random.choice)
        return cells.clamped(layout, rows, known, given)

    def _marks(self, known: Array) -> Array:
        return known[:, cells.index_of(tuple(map(self.layout.names.index, self.design.columns)))]

    def critic_loss(
        self, critic: nets.Named, generator: nets.Named, tables: Tables, batch: Batch, key: Array
    ) -> tuple[Array, Array]:
        """Wasserstein with a penalty on the slope; see `nets.realism_loss`."""
        first, second = jax.random.split(key)
        real = cells.real(self.layout, batch.outcome, batch.place)
        fake = self.make(generator, tables, real, batch.known, self._noise(batch, first))
        return nets.realism_loss(
            lambda x: nets.judged(critic, "", x),
            self._view(tables, real, batch.known),
            self._view(tables, fake, batch.known),
            second,
        )

    def generator_loss(
        self, generator: nets.Named, critic: nets.Named, tables: Tables, batch: Batch, key: Array
    ) -> Array:
        """Minus what the critic says, and how far second moments are apart."""
        real = cells.real(self.layout, batch.outcome, batch.place)
        fake = self.make(generator, tables, real, batch.known, self._noise(batch, key))
        score = nets.judged(critic, "", self._view(tables, fake, batch.known)).mean()
        weight = cells.rarity(self.layout, tables) / math.sqrt(self.layout.columns)
        apart = nets.moments_loss(
            weight * cells.seen(self.layout, tables, real),
            weight * cells.seen(self.layout, tables, fake),
        )
        return self.design.moments * apart - score

    def _view(self, tables: Tables, rows: Rows, known: Array) -> Array:
        """What the critic sees: packs of rows, and what was given of them."""
        inputs = jnp.concatenate(
            [cells.seen(self.layout, tables, rows), self._marks(known)], axis=1
        )
        return nets.packed(inputs, self.design.pack)

    def _noise(self, batch: Batch, key: Array) -> Noise:
        return noise(self.layout, self.design.noise, len(batch.known), key)
