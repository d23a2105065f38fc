"""Which model for this table and what is asked of it: exactness first, then measurement and time.

A chain of trees is learned in seconds and conditions exactly on its leading block, or on any
columns together with all that come before them. The network takes about a minute and completes
rows whatever cells they give. So the chain is taken where some order of it does what is asked, the
network where none does. Where either would do, both are learned and the one that holds unseen rows
likelier is kept, as long as the table is large enough for it to matter and small enough to be worth
the time, or time was given.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from trimtab._validate import one_of
from trimtab.codec.domain import Float
from trimtab.errors import RefusedError
from trimtab.model.block import MOST_CELLS

GANS = ("gan", "cgan", "fair-gan")
MODELS = ("auto", "network", "trees", *GANS)
_FEW_ROWS = 3_000
_MOST_MINUTES = 5.0  # that are spent on a comparison nobody asked for
_FARTHEST = 20.0  # nats by which a single row may speak for one model, at most

Patterns = Collection[frozenset[str]]  # the distinct sets of columns that rows give


@dataclass(frozen=True)
class Effort:
    """What a table asks of a network: its rows, about how many minutes of one core, and the
    minutes that were given for all; None where nothing was said.
    """

    rows: int
    network_minutes: float
    given_minutes: float | None = None

    @property
    def against_measuring(self) -> str | None:
        """Why the network is not tried, in words; None if it is."""
        if self.given_minutes is not None:
            return None
        if self.rows < _FEW_ROWS:
            return (
                f"under {_FEW_ROWS:,} rows the network is not tried unasked, to stay quick "
                "(--minutes 3 compares the two)"
            )
        if self.network_minutes > _MOST_MINUTES:
            return (
                f"a network would take about {self.network_minutes:.0f} minutes, which is not "
                f"spent unasked (--minutes {self.network_minutes:.0f} compares the two)"
            )
        return None


@dataclass(frozen=True)
class Choice:
    """The model, why, and the columns that lead the chain, if it is one.

    `model` is "trees", "network", or "measure": learn both and compare.
    """

    model: str
    reason: str
    first: tuple[str, ...] = ()


def choose(
    model: str,
    first: tuple[str, ...],
    patterns: Patterns,
    sizes: Callable[[], Mapping[str, int]],
    network_missing: str | None,
    effort: Effort,
) -> Choice:
    """The choice for rows that will give these patterns of columns.

    model     what was asked for: one of MODELS
    first     columns that have to lead a chain
    sizes     tells how many tokens each column has; called where the patterns need it
    network_missing  why no network can be learned here; None if it can
    effort    what the table asks of a network, and the time that was given

    Raises InputError for a name that is no model, RefusedError where nothing that can be learned
    here conditions exactly on the patterns.
    """
    one_of(MODELS, model=model)
    if model == "network":
        return Choice("network", "asked for")
    if model in GANS:  # what they condition on is known when their design is
        return Choice(model, "asked for", first or tuple(sorted(frozenset().union(*patterns))))
    order = chain_order(first, patterns, sizes)
    if model == "trees":
        return Choice("trees", "asked for", first if order is None else order)
    if order is None:
        if network_missing is not None:
            raise RefusedError(
                "no chain of trees conditions exactly on rows that give such different columns, "
                f"and {network_missing}"
            )
        return Choice(
            "network",
            "the rows give columns in patterns that no chain of trees conditions on exactly",
        )
    why = "a chain of trees conditions exactly on what is asked, and is learned in seconds"
    if network_missing is not None:
        return Choice("trees", why, order)
    against = effort.against_measuring
    if against is None:
        return Choice("measure", "", order)
    return Choice("trees", f"{why}; {against}", order)


def chain_order(
    first: tuple[str, ...], patterns: Patterns, sizes: Callable[[], Mapping[str, int]]
) -> tuple[str, ...] | None:
    """Columns to lead a chain that conditions exactly on all patterns; None if there are none.

    Either all their columns fit into the enumerated block, or each pattern holds the one before.
    Where no patterns are known, `first` is all that is asked.
    """
    nested = sorted(set(patterns) - {frozenset()}, key=len)
    every = frozenset().union(*nested)
    order = [*first, *sorted(every - set(first))]
    if not nested or (all(pattern == every for pattern in nested) and set(first) <= every):
        return tuple(order)
    known = sizes()
    if np.prod([float(known[n]) for n in order]) <= MOST_CELLS:
        return tuple(order)
    if first or any(not a < b for a, b in pairwise(nested)):
        return None
    order = []
    for pattern in nested:
        order += sorted(pattern - set(order))
    return tuple(order)


@dataclass(frozen=True)
class Measured:
    """How much likelier the network holds unseen rows than the chain does, in nats a row."""

    difference: float
    error: float
    rows: int

    @property
    def winner(self) -> str:
        """The model that holds them likelier."""
        return "network" if self.difference > 0 else "trees"

    @property
    def reason(self) -> str:
        """The comparison in words."""
        likelier, other = "the network", "the chain of trees"
        if self.winner == "trees":
            likelier, other = other, likelier
        return (
            f"of {self.rows:,} rows held out {likelier} holds one likelier than {other}, by "
            f"{abs(self.difference):.2f} nats in the mean (standard error {self.error:.2f})"
        )


def measure(trees: Float, network: Float) -> Measured:
    """Compare the log probabilities that two models give the same unseen rows."""
    # One row that a model thinks impossible must not decide alone.
    gap = (network - trees).clip(-_FARTHEST, _FARTHEST)
    error = float(gap.std() / np.sqrt(max(len(gap), 1)))
    return Measured(float(gap.mean()), error, len(gap))
