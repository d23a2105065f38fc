"""The any-order network: completes any partly filled row, exactly as one of its orders would.

Rows are drawn in blocks of 512 that share a random order of the columns. What a row gives is seen
first, whatever it is; what masks hold comes next; the other holes follow in the block's order. So
every set of given cells is conditioned on, from a saved file, without the data. Different orders of
one network agree only about as well as they were learned: a draw is one from a mixture over orders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from trimtab._arrays import Float, Single
from trimtab._random import Key
from trimtab._visible import visible
from trimtab.codec.domain import Codes
from trimtab.model.grid.distribution import PiecewiseDistributions
from trimtab.model.grid.grid import Grid
from trimtab.model.interface import Request
from trimtab.model.masks.any_order import AnyOrder
from trimtab.model.masks.masks import Masks
from trimtab.model.network.gaussian import Gaussian, Traits, traits_of
from trimtab.model.network.shape import Shape
from trimtab.model.neural.encoding import ColumnEncoding, arranged
from trimtab.model.neural.extras import check_installed

if TYPE_CHECKING:
    from trimtab.model.network.compiled import Compiled

_ORDERS = 4  # over which a likelihood is averaged


@dataclass(frozen=True)
class Network:
    """`grids` of all columns, the `shape`, the `gaussian` about which its mixtures lie, and all
    `weights` in one vector (float32); `masks` of what rows may be, if there are any: restrictions
    that do not look ahead, and no relations.
    """

    grids: Mapping[str, Grid]
    shape: Shape
    gaussian: Gaussian
    weights: Single
    masks: Masks | None = None

    def __repr__(self) -> str:
        return visible(f"Network({', '.join(self.columns)})")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns; it draws them in any order."""
        return tuple(self.grids)

    @property
    def maskable(self) -> tuple[str, ...]:
        """The columns that masks can hold."""
        return self.columns

    def masked(self, masks: Masks | None) -> Network:
        """The network that draws only what masks allow."""
        return replace(self, masks=masks)

    @cached_property
    def held(self) -> AnyOrder | None:
        """What it is held to, whatever is given."""
        return None if self.masks is None else AnyOrder(self.masks, self.columns)

    @property
    def conditions(self) -> str:
        """What can be given, in words."""
        return "Any cells of any columns can be given when sampling."

    def refusal(self, given: frozenset[str], sets: frozenset[str]) -> str | None:
        """Why these columns cannot be conditioned on; None if they can.

        Any values can be given, and one set or range besides: of a column that is drawn first.
        """
        if len(sets) < 2:
            return None
        names = [n for n in self.columns if n in sets]
        return (
            f"this model cannot condition exactly on sets or ranges of several columns at once "
            f"({', '.join(names)}): give values of all but one."
        )

    def fill(self, request: Request, start: int, key: Key) -> Codes:
        """Fill the holes of rows at start, start + 1, ... of the whole; see `Filler.fill`."""
        check_installed()
        from trimtab.model.network.sampler import fill

        return fill(self.compiled, self.held, request, start, key)

    def log_prob(self, codes: Codes) -> Float:
        """The mean over some orders of the log probability mass of each row, shape (rows,).

        A lower bound of the log probability under the mixture of orders that draws come from
        (Jensen; Uria et al. 2014, section 3), on the codec's grid. What masks hold comes first in
        all orders.
        """
        check_installed()
        from trimtab.model.network.sampler import log_prob

        return log_prob(self.compiled, self.held, codes, _ORDERS)

    def log_cell(self, codes: Codes, column: str, key: Key) -> Float:
        """See `CellLikelihood.log_cell`; nothing is drawn for it."""
        check_installed()
        from trimtab.model.network.conditional import log_cell

        return log_cell(self.compiled, codes, column)

    def conditional(self, given: Codes, column: str) -> PiecewiseDistributions:
        """How a column is distributed given any cells of each row; see
        `ConditionalModel.conditional`. Of what masks hold, as if it were drawn next.
        """
        check_installed()
        from trimtab.model.network.conditional import conditional

        distributions = conditional(self.compiled, given, column)
        if self.held is None:
            return distributions
        from trimtab.model.network.first import held_conditional

        return held_conditional(self.held, given, column, distributions)

    @cached_property
    def compiled(self) -> Compiled:
        """The network on the device."""
        from trimtab.model.network.compiled import compile_network

        return compile_network(
            self.columns, self.encodings, self.traits, self.shape, self.gaussian, self.weights
        )

    @cached_property
    def traits(self) -> Traits:
        """What the `gaussian` is of."""
        return traits_of(self.encodings)

    @cached_property
    def encodings(self) -> Mapping[str, ColumnEncoding]:
        """What it sees of each column, in the order of its arrays."""
        return arranged(self.grids)
