"""A GAN as the training loop sees it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Int, Single
from trimtab._random import Key
from trimtab.codec.domain import Codes
from trimtab.model.gan import steps
from trimtab.model.gan.batches import BatchSampler, ConditionalBatchSampler, FairBatchSampler
from trimtab.model.gan.cells import tables_of
from trimtab.model.gan.conditional import ConditionalDesign
from trimtab.model.gan.conditional_jax import ConditionalObjective
from trimtab.model.gan.fair_jax import FairObjective
from trimtab.model.gan.gan import Gan
from trimtab.model.gan.monitor import VALIDATION_ROWS, Monitor
from trimtab.model.gan.objective import Objective
from trimtab.model.gan.plain import PlainDesign
from trimtab.model.gan.plain_jax import PlainBatchSampler, PlainObjective, scalers_of
from trimtab.model.neural.device import prepare_device
from trimtab.model.neural.encoding import stacked
from trimtab.model.neural.loop import Validation
from trimtab.model.neural.state_arrays import arrays_of, state_of

if TYPE_CHECKING:
    from trimtab.model.gan.recipe import Recipe

_AVERAGE = ".average"  # where `arrays` keeps the averaged generator
_STEPS_AT_ONCE = 50


@dataclass(frozen=True)
class GanTraining:
    """Rows of `codes` to train on (`rest`) and to validate on (`held`), and how.

    `gan` says what the task is; its weights mean nothing yet.
    """

    gan: Gan
    recipe: Recipe
    codes: Codes
    held: Int
    rest: Int
    key: Key

    @cached_property
    def fingerprint(self) -> str:
        """What is trained, on what, and how."""
        text = f"{self.recipe!r} {self.gan.design!r} {self.key!r}"
        digest = hashlib.blake2b(text.encode(), digest_size=16)
        for name, codes in self.codes.columns.items():
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(codes).tobytes())
        return digest.hexdigest()

    @cached_property
    def device(self) -> str:
        """The device it runs on."""
        return prepare_device()

    @property
    def steps_at_once(self) -> int:
        """Steps of one call of `advance`."""
        return _STEPS_AT_ONCE

    @cached_property
    def objective(self) -> Objective:
        """What is compiled."""
        design, layout = self.gan.design, self.gan.layout
        if isinstance(design, PlainDesign):
            return PlainObjective(design, layout)
        if isinstance(design, ConditionalDesign):
            return ConditionalObjective(design, layout)
        return FairObjective(design, layout)

    @cached_property
    def _sampler(self) -> BatchSampler:
        gan, key = self.gan, self.key
        if isinstance(gan.design, PlainDesign):
            scalers = scalers_of(gan.design, gan.grids)
            heights = [scaler.encode(self.codes[n]) for n, scaler in scalers.items()]
            return PlainBatchSampler(np.stack(heights, axis=1).astype(np.float32), self.rest, key)
        cells = stacked(gan.encodings, self.codes.columns)
        if isinstance(gan.design, ConditionalDesign):
            return ConditionalBatchSampler(gan.design, gan.encodings, cells, self.rest, key)
        return FairBatchSampler(gan.design, gan.encodings, cells, self.rest, key)

    @cached_property
    def _tables(self) -> Any:
        if isinstance(self.gan.design, PlainDesign):
            return ()
        return tables_of(self.gan.encodings, self.gan.layout)

    @cached_property
    def _noise(self) -> jax.Array:
        return jax.random.key(int(self.key.child("noise").uniforms(0, 1)[0] * 2**31))

    def start(self) -> steps.State:
        """The state before the first step."""
        return steps.begin(self.objective, self.key.child("weights"))

    def advance(self, state: steps.State, done: int, rates: Single) -> tuple[steps.State, Single]:
        """Take steps done, done + 1, ... at these rates; see `steps.Watched` for the losses."""
        batches = self._sampler.sample(done, len(rates), self.recipe.batch)
        state, losses = steps.advance(
            self.objective,
            state,
            self._tables,
            jax.tree.map(jnp.asarray, batches),
            jnp.asarray(rates),
            jnp.float32(self.recipe.memory),
            self._noise,
        )
        return state, np.stack(losses, axis=1)

    def told(self, losses: Single) -> str:
        """The losses of some steps in words, and how often the critic was right."""
        means = steps.Watched(*losses.mean(axis=0))
        return (
            f"generator's loss {means.generator:.3f}, critic's {means.critic:.3f}, "
            f"critic right {means.right:.0%}"
        )

    @cached_property
    def monitor(self) -> Monitor:
        """What validates drawn rows."""
        generator = self.key.child("marginals").generator()
        others = self.rest[generator.permutation(len(self.rest))[:VALIDATION_ROWS]]
        held_out, real = self.codes.take(self.held), self.codes.take(others)
        return Monitor(self.gan, held_out, real, self.key.child("look"))

    def validate(self, state: steps.State) -> Validation:
        """What the averaged generator would draw, beside held-out rows."""
        return self.monitor.validate(replace(self.gan, weights=np.array(state.average)))

    def arrays(self, state: steps.State) -> dict[str, NDArray[Any]]:
        """All of a state."""
        return arrays_of(state)

    def average(self, arrays: Mapping[str, NDArray[Any]]) -> Single:
        """The averaged generator among the arrays of a state."""
        return arrays[_AVERAGE]

    def restored(self, arrays: Mapping[str, NDArray[Any]]) -> steps.State:
        """The state that `arrays` came from."""
        return state_of(arrays, self.start())
