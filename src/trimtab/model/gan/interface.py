"""What the kinds of GAN have in common, as far as NumPy goes: what is built, and what is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab.model.gan.layout import Layout, Weights
from trimtab.model.grid.intervals import Intervals
from trimtab.model.interface import FIRST_SET, GIVEN, PRESENT, Request
from trimtab.model.neural.encoding import ColumnEncoding


class GanDesign(Protocol):
    """The design of a kind of GAN: how it is built, and what it conditions on.

    Frozen and hashable, and all that a file needs to say of it.
    """

    @property
    def kind(self) -> str:
        """The name of the model: "gan", "cgan" or "fair-gan"."""
        ...

    @property
    def noise(self) -> int:
        """How many random numbers a row is made of, those of its own columns apart."""
        ...

    def generator(self, layout: Layout) -> Weights:
        """The weights of the net that makes rows."""
        ...

    def critic(self, layout: Layout) -> Weights:
        """The weights of the nets that it is trained against."""
        ...

    @property
    def given_columns(self) -> tuple[str, ...]:
        """The columns that can be given."""
        ...

    @property
    def conditions(self) -> str:
        """What can be given, in words."""
        ...

    def refusal(self, given: frozenset[str], sets: frozenset[str]) -> str | None:
        """Why these columns cannot be conditioned on; None if they can."""
        ...

    def draw_given(
        self, request: Request, encodings: Mapping[str, ColumnEncoding], start: int, key: Key
    ) -> dict[str, Int]:
        """The outcome of each given column and row before anything is drawn; -1 for a hole.

        A row's outcomes depend on the key and on its number, start + its place.
        """
        ...


@dataclass(frozen=True)
class Given:
    """What a request says of one column, as outcomes of its encoding.

    known    [rows] the outcome, -1 where it is not given
    allowed  [rows, outcomes + 1] which outcomes are allowed; all where it says nothing
    """

    known: Int
    allowed: Bool


def given_of(request: Request, name: str, encoding: ColumnEncoding) -> Given:
    """What a request says of a column."""
    condition = request.conditions.get(name)
    size = encoding.outcomes + 1
    allowed = np.ones((request.rows, size), bool)
    allowed[:, -1] = encoding.continuous  # else there is no scale to lie on
    if condition is None:
        return Given(np.full(request.rows, -1), allowed)
    given = condition.state == GIVEN
    known = np.where(given, encoding.encode(condition.value).outcome.astype(np.int64), -1)
    if encoding.nullable:
        allowed[condition.state == PRESENT, 0] = False
    for i, codes in enumerate(condition.sets):
        assert not isinstance(codes, Intervals), "GANs refuse ranges"
        chosen = np.zeros(size, bool)
        chosen[encoding.encode(codes).outcome] = True
        allowed[condition.state == FIRST_SET + i] = chosen
    allowed[given] = np.arange(size) == known[given, None]
    return Given(known, allowed)


def picked(masses: Float, uniforms: Float) -> Int:
    """[rows] a choice for each row of masses, [rows, choices], by a uniform number."""
    upto = np.cumsum(masses, axis=1)
    choice = (upto <= (uniforms * upto[:, -1])[:, None]).sum(axis=1)
    # Rounding must not pick what has no mass.
    last = masses.shape[1] - 1 - np.argmax(masses[:, ::-1] > 0, axis=1)
    return np.minimum(choice, last)
