"""The fair GAN in JAX."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array

from trimtab.model.gan import cells, nets
from trimtab.model.gan.cells import Rows, Tables
from trimtab.model.gan.fair import FairDesign
from trimtab.model.gan.noise import Noise, noise
from trimtab.model.gan.objective import Designed

_TARGET = 3.0  # how much its cells count beside those of other columns
_TIED = 10.0  # how much means of groups that are apart count beside what critics tell


class Batch(NamedTuple):
    """Real rows, [rows, columns], and the groups and classes of rows that are to be fair.

    asked   [rows, columns] outcomes of the given columns; -1 elsewhere
    group   [rows] the group of each, `target` [rows] its class
    """

    outcome: Array
    place: Array
    asked: Array
    group: Array
    target: Array


class _Fair(NamedTuple):
    """What the critics of bias say of rows: logits of the group and of the class."""

    group: Array
    target: Array


@dataclass(frozen=True)
class FairObjective(Designed[FairDesign]):
    """See `objective.Objective`."""

    decay: float = 0.9

    def make(
        self, generator: nets.Named, tables: Tables, given: Rows, known: Array, random: Noise
    ) -> Rows:
        """Rows that have the given cells where `known` [rows, columns] is 1.0."""
        design, layout = self.design, self.layout
        condition = given.chosen[:, cells.index_of(layout.slots_of(design.given_columns))]
        x = nets.apply(
            generator, "in", jnp.concatenate([random.shared, random.own, condition], axis=1)
        )
        x = x + jax.nn.silu(nets.apply(generator, "block", nets.normed(x)))
        tokens = nets.apply(generator, "tokens", nets.normed(x))
        tokens = tokens.reshape(len(tokens), layout.columns, design.width)
        tokens = (
            tokens + generator["column.query"] + nets.apply(generator, "given", condition)[:, None]
        )
        own = random.own[:, :, None] * generator["column.own"]
        tokens = tokens.at[:, layout.first_scaled :].add(own)
        for k in range(design.blocks):
            tokens = nets.attended(generator, str(k), design.heads, tokens)
        tokens = nets.normed(tokens)
        outcomes = jnp.concatenate(
            [self._outcomes(generator, k, tokens) for k in range(len(layout.bundles))], axis=1
        )
        places = jnp.einsum("rkh,khs->rks", tokens[:, layout.first_scaled :], generator["places.w"])
        places = places + generator["places.b"]
        rows = cells.made(layout, tables, outcomes, places, random.own, random.choice)
        return cells.clamped(layout, rows, known, given)

    def _outcomes(self, generator: nets.Named, bundle: int, tokens: Array) -> Array:
        a, b, _ = self.layout.bundles[bundle]
        logits = jnp.einsum("rkh,khs->rks", tokens[:, a:b], generator[f"outcomes{bundle}.w"])
        return (logits + generator[f"outcomes{bundle}.b"]).reshape(len(tokens), -1)

    def critic_loss(
        self, critic: nets.Named, generator: nets.Named, tables: Tables, batch: Batch, key: Array
    ) -> tuple[Array, Array]:
        """Of realism: Wasserstein; of bias: cross entropy of the group and of the class.

        How often it is right is that of realism.
        """
        first, second, third = jax.random.split(key, 3)
        real = cells.real(self.layout, batch.outcome, batch.place)
        fake = self._alike(generator, tables, real, first)
        loss, right = nets.realism_loss(
            lambda x: nets.judged(critic, "real.", x),
            self._packs(tables, real),
            self._packs(tables, fake),
            second,
        )
        logits = self._bias(critic, tables, self._balanced_rows(generator, tables, batch, third))
        loss += _cross_entropy(logits.group, batch.group) + _cross_entropy(
            logits.target, batch.target
        )
        return loss, right

    def generator_loss(
        self, generator: nets.Named, critic: nets.Named, tables: Tables, batch: Batch, key: Array
    ) -> Array:
        """Minus what the critic of realism says, second moments, and how far rows are from fair."""
        first, second = jax.random.split(key)
        real = cells.real(self.layout, batch.outcome, batch.place)
        fake = self._alike(generator, tables, real, first)
        score = nets.judged(critic, "real.", self._packs(tables, fake)).mean()
        balanced = self._balanced_rows(generator, tables, batch, second)
        logits = self._bias(critic, tables, balanced)
        # Groups come up equally often here, so a critic that knows nothing says so of each.
        guess = -jax.nn.log_softmax(logits.group).mean()
        shares = jax.nn.softmax(logits.target)
        member = jax.nn.one_hot(batch.group, len(self.design.groups))
        rates = member.T @ shares / jnp.maximum(member.sum(axis=0), 1)[:, None]
        apart = jnp.abs(rates - shares.mean(axis=0)).sum(axis=1).mean()
        tied = nets.dependence_loss(member, self._standard(tables, balanced))
        unlike = nets.moments_loss(self._standard(tables, real), self._standard(tables, fake))
        unfair = guess + apart + _TIED * tied
        return self.design.moments * unlike + self.design.fairness * unfair - score

    def _standard(self, tables: Tables, rows: Rows) -> Array:
        """What a critic sees, on one scale: without the groups, which are to be blurred, and the
        target more than other columns, for it is what the rows are to teach.
        """
        layout = self.layout
        weight = cells.rarity(layout, tables) / math.sqrt(layout.columns)
        weight = weight.at[cells.index_of(layout.seen_of(self.design.protected))].set(0.0)
        target = cells.index_of(layout.seen_of((self.design.target,)))
        weight = weight.at[target].multiply(_TARGET)
        return weight * cells.seen(layout, tables, rows)

    def _alike(self, generator: nets.Named, tables: Tables, real: Rows, key: Array) -> Rows:
        """Rows with the groups and classes of real ones: all that the critic may compare."""
        columns = jnp.array([self.layout.names.index(name) for name in self.design.given_columns])
        known = jnp.zeros((len(real.chosen), self.layout.columns)).at[:, columns].set(1.0)
        given = cells.clamped(self.layout, jax.tree.map(jnp.zeros_like, real), known, real)
        return self.make(generator, tables, given, known, self._noise(real, key))

    def _balanced_rows(
        self, generator: nets.Named, tables: Tables, batch: Batch, key: Array
    ) -> Rows:
        """Rows with the groups and classes asked for."""
        given = cells.real(self.layout, batch.asked, jnp.zeros_like(batch.place))
        known = (batch.asked >= 0).astype(jnp.float32)
        return self.make(generator, tables, given, known, self._noise(given, key))

    def _noise(self, rows: Rows, key: Array) -> Noise:
        return noise(self.layout, self.design.noise, len(rows.chosen), key)

    def _packs(self, tables: Tables, rows: Rows) -> Array:
        return nets.packed(cells.seen(self.layout, tables, rows), self.design.pack)

    def _bias(self, critic: nets.Named, tables: Tables, rows: Rows) -> _Fair:
        """What is said of rows whose group is hidden; the class is hidden too where it is asked."""
        x = cells.seen(self.layout, tables, rows)
        x = x.at[:, cells.index_of(self.layout.seen_of(self.design.protected))].set(0.0)
        group = nets.judged(critic, "group.", x)
        x = x.at[:, cells.index_of(self.layout.seen_of((self.design.target,)))].set(0.0)
        return _Fair(group, nets.judged(critic, "class.", x))


def _cross_entropy(logits: Array, labels: Array) -> Array:
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()
