"""The network as the training loop sees it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Int, Single
from trimtab._random import Key
from trimtab.model.network import layers, steps
from trimtab.model.network.compiled import alphabet_of, layout_of, linear_of
from trimtab.model.network.gaussian import Gaussian, traits_of
from trimtab.model.network.linear import Linear
from trimtab.model.neural.device import prepare_device
from trimtab.model.neural.encoding import Cells, ColumnEncoding
from trimtab.model.neural.loop import Validation
from trimtab.model.neural.state_arrays import arrays_of, state_of

if TYPE_CHECKING:
    from trimtab.model.network.recipe import Recipe

_AVERAGE = ".average"  # where `arrays` keeps the averaged weights
_STEPS_AT_ONCE = 50
_VALIDATION_ROWS = 512  # held-out rows are validated on in blocks of this size


@dataclass(frozen=True)
class NetworkTraining:
    """Rows of `cells` to train on (`rest`) and to validate on (`held`), and how."""

    encodings: Mapping[str, ColumnEncoding]
    recipe: Recipe
    gaussian: Gaussian
    cells: Cells
    held: Int
    rest: Int
    key: Key

    @cached_property
    def fingerprint(self) -> str:
        """What is trained, on what, and how."""
        digest = hashlib.blake2b(f"{self.recipe!r} {self.key!r}".encode(), digest_size=16)
        for part in self.cells:
            digest.update(str(part.shape).encode())
            digest.update(np.ascontiguousarray(part).tobytes())
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
    def _layout(self) -> layers.Layout:
        return layout_of(self.encodings, self.recipe.shape)

    @cached_property
    def _alphabet(self) -> layers.Alphabet:
        return alphabet_of(self.encodings, self._layout)

    @cached_property
    def _linear(self) -> Linear:
        return linear_of(traits_of(self.encodings), self.gaussian, self._layout)

    @cached_property
    def _habits(self) -> steps.Habits:
        recipe = self.recipe
        return steps.Habits(
            *(jnp.float32(x) for x in (recipe.dropout, recipe.decay, recipe.memory))
        )

    @cached_property
    def _noise(self) -> jax.Array:
        return jax.random.key(int(self.key.child("noise").uniforms(0, 1)[0] * 2**31))

    def start(self) -> steps.State:
        """The state before the first step."""
        return steps.begin(layers.initial(self._layout, self.key.child("weights")))

    def advance(self, state: steps.State, done: int, rates: Single) -> tuple[steps.State, Single]:
        """Take steps done, done + 1, ... at these rates."""
        batch = self.recipe.batch
        rows = self._rows(done * batch, (done + len(rates)) * batch)

        def cut(part: NDArray[Any]) -> jax.Array:
            chosen = part[:, rows].reshape(len(part), len(rates), batch)
            return jnp.asarray(np.ascontiguousarray(chosen.swapaxes(0, 1)))

        state, losses = steps.advance(
            self._layout,
            state,
            self._alphabet,
            self._linear,
            layers.Batch(*map(cut, self._scaled(self.cells))),
            jnp.asarray(rates),
            self._habits,
            self._noise,
        )
        return state, np.asarray(losses)

    def told(self, losses: Single) -> str:
        """The losses of some steps in words."""
        return f"loss {losses.mean():.3f}"

    def _scaled(self, cells: Cells) -> Cells:
        """The cells; ends of intervals of columns with a scale only."""
        first = self._layout.first_scaled
        return cells._replace(below=cells.below[first:], above=cells.above[first:])

    def _rows(self, start: int, stop: int) -> Int:
        """Rows number start..stop-1 of an endless stream of shuffled passes."""
        size = len(self.rest)
        passes = range(start // size, (stop - 1) // size + 1)
        order = [self.key.child("pass", p).generator().permutation(size) for p in passes]
        return self.rest[np.concatenate(order)[start - passes[0] * size :][: stop - start]]

    @cached_property
    def _validation_batches(self) -> list[tuple[layers.Batch, int, jax.Array]]:
        """Blocks of held-out rows, how many count of each, and their orders."""
        batches = []
        for at in range(0, len(self.held), _VALIDATION_ROWS):
            rows = self.held[at : at + _VALIDATION_ROWS]
            padded = np.r_[rows, np.full(_VALIDATION_ROWS - len(rows), self.held[0])]
            cells = (jnp.asarray(part[:, padded]) for part in self._scaled(self.cells))
            noise = (
                self.key.child("look", at)
                .generator()
                .random((_VALIDATION_ROWS // steps.ROWS_PER_ORDER, len(self.encodings)))
            )
            ranks = jnp.asarray(np.argsort(np.argsort(noise, axis=1), axis=1))
            batches.append((layers.Batch(*cells), len(rows), ranks))
        return batches

    def validate(self, state: steps.State) -> Validation:
        """The mean log probability of a held-out row, in nats, of the averaged weights."""
        total = 0.0
        for batch, count, ranks in self._validation_batches:
            logs = steps.held_out(
                self._layout, state.average, self._alphabet, self._linear, batch, ranks
            )
            total += float(np.asarray(logs)[:count].sum(dtype=np.float64))
        figure = total / len(self.held)
        return Validation(figure, f"held-out {figure:.3f} nats a row", {})

    def arrays(self, state: steps.State) -> dict[str, NDArray[Any]]:
        """All of a state."""
        return arrays_of(state)

    def average(self, arrays: Mapping[str, NDArray[Any]]) -> Single:
        """The averaged weights among the arrays of a state."""
        return arrays[_AVERAGE]

    def restored(self, arrays: Mapping[str, NDArray[Any]]) -> steps.State:
        """The state that `arrays` came from."""
        return state_of(arrays, self.start())
