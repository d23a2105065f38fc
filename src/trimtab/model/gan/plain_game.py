"""The documents' GAN in JAX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray
from scipy.special import ndtri

from trimtab._random import Key
from trimtab.codec.domain import Codes, Int
from trimtab.model.gan import nets
from trimtab.model.gan.blocks import BLOCK_ROWS, blocks, decoding, noise_of
from trimtab.model.gan.game import Designed
from trimtab.model.gan.ladders import Ladder
from trimtab.model.gan.plain import PlainDesign
from trimtab.model.grid import Grid
from trimtab.model.interface import PRESENT, Request


@dataclass(frozen=True)
class PlainGame(Designed[PlainDesign]):
    """See `game.Game`. Rows are [rows, columns] heights on ladders."""

    decay: float = 0.999

    def make(self, generator: nets.Named, noise: Array) -> Array:
        """Rows of noise."""
        x = noise
        for k in range(len(self.design.hidden)):
            x = jax.nn.relu(nets.apply(generator, f"dense{k}", x))
        return nets.apply(generator, f"dense{len(self.design.hidden)}", x)

    def judges_loss(
        self, judges: nets.Named, generator: nets.Named, tables: Any, batch: Array, key: Array
    ) -> Array:
        """Cross entropy of what is real."""
        first, second, third = jax.random.split(key, 3)
        fake = self.make(generator, self._noise(batch, first))
        real = self._said(judges, batch, second)
        made = self._said(judges, fake, third)
        return (jax.nn.softplus(-real).mean() + jax.nn.softplus(made).mean()) / 2

    def generator_loss(
        self, generator: nets.Named, judges: nets.Named, tables: Any, batch: Array, key: Array
    ) -> Array:
        """Cross entropy of being taken for real (Goodfellow et al. 2014, section 3)."""
        first, second = jax.random.split(key)
        fake = self.make(generator, self._noise(batch, first))
        return jax.nn.softplus(-self._said(judges, fake, second)).mean()

    def _noise(self, batch: Array, key: Array) -> Array:
        return jax.random.normal(key, (len(batch), self.design.noise))

    def _said(self, judges: nets.Named, x: Array, key: Array) -> Array:
        """How real the judge takes rows to be, as log odds."""
        last = len(self.design.hidden)
        for k in range(last):
            x = jax.nn.relu(nets.apply(judges, f"dense{k}", x))
            if k < last - 1:
                keep = 1 - self.design.dropout
                kept = jax.random.bernoulli(jax.random.fold_in(key, k), keep, x.shape)
                x = jnp.where(kept, x / keep, 0.0)
        return nets.apply(judges, f"dense{last}", x)[:, 0]


def ladders_of(design: PlainDesign, grids: Mapping[str, Grid]) -> dict[str, Ladder]:
    """The ladder of each column."""
    return {name: Ladder(grid, design.bins) for name, grid in grids.items()}


@dataclass(frozen=True)
class PlainDealer:
    """Real rows as heights on ladders, [rows, columns], of which `rows` are to train on."""

    heights: NDArray[np.float32]
    rows: Int
    key: Key

    def deal(self, first: int, steps: int, batch: int) -> NDArray[np.float32]:
        """What steps first, first + 1, ... are given."""
        generator = self.key.child("deal", first).generator()
        return self.heights[self.rows[generator.integers(len(self.rows), size=(steps, batch))]]


@dataclass(frozen=True)
class PlainMaker:
    """The generator on the device."""

    game: PlainGame
    ladders: Mapping[str, Ladder]
    columns: tuple[str, ...]
    flat: Array

    def fill(self, request: Request, start: int, key: Key) -> Codes:
        """Rows at start, start + 1, ... of the whole; nothing is given."""
        parts = [np.zeros((0, len(self.ladders)))]
        for _, low, before in blocks(start, request.rows):
            noise = ndtri(noise_of(key, low, self.game.design.noise))
            made = np.asarray(_make(self.game, self.flat, jnp.asarray(noise, jnp.float32)))
            parts.append(made[before : before + BLOCK_ROWS])
        heights = np.concatenate(parts)[: request.rows]
        codes = {}
        for j, (name, ladder) in enumerate(self.ladders.items()):
            condition = request.conditions.get(name)
            present = False if condition is None else condition.state == PRESENT
            which = key.child(name, "value").uniforms(start, start + request.rows)
            codes[name] = ladder.decode(
                heights[:, j], present, which, *decoding(key, name, start, request.rows)
            )
        return Codes({name: codes[name] for name in self.columns}, request.rows)


@partial(jax.jit, static_argnames=("game",))
def _make(game: PlainGame, flat: Array, noise: Array) -> Array:
    return game.make(nets.unpack(game.generator, flat), noise)
