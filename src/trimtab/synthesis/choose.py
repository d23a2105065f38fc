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

from trimtab._arrays import Float
from trimtab._validate import one_of
from trimtab.errors import RefusedError
from trimtab.model.gan.settings import GANS
from trimtab.model.kinds import KINDS
from trimtab.model.trees.block import MAX_CELLS

MODELS = ("auto", *KINDS)
_FEW_ROWS = 3_000
_MAX_MINUTES = 5.0  # that are spent on a comparison nobody asked for
_FARTHEST = 20.0  # nats by which a single row may speak for one model, at most

Patterns = Collection[frozenset[str]]  # the distinct sets of columns that rows give
# The distinct pairs (columns given by value, columns under a set or range) of a plan's rows.
Asked = Collection[tuple[frozenset[str], frozenset[str]]]


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
        if self.network_minutes > _MAX_MINUTES:
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
    asked: Asked = (),
) -> Choice:
    """The choice for rows that will give these patterns of columns.

    model     what was asked for: one of MODELS
    first     columns that have to lead a chain
    sizes     tells how many tokens each column has; called where the patterns need it
    network_missing  why no network can be learned here; None if it can
    effort    what the table asks of a network, and the time that was given
    asked     what the rows of a plan will give, by value and by range

    Raises InputError for a name that is no model, RefusedError where nothing that can be learned
    here conditions exactly on the patterns.
    """
    one_of(MODELS, model=model)
    if any(ranges for _, ranges in asked):
        return _choose_for_ranges(model, first, asked, sizes, network_missing, effort)
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


def _choose_for_ranges(
    model: str,
    first: tuple[str, ...],
    asked: Asked,
    sizes: Callable[[], Mapping[str, int]],
    network_missing: str | None,
    effort: Effort,
) -> Choice:
    """The choice for a plan that asks for ranges, which not every model takes; see `choose`."""
    several = max((ranges for _, ranges in asked), key=lambda r: (len(r), sorted(r)))
    if len(several) > 1:
        no_network = (
            "a network conditions on a range of one column at a time, not of "
            f"{', '.join(sorted(several))} together"
        )
        if model == "network":
            raise RefusedError(f"{no_network}: leave out --model, or ask for --model trees.")
        network_missing = no_network
    if model in ("network", *GANS):
        return Choice(model, "asked for", first)
    order = order_for_ranges(first, asked, sizes)
    if order is not None:
        return choose(model, order, (), sizes, network_missing, effort)
    no_chain = (
        f"the combinations of {', '.join(first)} are more than {MAX_CELLS:,} cells of the model, "
        "so that no chain of trees conditions exactly on ranges among them"
    )
    if model == "trees" or network_missing is not None:
        why = "" if model == "trees" else f", and {network_missing}"
        raise RefusedError(f"{no_chain}{why}: ask for fewer columns, or for values.")
    return Choice("network", no_chain)


def order_for_ranges(
    first: tuple[str, ...], asked: Asked, sizes: Callable[[], Mapping[str, int]]
) -> tuple[str, ...] | None:
    """Columns to lead a chain that conditions exactly on ranges; None if there are none.

    A range lies in the enumerated block, or all columns before it are given by value.
    """
    known = sizes()
    ranged = frozenset().union(*(ranges for _, ranges in asked))
    if np.prod([float(known[n]) for n in first]) <= MAX_CELLS:
        return first
    order = (*(n for n in first if n not in ranged), *(n for n in first if n in ranged))
    fits = np.cumprod([float(known[n]) for n in order]) <= MAX_CELLS
    for at, name in enumerate(order):
        by_value = all(given.issuperset(order[:at]) for given, ranges in asked if name in ranges)
        if not fits[at] and not by_value:
            return None
    return order


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
    if np.prod([float(known[n]) for n in order]) <= MAX_CELLS:
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


def measure(trees: Float, network: Float, weights: Float | None = None) -> Measured:
    """Compare the log probabilities that two models give the same unseen rows.

    All of shape (rows,); `weights` say how much each row counts, if not all alike.
    """
    # One row that a model thinks impossible must not decide alone.
    gap = (network - trees).clip(-_FARTHEST, _FARTHEST)
    counted = np.ones(len(gap)) if weights is None else weights
    mean = float(np.average(gap, weights=counted))
    effective = counted.sum() ** 2 / np.square(counted).sum()
    spread = float(np.average(np.square(gap - mean), weights=counted))
    return Measured(mean, float(np.sqrt(spread / effective)), len(gap))
