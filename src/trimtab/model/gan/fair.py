"""A fair GAN after the Fair Transformer GAN: a generator with self-attention, and critics.

The protected columns and the target are drawn from given shares, independently of each other, and
the other columns are made given them. One critic compares rows with real ones that have the same
groups and classes; another tries to tell the group from the rest of a row, and a classifier learns
the target from it. The generator is to please the first, to leave the second guessing, and to make
the third treat all groups alike (Xu et al. 2018, FairGAN; Xu et al. 2019, FairGAN+).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab.model.gan.interface import given_of, picked
from trimtab.model.gan.layout import Layout, Weight, Weights, dense
from trimtab.model.interface import Request
from trimtab.model.neural.encoding import ColumnEncoding


@dataclass(frozen=True)
class FairDesign:
    """Sizes of the nets, and what is drawn from which shares.

    protected, target  the columns that rows are made given
    groups             the combinations of the protected columns' outcomes that were seen
    group_shares       of these (p_z of the Fair Transformer GAN); they sum to 1
    class_shares       of the target's outcomes (its p_y); they sum to 1
    noise    random numbers that a row is made of; each column with a scale has one of its own
    width    of the token that stands for a column
    heads, blocks  of self-attention between the tokens
    units    of the hidden layers before the tokens, and of the critic
    pack     rows that the critic of realism sees at once
    moments  how much the shares of pairs of outcomes count beside the critic
    fairness  how much bias counts against realism (its lambda_fair)
    """

    protected: tuple[str, ...]
    target: str
    groups: tuple[tuple[int, ...], ...]
    group_shares: tuple[float, ...]
    class_shares: tuple[float, ...]
    noise: int = 64
    width: int = 32
    heads: int = 4
    blocks: int = 2
    units: int = 256
    pack: int = 1
    moments: float = 3.0
    fairness: float = 2.0

    @property
    def kind(self) -> str:
        """The name of the model."""
        return "fair-gan"

    def generator(self, layout: Layout) -> Weights:
        """Noise and given cells to a token a column, self-attention, and a decoder a column."""
        n, h = layout.columns, self.width
        scale = 1 / np.sqrt(h)
        given = len(layout.slots_of(self.given_columns))
        weights = dense("in", self.noise + layout.scaled + given, self.units)
        weights += dense("block", self.units, self.units) + dense("tokens", self.units, n * h)
        weights += dense("given", given, h)
        weights += (Weight("column.own", (layout.scaled, h), 1.0),)
        weights += (Weight("column.query", (n, h), 1.0),)
        for k in range(self.blocks):
            weights += dense(f"attention{k}.all", h, 3 * h) + dense(f"attention{k}.out", h, h)
            weights += dense(f"mixing{k}.in", h, 2 * h) + dense(f"mixing{k}.out", 2 * h, h)
        for k, (a, b, size) in enumerate(layout.bundles):
            weights += (Weight(f"outcomes{k}.w", (b - a, h, size), 0.1 * scale),)
            weights += (Weight(f"outcomes{k}.b", (b - a, size), 0.0),)
        return (
            *weights,
            Weight("places.w", (layout.scaled, h, 2), 0.1 * scale),
            Weight("places.b", (layout.scaled, 2), 0.0),
        )

    def critic(self, layout: Layout) -> Weights:
        """Three nets: is a row real, whose is it, and what is its class?"""
        h, numbers = self.units, layout.seen
        weights: Weights = ()
        for name, inputs, outputs in (
            ("real", self.pack * numbers, 1),
            ("group", numbers, len(self.groups)),
            ("class", numbers, len(self.class_shares)),
        ):
            weights += dense(f"{name}.in", inputs, h) + dense(f"{name}.block", h, h)
            weights += dense(f"{name}.out", h, outputs)
        return weights

    @property
    def given_columns(self) -> tuple[str, ...]:
        """The columns that can be given."""
        return (*self.protected, self.target)

    @property
    def conditions(self) -> str:
        """What can be given, in words."""
        return (
            f"Any cells of {', '.join(self.given_columns)} can be given when sampling; where they "
            "are not, they are drawn from the shares asked for, independently of each other."
        )

    def refusal(self, given: frozenset[str], sets: frozenset[str]) -> str | None:
        """Why these columns cannot be conditioned on; None if they can."""
        strange = sorted((given | sets) - set(self.given_columns))
        if not strange:
            return None
        return (
            f"this model makes rows given {', '.join(self.given_columns)}, and cannot condition on "
            f"{', '.join(strange)}: leave them out."
        )

    def draw_given(
        self, request: Request, encodings: Mapping[str, ColumnEncoding], start: int, key: Key
    ) -> dict[str, Int]:
        """Groups and classes: as given, and else by their shares among what is allowed."""
        outcomes, shares = {}, np.array(self.group_shares)
        allowed = {n: given_of(request, n, encodings[n]).allowed for n in self.given_columns}
        rows = (start, start + request.rows)
        uniforms = {n: key.child("told", n).uniforms(*rows) for n in self.given_columns}
        groups = dict(zip(self.protected, np.array(self.groups).T, strict=True))
        alive = np.ones((request.rows, len(self.groups)), bool)
        for name, mine in groups.items():  # what is said of later columns tells of earlier ones
            alive &= allowed[name][:, mine]
        for name, mine in groups.items():
            one_hot = np.eye(encodings[name].outcomes + 1)[mine]
            masses = (alive * shares) @ one_hot
            outcomes[name] = _picked(masses, shares @ one_hot, allowed[name], uniforms[name])
            alive &= mine == outcomes[name][:, None]
        classes = np.r_[self.class_shares, 0.0]  # a label has no scale
        target = self.target
        outcomes[target] = _picked(classes, classes, allowed[target], uniforms[target])
        return outcomes


def _picked(masses: Float, alone: Float, allowed: Bool, uniforms: Float) -> Int:
    """Allowed outcomes by their masses; by those of the column alone where these have none."""
    weights = masses * allowed
    weights = np.where(weights.sum(axis=1, keepdims=True) > 0, weights, alone * allowed)
    # A value whose share is 0 can still be given.
    weights = np.where(weights.sum(axis=1, keepdims=True) > 0, weights, allowed.astype(float))
    return picked(weights, uniforms)
