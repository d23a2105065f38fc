"""The tutorial's GAN in JAX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.special import ndtri

from trimtab._arrays import Int, Single
from trimtab._random import Key
from trimtab.codec.domain import Codes
from trimtab.model.gan import nets
from trimtab.model.gan.objective import Designed
from trimtab.model.gan.plain import PlainDesign
from trimtab.model.gan.row_blocks import BLOCK_ROWS, blocks, decoding, noise_of
from trimtab.model.gan.scaling import OrdinalScaler
from trimtab.model.grid.grid import Grid
from trimtab.model.interface import PRESENT, Request


@dataclass(frozen=True)
class PlainObjective(Designed[PlainDesign]):
    """See `objective.Objective`. Rows are [rows, columns] heights on scales."""

    decay: float = 0.999

    def make(self, generator: nets.Named, noise: Array) -> Array:
        """Rows of noise."""
        x = noise
        for k in range(len(self.design.hidden)):
            x = jax.nn.relu(nets.apply(generator, f"dense{k}", x))
        return nets.apply(generator, f"dense{len(self.design.hidden)}", x)

    def critic_loss(
        self, critic: nets.Named, generator: nets.Named, tables: Any, batch: Array, key: Array
    ) -> tuple[Array, Array]:
        """Cross entropy of what is real; the share of rows that it takes for what they are."""
        first, second, third = jax.random.split(key, 3)
        fake = self.make(generator, self._noise(batch, first))
        real_odds = self._log_odds(critic, batch, second)
        fake_odds = self._log_odds(critic, fake, third)
        loss = (jax.nn.softplus(-real_odds).mean() + jax.nn.softplus(fake_odds).mean()) / 2
        return loss, ((real_odds > 0).mean() + (fake_odds < 0).mean()) / 2

    def generator_loss(
        self, generator: nets.Named, critic: nets.Named, tables: Any, batch: Array, key: Array
    ) -> Array:
        """Cross entropy of being taken for real (Goodfellow et al. 2014, section 3)."""
        first, second = jax.random.split(key)
        fake = self.make(generator, self._noise(batch, first))
        return jax.nn.softplus(-self._log_odds(critic, fake, second)).mean()

    def _noise(self, batch: Array, key: Array) -> Array:
        return jax.random.normal(key, (len(batch), self.design.noise))

    def _log_odds(self, critic: nets.Named, x: Array, key: Array) -> Array:
        """How real the critic takes rows to be, as log odds."""
        last = len(self.design.hidden)
        for k in range(last):
            x = jax.nn.relu(nets.apply(critic, f"dense{k}", x))
            if k < last - 1:
                keep = 1 - self.design.dropout
                mask = jax.random.bernoulli(jax.random.fold_in(key, k), keep, x.shape)
                x = jnp.where(mask, x / keep, 0.0)
        return nets.apply(critic, f"dense{last}", x)[:, 0]


def scalers_of(design: PlainDesign, grids: Mapping[str, Grid]) -> dict[str, OrdinalScaler]:
    """The scaler of each column."""
    return {name: OrdinalScaler(grid, design.bins) for name, grid in grids.items()}


@dataclass(frozen=True)
class PlainBatchSampler:
    """Real rows as heights on scales, [rows, columns], of which `rows` are to train on."""

    heights: Single
    rows: Int
    key: Key

    def sample(self, first: int, steps: int, batch: int) -> Single:
        """What steps first, first + 1, ... are given."""
        generator = self.key.child("deal", first).generator()
        return self.heights[self.rows[generator.integers(len(self.rows), size=(steps, batch))]]


@dataclass(frozen=True)
class PlainGenerator:
    """The generator on the device."""

    objective: PlainObjective
    scalers: Mapping[str, OrdinalScaler]
    columns: tuple[str, ...]
    flat: Array

    def fill(self, request: Request, start: int, key: Key) -> Codes:
        """Rows at start, start + 1, ... of the whole; nothing is given."""
        parts = [np.zeros((0, len(self.scalers)))]
        for _, low, before in blocks(start, request.rows):
            noise = ndtri(noise_of(key, low, self.objective.design.noise))
            block = np.asarray(_make(self.objective, self.flat, jnp.asarray(noise, jnp.float32)))
            parts.append(block[before : before + BLOCK_ROWS])
        heights = np.concatenate(parts)[: request.rows]
        codes = {}
        for j, (name, scaler) in enumerate(self.scalers.items()):
            condition = request.conditions.get(name)
            present = False if condition is None else condition.state == PRESENT
            which = key.child(name, "value").uniforms(start, start + request.rows)
            codes[name] = scaler.decode(
                heights[:, j], present, which, *decoding(key, name, start, request.rows)
            )
        return Codes({name: codes[name] for name in self.columns}, request.rows)


@partial(jax.jit, static_argnames=("objective",))
def _make(objective: PlainObjective, flat: Array, noise: Array) -> Array:
    return objective.make(nets.unpack(objective.generator, flat), noise)
