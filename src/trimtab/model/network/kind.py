"""The any-order network as a kind of model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trimtab.model.kind import Fitted, ModelKind, Needs, Options, Refusal, Sizes
from trimtab.model.neural.extras import missing

if TYPE_CHECKING:
    from trimtab._arrays import Arrays
    from trimtab._random import Key
    from trimtab._run import Run
    from trimtab.model.coded import Coded
    from trimtab.model.grid.grid import Grid
    from trimtab.model.grid.store import Shelf, Stored
    from trimtab.model.network.network import Network


class NetworkKind(ModelKind):
    """Learned in about a minute; completes rows whatever cells they give."""

    name = "network"
    noun = "network"
    pace = "is learned in about a minute"
    automatic = True
    freely = True
    masked = True
    resumable = True
    holds_out = True

    @property
    def stored(self) -> type[Stored]:
        """See `ModelKind.stored`."""
        from trimtab.model.network.store import StoredNetwork

        return StoredNetwork

    def missing(self) -> Refusal | None:
        """See `ModelKind.missing`."""
        return missing("the network")

    def lead(self, needs: Needs, sizes: Sizes) -> tuple[str, ...] | Refusal:
        """Any columns may be given, and a set or range of one of them at a time."""
        several = max((ranges for _, ranges in needs.ranges), key=_size, default=frozenset())
        if len(several) > 1:
            return Refusal(
                "a network conditions on a range of one column at a time, not of "
                f"{', '.join(sorted(several))} together"
            )
        return needs.first if needs.ranges else ()

    def learn(self, coded: Coded, needs: Needs, options: Options, key: Key, run: Run) -> Fitted:
        """Learn a network."""
        from trimtab.model.network.fit import fit_network

        network, trained = fit_network(
            coded.codes, coded.codec, coded.persons, key, run, grids=coded.grids
        )
        return Fitted(network, trained.notes)

    def store(self, model: Network) -> tuple[Stored, Arrays]:
        """See `ModelKind.store`."""
        from trimtab.model.network.store import stored_network

        return stored_network(model)

    def restore(self, stored: Stored, grids: Mapping[str, Grid], shelf: Shelf) -> Network:
        """See `ModelKind.restore`."""
        from trimtab.model.network.store import StoredNetwork, network_of

        assert isinstance(stored, StoredNetwork)
        return network_of(stored, grids, shelf)


def _size(names: frozenset[str]) -> tuple[int, list[str]]:
    return len(names), sorted(names)


NETWORK = NetworkKind()
