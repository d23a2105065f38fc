"""A conditional GAN: cells of some columns are given, and the net is trained on such rows.

Training by sampling: the rows of a step are drawn so that rare values of a column come up nearly as
often as common ones (by the logarithm of their rows), and what is given is a part of a real row, so
that the critic always compares rows that have the same cells (after Xu et al. 2019, section 4.3).
Given cells are copied, not asked for by a penalty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab.model.gan.interface import given_of, picked
from trimtab.model.gan.layout import Layout, Weights, dense
from trimtab.model.interface import FIRST_SET, Request
from trimtab.model.neural.encoding import ColumnEncoding


@dataclass(frozen=True)
class ConditionalDesign:
    """Sizes of the nets, and what is given.

    columns   that can be given
    together  whether any of them can be given at once; else one at a time
    noise     random numbers that a row is made of; each column with a scale has one of its own
    width     units of the hidden layers
    blocks    hidden layers of the generator after the first; the critic has one
    moments   how much the shares of pairs of outcomes count beside the critic
    pack      rows that the critic sees at once (Lin et al. 2018, PacGAN)
    """

    columns: tuple[str, ...]
    together: bool
    noise: int = 64
    width: int = 256
    blocks: int = 2
    moments: float = 1.0
    pack: int = 1

    @property
    def kind(self) -> str:
        """The name of the model."""
        return "cgan"

    def given_size(self, layout: Layout) -> int:
        """How many numbers say what is given: cells, and whether they are."""
        return len(layout.seen_of(self.columns)) + len(self.columns)

    def generator(self, layout: Layout) -> Weights:
        """Residual layers from noise and given cells to outcomes and places."""
        first = self.noise + layout.scaled + self.given_size(layout)
        weights = dense("in", first, self.width)
        for k in range(self.blocks):
            weights += dense(f"block{k}", self.width, self.width)
        weights += dense("outcomes", self.width, layout.slots, 0.1)
        return (*weights, *dense("places", self.width, 2 * layout.scaled, 0.1))

    def critic(self, layout: Layout) -> Weights:
        """Layers from some rows, and what was given of them, to one number."""
        first = self.pack * (layout.seen + len(self.columns))
        weights = dense("in", first, self.width) + dense("block", self.width, self.width)
        return (*weights, *dense("out", self.width, 1))

    @property
    def given_columns(self) -> tuple[str, ...]:
        """The columns that can be given."""
        return self.columns

    @property
    def conditions(self) -> str:
        """What can be given, in words."""
        if not self.columns:
            return "Nothing can be given when sampling: there is no label, and `first` names none."
        some = "Any cells of" if self.together else "One cell at a time of"
        return (
            f"{some} {', '.join(self.columns)} can be given when sampling: the model was trained "
            "for these."
        )

    def refusal(self, given: frozenset[str], sets: frozenset[str]) -> str | None:
        """Why these columns cannot be conditioned on; None if they can."""
        names = given | sets
        strange = sorted(names - set(self.columns))
        if strange:
            return (
                f"this model was not trained to be given {', '.join(strange)}: fit again with "
                f"`first={sorted(names)!r}`."
            )
        if len(names) > 1 and not self.together:
            return (
                f"this model was trained to be given one column at a time, not "
                f"{', '.join(sorted(names))} together: fit again with "
                f"`first={sorted(names)!r}`."
            )
        if len(sets) > 1:
            return (
                "this model cannot condition on sets of values of several columns at once "
                f"({', '.join(sorted(sets))}): give values of all but one."
            )
        return None

    def draw_given(
        self, request: Request, encodings: Mapping[str, ColumnEncoding], start: int, key: Key
    ) -> dict[str, Int]:
        """Given cells, and for a set one of its values, as often as each was learned."""
        outcomes = {}
        for name in self.columns:
            encoding = encodings[name]
            given = given_of(request, name, encoding)
            outcomes[name] = given.known.copy()
            condition = request.conditions.get(name)
            in_set = np.zeros(0, int) if condition is None else condition.state >= FIRST_SET
            rows = np.flatnonzero(in_set)
            if len(rows):
                uniforms = key.child("told", name).uniforms(start, start + request.rows)
                outcomes[name][rows] = picked(encoding.rows * given.allowed[rows], uniforms[rows])
        return outcomes
